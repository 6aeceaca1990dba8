/**
 * The open block of an endpoint: raw messages go in, finished snappy-compressed requests come out. Raw bytes are
 * compressed 64 KiB at a time, straight from the arena where they stand when a whole fragment lies in one piece, so an
 * open block holds compressed bytes only. A block closes at a number of samples, at a number of raw bytes, or when told
 * to because of its age, and always between two series.
 *
 * Works in steps of at most one fragment (about 30 µs), so that its caller can give the event loop a turn in between.
 */
import type { Monotonic } from '../ports.ts'
import { createBytes } from './bytes.ts'
import { startOf } from './messages.ts'
import { compressFragment, FRAGMENT_BYTES, MAX_PREAMBLE_BYTES, writePreambleBefore } from './snappy.ts'
import type { Load } from './template.ts'

/** A finished request. */
export interface Block {
  /** Compressed, ready to be sent. Its whole buffer belongs to the block. */
  readonly body: Uint8Array<ArrayBuffer>
  readonly samples: number
  /** Before compression. */
  readonly rawBytes: number
  /** Milliseconds since the epoch, over all samples. */
  readonly minTimestamp: number
  readonly maxTimestamp: number
  /** Order domains: blocks that share one must be delivered one after the other. */
  readonly orders: ReadonlySet<number>
  /** When its first sample came. */
  readonly createdAt: Monotonic
}

/** What the samples of a load have in common. */
export interface LoadFacts {
  readonly orders: ReadonlySet<number>
  readonly minTimestamp: number
  readonly maxTimestamp: number
}

export interface OpenBlock {
  /** Samples in the block that is open now. */
  readonly samples: number
  /** Starts on a load; the one before must have ended. */
  begin(load: Load, facts: LoadFacts): void
  /** Does one piece of work; false when the load is in. */
  step(): boolean
  /** Closes the block as soon as it ends between two series: now, or inside a coming `step`. Nothing happens when it is empty. */
  close(): void
  /** Takes back the body of a block that nobody needs any more, to be filled again. */
  recycle(body: Uint8Array<ArrayBuffer>): void
}

export interface BlockLimits {
  readonly maxSamples: number
  /** Before compression. A single series that is longer goes alone. */
  readonly maxRawBytes: number
}

/** Bodies kept for the next blocks: enough for those in flight to a receiver that keeps up. */
const MAX_SPARE_BODIES = 8
const NO_LOAD: Load = {
  arena: createBytes(0),
  ends: new Uint32Array(0),
  runs: new Uint32Array(0),
  runCount: 0,
}

export function createOpenBlock(
  limits: () => BlockLimits,
  now: () => Monotonic,
  opened: () => void,
  finished: (block: Block) => void,
): OpenBlock {
  const staging = createBytes(FRAGMENT_BYTES)
  const bodies = createBodies()
  /** The open body, behind room for the preamble that is known only at the end. */
  const out = createBytes(FRAGMENT_BYTES)
  out.length = MAX_PREAMBLE_BYTES
  let samples = 0
  let rawBytes = 0
  let minTimestamp = Number.POSITIVE_INFINITY
  let maxTimestamp = Number.NEGATIVE_INFINITY
  let orders = new Set<number>()
  let createdAt: Monotonic = 0
  let closing = false

  let load = NO_LOAD
  let facts: LoadFacts = { orders, minTimestamp, maxTimestamp }
  /** Next run, and the messages left of the current one. */
  let run = 0
  let message = 0
  let runEnd = 0
  /** Bytes left of the messages that go into this block. */
  let at = 0
  let pieceEnd = 0

  function step(): boolean {
    if (at === pieceEnd && !nextPiece()) return false
    if (staging.length === 0 && pieceEnd - at >= FRAGMENT_BYTES) {
      compressFragment(load.arena, at, at + FRAGMENT_BYTES, out)
      at += FRAGMENT_BYTES
    } else {
      const size = Math.min(FRAGMENT_BYTES - staging.length, pieceEnd - at)
      staging.bytes.set(load.arena.bytes.subarray(at, at + size), staging.length)
      staging.length += size
      at += size
      if (staging.length === FRAGMENT_BYTES) flushStaging()
    }
    if (at === pieceEnd && (closing || samples >= limits().maxSamples)) finish()
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
    const { maxSamples, maxRawBytes } = limits()
    const { ends } = load
    const start = startOf(ends, message)
    if (samples > 0 && ends[message] - start > maxRawBytes - rawBytes) finish()
    if (samples === 0) {
      createdAt = now()
      opened()
    }
    at = start
    // At least one message, or nothing would ever move on.
    const room = Math.max(1, maxSamples - samples)
    const size = maxRawBytes - rawBytes
    let end = Math.min(runEnd, message + room)
    if (ends[end - 1] - at > size) end = Math.max(message + 1, firstBeyond(ends, message, end, at + size))
    pieceEnd = ends[end - 1]
    samples += end - message
    rawBytes += pieceEnd - at
    message = end
    for (const order of facts.orders) orders.add(order)
    if (facts.minTimestamp < minTimestamp) minTimestamp = facts.minTimestamp
    if (facts.maxTimestamp > maxTimestamp) maxTimestamp = facts.maxTimestamp
    return true
  }

  function flushStaging(): void {
    compressFragment(staging, 0, staging.length, out)
    staging.length = 0
  }

  function finish(): void {
    closing = false
    if (samples === 0) return
    if (staging.length > 0) flushStaging()
    const begin = writePreambleBefore(out.bytes, MAX_PREAMBLE_BYTES, rawBytes)
    const body = bodies.filledWith(out.bytes.subarray(begin, out.length))
    const block: Block = { body, samples, rawBytes, minTimestamp, maxTimestamp, orders, createdAt }
    out.length = MAX_PREAMBLE_BYTES
    samples = 0
    rawBytes = 0
    minTimestamp = Number.POSITIVE_INFINITY
    maxTimestamp = Number.NEGATIVE_INFINITY
    orders = new Set()
    finished(block)
  }

  return {
    get samples() {
      return samples
    },
    begin(next, nextFacts) {
      load = next
      facts = nextFacts
      run = 0
      message = 0
      runEnd = 0
      at = 0
      pieceEnd = 0
    },
    step,
    close() {
      if (at === pieceEnd) finish()
      else closing = true
    },
    recycle: bodies.giveBack,
  }
}

interface Bodies {
  filledWith(bytes: Uint8Array): Uint8Array<ArrayBuffer>
  giveBack(body: Uint8Array<ArrayBuffer>): void
}

/** Buffers for bodies, used again: memory outside the JavaScript heap is what makes the garbage collector work hardest. */
function createBodies(): Bodies {
  const spare: ArrayBuffer[] = []
  return {
    filledWith(bytes) {
      const size = bytes.length
      // One that is much too large would make the queue look, and be, larger than what it holds.
      const index = spare.findIndex((buffer) => buffer.byteLength >= size && buffer.byteLength <= 2 * size)
      const buffer = index < 0 ? new ArrayBuffer(size + (size >> 3)) : spare.splice(index, 1)[0]
      const body = new Uint8Array(buffer, 0, size)
      body.set(bytes)
      return body
    },
    giveBack(body) {
      spare.push(body.buffer)
      if (spare.length > MAX_SPARE_BODIES) spare.shift()
    },
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
