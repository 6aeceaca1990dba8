/** Whether something is what waits to be sent. */
import { MAX_VERTICES } from '../../limits.ts'
import type { KindCounts, QueueRow, QueuesView } from '../queues.ts'
import {
  isAmount,
  isCount,
  isListOf,
  isMapOf,
  isName,
  isNullOr,
  isRecord,
  isText,
  isTime,
  knownWords,
  type Shape,
} from './shape.ts'
import { isUnanswered } from './targets.ts'

const isKinds = isRecord<KindCounts>({ samples: isCount, histograms: isCount, exemplars: isCount, metadata: isCount })

const isQueue = isRecord<QueueRow>({
  node: isName,
  component: isText,
  endpoint: isText,
  url: isText,
  protocol: knownWords({ '1.0': true, '2.0': true }),
  pending: isKinds,
  memoryBytes: isCount,
  diskBytes: isCount,
  disk: knownWords({ off: true, working: true, failing: true }),
  oldestUnsent: isNullOr(isTime),
  lagSeconds: isAmount,
  sent: isKinds,
  retried: isKinds,
  failed: isKinds,
  dropped: isMapOf(isKinds),
  lost: isMapOf(isKinds),
  bytesSent: isCount,
  series: isCount,
  requestsInFlight: isCount,
  shards: isAmount,
  shardsDesired: isAmount,
  shardsMax: isAmount,
  retryWaitSeconds: isAmount,
  lastError: isNullOr(isRecord<NonNullable<QueueRow['lastError']>>({ at: isTime, text: isText })),
})

/** What a peer tells: everything in it is known here. */
export const isQueuesView: Shape<QueuesView> = isRecord<QueuesView>({
  at: isTime,
  queues: isListOf(isQueue, MAX_VERTICES),
  unanswered: isUnanswered,
})
