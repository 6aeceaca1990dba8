/** Whether a histogram means something: the rules by which Prometheus takes or refuses it. */
import {
  type Buckets,
  CUSTOM_SCHEMA,
  type Histogram,
  MAX_EXPONENTIAL_SCHEMA,
  MIN_EXPONENTIAL_SCHEMA,
} from './histogram.ts'

/** On the wire, offsets are 32-bit integers. */
const MAX_INDEX = 2 ** 31 - 1

/** What is wrong, as half a sentence, or undefined. */
export function histogramProblem(histogram: Histogram): string | undefined {
  const { schema, count, sum, float, positive, negative, zeroCount } = histogram
  if (schema === CUSTOM_SCHEMA) {
    const problem = customProblem(histogram)
    if (problem !== undefined) return `custom buckets: ${problem}`
  } else if (schema < MIN_EXPONENTIAL_SCHEMA || schema > MAX_EXPONENTIAL_SCHEMA) {
    return `schema ${schema} is not known: exponential buckets have ${MIN_EXPONENTIAL_SCHEMA} to ${MAX_EXPONENTIAL_SCHEMA}`
  } else if (histogram.customValues.length > 0) return 'exponential buckets have no custom bounds'
  if (zeroCount < 0) return `the zero bucket has ${zeroCount} observations`
  if (count < 0) return `${count} observations`
  const problem = sideProblem('positive', positive) ?? sideProblem('negative', negative)
  if (problem !== undefined || float) return problem
  const inBuckets = sumOf(positive.counts) + sumOf(negative.counts) + zeroCount
  // An observation that is NaN counts, yet is in no bucket, and makes the sum NaN.
  const agrees = Number.isNaN(sum) ? inBuckets <= count : inBuckets === count
  return agrees ? undefined : `${inBuckets} observations are in buckets, but the count is ${count}`
}

function customProblem({ customValues, positive, negative, zeroCount, zeroThreshold }: Histogram): string | undefined {
  for (let i = 0; i < customValues.length; i++) {
    if (!(i === 0 ? !Number.isNaN(customValues[0]) : customValues[i] > customValues[i - 1])) {
      return `bound ${customValues[i]} does not rise above the one before`
    }
  }
  if (customValues[customValues.length - 1] === Number.POSITIVE_INFINITY) return 'the last bound is infinite'
  if (zeroCount !== 0) return `there is no zero bucket, yet it has ${zeroCount} observations`
  if (zeroThreshold !== 0) return `there is no zero bucket, yet it has a threshold of ${zeroThreshold}`
  if (negative.spans.length > 0 || negative.counts.length > 0) return 'there are negative buckets'
  let covered = 0
  for (const { offset, length } of positive.spans) {
    if (offset < 0) return `a span begins at ${offset}`
    covered += offset + length
  }
  return covered > customValues.length + 1
    ? `${customValues.length} bounds are too few for buckets up to the ${covered}th`
    : undefined
}

function sideProblem(side: string, { spans, counts }: Buckets): string | undefined {
  let length = 0
  for (let i = 0; i < spans.length; i++) {
    const { offset } = spans[i]
    if (i > 0 && offset < 0) return `${side} side: span ${i + 1} begins before the end of the one before (${offset})`
    if (Math.abs(offset) > MAX_INDEX) return `${side} side: a bucket's index is out of range`
    length += spans[i].length
  }
  if (length !== counts.length) return `${side} side: spans require ${length} buckets, have ${counts.length}`
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] < 0) return `${side} side: bucket ${i + 1} has ${counts[i]} observations`
  }
  return undefined
}

function sumOf(counts: Float64Array): number {
  let sum = 0
  for (let i = 0; i < counts.length; i++) sum += counts[i]
  return sum
}
