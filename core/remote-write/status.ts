/** How sending to one endpoint goes, for people: read from it when somebody looks. Counts nothing itself. */
import type { KindCounts, QueueRow } from '../api/queues.ts'
import type { EndpointConfig } from './config.ts'
import { isNothing } from './counts.ts'
import type { Endpoint } from './endpoint.ts'
import { withoutPassword } from './metrics.ts'
import type { Tally } from './stats.ts'

export type EndpointStatus = Omit<QueueRow, 'node' | 'component'>

/** `now`: ms since the epoch. */
export function endpointStatus(
  { name, url, queue: { maxShards } }: EndpointConfig,
  endpoint: Endpoint,
  now: number,
): EndpointStatus {
  const { stats, queue, senders } = endpoint
  const { lastFailure } = stats
  return {
    endpoint: name,
    url: withoutPassword(url),
    protocol: endpoint.protocol,
    pending: queue.pending,
    memoryBytes: queue.bytes,
    diskBytes: queue.diskBytes,
    disk: DISK[queue.disk],
    oldestUnsent: queue.oldestTimestamp === undefined ? null : new Date(queue.oldestTimestamp).toISOString(),
    lagSeconds: lagMs(endpoint, now) / 1000,
    sent: { ...stats.sent },
    retried: { ...stats.retried },
    failed: { ...stats.failed },
    dropped: byReason(stats.dropped),
    lost: byReason(stats.lost),
    bytesSent: stats.bytesSent + stats.metadataBytesSent,
    series: endpoint.series,
    requestsInFlight: stats.inFlight,
    shards: senders.senders,
    shardsDesired: senders.desired,
    shardsMax: maxShards,
    retryWaitSeconds: endpoint.wait / 1000,
    lastError:
      lastFailure === undefined ? null : { at: new Date(lastFailure.at).toISOString(), text: lastFailure.text },
  }
}

/** One that is looked at for what an earlier run left takes what comes meanwhile. */
const DISK = { none: 'off', opening: 'working', working: 'working', failing: 'failing' } as const

/** While nothing waits there is none, even if the last samples were refused. */
function lagMs(
  { stats: { highestQueued, highestSent }, queue: { pending, oldestTimestamp } }: Endpoint,
  now: number,
): number {
  if (oldestTimestamp === undefined || isNothing(pending)) return 0
  // Before anything was delivered, what waits longest tells; what an earlier run left is behind now until this one queues something.
  return Math.max(0, (highestQueued || now) - (highestSent || oldestTimestamp))
}

function byReason(reasons: ReadonlyMap<string, Tally>): Readonly<Record<string, KindCounts>> {
  const some = [...reasons].filter(([, counts]) => !isNothing(counts))
  return Object.fromEntries(some.map(([reason, counts]) => [reason, { ...counts }]))
}
