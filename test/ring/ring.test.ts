import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hex64 } from '../../core/hash/u64.ts'
import { buildRing, createRingBuilder, EMPTY_RING } from '../../core/ring/build.ts'
import { textKey } from '../../core/ring/keys.ts'
import { tokensOf } from '../../core/ring/tokens.ts'
import type { Ring } from '../../core/ring/types.ts'
import { u64 } from './u64.ts'

const vectors = JSON.parse(readFileSync(new URL('../fixtures/cluster/ring.json', import.meta.url), 'utf8')) as {
  nodes: string[]
  first_tokens: Record<string, string[]>
  tokens_255_256_257_511: Record<string, string[]>
  ring_size: number
  ring_first_entries: [string, string][]
  ring_last_entries: [string, string][]
  sha256_of_sorted_ring: string
  lookups: { key: string; hash: string; owners_3: string[]; owner_if_c_is_terminating_readwrite: string }[]
  edge_lookups: { hash: string; owner: string; why: string }[]
  statefulset: { nodes: string[]; owners: Record<string, string> }
}

function entries(ring: Ring): [token: string, owner: string][] {
  return Array.from({ length: ring.size }, (_, i) => {
    const { token, owner } = ring.at(i)
    return [hex64(token), ring.names[owner]]
  })
}

function ownerOf(ring: Ring, hash: string): string | undefined {
  const { hi, lo } = u64(hash)
  return ring.names[ring.owner(hi, lo)]
}

function hashOf(text: string): string {
  const out = new Uint32Array(2)
  textKey(text, out, 0)
  return hex64({ hi: out[0], lo: out[1] })
}

function run<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

describe('tokens', () => {
  it.each(Object.entries(vectors.first_tokens))('of %s', (name, first) => {
    const tokens = tokensOf(name)
    const hex = (t: number): string => hex64({ hi: tokens[2 * t], lo: tokens[2 * t + 1] })
    expect(first.map((_, t) => hex(t))).toEqual(first)
    expect([255, 256, 257, 511].map(hex)).toEqual(vectors.tokens_255_256_257_511[name])
  })
})

describe('ring', () => {
  const ring = buildRing([...vectors.nodes].reverse())

  it('holds the tokens of all names in order', () => {
    expect(ring.names).toEqual(vectors.nodes)
    const all = entries(ring)
    expect(all).toHaveLength(vectors.ring_size)
    expect(all.slice(0, vectors.ring_first_entries.length)).toEqual(vectors.ring_first_entries)
    expect(all.slice(-vectors.ring_last_entries.length)).toEqual(vectors.ring_last_entries)
    const sha = createHash('sha256')
    for (const [token, name] of all) sha.update(Buffer.from(token, 'hex')).update(`${name}\n`)
    expect(sha.digest('hex')).toBe(vectors.sha256_of_sorted_ring)
  })

  it.each(vectors.lookups)('gives $key to $owners_3', ({ key, hash, owners_3, ...others }) => {
    expect(hashOf(key)).toBe(hash)
    expect(ring.owners(u64(hash), 3)).toEqual(owners_3)
    expect(ring.owners(u64(hash), 9)).toEqual(owners_3)
    expect(ring.owners(u64(hash), 0)).toEqual([])
    expect(ownerOf(ring, hash)).toBe(owners_3[0])
    expect(ownerOf(buildRing(['a', 'b']), hash)).toBe(others.owner_if_c_is_terminating_readwrite)
  })

  it.each(vectors.edge_lookups)('gives $hash to $owner: $why', ({ hash, owner }) => {
    expect(ownerOf(ring, hash)).toBe(owner)
  })

  it('agrees on the names of a StatefulSet', () => {
    const set = buildRing(vectors.statefulset.nodes)
    for (const [key, owner] of Object.entries(vectors.statefulset.owners)) expect(ownerOf(set, hashOf(key))).toBe(owner)
  })

  it('says which token takes a key', () => {
    const { token } = ring.at(7)
    expect(ring.token(token)).toEqual(token)
    expect(ring.token({ hi: 0xffffffff, lo: 0xffffffff })).toEqual(ring.at(0).token)
  })

  it('has nobody when it is empty', () => {
    for (const empty of [EMPTY_RING, buildRing([])]) {
      expect(empty.owner(1, 2)).toBe(-1)
      expect(empty.owners({ hi: 1, lo: 2 }, 2)).toEqual([])
      expect(empty.token({ hi: 1, lo: 2 })).toBeUndefined()
    }
  })

  it('sorts names as bytes, not as UTF-16', () => {
    expect(buildRing(['\u{1f600}', '\ufb01', 'z', 'é', 'z']).names).toEqual(['z', 'é', '\ufb01', '\u{1f600}'])
  })

  it('equals, after any changes, the ring that is made afresh', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 9, unit: 'grapheme' }), { maxLength: 9 })
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 5 }), (worlds) => {
        const builder = createRingBuilder()
        for (const world of worlds) {
          const made = run(builder.build(world))
          const afresh = sortedEntries(world)
          expect(made.names).toEqual(buildRing(world).names)
          expect(entries(made)).toEqual(afresh)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('is built from the last finished one when a build was given up', () => {
    const builder = createRingBuilder()
    run(builder.build(['a', 'b']))
    const givenUp = builder.build(['b', 'c', 'd'])
    for (let i = 0; i < 5; i++) givenUp.next()
    expect(entries(run(builder.build(['b', 'c'])))).toEqual(sortedEntries(['b', 'c']))
  })

  it('finds owners like a plain search does', () => {
    const world = Array.from({ length: 40 }, (_, i) => `node-${i}`)
    const many = buildRing(world)
    const plain = sortedEntries(world)
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (key) => {
        const hash = key.toString(16).padStart(16, '0')
        const expected = (plain.find(([token]) => token >= hash) ?? plain[0])[1]
        expect(ownerOf(many, hash)).toBe(expected)
      }),
    )
  })
})

/** By the rule, in the plainest way: fixed-width hex sorts as the numbers do. */
function sortedEntries(names: readonly string[]): [string, string][] {
  const all = names.flatMap((name) => {
    const tokens = tokensOf(name)
    return Array.from({ length: 512 }, (_, t): [string, string] => [
      hex64({ hi: tokens[2 * t], lo: tokens[2 * t + 1] }),
      name,
    ])
  })
  return all.sort(([a, x], [b, y]) => (a === b ? Buffer.compare(Buffer.from(x), Buffer.from(y)) : a < b ? -1 : 1))
}
