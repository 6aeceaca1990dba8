/**
 * The queue's side on disk: which segments there are, what of their blocks is done, what is unread, what waits to be written.
 * Connects those who write (log.ts), read (reader.ts) and look at what earlier runs left (survey.ts). Decides neither what is to be
 * written nor when; removes a segment when all of its blocks are done, or when told to.
 */
import { fileProblemOf, messageOf } from '../../../errors.ts'
import { MAX_SEGMENT_BYTES, MAX_UNWRITTEN_BYTES } from '../../../limits.ts'
import type { Clock, SegmentDirectory } from '../../../ports.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import type { Timer, Timers } from '../../../time/timers.ts'
import { type BlockFacts, type Counts, NOTHING, type Part } from '../../block.ts'
import { isNothing, minus, plus, positive } from '../../counts.ts'
import type { DiskState, QueueLoss, QueueSettings } from '../queued.ts'
import { createDone } from './done.ts'
import type { Entry } from './entry.ts'
import { createLog, type Log } from './log.ts'
import { inTime, isFull } from './patience.ts'
import { createReader, type Position, type ReadBlock, type Reader } from './reader.ts'
import { writeBlock } from './record.ts'
import { createRemoval } from './removal.ts'
import { includeBlock, type Segment, THIS_RUN } from './segment.ts'
import { segmentsAmong, survey } from './survey.ts'

/** Longer than the endpoint that used the directory before may take to end. */
const OPEN_PATIENCE_MS = 15_000
const FIRST_OPEN_BACKOFF_MS = 1_000
const MAX_OPEN_BACKOFF_MS = 60_000
const MIN_SEGMENT_BYTES = 1024
const NO_BYTES = new Uint8Array(0)

export interface JournalEvents {
  lost(counts: Counts, reason: QueueLoss): void
  /** What earlier runs left is known, or given up: from now on blocks may be read. */
  surveyed(): void
  written(): void
  /** The parts of the block that is open are void: it has to be written as a whole. */
  failed(): void
  recovered(): void
}

export interface Journal {
  readonly state: DiskState
  readonly surveyed: boolean
  /** A block has come: from now on the directory must open in time. */
  expect(): void
  /** It works, and nothing waits: parts can be taken. */
  readonly keepsUp: boolean
  /** Blocks are written, sooner or later. */
  readonly works: boolean
  part(sequence: number, index: number, part: Part): void
  /** All parts of the block were given to `part`, but for `rest`. */
  finish(entry: Entry, index: number, rest: Part | undefined): void
  write(entry: Entry): void
  done(run: number, from: number, to: number): void
  /** The block is no longer in memory: it counts as unread. */
  release(entry: Entry): void
  /** Blocks that are on disk only. */
  readonly unreadBlocks: number
  readonly unread: Counts
  readonly oldestUnread: number | undefined
  /** The next unread block; undefined when there is none. Only one call at a time. */
  read(after: Position, before: number): Promise<ReadBlock | undefined>
  /** Of the oldest segment, and whether it may be dropped: the newest may not. */
  readonly oldest: Segment | undefined
  /** Removes the oldest segment; what is unread in it is lost. */
  drop(reason: QueueLoss): void
  readonly diskBytes: number
  /** Nothing could be written because there is no room, and nothing is being tried. */
  readonly full: boolean
  /** Tries now what failed. */
  retry(): void
  /** Memory. */
  readonly bytes: number
  readonly corruptions: number
  /** Writes what waits, and what is acknowledged. */
  finishWriting(): Promise<void>
  end(): void
}

export function createJournal(
  open: () => Promise<SegmentDirectory>,
  settings: () => QueueSettings,
  events: JournalEvents,
  { clock, timers, log: logger }: { readonly clock: Clock; readonly timers: Timers; readonly log: Logger },
): Journal {
  const done = createDone()
  const removal = createRemoval(logger)
  /** In the order of their blocks. */
  const segments: Segment[] = []
  let directory: SegmentDirectory | undefined
  let log: Log<Item> | undefined
  let reader: Reader | undefined
  let surveyed = false
  let state: DiskState = 'opening'
  let corruptions = 0
  let full = false
  let ended = false
  let impatient: Timer | undefined
  const unwritten: Entry[] = []

  interface Item {
    readonly sequence: number
    readonly minTimestamp: number
    /** When this completes it. */
    readonly entry: Entry | undefined
  }

  async function begin(backoff: number): Promise<void> {
    try {
      // It may wait for its turn, as long as it likes: until somebody waits for this (`expect`).
      const opened = await open()
      impatient?.cancel()
      const found = segmentsAmong(await inTime(timers, opened.list))
      if (ended) return
      const run = Math.max(Math.floor(clock.now()), (found.at(-1)?.run ?? 0) + 1)
      directory = opened
      log = createLog<Item>(opened, run, logSettings, logEvents, timers)
      reader = createReader(
        opened,
        () => segments,
        (of, sequence) => !done.has(of, sequence),
        timers,
      )
      state = 'working'
      if (settings().persistence !== 'off') log.begin()
      if (surveyed) {
        // Their turn has passed: newer blocks were sent.
        if (found.length > 0)
          logger.warn('What is left in the queue on disk is sent after the next start.', { files: found.length })
      } else {
        const readable = await survey(opened, found, done, unreadable, timers)
        if (ended) return
        segments.unshift(...readable)
      }
    } catch (thrown) {
      impatient?.cancel()
      if (ended) return
      fails(thrown)
      timers.after(backoff, () => void begin(Math.min(2 * backoff, MAX_OPEN_BACKOFF_MS)))
    }
    endSurvey()
  }

  function endSurvey(): void {
    if (surveyed) return
    surveyed = true
    collect()
    events.surveyed()
  }

  /** Blocks are waiting for what earlier runs left, and the directory isn't even open. */
  function expect(): void {
    if (surveyed || directory !== undefined || impatient !== undefined) return
    impatient = timers.after(OPEN_PATIENCE_MS, () => {
      fails('the directory does not open')
      endSurvey()
    })
  }

  function unreadable(segment: Segment, thrown: unknown): void {
    corruptions++
    logger.error('A file of the queue can not be read; it is left alone.', {
      file: segment.name,
      error: messageOf(thrown),
    })
  }

  function fails(thrown: unknown): void {
    full = isFull(thrown)
    if (state === 'failing') return
    state = 'failing'
    logger.error('The disk of the queue fails; blocks are kept in memory until it works again.', {
      error: typeof thrown === 'string' ? thrown : fileProblemOf(thrown),
    })
  }

  function logSettings(): { segmentBytes: number; syncInterval: number } {
    const { maxDiskBytes, syncInterval } = settings()
    return {
      segmentBytes: Math.max(MIN_SEGMENT_BYTES, Math.min(MAX_SEGMENT_BYTES, maxDiskBytes / 8)),
      syncInterval,
    }
  }

  const logEvents = {
    fill(): void {
      // A small part of the memory: there are two buffers.
      const enough = Math.min(MAX_UNWRITTEN_BYTES, logSettings().segmentBytes, settings().maxMemoryBytes / 16)
      while (unwritten.length > 0 && log !== undefined && log.waiting < enough) {
        const entry = unwritten.shift() as Entry
        if (!entry.acknowledged) putWhole(log, entry)
      }
    },
    acknowledged: (as: number) => done.list(segments, as),
    created: (segment: Segment) => segments.push(segment),
    written(segment: Segment, items: readonly Item[]): void {
      for (const { sequence, minTimestamp, entry } of items) {
        includeBlock(segment, sequence, minTimestamp)
        if (entry === undefined) continue
        entry.leaving = false
        entry.persisted = true
        entry.segment = segment
      }
      collect()
      events.written()
    },
    failed(items: readonly Item[], thrown: unknown): void {
      const entries = items.flatMap(({ entry }) => entry ?? [])
      unwritten.unshift(...entries)
      fails(thrown)
      events.failed()
    },
    recovered(): void {
      state = 'working'
      logger.info('The disk of the queue works again.')
      events.recovered()
    },
    stalled: () => fails('writing takes very long'),
    discarded(segment: Segment): void {
      segments.splice(segments.indexOf(segment), 1)
      remove(segment)
    },
    isDone: done.covers,
  }

  function putWhole(to: Log<Item>, entry: Entry): void {
    const { block, sequence } = entry
    const contents = { head: block.body, headRawBytes: block.rawBytes, tail: NO_BYTES, tailRawBytes: 0 }
    const item = { sequence, minTimestamp: block.minTimestamp, entry }
    to.put((out, of) => writeBlock(out, of, sequence, undefined, block, contents), false, item)
  }

  function putPart(sequence: number, index: number, part: Part, entry: Entry | undefined): void {
    const item = { sequence, minTimestamp: part.minTimestamp, entry }
    log?.put((out, of) => writeBlock(out, of, sequence, index, part as BlockFacts, part), index > 0, item)
  }

  /** Segments go from the oldest on only: later ones know that blocks of earlier ones are done. */
  function collect(): void {
    while (segments.length > 0 && segments[0] !== log?.active && done.covers(segments[0]) && surveyed) {
      // Blocks of it may be missing although all that came after them is done.
      if (segments[0].unreadBlocks !== 0) balance(segments[0])
      remove(segments.shift() as Segment)
    }
  }

  function remove(segment: Segment): void {
    corruptions += reader?.leave(segment) ?? 0
    if (directory !== undefined) removal.remove(directory, segment)
  }

  /** The one after it has some of the same blocks. */
  function overlapping(segment: Segment): Segment | undefined {
    const next: Segment | undefined = segments[segments.indexOf(segment) + 1]
    return next?.run === segment.run && next.first >= 0 && next.first <= segment.last ? next : undefined
  }

  /** All of it was read: what should have been there and wasn't is in the next one, or lost. */
  function balance(segment: Segment): void {
    const { unread, unreadBlocks } = segment
    const next = overlapping(segment)
    segment.unread = NOTHING
    segment.unreadBlocks = 0
    if (next !== undefined) {
      next.unread = plus(next.unread, unread)
      next.unreadBlocks += unreadBlocks
      return
    }
    const missing = positive(unread)
    if (isNothing(missing)) return
    logger.error('Blocks of the queue on disk are damaged; they are lost.', {
      file: segment.name,
      samples: missing.samples,
    })
    events.lost(missing, 'corrupt')
  }

  function finishReading(segment: Segment, after: Position, before: number): void {
    const next = overlapping(segment)
    balance(segment)
    const from = after.run === segment.run ? after.sequence + 1 : 0
    done.add(segment.run, from, Math.min(segment.last + 1, before, next?.first ?? Number.POSITIVE_INFINITY))
    corruptions += reader?.leave(segment) ?? 0
    collect()
  }

  async function read(after: Position, before: number): Promise<ReadBlock | undefined> {
    for (;;) {
      const segment = segments.find(({ unreadBlocks }) => unreadBlocks !== 0)
      if (segment === undefined || reader === undefined || ended) return undefined
      const limit = segment.run === THIS_RUN ? before : Number.POSITIVE_INFINITY
      let block: ReadBlock | undefined
      try {
        block = await reader.next(segment, after, limit)
      } catch (thrown) {
        corruptions++
        logger.error('A file of the queue can not be read.', { file: segment.name, error: messageOf(thrown) })
      }
      // It may have been dropped meanwhile.
      if (!segments.includes(segment)) continue
      if (block === undefined) {
        finishReading(segment, after, limit)
        continue
      }
      segment.unread = minus(segment.unread, block.block.counts)
      segment.unreadBlocks--
      if (segment.unreadBlocks === 0) balance(segment)
      // What isn't there any more was delivered before it was ever written, or is damaged.
      done.add(block.run, after.run === block.run ? after.sequence + 1 : 0, block.sequence)
      return block
    }
  }

  void begin(FIRST_OPEN_BACKOFF_MS)

  return {
    get state() {
      return state
    },
    get surveyed() {
      return surveyed
    },
    expect,
    get keepsUp() {
      return log?.ready === true && unwritten.length === 0
    },
    get works() {
      return state === 'working'
    },
    part: (sequence, index, part) => putPart(sequence, index, part, undefined),
    finish(entry, index, rest) {
      entry.leaving = true
      if (rest !== undefined) putPart(entry.sequence, index, rest, entry)
      else {
        const { sequence, block } = entry
        log?.put(() => undefined, true, { sequence, minTimestamp: block.minTimestamp, entry })
      }
    },
    write(entry) {
      entry.leaving = true
      unwritten.push(entry)
      log?.wake()
    },
    done(of, from, to) {
      done.add(of, from, to)
      collect()
      if (segments.length > 0 && settings().persistence !== 'off') log?.acknowledgeSoon()
    },
    release(entry) {
      const { segment, block } = entry
      if (segment === undefined) return
      segment.unread = plus(segment.unread, block.counts)
      segment.unreadBlocks++
    },
    get unreadBlocks() {
      return segments.reduce((sum, { unreadBlocks }) => sum + unreadBlocks, 0)
    },
    get unread() {
      return segments.reduce((sum, { unread }) => plus(sum, unread), NOTHING)
    },
    get oldestUnread() {
      const oldest = segments.find(({ unreadBlocks }) => unreadBlocks > 0)?.minTimestamp
      return oldest === Number.POSITIVE_INFINITY ? undefined : oldest
    },
    read,
    get oldest() {
      return segments[0] === log?.active ? undefined : segments[0]
    },
    drop(reason) {
      const segment = segments.shift()
      if (segment === undefined) return
      if (segment.unreadBlocks > 0) events.lost(positive(segment.unread), reason)
      remove(segment)
    },
    get diskBytes() {
      return segments.reduce((sum, { bytes }) => sum + bytes, 0)
    },
    get full() {
      return full && state === 'failing' && log?.rests === true
    },
    retry: () => log?.retry(),
    get bytes() {
      return log?.bytes ?? 0
    },
    get corruptions() {
      return corruptions
    },
    async finishWriting() {
      await log?.finish()
      collect()
      await removal.finished()
    },
    end() {
      ended = true
      impatient?.cancel()
      log?.end()
    },
  }
}
