/**
 * Who sends a series, and how far it has come: one cell per label set that an endpoint sends, found by a 64-bit hash.
 * Two sources may end up with the same labels (duplicate targets, a reload where the old and the new loop overlap, a
 * write_relabel rule that removes what told two series apart); they then share a cell, and with it the timestamp that
 * the next sample must exceed (spec §3.6a, §9.3). Kept per endpoint, because only there are the labels final.
 *
 * Cells outlive their owners by ten minutes: the staleness markers of a stopped loop come up to two intervals late and
 * must still meet the samples of its successor. Label sets are not compared: among a million series two share 64 random
 * bits once in 30 million runs.
 */
import { grown } from './bytes.ts'

/** What a cell without samples holds: every timestamp is newer. */
const NEVER = Number.NEGATIVE_INFINITY
const KEEP_MINUTES = 10

export interface Identity {
  /** Per cell: timestamp of the newest sample accepted. Written by those who own the cell; replaced when it grows. */
  readonly lastTimestamps: Float64Array
  /** Cells with an owner. */
  readonly owned: number
  /** How often one got its first owner. */
  readonly created: number
  /** The cell of a label set, with one owner more. `order` is remembered when the cell is new. */
  acquire(hashA: number, hashB: number, order: number): number
  release(cell: number): void
  /** Has several owners; one source may be two of them. */
  isShared(cell: number): boolean
  /** Which source's order domain the cell belongs to: the first that acquired it. */
  orderOf(cell: number): number
}

/** `minute` is any clock in whole minutes that doesn't jump. */
export function createIdentity(minute: () => number): Identity {
  let capacity = 64
  let lastTimestamps = new Float64Array(capacity)
  let hashesA = new Uint32Array(capacity)
  let hashesB = new Uint32Array(capacity)
  let orders = new Uint32Array(capacity)
  /** Owners, or -1 - the minute in which the last one left. */
  let owners = new Int32Array(capacity)
  /** Open addressing, linear probing, at most half full: cell + 1, or 0. */
  let table = new Int32Array(capacity * 2)
  let used = 0
  let owned = 0
  let created = 0
  const free: number[] = []

  function acquire(hashA: number, hashB: number, order: number): number {
    const mask = table.length - 1
    let at = hashA & mask
    for (; table[at] !== 0; at = (at + 1) & mask) {
      const cell = table[at] - 1
      if (hashesA[cell] !== hashA || hashesB[cell] !== hashB) continue
      if (owners[cell] < 0) {
        owners[cell] = 0
        owned++
        created++
      }
      owners[cell]++
      return cell
    }
    if (free.length === 0 && used === capacity) {
      makeRoom()
      return acquire(hashA, hashB, order)
    }
    const cell = free.pop() ?? used++
    hashesA[cell] = hashA
    hashesB[cell] = hashB
    orders[cell] = order
    owners[cell] = 1
    lastTimestamps[cell] = NEVER
    table[at] = cell + 1
    owned++
    created++
    return cell
  }

  function release(cell: number): void {
    if (--owners[cell] > 0) return
    owners[cell] = -1 - minute()
    owned--
  }

  /** Forgets cells that nobody has owned for a while; doubles when that doesn't help much. */
  function makeRoom(): void {
    const expired = -1 - (minute() - KEEP_MINUTES)
    const isFree = new Uint8Array(used)
    for (let cell = 0; cell < used; cell++) {
      if (owners[cell] >= 0 || owners[cell] < expired) continue
      isFree[cell] = 1
      free.push(cell)
    }
    if (free.length < capacity / 4) {
      capacity *= 2
      lastTimestamps = grown(lastTimestamps, capacity)
      hashesA = grown(hashesA, capacity)
      hashesB = grown(hashesB, capacity)
      orders = grown(orders, capacity)
      owners = grown(owners, capacity)
    }
    table = new Int32Array(capacity * 2)
    const mask = table.length - 1
    for (let cell = 0; cell < used; cell++) {
      if (isFree[cell] === 1) continue
      let at = hashesA[cell] & mask
      while (table[at] !== 0) at = (at + 1) & mask
      table[at] = cell + 1
    }
  }

  return {
    get lastTimestamps() {
      return lastTimestamps
    },
    get owned() {
      return owned
    },
    get created() {
      return created
    },
    acquire,
    release,
    isShared: (cell) => owners[cell] > 1,
    orderOf: (cell) => orders[cell],
  }
}
