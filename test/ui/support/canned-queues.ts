/** Made-up queues that move: totals grow with the clock, one endpoint fails. */
import type { KindCounts, QueueRow, QueuesView } from '../../../core/api/queues.ts'
import { at, type Mood, NODES } from './canned-cluster.ts'

const BEGAN = Date.now() - 3_600_000

const kinds = (samples: number): KindCounts => ({
  samples: Math.round(samples),
  histograms: 0,
  exemplars: 0,
  metadata: 0,
})

export function queues(mood: Mood): QueuesView {
  const nodes = mood === 'alone' ? NODES.slice(0, 1) : NODES.slice(0, 2)
  return {
    at: at(0),
    queues: nodes.flatMap((node, index) => [
      row(node, index, 'mimir', false),
      row(node, index, 'longterm', mood === 'troubled'),
    ]),
    unanswered:
      mood === 'troubled'
        ? [
            { node: 'skein-2', reason: 'no answer within 3 s' },
            { node: 'skein-3', reason: 'it runs Alloy, which can’t tell' },
          ]
        : [],
  }
}

function row(node: string, index: number, name: string, failing: boolean): QueueRow {
  const seconds = (Date.now() - BEGAN) / 1000
  const wave = Math.sin(seconds / 6 + index)
  const behind = failing && index === 1 ? seconds - 2700 : 2 + wave
  return {
    node,
    component: `prometheus.remote_write.${name}`,
    endpoint: name,
    url: `https://${name}.example.com/api/v1/push`,
    protocol: name === 'mimir' ? '2.0' : '1.0',
    pending: kinds(failing && index === 1 ? behind * 1400 : 900 + wave * 500),
    memoryBytes: 2_400_000 + wave * 400_000,
    diskBytes: name === 'mimir' ? 48_000_000 : 0,
    disk: name === 'mimir' ? 'working' : 'off',
    oldestUnsent: at(behind),
    lagSeconds: Math.max(0, behind),
    sent: kinds(seconds * 1400 + wave * 3000),
    retried: kinds(failing ? seconds * 12 : 0),
    failed: kinds(failing && index === 1 ? seconds * 3 : 0),
    dropped: failing ? { too_old: kinds(312) } : {},
    lost: {},
    bytesSent: seconds * 21_000,
    series: 18_204,
    requestsInFlight: 2,
    shards: 2,
    shardsDesired: 2 + Math.abs(wave),
    shardsMax: 50,
    retryWaitSeconds: failing && index === 1 ? 4.2 : 0,
    lastError:
      failing && index === 1
        ? { at: at(3), text: 'https://longterm.example.com/api/v1/push answered with status 503: no available server' }
        : null,
  }
}
