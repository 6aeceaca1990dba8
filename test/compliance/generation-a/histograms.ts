/** Histograms of the text format, which are classic. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing } from '../case.ts'
import { last, named, valueIn } from '../look.ts'
import type { Outcome } from '../outcome.ts'

const histograms = casesOf('TestHistogramEncoding')

const NAME = 'test_histogram'
const SMALL = exposing(`# TYPE test_histogram histogram
test_histogram_count 100
test_histogram_sum 250.5
test_histogram_bucket{le="+Inf"} 100
`)
const NATIVE_IN_B = 'native ones are tested in B, for text has none: here the classic series must arrive'

/** Bounds, as they came, and their counts. */
function buckets(outcome: Outcome, name: string): [bound: number, count: number][] {
  const found = named(last(outcome).series, `${name}_bucket`)
  expect(found).not.toEqual([])
  return found.map(({ labels, samples }) => {
    const le = Object.fromEntries(labels)['le']
    return [le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), samples[0].value]
  })
}

function expectNotMixed(outcome: Outcome): void {
  for (const { samples, histograms, labels } of last(outcome).series) {
    const kinds = [samples, histograms].filter((list) => list.length > 0)
    expect(kinds, JSON.stringify(labels)).toHaveLength(1)
  }
}

function countAndSum(name: 'positive' | 'negative' | 'zero', count: number, sum: string): Case {
  const metric = name === 'positive' ? 'test_native_histogram' : NAME
  return histograms(
    'MAY',
    name === 'zero' ? 'histogram_zero_bucket' : `histogram_${name}_buckets`,
    exposing(`# TYPE ${metric} histogram\n${metric}_count ${count}\n${metric}_sum ${sum}\n`),
    (outcome) => {
      expect(valueIn(last(outcome), `${metric}_count`)).toBe(count)
      expect(valueIn(last(outcome), `${metric}_sum`)).toBe(Number(sum))
    },
    { note: NATIVE_IN_B },
  )
}

export const HISTOGRAMS: readonly Case[] = [
  histograms(
    'MUST',
    'native_histogram_structure',
    exposing(`# TYPE test_histogram histogram
test_histogram_count 10
test_histogram_sum 25.5
test_histogram_bucket{le="1"} 2
test_histogram_bucket{le="5"} 7
test_histogram_bucket{le="+Inf"} 10
`),
    (outcome) => {
      expect(valueIn(last(outcome), `${NAME}_count`)).toBe(10)
      expect(valueIn(last(outcome), `${NAME}_sum`)).toBe(25.5)
      expect(new Map(buckets(outcome, NAME))).toEqual(
        new Map([
          [1, 2],
          [5, 7],
          [Number.POSITIVE_INFINITY, 10],
        ]),
      )
    },
    { note: 'stricter: count, sum and all buckets' },
  ),
  histograms('MUST', 'histogram_count_present', SMALL, (outcome) => {
    expect(valueIn(last(outcome), `${NAME}_count`)).toBe(100)
  }),
  histograms('MUST', 'histogram_sum_present', SMALL, (outcome) => {
    expect(valueIn(last(outcome), `${NAME}_sum`)).toBe(250.5)
  }),
  histograms(
    'SHOULD',
    'histogram_buckets_ordered',
    exposing(`# TYPE request_duration histogram
request_duration_bucket{le="0.1"} 10
request_duration_bucket{le="0.5"} 50
request_duration_bucket{le="1.0"} 100
request_duration_bucket{le="5.0"} 200
request_duration_bucket{le="+Inf"} 250
request_duration_sum 500.0
request_duration_count 250
`),
    (outcome) => {
      const found = buckets(outcome, 'request_duration').slice(0, 5)
      expect(found).toEqual(found.toSorted(([a], [b]) => a - b))
      expect(found.map(([, count]) => count)).toEqual([10, 50, 100, 200, 250])
    },
    { note: 'stricter: the buckets of a scrape come in the order of their bounds' },
  ),
  countAndSum('positive', 100, '250.0'),
  countAndSum('negative', 50, '-25.0'),
  countAndSum('zero', 10, '0.0'),
  histograms(
    'MUST',
    'histogram_schema',
    exposing('# TYPE test_histogram histogram\ntest_histogram_count 100\ntest_histogram_sum 500.0\n'),
    (outcome) => {
      for (const { histograms } of last(outcome).series) {
        for (const { schema } of histograms) expect(Number.isInteger(schema)).toBe(true)
      }
      expect(valueIn(last(outcome), `${NAME}_count`)).toBe(100)
    },
    { note: NATIVE_IN_B },
  ),
  histograms('MUST', 'histogram_timestamp', SMALL, (outcome) => {
    const found = named(last(outcome).series, `${NAME}_count`).flatMap(({ samples }) => samples)
    expect(found).not.toEqual([])
    for (const { timestamp } of found) expect(timestamp).toBeGreaterThan(outcome.startedAt - 1)
  }),
  histograms(
    'MUST',
    'histogram_no_mixed_with_samples',
    exposing('# TYPE test_histogram histogram\ntest_histogram_count 100\ntest_histogram_sum 250.0\n'),
    expectNotMixed,
    { note: 'stricter: exactly one of both' },
  ),
  histograms(
    'SHOULD',
    'histogram_empty_buckets',
    exposing(`# TYPE test_histogram histogram
test_histogram_count 0
test_histogram_sum 0
test_histogram_bucket{le="+Inf"} 0
`),
    (outcome) => {
      for (const suffix of ['count', 'sum', 'bucket']) expect(valueIn(last(outcome), `${NAME}_${suffix}`)).toBe(0)
    },
    { note: 'stricter: all series must be there' },
  ),
  histograms(
    'MUST',
    'histogram_large_counts',
    exposing(`# TYPE test_histogram histogram
test_histogram_count 1000000000
test_histogram_sum 5000000000.0
test_histogram_bucket{le="+Inf"} 1000000000
`),
    (outcome) => {
      expect(valueIn(last(outcome), `${NAME}_count`)).toBe(1e9)
      expect(valueIn(last(outcome), `${NAME}_sum`)).toBe(5e9)
    },
  ),
]
