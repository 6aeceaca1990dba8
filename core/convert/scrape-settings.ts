/**
 * The settings of scrapes that can be given once for all jobs (`global`) and again for each: what they are, what applies to a
 * job in the end, and the arguments of prometheus.scrape that say so. Arguments equal to Alloy's defaults are left out.
 */
import { SCRAPE_PROTOCOLS } from '../exposition/content-type.ts'
import { attribute, duration, given, type Statement, text, texts } from './alloy.ts'
import type { Fields } from './fields.ts'
import { file } from './http-client.ts'
import { fail } from './remarks.ts'

export interface ScrapeSettings {
  /** Milliseconds. */
  readonly interval: number | undefined
  readonly timeout: number | undefined
  readonly protocols: readonly string[] | undefined
  readonly failureLogFile: string | undefined
  readonly bodySizeLimit: string | undefined
  readonly limits: ReadonlyMap<Limit, number>
  readonly histograms: ReadonlyMap<HistogramFlag, boolean>
  readonly bucketLimit: number | undefined
  readonly minBucketFactor: number | undefined
  readonly validation: string | undefined
  readonly escaping: string | undefined
  readonly extraMetrics: boolean | undefined
}

const LIMITS = [
  'sample_limit',
  'target_limit',
  'label_limit',
  'label_name_length_limit',
  'label_value_length_limit',
] as const
type Limit = (typeof LIMITS)[number]

const INTERVAL_MS = 60_000
const TIMEOUT_MS = 10_000
const DEFAULT_PROTOCOLS = ['OpenMetricsText1.0.0', 'OpenMetricsText0.0.1', 'PrometheusText1.0.0', 'PrometheusText0.0.4']
const HISTOGRAM_FLAGS = [
  'scrape_native_histograms',
  'scrape_classic_histograms',
  'convert_classic_histograms_to_nhcb',
] as const
type HistogramFlag = (typeof HISTOGRAM_FLAGS)[number]

/** `what` begins the names in messages: `global`, `scrape_configs`. */
export function scrapeSettings(fields: Fields, what: string): ScrapeSettings {
  fields.unsupported('keep_dropped_targets', `${what} keep_dropped_targets`, 'warning', 'it bounds a page only')
  return {
    interval: fields.duration('scrape_interval'),
    timeout: fields.duration('scrape_timeout'),
    protocols: protocols(fields),
    failureLogFile: file(fields, 'scrape_failure_log_file'),
    bodySizeLimit: bodySizeLimit(fields),
    limits: new Map(LIMITS.flatMap((name) => pair(name, fields.count(name)))),
    histograms: histogramFlags(fields),
    bucketLimit: fields.count('native_histogram_bucket_limit'),
    minBucketFactor: fields.number('native_histogram_min_bucket_factor'),
    validation: oneOf(fields, 'metric_name_validation_scheme', ['legacy', 'utf8']),
    escaping: oneOf(fields, 'metric_name_escaping_scheme', ['underscores', 'dots', 'values', 'allow-utf-8']),
    extraMetrics: fields.flag('extra_scrape_metrics'),
  }
}

function pair(name: Limit, value: number | undefined): readonly (readonly [Limit, number])[] {
  return value === undefined || value === 0 ? [] : [[name, value]]
}

/** What is said of a job wins over what is said of all. */
export function settingsOfJob(own: ScrapeSettings, global: ScrapeSettings): ScrapeSettings {
  const globalInterval = global.interval ?? INTERVAL_MS
  const interval = own.interval ?? globalInterval
  const timeout = own.timeout ?? Math.min(global.timeout ?? Math.min(TIMEOUT_MS, globalInterval), interval)
  return {
    interval,
    timeout,
    protocols: own.protocols ?? global.protocols,
    failureLogFile: own.failureLogFile ?? global.failureLogFile,
    bodySizeLimit: own.bodySizeLimit ?? global.bodySizeLimit,
    limits: new Map([...global.limits, ...own.limits]),
    histograms: new Map([...global.histograms, ...own.histograms]),
    bucketLimit: own.bucketLimit ?? global.bucketLimit,
    minBucketFactor: own.minBucketFactor ?? global.minBucketFactor,
    validation: own.validation ?? global.validation,
    escaping: own.escaping ?? global.escaping,
    extraMetrics: own.extraMetrics ?? global.extraMetrics,
  }
}

export function timingAttributes({ interval, timeout }: ScrapeSettings): readonly Statement[] {
  return [
    ...(interval === undefined || interval === INTERVAL_MS ? [] : [attribute('scrape_interval', duration(interval))]),
    ...(timeout === undefined || timeout === TIMEOUT_MS ? [] : [attribute('scrape_timeout', duration(timeout))]),
  ]
}

export function protocolAttributes({ protocols, failureLogFile }: ScrapeSettings): readonly Statement[] {
  const usual = protocols === undefined || protocols.join() === DEFAULT_PROTOCOLS.join()
  return [
    ...(usual ? [] : [attribute('scrape_protocols', texts(protocols))]),
    ...given('scrape_failure_log_file', failureLogFile),
  ]
}

export function limitAttributes({ bodySizeLimit, limits }: ScrapeSettings): readonly Statement[] {
  return [
    ...given('body_size_limit', bodySizeLimit),
    ...LIMITS.flatMap((name) => given(name, limits.get(name)?.toString())),
  ]
}

export function histogramAttributes(settings: ScrapeSettings): readonly Statement[] {
  const { histograms, bucketLimit = 0, minBucketFactor = 0 } = settings
  return [
    ...HISTOGRAM_FLAGS.flatMap((name) => (histograms.get(name) === true ? [attribute(name, 'true')] : [])),
    ...(bucketLimit > 0 ? [attribute('native_histogram_bucket_limit', String(bucketLimit))] : []),
    ...(minBucketFactor > 0 ? [attribute('native_histogram_min_bucket_factor', String(minBucketFactor))] : []),
  ]
}

export function namingAttributes({ validation, escaping, extraMetrics }: ScrapeSettings): readonly Statement[] {
  const usual = validation === 'utf8' ? 'allow-utf-8' : 'underscores'
  return [
    ...(extraMetrics === true ? [attribute('extra_metrics', 'true')] : []),
    ...(validation === 'utf8' ? [attribute('metric_name_validation_scheme', text(validation))] : []),
    ...(escaping === undefined || escaping === usual ? [] : [attribute('metric_name_escaping_scheme', text(escaping))]),
  ]
}

function histogramFlags(fields: Fields): ReadonlyMap<HistogramFlag, boolean> {
  const flags = new Map<HistogramFlag, boolean>()
  for (const name of HISTOGRAM_FLAGS) {
    const value = fields.flag(name)
    if (value !== undefined) flags.set(name, value)
  }
  // Its name in Prometheus 3.
  const always = fields.flag('always_scrape_classic_histograms')
  if (always !== undefined) flags.set('scrape_classic_histograms', always)
  return flags
}

function protocols(fields: Fields): readonly string[] | undefined {
  const wanted = fields.texts('scrape_protocols')
  if (wanted === undefined) return undefined
  const known = wanted.filter((name) => isReadable(name, fields, 'scrape_protocols'))
  return known.length === 0 ? undefined : known
}

export function isReadable(protocol: string, fields: Fields, name: string): boolean {
  const { report } = fields.scope
  if (SCRAPE_PROTOCOLS.some((known) => known === protocol)) return true
  const message = `${JSON.stringify(protocol)} is no protocol that targets can be scraped by`
  fail(report, fields.placeOf(name), message, `use some of ${SCRAPE_PROTOCOLS.join(', ')}`)
  return false
}

const SIZE = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i?)?B)+$/

function bodySizeLimit(fields: Fields): string | undefined {
  const size = fields.text('body_size_limit')
  if (size === undefined || size === '' || size === '0') return undefined
  if (SIZE.test(size)) return text(size)
  const message = `${fields.path}.body_size_limit must be a size such as 512KB, 10MiB or 0`
  fail(fields.scope.report, fields.placeOf('body_size_limit'), message)
  return undefined
}

export function oneOf(fields: Fields, name: string, values: readonly string[]): string | undefined {
  const value = fields.text(name)
  if (value === undefined || value === '' || values.includes(value)) return value === '' ? undefined : value
  fail(fields.scope.report, fields.placeOf(name), `${fields.path}.${name} must be one of ${values.join(', ')}`)
  return undefined
}
