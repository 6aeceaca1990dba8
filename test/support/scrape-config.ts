import type { ScrapeConfig } from '../../core/scrape/config.ts'

/** A job with Alloy's defaults. */
export function scrapeConfig(changes: Partial<ScrapeConfig> = {}): ScrapeConfig {
  return {
    jobName: 'prometheus.scrape.test',
    scrapeInterval: 60_000,
    scrapeTimeout: 10_000,
    metricsPath: '/metrics',
    scheme: 'http',
    params: {},
    honorLabels: false,
    honorTimestamps: true,
    trackTimestampsStaleness: false,
    extraMetrics: false,
    scrapeProtocols: ['OpenMetricsText1.0.0', 'OpenMetricsText0.0.1', 'PrometheusText1.0.0', 'PrometheusText0.0.4'],
    fallbackProtocol: 'PrometheusText0.0.4',
    enableCompression: true,
    bodySizeLimit: 0,
    sampleLimit: 0,
    targetLimit: 0,
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
    names: 'legacy',
    escaping: 'underscores',
    nativeHistograms: false,
    classicHistograms: false,
    convertClassicHistograms: false,
    bucketLimit: 0,
    minBucketFactor: 0,
    honorMetadata: true,
    typeAndUnitLabels: false,
    startZeros: false,
    failureLogFile: '',
    ...changes,
  }
}
