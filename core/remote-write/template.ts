/**
 * What an endpoint remembers of one source: the answer to every slot that it was asked once, and the encoded series.
 * A batch is taken in two steps. *Planning*, only when its layout or a rule changed, asks and encodes what is new and
 * notes for each sample where its value stands in the arena. *Patching* overwrites values and timestamps there; nothing
 * is allocated and no label is looked at. What then goes out are runs of messages: one, when the whole source is in the batch.
 *
 * Accepts a sample only when it is newer than the last one of its series (identity.ts). Samples that can't be patched,
 * timestamps outside the six-byte range and batches in which a slot repeats, are written out one by one instead.
 */
import { hashBytes } from '../hash/murmur.ts'
import { type Batch, NO_SLOT, type SeriesSource } from '../series/batch.ts'
import { type Bytes, createBytes, grown } from './bytes.ts'
import type { Identity } from './identity.ts'
import { createMessages, HOLE, startOf } from './messages.ts'
import type { SeriesLabels } from './series-labels.ts'
import {
  appendExact,
  labelsEnd,
  labelsStart,
  SIX_BYTES_LIMIT,
  SIX_BYTES_MIN,
  TIMESTAMP_FROM_END,
  timestampHigh,
  timestampLow,
  VALUE_FROM_END,
  writeValue,
} from './time-series.ts'

/** Messages to send: runs of neighbours in an arena. Valid until the template takes its next batch. */
export interface Load {
  arena: Bytes
  ends: Uint32Array
  /** First message and the one behind the last, for each run. */
  runs: Uint32Array
  runCount: number
}

/** How a template's series become bytes: the same object for all templates of an endpoint, replaced when rules change. */
export interface Encoding {
  readonly labels: SeriesLabels
}

/** What became of the samples of a batch. Re-used: read it before the next batch. */
export interface Taken {
  accepted: number
  duplicates: number
  outOfOrder: number
  /** Of series that the endpoint's own rules drop. */
  dropped: number
  /** Over the accepted samples. */
  minTimestamp: number
  maxTimestamp: number
  /** The patched messages, and those written out one by one, to be sent after them. */
  readonly patched: Load
  readonly exact: Load
}

export interface Template {
  /**
   * Asks and encodes what is new in the batch, the part that can take long; false when `over` said to stop before the end:
   * then it is to be called again.
   */
  prepare(batch: Batch, encoding: Encoding, over: () => boolean): boolean
  /** Prepares what isn't yet, and patches. */
  take(batch: Batch, encoding: Encoding): Taken
  /** Order domains this source belongs to: its own, and those of sources it shares series with. */
  readonly orders: ReadonlySet<number>
  readonly series: number
  /** Releases its series. What it last gave to be sent stays valid. */
  close(): void
}

/** Answers to a slot other than index + 1 of its message. */
const UNKNOWN = 0
const DROPPED_BEFORE = -1
const DROPPED_HERE = -2
/** A message not needed in this many plans is freed; its series comes back at the price of encoding it again. */
const KEEP_PLANS = 10
/** Series encoded between two looks at the clock: about 0.2 ms. */
const LEARN_AT_ONCE = 64
/** Instead of the message of a sample that is not sent. */
const NONE = -1

export function createTemplate(
  source: SeriesSource,
  identity: Identity,
  order: number,
  seeds: readonly [number, number],
): Template {
  const messages = createMessages()
  const orders = new Set([order])
  let answers = new Int32Array(0)
  let generations = new Uint32Array(0)

  let plannedLayout = Number.NaN
  let plannedVersion = -1
  let plannedEncoding: Encoding | undefined
  /** While a plan is being made: the first sample not looked at yet. */
  let planned: number | undefined
  let plans = 0
  let droppedInPlan = 0
  /** Per sample of the planned layout: its message, or NONE. */
  let indexes = new Int32Array(0)
  let runs = new Uint32Array(16)
  let runCount = 0

  /** Messages of the plan that are not to go out with this batch, marked with `batches`. */
  let withheld = new Uint32Array(0)
  let withheldCount = 0
  let batches = 0
  let restRuns = new Uint32Array(16)
  const exactArena = createBytes(0)
  let exactEnds = new Uint32Array(0)
  let exactCount = 0
  const taken: Taken = {
    accepted: 0,
    duplicates: 0,
    outOfOrder: 0,
    dropped: 0,
    minTimestamp: 0,
    maxTimestamp: 0,
    patched: { arena: messages.arena, ends: messages.ends, runs, runCount: 0 },
    exact: { arena: exactArena, ends: exactEnds, runs: new Uint32Array(2), runCount: 0 },
  }

  function take(batch: Batch, encoding: Encoding): Taken {
    prepare(batch, encoding, never)
    batches++
    withheldCount = 0
    exactArena.length = 0
    exactCount = 0
    taken.accepted = 0
    taken.duplicates = 0
    taken.outOfOrder = 0
    taken.dropped = droppedInPlan
    taken.minTimestamp = Number.POSITIVE_INFINITY
    taken.maxTimestamp = Number.NEGATIVE_INFINITY

    if (batch.timestamps === undefined && !batch.repeats && isSixBytes(batch.timestamp)) patch(batch)
    else writeEach(batch)

    taken.patched.ends = messages.ends
    taken.patched.runs = runs
    taken.patched.runCount = runCount
    if (withheldCount > 0) leaveOutWithheld()
    taken.exact.ends = exactEnds
    taken.exact.runs[1] = exactCount
    taken.exact.runCount = exactCount > 0 ? 1 : 0
    return taken
  }

  /** Hot: 8 ns per sample while the arena is in the cache, 20 ns (two cache lines) when many targets take turns. */
  function patch(batch: Batch): void {
    const { count, values, stale } = batch
    const timestamp = Math.trunc(batch.timestamp)
    const low = timestampLow(timestamp)
    const high = timestampHigh(timestamp)
    const { view } = messages.arena
    const { ends, cells } = messages
    const last = identity.lastTimestamps
    let accepted = 0
    for (let i = 0; i < count; i++) {
      const index = indexes[i]
      if (index === NONE) continue
      const cell = cells[index]
      if (timestamp <= last[cell]) {
        reject(timestamp, last[cell])
        withhold(index)
        continue
      }
      last[cell] = timestamp
      const at = ends[index] - VALUE_FROM_END
      const value = values[i]
      if ((stale === undefined || stale[i] === 0) && !Number.isNaN(value)) view.setFloat64(at, value, true)
      else writeValue(view, at, value, stale !== undefined && stale[i] !== 0)
      view.setUint32(at + VALUE_FROM_END - TIMESTAMP_FROM_END, low, true)
      view.setUint16(at + VALUE_FROM_END - TIMESTAMP_FROM_END + 4, high, true)
      accepted++
    }
    taken.accepted = accepted
    if (accepted === 0) return
    taken.minTimestamp = timestamp
    taken.maxTimestamp = timestamp
  }

  /** The same when timestamps differ from sample to sample. */
  function writeEach(batch: Batch): void {
    const { count, values, stale, timestamps } = batch
    const { arena, ends, cells } = messages
    const last = identity.lastTimestamps
    for (let i = 0; i < count; i++) {
      const index = indexes[i]
      if (index === NONE) continue
      const at = ends[index] - VALUE_FROM_END
      const own = timestamps === undefined ? Number.NaN : timestamps[i]
      const timestamp = Math.trunc(Number.isNaN(own) ? batch.timestamp : own)
      const cell = cells[index]
      if (timestamp <= last[cell]) {
        reject(timestamp, last[cell])
        withhold(index)
        continue
      }
      last[cell] = timestamp
      const isStale = stale !== undefined && stale[i] !== 0
      // Two slots with the same final labels must go out in the order accepted, which the arena doesn't keep.
      if (!batch.repeats && isSixBytes(timestamp) && !identity.isShared(cell)) {
        writeValue(arena.view, at, values[i], isStale)
        arena.view.setUint32(at + VALUE_FROM_END - TIMESTAMP_FROM_END, timestampLow(timestamp), true)
        arena.view.setUint16(at + VALUE_FROM_END - TIMESTAMP_FROM_END + 4, timestampHigh(timestamp), true)
      } else {
        withhold(index)
        appendExact(exactArena, arena, startOf(ends, index), ends[index], values[i], isStale, timestamp)
        exactEnds = grown(exactEnds, exactCount + 1)
        exactEnds[exactCount++] = exactArena.length
      }
      taken.accepted++
      taken.minTimestamp = Math.min(taken.minTimestamp, timestamp)
      taken.maxTimestamp = Math.max(taken.maxTimestamp, timestamp)
    }
  }

  function reject(timestamp: number, last: number): void {
    if (timestamp === last) taken.duplicates++
    else taken.outOfOrder++
  }

  function withhold(index: number): void {
    withheld = grown(withheld, messages.count)
    if (withheld[index] === batches) return
    withheld[index] = batches
    withheldCount++
  }

  function leaveOutWithheld(): void {
    let count = 0
    for (let r = 0; r < runCount; r++) {
      const to = runs[2 * r + 1]
      let from = runs[2 * r]
      for (let index = from; index <= to; index++) {
        if (index < to && withheld[index] !== batches) continue
        if (from < index) {
          restRuns = grown(restRuns, 2 * count + 2)
          restRuns[2 * count] = from
          restRuns[2 * count + 1] = index
          count++
        }
        from = index + 1
      }
    }
    taken.patched.runs = restRuns
    taken.patched.runCount = count
  }

  function prepare(batch: Batch, encoding: Encoding, over: () => boolean): boolean {
    const { slots, count, layout } = batch
    if (source.version !== plannedVersion || encoding !== plannedEncoding) {
      forgetAll()
      plannedVersion = source.version
      plannedEncoding = encoding
      planned = 0
    } else if (layout !== plannedLayout) {
      planned ??= 0
    }
    if (planned === undefined) return true
    plannedLayout = Number.NaN
    const { generations: current } = source
    let learned = 0
    for (let i = planned; i < count; i++) {
      const slot = slots[i]
      if (slot === NO_SLOT) continue
      if (slot < answers.length && answers[slot] !== UNKNOWN && generations[slot] === current[slot]) continue
      learn(slot, encoding)
      if (learned === LEARN_AT_ONCE) messages.expect(messages.count + count - i)
      if (++learned % LEARN_AT_ONCE !== 0 || !over()) continue
      planned = i + 1
      return false
    }
    if (learned >= LEARN_AT_ONCE) messages.fit()
    plan(slots, count)
    plannedLayout = layout
    planned = undefined
    return true
  }

  function plan(slots: Uint32Array, count: number): void {
    plans++
    const { stamps } = messages
    for (let i = 0; i < count; i++) {
      const answer = answers[slots[i]]
      if (answer > 0) stamps[answer - 1] = plans
    }
    messages.compact((slot, index) => {
      answers[slot] = index + 1
    })
    placeSamples(slots, count)
    findRuns()
  }

  function learn(slot: number, encoding: Encoding): void {
    answers = grown(answers, slot + 1)
    generations = grown(generations, slot + 1)
    if (answers[slot] > 0) forget(answers[slot] - 1)
    generations[slot] = source.generations[slot]
    const given = source.labels(slot)
    const labels = given === undefined ? undefined : encoding.labels(given)
    if (labels === undefined) {
      answers[slot] = given === undefined ? DROPPED_BEFORE : DROPPED_HERE
      return
    }
    const index = messages.add(slot, labels)
    answers[slot] = index + 1
    const { bytes } = messages.arena
    const from = labelsStart(bytes, startOf(messages.ends, index))
    const to = labelsEnd(messages.ends[index])
    const cell = identity.acquire(hashBytes(bytes, from, to, seeds[0]), hashBytes(bytes, from, to, seeds[1]), order)
    messages.cells[index] = cell
    orders.add(identity.orderOf(cell))
  }

  function placeSamples(slots: Uint32Array, count: number): void {
    indexes = grown(indexes, count)
    droppedInPlan = 0
    for (let i = 0; i < count; i++) {
      const answer = answers[slots[i]]
      indexes[i] = answer > 0 ? answer - 1 : NONE
      if (answer === DROPPED_HERE) droppedInPlan++
    }
  }

  /** Neighbours of this plan become runs; on the way, messages not needed for long are freed. */
  function findRuns(): void {
    const { stamps, slots, count } = messages
    runCount = 0
    for (let index = 0; index < count; index++) {
      if (slots[index] === HOLE) continue
      if (stamps[index] !== plans) {
        if (plans - stamps[index] > KEEP_PLANS) forget(index)
        continue
      }
      const from = index
      while (index + 1 < count && slots[index + 1] !== HOLE && stamps[index + 1] === plans) index++
      runs = grown(runs, 2 * runCount + 2)
      runs[2 * runCount] = from
      runs[2 * runCount + 1] = index + 1
      runCount++
    }
  }

  function forget(index: number): void {
    answers[messages.slots[index]] = UNKNOWN
    identity.release(messages.cells[index])
    messages.remove(index)
  }

  function forgetAll(): void {
    for (let index = 0; index < messages.count; index++) {
      if (messages.slots[index] !== HOLE) identity.release(messages.cells[index])
    }
    messages.clear()
    answers.fill(UNKNOWN)
  }

  return {
    prepare,
    take,
    orders,
    get series() {
      return messages.live
    },
    close: forgetAll,
  }
}

function never(): boolean {
  return false
}

function isSixBytes(timestamp: number): boolean {
  return timestamp >= SIX_BYTES_MIN && timestamp < SIX_BYTES_LIMIT
}
