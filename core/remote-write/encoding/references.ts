/**
 * The series of one source for remote_write 2.0: for each the numbers of its labels and of its description among the symbols of
 * the endpoint. No bytes: these depend on the request that a series ends up in.
 */
import { grown } from './bytes.ts'
import type { LabelBytes } from './label-bytes.ts'
import {
  addEntry,
  clearEntries,
  compactEntries,
  createEntries,
  HOLE,
  removeEntry,
  type Store,
  startOf,
} from './store.ts'
import { NOTHING_SAID, type Symbols } from './symbols.ts'

/** Holes may take this share of the numbers before they are compacted. */
const MAX_HOLES = 1 / 8
/** A series that has not as many labels as the one before it, another description, or too many labels to say which differ. */
export const ANOTHER_SHAPE: number = 2 ** 31
/** Labels that a bit each can be had for. */
const MAX_COMPARED = 31
/** Bytes of a label besides its texts, and of a series besides its labels: more than they ever take. */
const LABEL_OVERHEAD = 24
const SERIES_OVERHEAD = 128

export interface References extends Store {
  readonly protocol: '2.0'
  readonly symbols: Symbols
  /** Numbers of pairs: those of an entry end at `ends`, and start where those of the entry before it end. */
  readonly pairs: Uint32Array
  /** By entry. */
  readonly descriptions: Uint32Array
  /** By entry: a bit for each label that differs from that of the entry before at the same place, or ANOTHER_SHAPE. */
  readonly changes: Uint32Array
  /** No series with a sample takes more raw bytes than this, symbols included. */
  readonly longest: number
}

export function createReferences(symbols: Symbols): References {
  const entries = createEntries()
  let pairs = new Uint32Array(0)
  let used = 0
  let holes = 0
  let descriptions = new Uint32Array(0)
  let changes = new Uint32Array(0)
  let longest = 0
  /** The labels of the entry that was added last, if it is still there: the next one shares most of them. */
  let last: LabelBytes['labels'] = []

  function releaseAll(index: number): void {
    for (let i = startOf(entries.ends, index); i < entries.ends[index]; i++) symbols.releasePair(pairs[i])
    symbols.releaseDescription(descriptions[index])
  }

  return {
    protocol: '2.0',
    entries,
    symbols,
    get pairs() {
      return pairs
    },
    get descriptions() {
      return descriptions
    },
    get changes() {
      return changes
    },
    get longest() {
      return longest
    },
    add(slot, encoded, metadata) {
      const { labels, buffer } = encoded
      const count = labels.length / 2
      pairs = grown(pairs, used + count)
      const before = used - last.length / 2
      let change = last.length === labels.length && count <= MAX_COMPARED ? 0 : ANOTHER_SHAPE
      for (let i = 0; i < labels.length; i += 2) {
        if (labels[i + 1] === last[i + 1] && labels[i] === last[i]) {
          const pair = pairs[before + i / 2]
          symbols.keepPair(pair)
          pairs[used + i / 2] = pair
        } else {
          pairs[used + i / 2] = symbols.acquirePair(encoded, i)
          if (change < ANOTHER_SHAPE) change |= 1 << (i / 2)
        }
      }
      used += count
      last = labels
      const index = addEntry(entries, slot, used)
      descriptions = grown(descriptions, entries.count)
      descriptions[index] = metadata === undefined ? NOTHING_SAID : symbols.acquireDescription(metadata)
      changes = grown(changes, entries.count)
      changes[index] = index > 0 && descriptions[index] === descriptions[index - 1] ? change : ANOTHER_SHAPE
      const texts = buffer.length + symbols.descriptionBytes(descriptions[index])
      longest = Math.max(longest, texts + LABEL_OVERHEAD * count + SERIES_OVERHEAD)
      return index
    },
    remove(index) {
      releaseAll(index)
      holes += removeEntry(entries, index)
      if (index === entries.count - 1) last = []
    },
    expect(total) {
      pairs = grown(pairs, Math.ceil((used / entries.count) * total))
    },
    fit() {
      if (pairs.length > used + (used >> 4)) pairs = pairs.slice(0, used)
    },
    compact(moved) {
      if (holes <= used * MAX_HOLES) return
      let length = 0
      let before = -1
      compactEntries(
        entries,
        (start, end, from, to) => {
          pairs.copyWithin(length, start, end)
          descriptions[to] = descriptions[from]
          changes[to] = from === before + 1 ? changes[from] : ANOTHER_SHAPE
          before = from
          length += end - start
          return length
        },
        moved,
      )
      used = length
      holes = 0
      last = []
    },
    clear() {
      for (let index = 0; index < entries.count; index++) if (entries.slots[index] !== HOLE) releaseAll(index)
      clearEntries(entries)
      used = 0
      holes = 0
      last = []
    },
  }
}
