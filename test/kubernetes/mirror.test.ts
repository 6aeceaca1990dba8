/** Lists, watches, and everything between them that can go wrong; over a network that is a function, on a virtual clock. */
import { expect, it } from 'vitest'
import { createKubernetesApi } from '../../core/kubernetes/api.ts'
import { fieldsOf, textOf } from '../../core/kubernetes/json.ts'
import { createMirror, type Mirror } from '../../core/kubernetes/mirror.ts'
import { MAX_KUBERNETES_OBJECTS } from '../../core/limits.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import { type Answer, answer, type FakePorts, fakePorts } from '../components/fake-ports.ts'
import { createFakeCluster, type FakeCluster, type FakeObject } from './fake-cluster.ts'

interface Setup extends FakePorts {
  readonly cluster: FakeCluster
  readonly mirror: Mirror<string>
  /** How often the mirror told of a change. */
  changes: number
  /** Instead of the cluster, for requests that this answers. */
  instead: ((url: URL) => Answer | undefined) | undefined
  /** Names and texts of the objects. */
  seen(): Record<string, string>
  stop(): Promise<void>
}

function start(prepare: (cluster: FakeCluster) => void = () => {}, instead?: Setup['instead']): Setup {
  const fakes = fakePorts()
  const { clock, ports } = fakes
  const timers = createTimers(clock)
  const cluster = createFakeCluster()
  prepare(cluster)
  const sleep = (seconds: number): Promise<void> => timers.sleep(seconds * 1000)
  fakes.hosts.set('api:6443', async ({ url }) => {
    const other = setup.instead?.(url)
    if (other !== undefined) return other
    const { status, body } = await cluster.answer(url, sleep)
    return answer(body, {}, status)
  })
  const access = { server: new URL('https://api:6443/'), http: {} }
  const api = createKubernetesApi(access, { ...ports, timers }, 'skein/test')
  const selection = { what: 'pods', path: '/api/v1/pods', labelSelector: '', fieldSelector: '' }
  const read = (object: unknown): string => textOf(fieldsOf(fieldsOf(object)['spec'])['text'])
  const mirror = createMirror(
    selection,
    read,
    { api, clock, slices: createSlices(clock), timers, random: { next: () => 1 } },
    () => setup.changes++,
  )
  const controller = new AbortController()
  let running = Promise.resolve()
  const setup: Setup = {
    ...fakes,
    cluster,
    mirror,
    changes: 0,
    instead,
    seen: () => Object.fromEntries(mirror.objects),
    async stop() {
      controller.abort()
      await clock.advance(0)
      await clock.advance(5_000)
      await running
    },
  }
  running = mirror.run(controller.signal)
  return setup
}

const pod = (name: string, text = 'x'): FakeObject => ({ metadata: { name, namespace: 'a' }, spec: { text } })

it('lists in pages, then watches from there', async () => {
  const { cluster, mirror, clock, seen, stop } = start((cluster) => {
    for (let i = 0; i < 120; i++) cluster.put('pods', pod(`pod-${String(i).padStart(3, '0')}`))
  })
  await clock.settle()
  expect(mirror.complete).toBe(true)
  expect(Object.keys(seen())).toHaveLength(120)
  expect(cluster.asked).toEqual([
    '/api/v1/pods?limit=50',
    '/api/v1/pods?limit=50&continue=50%40220',
    '/api/v1/pods?limit=50&continue=100%40220',
    '/api/v1/pods?watch=1&resourceVersion=220&allowWatchBookmarks=true&timeoutSeconds=5',
  ])
  await stop()
})

it('takes what comes, changes and goes, and tells only of what differs', async () => {
  const { cluster, clock, seen, stop } = start((cluster) => {
    cluster.put('pods', pod('one'))
    cluster.put('pods', pod('two'))
  })
  await clock.settle()
  cluster.put('pods', pod('three'))
  cluster.put('pods', pod('two', 'y'))
  cluster.remove('pods', 'one', 'a')
  await clock.advance(5_000)
  expect(seen()).toEqual({ 'a/two': 'y', 'a/three': 'x' })
  // From the last event on, not from the beginning.
  expect(cluster.asked.at(-1)).toContain('resourceVersion=105')
  await stop()
})

it('tells nothing while nothing changes, and goes on from bookmarks', async () => {
  const setup = start((cluster) => cluster.put('pods', pod('one')))
  await setup.clock.settle()
  expect(setup.changes).toBe(1)
  setup.cluster.put('services', pod('elsewhere'))
  setup.cluster.put('pods', pod('one'))
  await setup.clock.advance(20_000)
  expect(setup.changes).toBe(1)
  expect(setup.cluster.asked.at(-1)).toContain('resourceVersion=103')
  await setup.stop()
})

it('lists again when the server has forgotten where it was', async () => {
  const setup = start((cluster) => {
    cluster.put('pods', pod('one'))
    cluster.put('pods', pod('two'))
  })
  await setup.clock.advance(5_000)
  const before = setup.cluster.asked.length
  setup.cluster.remove('pods', 'one', 'a')
  setup.cluster.put('pods', pod('three'))
  setup.cluster.forget()
  await setup.clock.advance(5_000)
  expect(setup.seen()).toEqual({ 'a/two': 'x', 'a/three': 'x' })
  expect(setup.cluster.asked.slice(before).filter((url) => !url.includes('watch'))).toHaveLength(1)
  expect(setup.mirror.problem).toBeUndefined()
  expect(setup.mirror.failures).toBe(0)
  await setup.stop()
})

it.each([
  [
    'an expired watch, told in its stream',
    '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n',
  ],
  ['half a line', '{"type":"ADDED","object":{"meta'],
])('lists again after %s', async (_, spoiled) => {
  const setup = start((cluster) => cluster.put('pods', pod('one')))
  await setup.clock.advance(5_000)
  setup.cluster.spoil = spoiled
  setup.cluster.put('pods', pod('two'))
  await setup.clock.advance(5_000)
  expect(setup.seen()).toEqual({ 'a/one': 'x', 'a/two': 'x' })
  expect(setup.cluster.asked.filter((url) => !url.includes('watch'))).toHaveLength(2)
  await setup.stop()
})

it('goes not round in circles when a list is forgotten at once', async () => {
  const setup = start(undefined, (url) =>
    url.searchParams.has('watch') ? answer('{"message":"too old"}', {}, 410) : undefined,
  )
  await setup.clock.advance(60_000)
  expect(setup.cluster.asked.length).toBeLessThan(10)
  expect(setup.mirror.problem).toBe('watching pods: the API server answered 410: too old')
  await setup.stop()
})

it('waits longer and longer after failures, keeps what it has, and mends', async () => {
  const setup = start((cluster) => cluster.put('pods', pod('one')))
  await setup.clock.advance(5_000)
  setup.instead = () => ({ ok: false, reason: 'refused', message: 'connect api:6443: connection refused' })
  await setup.clock.advance(60_000)
  const { problem, failures } = setup.mirror
  expect(problem).toBe("watching pods: the API server can't be asked: connect api:6443: connection refused")
  // After 5 s of watching at 1, 2, 4, 8, 16 and 30 s.
  expect(failures).toBe(6)
  expect(setup.seen()).toEqual({ 'a/one': 'x' })
  setup.instead = undefined
  setup.cluster.put('pods', pod('two'))
  await setup.clock.advance(36_000)
  expect(setup.mirror.problem).toBeUndefined()
  expect(setup.seen()).toEqual({ 'a/one': 'x', 'a/two': 'x' })
  // A server that is back is watched from where one was, not listed anew.
  expect(setup.cluster.asked.filter((url) => !url.includes('watch'))).toHaveLength(1)
  await setup.stop()
})

it('is left alone for as long as the server asks', async () => {
  let asked = 0
  const setup = start(undefined, () => {
    asked++
    return answer('', { 'retry-after': '20' }, 429)
  })
  await setup.clock.advance(19_000)
  expect(asked).toBe(1)
  await setup.clock.advance(2_000)
  expect(asked).toBe(2)
  await setup.stop()
})

it('says which right is missing', async () => {
  const setup = start((cluster) => {
    cluster.refuse('/api/v1/pods', { status: 403, body: '{"message":"pods is forbidden: User \\"me\\" cannot list"}' })
  })
  await setup.clock.settle()
  expect(setup.mirror.complete).toBe(false)
  expect(setup.mirror.problem).toBe(
    'listing pods: the API server answered 403: pods is forbidden: User "me" cannot list; the account needs the rights to list and to watch them',
  )
  setup.cluster.refuse('/api/v1/pods', undefined)
  await setup.clock.advance(1_000)
  expect(setup.mirror.complete).toBe(true)
  expect(setup.mirror.problem).toBeUndefined()
  await setup.stop()
})

it('lists from time to time where watches never end', async () => {
  const setup = start(
    (cluster) => cluster.put('pods', pod('one')),
    (url) =>
      url.searchParams.has('watch') ? { ok: false, reason: 'timeout', message: 'no answer in time' } : undefined,
  )
  await setup.clock.advance(10_000)
  setup.cluster.put('pods', pod('two'))
  await setup.clock.advance(30_000)
  expect(setup.seen()).toEqual({ 'a/one': 'x', 'a/two': 'x' })
  expect(setup.mirror.problem).toContain('watching pods')
  expect(setup.cluster.asked.length).toBeLessThan(10)
  await setup.stop()
})

it('does not hurry servers that end watches early', async () => {
  let watches = 0
  const setup = start(undefined, (url) => {
    if (!url.searchParams.has('watch')) return undefined
    watches++
    return answer('')
  })
  await setup.clock.advance(10_000)
  expect(watches).toBe(11)
  await setup.stop()
})

it.each([
  ['<html>', 'the API server answered something that is no list'],
  ['{"items":{}}', 'the API server answered something that is no list'],
  ['{"items":[{}],"metadata":{"continue":"x"}}', 'the API server repeats a page of its list'],
])('takes %s for a failure', async (body, problem) => {
  const setup = start(undefined, () => answer(body))
  await setup.clock.settle()
  expect(setup.mirror.problem).toBe(`listing pods: ${problem}`)
  await setup.stop()
})

it('goes on after a page of which selectors left nothing', async () => {
  const setup = start(undefined, (url) => {
    if (url.searchParams.has('watch')) return undefined
    return url.searchParams.has('continue')
      ? answer('{"items":[{"metadata":{"name":"x"}}],"metadata":{"resourceVersion":"7"}}')
      : answer('{"items":[],"metadata":{"continue":"next"}}')
  })
  await setup.clock.settle()
  expect(setup.seen()).toEqual({ x: '' })
  await setup.stop()
})

it('refuses more objects than it keeps, and says what to do', async () => {
  const body = `{"items":[${'0,'.repeat(MAX_KUBERNETES_OBJECTS)}0]}`
  const setup = start(undefined, () => answer(body))
  while (setup.mirror.problem === undefined) await setup.clock.settle()
  expect(setup.mirror.problem).toMatch(/^listing pods: there are more than 500000 of them; narrow it down with/)
  await setup.stop()
})

it('passes over objects without a name, and over events about them', async () => {
  const setup = start(undefined, (url) =>
    url.searchParams.has('watch')
      ? answer('{"type":"ADDED","object":7}\n{"type":"DELETED","object":{}}\n\n')
      : answer('{"items":[null,7,{},{"metadata":{"name":"x"}}],"metadata":{"resourceVersion":"7"}}'),
  )
  await setup.clock.advance(3_000)
  expect(setup.seen()).toEqual({ x: '' })
  expect(setup.mirror.problem).toBeUndefined()
  await setup.stop()
})
