import { describe, expect, it } from 'vitest'
import type { HttpFailure, HttpRequest } from '../../../core/ports.ts'
import { consulInstance } from '../../discovery/fake-consul.ts'
import { type Answer, answer, header } from '../fake-ports.ts'
import { createWorld, type World } from '../world.ts'

const ID = 'discovery.consul.default'
const config = (rest: string): string => `discovery.consul "default" {\n${rest}\n}`

/** Answers at once what has no index, and holds what has one until the one who asks gives up. */
function consul(): (request: HttpRequest) => Answer | Promise<Answer> {
  const headers = { 'x-consul-index': '7' }
  return ({ url, signal }) => {
    if (url.searchParams.has('index')) {
      return new Promise<HttpFailure>((resolve) => {
        signal?.addEventListener('abort', () => resolve({ ok: false, reason: 'aborted', message: 'context canceled' }))
      })
    }
    if (url.pathname === '/v1/catalog/services') return answer(JSON.stringify({ web: [], db: [] }), headers)
    return answer(JSON.stringify([consulInstance(url.pathname.split('/').pop() as string)]), headers)
  }
}

async function loaded(rest: string, host: string): Promise<World> {
  const world = createWorld()
  world.hosts.set(host, consul())
  await world.load(config(rest))
  await world.clock.advance(1_000)
  return world
}

const ids = (world: World): string[] =>
  (world.exported(ID, 'targets') as Record<string, string>[]).map((target) => target.__meta_consul_service_id)

describe('discovery.consul', () => {
  it('exports the instances of all services of the agent on this machine', async () => {
    const world = await loaded('', 'localhost:8500')
    expect(ids(world)).toEqual(['db', 'web'])
    // Two services and the catalog, asked for again with an index after 30 s.
    await world.clock.advance(60_000)
    expect(world.requests.filter(({ url }) => url.searchParams.get('index') === '7')).toHaveLength(3)
    await world.stop()
    expect(world.clients.size).toBe(0)
  })

  it('asks as its arguments say', async () => {
    const world = await loaded(
      `server = "consul.example:8501"
       scheme = "https"
       token = "tok"
       username = "u"
       password = "p"
       services = ["web"]
       tags = ["a"]
       allow_stale = false`,
      'consul.example:8501',
    )
    expect(ids(world)).toEqual(['web'])
    const [request] = world.requests
    expect(String(request.url)).toBe('https://consul.example:8501/v1/health/service/web?tag=a')
    expect(header(request, 'X-Consul-Token')).toBe('tok')
    expect(header(request, 'Authorization')).toBe(`Basic ${btoa('u:p')}`)
    await world.stop()
  })

  it('takes the socket of an agent as well', async () => {
    const world = await loaded('server = "unix:///run/consul.sock"', 'localhost')
    expect(ids(world)).toEqual(['db', 'web'])
    expect([...world.clients].map(({ socketPath }) => socketPath)).toEqual(['/run/consul.sock'])
    await world.stop()
  })

  it('follows new arguments and lets go of queries that are held', async () => {
    const world = await loaded('refresh_interval = "1s"', 'localhost:8500')
    await world.clock.advance(10_000)
    await world.load(config('services = ["db"]'))
    await world.clock.advance(10_000)
    expect(ids(world)).toEqual(['db'])
    expect(world.clients.size).toBe(1)
    await world.stop()
  })

  it.each([
    ['server = " "', '2:1: consul SD configuration requires a server address'],
    ['refresh_interval = "0s"', '2:1: refresh_interval must be greater than 0'],
    ['scheme = "ftp"', '2:10: "ftp" should be one of'],
    [
      'username = "u"\nbasic_auth { }',
      '3:1: at most one of consul SD configuration username and password and basic auth can be configured',
    ],
    [
      'token = "t"\nauthorization { }',
      '2:1: at most one of consul SD token, authorization, or oauth2 can be configured',
    ],
  ])('refuses %j', async (rest, problem) => {
    const problems = (await createWorld().problems(config(rest))).join()
    expect(problems).toContain(problem)
  })
})
