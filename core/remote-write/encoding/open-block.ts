/**
 * The open block of an endpoint: loads of samples go in, finished snappy-compressed requests come out. Raw bytes are compressed
 * 64 KiB at a time, so an open block holds compressed bytes only. A block closes at a number of samples, at a number of raw bytes,
 * when told to because of its age, or before a load of another protocol, and always between two series. On demand it gives what
 * came into it after every load, for whoever writes it down while it grows (block.ts, Part).
 *
 * Works in steps of at most a fragment or so (30 to 100 µs), so that its caller can give the event loop a turn in between.
 */
import type { Block, BlockFacts, Counts, Part, Protocol } from '../block.ts'
import { createBodies } from './bodies.ts'
import { createFirstWriter } from './first-writer.ts'
import type { Load } from './load.ts'
import { createSecondWriter } from './second-writer.ts'
import { MAX_PREAMBLE_BYTES, writePreambleBefore } from './snappy.ts'
import { createStream } from './stream.ts'
import type { Symbols } from './symbols.ts'
import type { BlockLimits, Page } from './writing.ts'

/** What the samples of a load have in common. */
export interface LoadFacts {
  readonly orders: ReadonlySet<number>
  /** Milliseconds since the epoch. */
  readonly minTimestamp: number
  readonly maxTimestamp: number
}

export interface OpenBlockEvents {
  /** The first sample of a block came. */
  opened(): void
  /** Whether parts are wanted; asked at the end of a load, and to be answered the same way as long as nothing happened. */
  parts(): boolean
  /** The open block grew by this; only when `parts` said yes. */
  grew(part: Part): void
  /** `rest` is what came since the last part; undefined when nothing did, or when this block gave no parts. */
  finished(block: Block, rest: Part | undefined): void
}

export interface OpenBlock {
  /** What is in the block that is open now. */
  readonly counts: Counts
  /** Starts on a load; the one before must have ended. */
  begin(load: Load, facts: LoadFacts): void
  /** Does one piece of work; false when the load is in. */
  step(): boolean
  /** Closes the block as soon as it ends between two series: now, or inside a coming `step`. Nothing happens when it is empty. */
  close(): void
  /** Takes back the body of a block that nobody needs any more, to be filled again. */
  recycle(body: Uint8Array<ArrayBuffer>): void
}

/** What is in a block, or in a part of it. */
interface Tally {
  samples: number
  histograms: number
  exemplars: number
  minTimestamp: number
  maxTimestamp: number
  readonly orders: Set<number>
}

/** `now` is wall time, in ms since the epoch. */
export function createOpenBlock(limits: () => BlockLimits, now: () => number, events: OpenBlockEvents): OpenBlock {
  const head = createStream()
  const tail = createStream()
  const bodies = createBodies()
  const preamble = new Uint8Array(MAX_PREAMBLE_BYTES)
  let whole = createTally()
  let entries = 0
  let createdAt = 0
  let isOpen = false
  let closing = false
  let protocol: Protocol = '1.0'
  /** Whose references it has; none in 1.0. */
  let symbols: Symbols | undefined

  /** What came since the last part, and what had been given by then. */
  let since = createTally()
  let partsGiven = false
  let headGiven = 0
  let tailGiven = 0
  let headRawGiven = 0
  let tailRawGiven = 0

  let facts: LoadFacts = whole
  /** The facts of the load are among those of `since`. */
  let noted = false
  let loaded = true

  const page: Page = {
    head,
    tail,
    get entries() {
      return entries
    },
    get limits() {
      return limits()
    },
    ready(bytes) {
      if (entries > 0 && bytes > limits().maxRawBytes - head.rawBytes - tail.rawBytes) finish()
      if (isOpen) return
      isOpen = true
      createdAt = now()
      events.opened()
    },
    add(samples, histograms, exemplars) {
      since.samples += samples
      since.histograms += histograms
      since.exemplars += exemplars
      entries += samples + histograms
      if (noted) return
      noted = true
      note(since, facts)
    },
  }
  const first = createFirstWriter(page)
  const second = createSecondWriter(page)
  let writer: typeof first | typeof second = first

  function step(): boolean {
    if (loaded) return false
    if (!writer.step()) {
      loaded = true
      if (since.samples + since.histograms > 0 && events.parts()) givePart()
      return false
    }
    if (writer.between && (closing || entries >= limits().maxSamples)) finish()
    return true
  }

  function givePart(): void {
    events.grew(takePart())
    partsGiven = true
    noted = false
  }

  function takePart(): Part {
    head.flush()
    tail.flush()
    const part: Part = {
      ...factsOf(since),
      head: head.out.bytes.subarray(headGiven, head.out.length),
      headRawBytes: head.rawBytes - headRawGiven,
      tail: tail.out.bytes.subarray(tailGiven, tail.out.length),
      tailRawBytes: tail.rawBytes - tailRawGiven,
    }
    headGiven = head.out.length
    tailGiven = tail.out.length
    headRawGiven = head.rawBytes
    tailRawGiven = tail.rawBytes
    merge(whole, since)
    since = createTally()
    return part
  }

  function factsOf({ samples, histograms, exemplars, minTimestamp, maxTimestamp, orders }: Tally): BlockFacts {
    const counts = { samples, histograms, exemplars, metadata: 0 }
    return { protocol, counts, minTimestamp, maxTimestamp, orders, createdAt }
  }

  function finish(): void {
    closing = false
    if (entries === 0) return
    const rest = since.samples + since.histograms > 0 ? takePart() : undefined
    const rawBytes = head.rawBytes + tail.rawBytes
    const begin = writePreambleBefore(preamble, MAX_PREAMBLE_BYTES, rawBytes)
    const body = bodies.filledWith(
      preamble.subarray(begin),
      head.out.bytes.subarray(0, head.out.length),
      tail.out.bytes.subarray(0, tail.out.length),
    )
    const block: Block = { ...factsOf(whole), body, rawBytes }
    const wanted = partsGiven ? rest : undefined
    clear()
    events.finished(block, wanted)
  }

  /** The bytes of a part stay readable: nothing is written over them before the next step. */
  function clear(): void {
    writer.closed()
    head.clear()
    tail.clear()
    whole = createTally()
    since = createTally()
    entries = 0
    isOpen = false
    noted = false
    partsGiven = false
    headGiven = 0
    tailGiven = 0
    headRawGiven = 0
    tailRawGiven = 0
  }

  return {
    get counts() {
      return {
        samples: whole.samples + since.samples,
        histograms: whole.histograms + since.histograms,
        exemplars: whole.exemplars + since.exemplars,
        metadata: 0,
      }
    },
    begin(load, nextFacts) {
      facts = nextFacts
      noted = false
      loaded = load.runCount === 0
      if (loaded) return
      const itsSymbols = load.protocol === '2.0' ? load.store.symbols : undefined
      if (load.protocol !== protocol || itsSymbols !== symbols) finish()
      protocol = load.protocol
      symbols = itsSymbols
      if (load.protocol === '1.0') {
        writer = first
        first.begin(load)
      } else {
        writer = second
        second.begin(load)
      }
    },
    step,
    close() {
      if (loaded || writer.between) finish()
      else closing = true
    },
    recycle: bodies.giveBack,
  }
}

function createTally(): Tally {
  return {
    samples: 0,
    histograms: 0,
    exemplars: 0,
    minTimestamp: Number.POSITIVE_INFINITY,
    maxTimestamp: Number.NEGATIVE_INFINITY,
    orders: new Set(),
  }
}

function note(tally: Tally, { minTimestamp, maxTimestamp, orders }: LoadFacts): void {
  for (const order of orders) tally.orders.add(order)
  if (minTimestamp < tally.minTimestamp) tally.minTimestamp = minTimestamp
  if (maxTimestamp > tally.maxTimestamp) tally.maxTimestamp = maxTimestamp
}

function merge(tally: Tally, more: Tally): void {
  tally.samples += more.samples
  tally.histograms += more.histograms
  tally.exemplars += more.exemplars
  note(tally, more)
}
