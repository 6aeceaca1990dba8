/** Several features at a time. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing } from '../case.ts'
import { distinct, labelsOf, last, named, names, one, valueIn } from '../look.ts'
import { exemplarOf } from './exemplars.ts'
import { metadataOf, TYPES } from './metadata.ts'

const combined = casesOf('TestCombinedFeatures')

const FAMILY = 'api_request_duration_seconds'
const PRESENT = 'stricter: all must be there'

export const COMBINED: readonly Case[] = [
  combined(
    'SHOULD',
    'samples_with_metadata',
    exposing(`# HELP http_requests_total Total HTTP requests received
# TYPE http_requests_total counter
http_requests_total{method="GET",status="200"} 1000
http_requests_total{method="POST",status="201"} 500
`),
    (outcome) => {
      expect(valueIn(last(outcome), 'http_requests_total', { method: 'GET' })).toBe(1000)
      const expected = { type: TYPES.counter, help: 'Total HTTP requests received' }
      for (const { metadata } of named(last(outcome).series, 'http_requests_total')) {
        expect(metadata).toMatchObject(expected)
      }
    },
    { note: PRESENT, secondOnly: true },
  ),
  combined(
    'MAY',
    'samples_with_exemplars',
    exposing(`# TYPE request_count counter
request_count 1000 # {trace_id="abc123",span_id="def456"} 999 1234567890.123
`),
    (outcome) => {
      expect(valueIn(last(outcome), 'request_count')).toBe(1000)
      expect(exemplarOf(outcome, 'request_count')).toMatchObject({ value: 999, timestamp: 1234567890123 })
    },
    { note: PRESENT },
  ),
  combined(
    'MAY',
    'histogram_with_metadata_and_exemplars',
    exposing(`# HELP request_duration_seconds Request duration in seconds
# TYPE request_duration_seconds histogram
request_duration_seconds_bucket{le="0.1"} 100 # {trace_id="hist123"} 0.05 1234567890.0
request_duration_seconds_bucket{le="0.5"} 250
request_duration_seconds_bucket{le="1.0"} 500
request_duration_seconds_bucket{le="+Inf"} 1000
request_duration_seconds_sum 450.5
request_duration_seconds_count 1000
`),
    (outcome) => {
      expect(metadataOf(outcome, 'request_duration_seconds_count').type).toBe(TYPES.histogram)
      const { labels } = exemplarOf(outcome, 'request_duration_seconds_bucket', { le: '0.1' })
      expect(labels).toEqual([['trace_id', 'hist123']])
    },
    { note: PRESENT, secondOnly: true },
  ),
  combined(
    'MUST',
    'multiple_metric_types',
    exposing(`# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 123.45

# TYPE process_memory_bytes gauge
process_memory_bytes 1048576

# TYPE request_duration_seconds histogram
request_duration_seconds_bucket{le="+Inf"} 100
request_duration_seconds_sum 50.0
request_duration_seconds_count 100
`),
    (outcome) => {
      expect(valueIn(last(outcome), 'process_cpu_seconds_total')).toBe(123.45)
      expect(valueIn(last(outcome), 'process_memory_bytes')).toBe(1048576)
      expect(valueIn(last(outcome), 'request_duration_seconds_count')).toBe(100)
    },
    { note: PRESENT },
  ),
  combined(
    'RECOMMENDED',
    'high_cardinality_labels',
    exposing(`# TYPE http_requests_total counter
http_requests_total{method="GET",path="/api/v1/users",status="200"} 100
http_requests_total{method="GET",path="/api/v1/posts",status="200"} 200
http_requests_total{method="POST",path="/api/v1/users",status="201"} 50
http_requests_total{method="POST",path="/api/v1/posts",status="201"} 75
http_requests_total{method="GET",path="/api/v1/comments",status="200"} 300
http_requests_total{method="DELETE",path="/api/v1/users",status="204"} 10
`),
    (outcome) => expect(distinct(named(last(outcome).series, 'http_requests_total'))).toBe(6),
    { note: 'stricter: six different series, not six entries' },
  ),
  combined(
    'MUST',
    'complete_metric_family',
    exposing(`# HELP ${FAMILY} API request duration
# TYPE ${FAMILY} histogram
${FAMILY}_bucket{le="0.1"} 50
${FAMILY}_bucket{le="0.5"} 150
${FAMILY}_bucket{le="1.0"} 250
${FAMILY}_bucket{le="+Inf"} 300
${FAMILY}_sum 200.5
${FAMILY}_count 300
`),
    (outcome) => {
      expect(valueIn(last(outcome), `${FAMILY}_count`)).toBe(300)
      expect(valueIn(last(outcome), `${FAMILY}_sum`)).toBe(200.5)
      expect(distinct(named(last(outcome).series, `${FAMILY}_bucket`))).toBe(4)
    },
    { note: 'stricter: count, sum and all buckets in one request' },
  ),
  combined(
    'SHOULD',
    'mixed_labels_and_metadata',
    exposing(`# HELP api_calls_total Total API calls with detailed labels
# TYPE api_calls_total counter
api_calls_total{service="auth",method="POST",endpoint="/login",region="us-east",status="200"} 1000
api_calls_total{service="auth",method="POST",endpoint="/logout",region="us-east",status="200"} 500
api_calls_total{service="users",method="GET",endpoint="/profile",region="eu-west",status="200"} 2000
`),
    (outcome) => {
      const found = named(last(outcome).series, 'api_calls_total')
      expect(distinct(found)).toBe(3)
      for (const series of found) {
        for (const name of ['service', 'method', 'endpoint']) expect(labelsOf(series)[name]).toBeTruthy()
      }
    },
    { note: 'stricter: three different series' },
  ),
  combined(
    'MUST',
    'real_world_scenario',
    exposing(`# Realistic scrape output with multiple metric types
# TYPE up gauge
up 1

# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 45.67

# TYPE go_memstats_alloc_bytes gauge
go_memstats_alloc_bytes 2097152

# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 100
http_request_duration_seconds_bucket{le="0.1"} 200
http_request_duration_seconds_bucket{le="0.5"} 450
http_request_duration_seconds_bucket{le="1.0"} 480
http_request_duration_seconds_bucket{le="+Inf"} 500
http_request_duration_seconds_sum 125.5
http_request_duration_seconds_count 500

# TYPE http_requests_total counter
http_requests_total{method="GET",code="200"} 5000
http_requests_total{method="POST",code="201"} 1000
`),
    (outcome) => {
      const found = names(last(outcome))
      expect(found).not.toContain('')
      for (const name of ['up', 'process_cpu_seconds_total', 'go_memstats_alloc_bytes', 'http_requests_total']) {
        expect(found).toContain(name)
      }
      for (const { samples, histograms } of last(outcome).series) {
        expect([samples, histograms].filter((list) => list.length > 0)).toHaveLength(1)
      }
      expect(one(last(outcome), 'up').samples[0].value).toBe(1)
    },
    { note: PRESENT },
  ),
]
