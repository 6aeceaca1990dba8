/** Classic histograms, cumulative counts by upper bound, as native histograms with custom buckets. */
import { compactBuckets } from './buckets.ts'
import { histogramProblem } from './check.ts'
import { CUSTOM_SCHEMA, type Histogram, NO_BUCKETS, RESET_GAUGE, RESET_UNKNOWN } from './histogram.ts'

/** What is known of one, in the order exposed. Columns are longer than `length`. */
export interface ClassicHistogram {
  bounds: Float64Array<ArrayBuffer>
  /** Of each bucket, cumulative. */
  counts: Float64Array<ArrayBuffer>
  length: number
  /** NaN when it isn't exposed: then the last bucket's holds. */
  count: number
  /** 0 when it isn't exposed. */
  sum: number
  gauge: boolean
}

export function createClassic(): ClassicHistogram {
  return {
    bounds: new Float64Array(16),
    counts: new Float64Array(16),
    length: 0,
    count: Number.NaN,
    sum: 0,
    gauge: false,
  }
}

export function resetClassic(classic: ClassicHistogram, gauge: boolean): void {
  classic.length = 0
  classic.count = Number.NaN
  classic.sum = 0
  classic.gauge = gauge
}

export function addClassicBucket(classic: ClassicHistogram, bound: number, count: number): void {
  const { length } = classic
  if (length === classic.bounds.length) {
    const bounds = new Float64Array(2 * length)
    bounds.set(classic.bounds)
    classic.bounds = bounds
    const counts = new Float64Array(2 * length)
    counts.set(classic.counts)
    classic.counts = counts
  }
  classic.bounds[length] = bound
  classic.counts[length] = count
  classic.length = length + 1
}

/** Empty buckets between others that an integer histogram keeps, so that it needs fewer spans: as Prometheus does. */
const KEPT_EMPTY = 2

/**
 * Undefined when it makes no histogram: counts that fall from bucket to bucket, that are negative or not finite, a bound that is
 * NaN, a count that isn't that of the last bucket. A bucket exposed twice counts once, the first time.
 */
export function convertClassic(classic: ClassicHistogram): Histogram | undefined {
  const order = risingBounds(classic)
  if (order === undefined) return undefined
  const { bounds, counts, sum } = classic
  const known = order.length
  const last = known > 0 ? counts[order[known - 1]] : 0
  const count = Number.isNaN(classic.count) ? last : classic.count
  if (!(count >= 0 && count < Number.POSITIVE_INFINITY)) return undefined
  const endless = known > 0 && bounds[order[known - 1]] === Number.POSITIVE_INFINITY
  if (endless && last !== count) return undefined

  const length = endless ? known : known + 1
  const customValues = new Float64Array(length - 1)
  const absolute = new Float64Array(length)
  let float = !Number.isSafeInteger(count)
  let before = 0
  for (let i = 0; i < length; i++) {
    if (i < length - 1) customValues[i] = bounds[order[i]]
    const cumulative = i < known ? counts[order[i]] : count
    float ||= !Number.isSafeInteger(cumulative)
    absolute[i] = cumulative - before
    before = cumulative
  }
  const histogram: Histogram = {
    float,
    schema: CUSTOM_SCHEMA,
    count,
    sum,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: compactBuckets([{ offset: 0, length }], absolute, float ? 0 : KEPT_EMPTY),
    negative: NO_BUCKETS,
    customValues,
    reset: classic.gauge ? RESET_GAUGE : RESET_UNKNOWN,
  }
  return histogramProblem(histogram) === undefined ? histogram : undefined
}

/** Indices of the buckets by rising bound, without repeated ones; undefined when bounds or counts make no sense. */
function risingBounds({ bounds, counts, length }: ClassicHistogram): number[] | undefined {
  let order: number[] = []
  let sorted = true
  for (let i = 0; i < length; i++) {
    if (Number.isNaN(bounds[i]) || !(counts[i] >= 0 && counts[i] < Number.POSITIVE_INFINITY)) return undefined
    if (i > 0 && bounds[i] <= bounds[i - 1]) sorted = false
    order.push(i)
  }
  if (!sorted) {
    order.sort((a, b) => (bounds[a] === bounds[b] ? a - b : bounds[a] - bounds[b]))
    order = order.filter((index, k) => k === 0 || bounds[index] !== bounds[order[k - 1]])
  }
  for (let k = 1; k < order.length; k++) if (counts[order[k]] < counts[order[k - 1]]) return undefined
  return order
}
