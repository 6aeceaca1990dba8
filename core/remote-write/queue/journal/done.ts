/** Which blocks of which runs need never be sent again: what is written down, and read back by the next run. */
import { createRanges, type Ranges } from './ranges.ts'
import type { Acknowledged } from './record.ts'
import { type Segment, THIS_RUN } from './segment.ts'

/** Of one run in one record. Each gap is a block that is waiting while later ones are delivered: hundreds at most. */
const MAX_RANGES = 4096

export interface Done {
  add(run: number, from: number, to: number): void
  /** Blocks that are nowhere any more, as far as known: all of the range that isn't abandoned. */
  assume(run: number, from: number, to: number): void
  /** Blocks that are in a file that can't be read now: nobody waits for them, and the next run may find them. */
  abandon(run: number, from: number, to: number): void
  has(run: number, sequence: number): boolean
  /** All that has been written down elsewhere; whether any of it was new. */
  merge(acknowledged: Acknowledged): boolean
  /** Of the runs that still have segments, and of this one, which is written as `thisRun`. */
  list(segments: readonly Segment[], thisRun: number): Acknowledged
  /** All blocks of the segment are done or abandoned, and all before. */
  covers(segment: Segment): boolean
}

export function createDone(): Done {
  const runs = new Map<number, Ranges>()
  /** Of runs of which any are. */
  const abandoned = new Map<number, Ranges>()

  function of(run: number): Ranges {
    let ranges = runs.get(run)
    if (ranges === undefined) runs.set(run, (ranges = createRanges()))
    return ranges
  }

  function assume(run: number, from: number, to: number): void {
    let start = from
    for (const [first, end] of abandoned.get(run)?.list(Number.POSITIVE_INFINITY) ?? []) {
      of(run).add(start, Math.min(first, to))
      start = Math.max(start, end)
    }
    of(run).add(start, to)
  }

  /** The first block that is neither done nor abandoned. */
  function firstMissing(run: number): number {
    const without = abandoned.get(run)
    if (without === undefined) return of(run).firstMissing
    const all = createRanges()
    for (const ranges of [of(run), without]) {
      for (const [from, to] of ranges.list(Number.POSITIVE_INFINITY)) all.add(from, to)
    }
    return all.firstMissing
  }

  return {
    add: (run, from, to) => void of(run).add(from, to),
    assume,
    abandon(run, from, to) {
      let ranges = abandoned.get(run)
      if (ranges === undefined) abandoned.set(run, (ranges = createRanges()))
      ranges.add(from, to)
    },
    has: (run, sequence) => runs.get(run)?.has(sequence) ?? false,
    merge(acknowledged) {
      let grew = false
      for (const { run, ranges } of acknowledged) {
        for (const [from, to] of ranges) if (of(run).add(from, to)) grew = true
      }
      return grew
    },
    list(segments, thisRun) {
      const present = new Set(segments.map(({ run }) => run)).add(THIS_RUN)
      return [...runs]
        .filter(([run]) => present.has(run))
        .map(([run, ranges]) => ({ run: run === THIS_RUN ? thisRun : run, ranges: ranges.list(MAX_RANGES) }))
        .filter(({ ranges }) => ranges.length > 0)
    },
    covers: ({ run, last }) => last < 0 || firstMissing(run) > last,
  }
}
