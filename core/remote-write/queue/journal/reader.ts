/**
 * Reads blocks back, one after the other, from the segments in which something is unread. Where segments overlap (the disk failed
 * in the middle of one, or somebody copied it), a block is taken from the last that should have it, and from an earlier one
 * when it is damaged there: so order is kept and nothing intact is left out.
 */
import { QUEUE_READ_BYTES } from '../../../limits.ts'
import type { SegmentDirectory } from '../../../ports.ts'
import type { Timers } from '../../../time/timers.ts'
import type { Block } from '../../block.ts'
import { type Blocks, createBlocks } from './blocks.ts'
import { patiently } from './patience.ts'
import { createScan } from './scan.ts'
import type { Segment } from './segment.ts'

export interface Position {
  readonly run: number
  readonly sequence: number
}

export interface ReadBlock extends Position {
  readonly block: Block
  readonly segment: Segment
}

export interface Reader {
  /**
   * The first block of the segment behind `after` and before `before` that is wanted; undefined when there is none any more. Rejects
   * when the file can't be read.
   */
  next(segment: Segment, after: Position, before: number): Promise<ReadBlock | undefined>
  /** The segment is gone or finished: frees what is remembered of it. Returns how much of it was found damaged. */
  leave(segment: Segment): number
}

export function createReader(
  directory: SegmentDirectory,
  /** Those that there are, in order. */
  segments: () => readonly Segment[],
  wanted: (run: number, sequence: number) => boolean,
  timers: Timers,
): Reader {
  let reading: { readonly segment: Segment; readonly blocks: Blocks } | undefined

  function open(segment: Segment): Blocks {
    const read = (offset: number, length: number) =>
      patiently(timers, () => directory.read(segment.name, offset, length))
    return createBlocks(
      createScan(read, () => segment.bytes, QUEUE_READ_BYTES),
      segment.writtenRun,
    )
  }

  async function next(segment: Segment, after: Position, before: number): Promise<ReadBlock | undefined> {
    const { run } = segment
    if (run < after.run) return undefined
    if (reading?.segment !== segment) reading = { segment, blocks: open(segment) }
    const { blocks } = reading
    const from = run === after.run ? after.sequence + 1 : 0
    // What the next segments have as well is taken from there.
    const limit = Math.min(before, startOfLater(segment))
    for (;;) {
      const sequence = await blocks.peek()
      const end = Math.min(sequence ?? segment.last + 1, limit)
      const rescued = await rescue(segment, from, end)
      if (rescued !== undefined) return rescued
      if (sequence === undefined || sequence >= limit) return undefined
      if (sequence < from || !wanted(run, sequence)) {
        await blocks.skip()
        continue
      }
      const block = await blocks.take()
      const copy = await rescue(segment, sequence, sequence + 1)
      if (copy !== undefined && copy.block.rawBytes > (block?.rawBytes ?? -1)) return copy
      if (block !== undefined) return { run, sequence, block, segment }
    }
  }

  /**
   * Of the blocks from `from` up to `end`, which are not in this segment as they should be, the first that is in an earlier one. Of
   * several copies the longest: some may have lost parts.
   */
  async function rescue(segment: Segment, from: number, end: number): Promise<ReadBlock | undefined> {
    if (from >= end) return undefined
    const { run } = segment
    let best: ReadBlock | undefined
    for (const other of segments()) {
      if (other === segment) break
      if (other.run !== run || other.last < from || other.first < 0 || other.first >= end) continue
      const blocks = open(other)
      for (
        let at = await blocks.peek();
        at !== undefined && at <= (best?.sequence ?? end - 1);
        at = await blocks.peek()
      ) {
        const block = at >= from && wanted(run, at) ? await blocks.take() : await blocks.skip()
        if (block && (at !== best?.sequence || block.rawBytes > best.block.rawBytes)) {
          best = { run, sequence: at, block, segment }
        }
      }
    }
    return best
  }

  /** They are in order, so the next one has the smallest number of all behind. */
  function startOfLater(segment: Segment): number {
    const all = segments()
    for (let i = all.indexOf(segment) + 1; i < all.length && all[i].run === segment.run; i++) {
      if (all[i].first >= 0) return all[i].first
    }
    return Number.POSITIVE_INFINITY
  }

  return {
    next,
    leave(segment) {
      if (reading?.segment !== segment) return 0
      const { damages } = reading.blocks
      reading = undefined
      return damages
    },
  }
}
