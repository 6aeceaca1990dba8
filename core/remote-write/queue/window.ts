/** Blocks in memory, in order. Most come and go at the ends; sums are kept along. */
import { type Counts, NOTHING } from '../block.ts'
import { minus, plus } from '../counts.ts'
import type { Entry } from './journal/entry.ts'

export interface Window {
  readonly length: number
  readonly counts: Counts
  /** Memory of the bodies. */
  readonly bytes: number
  at(index: number): Entry | undefined
  indexOf(entry: Entry): number
  push(entry: Entry): void
  remove(index: number): Entry
}

export function createWindow(): Window {
  /** From `head` on; those taken out of the middle make the others before them move up, since that happens close to the head. */
  const entries: (Entry | undefined)[] = []
  let head = 0
  let counts = NOTHING
  let bytes = 0

  return {
    get length() {
      return entries.length - head
    },
    get counts() {
      return counts
    },
    get bytes() {
      return bytes
    },
    at: (index) => entries[head + index],
    indexOf: (entry) => entries.indexOf(entry, head) - head,
    push(entry) {
      entries.push(entry)
      counts = plus(counts, entry.block.counts)
      bytes += entry.block.body.buffer.byteLength
    },
    remove(index) {
      const entry = entries[head + index] as Entry
      counts = minus(counts, entry.block.counts)
      bytes -= entry.block.body.buffer.byteLength
      for (let i = head + index; i > head; i--) entries[i] = entries[i - 1]
      entries[head++] = undefined
      if (head >= 64 && head * 2 >= entries.length) {
        entries.splice(0, head)
        head = 0
      }
      return entry
    },
  }
}
