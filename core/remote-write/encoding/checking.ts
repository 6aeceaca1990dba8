/**
 * Takes batches by 2.0: checks which rows are newer than the last sample of their series, and gives these as runs of rows.
 * They are written in the order of the batch, so nothing that is unusual about a sample needs a way of its own here.
 */
import type { Batch, Exemplar } from '../../series/batch.ts'
import { grown } from './bytes.ts'
import type { Encoding } from './encoding.ts'
import type { Identity } from './identity.ts'
import type { SecondLoad } from './load.ts'
import { NONE, type Plan, type Taking } from './plan.ts'
import type { References } from './references.ts'
import { addRun, createRuns } from './runs.ts'
import { countRejected, exemplarsBySlot, isTaken, NO_LOAD, type Taken, timestampOf } from './taken.ts'

export function createChecking(references: References, identity: Identity, plan: Plan, taken: Taken): Taking {
  /** Rows of the plan that have a series. */
  const runs = createRuns()
  /** The same for a batch that not all of them are accepted of. */
  const rest = createRuns()
  /** Rows that are not, rising. */
  let withheld = new Uint32Array(0)
  let withheldCount = 0
  let load: SecondLoad | undefined

  function take(batch: Batch, encoding: Encoding): void {
    withheldCount = 0
    const exemplars = exemplarsBySlot(batch, encoding)
    let byRow: Map<number, Exemplar[]> | undefined
    if (batch.timestamps === undefined && batch.histograms === undefined && exemplars === undefined) check(batch)
    else byRow = checkEach(batch, encoding, exemplars)
    if (withheldCount > 0) leaveOutWithheld()

    const { bounds, count: runCount } = withheldCount > 0 ? rest : runs
    const { indexes } = plan
    load ??= { protocol: '2.0', store: references, batch, indexes, runs: bounds, runCount, exemplars: undefined }
    load.batch = batch
    load.indexes = indexes
    load.runs = bounds
    load.runCount = runCount
    load.exemplars = byRow
    taken.patched = load
    taken.exact = NO_LOAD
  }

  /** Hot. */
  function check({ count, timestamp: given }: Batch): void {
    const { indexes } = plan
    const { cells } = references.entries
    const timestamp = Math.trunc(given)
    const last = identity.lastTimestamps
    let accepted = 0
    for (let i = 0; i < count; i++) {
      const index = indexes[i]
      if (index === NONE) continue
      const cell = cells[index]
      if (timestamp <= last[cell]) {
        countRejected(taken, timestamp === last[cell], undefined)
        withhold(i)
        continue
      }
      last[cell] = timestamp
      accepted++
    }
    if (accepted === 0) return
    taken.accepted = accepted
    taken.minTimestamp = timestamp
    taken.maxTimestamp = timestamp
  }

  /** The same when samples differ in more than their values; returns the exemplars by row. */
  function checkEach(
    batch: Batch,
    encoding: Encoding,
    exemplars: Map<number, Exemplar[]> | undefined,
  ): Map<number, Exemplar[]> | undefined {
    const { count, slots, histograms } = batch
    const { indexes } = plan
    const { cells } = references.entries
    const byRow = exemplars === undefined ? undefined : new Map<number, Exemplar[]>()
    for (let i = 0; i < count; i++) {
      const index = indexes[i]
      if (index === NONE) continue
      const histogram = histograms?.get(i)
      if (!isTaken(taken, identity, cells[index], timestampOf(batch, i), histogram, encoding)) {
        withhold(i)
        continue
      }
      const examples = exemplars?.get(slots[i])
      if (examples === undefined) continue
      byRow?.set(i, examples)
      exemplars?.delete(slots[i])
      taken.exemplars += examples.length
    }
    return byRow
  }

  function withhold(row: number): void {
    withheld = grown(withheld, withheldCount + 1)
    withheld[withheldCount++] = row
  }

  function leaveOutWithheld(): void {
    rest.count = 0
    let next = 0
    for (let r = 0; r < runs.count; r++) {
      const to = runs.bounds[2 * r + 1]
      let from = runs.bounds[2 * r]
      for (; next < withheldCount && withheld[next] < to; next++) {
        addRun(rest, from, withheld[next])
        from = withheld[next] + 1
      }
      addRun(rest, from, to)
    }
  }

  return {
    take,
    planned() {
      const { indexes, count } = plan
      runs.count = 0
      for (let row = 0; row < count; row++) {
        if (indexes[row] === NONE) continue
        const from = row
        while (row + 1 < count && indexes[row + 1] !== NONE) row++
        addRun(runs, from, row + 1)
      }
    },
  }
}
