import { afterEach, describe, expect, it } from 'vitest'
import { type SwarmRole, swarmDiscovery } from '../../core/discovery/dockerswarm.ts'
import { nodeTargets, serviceTargets, taskTargets } from '../../core/discovery/dockerswarm-targets.ts'
import { fakeApi } from './fake-api.ts'
import { look, realSurroundings, targetsOf, worked } from './looking.ts'

const NODE = {
  ID: 'n1',
  Spec: { Role: 'manager', Availability: 'active', Labels: { 'disk.type': 'ssd' } },
  Description: {
    Hostname: 'oxygen',
    Platform: { Architecture: 'x86_64', OS: 'linux' },
    Engine: { EngineVersion: '27.1.0' },
  },
  Status: { State: 'ready', Addr: '192.0.2.1' },
  ManagerStatus: { Leader: true, Reachability: 'reachable', Addr: '192.0.2.1:2377' },
}

const SERVICE = {
  ID: 's1',
  Spec: {
    Name: 'shop_web',
    Labels: { team: 'a' },
    Mode: { Replicated: { Replicas: 2 } },
    TaskTemplate: { ContainerSpec: { Image: 'web:1', Hostname: 'web' } },
  },
  Endpoint: {
    Ports: [
      { Name: 'http', Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'ingress' },
      { Protocol: 'udp', TargetPort: 53, PublishedPort: 53, PublishMode: 'ingress' },
    ],
    VirtualIPs: [{ NetworkID: 'net1', Addr: '10.0.0.5/24' }],
  },
  UpdateStatus: { State: 'completed' },
}

const NETWORK = { Id: 'net1', Name: 'ingress', Scope: 'swarm', Internal: false, Ingress: true, Labels: null }

const TASK = {
  ID: 't1',
  ServiceID: 's1',
  NodeID: 'n1',
  Slot: 2,
  DesiredState: 'running',
  Spec: { ContainerSpec: { Labels: { 'scrape-me': 'yes' } } },
  Status: {
    State: 'running',
    ContainerStatus: { ContainerID: 'c1' },
    PortStatus: { Ports: [{ Protocol: 'tcp', TargetPort: 9100, PublishedPort: 9100, PublishMode: 'host' }] },
  },
  NetworksAttachments: [{ Network: { ID: 'net1' }, Addresses: ['10.0.0.7/24', 'nonsense'] }],
}

const plain = (targets: readonly ReadonlyMap<string, string>[]): Record<string, string>[] =>
  targets.map((labels) => Object.fromEntries(labels))

const NODE_LABELS = {
  __meta_dockerswarm_node_id: 'n1',
  __meta_dockerswarm_node_role: 'manager',
  __meta_dockerswarm_node_address: '192.0.2.1',
  __meta_dockerswarm_node_availability: 'active',
  __meta_dockerswarm_node_hostname: 'oxygen',
  __meta_dockerswarm_node_platform_architecture: 'x86_64',
  __meta_dockerswarm_node_platform_os: 'linux',
  __meta_dockerswarm_node_status: 'ready',
  __meta_dockerswarm_node_label_disk_type: 'ssd',
}

const SERVICE_LABELS = {
  __meta_dockerswarm_service_id: 's1',
  __meta_dockerswarm_service_name: 'shop_web',
  __meta_dockerswarm_service_mode: 'replicated',
  __meta_dockerswarm_service_label_team: 'a',
}

const NETWORK_LABELS = {
  __meta_dockerswarm_network_id: 'net1',
  __meta_dockerswarm_network_name: 'ingress',
  __meta_dockerswarm_network_scope: 'swarm',
  __meta_dockerswarm_network_internal: 'false',
  __meta_dockerswarm_network_ingress: 'true',
}

describe('targets of nodes', () => {
  it('are at their address, with what is known of managers', () => {
    expect(plain(worked(nodeTargets([NODE], 9100)))).toEqual([
      {
        ...NODE_LABELS,
        __address__: '192.0.2.1:9100',
        __meta_dockerswarm_node_engine_version: '27.1.0',
        __meta_dockerswarm_node_manager_leader: 'true',
        __meta_dockerswarm_node_manager_reachability: 'reachable',
        __meta_dockerswarm_node_manager_address: '192.0.2.1:2377',
      },
    ])
  })

  it('have no labels of managers where they are workers', () => {
    const [worker] = plain(worked(nodeTargets([{ ...NODE, ManagerStatus: null }], 80)))
    expect(Object.keys(worker).filter((name) => name.includes('manager'))).toEqual([])
    expect(plain(worked(nodeTargets([null, 7], 80))).map(({ __address__ }) => __address__)).toEqual([':80', ':80'])
  })
})

describe('targets of services', () => {
  const common = {
    ...SERVICE_LABELS,
    ...NETWORK_LABELS,
    __meta_dockerswarm_service_task_container_hostname: 'web',
    __meta_dockerswarm_service_task_container_image: 'web:1',
    __meta_dockerswarm_service_updating_status: 'completed',
  }

  it('are one for each virtual IP and TCP port', () => {
    expect(plain(worked(serviceTargets([SERVICE], [NETWORK], 80)))).toEqual([
      {
        ...common,
        __address__: '10.0.0.5:8080',
        __meta_dockerswarm_service_endpoint_port_name: 'http',
        __meta_dockerswarm_service_endpoint_port_publish_mode: 'ingress',
      },
    ])
  })

  it('have the port of the arguments where a service publishes none', () => {
    const quiet = { ...SERVICE, Endpoint: { VirtualIPs: SERVICE.Endpoint.VirtualIPs } }
    expect(plain(worked(serviceTargets([quiet], [NETWORK], 80)))).toEqual([{ ...common, __address__: '10.0.0.5:80' }])
  })

  it('say how the service is spread; plugins have no container', () => {
    const global = {
      ...SERVICE,
      Spec: { Name: 'g', Mode: { Global: {} }, TaskTemplate: { PluginSpec: {} } },
      UpdateStatus: undefined,
      Endpoint: { VirtualIPs: [{ NetworkID: 'x', Addr: 'fd00::5/64' }, { NetworkID: 'x' }] },
    }
    expect(plain(worked(serviceTargets([global], [], 80)))).toEqual([
      {
        __address__: '[fd00::5]:80',
        __meta_dockerswarm_service_id: 's1',
        __meta_dockerswarm_service_name: 'g',
        __meta_dockerswarm_service_mode: 'global',
      },
    ])
  })
})

describe('targets of tasks', () => {
  const common = {
    ...NODE_LABELS,
    ...SERVICE_LABELS,
    __meta_dockerswarm_task_id: 't1',
    __meta_dockerswarm_task_desired_state: 'running',
    __meta_dockerswarm_task_state: 'running',
    __meta_dockerswarm_task_slot: '2',
    __meta_dockerswarm_task_container_id: 'c1',
    __meta_dockerswarm_container_label_scrape_me: 'yes',
  }

  it('are the ports published on the node, and the ports of the service at each address', () => {
    expect(plain(worked(taskTargets([TASK], [SERVICE], [NODE], [NETWORK], 80)))).toEqual([
      { ...common, __address__: '192.0.2.1:9100', __meta_dockerswarm_task_port_publish_mode: 'host' },
      {
        ...common,
        ...NETWORK_LABELS,
        __address__: '10.0.0.7:8080',
        __meta_dockerswarm_task_port_publish_mode: 'ingress',
      },
    ])
  })

  it('have the port of the arguments where the service publishes none', () => {
    const task = { ...TASK, Status: { State: 'pending' } }
    const [target, ...more] = plain(worked(taskTargets([task], [], [], [NETWORK], 80)))
    expect(more).toEqual([])
    expect(target).toEqual({
      ...NETWORK_LABELS,
      __address__: '10.0.0.7:80',
      __meta_dockerswarm_task_id: 't1',
      __meta_dockerswarm_task_desired_state: 'running',
      __meta_dockerswarm_task_state: 'pending',
      __meta_dockerswarm_task_slot: '2',
      __meta_dockerswarm_container_label_scrape_me: 'yes',
    })
  })
})

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('asking a manager', () => {
  it.each([
    ['nodes', ['/nodes filtered'], 1],
    ['services', ['/services filtered', '/networks'], 1],
    ['tasks', ['/tasks filtered', '/services', '/nodes', '/networks'], 2],
  ] as const)('for %s takes the lists it needs, and has the first filtered', async (role: SwarmRole, asked, count) => {
    const bodies = { nodes: [NODE], services: [SERVICE], tasks: [TASK], networks: [NETWORK] }
    const api = await fakeApi(({ path }) => {
      if (path === '/_ping') return { body: 'OK', headers: { 'API-Version': '1.44' } }
      return { body: bodies[path.replace('/v1.44/', '') as keyof typeof bodies] }
    })
    cleanups.push(() => api.close())
    const looks = look(
      swarmDiscovery(
        {
          host: `tcp://${api.host}`,
          outbound: {},
          refreshMs: 60_000,
          role,
          port: 80,
          filters: [{ name: 'label', values: ['x=y'] }],
        },
        realSurroundings(),
      ),
    )
    cleanups.push(() => looks.stop())
    expect(targetsOf(await looks.nth(0))).toHaveLength(count)
    const filtered = (query: URLSearchParams): string =>
      query.get('filters') === '{"label":["x=y"]}' ? ' filtered' : ''
    expect(api.requests.slice(1).map(({ path, query }) => path.replace('/v1.44', '') + filtered(query))).toEqual(asked)
  })

  it('says that a node is no manager', async () => {
    const message = 'This node is not a swarm manager.'
    const api = await fakeApi(({ path }) =>
      path === '/_ping' ? { body: 'OK' } : { status: 503, headers: {}, body: { message } },
    )
    cleanups.push(() => api.close())
    const settings = { host: `http://${api.host}`, outbound: {}, refreshMs: 60_000, port: 80, filters: [] }
    const looks = look(swarmDiscovery({ ...settings, role: 'tasks' }, realSurroundings()))
    cleanups.push(() => looks.stop())
    expect((await looks.nth(0)).failed).toMatch(
      /^error while listing swarm tasks: .*\/tasks: server answered 503.*not a swarm manager/,
    )
  })
})
