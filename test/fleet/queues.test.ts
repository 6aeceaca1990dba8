import { describe, expect, it } from 'vitest'
import type { KindCounts, QueuesView } from '../../core/api/queues.ts'
import { isQueuesView } from '../../core/api/shapes/queues.ts'
import type { Peer } from '../../core/cluster/peer.ts'
import type { Ask } from '../../core/fleet/ask.ts'
import { type QueuesDeps, queuesView } from '../../core/fleet/queues.ts'
import { createReports } from '../../core/fleet/reports.ts'
import type { EndpointStatus } from '../../core/remote-write/status.ts'

const NOTHING: KindCounts = { samples: 0, histograms: 0, exemplars: 0, metadata: 0 }
const NOW = Date.UTC(2026, 0, 1)

const status: EndpointStatus = {
  endpoint: 'main',
  url: 'http://receiver/push',
  protocol: '2.0',
  pending: { ...NOTHING, samples: 12 },
  memoryBytes: 100,
  diskBytes: 200,
  disk: 'working',
  oldestUnsent: '2025-12-31T23:59:00.000Z',
  lagSeconds: 60,
  sent: NOTHING,
  retried: NOTHING,
  failed: NOTHING,
  dropped: { out_of_order: { ...NOTHING, samples: 1 } },
  lost: {},
  bytesSent: 10,
  series: 7,
  requestsInFlight: 1,
  shards: 1,
  shardsDesired: 1.5,
  shardsMax: 50,
  retryWaitSeconds: 0.5,
  lastError: { at: '2026-01-01T00:00:00.000Z', text: 'HTTP 503: overloaded' },
}

function peer(name: string, changes: Partial<Peer> = {}): Peer {
  const meta = { version: '1', runtime: 'node', configHash: '', started: 0 }
  return { name, address: `${name}:1`, state: 'participant', self: name === 'b', suspect: false, meta, ...changes }
}

function deps(peers: readonly Peer[], ask: Ask): QueuesDeps {
  const reports = createReports()
  reports.deliveries.add({ component: 'prometheus.remote_write.z', endpoints: () => [status] })
  reports.deliveries.add({
    component: 'prometheus.remote_write.a',
    endpoints: () => [{ ...status, endpoint: 'second' }, status],
  })
  return { reports, self: 'b', peers: () => peers, ask, clock: { now: () => NOW } }
}

const nobody: Ask = () => Promise.reject(new Error('nobody is to be asked'))

/** What the node of this name says, by way of JSON. */
const everybody: Ask = async ({ name }, path, is) => {
  if (name === 'mute') return { ok: false, reason: 'connection refused' }
  expect(path).toBe('/api/v1/queues?scope=node')
  const view = await queuesView('node', { ...deps([], nobody), self: name })
  const value: unknown = JSON.parse(JSON.stringify(view))
  return is(value) ? { ok: true, value } : { ok: false, reason: 'wrong' }
}

function places({ queues }: QueuesView): string[] {
  return queues.map(({ node, component, endpoint }) => `${node} ${component.slice(-1)} ${endpoint}`)
}

describe('what waits to be sent', () => {
  it('is told by a node of itself alone, without asking anybody', async () => {
    const view = await queuesView('node', deps([peer('a'), peer('b')], nobody))
    expect(places(view)).toEqual(['b a second', 'b a main', 'b z main'])
    expect(view).toMatchObject({ at: '2026-01-01T00:00:00.000Z', unanswered: [] })
    expect(view.queues[2]).toEqual({ node: 'b', component: 'prometheus.remote_write.z', ...status })
  })

  it('is put together from all nodes, also those that leave, and says who did not answer', async () => {
    const leaving = peer('a', { state: 'terminating' })
    const viewer = peer('v', { state: 'viewer', meta: undefined })
    const view = await queuesView('fleet', deps([leaving, peer('b'), peer('c'), peer('mute'), viewer], everybody))
    const each = ['a second', 'a main', 'z main']
    expect(places(view)).toEqual(['a', 'b', 'c'].flatMap((node) => each.map((place) => `${node} ${place}`)))
    expect(view.unanswered).toEqual([{ node: 'mute', reason: 'connection refused' }])
  })

  it('is taken from a node only as far as it tells of itself', async () => {
    const liar: Ask = async (_, __, is) => {
      const { queues, ...rest } = await queuesView('node', { ...deps([], nobody), self: 'other' })
      const value: unknown = { ...rest, queues: [...queues, { ...queues[0], node: 'a' }] }
      return is(value) ? { ok: true, value } : { ok: false, reason: 'wrong' }
    }
    const view = await queuesView('fleet', deps([peer('a')], liar))
    expect(places(view)).toEqual(['a a second', 'b a second', 'b a main', 'b z main'])
  })

  it.each<[string, (view: Record<string, unknown>, row: Record<string, unknown>) => unknown]>([
    ['nothing', () => null],
    ['a list', () => []],
    ['without time', (view) => ({ ...view, at: 'noon' })],
    ['without queues', (view) => ({ ...view, queues: undefined })],
    ['without counts', (view, row) => ({ ...view, queues: [{ ...row, sent: { samples: 1 } }] })],
    ['negative counts', (view, row) => ({ ...view, queues: [{ ...row, sent: { ...NOTHING, samples: -1 } }] })],
    ['another protocol', (view, row) => ({ ...view, queues: [{ ...row, protocol: '3.0' }] })],
    ['reasons that are none', (view, row) => ({ ...view, queues: [{ ...row, lost: { queue_full: 1 } }] })],
    ['an error without text', (view, row) => ({ ...view, queues: [{ ...row, lastError: { at: view['at'] } }] })],
    ['an endless number', (view, row) => ({ ...view, queues: [{ ...row, lagSeconds: Number.POSITIVE_INFINITY }] })],
  ])('%s is not taken for an answer', async (_, spoil) => {
    const view = await queuesView('node', deps([], nobody))
    expect(isQueuesView(view)).toBe(true)
    const [row] = view.queues
    expect(isQueuesView(spoil({ ...view }, { ...row }))).toBe(false)
  })
})
