/**
 * Puts buckets together: from indices and counts in rising order to spans and counts as the wire wants them. Compacting and
 * lowering the resolution are both a walk over the buckets into a builder.
 */
import { type Buckets, NO_BUCKETS, type Span } from './histogram.ts'

interface OpenSpan {
  readonly offset: number
  length: number
}

export interface BucketBuilder {
  /** Gaps of as many empty buckets or fewer are filled with zeros instead of beginning a new span. */
  readonly maxEmpty: number
  readonly spans: OpenSpan[]
  counts: Float64Array<ArrayBuffer>
  length: number
  last: number
}

/** `expected`: how many buckets there may be, so that nothing has to grow. */
export function createBuckets(maxEmpty: number, expected: number): BucketBuilder {
  return { maxEmpty, spans: [], counts: new Float64Array(expected), length: 0, last: 0 }
}

/** Adds to the bucket of this index, which is at least the last one. */
export function addToBucket(builder: BucketBuilder, index: number, count: number): void {
  const { spans } = builder
  if (spans.length === 0) {
    spans.push({ offset: index, length: 0 })
  } else if (index === builder.last) {
    builder.counts[builder.length - 1] += count
    return
  } else {
    const gap = index - builder.last - 1
    if (gap > builder.maxEmpty) spans.push({ offset: gap, length: 0 })
    else for (let k = 0; k < gap; k++) append(builder, 0)
  }
  append(builder, count)
  builder.last = index
}

function append(builder: BucketBuilder, count: number): void {
  if (builder.length === builder.counts.length) {
    const longer = new Float64Array(2 * builder.length + 8)
    longer.set(builder.counts)
    builder.counts = longer
  }
  builder.counts[builder.length++] = count
  builder.spans[builder.spans.length - 1].length++
}

export function finishBuckets(builder: BucketBuilder): Buckets {
  if (builder.length === 0) return NO_BUCKETS
  const { counts, length } = builder
  return { spans: builder.spans, counts: length === counts.length ? counts : counts.slice(0, length) }
}

/**
 * The same buckets without empty ones, but for gaps of `maxEmpty` and fewer between others. The lengths of the spans must sum up
 * to the number of counts (check.ts).
 */
export function compactBuckets(spans: readonly Span[], counts: Float64Array, maxEmpty: number): Buckets {
  const builder = createBuckets(maxEmpty, counts.length)
  let index = 0
  let at = 0
  for (const { offset, length } of spans) {
    index += offset
    for (const stop = at + length; at < stop; at++, index++) {
      if (counts[at] !== 0) addToBucket(builder, index, counts[at])
    }
  }
  return finishBuckets(builder)
}
