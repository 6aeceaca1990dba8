/**
 * Finished blocks of one endpoint on their way out, in the order in which they were finished. Owns which of them are in memory and
 * which on disk, the bounds, and what is dropped because of them; never sends. What is on disk survives the agent, is
 * delivered by its next run before anything new, and is delivered twice at worst, never in another order.
 *
 *     window, which the sender sees  ◄─  unread: on disk alone  ◄─  tail: the newest, in memory      (oldest to newest)
 *
 * Mostly all of it is in the window. When that is full, or older blocks are still to be read, new ones go to the tail, and from
 * there to disk alone; the window is filled from disk as the sender empties it, and takes the tail when nothing is unread.
 */
import type { Clock, SegmentDirectory } from '../../ports.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Timer, Timers } from '../../time/timers.ts'
import { type Block, type Counts, NOTHING, type Part } from '../block.ts'
import { plus } from '../counts.ts'
import type { Entry } from './journal/entry.ts'
import { createJournal, type Journal } from './journal/journal.ts'
import type { Position } from './journal/reader.ts'
import { THIS_RUN } from './journal/segment.ts'
import type { Queue, QueueEvents, QueueLoss, QueueSettings } from './queued.ts'
import { createWindow, type Window } from './window.ts'

export type { DiskState, Queue, Queued, QueueEvents, QueueLoss, QueueSettings } from './queued.ts'

/** Of the memory, what blocks may take: the rest is for the buffers on their way to the disk. */
const BLOCKS_SHARE = 0.875
/** What the window may take while the rest can go to disk, what is read into it, and what the tail keeps of what is on disk. */
const WINDOW_SHARE = 0.6
const READ_SHARE = 0.4
const TAIL_SHARE = 0.15

export interface QueueDeps {
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Logger
}

/** `directory` opens the one that the queue is kept in; undefined: there is no disk. */
export function createQueue(
  settings: () => QueueSettings,
  directory: (() => Promise<SegmentDirectory>) | undefined,
  events: QueueEvents,
  deps: QueueDeps,
): Queue {
  const { clock, timers } = deps
  const window = createWindow()
  const tail = createWindow()
  const journal: Journal | undefined =
    directory &&
    createJournal(
      directory,
      settings,
      {
        lost: events.lost,
        surveyed() {
          void refill()
          // Also when nothing was left: who waits for the end of the queue knows only now that this is it.
          events.changed()
        },
        written: relieve,
        failed() {
          partsVoid = true
        },
        recovered: catchUp,
      },
      deps,
    )
  /** Of the block that is open, or the next one. */
  let sequence = 0
  /** Of it that were given to the journal, and whether all were. */
  let parts = 0
  let partsVoid = false
  /** The last block that came into the window. */
  let position: Position = { run: -1, sequence: -1 }
  /** The oldest block has waited too long: what comes is written at once, until that is over. */
  let spilling = false
  let spill: Timer | undefined
  let written = settings().persistence
  let refilling = false
  let closed = false

  /** What comes may go into the window. While that is filled, the block that was read last may be on its way there. */
  const direct = (): boolean =>
    tail.length === 0 && !refilling && (journal === undefined || (journal.surveyed && journal.unreadBlocks === 0))
  const memory = (): number => window.bytes + tail.bytes + (journal?.bytes ?? 0)
  const writesAll = (): boolean =>
    settings().persistence === 'always' || (settings().persistence === 'spill' && spilling)

  function append(block: Block, rest: Part | undefined): void {
    const whole = partsVoid || parts === 0
    const entry: Entry = {
      block,
      inFlight: false,
      attempts: 0,
      run: THIS_RUN,
      sequence: sequence++,
      since: clock.monotonic(),
      persisted: false,
      segment: undefined,
      acknowledged: false,
      leaving: false,
    }
    journal?.expect()
    const index = parts
    parts = 0
    partsVoid = false
    const size = block.body.buffer.byteLength
    const { maxMemoryBytes } = settings()
    const room = !canSpill() || window.bytes + size <= WINDOW_SHARE * maxMemoryBytes
    if (direct() && room) enter(entry)
    else tail.push(entry)
    if (!whole) journal?.finish(entry, index, rest)
    else if (writesAll() || (canSpill() && tail.length > 0)) journal?.write(entry)
    if (settings().persistence === 'spill' && memory() > READ_SHARE * maxMemoryBytes) startSpilling()
    watchSpill()
    trim()
  }

  /** Blocks can go to disk, now or soon. */
  function canSpill(): boolean {
    return settings().persistence !== 'off' && journal !== undefined && journal.works
  }

  function enter(entry: Entry): void {
    window.push(entry)
    position = { run: entry.run, sequence: entry.sequence }
  }

  /** Blocks that are in memory alone go to disk. */
  function writeMissing(from: Window): void {
    for (let i = 0; i < from.length; i++) {
      const entry = from.at(i) as Entry
      if (entry.run === THIS_RUN && !entry.persisted && !entry.leaving) journal?.write(entry)
    }
  }

  function startSpilling(): void {
    if (spilling || journal === undefined) return
    spilling = true
    writeMissing(window)
    writeMissing(tail)
  }

  function watchSpill(): void {
    const { persistence, spillDelay } = settings()
    if (persistence !== 'spill' || spilling || spill !== undefined || journal === undefined || closed) return
    const oldest = window.at(0) ?? tail.at(0)
    if (oldest === undefined) return
    spill = timers.at(oldest.since + spillDelay, () => {
      spill = undefined
      const first = window.at(0) ?? tail.at(0)
      if (first !== undefined && clock.monotonic() - first.since >= spillDelay) startSpilling()
      else watchSpill()
    })
  }

  function stopSpilling(): void {
    if (!spilling || !direct()) return
    const oldest = window.at(0)
    if (oldest === undefined || clock.monotonic() - oldest.since < settings().spillDelay) spilling = false
  }

  /** The disk works again: what should be there by now is written. */
  function catchUp(): void {
    if (writesAll()) writeMissing(window)
    if (canSpill()) writeMissing(tail)
    events.changed()
  }

  function isTooMuch(): boolean {
    const { maxMemoryBytes, persistence } = settings()
    const share = persistence === 'off' || journal === undefined ? 1 : BLOCKS_SHARE
    return window.bytes + tail.bytes > share * maxMemoryBytes || memory() > maxMemoryBytes
  }

  /** Some of the tail is on disk now: it need not be in memory, when that is short. */
  function relieve(): void {
    if (journal === undefined || closed) return
    const { maxMemoryBytes } = settings()
    while (tail.length > 0 && (tail.bytes > TAIL_SHARE * maxMemoryBytes || isTooMuch())) {
      if (!tail.at(0)?.persisted) return
      journal.release(tail.remove(0))
    }
  }

  /** Reads into the window what is on disk alone, while there is room; then takes the tail. */
  async function refill(): Promise<void> {
    if (refilling || closed || journal === undefined || !journal.surveyed) return
    refilling = true
    let changed = false
    while (!closed && journal.unreadBlocks !== 0 && window.bytes < READ_SHARE * settings().maxMemoryBytes) {
      const found = await journal.read(position, () => tail.at(0)?.sequence ?? sequence)
      if (found === undefined || closed) break
      const { run, block, segment } = found
      const entry: Entry = {
        block,
        inFlight: false,
        attempts: 0,
        run,
        sequence: found.sequence,
        since: clock.monotonic(),
        persisted: true,
        segment,
        acknowledged: false,
        leaving: false,
      }
      enter(entry)
      changed = true
      if (isTooOld(block)) drop(window, window.length - 1, 'too_old_in_queue')
      // The sender needn't wait for all of it.
      else if (window.length === 1) events.changed()
    }
    refilling = false
    if (closed) return
    if (journal.unreadBlocks === 0 && tail.length > 0) {
      while (tail.length > 0 && (window.length === 0 || roomFor(tail.at(0) as Entry))) enter(tail.remove(0))
      changed = true
    }
    watchSpill()
    if (changed) events.changed()
  }

  function roomFor({ block }: Entry): boolean {
    return !canSpill() || window.bytes + block.body.buffer.byteLength <= WINDOW_SHARE * settings().maxMemoryBytes
  }

  function isTooOld({ createdAt }: Block): boolean {
    return createdAt < clock.now() - settings().maxAge
  }

  function drop(from: Window, index: number, reason: QueueLoss): void {
    const entry = from.remove(index)
    settle(entry)
    events.lost(entry.block.counts, reason)
  }

  function settle(entry: Entry): void {
    entry.acknowledged = true
    journal?.done(entry.run, entry.sequence, entry.sequence + 1)
  }

  /** The oldest that is not being sent. */
  function dropFirst(from: Window, reason: QueueLoss, which: (entry: Entry) => boolean = () => true): boolean {
    for (let i = 0; i < from.length; i++) {
      const entry = from.at(i) as Entry
      if (entry.inFlight) continue
      if (!which(entry)) return false
      drop(from, i, reason)
      return true
    }
    return false
  }

  function trim(): void {
    if (closed) return
    const { maxMemoryBytes, maxDiskBytes, persistence } = settings()
    if (persistence !== written) {
      written = persistence
      catchUp()
    }
    relieve()
    if (journal !== undefined) {
      // Full disks: room is made by what is oldest, when the newest would be lost otherwise.
      if (journal.full && tail.bytes > TAIL_SHARE * maxMemoryBytes && journal.oldest !== undefined) {
        dropSegment()
        journal.retry()
      }
      while (journal.diskBytes > maxDiskBytes && journal.oldest !== undefined) dropSegment()
    }
    while (isTooMuch() && (dropFirst(tail, 'queue_full') || dropFirst(window, 'queue_full')));
    while (dropFirst(window, 'too_old_in_queue', ({ block }) => isTooOld(block)));
    if (window.length === 0) while (dropFirst(tail, 'too_old_in_queue', ({ block }) => isTooOld(block)));
    stopSpilling()
    void refill()
  }

  /** Also what is in memory of it. What is being sent stays, in memory alone. */
  function dropSegment(): void {
    const segment = journal?.oldest
    for (const list of [window, tail]) {
      for (let i = 0; i < list.length; ) {
        const entry = list.at(i) as Entry
        if (entry.segment === segment && !entry.inFlight) drop(list, i, 'queue_full')
        else i++
        if (entry.segment === segment) entry.segment = undefined
      }
    }
    // With the last of its blocks it may be gone already.
    if (segment !== undefined && journal?.oldest === segment) journal.drop('queue_full')
  }

  function pending(): Counts {
    return plus(plus(window.counts, tail.counts), journal?.unread ?? NOTHING)
  }

  async function close(ms: number): Promise<{ kept: Counts; lost: Counts }> {
    closed = true
    spill?.cancel()
    if (journal !== undefined) {
      if (settings().persistence !== 'off') {
        writeMissing(window)
        writeMissing(tail)
        const late = new AbortController()
        await Promise.race([journal.finishWriting(), timers.sleep(ms, late.signal)])
        late.abort()
      }
      journal.end()
    }
    let kept = journal?.unread ?? NOTHING
    let lost = NOTHING
    for (const list of [window, tail]) {
      for (let i = 0; i < list.length; i++) {
        const { persisted, segment, block } = list.at(i) as Entry
        if (persisted && segment !== undefined) kept = plus(kept, block.counts)
        else lost = plus(lost, block.counts)
      }
    }
    return { kept, lost }
  }

  return {
    grow(part) {
      // All of them or none: a block that was begun in parts goes on so, unless the disk fails.
      if (parts === 0 && !journal?.keepsUp) partsVoid = true
      if (!partsVoid) journal?.part(sequence, parts++, part)
    },
    append,
    get wantsParts() {
      return !closed && !partsVoid && writesAll() && (journal?.keepsUp ?? false)
    },
    peek: (n) => window.at(n),
    acknowledge(queued) {
      const entry = queued as Entry
      const index = window.indexOf(entry)
      if (index < 0 || entry.acknowledged) return
      window.remove(index)
      settle(entry)
      stopSpilling()
      void refill()
    },
    trim,
    get blocks() {
      return window.length
    },
    get pending() {
      return pending()
    },
    get bytes() {
      return memory()
    },
    get diskBytes() {
      return journal?.diskBytes ?? 0
    },
    get corruptions() {
      return journal?.corruptions ?? 0
    },
    get oldestTimestamp() {
      for (let i = 0; i < window.length; i++) {
        const { counts, minTimestamp } = (window.at(i) as Entry).block
        if (counts.samples + counts.histograms > 0) return minTimestamp
      }
      return journal?.oldestUnread ?? tail.at(0)?.block.minTimestamp
    },
    get disk() {
      return journal?.state ?? 'none'
    },
    get empty() {
      return (journal?.surveyed ?? true) && window.length + tail.length === 0 && (journal?.unreadBlocks ?? 0) === 0
    },
    close,
  }
}
