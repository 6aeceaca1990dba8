/** The suite of remote_write 1.0, which is gone from its repository: 19 cases without levels, over all that arrives in 10 s. */
import { expect } from 'vitest'
import { STALE_BITS } from '../support/remote-write-decoder.ts'
import type { Case, Extra } from './case.ts'
import { delivered, type Labels, labelsOf, named, nameOf, samples, values } from './look.ts'
import type { Outcome } from './outcome.ts'
import type { Exposing, Receiving, Scenario } from './scenario.ts'

const SECONDS = 10

function caseOf(name: string, expose: Exposing, check: (outcome: Outcome) => void, extra: Extra = {}): Case {
  return receiving(name, expose, {}, check, extra)
}

function receiving(
  name: string,
  expose: Exposing,
  receive: Receiving,
  check: (outcome: Outcome) => void,
  extra: Extra = {},
): Case {
  const scenario: Scenario = { speak: '1.0', expose, receive, seconds: SECONDS, path: '/push' }
  return { generation: 'C', test: name, name: '', level: undefined, scenario, check, secondOnly: false, ...extra }
}

const PLAIN_GAUGE: Exposing = { text: '# HELP gauge\n# TYPE gauge gauge\ngauge 42\n' }

function sniffed(text: string): Exposing {
  return { text, type: 'sniffed' }
}

/** How many samples there are of a series; all of them have the value. */
function count(outcome: Outcome, name: string, labels: Labels, value: number): number {
  const found = values(named(delivered(outcome), name, labels))
  for (const each of found) expect(each, `${name} ${JSON.stringify(labels)}`).toBe(value)
  return found.length
}

/** All of these series, as often as one another. */
function expectFamily(outcome: Outcome, expected: readonly (readonly [string, Labels, number])[]): void {
  const counts = expected.map(([name, labels, value]) => count(outcome, name, labels, value))
  expect(counts[0]).toBeGreaterThan(0)
  expect(new Set(counts).size, counts.join(', ')).toBe(1)
}

function expectSome(outcome: Outcome, name: string, labels: Labels, value: number): void {
  expect(count(outcome, name, labels, value)).toBeGreaterThan(0)
}

/** What the gauge says of the scrapes of the first request, whose answer was not 2xx. */
function timestampsOfFirst({ requests }: Outcome): number[] {
  const found = samples(named(requests[0].message?.series ?? [], 'now')).map(({ timestamp }) => timestamp)
  expect(found).not.toEqual([])
  return found
}

function deliveredTimestamps(outcome: Outcome): number[] {
  return samples(named(delivered(outcome), 'now')).map(({ timestamp }) => timestamp)
}

function histogram(le: (bound: string) => string): (outcome: Outcome) => void {
  return (outcome) =>
    expectFamily(outcome, [
      ['histogram_bucket', { le: le('1') }, 1],
      ['histogram_bucket', { le: le('2') }, 2],
      ['histogram_bucket', { le: '+Inf' }, 2],
      ['histogram_sum', {}, 3],
      ['histogram_count', {}, 2],
    ])
}

const HISTOGRAM: Exposing = {
  text: `# HELP histogram
# TYPE histogram histogram
histogram_bucket{le="1"} 1
histogram_bucket{le="2"} 2
histogram_bucket{le="+Inf"} 2
histogram_sum 3
histogram_count 2
`,
}

const SUMMARY: Exposing = {
  text: `# HELP summary
# TYPE summary summary
summary{quantile="0.5"} 2
summary{quantile="0.9"} 3
summary{quantile="0.99"} 3
summary_sum 6
summary_count 3
`,
}

const THOUSAND: Exposing = {
  text: `# TYPE test gauge\n${Array.from({ length: 1000 }, (_, i) => `test{i="${i}"} 1\n`).join('')}`,
}

function gauge(sample: string): Exposing {
  return sniffed(`\n# HELP test A gauge\n# TYPE test gauge\n${sample}\n`)
}

export const GENERATION_C: readonly Case[] = [
  caseOf('Counter', { text: '# HELP counter\n# TYPE counter counter\ncounter 1\n' }, (outcome) => {
    expectSome(outcome, 'counter', {}, 1)
  }),
  caseOf('Gauge', PLAIN_GAUGE, (outcome) => expectSome(outcome, 'gauge', {}, 42)),
  caseOf('Summary', SUMMARY, (outcome) =>
    expectFamily(outcome, [
      ['summary', { quantile: '0.5' }, 2],
      ['summary', { quantile: '0.9' }, 3],
      ['summary', { quantile: '0.99' }, 3],
      ['summary_sum', {}, 6],
      ['summary_count', {}, 3],
    ]),
  ),
  caseOf(
    'Histogram',
    HISTOGRAM,
    histogram((bound) => bound),
    { deliberate: 'wants `le="1"` as exposed: Prometheus 3 and skein write `le="1.0"`, see the next line' },
  ),
  {
    ...caseOf(
      'Histogram',
      HISTOGRAM,
      histogram((bound) => `${bound}.0`),
      { note: 'not of the original: `le` as Prometheus 3 writes it', ours: true },
    ),
    name: 'le of Prometheus 3',
  },
  caseOf('Up', PLAIN_GAUGE, (outcome) => expectSome(outcome, 'up', { job: 'test' }, 1)),
  caseOf('Invalid', sniffed('!!! this is no exposition\n'), (outcome) => expectSome(outcome, 'up', { job: 'test' }, 0)),
  caseOf('JobLabel', PLAIN_GAUGE, (outcome) => {
    for (const series of delivered(outcome)) expect(labelsOf(series)['job']).toBe('test')
    expectSome(outcome, 'gauge', {}, 42)
  }),
  caseOf('InstanceLabel', PLAIN_GAUGE, (outcome) => {
    for (const series of delivered(outcome)) expect(labelsOf(series)['instance']).toBe(outcome.target)
    expectSome(outcome, 'gauge', {}, 42)
  }),
  caseOf('SortedLabels', gauge('test{b="2",a="1"} 1.0'), (outcome) => {
    for (const { labels } of delivered(outcome)) {
      const found = labels.map(([name]) => name)
      expect(found).toEqual(found.toSorted())
    }
    expectSome(outcome, 'test', { a: '1', b: '2' }, 1)
  }),
  caseOf(
    'RepeatedLabels',
    gauge('test{a="1",a="1"} 1.0'),
    (outcome) => {
      for (const series of delivered(outcome)) expect(Object.keys(labelsOf(series))).toHaveLength(series.labels.length)
      expect(count(outcome, 'test', { a: '1' }, 1)).toBe(0)
      expectSome(outcome, 'up', {}, 0)
    },
    { note: 'stricter: the scrape is reported as failed' },
  ),
  caseOf('EmptyLabels', gauge('test{a=""} 1.0'), (outcome) => {
    for (const { labels } of delivered(outcome)) for (const [, value] of labels) expect(value).not.toBe('')
    expectSome(outcome, 'test', {}, 1)
  }),
  caseOf(
    'NameLabel',
    gauge('{label="value"} 1.0'),
    (outcome) => {
      for (const series of delivered(outcome)) expect(nameOf(series)).not.toBe('')
      expect(delivered(outcome).filter((series) => labelsOf(series)['label'] === 'value')).toEqual([])
      expect(delivered(outcome)).not.toEqual([])
    },
    { note: 'stricter: something arrives' },
  ),
  caseOf('HonorLabels', gauge('test{job="original", instance="foo"} 1.0'), (outcome) => {
    expectSome(outcome, 'test', { exported_job: 'original', exported_instance: 'foo' }, 1)
  }),
  caseOf('Staleness', { live: 'vanishing' }, (outcome) => {
    const found = named(delivered(outcome), 'stale').flatMap(({ samples }) => samples.map(({ bits }) => bits))
    expect(found).toContain(STALE_BITS)
  }),
  caseOf('Timestamp', PLAIN_GAUGE, (outcome) => {
    let newest = outcome.startedAt
    for (const { timestamp } of delivered(outcome).flatMap(({ samples }) => samples)) {
      expect(timestamp).toBeGreaterThanOrEqual(newest)
      newest = timestamp
    }
    expect(newest).toBeLessThan(Date.now())
    expectSome(outcome, 'gauge', {}, 42)
  }),
  caseOf('Headers', PLAIN_GAUGE, ({ requests }) => {
    for (const { headers } of requests) {
      expect(headers['content-encoding']).toBe('snappy')
      expect(headers['content-type']).toBe('application/x-protobuf')
      expect(headers['x-prometheus-remote-write-version']).toBe('0.1.0')
    }
  }),
  receiving('Ordering', THOUSAND, { delayMs: 5000 }, (outcome) => {
    const newest = new Map<string, number>()
    for (const series of delivered(outcome)) {
      const key = JSON.stringify(series.labels)
      for (const { timestamp } of series.samples) {
        expect(timestamp, key).toBeGreaterThan(newest.get(key) ?? 0)
        newest.set(key, timestamp)
      }
    }
    expectSome(outcome, 'test', {}, 1)
  }),
  receiving('Retries500', { live: 'now' }, { first: [{ status: 500, body: 'internal server error' }] }, (outcome) => {
    expect(deliveredTimestamps(outcome)).toEqual(expect.arrayContaining(timestampsOfFirst(outcome)))
  }),
  receiving(
    'Retries400',
    { live: 'now' },
    { first: [{ status: 400, body: 'bad request' }] },
    (outcome) => {
      const arrived = deliveredTimestamps(outcome)
      for (const timestamp of timestampsOfFirst(outcome)) expect(arrived).not.toContain(timestamp)
      expect(arrived).not.toEqual([])
    },
    { note: 'stricter: what comes later arrives' },
  ),
]
