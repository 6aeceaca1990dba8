/**
 * Since when a key is its owner's, and who brought it there by coming or going: read off the history of the shares. Exact,
 * without a ring for each division: the names that follow a key on the ring of everybody who ever took part keep their order
 * when some of them are away, so the owner at any time is the first of those who were there.
 */
import type { U64 } from '../hash/u64.ts'
import { compareNames } from '../labels/labels.ts'
import { MAX_NAMES_LOOKED_BACK } from '../limits.ts'
import { createRingBuilder, EMPTY_RING } from '../ring/build.ts'
import type { Ring } from '../ring/types.ts'
import type { Slices } from '../time/slices.ts'
import type { Hold, ShareRecord } from './types.ts'

export interface OwnerChange {
  /** Milliseconds since the epoch; undefined when it was so before anything that is remembered. */
  readonly at: number | undefined
  /** From when on it is known to be so, in ms since the epoch: `at`, or when this node looked first; undefined without records. */
  readonly known: number | undefined
  /** Undefined: nobody takes part. */
  readonly owner: string | undefined
  /** Whose it was; undefined when that isn't known, or it was nobody's. */
  readonly before: string | undefined
  /** Those without whose coming or going it would have stayed where it was; both empty when `at` isn't known. */
  readonly joined: readonly string[]
  readonly left: readonly string[]
}

/** `order`: all names of the records, as they follow each other on the ring from the key on. */
export function ownedSince(order: readonly string[], records: readonly ShareRecord[], self: string): OwnerChange {
  const unknown = { at: undefined, known: undefined, owner: undefined, before: undefined, joined: [], left: [] }
  const last = records.length - 1
  if (last < 0) return unknown
  const owner = ownerAmong(order, records[last])
  let first = last
  while (first > 0 && ownerAmong(order, records[first - 1]) === owner) first--
  const begin = records[first]
  const previous = records.at(first - 1)
  if (first === 0 || previous === undefined || isFirstLook(previous, begin, self)) {
    return { ...unknown, known: begin.at, owner }
  }
  const was = new Set(previous.participants)
  const is = new Set(begin.participants)
  // All that stand before the owner were passed by: those who had been there must have gone.
  const end = owner === undefined ? order.length : order.indexOf(owner)
  const left = order.slice(0, end).filter((name) => was.has(name) && !is.has(name))
  const joined = owner === undefined || was.has(owner) ? [] : [owner]
  return { at: begin.at, known: begin.at, owner, before: ownerAmong(order, previous), joined, left }
}

/** What a node finds when it joins was there before: only its own coming is something that happened then. */
function isFirstLook(previous: ShareRecord, begin: ShareRecord, self: string): boolean {
  const knewNothing = previous.participants.length === 0 && previous.hold?.kind === 'joining'
  return knewNothing && begin.participants.some((name) => name !== self)
}

function ownerAmong(order: readonly string[], { participants }: ShareRecord): string | undefined {
  return order.find((name) => isAmong(participants, name))
}

/** There may be hundreds of records with hundreds of names each: a set for each would take too long. */
function isAmong(sorted: readonly string[], name: string): boolean {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareNames(sorted[middle], name) < 0) low = middle + 1
    else high = middle
  }
  return sorted[low] === name
}

export interface HoldChange {
  /** What holds this node's work back now. */
  readonly hold: Hold | undefined
  /** Since when that is of this kind, in ms since the epoch; undefined when it was so before anything that is remembered. */
  readonly at: number | undefined
  /** What held it back before. */
  readonly before: Hold | undefined
}

export function heldSince(records: readonly ShareRecord[]): HoldChange {
  const last = records.length - 1
  const hold = records.at(-1)?.hold
  let first = last
  while (first > 0 && records[first - 1].hold?.kind === hold?.kind) first--
  return first > 0
    ? { hold, at: records[first].at, before: records[first - 1].hold }
    : { hold, at: undefined, before: undefined }
}

export interface LookingBack {
  /** For the key; `records` as of a history, perhaps without its last ones. */
  ownedSince(key: U64, records: readonly ShareRecord[]): Promise<OwnerChange>
}

/** Keeps the ring of all names of the history that it was asked about last. */
export function createLookingBack(self: string, slices: Slices): LookingBack {
  let ring: Ring = EMPTY_RING
  return {
    async ownedSince(key, records) {
      const { names, from } = namesOf(records)
      if (names.size !== ring.names.length || ring.names.some((name) => !names.has(name))) {
        ring = await slices.run(createRingBuilder().build([...names]))
      }
      return ownedSince(ring.owners(key, names.size), records.slice(from), self)
    },
  }
}

/** All names of the records from `from` on: as far back as they aren't too many. */
function namesOf(records: readonly ShareRecord[]): { readonly names: ReadonlySet<string>; readonly from: number } {
  const names = new Set<string>()
  let from = records.length
  for (; from > 0; from--) {
    const { participants } = records[from - 1]
    const added = participants.filter((name) => !names.has(name))
    if (names.size > 0 && names.size + added.length > MAX_NAMES_LOOKED_BACK) break
    for (const name of added) names.add(name)
  }
  return { names, from }
}
