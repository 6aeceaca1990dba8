/**
 * The segments that there are, in the order of their blocks: what of them is unread, and which may go. Owns the sums over them and
 * that they go from the oldest on; neither reads nor writes, and leaves it to others to remove a file.
 */
import type { Logger } from '../../../telemetry/logger.ts'
import { type Counts, NOTHING } from '../../block.ts'
import { isNothing, minus, plus, positive } from '../../counts.ts'
import type { QueueLoss } from '../queued.ts'
import type { Done } from './done.ts'
import type { Position } from './reader.ts'
import type { Segment } from './segment.ts'

export interface SegmentsEvents {
  lost(counts: Counts, reason: QueueLoss): void
  /** Its file is needed no more. */
  removed(segment: Segment): void
}

export interface Segments {
  readonly all: readonly Segment[]
  /** Of an earlier run: they stand before those that are there. */
  addEarlier(segments: readonly Segment[]): void
  add(segment: Segment): void
  /** It was made for nothing. */
  discard(segment: Segment): void
  /** The first one of which something is unread. */
  readonly firstUnread: Segment | undefined
  /** A block of it is unread, which it has been in memory until now. */
  release(segment: Segment, sequence: number, counts: Counts): void
  /** A block of it is no longer unread; `after`: the one that was read before. */
  take(segment: Segment, after: Position, sequence: number, counts: Counts): void
  /** All of it was read, up to `before`: what should have been there and wasn't is in the next one, or lost. */
  finish(segment: Segment, after: Position, before: number): void
  /** It can't be read: its file stays for the next run, and this one does without. */
  leaveAlone(segment: Segment, after: Position): void
  /** Takes away those at the beginning of which everything is done. */
  collect(): void
  /** Takes away the oldest; what is unread in it is lost. */
  drop(reason: QueueLoss): void
  readonly unreadBlocks: number
  readonly unread: Counts
  readonly oldestUnread: number | undefined
  readonly bytes: number
}

/** `active`: the one that is being written, which stays. */
export function createSegments(
  done: Done,
  active: () => Segment | undefined,
  events: SegmentsEvents,
  log: Logger,
): Segments {
  const segments: Segment[] = []

  /** The one after it has some of the same blocks. */
  function overlapping(segment: Segment): Segment | undefined {
    const next: Segment | undefined = segments[segments.indexOf(segment) + 1]
    return next?.run === segment.run && next.first >= 0 && next.first <= segment.last ? next : undefined
  }

  /** Where its own blocks end. */
  function endOf(segment: Segment): number {
    return Math.min(segment.last + 1, overlapping(segment)?.first ?? Number.POSITIVE_INFINITY)
  }

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
    log.error('Blocks of the queue on disk are damaged; they are lost.', {
      file: segment.name,
      samples: missing.samples,
    })
    events.lost(missing, 'corrupt')
  }

  function collect(): void {
    while (segments.length > 0 && segments[0] !== active() && done.covers(segments[0])) {
      // Blocks of it may be missing although all that came after them is done.
      if (segments[0].unreadBlocks !== 0) balance(segments[0])
      events.removed(segments.shift() as Segment)
    }
  }

  return {
    all: segments,
    addEarlier: (earlier) => void segments.unshift(...earlier),
    add: (segment) => void segments.push(segment),
    discard(segment) {
      segments.splice(segments.indexOf(segment), 1)
      events.removed(segment)
    },
    get firstUnread() {
      return segments.find(({ unreadBlocks }) => unreadBlocks !== 0)
    },
    release(segment, sequence, counts) {
      if (!segments.includes(segment)) {
        done.abandon(segment.run, sequence, sequence + 1)
        events.lost(counts, 'corrupt')
        return
      }
      segment.unread = plus(segment.unread, counts)
      segment.unreadBlocks++
    },
    take(segment, after, sequence, counts) {
      segment.unread = minus(segment.unread, counts)
      segment.unreadBlocks--
      if (segment.unreadBlocks === 0) balance(segment)
      // What isn't there any more was delivered before it was ever written, or is damaged.
      done.assume(segment.run, after.run === segment.run ? after.sequence + 1 : 0, sequence)
    },
    finish(segment, after, before) {
      const { run } = segment
      const end = Math.min(endOf(segment), before)
      balance(segment)
      done.assume(run, after.run === run ? after.sequence + 1 : 0, end)
    },
    leaveAlone(segment, after) {
      const { run } = segment
      const end = endOf(segment)
      balance(segment)
      done.abandon(run, after.run === run ? after.sequence + 1 : 0, end)
      segments.splice(segments.indexOf(segment), 1)
    },
    collect,
    drop(reason) {
      const segment = segments[0]
      if (segment === undefined) return
      const end = endOf(segment)
      segments.shift()
      if (segment.unreadBlocks > 0) events.lost(positive(segment.unread), reason)
      // Otherwise those behind it would wait for what is gone. What is still in memory of it needs no place on disk either.
      done.assume(segment.run, 0, end)
      events.removed(segment)
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
    get bytes() {
      return segments.reduce((sum, { bytes }) => sum + bytes, 0)
    },
  }
}
