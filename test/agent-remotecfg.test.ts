/** A whole agent that gets a part of its configuration from a server, on fake ports. */
import { afterEach, expect, it } from 'vitest'
import { type AgentWorld, createAgentWorld, probe } from './components/import/agent-world.ts'
import { type FakeServer, fakeServer } from './remote-config/fake-server.ts'

const worlds: AgentWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop()
})

const LOCAL = `${probe('one')}probe "local" { }\n`
const REMOTE = `${LOCAL}remotecfg {
  url            = "http://fleet"
  id             = "me"
  poll_frequency = "10s"
}
`

function using(host: string): string {
  return `${probe(host)}probe "remote" { }\n`
}

function world(server: FakeServer): AgentWorld {
  const created = createAgentWorld()
  created.hosts.set('fleet', ({ url, body }) => {
    const answered = server.answer(url.pathname, body ?? new Uint8Array())
    const header = (name: string): string | undefined => (name === 'content-type' ? answered.type : undefined)
    return { ok: true, status: answered.status, statusText: '', header, body: answered.body }
  })
  worlds.push(created)
  return created
}

it('runs what the server says beside its own, follows it, and keeps what ran when that is broken', async () => {
  const server = fakeServer(using('two'), 'h1')
  const agent = world(server)
  expect(await agent.load(REMOTE)).toBe('')
  expect(await agent.scraped()).toEqual(['one', 'two'])

  server.config = { content: using('three'), hash: 'h2' }
  await agent.clock.advance(15_000)
  expect(await agent.scraped()).toEqual(['one', 'three'])
  server.reports()

  server.config = { content: 'probe "nobody" { }', hash: 'h3' }
  await agent.clock.advance(25_000)
  expect(await agent.scraped()).toEqual(['one', 'three'])
  expect(server.reports().join('\n')).toContain('cannot find the definition of component name "probe"')

  server.config = { content: using('two'), hash: 'h4' }
  await agent.clock.advance(15_000)
  expect(await agent.scraped()).toEqual(['one', 'two'])
})

it('goes on with it when its own configuration is loaded again, and ends it with the block', async () => {
  const agent = world(fakeServer(using('two')))
  await agent.load(REMOTE)
  expect(await agent.scraped()).toEqual(['one', 'two'])
  expect(await agent.load(REMOTE.replace('"one"', '"three"'))).toBe('')
  expect(await agent.scraped()).toEqual(['three', 'two'])
  expect(await agent.load(LOCAL)).toBe('')
  expect(await agent.scraped()).toEqual(['one'])
})

it('is not kept from its own work by a server that is away or settings that can not be', async () => {
  const agent = world(fakeServer())
  agent.hosts.delete('fleet')
  expect(await agent.load(REMOTE)).toBe('')
  expect(await agent.scraped()).toEqual(['one'])
  const refused = await agent.load(REMOTE.replace('id ', 'tls_config { ca_file = "/nowhere" }\n  id '))
  expect(refused).toMatch(/unable to read ca_file \/nowhere/)
  expect(await agent.load(REMOTE.replace('frequency = "10s"', 'frequency = "1s"'))).toMatch(
    /poll_frequency must be at least "10s"/,
  )
  expect(await agent.scraped()).toEqual(['one'])
})
