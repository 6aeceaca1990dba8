/**
 * What an endpoint keeps of one source's series, whatever it keeps: entries by index, in the order in which they were
 * learned, with holes where series were removed. How a series is kept is up to the protocol (messages.ts, references.ts).
 */
import type { Metadata } from '../../series/metadata.ts'
import { grown } from './bytes.ts'
import type { LabelBytes } from './label-bytes.ts'

/** Instead of the slot of an entry that was removed. */
export const HOLE = 0

export interface Store {
  readonly entries: Readonly<Entries>
  /** Appends an entry for `slot` and returns its index; the cell is for the caller to set. */
  add(slot: number, labels: LabelBytes, metadata: Metadata | undefined): number
  remove(index: number): void
  /** There will be `total` entries, about as long as those that are there: makes room for them at once. */
  expect(total: number): void
  /** Gives back what growing left over. */
  fit(): void
  /** Moves entries together when holes take too much; `moved` is told each new index. */
  compact(moved: (slot: number, index: number) => void): void
  clear(): void
}

/** The columns that all stores have; replaced when they grow. */
export interface Entries {
  /** Entries, holes included: indexes below this are valid. */
  count: number
  /** Live ones. */
  live: number
  /** The slot each entry was made for; HOLE for those removed. */
  slots: Int32Array<ArrayBuffer>
  /** Its cell in the endpoint's identity. */
  cells: Int32Array<ArrayBuffer>
  /** For the owner's use: when the entry was last needed. */
  stamps: Uint32Array<ArrayBuffer>
  /** End of each entry in what the store keeps; it starts where the one before it ends. */
  ends: Uint32Array<ArrayBuffer>
}

export function createEntries(): Entries {
  return {
    count: 0,
    live: 0,
    slots: new Int32Array(0),
    cells: new Int32Array(0),
    stamps: new Uint32Array(0),
    ends: new Uint32Array(0),
  }
}

/** Returns its index. */
export function addEntry(entries: Entries, slot: number, end: number): number {
  const index = entries.count++
  entries.ends = grown(entries.ends, entries.count)
  entries.slots = grown(entries.slots, entries.count)
  entries.cells = grown(entries.cells, entries.count)
  entries.stamps = grown(entries.stamps, entries.count)
  entries.ends[index] = end
  entries.slots[index] = slot
  entries.stamps[index] = 0
  entries.live++
  return index
}

/** Leaves a hole, and returns how long it is. */
export function removeEntry(entries: Entries, index: number): number {
  entries.slots[index] = HOLE
  entries.live--
  return entries.ends[index] - startOf(entries.ends, index)
}

export function clearEntries(entries: Entries): void {
  entries.count = 0
  entries.live = 0
}

/** `keep` moves what the store keeps of an entry from [start, end) and from one index to another, and returns where it ends now. */
export function compactEntries(
  entries: Entries,
  keep: (start: number, end: number, from: number, to: number) => number,
  moved: (slot: number, index: number) => void,
): void {
  const { ends, slots, cells, stamps } = entries
  let kept = 0
  let start = 0
  for (let i = 0; i < entries.count; i++) {
    const end = ends[i]
    if (slots[i] !== HOLE) {
      ends[kept] = keep(start, end, i, kept)
      slots[kept] = slots[i]
      cells[kept] = cells[i]
      stamps[kept] = stamps[i]
      moved(slots[kept], kept)
      kept++
    }
    start = end
  }
  entries.count = kept
}

export function startOf(ends: Uint32Array, index: number): number {
  return index === 0 ? 0 : ends[index - 1]
}
