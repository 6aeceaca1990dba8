/** What became of the samples of a batch, as a template reports it. */
import { CUSTOM_SCHEMA, type Histogram } from '../../histograms/histogram.ts'
import type { Batch, Exemplar } from '../../series/batch.ts'
import { createBytes } from './bytes.ts'
import type { Encoding } from './encoding.ts'
import type { Identity } from './identity.ts'
import type { FirstLoad, Load } from './load.ts'

/** Re-used: read it before the next batch. Every sample of a series that was not dropped before is counted in one of them. */
export interface Outcomes {
  accepted: number
  duplicates: number
  outOfOrder: number
  /** Of series that the endpoint's own rules drop. */
  dropped: number
}

export interface HistogramOutcomes extends Outcomes {
  /** The endpoint is told not to send histograms. */
  notSent: number
  /** 1.0 has no custom buckets: `nhcb_in_rw1_not_supported`. */
  unsupported: number
}

/** Samples and histograms together; of them histograms alone are below. */
export interface Taken extends Outcomes {
  readonly histograms: HistogramOutcomes
  /** Accepted ones: they go with an accepted sample, or not at all. */
  exemplars: number
  /** Milliseconds, over the accepted samples and histograms. */
  minTimestamp: number
  maxTimestamp: number
  /** What is to be sent, and what is to be sent after that; with `runCount` 0 when there is nothing. */
  patched: Load
  exact: Load
}

export const NO_LOAD: FirstLoad = {
  protocol: '1.0',
  arena: createBytes(0),
  ends: new Uint32Array(0),
  runs: new Uint32Array(0),
  runCount: 0,
  histograms: undefined,
  exemplars: undefined,
}

export function createTaken(): Taken {
  return {
    accepted: 0,
    duplicates: 0,
    outOfOrder: 0,
    dropped: 0,
    histograms: { accepted: 0, duplicates: 0, outOfOrder: 0, dropped: 0, notSent: 0, unsupported: 0 },
    exemplars: 0,
    minTimestamp: Number.POSITIVE_INFINITY,
    maxTimestamp: Number.NEGATIVE_INFINITY,
    patched: NO_LOAD,
    exact: NO_LOAD,
  }
}

export function resetTaken(taken: Taken): void {
  for (const outcomes of [taken, taken.histograms]) {
    outcomes.accepted = 0
    outcomes.duplicates = 0
    outcomes.outOfOrder = 0
    outcomes.dropped = 0
  }
  taken.histograms.notSent = 0
  taken.histograms.unsupported = 0
  taken.exemplars = 0
  taken.minTimestamp = Number.POSITIVE_INFINITY
  taken.maxTimestamp = Number.NEGATIVE_INFINITY
}

/** Of the sample in a row, in whole milliseconds. */
export function timestampOf({ timestamp, timestamps }: Batch, row: number): number {
  const own = timestamps === undefined ? Number.NaN : timestamps[row]
  return Math.trunc(Number.isNaN(own) ? timestamp : own)
}

/** Whether a sample is to be sent: may be, and is newer than the last one of its series. Counted either way, and remembered as that. */
export function isTaken(
  taken: Taken,
  { lastTimestamps }: Identity,
  cell: number,
  timestamp: number,
  histogram: Histogram | undefined,
  encoding: Encoding,
): boolean {
  if (histogram !== undefined && isRefused(taken, histogram, encoding)) return false
  const last = lastTimestamps[cell]
  if (timestamp <= last) {
    countRejected(taken, timestamp === last, histogram)
    return false
  }
  lastTimestamps[cell] = timestamp
  countAccepted(taken, timestamp, histogram)
  return true
}

function countAccepted(taken: Taken, timestamp: number, histogram: Histogram | undefined): void {
  taken.accepted++
  if (histogram !== undefined) taken.histograms.accepted++
  if (timestamp < taken.minTimestamp) taken.minTimestamp = timestamp
  if (timestamp > taken.maxTimestamp) taken.maxTimestamp = timestamp
}

export function countRejected(taken: Taken, again: boolean, histogram: Histogram | undefined): void {
  if (again) taken.duplicates++
  else taken.outOfOrder++
  if (histogram === undefined) return
  if (again) taken.histograms.duplicates++
  else taken.histograms.outOfOrder++
}

/** Whether a histogram can't go out as the endpoint is set up; counted then. */
function isRefused(taken: Taken, histogram: Histogram, { histograms, protocol }: Encoding): boolean {
  if (!histograms) taken.histograms.notSent++
  else if (protocol === '1.0' && histogram.schema === CUSTOM_SCHEMA) taken.histograms.unsupported++
  else return false
  return true
}

/** By slot, those that may be sent; undefined when there are none. */
export function exemplarsBySlot({ exemplars }: Batch, encoding: Encoding): Map<number, Exemplar[]> | undefined {
  if (exemplars === undefined || exemplars.length === 0 || !encoding.exemplars) return undefined
  const bySlot = new Map<number, Exemplar[]>()
  for (const exemplar of exemplars) {
    const ofSlot = bySlot.get(exemplar.slot)
    if (ofSlot === undefined) bySlot.set(exemplar.slot, [exemplar])
    else ofSlot.push(exemplar)
  }
  return bySlot
}
