/**
 * The end of the journal where it grows: records go into a buffer, the buffer into the newest segment, one write at a time, in
 * order. Nobody ever waits for it. Owns segments while they are written, when they are full, synced, or given up because the disk
 * failed; what was not written then is handed back, and tried again in a new segment. Never reads.
 */
import { MAX_UNWRITTEN_BYTES } from '../../../limits.ts'
import type { SegmentDirectory, SegmentWriter } from '../../../ports.ts'
import type { Timer, Timers } from '../../../time/timers.ts'
import { type Bytes, createBytes, resize } from '../../encoding/bytes.ts'
import { type Acknowledged, writeAcknowledged } from './record.ts'
import { createSegment, type Segment, THIS_RUN } from './segment.ts'

/** A write that takes this long is as bad as one that failed, until it ends. */
const STALL_MS = 5_000
const FIRST_BACKOFF_MS = 1_000
const MAX_BACKOFF_MS = 60_000
/** Acknowledgements wait this long for something else to be written with. */
const ACKNOWLEDGE_MS = 50
const KEPT_BUFFER_BYTES = 256 * 1024
/** Names in a row that others took. */
const MAX_TAKEN_NAMES = 100

export interface LogSettings {
  readonly segmentBytes: number
  /** 0: never. */
  readonly syncInterval: number
}

/** `T` is what the owner wants to know about: blocks whose last record was put. */
export interface LogEvents<T> {
  /** The buffer is about to be written: whoever has more may put it, up to MAX_UNWRITTEN_BYTES. */
  fill(): void
  /** What has been acknowledged by now, for a record of it. */
  acknowledged(run: number): Acknowledged
  created(segment: Segment): void
  /** What was put is in the segment. */
  written(segment: Segment, items: readonly T[]): void
  /** Is not, as far as known; parts of blocks that are open are void. */
  failed(items: readonly T[], thrown: unknown): void
  /** The disk works again, after it failed or stalled. */
  recovered(): void
  /** A write takes very long. */
  stalled(): void
  /** Of a failed segment that has nothing in it. */
  discarded(segment: Segment): void
  /** Everything in the segment is acknowledged: it needs no sync. */
  isDone(segment: Segment): boolean
}

export interface Log<T> {
  /** Records are appended here, by `put`. */
  put(write: (out: Bytes, run: number) => void, continues: boolean, item: T): void
  /** Bytes that are not being written yet. */
  readonly waiting: number
  /** `put` may be called, and there is room. */
  readonly ready: boolean
  readonly active: Segment | undefined
  /** Makes the first segment now: better to learn at the start than when it is needed that the disk can't be written. */
  begin(): void
  /** Something waits that `fill` would put. */
  wake(): void
  acknowledgeSoon(): void
  /** Nothing is tried before some time has passed, or `retry` is called. */
  readonly rests: boolean
  retry(): void
  /** Memory of its buffers. */
  readonly bytes: number
  /** Resolves when everything is written, or nothing can be. */
  finish(): Promise<void>
  /** Nothing is written any more. */
  end(): void
}

export function createLog<T>(
  directory: SegmentDirectory,
  firstRun: number,
  settings: () => LogSettings,
  events: LogEvents<T>,
  timers: Timers,
): Log<T> {
  let run = firstRun
  let index = 0
  let active: { readonly segment: Segment; readonly writer: SegmentWriter } | undefined
  let out = createBytes(0)
  let spare = createBytes(0)
  let items: { readonly item: T; readonly end: number }[] = []
  /** Where the first record begins that isn't a further part of a block: a segment may end there. */
  let boundary = -1
  let acknowledging: Timer | undefined
  let acknowledgeNow = false
  let pumping: Promise<void> | undefined
  let backoff = FIRST_BACKOFF_MS
  let retrying: Timer | undefined
  let stalled = false
  let failing = false
  let finishing = false
  let ended = false
  let beginning = false
  /** Segments that are being closed. */
  let left: Promise<unknown> = Promise.resolve()
  let syncing: Timer | undefined

  async function pump(): Promise<void> {
    // What comes in the same turn goes in the same write.
    await undefined
    while (!ended && retrying === undefined) {
      events.fill()
      if (items.length === 0 && !acknowledgeNow && !beginning) return
      const due = active !== undefined && active.segment.bytes >= settings().segmentBytes
      // Only where a block begins: parts may still come of the one before, although nothing waits just now.
      if (due && boundary === 0) leave()
      if (due && boundary > 0) await writeOut(boundary)
      else {
        if (active === undefined || acknowledgeNow) acknowledge()
        await writeOut(out.length)
      }
    }
  }

  async function writeOut(length: number): Promise<void> {
    const writing = out
    const rest = out.bytes.subarray(length, out.length)
    const put = items.filter(({ end }) => end <= length)
    out = spare
    out.length = 0
    spare = writing
    if (rest.length > 0) {
      resize(out, Math.max(out.bytes.length, rest.length))
      out.bytes.set(rest)
      out.length = rest.length
    }
    items = items.filter(({ end }) => end > length).map(({ item, end }) => ({ item, end: end - length }))
    boundary = boundary >= length ? boundary - length : -1
    const stall = timers.after(STALL_MS, () => {
      stalled = true
      events.stalled()
    })
    try {
      active ??= await create(length)
      beginning = false
      const { segment, writer } = active
      if (length > 0) await writer.append(writing.bytes.subarray(0, length))
      stall.cancel()
      if (ended) {
        void writer.close().catch(() => undefined)
        active = undefined
        return
      }
      segment.bytes += length
      syncSoon()
      succeed()
      events.written(
        segment,
        put.map(({ item }) => item),
      )
      if (spare.bytes.length > KEPT_BUFFER_BYTES) spare = createBytes(0)
    } catch (thrown) {
      stall.cancel()
      fail(put, thrown, length)
    }
  }

  /** At the end of what is written now: each record has all of them, so the newest segment always knows. */
  function acknowledge(): void {
    acknowledging?.cancel()
    acknowledging = undefined
    acknowledgeNow = false
    const acknowledged = events.acknowledged(run)
    if (acknowledged.length > 0) writeAcknowledged(out, run, acknowledged)
  }

  async function create(length: number): Promise<{ segment: Segment; writer: SegmentWriter }> {
    for (let taken = 0; ; taken++) {
      const segment = createSegment(THIS_RUN, run, index++, 0)
      try {
        const writer = await directory.create(segment.name)
        events.created(segment)
        return { segment, writer }
      } catch (thrown) {
        if (taken === MAX_TAKEN_NAMES || !isTaken(thrown)) throw thrown
        if (segment.index > 0) continue
        // Another process has begun at the same instant: its blocks must not be taken for ours.
        run++
        index = 0
        // The number of the run is in all that was put.
        if (length > 0 || items.length > 0) throw thrown
      }
    }
  }

  function leave(): void {
    if (active === undefined) return
    const { segment, writer } = active
    active = undefined
    syncing?.cancel()
    syncing = undefined
    const sync = settings().syncInterval > 0 && !events.isDone(segment)
    const synced = sync ? writer.sync() : Promise.resolve()
    // What can't be synced is as safe as it gets; it is written.
    left = Promise.all([left, synced.catch(() => undefined).then(() => writer.close().catch(() => undefined))])
  }

  function succeed(): void {
    const was = failing || stalled
    failing = false
    stalled = false
    backoff = FIRST_BACKOFF_MS
    if (was) events.recovered()
  }

  function fail(put: readonly { readonly item: T }[], thrown: unknown, length: number): void {
    const lost = [...put, ...items].map(({ item }) => item)
    items = []
    // What is in them is still in memory as blocks.
    out = createBytes(0)
    spare = createBytes(0)
    boundary = -1
    acknowledgeNow = false
    const failed = active
    active = undefined
    syncing?.cancel()
    syncing = undefined
    if (failed !== undefined) {
      void failed.writer.close().catch(() => undefined)
      if (failed.segment.bytes === 0) events.discarded(failed.segment)
      // Any part of it may be there.
      else failed.segment.bytes += length
    }
    failing = true
    stalled = false
    if (!ended && !finishing) {
      retrying = timers.after(backoff, retry)
      backoff = Math.min(2 * backoff, MAX_BACKOFF_MS)
    } else ended = true
    events.failed(lost, thrown)
  }

  function retry(): void {
    retrying?.cancel()
    retrying = undefined
    acknowledgeNow = true
    wake()
  }

  function syncSoon(): void {
    const { syncInterval } = settings()
    if (syncInterval <= 0 || syncing !== undefined || active === undefined) return
    const { segment, writer } = active
    syncing = timers.after(syncInterval, () => {
      syncing = undefined
      if (events.isDone(segment)) return
      // A disk that can't sync fails to write soon, or goes on as if nothing were: then there is nothing to be done.
      writer.sync().catch(() => undefined)
    })
  }

  function wake(): void {
    if (pumping !== undefined || ended || retrying !== undefined) return
    pumping = pump().finally(() => {
      pumping = undefined
      if (acknowledgeNow || items.length > 0) wake()
    })
  }

  return {
    put(write, continues, item) {
      if (!continues && boundary < 0) boundary = out.length
      write(out, run)
      items.push({ item, end: out.length })
      wake()
    },
    get ready() {
      return !ended && !failing && !stalled && retrying === undefined && out.length < MAX_UNWRITTEN_BYTES
    },
    get waiting() {
      return out.length
    },
    get active() {
      return active?.segment
    },
    begin() {
      beginning = true
      wake()
    },
    wake,
    acknowledgeSoon() {
      if (ended || acknowledging !== undefined || retrying !== undefined) return
      acknowledging = timers.after(ACKNOWLEDGE_MS, () => {
        acknowledging = undefined
        acknowledgeNow = true
        wake()
      })
    },
    get rests() {
      return retrying !== undefined
    },
    retry,
    get bytes() {
      return out.bytes.length + spare.bytes.length
    },
    async finish() {
      finishing = true
      if (retrying !== undefined) retry()
      acknowledgeNow = true
      wake()
      while (pumping !== undefined) await pumping
      leave()
      await left
    },
    end() {
      ended = true
      acknowledging?.cancel()
      retrying?.cancel()
      syncing?.cancel()
      void active?.writer.close().catch(() => undefined)
      active = undefined
    },
  }
}

function isTaken(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST'
}
