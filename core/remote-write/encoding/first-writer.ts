/** Writes loads of 1.0: whole messages, copied or compressed from the arena where they stand when a fragment lies in one piece. */
import type { FirstLoad } from './load.ts'
import { FRAGMENT_BYTES } from './snappy.ts'
import { startOf } from './store.ts'
import { NO_LOAD } from './taken.ts'
import type { Page, Writer } from './writing.ts'

export function createFirstWriter(page: Page): Writer<FirstLoad> {
  const { tail } = page
  let load: FirstLoad = NO_LOAD
  /** Next run, and the messages left of the current one. */
  let run = 0
  let message = 0
  let runEnd = 0
  /** Bytes left of the messages that go into this block. */
  let at = 0
  let pieceEnd = 0

  function step(): boolean {
    if (at === pieceEnd && !nextPiece()) return false
    if (tail.staging.length === 0 && pieceEnd - at >= FRAGMENT_BYTES) {
      tail.compressFrom(load.arena, at)
      at += FRAGMENT_BYTES
    } else {
      const { staging } = tail
      const size = Math.min(FRAGMENT_BYTES - staging.length, pieceEnd - at)
      staging.bytes.set(load.arena.bytes.subarray(at, at + size), staging.length)
      staging.length += size
      at += size
      tail.compressFull()
    }
    return true
  }

  /** As many messages of the current run as fit into this block. */
  function nextPiece(): boolean {
    if (message === runEnd) {
      if (run === load.runCount) return false
      message = load.runs[2 * run]
      runEnd = load.runs[2 * run + 1]
      run++
    }
    const { ends } = load
    at = startOf(ends, message)
    page.ready(ends[message] - at)
    const { maxSamples, maxRawBytes } = page.limits
    // At least one message, or nothing would ever move on.
    const room = Math.max(1, maxSamples - page.entries)
    const size = maxRawBytes - tail.rawBytes
    let end = Math.min(runEnd, message + room)
    if (ends[end - 1] - at > size) end = Math.max(message + 1, firstBeyond(ends, message, end, at + size))
    pieceEnd = ends[end - 1]
    count(message, end)
    message = end
    return true
  }

  function count(from: number, to: number): void {
    let histograms = 0
    let exemplars = 0
    if (load.histograms !== undefined) for (let i = from; i < to; i++) histograms += load.histograms[i]
    if (load.exemplars !== undefined) for (let i = from; i < to; i++) exemplars += load.exemplars[i]
    page.add(to - from - histograms, histograms, exemplars)
  }

  return {
    begin(next) {
      load = next
      run = 0
      message = 0
      runEnd = 0
      at = 0
      pieceEnd = 0
    },
    step,
    get between() {
      return at === pieceEnd
    },
    closed: () => undefined,
  }
}

/** The first index in [from, to) whose end lies beyond `limit`. */
function firstBeyond(ends: Uint32Array, from: number, to: number, limit: number): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ends[middle] <= limit) low = middle + 1
    else high = middle
  }
  return low
}
