/**
 * The batch of a scrape, composed from the table of lines without copying it: the slot and value columns of the lines are
 * the columns of the batch, report series in the rows in front, staleness markers in spare rows behind.
 */
import { type Histogram, NO_BUCKETS } from '../histograms/histogram.ts'
import { type Batch, type Exemplar, NO_SLOT } from '../series/batch.ts'
import { type Lines, reserve } from './lines.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export interface ScrapeBatch {
  readonly lines: Lines
  /** The set or the order of lines changed, or what is said of some of them. */
  readonly changed: boolean
  readonly timestamp: number
  readonly reports: readonly number[]
  /** Slots that get a marker. */
  readonly lost: readonly number[]
  /** Slots whose samples go nowhere. */
  readonly hidden: ReadonlySet<number>
  readonly exemplars: readonly Exemplar[] | undefined
  /** Own timestamps beyond it are left out and counted. */
  readonly latestAllowed: number
}

export interface Columns {
  compose(scrape: ScrapeBatch): Batch
  /** Report values (none: no report series) and markers only. */
  composeMarkers(timestamp: number, reports: readonly number[], lost: readonly number[]): Batch
  /** A zero where each of these rows began to count. */
  composeZeros(lines: Lines, rows: readonly number[], timestamp: number): Batch
  readonly outOfBounds: number
  readonly hidden: number
}

export function createColumns(): Columns {
  const batch: Mutable<Batch> = {
    count: 0,
    slots: new Uint32Array(0),
    values: new Float64Array(0),
    stale: undefined,
    timestamp: 0,
    timestamps: undefined,
    starts: undefined,
    histograms: undefined,
    exemplars: undefined,
    layout: 0,
    repeats: false,
  }
  /** The previous batch was anything but the bare table: this one has another layout even if the table is the same. */
  let special = true

  const columns: Columns & { outOfBounds: number; hidden: number } = {
    outOfBounds: 0,
    hidden: 0,
    compose({ lines, changed, timestamp, reports, lost, hidden, exemplars, latestAllowed }) {
      for (let row = 0; row < lines.first; row++) {
        lines.slot[row] = row + 1
        lines.value[row] = reports[row]
      }
      const end = lines.count + lost.length
      if (lost.length > 0) appendMarkers(lines, lost)
      batch.count = end
      batch.slots = lines.slot
      batch.values = lines.value
      batch.stale = lost.length === 0 ? undefined : flags(lines.count, end)
      batch.timestamp = timestamp
      batch.timestamps = lines.timestamp
      batch.starts = lines.start
      batch.histograms = lines.histograms.size === 0 ? undefined : lines.histograms
      batch.repeats = lines.repeats > 0
      columns.hidden = hidden.size === 0 ? 0 : leaveOut((row) => hidden.has(lines.slot[row]))
      columns.outOfBounds = leaveOutLate(latestAllowed)
      const late = columns.outOfBounds > 0
      batch.exemplars = exemplars === undefined || !late ? exemplars : ofSamples(exemplars)
      if (changed || special || lost.length > 0 || late) batch.layout++
      special = lost.length > 0 || late
      return batch
    },
    composeMarkers(timestamp, reports, lost) {
      const count = reports.length + lost.length
      only(count, timestamp)
      for (let row = 0; row < reports.length; row++) {
        batch.slots[row] = row + 1
        batch.values[row] = reports[row]
      }
      batch.slots.set(lost, reports.length)
      batch.stale = lost.length === 0 ? undefined : flags(reports.length, count)
      columns.outOfBounds = 0
      columns.hidden = 0
      return batch
    },
    composeZeros(lines, rows, timestamp) {
      only(rows.length, timestamp)
      const histograms = new Map<number, Histogram>()
      rows.forEach((row, i) => {
        batch.slots[i] = lines.slot[row]
        const histogram = lines.histograms.get(row)
        if (histogram !== undefined) histograms.set(i, emptied(histogram))
      })
      batch.timestamps = Float64Array.from(rows, (row) => (lines.start as Float64Array)[row])
      if (histograms.size > 0) batch.histograms = histograms
      return batch
    },
  }

  /** A batch of columns of its own, all zero, and nothing beside them. */
  function only(count: number, timestamp: number): void {
    batch.count = count
    batch.slots = new Uint32Array(count)
    batch.values = new Float64Array(count)
    batch.stale = undefined
    batch.timestamp = timestamp
    batch.timestamps = undefined
    batch.starts = undefined
    batch.histograms = undefined
    batch.exemplars = undefined
    batch.repeats = false
    batch.layout++
    special = true
  }

  function leaveOutLate(latestAllowed: number): number {
    const { timestamps } = batch
    return timestamps === undefined ? 0 : leaveOut((row) => timestamps[row] > latestAllowed)
  }

  /** Slots are replaced in a copy: the table's own column goes on to know the series. */
  function leaveOut(unwanted: (row: number) => boolean): number {
    let count = 0
    const { slots } = batch
    for (let row = 0; row < batch.count; row++) {
      if (!unwanted(row)) continue
      if (count++ === 0) batch.slots = slots.slice(0, batch.count)
      batch.slots[row] = NO_SLOT
    }
    return count
  }

  function ofSamples(exemplars: readonly Exemplar[]): readonly Exemplar[] | undefined {
    const present = new Set(batch.slots.subarray(0, batch.count))
    const left = exemplars.filter(({ slot }) => present.has(slot))
    return left.length === 0 ? undefined : left
  }

  return columns
}

function appendMarkers(lines: Lines, lost: readonly number[]): void {
  reserve(lines, lines.count + lost.length)
  for (let i = 0; i < lost.length; i++) {
    const row = lines.count + i
    lines.slot[row] = lost[i]
    lines.value[row] = 0
    if (lines.timestamp !== undefined) lines.timestamp[row] = Number.NaN
    if (lines.start !== undefined) lines.start[row] = Number.NaN
  }
}

/** 1 from `from` on. */
function flags(from: number, end: number): Uint8Array {
  return new Uint8Array(end).fill(1, from)
}

/** Of the same kind, with nothing counted yet. */
function emptied(histogram: Histogram): Histogram {
  return { ...histogram, count: 0, sum: 0, zeroCount: 0, positive: NO_BUCKETS, negative: NO_BUCKETS }
}
