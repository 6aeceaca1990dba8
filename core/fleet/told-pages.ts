/** Whether what a peer answered is a page of targets, or what waits to be sent: checked as far as anything here relies on it. */
import type { KindCounts, QueueRow, QueuesView } from '../api/queues.ts'
import type { LabelTexts, TargetRow, TargetsPage } from '../api/targets.ts'
import { MAX_TARGETS_PER_PAGE } from '../limits.ts'

type Check = (value: unknown) => boolean

export function isTargetsPage(value: unknown): value is TargetsPage {
  return isTargets(value)
}

export function isQueuesView(value: unknown): value is QueuesView {
  return isQueues(value)
}

const isText: Check = (value) => typeof value === 'string'
const isAmount: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isTime: Check = (value) => typeof value === 'string' && value.length <= 40 && !Number.isNaN(Date.parse(value))
const isLabels: Check = (value) => isRecord(value) && Object.values(value as LabelTexts).every(isText)
const isUnanswered: Check = listOf(shape<TargetsPage['unanswered'][number]>({ node: isText, reason: isText }))

const isRow: Check = shape<TargetRow>({
  component: isText,
  key: (value) => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value),
  job: isText,
  url: isText,
  labels: isLabels,
  owner: orNull(isText),
  toldBy: orNull(isText),
  health: oneOf('up', 'down', 'unknown'),
  lastScrape: orNull(isTime),
  durationSeconds: isAmount,
  samples: isCount,
  intervalSeconds: isAmount,
  error: isText,
})

const isTargets: Check = shape<TargetsPage>({
  total: isCount,
  matched: isCount,
  health: shape<TargetsPage['health']>({ up: isCount, down: isCount, unknown: isCount }),
  targets: listOf(isRow, MAX_TARGETS_PER_PAGE),
  components: listOf(isText),
  owners: listOf(isText),
  unanswered: isUnanswered,
})

const isKinds: Check = shape<KindCounts>({
  samples: isCount,
  histograms: isCount,
  exemplars: isCount,
  metadata: isCount,
})
const isByReason: Check = (value) => isRecord(value) && Object.values(value as object).every(isKinds)

const isQueue: Check = shape<QueueRow>({
  node: isText,
  component: isText,
  endpoint: isText,
  url: isText,
  protocol: oneOf('1.0', '2.0'),
  pending: isKinds,
  memoryBytes: isCount,
  diskBytes: isCount,
  disk: oneOf('off', 'working', 'failing'),
  oldestUnsent: orNull(isTime),
  lagSeconds: isAmount,
  sent: isKinds,
  retried: isKinds,
  failed: isKinds,
  dropped: isByReason,
  lost: isByReason,
  bytesSent: isCount,
  series: isCount,
  requestsInFlight: isCount,
  shards: isAmount,
  shardsDesired: isAmount,
  shardsMax: isAmount,
  retryWaitSeconds: isAmount,
  lastError: orNull(shape<NonNullable<QueueRow['lastError']>>({ at: isTime, text: isText })),
})

const isQueues: Check = shape<QueuesView>({ at: isTime, queues: listOf(isQueue), unanswered: isUnanswered })

/** A check for each field, so that a new one can't be forgotten here. */
function shape<T>(fields: { readonly [Name in keyof T]-?: Check }): Check {
  const checks = Object.entries<Check>(fields)
  return (value) => isRecord(value) && checks.every(([name, check]) => check((value as Record<string, unknown>)[name]))
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(check: Check, most = Number.POSITIVE_INFINITY): Check {
  return (value) => Array.isArray(value) && value.length <= most && value.every(check)
}

function orNull(check: Check): Check {
  return (value) => value === null || check(value)
}

function oneOf(...values: readonly string[]): Check {
  return (value) => values.includes(value as string)
}
