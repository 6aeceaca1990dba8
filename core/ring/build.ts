/**
 * Makes rings, by ckit's rules: all tokens of all names, sorted as unsigned numbers, equal ones by the bytes of the name; a
 * key belongs to the first token that is not below it. A ring is made from the one before it: tokens of names that stay are
 * taken over, so that a change costs the new names' hashes and one pass over the tokens.
 *
 * The work comes as a generator, which yields often: with thousands of nodes it is too much for one turn of the event loop.
 * Tokens are spread over buckets by their first bits and sorted within those, which gives the index for look-ups as well.
 */
import type { U64 } from '../hash/u64.ts'
import { compareNames } from '../labels/labels.ts'
import { MAX_CACHED_TOKENS } from '../limits.ts'
import { TOKENS_PER_NAME, tokensOf } from './tokens.ts'
import type { Ring } from './types.ts'

export interface RingBuilder {
  /** The ring of these names, each once, in any order. Built from the ring that this builder finished last; yields after some 0.1 to 0.5 ms. */
  build(names: readonly string[]): Generator<undefined, Ring>
}

interface Columns {
  readonly names: readonly string[]
  readonly high: Uint32Array
  readonly low: Uint32Array
  /** Index into names. */
  readonly owners: Uint16Array | Uint32Array
  /** Where the tokens begin whose first bits are at least this; one more at the end. */
  readonly index: Uint32Array
  /** How far to shift the upper half to get those bits. */
  readonly shift: number
}

const EMPTY: Columns = {
  names: [],
  high: new Uint32Array(0),
  low: new Uint32Array(0),
  owners: new Uint16Array(0),
  index: new Uint32Array(2),
  shift: 31,
}

/** Tokens handled between two yields: some 0.2 ms. */
const CHUNK = 16_384

const MIN_BITS = 4
/** More buckets than this would cost more in cache misses than they save in steps. */
const MAX_BITS = 16

export function createRingBuilder(): RingBuilder {
  let last = EMPTY
  const cache = new Map<string, Uint32Array>()

  function tokens(name: string): Uint32Array {
    let found = cache.get(name)
    if (found === undefined) {
      found = tokensOf(name)
      if (cache.size === MAX_CACHED_TOKENS) cache.delete(cache.keys().next().value as string)
      cache.set(name, found)
    }
    return found
  }

  return {
    *build(wanted) {
      const names = [...new Set(wanted)].sort(compareNames)
      yield
      const before = last
      const renumbered = new Int32Array(before.names.length).fill(-1)
      const place = new Map(names.map((name, i) => [name, i]))
      for (const [i, name] of before.names.entries()) {
        renumbered[i] = place.get(name) ?? -1
        place.delete(name)
      }
      yield
      const count = names.length * TOKENS_PER_NAME
      const columns: Columns = {
        names,
        high: new Uint32Array(count),
        low: new Uint32Array(count),
        owners: names.length > 0x10000 ? new Uint32Array(count) : new Uint16Array(count),
        ...emptyIndex(count),
      }
      const { index, shift } = columns

      // First pass: how many tokens each bucket gets. Hashing is in it, one name at a time.
      const added: { readonly owner: number; readonly tokens: Uint32Array }[] = []
      for (const [name, owner] of place) {
        const own = tokens(name)
        added.push({ owner, tokens: own })
        for (let i = 0; i < own.length; i += 2) index[(own[i] >>> shift) + 1]++
        yield
      }
      for (let from = 0; from < before.high.length; from += CHUNK) {
        countKept(before, renumbered, from, index, shift)
        yield
      }
      for (let bucket = 1; bucket < index.length; bucket++) index[bucket] += index[bucket - 1]
      yield

      // Second pass: each to its bucket. Those taken over come in order, and so are nearly sorted.
      const next = index.slice()
      for (let from = 0; from < before.high.length; from += CHUNK) {
        placeKept(before, renumbered, from, columns, next)
        yield
      }
      for (const { owner, tokens: own } of added) {
        for (let i = 0; i < own.length; i += 2) put(columns, next, own[i], own[i + 1], owner)
        yield
      }
      for (let bucket = 0; bucket < index.length - 1; ) {
        bucket = sortBuckets(columns, bucket)
        yield
      }
      last = columns
      return ringOf(columns)
    },
  }
}

/** At once: for few names, and where nothing waits. */
export function buildRing(names: readonly string[]): Ring {
  const work = createRingBuilder().build(names)
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

export const EMPTY_RING: Ring = ringOf(EMPTY)

function emptyIndex(count: number): Pick<Columns, 'index' | 'shift'> {
  const bits = Math.min(MAX_BITS, Math.max(MIN_BITS, Math.ceil(Math.log2(Math.max(1, count)))))
  return { index: new Uint32Array(2 ** bits + 1), shift: 32 - bits }
}

function countKept(before: Columns, renumbered: Int32Array, from: number, index: Uint32Array, shift: number): void {
  const end = Math.min(before.high.length, from + CHUNK)
  for (let i = from; i < end; i++) if (renumbered[before.owners[i]] >= 0) index[(before.high[i] >>> shift) + 1]++
}

function placeKept(before: Columns, renumbered: Int32Array, from: number, columns: Columns, next: Uint32Array): void {
  const end = Math.min(before.high.length, from + CHUNK)
  for (let i = from; i < end; i++) {
    const owner = renumbered[before.owners[i]]
    if (owner >= 0) put(columns, next, before.high[i], before.low[i], owner)
  }
}

function put(columns: Columns, next: Uint32Array, high: number, low: number, owner: number): void {
  const at = next[high >>> columns.shift]++
  columns.high[at] = high
  columns.low[at] = low
  columns.owners[at] = owner
}

/** Sorts by insertion, bucket after bucket, until a chunk is done; returns the first bucket that is yet to be sorted. */
function sortBuckets({ high, low, owners, index }: Columns, first: number): number {
  const buckets = index.length - 1
  const enough = index[first] + CHUNK
  let bucket = first
  for (; bucket < buckets && index[bucket] < enough; bucket++) {
    const start = index[bucket]
    const end = index[bucket + 1]
    for (let i = start + 1; i < end; i++) {
      const h = high[i]
      const l = low[i]
      const owner = owners[i]
      let at = i
      while (at > start && isBelow(h, l, owner, high[at - 1], low[at - 1], owners[at - 1])) {
        high[at] = high[at - 1]
        low[at] = low[at - 1]
        owners[at] = owners[at - 1]
        at--
      }
      high[at] = h
      low[at] = l
      owners[at] = owner
    }
  }
  return bucket
}

/** Names are sorted, so their indices order them. */
function isBelow(h: number, l: number, owner: number, high: number, low: number, other: number): boolean {
  return h !== high ? h < high : l !== low ? l < low : owner < other
}

function ringOf({ names, high, low, owners, index, shift }: Columns): Ring {
  const size = high.length

  /** The first place whose token is not below the key; 0 after the last. */
  function find(h: number, l: number): number {
    let at = index[h >>> shift]
    const end = index[(h >>> shift) + 1]
    while (at < end && (high[at] < h || (high[at] === h && low[at] < l))) at++
    return at === size ? 0 : at
  }

  return {
    names,
    size,
    owner: (hi, lo) => (size === 0 ? -1 : owners[find(hi, lo)]),
    owners(key, count) {
      const found: string[] = []
      if (size === 0) return found
      const seen = new Set<number>()
      const wanted = Math.min(count, names.length)
      for (let at = find(key.hi, key.lo); found.length < wanted; at = at + 1 === size ? 0 : at + 1) {
        const owner = owners[at]
        if (seen.has(owner)) continue
        seen.add(owner)
        found.push(names[owner])
      }
      return found
    },
    token(key) {
      if (size === 0) return undefined
      return tokenAt(find(key.hi, key.lo))
    },
    at: (place) => ({ token: tokenAt(place), owner: owners[place] }),
  }

  function tokenAt(place: number): U64 {
    return { hi: high[place], lo: low[place] }
  }
}
