/** Metadata of 2.0. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing, type Level, openmetrics } from '../case.ts'
import { last, named, one } from '../look.ts'
import type { Outcome } from '../outcome.ts'
import type { Scenario } from '../scenario.ts'
import type { WireMetadata } from '../wire.ts'

const metadata = casesOf('TestMetadataEncoding')
export const TYPES = { counter: 1, gauge: 2, histogram: 3, summary: 5 } as const

export function metadataOf(outcome: Outcome, name: string): WireMetadata {
  const found = one(last(outcome), name).metadata
  if (found === undefined) expect.fail(`${name} has no metadata`)
  return found
}

const PRESENT = 'stricter: it must be there, exactly'

function described(
  level: Level,
  name: string,
  scenario: Scenario,
  metric: string,
  expected: Partial<WireMetadata>,
  note: string = PRESENT,
): Case {
  const check = (outcome: Outcome): void => expect(metadataOf(outcome, metric)).toMatchObject(expected)
  return metadata(level, name, scenario, check, { note, secondOnly: true })
}

const COUNTER = exposing(
  '# HELP http_requests_total Total HTTP requests\n# TYPE http_requests_total counter\nhttp_requests_total 100\n',
)
const GAUGE = exposing(
  '# HELP memory_usage_bytes Current memory usage\n# TYPE memory_usage_bytes gauge\nmemory_usage_bytes 1048576\n',
)
const HISTOGRAM = exposing(`# HELP request_duration_seconds Request duration
# TYPE request_duration_seconds histogram
request_duration_seconds_bucket{le="+Inf"} 100
request_duration_seconds_sum 50.0
request_duration_seconds_count 100
`)
const SUMMARY = exposing(`# HELP rpc_duration_seconds RPC duration
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.5"} 0.05
rpc_duration_seconds{quantile="0.9"} 0.1
rpc_duration_seconds_sum 100.0
rpc_duration_seconds_count 1000
`)

export const METADATA: readonly Case[] = [
  described('SHOULD', 'metadata_type_counter', COUNTER, 'http_requests_total', { type: TYPES.counter }),
  described('SHOULD', 'metadata_type_gauge', GAUGE, 'memory_usage_bytes', { type: TYPES.gauge }),
  metadata(
    'SHOULD',
    'metadata_type_histogram',
    HISTOGRAM,
    (outcome) => {
      for (const suffix of ['bucket', 'sum', 'count']) {
        const found = metadataOf(outcome, `request_duration_seconds_${suffix}`)
        expect(found).toMatchObject({ type: TYPES.histogram, help: 'Request duration' })
      }
    },
    { note: `${PRESENT}, on every series of the family`, secondOnly: true },
  ),
  metadata(
    'SHOULD',
    'metadata_type_summary',
    SUMMARY,
    (outcome) => {
      for (const suffix of ['', '_sum', '_count']) {
        const found = metadataOf(outcome, `rpc_duration_seconds${suffix}`)
        expect(found).toMatchObject({ type: TYPES.summary, help: 'RPC duration' })
      }
    },
    { note: `${PRESENT}, on every series of the family`, secondOnly: true },
  ),
  described(
    'SHOULD',
    'metadata_help_text',
    exposing(`# HELP http_requests_total The total number of HTTP requests
# TYPE http_requests_total counter
http_requests_total 100
`),
    'http_requests_total',
    { help: 'The total number of HTTP requests' },
  ),
  described(
    'MAY',
    'metadata_unit',
    openmetrics(`# HELP memory_usage_bytes Memory usage
# TYPE memory_usage_bytes gauge
# UNIT memory_usage_bytes bytes
memory_usage_bytes 1048576
`),
    'memory_usage_bytes',
    { type: TYPES.gauge, help: 'Memory usage', unit: 'bytes' },
    `${PRESENT}; body served as OpenMetrics, for the text format has no units`,
  ),
  metadata(
    'SHOULD',
    'metadata_help_with_newlines',
    exposing(`# HELP multiline_metric This is a help text
# HELP multiline_metric that spans multiple lines
# TYPE multiline_metric gauge
multiline_metric 42
# HELP escaped_metric first line\\nsecond line
# TYPE escaped_metric gauge
escaped_metric 42
`),
    (outcome) => {
      expect(metadataOf(outcome, 'multiline_metric').help).not.toBe('')
      expect(metadataOf(outcome, 'escaped_metric').help).toBe('first line\nsecond line')
    },
    { note: 'stricter: a second metric has an escaped newline in its help, which must arrive', secondOnly: true },
  ),
  described(
    'SHOULD',
    'metadata_help_with_special_chars',
    exposing(`# HELP special_metric This help contains "quotes" and \\backslashes\\
# TYPE special_metric counter
special_metric 100
`),
    'special_metric',
    { type: TYPES.counter, help: 'This help contains "quotes" and \\backslashes\\' },
  ),
  metadata(
    'MUST',
    'metadata_help_refs_valid',
    exposing('# HELP test_metric Test metric description\n# TYPE test_metric counter\ntest_metric 42\n'),
    (outcome) => {
      const { series, symbols } = last(outcome)
      for (const { metadata } of series) {
        expect(metadata?.helpRef ?? 0).toBeLessThan(symbols.length)
        expect(metadata?.unitRef ?? 0).toBeLessThan(symbols.length)
      }
      expect(metadataOf(outcome, 'test_metric').help).toBe('Test metric description')
    },
    { note: PRESENT, secondOnly: true },
  ),
  metadata(
    'SHOULD',
    'metadata_consistent_across_series',
    exposing(`# HELP http_requests_total Total HTTP requests
# TYPE http_requests_total counter
http_requests_total{method="GET"} 100
http_requests_total{method="POST"} 50
`),
    (outcome) => {
      const found = named(last(outcome).series, 'http_requests_total')
      expect(found.length).toBeGreaterThanOrEqual(2)
      const [{ metadata }] = found
      expect(metadata).toMatchObject({ type: TYPES.counter, help: 'Total HTTP requests' })
      for (const series of found) expect(series.metadata).toEqual(metadata)
    },
    { note: PRESENT, secondOnly: true },
  ),
  described(
    'MAY',
    'metadata_empty_help_allowed',
    exposing('# TYPE no_help_metric counter\nno_help_metric 42\n'),
    'no_help_metric',
    { type: TYPES.counter, helpRef: 0, help: '' },
  ),
]
