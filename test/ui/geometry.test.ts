import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arcPaths, band, placeOnRing, point, sharePaths } from '../../ui/ring/geometry.ts'

describe('the ring', () => {
  it('begins at the top and goes round with the clock', () => {
    expect(point(0, 10)).toBe('0 -10')
    expect(point(0.25, 10)).toBe('10 0')
    expect(point(0.5, 10)).toBe('0 10')
    expect(point(0.75, 10)).toBe('-10 0')
  })

  it('has one path for each node, however many arcs', () => {
    const nodes = ['a', 'b', 'c'].map((name) => ({ name, tokens: 1, share: 0.3, targets: 0 }))
    const paths = arcPaths(
      {
        nodes,
        arcs: [
          { to: 0.2, node: 0 },
          { to: 0.7, node: 1 },
          { to: 1, node: 0 },
        ],
      },
      5,
      10,
    )
    expect(paths.map((path) => path.split('M').length - 1)).toEqual([2, 1, 0])
  })

  it('is drawn by one node alone, too', () => {
    expect(band(0, 1, 5, 10).split('Z')).toHaveLength(3)
    expect(sharePaths([1], 5, 10)[0]).toContain('A10 10')
  })

  it('leaves nothing out and lets nothing overlap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 9 }),
        (weights) => {
          const sum = weights.reduce((a, b) => a + b)
          const paths = sharePaths(
            weights.map((weight) => weight / sum),
            5,
            10,
          )
          const ends = paths.map((path) => /^M(\S+ \S+)A10 10 0 [01] 1 (\S+ \S+)L/.exec(path) as RegExpExecArray)
          for (let index = 1; index < ends.length; index++) expect(ends[index][1]).toBe(ends[index - 1][2])
        },
      ),
    )
  })

  it('knows where a key lies', () => {
    expect(placeOnRing('0000000000000000')).toBe(0)
    expect(placeOnRing('8000000000000000')).toBe(0.5)
    expect(placeOnRing('ffffffffffffffff')).toBeCloseTo(1, 12)
    expect(placeOnRing('nonsense')).toBeUndefined()
    expect(placeOnRing('123')).toBeUndefined()
  })
})
