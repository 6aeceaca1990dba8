import { describe, expect, it } from 'vitest'
import type { HttpRequest } from '../../../core/ports.ts'
import { type Answer, answer, header } from '../fake-ports.ts'
import { createWorld, type World } from '../world.ts'

const ID = 'discovery.docker.default'
const CONTAINER = {
  Id: 'c1',
  Names: ['/web'],
  Ports: [],
  HostConfig: { NetworkMode: 'net' },
  NetworkSettings: { Networks: { net: { NetworkID: 'n1', IPAddress: '10.0.0.2' } } },
}

function docker(containers: () => readonly unknown[]): (request: HttpRequest) => Answer {
  return ({ url }) => {
    if (url.pathname === '/_ping') return answer('OK', { 'api-version': '1.47' })
    return answer(JSON.stringify(url.pathname.endsWith('/containers/json') ? containers() : []))
  }
}

const config = (rest: string): string => `discovery.docker "default" {\n${rest}\n}`

const addresses = (world: World): unknown =>
  (world.exported(ID, 'targets') as { __address__: string }[]).map(({ __address__ }) => __address__)

describe('discovery.docker', () => {
  it('exports what the daemon lists, and follows it once a minute', async () => {
    const world = createWorld()
    let containers: unknown[] = [CONTAINER]
    world.hosts.set(
      'dock:2375',
      docker(() => containers),
    )
    await world.load(config('host = "tcp://dock:2375"'))
    await world.clock.advance(1_000)
    expect(addresses(world)).toEqual(['10.0.0.2:80'])
    expect(header(world.requests[0], 'User-Agent')).toBe('skein/test')
    containers = []
    await world.clock.advance(58_000)
    expect(addresses(world)).toEqual(['10.0.0.2:80'])
    await world.clock.advance(2_000)
    expect(addresses(world)).toEqual([])
    expect(world.metric('prometheus_sd_discovered_targets')).toBe(0)
    await world.stop()
    expect(world.clients.size).toBe(0)
  })

  it('connects to the socket that the host names', async () => {
    const world = createWorld()
    world.hosts.set(
      'localhost',
      docker(() => [CONTAINER]),
    )
    await world.load(config('host = "unix:///run/docker.sock"\nport = 8080'))
    await world.clock.advance(1_000)
    expect(addresses(world)).toEqual(['10.0.0.2:8080'])
    expect([...world.clients].map(({ socketPath }) => socketPath)).toEqual(['/run/docker.sock'])
    await world.stop()
  })

  it('is unhealthy while the daemon does not answer, and keeps its targets', async () => {
    const world = createWorld()
    world.hosts.set(
      'dock:2375',
      docker(() => [CONTAINER]),
    )
    await world.load(config('host = "tcp://dock:2375"\nrefresh_interval = "10s"'))
    await world.clock.advance(1_000)
    world.hosts.delete('dock:2375')
    await world.clock.advance(10_000)
    expect(world.graph.component(ID)?.health).toMatchObject({
      state: 'unhealthy',
      message: 'error while listing containers: GET http://dock:2375/_ping: connect dock:2375: refused',
    })
    expect(addresses(world)).toEqual(['10.0.0.2:80'])
    expect(world.metric('prometheus_sd_refresh_failures_total', 'mechanism="docker"')).toBe(1)
    await world.stop()
  })

  it('says what is missing where the socket is not for this user', async () => {
    const world = createWorld()
    const message = 'dial unix /run/docker.sock: connect: permission denied'
    world.hosts.set('localhost', () => ({ ok: false, reason: 'refused', message }))
    await world.load(config('host = "unix:///run/docker.sock"'))
    await world.clock.advance(1_000)
    expect(world.graph.component(ID)?.health.message).toBe(
      `error while listing containers: GET unix:///run/docker.sock/_ping: ${message} (the user that skein runs as must be in the group that owns the socket, usually docker)`,
    )
    await world.stop()
  })

  it('has its filters and its credentials sent', async () => {
    const world = createWorld()
    world.hosts.set(
      'dock',
      docker(() => []),
    )
    await world.load(
      config(`host = "https://dock"
        filter {
          name = "label"
          values = ["a=b", "c"]
        }
        basic_auth {
          username = "u"
          password = "p"
        }`),
    )
    await world.clock.advance(1_000)
    const asked = world.requests.find(({ url }) => url.pathname.endsWith('/containers/json'))
    expect(asked?.url.searchParams.get('filters')).toBe('{"label":["a=b","c"]}')
    expect(header(asked, 'Authorization')).toBe(`Basic ${btoa('u:p')}`)
    await world.stop()
  })

  it.each([
    ['', '1:1: missing required attribute "host"'],
    ['host = ""', '2:1: host attribute must not be empty'],
    ['host = "tcp://d"\nrefresh_interval = "0s"', '3:1: refresh_interval must be greater than 0'],
    ['host = "npipe:////./pipe/docker"', '2:1: host begins with npipe://; skein knows unix, tcp, http and https'],
    ['host = "tcp://d"\nfilter {\nname = "x"\n}', '3:1: missing required attribute "values"'],
  ])('refuses %j', async (rest, problem) => {
    expect((await createWorld().problems(config(rest))).join()).toContain(problem)
  })
})
