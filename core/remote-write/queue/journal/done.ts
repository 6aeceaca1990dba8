/** Which blocks of which runs need never be sent again: what is written down, and read back by the next run. */
import { createRanges, type Ranges } from './ranges.ts'
import type { Acknowledged } from './record.ts'
import { type Segment, THIS_RUN } from './segment.ts'

/** Of one run in one record. Each gap is a block that is waiting while later ones are delivered: hundreds at most. */
const MAX_RANGES = 4096

export interface Done {
  add(run: number, from: number, to: number): void
  has(run: number, sequence: number): boolean
  /** All that has been written down elsewhere; whether any of it was new. */
  merge(acknowledged: Acknowledged): boolean
  /** Of the runs that still have segments, and of this one, which is written as `thisRun`. */
  list(segments: readonly Segment[], thisRun: number): Acknowledged
  /** All blocks of the segment are done, and all before. */
  covers(segment: Segment): boolean
}

export function createDone(): Done {
  const runs = new Map<number, Ranges>()

  function of(run: number): Ranges {
    let ranges = runs.get(run)
    if (ranges === undefined) runs.set(run, (ranges = createRanges()))
    return ranges
  }

  return {
    add: (run, from, to) => void of(run).add(from, to),
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
    covers: ({ run, last }) => last < 0 || of(run).firstMissing > last,
  }
}
