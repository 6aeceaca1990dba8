/** Values and timestamps. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing, openmetrics, PLAIN } from '../case.ts'
import { last, one, valueIn } from '../look.ts'
import type { Outcome } from '../outcome.ts'
import type { WireRequest } from '../wire.ts'

const encoding = casesOf('TestSampleEncoding')
const timestamps = casesOf('TestTimestampEncoding')
const MINUTE = 60_000

/** One series with one value, exactly. */
function value(level: 'MUST' | 'SHOULD', name: string, metric: string, text: string, expected: number): Case {
  return encoding(level, name, exposing(`${metric} ${text}\n`), (outcome) => {
    expect(valueIn(last(outcome), metric)).toBe(expected)
  })
}

function expectMilliseconds(timestamp: number): void {
  expect(timestamp).toBeGreaterThan(1e12)
  expect(timestamp).toBeLessThan(1e16)
}

function expectOrdered({ series }: WireRequest): void {
  for (const { samples, histograms } of series) {
    for (const list of [samples, histograms]) {
      const found = list.map(({ timestamp }) => timestamp)
      expect(found).toEqual(found.toSorted((a, b) => a - b))
    }
  }
}

/** Of one series, over all entries that it has in the request. */
function expectRising(request: WireRequest): void {
  const newest = new Map<string, number>()
  for (const { labels, samples } of request.series) {
    const key = JSON.stringify(labels)
    for (const { timestamp } of samples) {
      expect(timestamp, key).toBeGreaterThan(newest.get(key) ?? 0)
      newest.set(key, timestamp)
    }
  }
}

function allTimestamps(outcome: Outcome): number[] {
  const found = last(outcome).series.flatMap(({ samples }) => samples.map(({ timestamp }) => timestamp))
  expect(found).not.toEqual([])
  return found
}

const ABC = exposing('# Multiple metrics over time\nmetric_a 1\nmetric_b 2\nmetric_c 3\n')
const STARTED = 'stricter: with a _created, as OpenMetrics, and its value must arrive'

/** Seconds before the run; the agent's clock and the target's are one. */
const CREATED_SECONDS = 7200
const CREATED_COUNTER = openmetrics(`# TYPE test_counter counter
test_counter_total 100
test_counter_created @now-${CREATED_SECONDS}@
`)
const CREATED_HISTOGRAM = openmetrics(`# TYPE test_histogram histogram
test_histogram_bucket{le="+Inf"} 100
test_histogram_sum 250.0
test_histogram_count 100
test_histogram_created @now-${CREATED_SECONDS}@
`)

function expectStart(outcome: Outcome, name: string): void {
  const start = one(last(outcome), name).samples[0].start
  expectMilliseconds(start)
  expect(start).toBe(outcome.startedAt - CREATED_SECONDS * 1000)
}

export const SAMPLES: readonly Case[] = [
  value('MUST', 'float_value_encoding', 'test_metric', '123.45', 123.45),
  value('MUST', 'integer_value_encoding', 'test_counter_total', '42', 42),
  value('MUST', 'zero_value_encoding', 'test_gauge', '0', 0),
  value('MUST', 'negative_value_encoding', 'temperature_celsius', '-15.5', -15.5),
  value('MUST', 'positive_infinity_encoding', 'test_gauge', '+Inf', Number.POSITIVE_INFINITY),
  value('MUST', 'negative_infinity_encoding', 'test_gauge', '-Inf', Number.NEGATIVE_INFINITY),
  value('MUST', 'nan_encoding', 'test_gauge', 'NaN', Number.NaN),
  encoding('MUST', 'timestamp_milliseconds_format', PLAIN, (outcome) => {
    expectMilliseconds(one(last(outcome), 'test_metric').samples[0].timestamp)
  }),
  encoding(
    'SHOULD',
    'timestamp_recent',
    PLAIN,
    (outcome) => {
      for (const { timestamp } of one(last(outcome), 'test_metric').samples) {
        expect(timestamp).toBeGreaterThanOrEqual(outcome.startedAt)
        expect(timestamp).toBeLessThanOrEqual(Date.now())
      }
    },
    { note: 'stricter: between start and end of the run, instead of within 5 minutes' },
  ),
  encoding('MAY', 'multiple_samples_same_series', exposing('test_counter_total 100\n'), (outcome) => {
    expect(valueIn(last(outcome), 'test_counter_total')).toBe(100)
  }),
  value('MUST', 'large_float_values', 'test_large', '1.7976931348623157e+308', 1.7976931348623157e308),
  value('MUST', 'small_float_values', 'test_small', '2.2250738585072014e-308', 2.2250738585072014e-308),
  value('MUST', 'scientific_notation', 'test_scientific', '1.23e-4', 1.23e-4),
  value('SHOULD', 'precision_preservation', 'test_precision', '0.123456789012345', 0.123456789012345),
  encoding('SHOULD', 'job_instance_labels_present', PLAIN, (outcome) => {
    const { labels } = one(last(outcome), 'test_metric', { job: 'test', instance: outcome.target })
    expect(labels).toHaveLength(3)
  }),
  casesOf('TestSampleOrdering')(
    'MUST',
    '',
    exposing('# Multiple metrics\nmetric_a 1\nmetric_b 2\nmetric_c 3\n'),
    (outcome) => {
      expectOrdered(last(outcome))
      expectRising(last(outcome))
    },
    { note: 'stricter: also over the entries of one series in a request' },
  ),
  timestamps('MUST', 'timestamp_int64_milliseconds', exposing('test_counter_total 42\n'), (outcome) => {
    for (const timestamp of allTimestamps(outcome)) expectMilliseconds(timestamp)
  }),
  timestamps('MUST', 'timestamp_ordering_within_series', ABC, (outcome) => {
    expectOrdered(last(outcome))
    expectRising(last(outcome))
  }),
  timestamps(
    'MAY',
    'start_timestamp_for_counters',
    CREATED_COUNTER,
    (outcome) => expectStart(outcome, 'test_counter_total'),
    { note: STARTED, secondOnly: true },
  ),
  timestamps(
    'MAY',
    'start_timestamp_for_histograms',
    CREATED_HISTOGRAM,
    (outcome) => {
      for (const suffix of ['bucket', 'sum', 'count']) expectStart(outcome, `test_histogram_${suffix}`)
    },
    { note: STARTED, secondOnly: true },
  ),
  timestamps(
    'SHOULD',
    'start_timestamp_zero_handling',
    exposing('# TYPE test_counter counter\ntest_counter_total 50\n'),
    (outcome) => expect(one(last(outcome), 'test_counter_total').samples[0].start).toBe(0),
    { note: 'stricter: nothing exposed, nothing sent', secondOnly: true },
  ),
  timestamps('SHOULD', 'timestamp_precision', PLAIN, (outcome) => {
    for (const timestamp of allTimestamps(outcome)) {
      expect(Number.isSafeInteger(timestamp)).toBe(true)
      expect(Math.abs(Date.now() - timestamp)).toBeLessThan(10 * MINUTE)
    }
  }),
  timestamps('SHOULD', 'timestamp_future_values', PLAIN, (outcome) => {
    for (const timestamp of allTimestamps(outcome)) expect(timestamp).toBeLessThan(Date.now() + 5 * MINUTE)
    expect(valueIn(last(outcome), 'test_metric')).toBe(42)
  }),
  timestamps(
    'SHOULD',
    'start_timestamp_before_sample_timestamp',
    CREATED_COUNTER,
    (outcome) => {
      for (const { start, timestamp } of last(outcome).series.flatMap(({ samples }) => samples)) {
        expect(start).toBeLessThanOrEqual(timestamp)
      }
      expectStart(outcome, 'test_counter_total')
    },
    { note: 'stricter: with a _created', secondOnly: true },
  ),
]
