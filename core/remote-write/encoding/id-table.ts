/**
 * Finds small numbers by the hash of what they stand for: open addressing, linear probing, at most half full, nothing left
 * behind by what is removed. Keys are the owner's: it says what the hash of a number is, and compares.
 */

export interface IdTable {
  /** The number with this hash of which `same` is true, or -1. */
  find(hash: number, same: (id: number) => boolean): number
  add(id: number, hash: number): void
  remove(id: number, hash: number): void
}

const MIN_SIZE = 64

export function createIdTable(hashOf: (id: number) => number): IdTable {
  /** Number + 1, or 0. */
  let table = new Int32Array(MIN_SIZE)
  let used = 0

  function put(id: number, hash: number): void {
    const mask = table.length - 1
    let at = hash & mask
    while (table[at] !== 0) at = (at + 1) & mask
    table[at] = id + 1
  }

  function enlarge(): void {
    const before = table
    table = new Int32Array(before.length * 2)
    for (const entry of before) if (entry !== 0) put(entry - 1, hashOf(entry - 1))
  }

  return {
    find(hash, same) {
      const mask = table.length - 1
      for (let at = hash & mask; table[at] !== 0; at = (at + 1) & mask) {
        if (same(table[at] - 1)) return table[at] - 1
      }
      return -1
    },
    add(id, hash) {
      if (++used * 2 > table.length) enlarge()
      put(id, hash)
    },
    remove(id, hash) {
      const mask = table.length - 1
      let hole = hash & mask
      while (table[hole] !== id + 1) hole = (hole + 1) & mask
      used--
      // Whatever would not be found any more, because its way leads over the hole, moves into it.
      for (let at = (hole + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
        const home = hashOf(table[at] - 1) & mask
        if (((at - home) & mask) < ((at - hole) & mask)) continue
        table[hole] = table[at]
        hole = at
      }
      table[hole] = 0
    },
  }
}
