/**
 * The slots of one target: which series bytes have which slot. An open-addressing index from the 64-bit hash of the
 * bytes as exposed to a small integer, all in typed arrays: no strings, no objects, nothing for the garbage collector.
 *
 * Two hashes of 32 bits with a seed of the process stand for the bytes themselves, which are not kept apart from the
 * body: with 100,000 series on a target the odds of a mix-up are one in 10^9 per new target, and an exporter can't
 * provoke one without knowing the seed.
 */
import { hashBytes } from '../hash/murmur.ts'
import { lengthened } from '../series/lengthened.ts'

/** Slots are given out from here on; below are NO_SLOT and the report series. */
export interface Slots {
  /** By slot: counts up each time the slot is given away again. Replaced when it grows. */
  generations: Uint32Array
  /** By slot: how many lines of the current table stand for it. */
  lines: Uint32Array
  /** Hashes the series bytes; `find` and `add` then speak of them. `salt`: of what else is part of the series, 0 for nothing. */
  hash(bytes: Uint8Array, start: number, end: number, salt: number): void
  /** The slot of the hashed bytes, or 0. */
  find(): number
  /** A free slot for the hashed bytes, which must not have one. */
  add(): number
  free(slot: number): void
  /** Slots in use, the reserved ones not counted. */
  readonly size: number
  readonly reserved: number
}

const SECOND_SEED = 0x9e3779b9

export function createSlots(reserved: number, seed: number): Slots {
  let capacity = 64
  let low = new Uint32Array(capacity)
  let high = new Uint32Array(capacity)
  /** Buckets hold slots; 0 is empty. A power of two, at most two thirds full, so that probing stays short. */
  let buckets = new Uint32Array(128)
  let next = reserved
  let used = 0
  const vacant: number[] = []
  let hashLow = 0
  let hashHigh = 0

  function insert(slot: number): void {
    const mask = buckets.length - 1
    let at = low[slot] & mask
    while (buckets[at] !== 0) at = (at + 1) & mask
    buckets[at] = slot
  }

  function grow(): void {
    // Small tables double; large ones pay for every spare byte two hundred times.
    capacity += capacity < 1024 ? capacity : capacity >> 3
    low = lengthened(low, new Uint32Array(capacity))
    high = lengthened(high, new Uint32Array(capacity))
    slots.generations = lengthened(slots.generations, new Uint32Array(capacity))
    slots.lines = lengthened(slots.lines, new Uint32Array(capacity))
    if (capacity * 3 <= buckets.length * 2) return
    const old = buckets
    buckets = new Uint32Array(old.length * 2)
    for (const slot of old) if (slot !== 0) insert(slot)
  }

  /** Removes from the index, closing the gap: entries behind it that probed past it move up. */
  function unindex(slot: number): void {
    const mask = buckets.length - 1
    let gap = low[slot] & mask
    while (buckets[gap] !== slot) gap = (gap + 1) & mask
    for (let at = (gap + 1) & mask; buckets[at] !== 0; at = (at + 1) & mask) {
      const home = low[buckets[at]] & mask
      if (((at - home) & mask) >= ((at - gap) & mask)) {
        buckets[gap] = buckets[at]
        gap = at
      }
    }
    buckets[gap] = 0
  }

  const slots: Slots & { size: number } = {
    generations: new Uint32Array(capacity),
    lines: new Uint32Array(capacity),
    reserved,
    size: 0,
    hash(bytes, start, end, salt) {
      hashLow = hashBytes(bytes, start, end, seed ^ salt)
      hashHigh = hashBytes(bytes, start, end, seed ^ SECOND_SEED ^ salt)
    },
    find() {
      const mask = buckets.length - 1
      for (let at = hashLow & mask; ; at = (at + 1) & mask) {
        const slot = buckets[at]
        if (slot === 0 || (low[slot] === hashLow && high[slot] === hashHigh)) return slot
      }
    },
    add() {
      let slot = vacant.pop()
      if (slot === undefined) {
        if (next === capacity) grow()
        slot = next++
      }
      low[slot] = hashLow
      high[slot] = hashHigh
      slots.generations[slot]++
      slots.lines[slot] = 0
      insert(slot)
      slots.size = ++used
      return slot
    },
    free(slot) {
      unindex(slot)
      vacant.push(slot)
      slots.size = --used
    },
  }
  return slots
}
