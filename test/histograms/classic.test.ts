import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addClassicBucket, convertClassic, createClassic, resetClassic } from '../../core/histograms/classic.ts'
import type { Histogram } from '../../core/histograms/histogram.ts'

function convert(
  buckets: readonly (readonly [bound: number, count: number])[],
  count: number = Number.NaN,
  sum = 0,
): Histogram | undefined {
  const classic = createClassic()
  // Nothing of the one before is left.
  addClassicBucket(classic, 99, 99)
  resetClassic(classic, false)
  for (const [bound, own] of buckets) addClassicBucket(classic, bound, own)
  classic.count = count
  classic.sum = sum
  return convertClassic(classic)
}

/** Count of each bucket by its upper bound, empty ones left out. */
function byBound({ positive, customValues }: Histogram): [number, number][] {
  const found: [number, number][] = []
  let index = 0
  let at = 0
  for (const { offset, length } of positive.spans) {
    index += offset
    for (let i = 0; i < length; i++, index++, at++) {
      if (positive.counts[at] !== 0) found.push([customValues[index] ?? Number.POSITIVE_INFINITY, positive.counts[at]])
    }
  }
  return found
}

const INFINITE = Number.POSITIVE_INFINITY

describe('a classic histogram', () => {
  it('keeps its bounds, counts and sum', () => {
    const bounds = fc.uniqueArray(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 20 })
    fc.assert(
      fc.property(
        bounds,
        fc.array(fc.nat(100), { minLength: 21, maxLength: 21 }),
        fc.boolean(),
        fc.boolean(),
        (unsorted, own, endless, halves) => {
          // -0 is 0: one bound.
          const rising = [...new Set(unsorted.map((bound) => bound + 0))].sort((a, b) => a - b)
          let sum = 0
          const exposed = rising.map((bound, i) => [bound, (sum += own[i]) / (halves ? 2 : 1)] as const)
          const count = (sum + own[20]) / (halves ? 2 : 1)
          const given = endless ? [...exposed, [INFINITE, count] as const] : exposed
          const converted = convert(given, count, 1.5)
          if (converted === undefined) expect.fail('not converted')
          expect(converted).toMatchObject({ schema: -53, count, sum: 1.5, zeroCount: 0, zeroThreshold: 0, reset: 0 })
          expect([...converted.customValues]).toEqual(rising)
          expect(converted.float).toBe(![count, ...exposed.map(([, one]) => one)].every(Number.isInteger))
          const expected = [...rising, INFINITE].map((bound, i) => [
            bound,
            (i < rising.length ? own[i] : own[20]) / (halves ? 2 : 1),
          ])
          expect(byBound(converted)).toEqual(expected.filter(([, one]) => one > 0))
          // In any order.
          const turned = convert([...given].reverse(), count, 1.5)
          expect(turned).toEqual(converted)
        },
      ),
    )
  })

  it('without a count has that of its last bucket', () => {
    expect(
      convert([
        [1, 2],
        [5, 3],
      ]),
    ).toMatchObject({ count: 3, customValues: Float64Array.of(1, 5) })
    expect(convert([])).toMatchObject({ count: 0, positive: { spans: [] } })
    expect(convert([], 4)).toMatchObject({ count: 4, positive: { counts: Float64Array.of(4) } })
  })

  it('with a bucket twice has the first', () => {
    expect(
      convert([
        [1, 2],
        [1, 7],
        [5, 3],
      ]),
    ).toEqual(
      convert([
        [1, 2],
        [5, 3],
      ]),
    )
  })

  it('with counts that no double holds exactly is a float one', () => {
    expect(convert([[1, 2 ** 60]], 2 ** 61)).toMatchObject({ float: true, count: 2 ** 61 })
  })

  const impossible: readonly (readonly [what: string, histogram: Histogram | undefined])[] = [
    [
      'falling counts',
      convert([
        [1, 3],
        [2, 1],
      ]),
    ],
    [
      'falling counts, out of order',
      convert([
        [2, 1],
        [1, 3],
      ]),
    ],
    ['a negative count', convert([[1, -1]])],
    ['a count that is NaN', convert([[1, Number.NaN]])],
    ['an infinite count', convert([[1, INFINITE]])],
    ['a bound that is NaN', convert([[Number.NaN, 1]])],
    [
      'a count other than that of the last bucket',
      convert(
        [
          [1, 1],
          [INFINITE, 2],
        ],
        3,
      ),
    ],
    ['a count below that of a bucket', convert([[1, 5]], 3)],
    ['a negative count of all', convert([], -1)],
    ['an infinite count of all', convert([[1, 5]], INFINITE)],
  ]
  for (const [what, histogram] of impossible) {
    it(`can not be converted with ${what}`, () => expect(histogram).toBeUndefined())
  }

  it('with a bound of minus infinity is converted all the same', () => {
    expect(
      convert(
        [
          [Number.NEGATIVE_INFINITY, 1],
          [2, 3],
        ],
        3,
      ),
    ).toMatchObject({ customValues: Float64Array.of(Number.NEGATIVE_INFINITY, 2) })
  })
})
