/** HTTP, and the table of symbols. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing, PLAIN, SECOND_ONLY } from '../case.ts'
import { distinct, last, named, valueIn } from '../look.ts'
import type { Captured, Outcome } from '../outcome.ts'

const FRAMED_MAGIC = 'ff060000734e61507059'

const http = casesOf('TestProtocolCompliance')
const symbols = casesOf('TestSymbolTable')
const LABELLED = exposing('test_metric{label="value"} 42\n')

function request({ requests }: Outcome): Captured {
  return requests[requests.length - 1]
}

export const PROTOCOL: readonly Case[] = [
  http('MUST', 'content_type_protobuf', PLAIN, (outcome) => {
    expect(request(outcome).headers['content-type']).toContain('application/x-protobuf')
  }),
  http(
    'SHOULD',
    'content_type_with_proto_param',
    PLAIN,
    (outcome) => {
      const type = 'application/x-protobuf;proto=io.prometheus.write.v2.Request'
      expect(request(outcome).headers['content-type']).toBe(type)
    },
    { ...SECOND_ONLY, note: 'stricter: the whole header' },
  ),
  http('MUST', 'content_encoding_snappy', PLAIN, (outcome) => {
    expect(request(outcome).headers['content-encoding']).toBe('snappy')
  }),
  http('MUST', 'version_header_present', PLAIN, (outcome) => {
    expect(request(outcome).headers['x-prometheus-remote-write-version']).toBeTruthy()
  }),
  http(
    'SHOULD',
    'version_header_value',
    PLAIN,
    (outcome) => expect(request(outcome).headers['x-prometheus-remote-write-version']).toBe('2.0.0'),
    { ...SECOND_ONLY, note: 'stricter: 2.0.0' },
  ),
  http('MUST', 'user_agent_present', PLAIN, (outcome) => {
    expect(request(outcome).headers['user-agent']).toMatch(/^\S+\/\S+/)
  }),
  http('MUST', 'snappy_block_format', PLAIN, (outcome) => {
    const { body } = request(outcome)
    expect(body.length).toBeGreaterThan(0)
    expect(Buffer.from(body.subarray(0, 10)).toString('hex')).not.toBe(FRAMED_MAGIC)
  }),
  http(
    'MUST',
    'protobuf_parseable',
    PLAIN,
    (outcome) => {
      expect(last(outcome).symbols).not.toEqual([])
      expect(valueIn(last(outcome), 'test_metric')).toBe(42)
    },
    { ...SECOND_ONLY, note: 'stricter: it holds what was scraped' },
  ),
  casesOf('TestHTTPMethod')('MUST', '', PLAIN, ({ requests }) => {
    expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['POST']))
  }),
  symbols(
    'MUST',
    'empty_string_at_index_zero',
    PLAIN,
    (outcome) => expect(last(outcome).symbols[0]).toBe(''),
    SECOND_ONLY,
  ),
  symbols(
    'RECOMMENDED',
    'string_deduplication',
    exposing(`# Multiple metrics with same label keys/values
test_metric{foo="bar",baz="qux"} 1
test_metric{foo="bar",baz="qux"} 2
another_metric{foo="bar"} 3
`),
    (outcome) => {
      const { symbols } = last(outcome)
      expect(symbols).not.toEqual([])
      expect(symbols).toEqual([...new Set(symbols)])
    },
    SECOND_ONLY,
  ),
  symbols(
    'MUST',
    'labels_refs_valid_indices',
    LABELLED,
    (outcome) => {
      const { series, symbols } = last(outcome)
      expect(series).not.toEqual([])
      for (const ref of series.flatMap(({ refs }) => refs)) expect(ref).toBeLessThan(symbols.length)
    },
    SECOND_ONLY,
  ),
  symbols(
    'MUST',
    'labels_refs_even_length',
    LABELLED,
    (outcome) => {
      const { series } = last(outcome)
      expect(series).not.toEqual([])
      for (const { refs } of series) expect(refs.length % 2).toBe(0)
    },
    SECOND_ONLY,
  ),
  casesOf('TestSymbolTableEfficiency')(
    'RECOMMENDED',
    '',
    exposing(`# Multiple series with shared labels
http_requests_total{method="GET",status="200",handler="/api/v1"} 100
http_requests_total{method="POST",status="200",handler="/api/v1"} 50
http_requests_total{method="GET",status="404",handler="/api/v1"} 10
http_requests_total{method="GET",status="200",handler="/api/v2"} 75
`),
    (outcome) => {
      const { series, symbols } = last(outcome)
      expect(symbols.filter((symbol) => symbol !== '').length).toBeLessThanOrEqual(30)
      expect(distinct(named(series, 'http_requests_total'))).toBe(4)
    },
    { ...SECOND_ONLY, note: 'stricter: with all four series' },
  ),
]
