/** What is remembered of a segment: no block of it, only sums. */
import { type Counts, NOTHING } from '../../block.ts'

/** Instead of the number of the run that is going on: later than all others, and never written. */
export const THIS_RUN: number = Number.MAX_SAFE_INTEGER

export interface Segment {
  readonly name: string
  readonly run: number
  /** As its name and its records have it. */
  readonly writtenRun: number
  readonly index: number
  /** In the file, as far as written by now. */
  bytes: number
  /** Sequence numbers of the blocks in it; -1 when there is none. */
  first: number
  last: number
  /**
   * Blocks that are here, not acknowledged, and not in memory. While segments overlap, a block counts in one of them and may be
   * read from another: so numbers may be off in each (even below zero), and are right in the sum.
   */
  unread: Counts
  unreadBlocks: number
  /** Of all blocks, in ms since the epoch; +Infinity while there is none with samples. */
  minTimestamp: number
}

/** They sort by age, and are never used again: a run begins later than all that went before. */
export function segmentName(run: number, index: number): string {
  return `${String(run).padStart(16, '0')}-${String(index).padStart(8, '0')}.blocks`
}

/** Undefined for files of others. */
export function parseSegmentName(name: string): { readonly run: number; readonly index: number } | undefined {
  const match = /^(\d{16})-(\d{8})\.blocks$/.exec(name)
  const run = Number(match?.[1])
  return match !== null && Number.isSafeInteger(run) ? { run, index: Number(match[2]) } : undefined
}

export function createSegment(run: number, writtenRun: number, index: number, bytes: number): Segment {
  return {
    name: segmentName(writtenRun, index),
    run,
    writtenRun,
    index,
    bytes,
    first: -1,
    last: -1,
    unread: NOTHING,
    unreadBlocks: 0,
    minTimestamp: Number.POSITIVE_INFINITY,
  }
}

/** There is a block of this number in it. */
export function includeBlock(segment: Segment, sequence: number, minTimestamp: number): void {
  if (segment.first < 0 || sequence < segment.first) segment.first = sequence
  if (sequence > segment.last) segment.last = sequence
  // Those without samples have 0.
  if (minTimestamp !== 0 && minTimestamp < segment.minTimestamp) segment.minTimestamp = minTimestamp
}
