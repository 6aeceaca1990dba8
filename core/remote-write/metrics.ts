/**
 * Names and help of everything that an endpoint shows about itself: Prometheus's `prometheus_remote_storage_*` (spec §5.11),
 * so that existing dashboards and alerts keep working, and ours that make a stall visible. Values are read from live state at
 * each exposition; nothing counts twice. What a component shows is in intake.ts.
 */
import type { Counter, Family, MetricScope } from '../telemetry/registry.ts'
import type { EndpointConfig } from './config.ts'
import type { Endpoint } from './endpoint.ts'
import { KINDS, type Kind, type Tally } from './stats.ts'

export const PREFIX = 'prometheus_remote_storage_'
const BATCH_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300]
/** What comes in batches; metadata are told beside them. */
const DATA: readonly Kind[] = ['samples', 'histograms', 'exemplars']

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
  const counter = (name: string, help: string): Counter => scope.counter(PREFIX + name, help)
  const updates: ((current: Endpoint) => void)[] = []

  /** One counter or gauge for each of these kinds. */
  function each(kinds: readonly Kind[], what: string, help: string, read: (current: Endpoint) => Tally): void {
    const make = what.endsWith('_total') || what === 'total' ? counter : gaugeNamed
    for (const kind of kinds) {
      const metric = make(`${kind}_${what}`, `${upper(kind)} ${help}`)
      updates.push((current) => metric.set(read(current)[kind]))
    }
  }
  function gaugeNamed(name: string, help: string): { set(value: number): void } {
    return scope.gauge(PREFIX + name, help)
  }
  function byReason(what: string, help: string, read: (current: Endpoint) => ReadonlyMap<string, Tally>): void {
    for (const kind of DATA) {
      const family = scope.counters(`${PREFIX}${kind}_${what}`, `${upper(kind)} ${help}`, ['reason'])
      updates.push((current) => setReasons(family, read(current), kind))
    }
  }
  function gauge(name: string, help: string, read: (current: Endpoint) => number): void {
    const metric = gaugeNamed(name, help)
    updates.push((current) => metric.set(read(current)))
  }

  each(KINDS, 'total', 'sent to remote storage, each attempt counted.', ({ stats }) => stats.sent)
  each(KINDS, 'failed_total', 'given up: refused by the receiver, or unsent at shutdown.', ({ stats }) => stats.failed)
  each(KINDS, 'retried_total', 'whose request failed on a recoverable error.', ({ stats }) => stats.retried)
  byReason('dropped_total', 'that were dropped before they were sent, by reason.', ({ stats }) => stats.dropped)
  byReason('lost_total', 'that were taken over and never delivered, by reason.', ({ stats }) => stats.lost)
  each(DATA, 'pending', 'waiting to be delivered, in memory and on disk.', ({ queue }) => queue.pending)

  const bytes = counter('bytes_total', 'Compressed bytes of samples delivered to remote storage.')
  const metadataBytes = counter('metadata_bytes_total', 'Compressed bytes of metadata delivered to remote storage.')
  updates.push(({ stats }) => {
    bytes.set(stats.bytesSent)
    metadataBytes.set(stats.metadataBytesSent)
  })
  counter('enqueue_retries_total', 'Times that queueing had to wait: never, the oldest samples give way instead.')
  const seconds = scope.histogram(
    `${PREFIX}sent_batch_duration_seconds`,
    'Duration of requests to remote storage.',
    BATCH_SECONDS,
  )

  gauge('queue_bytes', 'Memory that finished requests take while they wait.', ({ queue }) => queue.bytes)
  gauge('queue_disk_bytes', 'Bytes that the queue takes on disk.', ({ queue }) => queue.diskBytes)
  gauge(
    'queue_disk_failing',
    'Whether the disk does not take what is to be kept on it: 1 when it fails.',
    ({ queue }) => (queue.disk === 'failing' ? 1 : 0),
  )
  gauge(
    'queue_highest_timestamp_seconds',
    'Newest timestamp that was queued.',
    ({ stats }) => stats.highestQueued / 1000,
  )
  gauge(
    'queue_highest_sent_timestamp_seconds',
    'Newest timestamp that was delivered.',
    ({ stats }) => stats.highestSent / 1000,
  )
  gauge(
    'oldest_unsent_timestamp_seconds',
    'Oldest timestamp that waits to be delivered; 0 when none does.',
    ({ queue }) => (queue.oldestTimestamp ?? 0) / 1000,
  )
  gauge('requests_in_flight', 'Requests under way.', ({ stats }) => stats.inFlight)
  gauge('retry_wait_seconds', 'How long nothing is sent because of a failure; 0 when it is.', ({ wait }) => wait / 1000)
  gauge('shards', 'Requests that may be under way at once, as the load demands.', ({ senders }) => senders.senders)
  gauge('shards_desired', 'Requests that the load demands, without bounds.', ({ senders }) => senders.desired)
  gauge('shards_max', 'Requests that may be under way at once at most.', () => config().queue.maxShards)
  gauge('shards_min', 'Requests that may be under way at once in any case.', () => config().queue.minShards)
  gauge('shard_capacity', 'The setting capacity; it has no effect.', () => config().queue.capacity)
  gauge('max_samples_per_send', 'Samples in one request at most.', () => config().queue.maxSamplesPerSend)
  const protocols = scope.gauges(`${PREFIX}protocol_info`, '1 for the version of remote_write in use.', ['version'])
  updates.push(({ protocol }) => {
    for (const version of ['1.0', '2.0']) {
      if (version === protocol) protocols.with(version).set(1)
      else protocols.remove(version)
    }
  })

  scope.beforeCollect(() => {
    const current = endpoint()
    if (current !== undefined) for (const update of updates) update(current)
  })
  return { attempted: seconds.observe, close: scope.close }
}

function setReasons(family: Family<Counter>, reasons: ReadonlyMap<string, Tally>, kind: Kind): void {
  for (const [reason, counts] of reasons) family.with(reason).set(counts[kind])
}

function upper(kind: string): string {
  return kind[0].toUpperCase() + kind.slice(1)
}

/** As the label `url` has it. */
export function withoutPassword(url: string): string {
  const parsed = new URL(url)
  if (parsed.password !== '') parsed.password = 'xxxxx'
  return parsed.href
}
