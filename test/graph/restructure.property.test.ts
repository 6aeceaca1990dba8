/**
 * Imports and a foreach change in any order, at any moment of each other's changes and of loads: in the end each is what it was last told to be
 * if that is right, and says that it is unhealthy if not; whatever the others do.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createShelf } from './shelf.ts'
import { createWorld } from './toy-world.ts'

const KEYS = ['a', 'b'] as const

type Step =
  | { readonly kind: 'import'; readonly key: (typeof KEYS)[number]; readonly value: number }
  | { readonly kind: 'collection'; readonly value: number }
  | { readonly kind: 'remote'; readonly value: number }
  | { readonly kind: 'load' | 'settle' | 'wait' }

const value = fc.integer({ min: -1, max: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('import' as const), key: fc.constantFrom(...KEYS), value }),
  fc.record({ kind: fc.constant('collection' as const), value }),
  fc.record({ kind: fc.constant('remote' as const), value }),
  fc.record({ kind: fc.constantFrom('load' as const, 'settle' as const, 'wait' as const) }),
)

const TEXT = `
import.shelf "a" { key = "a" }
a.leaf "x" { }
import.shelf "b" { key = "b" }
b.leaf "x" { }
toy.node "in" { value = 1 }
foreach "n" {
  collection = [toy.node.in.sum]
  var = "x"
  template { toy.node "each" { value = x } }
}`

const leaf = (n: number): string => `declare "leaf" { toy.node "n" { value = ${n} } }`

async function check(steps: readonly Step[]): Promise<void> {
  const texts = new Map<string, string>(KEYS.map((key) => [key, leaf(1)]))
  const last = new Map<string, number>(KEYS.map((key) => [key, 1]))
  const shelf = createShelf(texts)
  const world = createWorld({ stability: 'experimental', imports: [shelf.definition] })
  expect((await world.load(TEXT)).ok).toBe(true)
  let collection = 1
  const loads: Promise<unknown>[] = []
  for (const one of steps) {
    if (one.kind === 'import') {
      last.set(one.key, one.value)
      texts.set(one.key, leaf(one.value))
      shelf.watchers.get(one.key)?.changed(shelf.content(leaf(one.value)))
    } else if (one.kind === 'collection') {
      collection = one.value
      world.toys.get('in')?.context.publish({ sum: one.value })
    } else if (one.kind === 'remote') {
      loads.push(world.graph.loadRemote(`toy.node "r" { value = ${one.value} }`))
    } else if (one.kind === 'load') {
      loads.push(world.graph.load([{ file: 'a.alloy', content: TEXT }]))
    } else if (one.kind === 'settle') {
      await world.clock.settle()
    } else {
      await world.clock.advance(100)
    }
  }
  for (let i = 0; i < 20; i++) await world.clock.advance(5_000)
  await Promise.all(loads)

  const health = (id: string): string | undefined =>
    world.graph.components().find((component) => component.id === id)?.health.state
  for (const key of KEYS) {
    const n = last.get(key) as number
    if (n >= 0) expect(world.toys.get(`${key}.leaf.x/n`)?.args.value).toBe(n)
    expect(health(`import.shelf.${key}`)).toBe(n >= 0 ? 'healthy' : 'unhealthy')
  }
  const items = world.running().filter((label) => label.startsWith('foreach'))
  expect(items).toHaveLength(1)
  if (collection >= 0) expect(items).toEqual([`foreach.n/foreach_${collection}_1/each`])
  expect(health('foreach.n')).toBe(collection >= 0 ? 'healthy' : 'unhealthy')

  await world.graph.stop()
  expect(world.running()).toEqual([])
  expect(shelf.watchers.size).toBe(0)
}

describe('changes of what decides which components there are', () => {
  it('each take effect, or are told, whatever happens beside them', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), check), { numRuns: 150 })
  }, 60_000)
})
