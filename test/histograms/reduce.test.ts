import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compactBuckets } from '../../core/histograms/buckets.ts'
import { histogramProblem } from '../../core/histograms/check.ts'
import { type Buckets, CUSTOM_SCHEMA, type Histogram, NO_BUCKETS } from '../../core/histograms/histogram.ts'
import { bucketCount, reduceTo, reduceToLimit, schemaOfFactor } from '../../core/histograms/reduce.ts'

type Side = ReadonlyMap<number, number>

const side: fc.Arbitrary<Side> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -400, max: 400 }), fc.integer({ min: 1, max: 1000 })), {
    maxLength: 60,
    selector: ([index]) => index,
  })
  .map((pairs) => new Map(pairs.sort(([a], [b]) => a - b)))

function bucketsOf(counts: Side): Buckets {
  const spans: { offset: number; length: number }[] = []
  let next = 0
  for (const index of counts.keys()) {
    if (spans.length > 0 && index === next) spans[spans.length - 1].length++
    else spans.push({ offset: index - next, length: 1 })
    next = index + 1
  }
  return { spans, counts: Float64Array.from(counts.values()) }
}

function sideOf({ spans, counts }: Buckets): Map<number, number> {
  const found = new Map<number, number>()
  let index = 0
  let at = 0
  for (const { offset, length } of spans) {
    index += offset
    for (let i = 0; i < length; i++) found.set(index++, counts[at++])
  }
  expect(at).toBe(counts.length)
  return found
}

function histogramOf(schema: number, positive: Side, negative: Side = new Map()): Histogram {
  const count = [...positive.values(), ...negative.values()].reduce((sum, one) => sum + one, 0)
  return {
    float: false,
    schema,
    count,
    sum: 1,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: bucketsOf(positive),
    negative: bucketsOf(negative),
    customValues: new Float64Array(0),
    reset: 0,
  }
}

/** Upper bound of a bucket as an exponent of 2: bucket i ends at 2^(i / 2^schema). Exact for these schemas and indices. */
function exponent(index: number, schema: number): number {
  return index / 2 ** schema
}

/** The bucket of the lower schema that contains the other: the first whose upper bound isn't below. */
function containing(index: number, schema: number, lower: number): number {
  let found = -2000
  while (exponent(found, lower) < exponent(index, schema)) found++
  return found
}

const schemas = fc
  .tuple(fc.integer({ min: -4, max: 8 }), fc.integer({ min: -4, max: 8 }))
  .map(([a, b]) => [Math.max(a, b), Math.min(a, b)] as const)

describe('a lower resolution', () => {
  it('puts every count into the bucket that contains its own', () => {
    fc.assert(
      fc.property(schemas, side, side, ([schema, lower], positive, negative) => {
        const reduced = reduceTo(histogramOf(schema, positive, negative), lower)
        expect(reduced.schema).toBe(lower)
        expect(histogramProblem(reduced)).toBeUndefined()
        for (const [before, after] of [
          [positive, sideOf(reduced.positive)],
          [negative, sideOf(reduced.negative)],
        ]) {
          const expected = new Map<number, number>()
          for (const [index, count] of before) {
            const to = containing(index, schema, lower)
            expected.set(to, (expected.get(to) ?? 0) + count)
          }
          expect([...after]).toEqual([...expected])
        }
      }),
      { numRuns: 200 },
    )
  })

  it('is none where the schema is not above it, or custom', () => {
    const exponential = histogramOf(2, new Map([[1, 1]]))
    expect(reduceTo(exponential, 2)).toBe(exponential)
    expect(reduceTo(exponential, 5)).toBe(exponential)
    const custom = { ...histogramOf(CUSTOM_SCHEMA, new Map([[0, 1]])), customValues: Float64Array.of(1) }
    expect(reduceTo(custom, -4)).toBe(custom)
  })
})

describe('the bucket limit', () => {
  it('lowers the resolution no further than it must', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -4, max: 8 }),
        side,
        side,
        fc.integer({ min: 1, max: 60 }),
        (schema, a, b, limit) => {
          const histogram = histogramOf(schema, a, b)
          const reduced = reduceToLimit(histogram, limit)
          const lowest = reduceTo(histogram, -4)
          if (reduced === undefined) {
            expect(bucketCount(lowest)).toBeGreaterThan(limit)
            return
          }
          expect(bucketCount(reduced)).toBeLessThanOrEqual(limit)
          expect(histogramProblem(reduced)).toBeUndefined()
          if (reduced !== histogram) {
            expect(bucketCount(reduceTo(histogram, reduced.schema + 1))).toBeGreaterThan(limit)
          }
        },
      ),
    )
  })

  it('fails custom buckets, which can not be joined', () => {
    const custom = {
      ...histogramOf(
        CUSTOM_SCHEMA,
        new Map([
          [0, 1],
          [1, 1],
        ]),
      ),
      customValues: Float64Array.of(1),
    }
    expect(reduceToLimit(custom, 2)).toBe(custom)
    expect(reduceToLimit(custom, 1)).toBeUndefined()
  })
})

describe('the smallest factor between buckets', () => {
  it('is the schema that Prometheus picks', () => {
    // Buckets of schema n are 2^(2^-n) wide: 1.00271 at 8, 65536 at -4.
    const cases: readonly (readonly [factor: number, schema: number])[] = [
      [0, 8],
      [0.5, 8],
      [1, 8],
      [1.001, 8],
      [1.00271, 8],
      [1.003, 7],
      [1.05, 3],
      [1.1, 2],
      [1.5, 0],
      [2, 0],
      [2.1, -1],
      [4, -1],
      [256, -3],
      [65_536, -4],
      [1e100, -4],
    ]
    for (const [factor, schema] of cases) expect(schemaOfFactor(factor), String(factor)).toBe(schema)
  })

  it('is never wider than needed', () => {
    fc.assert(
      fc.property(fc.double({ min: 1.004, max: 60_000, noNaN: true }), (factor) => {
        const width = (schema: number): number => 2 ** (2 ** -schema)
        const schema = schemaOfFactor(factor)
        expect(width(schema)).toBeGreaterThanOrEqual(factor * (1 - 1e-12))
        expect(width(schema + 1)).toBeLessThan(factor * (1 + 1e-12))
      }),
    )
  })
})

describe('compact buckets', () => {
  const spans = fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 8 })
  it('are the same, without empty ones but where gaps are small', () => {
    fc.assert(
      fc.property(spans, fc.nat(3), fc.integer(), (pairs, maxEmpty, seed) => {
        const given = pairs.map(([offset, length], i) => ({ offset: i === 0 ? offset - 2 : offset, length }))
        const total = given.reduce((sum, { length }) => sum + length, 0)
        const counts = Float64Array.from({ length: total }, (_, i) => Math.imul(seed ^ (i * 7919), 0x9e3779b1) >>> 30)
        const before = sideOf({ spans: given, counts })
        const compact = compactBuckets(given, counts, maxEmpty)
        const after = sideOf(compact)
        const filled = (buckets: ReadonlyMap<number, number>): unknown[] =>
          [...buckets].filter(([, count]) => count > 0)
        expect(filled(after)).toEqual(filled(before))
        compact.spans.forEach(({ offset, length }, i) => {
          expect(length).toBeGreaterThan(0)
          if (i > 0) expect(offset).toBeGreaterThan(maxEmpty)
        })
        // No run of empty buckets is longer than allowed, none stands at an end.
        const text = [...after.values()].map((count) => (count > 0 ? 'x' : '.')).join('')
        expect(text).not.toContain('.'.repeat(maxEmpty + 1))
        expect(text).not.toMatch(/^\.|\.$/)
      }),
    )
  })

  it('are none when all are empty', () => {
    expect(compactBuckets([{ offset: 3, length: 2 }], new Float64Array(2), 0)).toBe(NO_BUCKETS)
  })
})
