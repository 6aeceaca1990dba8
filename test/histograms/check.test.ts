import { describe, expect, it } from 'vitest'
import { histogramProblem } from '../../core/histograms/check.ts'
import { CUSTOM_SCHEMA, type Histogram } from '../../core/histograms/histogram.ts'

const VALID: Histogram = {
  float: false,
  schema: 1,
  count: 7,
  sum: 3,
  zeroThreshold: 0.001,
  zeroCount: 1,
  positive: { spans: [{ offset: -3, length: 2 }], counts: Float64Array.of(1, 2) },
  negative: { spans: [{ offset: 5, length: 1 }], counts: Float64Array.of(3) },
  customValues: new Float64Array(0),
  reset: 0,
}

const CUSTOM: Histogram = {
  ...VALID,
  schema: CUSTOM_SCHEMA,
  count: 3,
  zeroThreshold: 0,
  zeroCount: 0,
  positive: { spans: [{ offset: 1, length: 2 }], counts: Float64Array.of(1, 2) },
  negative: { spans: [], counts: new Float64Array(0) },
  customValues: Float64Array.of(-1, 2),
}

describe('a histogram that is fine', () => {
  const cases: readonly (readonly [what: string, histogram: Histogram])[] = [
    ['exponential', VALID],
    ['custom', CUSTOM],
    ['float, whatever the count says', { ...VALID, float: true, count: 1.5 }],
    ['NaN sum, with more counted than in buckets', { ...VALID, sum: Number.NaN, count: 9 }],
    ['empty', { ...VALID, count: 1, positive: CUSTOM.negative, negative: CUSTOM.negative }],
    [
      'custom without bounds',
      {
        ...CUSTOM,
        count: 4,
        positive: { spans: [{ offset: 0, length: 1 }], counts: Float64Array.of(4) },
        customValues: new Float64Array(0),
      },
    ],
  ]
  for (const [what, histogram] of cases) it(what, () => expect(histogramProblem(histogram)).toBeUndefined())
})

describe('a histogram that makes no sense', () => {
  const buckets = (counts: readonly number[], offset = 0): Histogram['positive'] => ({
    spans: [{ offset, length: counts.length }],
    counts: Float64Array.from(counts),
  })
  const cases: readonly (readonly [what: string, histogram: Histogram, problem: RegExp])[] = [
    ['schema too high', { ...VALID, schema: 9 }, /schema 9/],
    ['schema too low', { ...VALID, schema: -5 }, /schema -5/],
    ['count too high', { ...VALID, count: 8 }, /7 observations are in buckets, but the count is 8/],
    ['count too low, NaN sum', { ...VALID, sum: Number.NaN, count: 6 }, /count is 6/],
    ['negative count', { ...VALID, float: true, count: -1 }, /-1 observations/],
    ['negative zero bucket', { ...VALID, float: true, zeroCount: -1 }, /zero bucket/],
    ['negative bucket', { ...VALID, float: true, positive: buckets([1, -0.5]) }, /positive side: bucket 2/],
    [
      'negative bucket on the other side',
      { ...VALID, float: true, negative: buckets([-2]) },
      /negative side: bucket 1/,
    ],
    [
      'too few counts',
      { ...VALID, positive: { spans: [{ offset: 0, length: 3 }], counts: Float64Array.of(1) } },
      /spans require 3 buckets, have 1/,
    ],
    [
      'overlapping spans',
      {
        ...VALID,
        positive: {
          spans: [
            { offset: 0, length: 1 },
            { offset: -1, length: 1 },
          ],
          counts: Float64Array.of(1, 2),
        },
      },
      /span 2/,
    ],
    ['an index that no wire format holds', { ...VALID, positive: buckets([1, 2], 2 ** 31) }, /out of range/],
    ['exponential with bounds', { ...VALID, customValues: Float64Array.of(1) }, /no custom bounds/],
    ['custom: bounds that fall', { ...CUSTOM, customValues: Float64Array.of(2, 1) }, /does not rise/],
    ['custom: equal bounds', { ...CUSTOM, customValues: Float64Array.of(2, 2) }, /does not rise/],
    ['custom: NaN', { ...CUSTOM, customValues: Float64Array.of(Number.NaN, 2) }, /does not rise/],
    ['custom: NaN behind', { ...CUSTOM, customValues: Float64Array.of(2, Number.NaN) }, /does not rise/],
    ['custom: infinite', { ...CUSTOM, customValues: Float64Array.of(2, Number.POSITIVE_INFINITY) }, /infinite/],
    ['custom: too few bounds', { ...CUSTOM, customValues: Float64Array.of(2) }, /too few/],
    ['custom: offset', { ...CUSTOM, positive: buckets([1, 2], -1) }, /begins at -1/],
    ['custom: zero bucket', { ...CUSTOM, zeroCount: 1 }, /no zero bucket/],
    ['custom: zero threshold', { ...CUSTOM, zeroThreshold: 1 }, /threshold/],
    ['custom: negative buckets', { ...CUSTOM, negative: buckets([1]) }, /negative buckets/],
  ]
  for (const [what, histogram, problem] of cases) {
    it(what, () => expect(histogramProblem(histogram) ?? 'fine').toMatch(problem))
  }
})
