/** Fewer buckets: exponential histograms of lower resolution, by joining neighbours. Custom buckets stay as they are. */
import { addToBucket, createBuckets, finishBuckets } from './buckets.ts'
import {
  type Buckets,
  CUSTOM_SCHEMA,
  type Histogram,
  MAX_EXPONENTIAL_SCHEMA,
  MIN_EXPONENTIAL_SCHEMA,
} from './histogram.ts'

/** The factor that stands for "no bucket is too narrow". */
const NARROWEST_FACTOR = 1.00271

/**
 * The highest schema whose buckets are at least this factor wide, from -4 to 8; 8 for 0 and up to 1, which lowers nothing that
 * is valid. As `native_histogram_min_bucket_factor` means it.
 */
export function schemaOfFactor(factor: number): number {
  const schema = Math.floor(-Math.log2(Math.log2(factor <= 1 ? NARROWEST_FACTOR : factor)))
  // `+ 0` turns -0 into 0.
  return Math.min(Math.max(schema, MIN_EXPONENTIAL_SCHEMA), MAX_EXPONENTIAL_SCHEMA) + 0
}

/** The same histogram at a lower schema; itself when its schema is not above that, or custom. */
export function reduceTo(histogram: Histogram, schema: number): Histogram {
  if (histogram.schema === CUSTOM_SCHEMA || histogram.schema <= schema) return histogram
  const joined = 2 ** (histogram.schema - schema)
  return {
    ...histogram,
    schema,
    positive: reduceBuckets(histogram.positive, joined),
    negative: reduceBuckets(histogram.negative, joined),
  }
}

/** Joins as many neighbouring buckets to one, where they belong together at the lower schema. */
function reduceBuckets(buckets: Buckets, joined: number): Buckets {
  const { spans, counts } = buckets
  const builder = createBuckets(0, counts.length)
  let index = 0
  let at = 0
  for (const { offset, length } of spans) {
    index += offset
    for (const stop = at + length; at < stop; at++, index++) {
      // Bucket 0 ends at 1, at every resolution: what is joined ends where the last of them does.
      addToBucket(builder, Math.floor((index - 1) / joined) + 1, counts[at])
    }
  }
  return finishBuckets(builder)
}

export function bucketCount(histogram: Histogram): number {
  return histogram.positive.counts.length + histogram.negative.counts.length
}

/**
 * Lowers the resolution until there are no more than `limit` buckets. Undefined when there still are at the lowest one, or when
 * the buckets are custom ones, which can't be joined without changing what they mean.
 */
export function reduceToLimit(histogram: Histogram, limit: number): Histogram | undefined {
  let reduced = histogram
  while (bucketCount(reduced) > limit) {
    if (reduced.schema <= MIN_EXPONENTIAL_SCHEMA) return undefined
    reduced = reduceTo(reduced, reduced.schema - 1)
  }
  return reduced
}
