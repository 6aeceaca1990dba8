/** The metrics of one scrape pool: names are Prometheus's and Alloy's. */
import type { Counter, Gauge, Histogram, MetricScope } from '../telemetry/registry.ts'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export interface ScrapeMetrics {
  readonly targets: Gauge
  readonly poolTargets: Gauge
  readonly health: Readonly<Record<'up' | 'down' | 'unknown', Gauge>>
  readonly targetLimit: Gauge
  readonly movedTargets: Counter
  readonly syncs: Counter
  readonly failedSyncs: Counter
  readonly reloads: Counter
  readonly exceededTargetLimit: Counter
  readonly exceededBodySize: Counter
  readonly exceededSampleLimit: Counter
  readonly exceededLabelLimits: Counter
  readonly exceededBucketLimit: Counter
  readonly exemplarsOutOfOrder: Counter
  readonly exemplarsTooLong: Counter
  readonly unconverted: Counter
  readonly duplicateTimestamps: Counter
  readonly outOfBounds: Counter
  readonly scrapeDuration: Histogram
  readonly intervalLength: Histogram
  readonly fanoutLatency: Histogram
  readonly forwardedSamples: Counter
}

export function scrapeMetrics(scope: MetricScope, job: string): ScrapeMetrics {
  const jobLabel = ['scrape_job']
  const health = scope.gauges(
    'prometheus_target_scrape_pool_targets_by_health',
    'Current number of targets in this scrape pool by how their last scrape went; unknown before the first one',
    ['scrape_job', 'health'],
  )
  return {
    health: { up: health.with(job, 'up'), down: health.with(job, 'down'), unknown: health.with(job, 'unknown') },
    targets: scope.gauge('prometheus_scrape_targets_gauge', 'Number of targets this component is configured to scrape'),
    movedTargets: scope.counter(
      'prometheus_scrape_targets_moved_total',
      'Number of targets that moved from this node to another one',
    ),
    poolTargets: scope
      .gauges('prometheus_target_scrape_pool_targets', 'Current number of targets in this scrape pool', jobLabel)
      .with(job),
    targetLimit: scope
      .gauges(
        'prometheus_target_scrape_pool_target_limit',
        'Maximum number of targets allowed in this scrape pool',
        jobLabel,
      )
      .with(job),
    syncs: scope
      .counters(
        'prometheus_target_scrape_pool_sync_total',
        'Total number of syncs that were executed on a scrape pool',
        jobLabel,
      )
      .with(job),
    failedSyncs: scope
      .counters('prometheus_target_sync_failed_total', 'Total number of target sync failures', jobLabel)
      .with(job),
    reloads: scope.counter('prometheus_target_scrape_pool_reloads_total', 'Total number of scrape pool reloads'),
    exceededTargetLimit: scope.counter(
      'prometheus_target_scrape_pool_exceeded_target_limit_total',
      'Total number of times scrape pools hit the target limit, during sync or config reload',
    ),
    exceededBodySize: scope.counter(
      'prometheus_target_scrapes_exceeded_body_size_limit_total',
      'Total number of scrapes that hit the body size limit',
    ),
    exceededSampleLimit: scope.counter(
      'prometheus_target_scrapes_exceeded_sample_limit_total',
      'Total number of scrapes that hit the sample limit and were rejected',
    ),
    exceededLabelLimits: scope.counter(
      'prometheus_target_scrape_pool_exceeded_label_limits_total',
      'Total number of times scrape pools hit the label limits, during sync or config reload',
    ),
    exceededBucketLimit: scope.counter(
      'prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total',
      'Total number of scrapes that hit the native histogram bucket limit and were rejected',
    ),
    exemplarsOutOfOrder: scope.counter(
      'prometheus_target_scrapes_exemplar_out_of_order_total',
      'Total number of exemplars rejected due to being out of the expected order',
    ),
    exemplarsTooLong: scope.counter(
      'prometheus_target_scrapes_exemplar_too_long_total',
      'Total number of exemplars dropped since their labels have more than 128 characters',
    ),
    unconverted: scope.counter(
      'prometheus_target_scrapes_unconverted_histograms_total',
      'Total number of classic histograms that were passed on as they came since they could not be converted to native ones',
    ),
    duplicateTimestamps: scope.counter(
      'prometheus_target_scrapes_sample_duplicate_timestamp_total',
      'Total number of samples rejected due to duplicate timestamps but different values',
    ),
    outOfBounds: scope.counter(
      'prometheus_target_scrapes_sample_out_of_bounds_total',
      'Total number of samples rejected due to timestamp falling outside of the time bounds',
    ),
    scrapeDuration: scope.histogram(
      'prometheus_target_scrape_duration_seconds',
      'Actual duration of scrapes, fetch and hand-over',
      SECONDS,
    ),
    intervalLength: scope.histogram(
      'prometheus_target_interval_length_histogram_seconds',
      'Actual intervals between scrapes',
      [...SECONDS, 120, 300],
    ),
    fanoutLatency: scope.histogram(
      'prometheus_fanout_latency',
      'Write latency for sending to direct and indirect components',
      SECONDS,
    ),
    forwardedSamples: scope.counter(
      'prometheus_forwarded_samples_total',
      'Total number of samples sent to downstream components',
    ),
  }
}
