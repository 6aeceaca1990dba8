/**
 * The series of one source, encoded for one endpoint, one message after the other in one arena. Owns the bytes, where
 * each message ends, and the holes that removed series leave; knows nothing of slots or batches.
 */

import type { Labels } from '../labels/labels.ts'
import { type Bytes, createBytes, grown, resize } from './bytes.ts'
import { appendTimeSeries } from './time-series.ts'

const MIN_ARENA_BYTES = 4096
/** Holes may take this share of the arena before it is compacted. */
const MAX_HOLES = 1 / 8

/** Spare room for series to come: a thirty-second. */
const SLACK_SHIFT = 5

export interface Messages {
  readonly arena: Bytes
  /** Messages, holes included: indexes below this are valid. */
  readonly count: number
  /** Live ones. */
  readonly live: number
  /** End of each message in the arena; it starts where the one before it ends. */
  readonly ends: Uint32Array
  /** The slot each message was made for; HOLE for those removed. */
  readonly slots: Int32Array
  /** Its cell in the endpoint's identity. */
  readonly cells: Int32Array
  /** For the owner's use: when the message was last needed. */
  readonly stamps: Uint32Array
  /** Appends a message for `slot` and returns its index; the cell is for the caller to set. */
  add(slot: number, labels: Labels): number
  remove(index: number): void
  /** There will be `total` messages, about as long as those that are there: makes room for them at once. */
  expect(total: number): void
  /** Gives back what growing left over. */
  fit(): void
  /** Moves messages together when holes take too much; `moved` is told each new index. */
  compact(moved: (slot: number, index: number) => void): void
  clear(): void
}

export const HOLE = -1

export function createMessages(): Messages {
  const arena = createBytes(MIN_ARENA_BYTES)
  let count = 0
  let live = 0
  let holeBytes = 0
  let ends = new Uint32Array(0)
  let slots = new Int32Array(0)
  let cells = new Int32Array(0)
  let stamps = new Uint32Array(0)

  return {
    arena,
    get count() {
      return count
    },
    get live() {
      return live
    },
    get ends() {
      return ends
    },
    get slots() {
      return slots
    },
    get cells() {
      return cells
    },
    get stamps() {
      return stamps
    },
    add(slot, labels) {
      ends = grown(ends, count + 1)
      slots = grown(slots, count + 1)
      cells = grown(cells, count + 1)
      stamps = grown(stamps, count + 1)
      appendTimeSeries(arena, labels)
      ends[count] = arena.length
      slots[count] = slot
      live++
      return count++
    },
    remove(index) {
      slots[index] = HOLE
      live--
      holeBytes += ends[index] - startOf(ends, index)
    },
    expect(total) {
      const room = Math.ceil((arena.length / count) * total)
      if (room > arena.bytes.length) resize(arena, room + (room >> SLACK_SHIFT))
    },
    fit() {
      const room = arena.length + (arena.length >> SLACK_SHIFT)
      if (arena.bytes.length > room) resize(arena, room)
    },
    compact(moved) {
      if (holeBytes <= arena.length * MAX_HOLES) return
      let kept = 0
      let length = 0
      let start = 0
      for (let i = 0; i < count; i++) {
        const end = ends[i]
        if (slots[i] !== HOLE) {
          arena.bytes.copyWithin(length, start, end)
          length += end - start
          ends[kept] = length
          slots[kept] = slots[i]
          cells[kept] = cells[i]
          stamps[kept] = stamps[i]
          moved(slots[kept], kept)
          kept++
        }
        start = end
      }
      count = kept
      arena.length = length
      holeBytes = 0
    },
    clear() {
      count = 0
      live = 0
      holeBytes = 0
      arena.length = 0
    },
  }
}

export function startOf(ends: Uint32Array, index: number): number {
  return index === 0 ? 0 : ends[index - 1]
}
