/** What those who turn metrics into rows share: the body, where rows go, and what is known of the family. */
import type { HistogramRules } from '../decode-histograms.ts'
import type { DecodeOptions } from '../decoded.ts'
import type { SeriesWriter } from './series.ts'
import type { Wire } from './wire.ts'

export interface MetricReader {
  readonly wire: Wire
  readonly writer: SeriesWriter
  readonly options: DecodeOptions
  readonly rules: HistogramRules
  /** Of the family: FAMILY_*. */
  type: number
  familyName(): string
  /** Why the body is refused, when it is. */
  reason: 'parse' | 'bucket-limit'
}
