/**
 * The successor of generation A, a library: the first request is judged, and the sender is stopped as soon as it was answered.
 * Senders choose their settings themselves; here a request is sent 300 ms after its first sample.
 */
import { expect } from 'vitest'
import type { Case, Extra, Level } from './case.ts'
import { first, named, one, valueIn } from './look.ts'
import type { Outcome } from './outcome.ts'
import type { Exposing, Family, Scenario } from './scenario.ts'
import type { WireHistogram, WireSeries } from './wire.ts'

const DEADLINE_MS = 300
const CREATED_SECONDS = 7200

function scenario(expose: Exposing, nativeHistograms = false): Scenario {
  return { speak: '2.0', expose, receive: { stopAfter: 1 }, seconds: 5, deadlineMs: DEADLINE_MS, nativeHistograms }
}

function openmetrics(text: string): Scenario {
  return scenario({ text, type: 'openmetrics' })
}

type Check = (outcome: Outcome) => void

function caseOf(test: string, level: Level, name: string, on: Scenario, check: Check, extra: Extra = {}): Case {
  return { generation: 'B', test, name, level, scenario: on, check, secondOnly: false, ...extra }
}

const SAMPLES = openmetrics(`# TYPE test_counter counter
test_counter_total 101.13
test_counter_created @now-${CREATED_SECONDS}@
# TYPE test_histogram histogram
test_histogram_count 100
test_histogram_sum 250.0
test_histogram_bucket{le="+Inf"} 100
test_histogram_created @now-${CREATED_SECONDS}@
# TYPE test_gauge_with_ts gauge
test_gauge_with_ts 2 @now@
`)

/** The one and only series of that name, with one sample. */
function only(outcome: Outcome, name: string): WireSeries {
  const found = named(first(outcome).series, name)
  expect(found).toHaveLength(1)
  expect(found[0].samples).toHaveLength(1)
  return found[0]
}

function expectStart(outcome: Outcome, name: string): void {
  expect(only(outcome, name).samples[0].start).toBe(outcome.startedAt - CREATED_SECONDS * 1000)
}

const samples: readonly Case[] = [
  caseOf('samples', 'MUST', '', SAMPLES, (outcome) => expect(first(outcome).series.length).toBeGreaterThan(6)),
  caseOf('samples', 'MUST', 'value', SAMPLES, (outcome) => {
    expect(only(outcome, 'test_counter_total').samples[0].value).toBe(101.13)
  }),
  caseOf('samples', 'MUST', 'timestamp', SAMPLES, (outcome) => {
    for (const { samples, labels } of first(outcome).series) {
      expect(samples, JSON.stringify(labels)).toHaveLength(1)
      expect(samples[0].timestamp).toBeGreaterThanOrEqual(outcome.startedAt)
    }
  }),
  caseOf(
    'samples',
    'SHOULD',
    'start_timestamp for counters',
    SAMPLES,
    (outcome) => expectStart(outcome, 'test_counter_total'),
    { secondOnly: true },
  ),
  caseOf(
    'samples',
    'SHOULD',
    'start_timestamp for histograms',
    SAMPLES,
    (outcome) => {
      for (const suffix of ['count', 'sum', 'bucket']) expectStart(outcome, `test_histogram_${suffix}`)
    },
    { note: 'stricter: all series of the histogram', secondOnly: true },
  ),
  caseOf(
    'samples',
    'SHOULD',
    'start_timestamp before timestamp',
    SAMPLES,
    (outcome) => {
      for (const { start, timestamp } of first(outcome).series.flatMap(({ samples }) => samples)) {
        expect(start).toBeLessThanOrEqual(timestamp)
      }
    },
    { secondOnly: true },
  ),
  caseOf(
    'samples sorted',
    'MUST',
    '',
    openmetrics(`# TYPE test_counter counter
test_counter_total 101.13 @now@
test_counter_total 102.13 @now+15@
test_counter_total 103.13 @now+30@
`),
    (outcome) => {
      const found = named(first(outcome).series, 'test_counter_total').flatMap(({ samples }) => samples)
      expect(found.map(({ value }) => value)).toEqual([101.13, 102.13, 103.13])
      expect(found.map(({ timestamp }) => timestamp - outcome.startedAt)).toEqual([0, 15_000, 30_000])
    },
    { note: 'stricter: values and timestamps exactly' },
  ),
]

function value(level: Level, test: string, metric: string, text: string, expected: number): Case {
  return caseOf(test, level, '', openmetrics(`${metric} ${text}\n`), (outcome) => {
    expect(only(outcome, metric).samples[0].value).toBe(expected)
  })
}

const encoding: readonly Case[] = [
  value('MUST', 'float_value_encoding', 'test_metric', '123.45', 123.45),
  value('MUST', 'integer_value_encoding', 'test_counter_total', '42', 42),
  value('MUST', 'zero_value_encoding', 'test_gauge', '0', 0),
  value('MUST', 'negative_value_encoding', 'temperature_celsius', '-15.5', -15.5),
  value('MUST', 'positive_infinity_encoding', 'test_gauge', '+Inf', Number.POSITIVE_INFINITY),
  value('MUST', 'negative_infinity_encoding', 'test_gauge', '-Inf', Number.NEGATIVE_INFINITY),
  value('MUST', 'nan_encoding', 'test_gauge', 'NaN', Number.NaN),
  value('MUST', 'large_float_values', 'test_large', '1.7976931348623157e+308', 1.7976931348623157e308),
  value('MUST', 'small_float_values', 'test_small', '2.2250738585072014e-308', 2.2250738585072014e-308),
  value('MUST', 'scientific_notation', 'test_scientific', '1.23e-4', 1.23e-4),
  value('SHOULD', 'precision_preservation', 'test_precision', '0.123456789012345', 0.123456789012345),
  caseOf('job_instance_labels_present', 'SHOULD', '', openmetrics('test_metric 42\n'), (outcome) => {
    expect(Object.fromEntries(only(outcome, 'test_metric').labels)).toMatchObject({
      ...{ job: 'test', instance: outcome.target },
    })
  }),
  caseOf('sample_ordering', 'MUST', '', openmetrics('metric_a 1\nmetric_b 2\nmetric_c 3\n'), (outcome) => {
    for (const { samples } of first(outcome).series) {
      const found = samples.map(({ timestamp }) => timestamp)
      expect(found).toEqual(found.toSorted((a, b) => a - b))
    }
    for (const name of ['metric_a', 'metric_b', 'metric_c']) expect(one(first(outcome), name).samples).toHaveLength(1)
  }),
]

const families: readonly Family[] = [
  { name: 'test_histogram_struct', count: 10, sum: 25.5, schema: 3, positive: { offset: 0, deltas: [10] } },
  { name: 'test_histogram_count', count: 100, sum: 250.5, schema: 3 },
  { name: 'test_histogram_sum', count: 100, sum: 250.5, schema: 3 },
  { name: 'test_histogram_ordered', count: 250, sum: 500, schema: 3, positive: { offset: 0, deltas: [250] } },
  { name: 'test_native_histogram_pos', count: 4, sum: 250, schema: 3, positive: { offset: 8, deltas: [1, 2] } },
  { name: 'test_histogram_neg', count: 5, sum: -25, schema: 3, negative: { offset: 5, deltas: [5] } },
  { name: 'test_histogram_zero', count: 5, sum: 0, schema: 3, zeroCount: 5 },
  { name: 'test_histogram_schema', count: 100, sum: 500, schema: 3 },
  { name: 'test_histogram_ts', count: 100, sum: 250, schema: 3 },
  { name: 'test_histogram_mixed', count: 100, sum: 250, schema: 3 },
  { name: 'test_histogram_empty', count: 0, sum: 0, schema: 3, empty: true },
  { name: 'test_histogram_large', count: 1e9, sum: 5e9, schema: 3, positive: { offset: 0, deltas: [1e9] } },
]
const HISTOGRAMS = scenario({ families }, true)
const REPAIRED = 'body repaired: its buckets sum up to its count, without which Prometheus refuses it'

function histogramOf(outcome: Outcome, name: string): WireHistogram {
  const { histograms, samples } = one(first(outcome), name)
  expect(samples).toEqual([])
  expect(histograms).toHaveLength(1)
  return histograms[0]
}

function histogram(level: Level, name: string, check: Check, note?: string): Case {
  const extra = note === undefined ? {} : { note }
  return caseOf('histogram encoding', level, name, HISTOGRAMS, check, { ...extra, secondOnly: true })
}

function span(offset: number, length: number): readonly { readonly offset: number; readonly length: number }[] {
  return [{ offset, length }]
}

const EXACTLY = 'stricter: native, and exactly as exposed'
const CLASSIC = 'without buckets it is a classic one, of whose series'

const histograms: readonly Case[] = [
  histogram('MUST', '', (outcome) => expect(first(outcome).series.length).toBeGreaterThanOrEqual(families.length)),
  histogram(
    'MUST',
    'native_histogram_structure',
    (outcome) => {
      const expected = { count: 10, sum: 25.5, schema: 3, positiveSpans: span(0, 1), positiveDeltas: [10] }
      expect(histogramOf(outcome, 'test_histogram_struct')).toMatchObject(expected)
    },
    EXACTLY,
  ),
  histogram(
    'MUST',
    'histogram_count_present',
    (outcome) => expect(valueIn(first(outcome), 'test_histogram_count_count')).toBe(100),
    `${CLASSIC} this is one`,
  ),
  histogram(
    'MUST',
    'histogram_sum_present',
    (outcome) => expect(valueIn(first(outcome), 'test_histogram_sum_sum')).toBe(250.5),
    `${CLASSIC} this is one`,
  ),
  histogram(
    'SHOULD',
    'histogram_buckets_ordered',
    (outcome) => {
      const expected = { count: 250, positiveSpans: span(0, 1), positiveDeltas: [250] }
      expect(histogramOf(outcome, 'test_histogram_ordered')).toMatchObject(expected)
    },
    EXACTLY,
  ),
  histogram(
    'MAY',
    'histogram_positive_buckets',
    (outcome) => {
      const expected = { count: 4, positiveSpans: span(8, 2), positiveDeltas: [1, 2], negativeSpans: [] }
      expect(histogramOf(outcome, 'test_native_histogram_pos')).toMatchObject(expected)
    },
    `${EXACTLY}; ${REPAIRED}`,
  ),
  histogram(
    'MAY',
    'histogram_negative_buckets',
    (outcome) => {
      const expected = { count: 5, sum: -25, negativeSpans: span(5, 1), negativeDeltas: [5], positiveSpans: [] }
      expect(histogramOf(outcome, 'test_histogram_neg')).toMatchObject(expected)
    },
    `${EXACTLY}; ${REPAIRED}`,
  ),
  histogram(
    'MAY',
    'histogram_zero_bucket',
    (outcome) => expect(histogramOf(outcome, 'test_histogram_zero')).toMatchObject({ count: 5, zeroCount: 5 }),
    `${EXACTLY}; ${REPAIRED}`,
  ),
  histogram(
    'MUST',
    'histogram_schema',
    (outcome) => {
      const found = first(outcome).series.flatMap(({ histograms }) => histograms)
      expect(found).toHaveLength(7)
      for (const { schema } of found) expect(schema).toBe(3)
      expect(valueIn(first(outcome), 'test_histogram_schema_count')).toBe(100)
    },
    'stricter: the seven native ones have schema 3',
  ),
  histogram(
    'MUST',
    'histogram_timestamp',
    (outcome) => {
      for (const { histograms, samples } of first(outcome).series) {
        for (const { timestamp } of [...histograms, ...samples]) {
          expect(timestamp).toBeGreaterThanOrEqual(outcome.startedAt)
        }
      }
    },
    'stricter: all, and since the run began',
  ),
  histogram('MUST', 'histogram_no_mixed_with_samples', (outcome) => {
    for (const { samples, histograms } of first(outcome).series) {
      expect([samples, histograms].filter((list) => list.length > 0)).toHaveLength(1)
    }
  }),
  histogram(
    'SHOULD',
    'histogram_empty_buckets',
    (outcome) => expect(histogramOf(outcome, 'test_histogram_empty')).toMatchObject({ count: 0, sum: 0, schema: 3 }),
    'stricter: native; body repaired: an empty span says so',
  ),
  histogram(
    'MUST',
    'histogram_large_counts',
    (outcome) => {
      const expected = { count: 1e9, sum: 5e9, positiveDeltas: [1e9] }
      expect(histogramOf(outcome, 'test_histogram_large')).toMatchObject(expected)
    },
    'stricter: native; body repaired: its buckets hold its observations',
  ),
]

export const GENERATION_B: readonly Case[] = [...samples, ...encoding, ...histograms]
