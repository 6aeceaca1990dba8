import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createFirstInOrder } from '../../core/fleet/first-in-order.ts'

function firstOf(values: readonly number[], most: number): { first: number[]; compared: number } {
  let compared = 0
  // Equal values keep the order in which they came.
  const found = createFirstInOrder(most, (a, b) => {
    compared++
    return values[a] - values[b] || a - b
  })
  for (const i of values.keys()) found.add(i)
  const work = found.sorted()
  for (;;) {
    const step = work.next()
    if (step.done) return { first: step.value.map((i) => values[i]), compared }
  }
}

it('gives the beginning of what sorting all of them gives', () => {
  const many = fc.array(fc.nat(1000), { maxLength: 3000, size: 'max' })
  fc.assert(
    fc.property(many, fc.nat(4000), (values, most) => {
      expect(firstOf(values, most).first).toEqual([...values].sort((a, b) => a - b).slice(0, most))
    }),
    { numRuns: 200 },
  )
})

it('hardly looks at what can not be among the first', () => {
  const values = Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 100_003)
  expect(firstOf(values, 100).compared).toBeLessThan(130_000)
})
