/**
 * The queue's side on disk: which segments there are, what of their blocks is done, what is unread, what waits to be written.
 * Connects those who write (log.ts), read (reader.ts) and look at what earlier runs left (survey.ts). Decides neither what is to be
 * written nor when.
 */
import { fileProblemOf, messageOf } from '../../../errors.ts'
import { MAX_SEGMENT_BYTES, MAX_UNWRITTEN_BYTES } from '../../../limits.ts'
import type { Clock, SegmentDirectory } from '../../../ports.ts'
import type { Logger } from '../../../telemetry/logger.ts'
import type { Timer, Timers } from '../../../time/timers.ts'
import type { BlockFacts, Counts, Part } from '../../block.ts'
import type { DiskState, QueueLoss, QueueSettings } from '../queued.ts'
import { createDone } from './done.ts'
import type { Entry } from './entry.ts'
import { createLog, type Log } from './log.ts'
import { inTime, isFull } from './patience.ts'
import { createReader, type Position, type ReadBlock, type Reader } from './reader.ts'
import { writeBlock } from './record.ts'
import { createRemoval } from './removal.ts'
import { includeBlock, type Segment, THIS_RUN } from './segment.ts'
import { createSegments } from './segments.ts'
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
  /**
   * The next unread block; undefined when there is none. `before`: the first of this run that is not unread, which may change
   * meanwhile. Only one call at a time.
   */
  read(after: Position, before: () => number): Promise<ReadBlock | undefined>
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
  const segments = createSegments(done, () => log?.active, { lost: events.lost, removed: remove }, logger)
  let directory: SegmentDirectory | undefined
  let log: Log<Item> | undefined
  let reader: Reader | undefined
  let surveyed = false
  let state: DiskState = 'opening'
  let corruptions = 0
  let full = false
  let ended = false
  let impatient: Timer | undefined
  let reopening: Timer | undefined
  /** The directory is open, or could not be opened the first time. */
  let tried: () => void = () => undefined
  const firstTry = new Promise<void>((resolve) => {
    tried = resolve
  })
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
        () => segments.all,
        (of, sequence) => !done.has(of, sequence),
        timers,
      )
      state = 'working'
      tried()
      if (settings().persistence !== 'off') log.begin()
      if (surveyed) {
        // Their turn has passed: newer blocks were sent.
        if (found.length > 0)
          logger.warn('What is left in the queue on disk is sent after the next start.', { files: found.length })
      } else {
        const readable = await survey(opened, found, done, surveyEvents, timers)
        if (ended) return
        segments.addEarlier(readable)
      }
    } catch (thrown) {
      tried()
      impatient?.cancel()
      if (ended) return
      fails(thrown)
      reopening = timers.after(backoff, () => void begin(Math.min(2 * backoff, MAX_OPEN_BACKOFF_MS)))
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

  const surveyEvents = {
    unreadable,
    gaveUp(files: number): void {
      corruptions += files
      logger.error('The disk of the queue can not be read; the rest of what it has is left alone.', { files })
    },
    ended: () => ended,
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
    acknowledged: (as: number) => done.list(segments.all, as),
    created: segments.add,
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
    discarded: segments.discard,
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

  /** Once it is known which there are: later segments know that blocks of earlier ones are done. */
  function collect(): void {
    if (surveyed) segments.collect()
  }

  function remove(segment: Segment): void {
    corruptions += reader?.leave(segment) ?? 0
    if (directory !== undefined) removal.remove(directory, segment)
  }

  async function read(after: Position, before: () => number): Promise<ReadBlock | undefined> {
    for (;;) {
      const segment = segments.firstUnread
      if (segment === undefined || reader === undefined || ended) return undefined
      const limit = (): number => (segment.run === THIS_RUN ? before() : Number.POSITIVE_INFINITY)
      const end = limit()
      let block: ReadBlock | undefined
      let failure: unknown
      try {
        block = await reader.next(segment, after, end)
      } catch (thrown) {
        failure = thrown
      }
      // It may have been dropped meanwhile, or blocks behind the end have become unread.
      if (!segments.all.includes(segment)) continue
      if (block !== undefined) {
        segments.take(segment, after, block.sequence, block.block.counts)
        return block
      }
      if (failure === undefined && end !== limit()) continue
      corruptions += reader.leave(segment)
      if (failure !== undefined) unreadable(segment, failure)
      if (failure === undefined || segment === log?.active) segments.finish(segment, after, end)
      else segments.leaveAlone(segment, after)
      collect()
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
      if (segments.all.length > 0 && settings().persistence !== 'off') log?.acknowledgeSoon()
    },
    release({ segment, sequence, block }) {
      if (segment !== undefined) segments.release(segment, sequence, block.counts)
    },
    get unreadBlocks() {
      return segments.unreadBlocks
    },
    get unread() {
      return segments.unread
    },
    get oldestUnread() {
      return segments.oldestUnread
    },
    read,
    get oldest() {
      const [oldest] = segments.all
      return oldest === log?.active ? undefined : oldest
    },
    drop: segments.drop,
    get diskBytes() {
      return segments.bytes
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
      if (unwritten.length > 0) await firstTry
      await log?.finish()
      collect()
      await removal.finished()
    },
    end() {
      ended = true
      impatient?.cancel()
      reopening?.cancel()
      log?.end()
    },
  }
}
