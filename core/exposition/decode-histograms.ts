/** What becomes of a native histogram before it flows: resolution, limit, validity. The same for every format. */
import { histogramProblem } from '../histograms/check.ts'
import { type Histogram, MAX_EXPONENTIAL_SCHEMA } from '../histograms/histogram.ts'
import { bucketCount, reduceTo, reduceToLimit, schemaOfFactor } from '../histograms/reduce.ts'
import type { DecodeOptions } from './decoded.ts'

/** Formats reserve schemas up to this one; nobody but us and the like can lower them to one that receivers know. */
const MAX_RESERVED_SCHEMA = 52

export interface HistogramRules {
  readonly maxSchema: number
  /** 0 is no limit. */
  readonly bucketLimit: number
}

export interface HistogramRefusal {
  readonly error: string
  readonly reason: 'parse' | 'bucket-limit'
}

export function histogramRules({ bucketLimit, minBucketFactor }: DecodeOptions): HistogramRules {
  return { maxSchema: schemaOfFactor(minBucketFactor), bucketLimit }
}

/** For errors, which end up in logs: names may have a million characters. */
export function shownName(name: string): string {
  return JSON.stringify(name.length <= 200 ? name : `${name.slice(0, 200)}…`)
}

/** As the rules want it, or why the whole scrape fails. `name` is for people. */
export function admitHistogram(
  histogram: Histogram,
  rules: HistogramRules,
  name: string,
): Histogram | HistogramRefusal {
  let admitted = histogram
  if (histogram.schema > MAX_EXPONENTIAL_SCHEMA && histogram.schema <= MAX_RESERVED_SCHEMA) {
    admitted = reduceTo(histogram, MAX_EXPONENTIAL_SCHEMA)
  }
  const problem = histogramProblem(admitted)
  if (problem !== undefined) return { error: `histogram ${shownName(name)}: ${problem}`, reason: 'parse' }
  if (admitted.schema > rules.maxSchema) admitted = reduceTo(admitted, rules.maxSchema)
  if (rules.bucketLimit === 0 || bucketCount(admitted) <= rules.bucketLimit) return admitted
  return (
    reduceToLimit(admitted, rules.bucketLimit) ?? {
      error: `histogram ${shownName(name)} has more than ${rules.bucketLimit} buckets, also at the lowest resolution that it can have`,
      reason: 'bucket-limit',
    }
  )
}
