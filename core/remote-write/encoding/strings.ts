/**
 * The strings of an endpoint's series, each once, as long as somebody uses it: known by number, kept as UTF-8. Bytes are
 * given out in sizes of eight, and what is given back is used for the next string of that size: nothing is ever moved, and
 * strings that come and go don't make it grow.
 */
import { hashBytes } from '../../hash/murmur.ts'
import { type Bytes, createBytes, grown, reserve } from './bytes.ts'
import { createIdTable } from './id-table.ts'

export interface Strings {
  /** What they are made of; replaced when it grows. */
  readonly arena: Bytes
  /** By number: where it begins and how long it is. */
  readonly starts: Uint32Array
  readonly lengths: Uint32Array
  /** Strings that somebody uses; the empty one, number 0, is not counted. */
  readonly live: number
  /** Numbers that have been in use at once: all are below this. */
  readonly capacity: number
  /** The number of a string, with one user more. */
  acquire(bytes: Uint8Array, start: number, end: number): number
  /** One user less; true when it was the last one. Its number stays its own until `free`. */
  release(id: number): boolean
  /** Gives the number to others, if there is still no user; doing it twice is harmless. */
  free(id: number): void
}

/** Up to here sizes are multiples of eight; above, there are four for each power of two. */
const MAX_SMALL = 512

export function createStrings(seed: number): Strings {
  const arena = createBytes(1024)
  let starts = new Uint32Array(64)
  let lengths = new Uint32Array(64)
  let hashes = new Uint32Array(64)
  let users = new Uint32Array(64)
  const table = createIdTable((id) => hashes[id])
  let capacity = 1
  let live = 0
  const freeIds: number[] = []
  /** By size: starts of what was given back. */
  const spare = new Map<number, number[]>()

  function place(size: number): number {
    const start = spare.get(size)?.pop()
    if (start !== undefined) return start
    reserve(arena, size)
    arena.length += size
    return arena.length - size
  }

  function acquire(bytes: Uint8Array, start: number, end: number): number {
    if (start === end) return 0
    const hash = hashBytes(bytes, start, end, seed)
    const found = table.find(hash, (id) => hashes[id] === hash && isSame(id, bytes, start, end))
    if (found >= 0) {
      if (users[found]++ === 0) live++
      return found
    }
    const id = freeIds.pop() ?? capacity++
    starts = grown(starts, capacity)
    lengths = grown(lengths, capacity)
    hashes = grown(hashes, capacity)
    users = grown(users, capacity)
    starts[id] = place(sizeFor(end - start))
    lengths[id] = end - start
    arena.bytes.set(bytes.subarray(start, end), starts[id])
    hashes[id] = hash
    users[id] = 1
    live++
    table.add(id, hash)
    return id
  }

  function isSame(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (lengths[id] !== end - start) return false
    const own = arena.bytes
    for (let a = starts[id], b = start; b < end; a++, b++) if (own[a] !== bytes[b]) return false
    return true
  }

  return {
    arena,
    get starts() {
      return starts
    },
    get lengths() {
      return lengths
    },
    get live() {
      return live
    },
    get capacity() {
      return capacity
    },
    acquire,
    release(id) {
      if (id === 0 || --users[id] > 0) return false
      live--
      return true
    },
    free(id) {
      if (users[id] > 0 || lengths[id] === 0) return
      table.remove(id, hashes[id])
      const size = sizeFor(lengths[id])
      const spares = spare.get(size)
      if (spares === undefined) spare.set(size, [starts[id]])
      else spares.push(starts[id])
      lengths[id] = 0
      freeIds.push(id)
    },
  }
}

function sizeFor(length: number): number {
  if (length <= MAX_SMALL) return (length + 7) & ~7
  const quarter = 2 ** (29 - Math.clz32(length - 1))
  return Math.ceil(length / quarter) * quarter
}
