/** What comes in one request. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing } from '../case.ts'
import { delivered, distinct, last, named, names } from '../look.ts'

const batching = casesOf('TestBatchingBehavior')

const SERIES = 12_000
const LARGE = Array.from({ length: SERIES }, (_, i) => `metric{label="${i}"} 1\n`).join('')

export const BATCHING: readonly Case[] = [
  batching(
    'RECOMMENDED',
    'multiple_series_per_request',
    exposing(`# Multiple metrics to batch
http_requests_total{method="GET",status="200"} 1000
http_requests_total{method="POST",status="200"} 500
http_requests_total{method="GET",status="404"} 50
cpu_usage_percent 45.2
memory_usage_bytes 1048576
disk_io_bytes_total 1000000
`),
    (outcome) => {
      expect(distinct(last(outcome).series)).toBeGreaterThanOrEqual(6)
      expect(names(last(outcome)).length).toBeGreaterThanOrEqual(4)
    },
    { note: 'stricter: all six series' },
  ),
  batching(
    'RECOMMENDED',
    'batch_size_reasonable',
    exposing(`# Large scrape to test batch size handling\n${LARGE}`),
    (outcome) => {
      for (const { message } of outcome.requests) expect(message?.series.length).toBeLessThanOrEqual(10_000)
      expect(distinct(named(delivered(outcome), 'metric'))).toBe(SERIES)
    },
    { note: 'stricter: every request, and all series arrive' },
  ),
  batching(
    'RECOMMENDED',
    'handles_varying_cardinality',
    exposing(`# High cardinality metrics
api_calls{endpoint="/users",method="GET",region="us-east",status="200"} 100
api_calls{endpoint="/users",method="POST",region="us-east",status="201"} 50
api_calls{endpoint="/posts",method="GET",region="us-west",status="200"} 200
api_calls{endpoint="/posts",method="DELETE",region="eu-west",status="204"} 10
api_calls{endpoint="/comments",method="GET",region="ap-south",status="200"} 500
low_cardinality_metric 42
`),
    (outcome) => {
      expect(distinct(named(last(outcome).series, 'api_calls'))).toBe(5)
      expect(names(last(outcome))).toContain('low_cardinality_metric')
    },
    { note: 'stricter: all six series' },
  ),
  batching(
    'RECOMMENDED',
    'efficient_symbol_reuse',
    exposing(`# Metrics with shared labels
http_requests{service="api",method="GET"} 100
http_requests{service="api",method="POST"} 50
http_requests{service="web",method="GET"} 200
http_duration{service="api",method="GET"} 0.5
http_duration{service="api",method="POST"} 0.3
`),
    (outcome) => {
      const { symbols } = last(outcome)
      expect(symbols.length).toBeGreaterThan(1)
      expect(symbols).toEqual([...new Set(symbols)])
    },
    { secondOnly: true },
  ),
  batching(
    'RECOMMENDED',
    'metadata_batching',
    exposing(`# HELP http_requests_total Total HTTP requests
# TYPE http_requests_total counter
http_requests_total{method="GET"} 1000
http_requests_total{method="POST"} 500

# HELP memory_usage_bytes Current memory usage
# TYPE memory_usage_bytes gauge
memory_usage_bytes 1048576
`),
    (outcome) => {
      const described = last(outcome).series.filter(({ metadata }) => metadata !== undefined && metadata.help !== '')
      expect(distinct(described)).toBeGreaterThanOrEqual(3)
    },
    { note: 'stricter: three series with metadata', secondOnly: true },
  ),
  casesOf('TestConcurrentRequests')(
    'MAY',
    '',
    exposing(`# Multiple metrics\n${Array.from({ length: 5 }, (_, i) => `metric_${i + 1} ${i + 1}\n`).join('')}`, {
      seconds: 8,
    }),
    (outcome) => expect(names(last(outcome)).filter((name) => name.startsWith('metric_'))).toHaveLength(5),
    { note: 'stricter: with all five metrics' },
  ),
]
