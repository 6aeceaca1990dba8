/** The whole source against an API server of the test's own, over TLS on loopback, in a time that runs twenty times as fast. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { processPorts } from '../../../adapters/shared/process-ports.ts'
import { kubernetesDiscovery } from '../../../core/discovery/kubernetes/kubernetes.ts'
import type { RoleSettings } from '../../../core/discovery/kubernetes/roles.ts'
import type { TargetGroup } from '../../../core/discovery/source.ts'
import { inClusterAccess, serviceAccount } from '../../../core/kubernetes/access.ts'
import type { Clock } from '../../../core/ports.ts'
import { createSlices } from '../../../core/time/slices.ts'
import { createTimers } from '../../../core/time/timers.ts'
import { peerClients } from '../../adapters/shared/this-runtime.ts'
import { createFakeCluster, type FakeCluster, type FakeObject } from '../../kubernetes/fake-cluster.ts'
import { recordingLog } from '../../support/recording-log.ts'
import { fakeSurroundings } from '../looking.ts'
import { changed, POD, SERVICE } from './groups.ts'

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const SPEED = 20

const fastClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now() * SPEED,
  wake: (at, wakeUp) => {
    const timer = setTimeout(wakeUp, Math.max(0, at / SPEED - performance.now()) + 1)
    return () => clearTimeout(timer)
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}

interface Api {
  readonly cluster: FakeCluster
  readonly port: number
  /** The only one that is let in. */
  token: string
}

async function apiServer(): Promise<Api> {
  const cluster = createFakeCluster()
  const timers = createTimers(fastClock)
  const server = createServer({ cert: pem('server'), key: pem('server-key') }, async (request, response) => {
    if (request.headers.authorization !== `Bearer ${api.token}`) {
      response.writeHead(401).end('{"kind":"Status","message":"Unauthorized"}')
      return
    }
    const url = new URL(request.url ?? '/', 'https://api')
    const { status, body } = await cluster.answer(url, (seconds) => timers.sleep(seconds * 1000))
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const api: Api = { cluster, port: (server.address() as AddressInfo).port, token: 'first' }
  return api
}

interface Watching {
  /** The newest groups found. */
  groups(): readonly TargetGroup[]
  readonly problems: string[]
  /** Resolves when the addresses of all targets, sorted, are these. */
  addresses(...wanted: string[]): Promise<void>
  /** What a mounted file holds. */
  readonly files: Map<string, string>
  /** Resolves when the condition holds; asked after whatever is told. */
  until(holds: () => boolean): Promise<void>
  stop(): Promise<void>
}

function discover(api: Api, settings: Partial<RoleSettings>): Watching {
  const account = serviceAccount({ KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api.port) })
  const own = processPorts('test', peerClients)
  const files = new Map([
    [account.tokenFile, `${api.token}\n`],
    [account.caFile, pem('ca')],
  ])
  const readSync = (path: string): Uint8Array => new TextEncoder().encode(files.get(path))
  const ports = { ...own, clock: fastClock, files: { ...own.files, readSync } }
  const source = kubernetesDiscovery(
    {
      access: inClusterAccess(account),
      role: 'pod',
      namespaces: [],
      selectors: new Map(),
      attach: { node: false, namespace: false },
      ...settings,
    },
    {
      ports,
      timers: createTimers(fastClock),
      log: recordingLog(),
      slices: createSlices(fastClock),
      userAgent: 'skein/test',
    },
  )
  const controller = new AbortController()
  let groups: readonly TargetGroup[] = []
  const problems: string[] = []
  const told: (() => void)[] = []
  const tell = (): void => {
    for (const wake of told.splice(0)) wake()
  }
  const running = source.run(controller.signal, {
    found(found, problem) {
      groups = found
      if (problem !== undefined) problems.push(problem)
      tell()
    },
    failed(message) {
      problems.push(message)
      tell()
    },
  })
  const stop = (): Promise<void> => {
    controller.abort()
    return running
  }
  cleanups.push(stop)
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => told.push(resolve))
  }
  return {
    groups: () => groups,
    problems,
    files,
    until,
    async addresses(...wanted) {
      const found = (): string[] =>
        groups.flatMap((group) => group.targets.map((target) => target.get('__address__') ?? '')).sort()
      await until(() => JSON.stringify(found()) === JSON.stringify(wanted))
    },
    stop,
  }
}

function simplePod(name: string, ip: string, namespace = 'shop', labels = {}): FakeObject {
  return {
    metadata: { name, namespace, labels },
    spec: { containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] },
    status: { podIP: ip },
  }
}

it('finds pods, and what becomes of them, with tokens that are replaced', async () => {
  const api = await apiServer()
  for (let i = 0; i < 3; i++) api.cluster.put('pods', simplePod(`p${i}`, `10.1.0.${i}`))
  const watching = discover(api, {})
  await watching.addresses('10.1.0.0:80', '10.1.0.1:80', '10.1.0.2:80')
  const untouched = watching.groups()[2]

  api.cluster.put('pods', simplePod('p0', '10.1.0.9'))
  api.cluster.remove('pods', 'p1', 'shop')
  await watching.addresses('10.1.0.2:80', '10.1.0.9:80')
  // What didn't change wasn't made again.
  expect(watching.groups()).toContain(untouched)

  api.token = 'second'
  await watching.until(() => watching.problems.length > 0)
  expect(watching.problems[0]).toMatch(/^watching pods: the API server answered 401: Unauthorized; the credentials/)
  watching.files.set('/var/run/secrets/kubernetes.io/serviceaccount/token', 'second')
  api.cluster.put('pods', simplePod('p7', '10.1.0.7'))
  await watching.addresses('10.1.0.2:80', '10.1.0.7:80', '10.1.0.9:80')

  api.cluster.remove('pods', 'p7', 'shop')
  api.cluster.forget()
  await watching.addresses('10.1.0.2:80', '10.1.0.9:80')
  await watching.stop()
})

it('finds endpoints as services and pods say, of the namespaces that may be read', async () => {
  const api = await apiServer()
  const { cluster } = api
  cluster.put('pods', POD as FakeObject)
  cluster.put('services', SERVICE as FakeObject)
  cluster.put('endpoints', {
    metadata: { name: 'web', namespace: 'shop' },
    subsets: [
      {
        addresses: [{ ip: '10.1.0.1', targetRef: { kind: 'Pod', namespace: 'shop', name: 'web-1' } }],
        ports: [{ name: 'http', port: 8080 }],
      },
    ],
  })
  cluster.refuse('/api/v1/namespaces/secret/pods', { status: 403, body: '{"message":"no"}' })
  const watching = discover(api, {
    role: 'endpoints',
    namespaces: ['shop', 'secret', 'shop'],
    selectors: new Map([['pod', { label: 'app.kubernetes.io/name=web', field: 'x=y' }]]),
  })
  await watching.addresses('10.1.0.1:7070', '10.1.0.1:8080', '10.1.0.1:9090')
  await watching.until(() => watching.problems.length > 0)
  expect(watching.problems[0]).toMatch(/^listing pods in namespace "secret": the API server answered 403: no;/)
  expect(cluster.asked.filter((url) => url.includes('/shop/pods') && !url.includes('watch'))).toEqual([
    '/api/v1/namespaces/shop/pods?labelSelector=app.kubernetes.io%2Fname%3Dweb&fieldSelector=x%3Dy&limit=50',
  ])

  const group = (): TargetGroup => watching.groups()[0]
  expect(group().labels.get('__meta_kubernetes_service_label_app')).toBe('web')
  cluster.put('services', changed(SERVICE, { 'metadata.labels': { app: 'new' } }) as FakeObject)
  await watching.until(() => group().labels.get('__meta_kubernetes_service_label_app') === 'new')
  cluster.remove('pods', 'web-1', 'shop')
  await watching.addresses('10.1.0.1:8080')
  await watching.stop()
})

it('finds nothing, and says why, while the API can not be reached', async () => {
  const api = await apiServer()
  const watching = discover({ ...api, port: 1 }, {})
  await watching.until(() => watching.problems.length > 1)
  expect(watching.problems[0]).toMatch(/^listing pods: the API server can't be asked: .*refused/)
  expect(watching.groups()).toEqual([])
  await watching.stop()
})

it('adds metadata of nodes and namespaces, which are asked for once', async () => {
  const api = await apiServer()
  const { cluster } = api
  for (const namespace of ['a', 'b']) {
    cluster.put('pods', changed(simplePod('p', `10.1.0.1`, namespace), { 'spec.nodeName': 'n' }) as FakeObject)
    cluster.put('namespaces', { metadata: { name: namespace, labels: { team: namespace } } })
  }
  cluster.put('nodes', { metadata: { name: 'n', labels: { zone: 'z' } } })
  const watching = discover(api, { namespaces: ['a', 'b'], attach: { node: true, namespace: true } })
  await watching.addresses('10.1.0.1:80', '10.1.0.1:80')
  for (const [i, team] of ['a', 'b'].entries()) {
    const { labels } = watching.groups()[i]
    expect(labels.get('__meta_kubernetes_node_label_zone')).toBe('z')
    expect(labels.get('__meta_kubernetes_namespace_label_team')).toBe(team)
  }
  expect(cluster.asked.filter((url) => /^\/api\/v1\/(nodes|namespaces)\?limit/.test(url))).toHaveLength(2)
  cluster.put('nodes', { metadata: { name: 'n', labels: { zone: 'y' } } })
  await watching.until(() => watching.groups()[0].labels.get('__meta_kubernetes_node_label_zone') === 'y')
  await watching.stop()
})

it('listens to a signal of its own for each kind and namespace: hosts take many listeners on one for a leak', async () => {
  const surroundings = fakeSurroundings()
  const source = kubernetesDiscovery(
    {
      access: { server: new URL('http://api'), http: {} },
      role: 'endpoints',
      namespaces: ['a', 'b', 'c', 'd', 'e'],
      selectors: new Map(),
      attach: { node: false, namespace: false },
    },
    surroundings,
  )
  const controller = new AbortController()
  const listen = vi.spyOn(controller.signal, 'addEventListener')
  const running = source.run(controller.signal, { found: () => {}, failed: () => {} })
  await surroundings.fakes.clock.settle()
  expect(listen.mock.calls.length).toBeLessThan(5)
  controller.abort()
  await running
})
