/** A sender of 2.0 that is told to speak 1.0. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing } from '../case.ts'
import { labelsOf, lastWithSeries, one, valueIn } from '../look.ts'
import type { Outcome } from '../outcome.ts'
import type { Scenario } from '../scenario.ts'
import { TYPES } from './metadata.ts'

const compatibility = casesOf('TestRemoteWrite1Compatibility')
/** The original skips them for a sender that speaks 2.0, and can't read 1.0. */
const REALLY = { note: 'really run, told to speak 1.0: the original skips it' }

function first(text: string): Scenario {
  return exposing(text, { speak: '1.0' })
}

const PLAIN = first('test_metric 42\n')

function headers({ requests }: Outcome): Outcome['requests'][number]['headers'] {
  return requests[requests.length - 1].headers
}

export const FIRST_VERSION: readonly Case[] = [
  compatibility(
    'SHOULD',
    'rw1_version_header',
    PLAIN,
    (outcome) => expect(headers(outcome)['x-prometheus-remote-write-version']).toBe('0.1.0'),
    REALLY,
  ),
  compatibility(
    'SHOULD',
    'rw1_content_type',
    PLAIN,
    (outcome) => expect(headers(outcome)['content-type']).toBe('application/x-protobuf'),
    REALLY,
  ),
  compatibility(
    'MUST',
    'rw1_samples_encoding',
    first('test_counter_total 100\n'),
    (outcome) => expect(valueIn(lastWithSeries(outcome), 'test_counter_total')).toBe(100),
    REALLY,
  ),
  compatibility(
    'MUST',
    'rw1_labels_encoding',
    first('test_metric{label="value"} 42'),
    (outcome) => expect(labelsOf(one(lastWithSeries(outcome), 'test_metric'))['label']).toBe('value'),
    REALLY,
  ),
  compatibility(
    'MUST',
    'rw1_no_native_histograms',
    first(`# TYPE test_histogram histogram
test_histogram_count 100
test_histogram_sum 250.0
test_histogram_bucket{le="+Inf"} 100
`),
    (outcome) => {
      const { series } = lastWithSeries(outcome)
      for (const { histograms } of series) expect(histograms).toEqual([])
      expect(valueIn(lastWithSeries(outcome), 'test_histogram_bucket', { le: '+Inf' })).toBe(100)
    },
    REALLY,
  ),
  compatibility(
    'MUST',
    'rw1_no_start_timestamp',
    first('# TYPE test_counter counter\ntest_counter_total 100\n'),
    (outcome) => {
      for (const { samples } of lastWithSeries(outcome).series) for (const { start } of samples) expect(start).toBe(0)
      expect(valueIn(lastWithSeries(outcome), 'test_counter_total')).toBe(100)
    },
    REALLY,
  ),
  compatibility(
    'MAY',
    'rw1_metadata_handling',
    first('# HELP test_metric Test metric description\n# TYPE test_metric counter\ntest_metric 42\n'),
    ({ requests }) => {
      const metadata = requests.flatMap(({ message }) => message?.metadata ?? [])
      const expected = { family: 'test_metric', type: TYPES.counter, help: 'Test metric description' }
      expect(metadata).toContainEqual(expect.objectContaining(expected))
    },
    { note: 'really run, told to speak 1.0; stricter: the metadata must arrive' },
  ),
  compatibility(
    'MUST',
    'rw1_symbol_table_not_used',
    first('http_requests{method="GET",status="200"} 100\nhttp_requests{method="POST",status="200"} 50\n'),
    (outcome) => {
      expect(lastWithSeries(outcome).version).toBe('1.0')
      expect(valueIn(lastWithSeries(outcome), 'http_requests', { method: 'POST' })).toBe(50)
    },
    REALLY,
  ),
  casesOf('TestRemoteWrite1Configuration')(
    'SHOULD',
    '',
    PLAIN,
    ({ requests }) => {
      for (const { message } of requests) expect(message?.version).toBe('1.0')
    },
    REALLY,
  ),
]
