import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRanges } from '../../../../core/remote-write/queue/journal/ranges.ts'

it('holds what was added, in as few ranges as there are', () => {
  const range = fc.tuple(fc.nat(40), fc.nat(6)).map(([from, length]) => [from, from + length] as const)
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), (all) => {
      const ranges = createRanges()
      const model = new Set<number>()
      for (const [from, to] of all) {
        const before = model.size
        for (let value = from; value < to; value++) model.add(value)
        expect(ranges.add(from, to)).toBe(model.size > before)
      }
      for (let value = 0; value < 50; value++) expect(ranges.has(value)).toBe(model.has(value))
      const list = ranges.list(100)
      expect(list.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual(
        [...model].sort((a, b) => a - b),
      )
      for (let i = 1; i < list.length; i++) expect(list[i][0]).toBeGreaterThan(list[i - 1][1])
      expect(ranges.firstMissing).toBe(list[0]?.[0] === 0 ? list[0][1] : 0)
    }),
  )
})
