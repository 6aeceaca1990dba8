/** Names and help of what remote configuration shows about itself: Alloy's, so that its dashboards keep working. */
import type { Counter, Family, Gauge, Histogram, MetricScope } from '../telemetry/registry.ts'

const SECONDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export interface RemoteConfigMetrics {
  readonly lastLoadSuccessful: Gauge
  readonly lastLoadNotModified: Gauge
  readonly loadFailures: Counter
  readonly loadAttempts: Counter
  readonly lastLoadSuccessTimestamp: Gauge
  /** Of GetConfig, when it was answered. */
  readonly requestSeconds: Histogram
  /** The configuration in force. */
  loaded(hash: string): void
  received(hash: string): void
}

export function remoteConfigMetrics(scope: MetricScope): RemoteConfigMetrics {
  const loaded = scope.gauges('remotecfg_hash', 'Hash of the currently active remote configuration.', ['hash'])
  const received = scope.gauges('remotecfg_last_received_hash', 'Hash of the last received remote configuration.', [
    'hash',
  ])
  return {
    lastLoadSuccessful: scope.gauge('remotecfg_last_load_successful', 'Remote config loaded successfully'),
    lastLoadNotModified: scope.gauge('remotecfg_last_load_not_modified', 'Remote config not modified since last fetch'),
    loadFailures: scope.counter('remotecfg_load_failures_total', 'Remote configuration load failures'),
    loadAttempts: scope.counter('remotecfg_load_attempts_total', 'Attempts to load remote configuration'),
    lastLoadSuccessTimestamp: scope.gauge(
      'remotecfg_last_load_success_timestamp_seconds',
      'Timestamp of the last successful remote configuration load',
    ),
    requestSeconds: scope.histogram(
      'remotecfg_request_duration_seconds',
      'Duration of remote configuration requests.',
      SECONDS,
    ),
    loaded: only(loaded),
    received: only(received),
  }
}

/** One at a time: the hash before is taken away. */
function only(family: Family<Gauge>): (hash: string) => void {
  let shown: string | undefined
  return (hash) => {
    if (shown !== undefined && shown !== hash) family.remove(shown)
    family.with(hash).set(1)
    shown = hash
  }
}
