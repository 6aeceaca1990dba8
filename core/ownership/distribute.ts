/**
 * All targets of a job, split into those of this node and the others. A target of another node costs 8 bytes here: its key.
 * Works come as generators that yield often, since there may be a million targets; see core/time/slices.ts.
 */
import type { Monotonic } from '../ports.ts'
import { targetKey } from '../ring/keys.ts'
import { decide } from './decide.ts'
import type { Reason, Shares } from './types.ts'

export type TargetLabels = ReadonlyMap<string, string>

/** Targets with their keys. Which are duplicates is known: of equal keys only the first one counts. */
export interface KeyedTargets {
  readonly targets: readonly TargetLabels[]
  /** Upper and lower half for each target. */
  readonly keys: Uint32Array
  /** Indices of targets whose key an earlier one has, ascending. */
  readonly duplicates: readonly number[]
}

export interface Distribution {
  readonly shares: Shares
  readonly keyed: KeyedTargets
  /** Indices of this node's own targets, ascending. */
  readonly local: Uint32Array
  readonly counts: TargetCounts
}

/** How many targets there are of each kind; together all. */
export interface TargetCounts {
  readonly local: number
  /** Other nodes scrape them. */
  readonly foreign: number
  /** Nobody says that another node scrapes them, and this one may not. */
  readonly held: number
  readonly duplicate: number
}

export const NO_TARGETS: KeyedTargets = { targets: [], keys: new Uint32Array(0), duplicates: [] }

/** Between two yields: some 0.2 ms. */
const KEYS_PER_STEP = 256
const DECISIONS_PER_STEP = 2_048

/** How far ahead a target that was there before is looked for: lists change by a few coming and going. */
const LOOK_AHEAD = 8

/** Computes the keys; those of targets that were there before (the same objects, in about the same order) are taken over. */
export function* keysOf(targets: readonly TargetLabels[], before: KeyedTargets): Generator<undefined, KeyedTargets> {
  if (targets === before.targets) return before
  const keys = new Uint32Array(targets.length * 2)
  let old = 0
  for (let from = 0; from < targets.length; from += KEYS_PER_STEP) {
    const end = Math.min(targets.length, from + KEYS_PER_STEP)
    for (let i = from; i < end; i++) {
      let found = old
      const last = Math.min(before.targets.length, old + LOOK_AHEAD)
      while (found < last && before.targets[found] !== targets[i]) found++
      if (found < last) {
        keys[2 * i] = before.keys[2 * found]
        keys[2 * i + 1] = before.keys[2 * found + 1]
        old = found + 1
      } else {
        targetKey(targets[i], keys, 2 * i)
        // Another one stands where an old one was, or it was put in between: either way its successors are found.
        if (before.targets.length === targets.length) old++
      }
    }
    yield
  }
  const duplicates: number[] = []
  yield* fill(createKeyTable(keys), duplicates)
  return { targets, keys, duplicates }
}

export function* distribute(keyed: KeyedTargets, shares: Shares): Generator<undefined, Distribution> {
  const { keys, duplicates } = keyed
  const total = keyed.targets.length
  let local: Uint32Array = new Uint32Array(Math.min(total, 1024))
  let count = 0
  let held = 0
  let foreign = 0
  let nextDuplicate = 0
  for (let from = 0; from < total; from += DECISIONS_PER_STEP) {
    const end = Math.min(total, from + DECISIONS_PER_STEP)
    if (local.length < count + DECISIONS_PER_STEP) local = grown(local, Math.min(total, 2 * count + DECISIONS_PER_STEP))
    for (let i = from; i < end; i++) {
      if (duplicates[nextDuplicate] === i) {
        nextDuplicate++
        continue
      }
      const decision = decide(keys[2 * i], keys[2 * i + 1], shares)
      if (decision.local) local[count++] = i
      else if (isHeld(decision.reason)) held++
      else foreign++
    }
    yield
  }
  const counts = { local: count, foreign, held, duplicate: duplicates.length }
  return { shares, keyed, local: local.slice(0, count), counts }
}

/** What changes for this node from one distribution to the next. */
export interface Change {
  readonly distribution: Distribution
  /** All own targets now. */
  readonly local: readonly TargetLabels[]
  /** Were own ones, and are still among all: another node has them now. Those that are gone altogether aren't here. */
  readonly moved: readonly TargetLabels[]
  /** From when on it holds; undefined for now. */
  readonly at: Monotonic | undefined
}

export function* changeBetween(
  before: Distribution | undefined,
  next: Distribution,
  at: Monotonic | undefined,
): Generator<undefined, Change> {
  const local: TargetLabels[] = []
  for (let from = 0; from < next.local.length; from += DECISIONS_PER_STEP) {
    const end = Math.min(next.local.length, from + DECISIONS_PER_STEP)
    for (let i = from; i < end; i++) local.push(next.keyed.targets[next.local[i]])
    yield
  }
  const moved: TargetLabels[] = []
  if (before !== undefined && before.local.length > 0 && next.local.length < next.keyed.targets.length) {
    yield* before.keyed === next.keyed ? movedOfSame(before, next, moved) : movedOfOther(before, next, moved)
  }
  return { distribution: next, local, moved, at }
}

/** Both lists of indices are ascending. */
function* movedOfSame(before: Distribution, next: Distribution, moved: TargetLabels[]): Generator<undefined> {
  let other = 0
  for (let from = 0; from < before.local.length; from += DECISIONS_PER_STEP) {
    const end = Math.min(before.local.length, from + DECISIONS_PER_STEP)
    for (let i = from; i < end; i++) {
      const index = before.local[i]
      while (other < next.local.length && next.local[other] < index) other++
      if (next.local[other] !== index) moved.push(before.keyed.targets[index])
    }
    yield
  }
}

function* movedOfOther(before: Distribution, next: Distribution, moved: TargetLabels[]): Generator<undefined> {
  const table = createKeyTable(next.keyed.keys)
  yield* fill(table, undefined)
  const { keys } = before.keyed
  for (let from = 0; from < before.local.length; from += DECISIONS_PER_STEP) {
    const end = Math.min(before.local.length, from + DECISIONS_PER_STEP)
    for (let i = from; i < end; i++) {
      const index = before.local[i]
      const still = table.find(keys[2 * index], keys[2 * index + 1])
      if (still >= 0 && !includes(next.local, still)) moved.push(before.keyed.targets[index])
    }
    yield
  }
}

/** A set of keys by open addressing; lives only while a list is looked at, since it takes as much room as the keys. */
interface KeyTable {
  readonly keys: Uint32Array
  /** Index of the first target with this key, or -1. */
  find(hi: number, lo: number): number
  /** Puts a target in, unless its key is there already. */
  add(index: number): boolean
}

function createKeyTable(keys: Uint32Array): KeyTable {
  const count = keys.length / 2
  const buckets = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(8, count * 1.5))))
  const mask = buckets.length - 1

  /** The bucket of this key, or the free one where it belongs. Keys are hashes, so their bits are as good as any. */
  function bucketOf(hi: number, lo: number): number {
    let at = lo & mask
    for (; buckets[at] !== 0; at = (at + 1) & mask) {
      const index = buckets[at] - 1
      if (keys[2 * index + 1] === lo && keys[2 * index] === hi) break
    }
    return at
  }

  return {
    keys,
    find: (hi, lo) => buckets[bucketOf(hi, lo)] - 1,
    add(index) {
      const at = bucketOf(keys[2 * index], keys[2 * index + 1])
      if (buckets[at] !== 0) return false
      buckets[at] = index + 1
      return true
    },
  }
}

function* fill(table: KeyTable, duplicates: number[] | undefined): Generator<undefined> {
  const count = table.keys.length / 2
  for (let from = 0; from < count; from += DECISIONS_PER_STEP) {
    const end = Math.min(count, from + DECISIONS_PER_STEP)
    for (let i = from; i < end; i++) if (!table.add(i)) duplicates?.push(i)
    yield
  }
}

function includes(ascending: Uint32Array, index: number): boolean {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] < index) low = middle + 1
    else high = middle
  }
  return ascending[low] === index
}

function isHeld(reason: Reason): boolean {
  return reason === 'joining' || reason === 'too-small' || reason === 'name-conflict'
}

function grown(array: Uint32Array, length: number): Uint32Array {
  const longer = new Uint32Array(Math.max(length, array.length))
  longer.set(array)
  return longer
}
