import { describe, expect, it } from 'vitest'
import type { DecodeOptions } from '../../../core/exposition/decoded.ts'
import { createProtobufDecoder } from '../../../core/exposition/protobuf/decoder.ts'
import { decode, PLAIN, type PlainRow, plainRows } from '../decoded-rows.ts'
import { chanceOf, encodeBody, type FamilyModel, type MetricModel } from './families.ts'

const METRIC: MetricModel = {
  labels: [],
  timestamp: 0,
  start: undefined,
  value: 1,
  float: false,
  count: 3,
  exemplar: undefined,
  parts: [],
  native: undefined,
}

const NATIVE: MetricModel = {
  ...METRIC,
  labels: [['k', 'native']],
  count: 10,
  native: {
    schema: 3,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: [
      [0, 1],
      [1, 2],
      [2, 3],
      [9, 4],
    ],
    negative: [],
    exemplars: [],
  },
}

const CLASSIC: MetricModel = {
  ...METRIC,
  labels: [['k', 'classic']],
  parts: [
    { at: 1, value: 2, exemplar: { labels: [['t', 'x']], value: 0.5, timestamp: 5 } },
    { at: 2, value: 2, exemplar: { labels: [['t', 'timeless']], value: 0.5, timestamp: undefined } },
  ],
}

const FALLING: MetricModel = {
  ...CLASSIC,
  labels: [['k', 'falling']],
  parts: [
    { at: 1, value: 2, exemplar: undefined },
    { at: 2, value: 1, exemplar: undefined },
  ],
}

function family(...metrics: readonly MetricModel[]): FamilyModel {
  return { name: 'h', help: '', unit: '', type: 'histogram', metrics }
}

function run(options: Partial<DecodeOptions>, ...metrics: readonly MetricModel[]): ReturnType<typeof decode> {
  return decode(createProtobufDecoder({ ...PLAIN, ...options }), encodeBody([family(...metrics)], chanceOf(1)))
}

function rows(options: Partial<DecodeOptions>, ...metrics: readonly MetricModel[]): PlainRow[] {
  const decoded = run(options, ...metrics)
  if ('error' in decoded) expect.fail(decoded.error)
  return plainRows(decoded)
}

function linesOf(options: Partial<DecodeOptions>, ...metrics: readonly MetricModel[]): string[] {
  return rows(options, ...metrics).map(
    ({ line, value, histogram }) => `${line} ${histogram ? `schema ${histogram.schema}` : value}`,
  )
}

describe('a family with native and classic histograms', () => {
  it('has both, each as what it is', () => {
    expect(linesOf({}, NATIVE, CLASSIC, NATIVE)).toEqual([
      'h{k="native"} schema 3',
      'h_count{k="classic"} 3',
      'h_sum{k="classic"} 1',
      'h_bucket{k="classic",le="1.0"} 2',
      'h_bucket{k="classic",le="2.0"} 2',
      'h_bucket{k="classic",le="+Inf"} 3',
      'h{k="native"} schema 3',
    ])
  })

  it('has custom buckets for the classic ones on request, and never for those exposed as exponential ones', () => {
    const both = { ...NATIVE, parts: CLASSIC.parts }
    expect(linesOf({ convertClassic: true }, both, CLASSIC)).toEqual([
      'h{k="native"} schema 3',
      'h{k="classic"} schema -53',
    ])
    expect(linesOf({ convertClassic: true, classicHistograms: true }, both)).toEqual([
      'h{k="native"} schema 3',
      'h_count{k="native"} 10',
      'h_sum{k="native"} 1',
      'h_bucket{k="native",le="1.0"} 2',
      'h_bucket{k="native",le="2.0"} 2',
      'h_bucket{k="native",le="+Inf"} 10',
    ])
  })

  it('is classic where native ones are not wanted, converted or not', () => {
    expect(linesOf({ nativeHistograms: false }, NATIVE)).toEqual([
      'h_count{k="native"} 10',
      'h_sum{k="native"} 1',
      'h_bucket{k="native",le="+Inf"} 10',
    ])
    expect(linesOf({ nativeHistograms: false, convertClassic: true }, { ...NATIVE, parts: CLASSIC.parts })).toEqual([
      'h{k="native"} schema -53',
    ])
  })
})

describe('conversion', () => {
  it('keeps buckets, and of the exemplars those with times', () => {
    expect(rows({ convertClassic: true }, CLASSIC)).toMatchObject([
      {
        line: 'h{k="classic"}',
        histogram: { count: 3, sum: 1, customValues: [1, 2], positive: { spans: [[0, 3]], counts: [2, 0, 1] } },
        exemplars: [{ labels: ['t', 'x'], timestamp: 5 }],
      },
    ])
  })

  it('leaves what makes no sense classic, and counts it', () => {
    const decoded = run({ convertClassic: true }, FALLING, CLASSIC)
    if ('error' in decoded) expect.fail(decoded.error)
    expect(decoded.unconverted).toBe(1)
    expect(plainRows(decoded).map(({ line }) => line)).toEqual([
      'h_count{k="falling"}',
      'h_sum{k="falling"}',
      'h_bucket{k="falling",le="1.0"}',
      'h_bucket{k="falling",le="2.0"}',
      'h_bucket{k="falling",le="+Inf"}',
      'h{k="classic"}',
    ])
  })
})

describe('the resolution', () => {
  it('is lowered until there are few enough buckets', () => {
    expect(rows({ bucketLimit: 4 }, NATIVE)).toMatchObject([{ histogram: { schema: 3 } }])
    expect(rows({ bucketLimit: 3 }, NATIVE)).toMatchObject([
      {
        histogram: {
          schema: 2,
          positive: {
            spans: [
              [0, 2],
              [3, 1],
            ],
            counts: [1, 5, 4],
          },
        },
      },
    ])
    expect(rows({ bucketLimit: 2 }, NATIVE)).toMatchObject([
      { histogram: { schema: -1, count: 10, positive: { counts: [1, 9] } } },
    ])
  })

  it('fails the scrape when it can not be low enough', () => {
    expect(run({ bucketLimit: 1 }, CLASSIC, NATIVE)).toMatchObject({
      reason: 'bucket-limit',
      scraped: 5,
      error: /"h" has more than 1 buckets/,
    })
    expect(run({ bucketLimit: 2, convertClassic: true }, CLASSIC)).toMatchObject({ reason: 'bucket-limit' })
  })

  it('is lowered to the smallest factor asked for', () => {
    expect(rows({ minBucketFactor: 1.05 }, NATIVE)).toMatchObject([{ histogram: { schema: 3 } }])
    expect(rows({ minBucketFactor: 1.1 }, NATIVE)).toMatchObject([{ histogram: { schema: 2 } }])
    expect(rows({ minBucketFactor: 1.1, convertClassic: true }, CLASSIC)).toMatchObject([
      { histogram: { schema: -53 } },
    ])
  })

  it('is one that receivers know', () => {
    const fine: MetricModel = {
      ...NATIVE,
      native: { ...(NATIVE.native as NonNullable<typeof NATIVE.native>), schema: 10 },
    }
    expect(rows({}, fine)).toMatchObject([
      {
        histogram: {
          schema: 8,
          count: 10,
          positive: {
            spans: [
              [0, 2],
              [1, 1],
            ],
            counts: [1, 5, 4],
          },
        },
      },
    ])
    const coarse: MetricModel = { ...fine, native: { ...(fine.native as NonNullable<typeof fine.native>), schema: -5 } }
    expect(run({}, coarse)).toMatchObject({ reason: 'parse', error: /histogram "h": schema -5/ })
  })
})

describe('what makes a histogram native', () => {
  const empty = { schema: 0, zeroThreshold: 0, zeroCount: 0, positive: [], negative: [], exemplars: [] }
  it('is a threshold, a zero bucket or a span, though it be empty', () => {
    // The encoder adds the empty span.
    expect(rows({}, { ...METRIC, count: 0, native: empty })).toMatchObject([
      { line: 'h', histogram: { schema: 0, count: 0, positive: { spans: [] } } },
    ])
    expect(rows({}, { ...METRIC, count: 2, float: true, native: { ...empty, zeroCount: 2 } })).toMatchObject([
      { histogram: { float: true, count: 1, zeroCount: 1 } },
    ])
  })

  it('with counts too large to be exact is a float one', () => {
    const count = 2 ** 60
    expect(rows({}, { ...METRIC, count, native: { ...empty, positive: [[0, count]] } })).toMatchObject([
      { histogram: { float: true, count, positive: { counts: [count] } } },
    ])
  })
})
