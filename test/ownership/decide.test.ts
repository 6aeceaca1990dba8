import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../core/ownership/decide.ts'
import { explain } from '../../core/ownership/explain.ts'
import type { Hold, Shares } from '../../core/ownership/types.ts'
import { buildRing } from '../../core/ring/build.ts'
import { targetKey } from '../../core/ring/keys.ts'

function sharesOf(self: string, names: readonly string[], changes: Partial<Shares> = {}): Shares {
  return { clustered: true, self, ring: buildRing(names), hold: undefined, version: 1, ...changes }
}

const HOLDS: readonly Hold[] = [
  { kind: 'joining' },
  { kind: 'too-small', size: 1, minimum: 3 },
  { kind: 'name-conflict', rival: '10.0.0.9:12345' },
]

const keys = fc.record({ hi: fc.integer({ min: 0, max: 0xffffffff }), lo: fc.integer({ min: 0, max: 0xffffffff }) })
const worlds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 })
const quick = { numRuns: 40 }

describe('decide', () => {
  it('gives everything to a node without a cluster', () => {
    const shares = sharesOf('a', ['b'], { clustered: false, hold: { kind: 'joining' } })
    expect(decide(1, 2, shares)).toEqual({ local: true, owner: undefined, reason: 'not-clustered' })
  })

  it('gives everything to everybody while nobody participates', () => {
    expect(decide(1, 2, sharesOf('a', []))).toEqual({ local: true, owner: undefined, reason: 'nobody-participates' })
  })

  it.each(HOLDS)('gives nothing while it is held: $kind', (hold) => {
    for (const names of [[], ['a'], ['a', 'b']]) {
      const { ring } = sharesOf('a', names)
      const { local, owner, reason } = decide(1, 2, sharesOf('a', names, { hold }))
      expect({ local, reason }).toEqual({ local: false, reason: hold.kind })
      expect(owner).toBe(ring.owners({ hi: 1, lo: 2 }, 1)[0])
    }
  })

  it('gives each key to exactly one of the nodes that see the same', () => {
    fc.assert(
      fc.property(worlds, fc.array(keys, { minLength: 1, maxLength: 30 }), (names, some) => {
        const views = [...names, 'viewer from outside'].map((self) => sharesOf(self, names))
        for (const { hi, lo } of some) {
          const decisions = views.map((shares) => decide(hi, lo, shares))
          const locals = views.filter((_, i) => decisions[i].local)
          expect(locals.map(({ self }) => self)).toEqual([decisions[0].owner])
          expect(new Set(decisions.map(({ owner }) => owner)).size).toBe(1)
        }
      }),
      quick,
    )
  })

  it('moves keys only to a newcomer, and only from one that leaves', () => {
    fc.assert(
      fc.property(worlds, fc.array(keys, { minLength: 1, maxLength: 50 }), (names, some) => {
        const newcomer = 'the newcomer'
        const [before, after] = [sharesOf('x', names), sharesOf('x', [newcomer, ...names])]
        for (const { hi, lo } of some) {
          const [old, now] = [decide(hi, lo, before).owner, decide(hi, lo, after).owner]
          // Read backwards it is a leave.
          if (now !== old) expect(now).toBe(newcomer)
        }
      }),
      quick,
    )
  })

  it('moves about its share to a newcomer', () => {
    const names = Array.from({ length: 9 }, (_, i) => `node-${i}`)
    const [before, after] = [sharesOf('x', names), sharesOf('x', [...names, 'node-9'])]
    const key = new Uint32Array(2)
    let moved = 0
    for (let i = 0; i < 10_000; i++) {
      targetKey(new Map([['__address__', `10.0.0.1:${i}`]]), key, 0)
      if (decide(key[0], key[1], before).owner !== decide(key[0], key[1], after).owner) moved++
    }
    expect(moved).toBeGreaterThan(800)
    expect(moved).toBeLessThan(1200)
  })
})

describe('explain', () => {
  const labels = new Map([['__address__', 'localhost:9090']])

  it('says the same as the decision, and what led to it', () => {
    const shares = sharesOf('a', ['a', 'b', 'c'])
    const told = explain(labels, shares)
    expect(told).toMatchObject({ key: '3be70821b12489c9', owner: 'c', local: false, reason: 'other-owner' })
    expect(told.runnersUp).toHaveLength(2)
    expect([...told.runnersUp, told.owner].sort()).toEqual(['a', 'b', 'c'])
    expect(told.token !== undefined && told.token >= told.key).toBe(true)
    expect(told.sentence).toMatch(/^c scrapes it/)
  })

  it('gets the runner-up right: who has it when the owner is gone', () => {
    fc.assert(
      fc.property(worlds, fc.string(), (names, address) => {
        const target = new Map([['__address__', address]])
        const { owner, runnersUp } = explain(target, sharesOf('x', names))
        const rest = names.filter((name) => name !== owner)
        expect(explain(target, sharesOf('x', rest)).owner).toBe(runnersUp[0])
      }),
      quick,
    )
  })

  it.each<[Partial<Shares>, readonly string[], RegExp]>([
    [{ clustered: false }, [], /no cluster/],
    [{}, [], /no node participates/],
    [{}, ['a'], /^\S+ scrapes it: the first token/],
    [{ hold: HOLDS[0] as Hold }, ['b'], /joining.*share of b/],
    [{ hold: HOLDS[0] as Hold }, [], /joining.*no node participates/],
    [{ hold: HOLDS[1] as Hold }, ['a'], /1 of 3 nodes.*its share/],
    [{ hold: HOLDS[2] as Hold }, ['a'], /10\.0\.0\.9:12345.*same name, and/],
  ])('has a sentence for %j among %j', (changes, names, sentence) => {
    expect(explain(labels, sharesOf('a', names, changes)).sentence).toMatch(sentence)
  })
})
