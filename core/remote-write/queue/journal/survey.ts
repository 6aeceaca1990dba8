/**
 * What earlier runs left: goes through the headers of all records, and remembers sums. From the newest segment to the oldest, since
 * each record of acknowledgements has all of them: so nothing needs to be remembered of the blocks themselves, however many there are.
 */
import type { SegmentDirectory, SegmentFile } from '../../../ports.ts'
import type { Timers } from '../../../time/timers.ts'
import { type Counts, NOTHING } from '../../block.ts'
import { plus } from '../../counts.ts'
import type { Done } from './done.ts'
import { patiently } from './patience.ts'
import { createRanges, type Ranges } from './ranges.ts'
import { readAcknowledged } from './record.ts'
import { createScan } from './scan.ts'
import { createSegment, includeBlock, parseSegmentName, type Segment } from './segment.ts'

/** Enough for the headers of some small records, and little to read for that of a large one. */
const PIECE_BYTES = 16 * 1024
/** Blocks of one segment that are remembered until its acknowledgements are known: three times what a segment has. */
const MAX_REMEMBERED = 100_000

/** So many files in a row that can't be read, each after several attempts: the disk is taken to be gone, and nobody waits for the rest. */
const MAX_UNREADABLE_IN_A_ROW = 3

export interface SurveyEvents {
  /** The file can't be read; it is left alone. */
  unreadable(segment: Segment, thrown: unknown): void
  /** So many more were not even tried. */
  gaveUp(files: number): void
  /** Nobody wants to know any more. */
  ended(): boolean
}

interface Seen {
  readonly sequence: number
  counts: Counts
}

/** The segments among the files, oldest first. */
export function segmentsAmong(files: readonly SegmentFile[]): Segment[] {
  return files
    .flatMap(({ name, bytes }) => {
      const parsed = parseSegmentName(name)
      return parsed === undefined ? [] : [createSegment(parsed.run, parsed.run, parsed.index, bytes)]
    })
    .sort((a, b) => a.run - b.run || a.index - b.index)
}

/**
 * Fills in the segments and `done`. Returns those that can be read, in the order in which their blocks are to be delivered.
 */
export async function survey(
  directory: SegmentDirectory,
  segments: readonly Segment[],
  done: Done,
  events: SurveyEvents,
  timers: Timers,
): Promise<Segment[]> {
  const skipped = new Set<Segment>()
  const untried = new Set<Segment>()
  let inARow = 0
  let counted = new Map<number, Ranges>()
  // Once more when an older segment knew of acknowledgements that no newer one did: those are damaged, or names are mixed up.
  for (let pass = 1, again = true; again && pass <= 2; pass++) {
    again = false
    counted = new Map()
    for (const segment of segments.toReversed()) {
      if (events.ended()) return []
      if (inARow === MAX_UNREADABLE_IN_A_ROW) untried.add(segment)
      if (skipped.has(segment) || untried.has(segment)) continue
      let ranges = counted.get(segment.run)
      if (ranges === undefined) counted.set(segment.run, (ranges = createRanges()))
      segment.unread = NOTHING
      segment.unreadBlocks = 0
      try {
        const before = [...counted.values()].some(({ list }) => list(1).length > 0)
        if ((await look(directory, segment, done, ranges, timers)) && before) again = true
        inARow = 0
      } catch (thrown) {
        inARow++
        skipped.add(segment)
        events.unreadable(segment, thrown)
      }
    }
  }
  if (untried.size > 0) events.gaveUp(untried.size)
  for (const segment of untried) skipped.add(segment)
  // What isn't there was delivered from memory, is lost, or in a file that can't be read now: nobody waits for it.
  const partly = new Set([...skipped].map(({ run }) => run))
  for (const [run, ranges] of counted) {
    let last = 0
    for (const [from, to] of ranges.list(Number.POSITIVE_INFINITY)) {
      if (partly.has(run)) done.abandon(run, last, from)
      else done.add(run, last, from)
      last = to
    }
  }
  return inOrder(segments.filter((segment) => !skipped.has(segment)))
}

/** Whether acknowledgements were found that were not known yet. */
async function look(
  directory: SegmentDirectory,
  segment: Segment,
  done: Done,
  counted: Ranges,
  timers: Timers,
): Promise<boolean> {
  const { name, run } = segment
  let learned = false
  const read = (offset: number, length: number) => patiently(timers, () => directory.read(name, offset, length))
  const scan = createScan(read, () => segment.bytes, PIECE_BYTES)
  let seen: Seen[] = []

  /** What isn't done counts, unless another copy of it did. */
  function count(): void {
    for (const { sequence, counts } of seen) {
      if (done.has(run, sequence) || counted.has(sequence)) continue
      segment.unread = plus(segment.unread, counts)
      segment.unreadBlocks++
    }
    for (const { sequence } of seen) counted.add(sequence, sequence + 1)
    seen = []
  }

  for (let found = await scan.next(); found !== undefined; found = await scan.next()) {
    const { header } = found
    if (header.run !== run) scan.distrust()
    else if (header.kind === 'acknowledged') {
      const loaded = await scan.load()
      if (loaded !== undefined && done.merge(readAcknowledged(header, loaded.bytes, loaded.at) ?? [])) learned = true
    } else {
      includeBlock(segment, header.sequence, header.minTimestamp)
      const last = seen.at(-1)
      if (last?.sequence === header.sequence) last.counts = plus(last.counts, header.counts)
      else {
        if (seen.length === MAX_REMEMBERED) count()
        seen.push({ sequence: header.sequence, counts: header.counts })
      }
    }
  }
  count()
  return learned
}

/** By what is in them: a file that was copied under another name still stands where its blocks belong. */
function inOrder(segments: readonly Segment[]): Segment[] {
  let run = -1
  let key = -1
  return segments
    .map((segment) => {
      if (segment.run !== run) key = -1
      run = segment.run
      // One without blocks stays behind the one before.
      if (segment.first >= 0) key = segment.first
      return { segment, key }
    })
    .sort((a, b) => a.segment.run - b.segment.run || a.key - b.key || a.segment.index - b.segment.index)
    .map(({ segment }) => segment)
}
