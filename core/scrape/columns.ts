/**
 * The batch of a scrape, composed from the table of lines without copying it: the slot and value columns of the lines are
 * the columns of the batch, report series in the rows in front, staleness markers in spare rows behind.
 */
import { type Batch, NO_SLOT } from '../series/batch.ts'
import { type Lines, reserve } from './lines.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export interface Columns {
  /** `lost`: slots that get a marker. Own timestamps beyond `latestAllowed` are left out and counted. */
  compose(
    lines: Lines,
    changed: boolean,
    timestamp: number,
    reports: readonly number[],
    lost: readonly number[],
    latestAllowed: number,
  ): Batch
  /** Report values (none: no report series) and markers only. */
  composeMarkers(timestamp: number, reports: readonly number[], lost: readonly number[]): Batch
  readonly outOfBounds: number
}

export function createColumns(): Columns {
  const batch: Mutable<Batch> = {
    count: 0,
    slots: new Uint32Array(0),
    values: new Float64Array(0),
    stale: undefined,
    timestamp: 0,
    timestamps: undefined,
    layout: 0,
    repeats: false,
  }
  /** The previous batch was anything but the bare table: this one has another layout even if the table is the same. */
  let special = true

  const columns: Columns & { outOfBounds: number } = {
    outOfBounds: 0,
    compose(lines, changed, timestamp, reports, lost, latestAllowed) {
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
      batch.repeats = lines.repeats > 0
      const late = leaveOutLate(latestAllowed)
      if (changed || special || lost.length > 0 || late) batch.layout++
      special = lost.length > 0 || late
      return batch
    },
    composeMarkers(timestamp, reports, lost) {
      const count = reports.length + lost.length
      batch.count = count
      batch.slots = new Uint32Array(count)
      batch.values = new Float64Array(count)
      for (let row = 0; row < reports.length; row++) {
        batch.slots[row] = row + 1
        batch.values[row] = reports[row]
      }
      batch.slots.set(lost, reports.length)
      batch.stale = lost.length === 0 ? undefined : flags(reports.length, count)
      batch.timestamp = timestamp
      batch.timestamps = undefined
      batch.repeats = false
      batch.layout++
      special = true
      columns.outOfBounds = 0
      return batch
    },
  }

  /** Slots are replaced in a copy: the table's own column goes on to know the series. */
  function leaveOutLate(latestAllowed: number): boolean {
    columns.outOfBounds = 0
    const { timestamps } = batch
    if (timestamps === undefined) return false
    for (let row = 0; row < batch.count; row++) {
      if (!(timestamps[row] > latestAllowed)) continue
      if (columns.outOfBounds++ === 0) batch.slots = batch.slots.slice(0, batch.count)
      batch.slots[row] = NO_SLOT
    }
    return columns.outOfBounds > 0
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
  }
}

/** 1 from `from` on. */
function flags(from: number, end: number): Uint8Array {
  return new Uint8Array(end).fill(1, from)
}
