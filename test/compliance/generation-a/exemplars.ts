/** Exemplars, which only OpenMetrics has. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing, type Level } from '../case.ts'
import { type Labels, named } from '../look.ts'
import type { Outcome } from '../outcome.ts'
import type { Scenario } from '../scenario.ts'
import type { WireExemplar } from '../wire.ts'

const exemplars = casesOf('TestExemplarEncoding')

/** In whichever request it came: an exemplar is sent once. */
export function exemplarOf(outcome: Outcome, name: string, labels: Labels = {}): WireExemplar {
  return found(outcome, name, labels).exemplar
}

function found(outcome: Outcome, name: string, labels: Labels): { exemplar: WireExemplar; symbols: number } {
  for (const { message } of outcome.requests) {
    const series = named(message?.series ?? [], name, labels)
    const [exemplar] = series.flatMap(({ exemplars }) => exemplars)
    if (exemplar !== undefined) return { exemplar, symbols: message?.symbols.length ?? 0 }
  }
  expect.fail(`${name} ${JSON.stringify(labels)} has no exemplar`)
}

function counter(name: string, value: number, exemplar: string): Scenario {
  return exposing(`# TYPE ${name} counter\n${name} ${value} # ${exemplar}\n`)
}

const PRESENT = 'stricter: it must be there, in one of the requests'

function exemplar(level: Level, name: string, on: Scenario, check: (outcome: Outcome) => void, note = PRESENT): Case {
  return exemplars(level, name, on, check, { note })
}

function expectRefs(outcome: Outcome, name: string, check: (refs: readonly number[], symbols: number) => void): void {
  const { exemplar, symbols } = found(outcome, name, {})
  expect(exemplar.refs.length).toBeGreaterThan(0)
  check(exemplar.refs, symbols)
}

export const EXEMPLARS: readonly Case[] = [
  exemplar(
    'MAY',
    'exemplar_with_trace_id',
    exposing(`# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.1"} 50 # {trace_id="abc123xyz"} 0.05 1234567890.123
http_request_duration_seconds_bucket{le="+Inf"} 100
http_request_duration_seconds_sum 10.5
http_request_duration_seconds_count 100
`),
    (outcome) => {
      const found = exemplarOf(outcome, 'http_request_duration_seconds_bucket', { le: '0.1' })
      expect(found).toMatchObject({ labels: [['trace_id', 'abc123xyz']], value: 0.05, timestamp: 1234567890123 })
    },
  ),
  exemplar(
    'MAY',
    'exemplar_with_span_id',
    counter('http_requests_total', 1000, '{trace_id="abc123",span_id="def456"} 999 1234567890.5'),
    (outcome) => {
      const { labels } = exemplarOf(outcome, 'http_requests_total')
      expect(Object.fromEntries(labels)).toEqual({ trace_id: 'abc123', span_id: 'def456' })
    },
  ),
  exemplar(
    'MUST',
    'exemplar_value_valid',
    counter('test_counter', 100, '{trace_id="test123"} 99.5 1234567890.0'),
    (outcome) => expect(exemplarOf(outcome, 'test_counter').value).toBe(99.5),
  ),
  exemplar(
    'MUST',
    'exemplar_timestamp_valid',
    counter('test_counter', 100, '{trace_id="test123"} 99 1234567890.123'),
    (outcome) => expect(exemplarOf(outcome, 'test_counter').timestamp).toBe(1234567890123),
  ),
  exemplars(
    'MUST',
    'exemplar_labels_valid_refs',
    counter('test_metric', 100, '{trace_id="xyz"} 99 1234567890.0'),
    (outcome) =>
      expectRefs(outcome, 'test_metric', (refs, symbols) => {
        for (const ref of refs) expect(ref).toBeLessThan(symbols)
      }),
    { note: PRESENT, secondOnly: true },
  ),
  exemplar(
    'MAY',
    'exemplar_custom_labels',
    counter('test_counter', 50, '{user_id="user123",request_id="req456"} 49 1234567890.0'),
    (outcome) => {
      const { labels } = exemplarOf(outcome, 'test_counter')
      expect(Object.fromEntries(labels)).toEqual({ user_id: 'user123', request_id: 'req456' })
    },
  ),
  exemplar(
    'MAY',
    'exemplar_on_histogram',
    exposing(`# TYPE request_duration histogram
request_duration_bucket{le="0.1"} 10 # {trace_id="hist123"} 0.05 1234567890.0
request_duration_bucket{le="+Inf"} 100
request_duration_sum 50.0
request_duration_count 100
`),
    (outcome) => {
      expect(exemplarOf(outcome, 'request_duration_bucket', { le: '0.1' }).labels).toEqual([['trace_id', 'hist123']])
    },
  ),
  exemplars(
    'MUST',
    'exemplar_labels_even_length',
    counter('test_counter', 100, '{trace_id="test"} 99 1234567890.0'),
    (outcome) => expectRefs(outcome, 'test_counter', (refs) => expect(refs.length % 2).toBe(0)),
    { note: PRESENT, secondOnly: true },
  ),
  exemplar(
    'MAY',
    'multiple_exemplars_per_series',
    exposing(`# TYPE test_histogram histogram
test_histogram_bucket{le="0.1"} 10 # {trace_id="ex1"} 0.05 1234567890.0
test_histogram_bucket{le="0.5"} 50 # {trace_id="ex2"} 0.3 1234567891.0
test_histogram_bucket{le="+Inf"} 100
test_histogram_sum 50.0
test_histogram_count 100
`),
    (outcome) => {
      for (const [le, id] of [
        ['0.1', 'ex1'],
        ['0.5', 'ex2'],
      ]) {
        expect(exemplarOf(outcome, 'test_histogram_bucket', { le }).labels).toEqual([['trace_id', id]])
      }
    },
    'stricter: both must arrive, each at its bucket (a line of the exposition has one at most)',
  ),
]
