/** Sets of whole numbers that mostly follow each other, as ranges: which blocks of a run are done. */

export interface Ranges {
  /** Everything from `from` up to, not including, `to`; whether any of it was not there. */
  add(from: number, to: number): boolean
  has(value: number): boolean
  /** The smallest number, from 0 on, that is not in it. */
  readonly firstMissing: number
  /** From, to, from, to, …, rising; at most `limit` of them, the first ones. */
  list(limit: number): readonly (readonly [from: number, to: number])[]
}

export function createRanges(): Ranges {
  const starts: number[] = []
  const ends: number[] = []

  /** How many ranges begin at or before `value`. */
  function before(value: number): number {
    // Nearly always it is the last one that is asked for.
    if (starts.length === 0 || starts[starts.length - 1] <= value) return starts.length
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (starts[middle] <= value) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    add(from, to) {
      if (from >= to) return false
      let first = before(from)
      if (first > 0 && ends[first - 1] >= from) first--
      const next = before(to)
      if (first === next) {
        starts.splice(first, 0, from)
        ends.splice(first, 0, to)
        return true
      }
      if (next === first + 1 && starts[first] <= from && ends[first] >= to) return false
      starts[first] = Math.min(starts[first], from)
      ends[first] = Math.max(ends[next - 1], to)
      starts.splice(first + 1, next - first - 1)
      ends.splice(first + 1, next - first - 1)
      return true
    },
    has(value) {
      const count = before(value)
      return count > 0 && ends[count - 1] > value
    },
    get firstMissing() {
      return starts[0] === 0 ? ends[0] : 0
    },
    list: (limit) => starts.slice(0, limit).map((from, i) => [from, ends[i]] as const),
  }
}
