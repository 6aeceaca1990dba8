/** The report series of a scrape: `up` and its companions, in the order of their slots and values. */
import { type Labels, labelsFrom, labelsToMap } from '../labels/labels.ts'
import type { ScrapeConfig } from './config.ts'

const NAMES = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
] as const

const EXTRA_NAMES = ['scrape_timeout_seconds', 'scrape_sample_limit', 'scrape_body_size_bytes'] as const

export interface ScrapeReport {
  readonly up: boolean
  readonly durationSeconds: number
  readonly scraped: number
  readonly added: number
  /** Uncompressed; -1 when a limit was hit, 0 when the fetch failed otherwise. */
  readonly bodyBytes: number
}

/** Labels of the report series: the target's, never relabelled by the scrape itself. */
export function reportLabels(target: Labels, extraMetrics: boolean): readonly Labels[] {
  const names = extraMetrics ? [...NAMES, ...EXTRA_NAMES] : NAMES
  return names.map((name) => labelsFrom([...labelsToMap(target), ['__name__', name]]))
}

export function reportValues(report: ScrapeReport, config: ScrapeConfig, timeout: number): readonly number[] {
  // Nothing is relabelled inside the scrape, so as many samples are left after relabelling as there were before.
  const values = [report.up ? 1 : 0, report.durationSeconds, report.scraped, report.scraped, report.added]
  if (config.extraMetrics) values.push(timeout / 1000, config.sampleLimit, report.bodyBytes)
  return values
}
