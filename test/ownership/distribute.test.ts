import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../core/ownership/decide.ts'
import {
  type Change,
  changeBetween,
  type Distribution,
  distribute,
  keysOf,
  NO_TARGETS,
  type TargetLabels,
} from '../../core/ownership/distribute.ts'
import type { Shares } from '../../core/ownership/types.ts'
import { buildRing } from '../../core/ring/build.ts'
import { targetKey } from '../../core/ring/keys.ts'

function run<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

function sharesOf(self: string, names: readonly string[], changes: Partial<Shares> = {}): Shares {
  return { clustered: true, self, ring: buildRing(names), hold: undefined, version: 1, ...changes }
}

function target(address: string): TargetLabels {
  return new Map([['__address__', address]])
}

/** By the rule, one target after the other. */
function localOf(targets: readonly TargetLabels[], shares: Shares): TargetLabels[] {
  const seen = new Set<string>()
  const key = new Uint32Array(2)
  return targets.filter((labels) => {
    targetKey(labels, key, 0)
    const text = key.join()
    if (seen.has(text)) return false
    seen.add(text)
    return decide(key[0], key[1], shares).local
  })
}

const lists = fc.array(fc.nat(40), { maxLength: 60 })
const worlds = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })

describe('distribution', () => {
  it('equals deciding one by one, after any changes of targets and shares', () => {
    const pool = Array.from({ length: 41 }, (_, i) => target(`h:${i}`))
    fc.assert(
      fc.property(fc.array(fc.tuple(lists, worlds, fc.boolean()), { minLength: 1, maxLength: 6 }), (steps) => {
        let before: Distribution | undefined
        let keyed = NO_TARGETS
        let had = new Set<TargetLabels>()
        for (const [list, names, sameList] of steps) {
          // The same objects mostly, in any order; copies of them are duplicates as well.
          const targets =
            sameList && before !== undefined
              ? keyed.targets
              : list.map((i, at) => (at % 9 === 8 ? new Map(pool[i]) : pool[i]))
          const shares = sharesOf('a', [...new Set(names)])
          keyed = run(keysOf(targets, keyed))
          const next = run(distribute(keyed, shares))
          const change: Change = run(changeBetween(before, next, undefined))
          expect(change.local).toEqual(localOf(targets, shares))
          const { local, foreign, held, duplicate } = next.counts
          expect(local + foreign + held + duplicate).toBe(targets.length)
          expect(local).toBe(change.local.length)
          // Moved: was local, is still there, isn't local.
          const address = (labels: TargetLabels): string => labels.get('__address__') as string
          const [all, now] = [new Set(targets.map(address)), new Set(change.local.map(address))]
          const expected = [...had].filter((labels) => all.has(address(labels)) && !now.has(address(labels)))
          expect(new Set(change.moved)).toEqual(new Set(expected))
          had = new Set(change.local)
          before = next
        }
      }),
    )
  })

  it('gives each target to exactly one node', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const targets = Array.from({ length: 5000 }, (_, i) => target(`10.0.0.1:${i}`))
    const keyed = run(keysOf(targets, NO_TARGETS))
    const total = names
      .map((self) => run(distribute(keyed, sharesOf(self, names))).local)
      .flatMap((local) => [...local])
    expect(total.sort((a, b) => a - b)).toEqual(targets.map((_, i) => i))
  })

  it('counts what is held', () => {
    const keyed = run(keysOf([target('a'), target('b'), target('a')], NO_TARGETS))
    const { counts } = run(distribute(keyed, sharesOf('a', ['a'], { hold: { kind: 'joining' } })))
    expect(counts).toEqual({ local: 0, foreign: 0, held: 2, duplicate: 1 })
  })

  it('hashes only what it has not seen', () => {
    let looks = 0
    const counted = (i: number): TargetLabels => {
      const labels = new Map([['__address__', `h:${i}`]])
      const forEach = labels.forEach.bind(labels)
      labels.forEach = (...args) => {
        looks++
        forEach(...args)
      }
      return labels
    }
    const first = Array.from({ length: 100 }, (_, i) => counted(i))
    let keyed = run(keysOf(first, NO_TARGETS))
    expect(looks).toBe(100)
    looks = 0
    const changed = [counted(1000), ...first.slice(0, 30), ...first.slice(33, 60), counted(1001), ...first.slice(61)]
    const again = run(keysOf(changed, keyed))
    expect(looks).toBe(2)
    expect(again.keys).toEqual(run(keysOf(changed, NO_TARGETS)).keys)
    looks = 0
    keyed = run(keysOf([...changed], again))
    expect(looks).toBe(0)
  })
})
