/**
 * Names and help of everything that remote_write shows about itself: Prometheus's `prometheus_remote_storage_*` and
 * Alloy's `prometheus_remote_write_wal_*` (spec §5.11), so that existing dashboards and alerts keep working, and three of
 * our own that make a stall visible. Values are read from live state at each exposition; nothing counts twice.
 */
import type { MetricScope } from '../telemetry/registry.ts'
import type { EndpointConfig } from './config.ts'
import type { Endpoint } from './endpoint.ts'

const PREFIX = 'prometheus_remote_storage_'
const BATCH_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300]

export interface EndpointMetrics {
  attempted(seconds: number): void
  close(): void
}

/** Shows one endpoint under its name and URL. */
export function showEndpoint(
  component: MetricScope,
  config: () => EndpointConfig,
  endpoint: () => Endpoint | undefined,
): EndpointMetrics {
  const { name, url } = config()
  const scope = component.scope({ remote_name: name, url: withoutPassword(url) })
  const counter = (name: string, help: string) => scope.counter(PREFIX + name, help)
  const gauge = (name: string, help: string) => scope.gauge(PREFIX + name, help)
  const byReason = (name: string, help: string) => scope.counters(PREFIX + name, help, ['reason'])

  const samples = counter('samples_total', 'Samples sent to remote storage, each attempt counted.')
  const failed = counter('samples_failed_total', 'Samples given up: refused by the receiver, or unsent at shutdown.')
  const retried = counter('samples_retried_total', 'Samples whose request failed on a recoverable error.')
  const dropped = byReason('samples_dropped_total', 'Samples that were dropped before they were sent, by reason.')
  const lost = byReason('samples_lost_total', 'Samples that were taken over and never delivered, by reason.')
  const bytes = counter('bytes_total', 'Compressed bytes of samples delivered to remote storage.')
  const seconds = scope.histogram(
    `${PREFIX}sent_batch_duration_seconds`,
    'Duration of requests to remote storage.',
    BATCH_SECONDS,
  )
  const pending = gauge('samples_pending', 'Samples waiting to be delivered.')
  const queueBytes = gauge('queue_bytes', 'Memory that finished requests take while they wait.')
  const highestQueued = gauge('queue_highest_timestamp_seconds', 'Newest timestamp that was queued.')
  const highestSent = gauge('queue_highest_sent_timestamp_seconds', 'Newest timestamp that was delivered.')
  const oldestUnsent = gauge(
    'oldest_unsent_timestamp_seconds',
    'Oldest timestamp that waits to be delivered; 0 when none does.',
  )
  const shards = gauge('shards', 'Requests under way.')
  const desired = gauge('shards_desired', 'Requests that could be under way without a limit.')
  const max = gauge('shards_max', 'Requests that may be under way at once.')
  const min = gauge('shards_min', 'The setting min_shards; it has no effect.')
  const capacity = gauge('shard_capacity', 'The setting capacity: samples kept per request that may be under way.')
  const perSend = gauge('max_samples_per_send', 'Samples in one request at most.')
  for (const [name, help] of NOT_YET) counter(name, help)
  gauge('exemplars_pending', 'Exemplars waiting to be delivered.')
  gauge('histograms_pending', 'Histograms waiting to be delivered.')

  scope.beforeCollect(() => {
    const current = endpoint()
    if (current === undefined) return
    const { stats, queue } = current
    const limits = config().queue
    samples.set(stats.samplesSent)
    failed.set(stats.samplesFailed)
    retried.set(stats.samplesRetried)
    for (const [reason, count] of Object.entries(stats.dropped)) dropped.with(reason).set(count)
    dropped.with('too_old').set(stats.lost.too_old)
    for (const [reason, count] of Object.entries(stats.lost)) lost.with(reason).set(count)
    bytes.set(stats.bytesSent)
    pending.set(queue.samples)
    queueBytes.set(queue.bytes)
    highestQueued.set(stats.highestQueued / 1000)
    highestSent.set(stats.highestSent / 1000)
    oldestUnsent.set((queue.oldestTimestamp ?? 0) / 1000)
    shards.set(stats.inFlight)
    desired.set(current.wanted)
    max.set(limits.maxShards)
    min.set(limits.minShards)
    capacity.set(limits.capacity)
    perSend.set(limits.maxSamplesPerSend)
  })

  return { attempted: seconds.observe, close: scope.close }
}

/** Dashboards ask for these; they stay 0 until exemplars, histograms and metadata are sent. */
const NOT_YET: readonly (readonly [name: string, help: string])[] = [
  ...['exemplars', 'histograms', 'metadata'].flatMap((kind): [string, string][] => [
    [`${kind}_total`, `Number of ${kind} sent to remote storage.`],
    [`${kind}_failed_total`, `Number of ${kind} given up.`],
    [`${kind}_retried_total`, `Number of ${kind} whose request failed on a recoverable error.`],
  ]),
  ['exemplars_dropped_total', 'Exemplars that were dropped before they were sent.'],
  ['histograms_dropped_total', 'Histograms that were dropped before they were sent.'],
  ['metadata_bytes_total', 'Compressed bytes of metadata delivered to remote storage.'],
  ['enqueue_retries_total', 'Times that queueing had to wait: never, the oldest samples give way instead.'],
]

/** What a component took in, over all its sources. */
export interface IntakeStats {
  samples: number
  /** Milliseconds since the epoch. */
  highestTimestamp: number
}

export function showIntake(scope: MetricScope, intake: IntakeStats, endpoints: () => readonly Endpoint[]): void {
  const samplesIn = scope.counter(`${PREFIX}samples_in_total`, 'Samples that came in.')
  scope.counter(`${PREFIX}exemplars_in_total`, 'Exemplars that came in.')
  scope.counter(`${PREFIX}histograms_in_total`, 'Histograms that came in.')
  const highest = scope.gauge(`${PREFIX}highest_timestamp_in_seconds`, 'Newest timestamp that came in.')
  const wal = 'prometheus_remote_write_wal_'
  const active = scope.gauge(
    `${wal}storage_active_series`,
    'Series that are being sent, at the endpoint with the most.',
  )
  const outOfOrder = scope.counter(
    `${wal}out_of_order_samples_total`,
    'Samples dropped for being out of order, over all endpoints.',
  )
  const appended = scope.counter(`${wal}samples_appended_total`, 'Samples that came in.')
  let outOfOrderOfGone = 0
  let known: readonly Endpoint[] = []
  scope.beforeCollect(() => {
    const current = endpoints()
    // A counter must not fall when an endpoint goes away.
    for (const endpoint of known)
      if (!current.includes(endpoint)) outOfOrderOfGone += endpoint.stats.dropped.out_of_order
    known = [...current]
    samplesIn.set(intake.samples)
    appended.set(intake.samples)
    highest.set(intake.highestTimestamp / 1000)
    active.set(current.reduce((most, endpoint) => Math.max(most, endpoint.series), 0))
    outOfOrder.set(outOfOrderOfGone + current.reduce((sum, endpoint) => sum + endpoint.stats.dropped.out_of_order, 0))
  })
}

function withoutPassword(url: string): string {
  const parsed = new URL(url)
  if (parsed.password !== '') parsed.password = 'xxxxx'
  return parsed.href
}
