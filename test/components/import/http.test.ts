import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answer } from '../fake-ports.ts'
import { type AgentWorld, createAgentWorld, probe } from './agent-world.ts'

const IMPORT = `import.http "lib" {
  url            = "http://user:hunter2@mods/shop/lib.alloy?token=hunter3"
  poll_frequency = "30s"
  poll_timeout   = "10s"
}
lib.probe "x" { }
`

let world: AgentWorld

beforeEach(() => {
  world = createAgentWorld()
})

afterEach(() => world.stop())

function serve(text: string, status = 200): void {
  world.hosts.set('mods', () => answer(text, {}, status))
}

describe('import.http', () => {
  it('brings modules from a server and follows it', async () => {
    serve(probe('one'))
    expect(await world.load(IMPORT)).toBe('')
    expect(world.requests.filter(({ url }) => url.hostname === 'mods')).toHaveLength(1)
    expect(await world.scraped()).toEqual(['one'])
    serve(probe('two'))
    await world.clock.advance(30_000)
    expect(await world.scraped()).toEqual(['two'])
  })

  it('keeps what it had while the server has a bad day', async () => {
    serve(probe('one'))
    await world.load(IMPORT)
    serve('no', 503)
    await world.clock.advance(30_000)
    expect(await world.scraped()).toEqual(['one'])
    expect(await world.healthy()).toMatch(/import\.http\.lib.*unexpected status code 503/s)
    expect(await world.load(IMPORT)).toBe('')
    expect(await world.scraped()).toEqual(['one'])
    serve(probe('one'))
    await world.clock.advance(30_000)
    expect(await world.healthy()).toContain('All skein components are healthy')
  })

  it('tells no password', async () => {
    const refused = await world.load(IMPORT)
    expect(refused).toContain('failed to load module')
    serve(probe('one').replace('10s', 'soon'))
    const wrong = await world.load(IMPORT)
    expect(wrong).toContain('http://mods/shop/lib.alloy:5')
    serve(probe('one'))
    await world.load(IMPORT)
    world.hosts.delete('mods')
    await world.clock.advance(30_000)
    const told = `${await world.healthy()}${world.log.lines.join()}`
    expect(told).toContain('refused')
    expect(`${refused}${wrong}${told}`).not.toContain('hunter2')
    // Loads show the lines of the configuration around a problem; nothing else shows a query at all.
    expect(`${wrong}${told}`).not.toContain('hunter3')
  })

  it('may bring what names other servers, and no files of this machine', async () => {
    serve('import.http "in" { url = module_path + "/in.alloy" }\ndeclare "probe" { in.probe "p" { } }')
    world.hosts.set('mods', ({ url }) =>
      answer(
        url.pathname === '/shop/in.alloy'
          ? probe('two')
          : 'import.http "in" { url = module_path + "/in.alloy" }\ndeclare "probe" { in.probe "p" { } }',
      ),
    )
    expect(await world.load(IMPORT)).toBe('')
    expect(await world.scraped()).toEqual(['two'])
    serve('import.file "in" { filename = "/etc/passwd" }\ndeclare "probe" { }')
    expect(await world.load(IMPORT)).toContain('import.file is not allowed in a module that came over the network')
  })

  it('closes its clients', async () => {
    serve(probe('one'))
    await world.load(IMPORT)
    await world.load('')
    await world.clock.advance(60_000)
    expect(world.clients.size).toBe(0)
  })
})
