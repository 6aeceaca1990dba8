/**
 * The series of one source, encoded for remote_write 1.0, one message after the other in one arena. Owns the bytes, where
 * each message ends, and the holes that removed series leave; knows nothing of batches.
 */
import { type Bytes, createBytes, resize } from './bytes.ts'
import type { LabelBytes } from './label-bytes.ts'
import { addEntry, clearEntries, compactEntries, createEntries, removeEntry, type Store } from './store.ts'
import { appendTimeSeries } from './time-series.ts'

const MIN_ARENA_BYTES = 4096
/** Holes may take this share of the arena before it is compacted. */
const MAX_HOLES = 1 / 8
/** Spare room for series to come: a thirty-second. */
const SLACK_SHIFT = 5

export interface Messages extends Store {
  readonly protocol: '1.0'
  /** Where the messages are, one after the other. */
  readonly arena: Bytes
}

export function createMessages(): Messages {
  const arena = createBytes(0)
  const entries = createEntries()
  let holeBytes = 0

  return {
    protocol: '1.0',
    entries,
    arena,
    add(slot, labels: LabelBytes) {
      if (arena.bytes.length === 0) resize(arena, MIN_ARENA_BYTES)
      appendTimeSeries(arena, labels.buffer)
      return addEntry(entries, slot, arena.length)
    },
    remove(index) {
      holeBytes += removeEntry(entries, index)
    },
    expect(total) {
      const room = Math.ceil((arena.length / entries.count) * total)
      if (room > arena.bytes.length) resize(arena, room + (room >> SLACK_SHIFT))
    },
    fit() {
      const room = arena.length + (arena.length >> SLACK_SHIFT)
      if (arena.bytes.length > room) resize(arena, room)
    },
    compact(moved) {
      if (holeBytes <= arena.length * MAX_HOLES) return
      let length = 0
      compactEntries(
        entries,
        (start, end) => {
          arena.bytes.copyWithin(length, start, end)
          length += end - start
          return length
        },
        moved,
      )
      arena.length = length
      holeBytes = 0
    },
    clear() {
      clearEntries(entries)
      holeBytes = 0
      arena.length = 0
    },
  }
}
