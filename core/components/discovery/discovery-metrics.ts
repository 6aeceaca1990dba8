/** The metrics of a discovery.* component, under Prometheus's names. */
import type { Counter, Gauge, Histogram, MetricScope } from '../../telemetry/registry.ts'

export interface DiscoveryMetrics {
  readonly failures: Counter
  readonly targets: Gauge
  /** Made at first use: only sources that ask again and again have it. */
  refreshSeconds(): Histogram
}

const REFRESH_BUCKETS = [0.01, 0.1, 1, 10]

/** `mechanism`: the kind of source, such as `http`. */
export function createDiscoveryMetrics(metrics: MetricScope, mechanism: string): DiscoveryMetrics {
  const labels = ['mechanism']
  let refreshSeconds: Histogram | undefined
  return {
    failures: metrics
      .counters(
        'prometheus_sd_refresh_failures_total',
        'Number of refresh failures for the given SD mechanism.',
        labels,
      )
      .with(mechanism),
    targets: metrics.gauge('prometheus_sd_discovered_targets', 'Current number of discovered targets.'),
    refreshSeconds() {
      refreshSeconds ??= metrics
        .histograms(
          'prometheus_sd_refresh_duration_seconds',
          'The duration of a refresh in seconds for the given SD mechanism.',
          REFRESH_BUCKETS,
          labels,
        )
        .with(mechanism)
      return refreshSeconds
    },
  }
}
