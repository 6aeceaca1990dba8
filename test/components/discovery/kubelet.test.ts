import { expect, it } from 'vitest'
import { POD } from '../../discovery/kubernetes/groups.ts'
import { answer, header } from '../fake-ports.ts'
import { createWorld, type World } from '../world.ts'

const targets = (world: World): Record<string, string>[] =>
  world.exported('discovery.kubelet.it', 'targets') as Record<string, string>[]

const other = { metadata: { name: 'x', namespace: 'kube-system' }, spec: { containers: [{}] }, status: { podIP: '1' } }

it('finds the pods of a kubelet, of the namespaces wanted', async () => {
  const world = createWorld()
  let items: unknown[] = [POD, other, { metadata: {} }, 7]
  world.hosts.set('localhost:10250', () => answer(JSON.stringify({ kind: 'PodList', items })))
  await world.load(`discovery.kubelet "it" {
    namespaces   = ["shop"]
    bearer_token = "t"
  }`)
  await world.clock.advance(1_000)
  expect(targets(world).map((target) => target.__address__)).toEqual([
    '10.1.0.1',
    '10.1.0.1:7070',
    '10.1.0.1:8080',
    '10.1.0.1:9090',
  ])
  expect(targets(world)[0]).toMatchObject({
    __meta_kubernetes_namespace: 'shop',
    __meta_kubernetes_pod_container_name: 'helper',
    __meta_kubernetes_pod_controller_kind: 'ReplicaSet',
  })
  expect(world.requests[0].url.href).toBe('https://localhost:10250/pods')
  expect(header(world.requests[0], 'authorization')).toBe('Bearer t')
  items = [other]
  await world.clock.advance(10_000)
  expect(targets(world)).toEqual([])
  await world.stop()
  expect(world.clients.size).toBe(0)
})

it.each([
  [answer('', {}, 401), 'error response from kubelet: 401'],
  [answer('{}'), 'the kubelet answered something that is no list of pods'],
  [{ ok: false, reason: 'tls', message: 'x509: unknown authority' } as const, 'x509: unknown authority'],
])('keeps its targets when the kubelet fails: %#', async (failure, message) => {
  const world = createWorld()
  let next: ReturnType<typeof answer> | typeof failure = answer(JSON.stringify({ items: [POD] }))
  world.hosts.set('node:10250', () => next)
  await world.load(`discovery.kubelet "it" {
    url              = "https://node:10250/"
    refresh_interval = "30s"
  }`)
  await world.clock.advance(1_000)
  next = failure
  await world.clock.advance(35_000)
  expect(targets(world)).toHaveLength(4)
  const health = world.graph.component('discovery.kubelet.it')?.health
  expect(health?.state).toBe('unhealthy')
  expect(health?.message).toContain(message)
  await world.stop()
})

it('wants a URL and an interval', async () => {
  const world = createWorld()
  expect(await world.problems('discovery.kubelet "it" {\n  url = "node"\n  refresh_interval = "0s"\n}')).toEqual([
    expect.stringContaining('url must be an http or https URL'),
    expect.stringContaining('refresh_interval must be greater than 0'),
  ])
})
