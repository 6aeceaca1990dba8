import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type DockerSettings, dockerDiscovery } from '../../core/discovery/docker.ts'
import { type DockerTargetRules, dockerTargets } from '../../core/discovery/docker-targets.ts'
import { type ApiAnswer, type ApiRequest, type FakeApi, fakeApi } from './fake-api.ts'
import { type Looking, look, realSurroundings, targetsOf, worked } from './looking.ts'

const RULES: DockerTargetRules = { port: 80, hostNetworkingHost: 'localhost', matchFirstNetwork: true }

const BRIDGE = {
  Id: 'n1',
  Name: 'app_net',
  Scope: 'local',
  Internal: false,
  Ingress: false,
  Labels: { 'com.x/y': 'z' },
}
const BACK = { Id: 'n2', Name: 'back_net', Scope: 'local', Internal: true, Ingress: false, Labels: {} }

function container(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    Id: 'c1',
    Names: ['/app_web_1'],
    Image: 'web:1.2',
    ImageID: 'sha256:abc',
    Ports: [
      { IP: '0.0.0.0', PrivatePort: 8080, PublicPort: 80, Type: 'tcp' },
      { PrivatePort: 9090, Type: 'tcp' },
      { PrivatePort: 53, Type: 'udp' },
    ],
    Labels: { 'com.docker.compose.service': 'web', 'größe-1': 'x' },
    State: 'running',
    HostConfig: { NetworkMode: 'app_net' },
    NetworkSettings: { Networks: { app_net: { NetworkID: 'n1', IPAddress: '172.18.0.2', GlobalIPv6Address: '' } } },
    ...changes,
  }
}

function targets(containers: readonly unknown[], rules: Partial<DockerTargetRules> = {}): Record<string, string>[] {
  return worked(dockerTargets(containers, [BRIDGE, BACK], { ...RULES, ...rules })).map((labels) =>
    Object.fromEntries(labels),
  )
}

const addresses = (containers: readonly unknown[], rules: Partial<DockerTargetRules> = {}): string[] =>
  targets(containers, rules).map(({ __address__ }) => __address__)

describe('targets of containers', () => {
  it('are one for each TCP port, with everything known of container, network and port', () => {
    const common = {
      __meta_docker_container_id: 'c1',
      __meta_docker_container_name: '/app_web_1',
      __meta_docker_container_image: 'web:1.2',
      __meta_docker_container_image_id: 'sha256:abc',
      __meta_docker_container_network_mode: 'app_net',
      __meta_docker_container_label_com_docker_compose_service: 'web',
      __meta_docker_container_label_gr__e_1: 'x',
      __meta_docker_network_id: 'n1',
      __meta_docker_network_name: 'app_net',
      __meta_docker_network_scope: 'local',
      __meta_docker_network_internal: 'false',
      __meta_docker_network_ingress: 'false',
      __meta_docker_network_label_com_x_y: 'z',
      __meta_docker_network_ip: '172.18.0.2',
    }
    expect(targets([container()])).toEqual([
      {
        ...common,
        __address__: '172.18.0.2:8080',
        __meta_docker_port_private: '8080',
        __meta_docker_port_public: '80',
        __meta_docker_port_public_ip: '0.0.0.0',
      },
      { ...common, __address__: '172.18.0.2:9090', __meta_docker_port_private: '9090' },
    ])
  })

  it('have the port of the arguments where a container exposes none by TCP', () => {
    const Ports = [{ PrivatePort: 53, Type: 'udp' }]
    expect(addresses([container({ Ports })], { port: 8888 })).toEqual(['172.18.0.2:8888'])
    expect(targets([container({ Ports })])[0]).not.toHaveProperty('__meta_docker_port_private')
    expect(addresses([container({ Ports: null })])).toEqual(['172.18.0.2:80'])
  })

  it('have the address of the host, without a port, in host networking mode', () => {
    const onHost = container({
      Ports: [],
      HostConfig: { NetworkMode: 'host' },
      NetworkSettings: { Networks: { host: { NetworkID: 'n9', IPAddress: '' } } },
    })
    const [target] = targets([onHost], { hostNetworkingHost: 'box.example' })
    expect(target).toMatchObject({ __address__: 'box.example', __meta_docker_network_ip: '' })
    expect(target).not.toHaveProperty('__meta_docker_network_id')
  })

  it('are of the first network by name, or of all', () => {
    const both = container({
      Ports: [],
      NetworkSettings: {
        Networks: {
          back_net: { NetworkID: 'n2', IPAddress: '10.0.0.2' },
          app_net: { NetworkID: 'n1', IPAddress: '172.18.0.2' },
          gone: null,
          a_null: null,
        },
      },
    })
    expect(addresses([both])).toEqual(['172.18.0.2:80'])
    expect(addresses([both], { matchFirstNetwork: false })).toEqual(['10.0.0.2:80', '172.18.0.2:80'])
  })

  it('are found at the IPv6 address where there is no other', () => {
    const v6 = { app_net: { NetworkID: 'n1', IPAddress: '', GlobalIPv6Address: 'fd00::2' } }
    const [target] = targets([container({ Ports: [], NetworkSettings: { Networks: v6 } })])
    expect(target).toMatchObject({ __address__: '[fd00::2]:80', __meta_docker_network_ip: 'fd00::2' })
  })

  it('share the network of another container, over several of them', () => {
    const sharing = (Id: string, of: string, Names: string[]): unknown =>
      container({
        Id,
        Names,
        Ports: [],
        HostConfig: { NetworkMode: `container:${of}` },
        NetworkSettings: { Networks: {} },
      })
    const found = targets([container(), sharing('c2', 'c1', ['/side']), sharing('c3', 'c2', ['/side-side'])])
    expect(found.slice(2)).toMatchObject([
      { __address__: '172.18.0.2:80', __meta_docker_container_name: '/side', __meta_docker_network_name: 'app_net' },
      { __address__: '172.18.0.2:80', __meta_docker_container_name: '/side-side' },
    ])
    // None of these may be followed for ever.
    expect(addresses([sharing('c2', 'c3', ['/a']), sharing('c3', 'c2', ['/b']), sharing('c4', 'c9', ['/c'])])).toEqual(
      [],
    )
  })

  it('are none for containers without a name, and for whatever is no container', () => {
    expect(targets([container({ Names: [] }), {}, null, 5, 'x', [], { Names: [7] }])).toEqual([])
    expect(addresses([container({ Labels: null, HostConfig: null, NetworkSettings: null })])).toEqual([])
  })
})

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function daemon(answer: (request: ApiRequest) => ApiAnswer, socketPath?: string): Promise<FakeApi> {
  const api = await fakeApi(answer, socketPath)
  cleanups.push(() => api.close())
  return api
}

function looking(host: string, changes: Partial<DockerSettings> = {}): Looking {
  const settings: DockerSettings = { ...RULES, host, outbound: {}, refreshMs: 60_000, filters: [], ...changes }
  const looks = look(dockerDiscovery(settings, realSurroundings()))
  cleanups.push(() => looks.stop())
  return looks
}

/** As a daemon whose API version is 1.47. */
function docker({ path }: ApiRequest): ApiAnswer {
  if (path === '/_ping') return { body: 'OK', headers: { 'Api-Version': '1.47' } }
  if (path === '/v1.47/containers/json') return { body: [container()] }
  if (path === '/v1.47/networks') return { body: [BRIDGE, BACK] }
  return { status: 404, body: { message: 'page not found' } }
}

describe('asking a daemon', () => {
  it('works through a Unix socket, in the version that the daemon speaks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'skein-docker-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'docker.sock')
    const api = await daemon(docker, path)
    const looks = looking(`unix://${path}`)
    expect(targetsOf(await looks.nth(0)).map(({ __address__ }) => __address__)).toEqual([
      '172.18.0.2:8080',
      '172.18.0.2:9090',
    ])
    expect(api.requests.map(({ path }) => path)).toEqual(['/_ping', '/v1.47/containers/json', '/v1.47/networks'])
    expect(api.requests[1].headers.get('user-agent')).toBe('skein/test')
  })

  it.each(['tcp', 'http'])(
    'works through %s, below the path of the address and as the arguments say',
    async (scheme) => {
      const api = await daemon((request) => docker({ ...request, path: request.path.replace(/^\/engine/, '') }))
      const outbound = { basicAuth: { username: 'me', password: 'pw' } }
      const looks = looking(`${scheme}://${api.host}/engine/`, { outbound })
      expect(targetsOf(await looks.nth(0))).toHaveLength(2)
      expect(api.requests[1].path).toBe('/engine/v1.47/containers/json')
      expect(api.requests[1].headers.get('authorization')).toBe(`Basic ${btoa('me:pw')}`)
    },
  )

  it('lets the daemon filter containers, and containers alone', async () => {
    const api = await daemon(docker)
    const filters = [
      { name: 'status', values: ['running', 'paused'] },
      { name: 'label', values: ['scrape=yes'] },
      { name: 'status', values: ['created'] },
    ]
    await looking(`tcp://${api.host}`, { filters }).nth(0)
    const [, containers, networks] = api.requests
    expect(JSON.parse(containers.query.get('filters') ?? '')).toEqual({
      status: ['running', 'paused', 'created'],
      label: ['scrape=yes'],
    })
    expect(networks.query.size).toBe(0)
  })

  it('names no version where a proxy before the daemon lets nobody ask for it', async () => {
    const api = await daemon((request) =>
      request.path === '/_ping' ? { status: 403, body: 'no' } : docker({ ...request, path: `/v1.47${request.path}` }),
    )
    expect(targetsOf(await looking(`tcp://${api.host}`).nth(0))).toHaveLength(2)
  })

  it('asks again and again, and keeps at it while the daemon fails', async () => {
    let nth = 0
    const api = await daemon((request) => {
      if (request.path !== '/v1.47/containers/json') return docker(request)
      nth++
      if (nth === 1) return { status: 500, body: { message: 'out of order' } }
      if (nth === 2) return { body: 'these are no containers' }
      return { body: [container({ Id: `c${nth}` })] }
    })
    const looks = looking(`tcp://${api.host}`, { refreshMs: 20 })
    expect(await looks.nth(0)).toEqual({
      failed: `error while listing containers: GET http://${api.host}/v1.47/containers/json: server answered 500 Internal Server Error: {"message":"out of order"}`,
    })
    expect(await looks.nth(1)).toEqual({ failed: 'error while listing containers: the answer is not a JSON list' })
    expect(targetsOf(await looks.nth(2))[0].__meta_docker_container_id).toBe('c3')
    expect(targetsOf(await looks.nth(3))[0].__meta_docker_container_id).toBe('c4')
  })

  it('says which socket is not there, and no password', async () => {
    expect(await looking('unix:///no/such/docker.sock').nth(0)).toEqual({
      failed:
        'error while listing containers: GET unix:///no/such/docker.sock/_ping: dial unix /no/such/docker.sock: connect: no such file or directory',
    })
    const api = await daemon(() => ({ status: 401, body: '' }))
    const { failed } = await looking(`http://me:secret@${api.host}`).nth(0)
    expect(failed).toMatch(/server answered 401/)
    expect(failed).not.toMatch(/secret/)
  })

  it('ends at once when told to, while the daemon is silent', async () => {
    const api = await fakeApi(() => new Promise<ApiAnswer>(() => {}))
    cleanups.push(() => api.close())
    const looks = look(
      dockerDiscovery(
        { ...RULES, host: `tcp://${api.host}`, outbound: {}, refreshMs: 60_000, filters: [] },
        realSurroundings(),
      ),
    )
    while (api.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await looks.stop()
    expect(looks.told).toEqual([])
  })

  it.each([
    ['/var/run/docker.sock', 'config', /^host needs a scheme, as in tcp:/],
    ['unix://docker.sock', 'config', /^host must name the socket by an absolute path/],
    [
      'npipe:////./pipe/docker_engine',
      'unsupported',
      /^host begins with npipe:\/\/; skein knows unix, tcp, http and https/,
    ],
    ['ssh://me@box', 'unsupported', /^host begins with ssh:/],
    ['tcp://a b:1', 'config', /^host is not an address/],
  ])('refuses %s before it starts', (host, code, message) => {
    expect(() => looking(host)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })
})
