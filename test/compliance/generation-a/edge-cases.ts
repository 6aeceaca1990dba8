/** Bodies at the edge, and a larger one. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing } from '../case.ts'
import { distinct, labelsOf, last, named, names, one, samples, valueIn } from '../look.ts'

const edge = casesOf('TestEdgeCases')

const LONG_NAME = `metric_${'very_long_name_'.repeat(50)}`
const HUGE = 'x'.repeat(10_000)
const UNICODE = { emoji: '🚀', chinese: '测试', arabic: 'مرحبا', vietnamese: 'tôi yêu việt nam' }
const SPECIAL: Readonly<Record<string, string>> = {
  nan: 'NaN',
  inf: '+Inf',
  ninf: '-Inf',
  zero: '0',
  negative: '-123.45',
}
const SPECIAL_VALUES: Readonly<Record<string, number>> = {
  ...{ nan: Number.NaN, inf: Number.POSITIVE_INFINITY, ninf: Number.NEGATIVE_INFINITY, zero: 0, negative: -123.45 },
}
const REPAIRED = "body repaired: the original's values are no numbers from the eleventh line on"
const MANY = lines(100, (i) => `metric_${String(i).padStart(3, '0')} ${i}`)
const CARDINAL = lines(50, (i) => `http_requests{path="/api/v1/endpoint_${digits(i, 2)}",method="GET"} ${i}`)
const LOAD = lines(200, (i) => `load_test_metric_${digits(i, 3)}{label="value_${i % 10}"} ${i % 10}`)

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('')
}

function digits(i: number, length: number): string {
  return String(i).padStart(length, '0')
}

export const EDGE_CASES: readonly Case[] = [
  edge(
    'SHOULD',
    'empty_scrape',
    exposing('# No metrics\n'),
    (outcome) => {
      expect(valueIn(last(outcome), 'up')).toBe(1)
      expect(valueIn(last(outcome), 'scrape_samples_scraped')).toBe(0)
    },
    { note: 'stricter: the scrape is reported as a good one' },
  ),
  edge('SHOULD', 'huge_label_values', exposing(`test_metric{large_label="${HUGE}"} 42\n`), (outcome) => {
    expect(labelsOf(one(last(outcome), 'test_metric'))['large_label']).toBe(HUGE)
  }),
  edge(
    'MUST',
    'unicode_in_labels',
    exposing(
      `test_metric{${Object.entries(UNICODE)
        .map(([name, value]) => `${name}="${value}"`)
        .join(',')}} 42\n`,
    ),
    (outcome) => expect(labelsOf(one(last(outcome), 'test_metric'))).toMatchObject(UNICODE),
    { note: 'stricter: exactly' },
  ),
  edge(
    'RECOMMENDED',
    'many_timeseries',
    exposing(MANY),
    (outcome) => expect(names(last(outcome)).filter((name) => name.startsWith('metric_'))).toHaveLength(100),
    { note: `${REPAIRED}; stricter: all 100 series in one request` },
  ),
  edge(
    'RECOMMENDED',
    'high_cardinality',
    exposing(CARDINAL),
    (outcome) => expect(distinct(named(last(outcome).series, 'http_requests'))).toBe(50),
    { note: `${REPAIRED}; stricter: all 50 series in one request` },
  ),
  edge('SHOULD', 'very_long_metric_name', exposing(`${LONG_NAME} 42\n`), (outcome) => {
    expect(valueIn(last(outcome), LONG_NAME)).toBe(42)
  }),
  edge(
    'MUST',
    'special_float_combinations',
    exposing(
      Object.entries(SPECIAL)
        .map(([type, value]) => `special_values{type="${type}"} ${value}\n`)
        .join(''),
    ),
    (outcome) => {
      for (const type of Object.keys(SPECIAL)) {
        expect(valueIn(last(outcome), 'special_values', { type })).toBe(SPECIAL_VALUES[type])
      }
    },
    { note: 'stricter: all five' },
  ),
  edge(
    'SHOULD',
    'zero_timestamp',
    exposing('test_metric 42 0\n'),
    (outcome) => {
      expect(valueIn(last(outcome), 'up')).toBe(1)
      for (const { timestamp } of samples(last(outcome).series)) expect(timestamp).toBeGreaterThanOrEqual(0)
      for (const { timestamp } of samples(named(last(outcome).series, 'test_metric'))) expect(timestamp).toBe(0)
    },
    { note: 'stricter: the scrape succeeds, and no other timestamp is made up' },
  ),
  edge(
    'SHOULD',
    'future_timestamp',
    exposing('test_metric 42 @ms+86400000@\n'),
    (outcome) => {
      expect(valueIn(last(outcome), 'up')).toBe(1)
      const tomorrow = outcome.startedAt + 86_400_000
      for (const { timestamp } of samples(named(last(outcome).series, 'test_metric'))) expect(timestamp).toBe(tomorrow)
    },
    {
      note: "body repaired: the original's timestamp is no number. The scrape succeeds, and no other timestamp is made up",
    },
  ),
  edge('MUST', 'metric_name_with_colons', exposing('http:request:duration:seconds 0.5\n'), (outcome) => {
    expect(valueIn(last(outcome), 'http:request:duration:seconds')).toBe(0.5)
  }),
  edge(
    'SHOULD',
    'stale_marker',
    exposing('test_metric StaleNaN\n'),
    (outcome) => {
      for (const { value } of samples(named(last(outcome).series, 'test_metric'))) expect(value).toBeNaN()
      expect(names(last(outcome))).toContain('up')
    },
    { note: 'no exposition says StaleNaN: that the scrape is reported must arrive' },
  ),
  edge(
    'MUST',
    'mixed_sample_and_histogram_families',
    exposing(`# Counter
requests_total 100

# Gauge
temperature_celsius 22.5

# Histogram
response_time_bucket{le="0.1"} 50
response_time_bucket{le="+Inf"} 100
response_time_sum 10.5
response_time_count 100

# Summary
rpc_duration{quantile="0.5"} 0.05
rpc_duration{quantile="0.9"} 0.1
rpc_duration_sum 50.0
rpc_duration_count 1000
`),
    (outcome) => {
      const expected = ['requests_total', 'temperature_celsius', 'response_time_bucket', 'rpc_duration']
      expect(names(last(outcome))).toEqual(expect.arrayContaining(expected))
    },
    { note: 'stricter: all four' },
  ),
  casesOf('TestRobustnessUnderLoad')(
    'SHOULD',
    '',
    exposing(LOAD, { seconds: 8 }),
    (outcome) => {
      expect(names(last(outcome)).filter((name) => name.startsWith('load_test_metric_'))).toHaveLength(200)
    },
    { note: 'stricter: all 200 series in the last request' },
  ),
]
