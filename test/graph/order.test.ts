import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dependencies, orderByDependency, reverse } from '../../core/graph/order.ts'

function graph(edges: Record<string, string[]>): Dependencies {
  return new Map(Object.entries(edges))
}

describe('orderByDependency', () => {
  it('puts dependencies before dependants and keeps the order of unrelated ones', () => {
    expect(orderByDependency(graph({ a: ['c'], b: [], c: ['d'], d: [], e: [] }))).toEqual({
      order: ['d', 'c', 'a', 'b', 'e'],
      cycles: [],
    })
  })

  it('finds every cycle with all of its members, and nothing that only leads to one', () => {
    const edges = { x: ['a'], a: ['b'], b: ['c', 'free'], c: ['a'], free: [], p: ['q'], q: ['p'] }
    expect(orderByDependency(graph(edges)).cycles).toEqual([
      ['a', 'b', 'c'],
      ['p', 'q'],
    ])
  })

  it('survives a chain far deeper than the call stack', () => {
    const edges = new Map<string, string[]>()
    for (let i = 0; i < 20_000; i++) edges.set(`n${i}`, i < 19_999 ? [`n${i + 1}`] : [])
    expect(orderByDependency(edges).order[0]).toBe('n19999')
  })

  it('agrees with a plain reachability search on random graphs', () => {
    const random = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 14 })
    fc.assert(
      fc.property(random, (pairs) => {
        const edges = new Map(Array.from({ length: 8 }, (_, i) => [`n${i}`, [] as string[]]))
        for (const [from, to] of pairs) edges.get(`n${from}`)?.push(`n${to}`)
        const reach = (from: string): Set<string> => {
          const seen = new Set<string>()
          const walk = (id: string): void => {
            for (const next of edges.get(id) as string[]) {
              if (seen.has(next)) continue
              seen.add(next)
              walk(next)
            }
          }
          walk(from)
          return seen
        }
        const inCycle = [...edges.keys()].filter((id) => {
          const others = [...reach(id)].filter((other) => other !== id)
          return others.some((other) => reach(other).has(id))
        })
        const { order, cycles } = orderByDependency(edges)
        expect(cycles.flat().sort()).toEqual(inCycle)
        expect([...order].sort()).toEqual([...edges.keys()])
        if (inCycle.length > 0) return
        for (const [from, to] of pairs)
          if (from !== to) expect(order.indexOf(`n${to}`)).toBeLessThan(order.indexOf(`n${from}`))
      }),
    )
  })
})

describe('reverse', () => {
  it('names each dependant once', () => {
    expect(reverse(graph({ a: ['b', 'b', 'c'], b: ['c'], c: [] }))).toEqual(graph({ a: [], b: ['a'], c: ['a', 'b'] }))
  })
})
