/** discovery.kubernetes in the graph: which arguments go together, how the API is reached, what is exported. */
import { describe, expect, it } from 'vitest'
import type { HttpRequest } from '../../../core/ports.ts'
import { createFakeCluster, type FakeCluster } from '../../kubernetes/fake-cluster.ts'
import { answer, header } from '../fake-ports.ts'
import { createWorld, type World } from '../world.ts'

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

interface KubernetesWorld extends World {
  readonly cluster: FakeCluster
  readonly asked: HttpRequest[]
}

/** An agent beside the API servers `api:6443` and, in its own cluster, `10.96.0.1`. */
function kubernetes({ inCluster = true } = {}): KubernetesWorld {
  const world = createWorld()
  const cluster = createFakeCluster()
  const asked: HttpRequest[] = []
  for (const host of ['api:6443', '10.96.0.1']) {
    world.hosts.set(host, async (request) => {
      asked.push(request)
      const { status, body } = await cluster.answer(request.url, (seconds) => waiting(world, request, seconds))
      return answer(body, {}, status)
    })
  }
  if (inCluster) {
    Object.assign(world.ports.host.env, { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' })
    world.files.put(`${ACCOUNT}/token`, 'own-token\n')
    world.files.put(`${ACCOUNT}/ca.crt`, 'CA')
    world.files.put(`${ACCOUNT}/namespace`, 'monitoring')
  }
  return { ...world, cluster, asked }
}

/** Ends with the watch's time, or with the request. */
function waiting({ clock }: World, { signal }: HttpRequest, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      signal?.removeEventListener('abort', end)
      resolve()
    }
    clock.wake(clock.monotonic() + seconds * 1000, end)
    signal?.addEventListener('abort', end)
  })
}

const pod = (name: string, namespace: string): { metadata: { name: string; namespace: string } } => ({
  metadata: { name, namespace },
  ...{ spec: { containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] }, status: { podIP: '10.1.0.1' } },
})

const addresses = (world: World): unknown[] =>
  (world.exported('discovery.kubernetes.it', 'targets') as Record<string, string>[]).map(
    (target) => `${target.__meta_kubernetes_pod_name} ${target.__address__}`,
  )

describe('inside a cluster', () => {
  it('asks with the account of the pod, and exports what it finds', async () => {
    const world = kubernetes()
    world.cluster.put('pods', pod('a', 'shop'))
    await world.load('discovery.kubernetes "it" { role = "pod" }')
    await world.clock.advance(1_000)
    expect(addresses(world)).toEqual(['a 10.1.0.1:80'])
    expect(header(world.asked[0], 'authorization')).toBe('Bearer own-token')
    expect(header(world.asked[0], 'user-agent')).toBe('skein/test')
    expect([...world.clients][0].tls).toEqual({ ca: 'CA' })

    world.cluster.put('pods', pod('b', 'shop'))
    await world.clock.advance(11_000)
    expect(addresses(world)).toEqual(['a 10.1.0.1:80', 'b 10.1.0.1:80'])
    await world.stop()
    expect(world.clients.size).toBe(0)
  })

  it('searches the namespaces named, and its own', async () => {
    const world = kubernetes()
    await world.load(`discovery.kubernetes "it" {
      role = "pod"
      namespaces {
        own_namespace = true
        names = ["shop", "monitoring"]
      }
      selectors {
        role  = "pod"
        label = "app=web"
      }
    }`)
    await world.clock.advance(1_000)
    const lists = world.asked.map(({ url }) => url).filter(({ search }) => !search.includes('watch'))
    expect(lists.map(({ pathname, searchParams }) => `${pathname} ${searchParams.get('labelSelector')}`)).toEqual([
      '/api/v1/namespaces/shop/pods app=web',
      '/api/v1/namespaces/monitoring/pods app=web',
    ])
    await world.stop()
  })

  it('is unhealthy while the API refuses, and keeps its targets', async () => {
    const world = kubernetes()
    world.cluster.put('pods', pod('a', 'shop'))
    await world.load('discovery.kubernetes "it" { role = "pod" }')
    await world.clock.advance(1_000)
    world.cluster.refuse('/api/v1/pods', { status: 403, body: '{"message":"pods is forbidden"}' })
    await world.clock.advance(10_000)
    const { health } = world.graph.component('discovery.kubernetes.it') ?? {}
    expect(health?.state).toBe('unhealthy')
    expect(health?.message).toContain('pods is forbidden')
    expect(addresses(world)).toEqual(['a 10.1.0.1:80'])
    world.cluster.refuse('/api/v1/pods', undefined)
    await world.clock.advance(60_000)
    expect(world.graph.component('discovery.kubernetes.it')?.health.state).toBe('healthy')
    await world.stop()
  })
})

describe('elsewhere', () => {
  it('an API server is asked as the arguments say', async () => {
    const world = kubernetes({ inCluster: false })
    world.cluster.put('ingresses', {
      metadata: { name: 'i', namespace: 'n' },
      spec: { rules: [{ host: 'shop.example' }] },
    })
    await world.load(`discovery.kubernetes "it" {
      role         = "ingress"
      api_server   = "https://api:6443"
      bearer_token = "given"
      tls_config { insecure_skip_verify = true }
    }`)
    await world.clock.advance(1_000)
    expect(header(world.asked[0], 'authorization')).toBe('Bearer given')
    expect([...world.clients][0].tls).toEqual({ insecureSkipVerify: true })
    expect(world.exported('discovery.kubernetes.it', 'targets')).toMatchObject([{ __address__: 'shop.example' }])
    await world.stop()
  })

  it('a kubeconfig says where and how', async () => {
    const world = kubernetes({ inCluster: false })
    world.files.put(
      '/kube/config',
      `{current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}],
        clusters: [{name: k, cluster: {server: 'https://api:6443'}}], users: [{name: u, user: {token: t0k}}]}`,
    )
    await world.load(`discovery.kubernetes "it" {
      role            = "node"
      kubeconfig_file = "/kube/config"
    }`)
    await world.clock.advance(1_000)
    expect(header(world.asked[0], 'authorization')).toBe('Bearer t0k')
    expect(world.asked[0].url.pathname).toBe('/api/v1/nodes')
    await world.stop()
  })
})

describe('arguments that can not work', () => {
  const problems = (body: string, inCluster = true): Promise<string[]> =>
    kubernetes({ inCluster }).problems(`discovery.kubernetes "it" {\n${body}\n}`)

  it.each([
    ['role = "pods"', '"pods"'],
    ['role = "pod"\nkubeconfig_file = "/k"\napi_server = "https://x"', "cannot use 'kubeconfig_file' and 'api_server'"],
    [
      'role = "pod"\nbearer_token = "x"',
      "to use custom HTTP client configuration please provide the 'api_server' URL explicitly",
    ],
    [
      'role = "pod"\nkubeconfig_file = "/k"\nbasic_auth { }',
      "cannot use a custom HTTP client configuration together with 'kubeconfig_file'",
    ],
    ['role = "pod"\napi_server = "x"', 'api_server must be an http or https URL'],
    [
      'role = "pod"\napi_server = "https://x"\nnamespaces { own_namespace = true }',
      "cannot use 'api_server' and 'namespaces.own_namespace' simultaneously",
    ],
    ['role = "pod"\nselectors { role = "service" }', 'pod role supports only pod, node selectors'],
    ['role = "pod"\nselectors { role = "pod" }\nselectors { role = "pod" }', 'duplicated selector role: pod'],
    ['role = "pod"\nkubeconfig_file = "/not/there"', 'unable to read /not/there'],
  ])('%j', async (body, problem) => {
    expect((await problems(body)).join('\n')).toContain(problem)
  })

  it('are none at all outside of a cluster', async () => {
    expect((await problems('role = "pod"', false)).join('\n')).toContain('does not run inside Kubernetes')
  })
})
