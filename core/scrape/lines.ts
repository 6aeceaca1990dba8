/**
 * The sample lines of one target's last good body, as columns. Offsets are kept relative (how long is this line, how
 * much metadata stands before it), so that a value that grows by a digit changes one entry and not every one behind it.
 * The `slot` and `value` columns double as the columns of the batch: the first `first` rows are the report series.
 */

import type { Histogram } from '../histograms/histogram.ts'
import { lengthened } from '../series/lengthened.ts'

export interface Lines {
  /** Rows below `first` are report series and have no line. */
  readonly first: number
  /** Rows in use, report rows included. */
  count: number
  slot: Uint32Array
  value: Float64Array
  /** Bytes of metadata, comments and blank lines between the line before and this one. */
  lead: Uint32Array
  /** Bytes from the start of the line to the end of the series as exposed. */
  series: Uint32Array
  /** Bytes of the whole line, newline included. */
  length: Uint32Array
  /** What is said of the family in force at this line, as families.ts marks it: its type and a hash of the rest. */
  family: Uint32Array
  /** Own timestamps in ms, NaN where a line has none; undefined while no line has one. */
  timestamp: Float64Array | undefined
  /** When counting began, in ms, NaN where that isn't said; undefined while no line says it. */
  start: Float64Array | undefined
  /** By row: those that are native histograms. */
  readonly histograms: Map<number, Histogram>
  /** Lines whose series already stood further up; their slot is NO_SLOT. */
  duplicates: number
  /** Lines whose slot stands more than once, with timestamps of their own. */
  repeats: number
}

const SMALLEST = 32

export function createLines(first: number): Lines {
  const capacity = first + SMALLEST
  return {
    first,
    count: first,
    slot: new Uint32Array(capacity),
    value: new Float64Array(capacity),
    lead: new Uint32Array(capacity),
    series: new Uint32Array(capacity),
    length: new Uint32Array(capacity),
    family: new Uint32Array(capacity),
    timestamp: undefined,
    start: undefined,
    histograms: new Map(),
    duplicates: 0,
    repeats: 0,
  }
}

/** Makes room for `rows` rows in all columns. */
export function reserve(lines: Lines, rows: number): void {
  const capacity = lines.slot.length
  if (rows <= capacity) return
  // A sixteenth of slack: targets hardly grow once they are known, and two hundred thousand series pay for every byte.
  const larger = rows + (rows >> 4) + SMALLEST
  lines.slot = lengthened(lines.slot, new Uint32Array(larger))
  lines.value = lengthened(lines.value, new Float64Array(larger))
  lines.lead = lengthened(lines.lead, new Uint32Array(larger))
  lines.series = lengthened(lines.series, new Uint32Array(larger))
  lines.length = lengthened(lines.length, new Uint32Array(larger))
  lines.family = lengthened(lines.family, new Uint32Array(larger))
  if (lines.timestamp !== undefined)
    lines.timestamp = lengthened(lines.timestamp, new Float64Array(larger).fill(Number.NaN))
  if (lines.start !== undefined) lines.start = lengthened(lines.start, new Float64Array(larger).fill(Number.NaN))
}

/** Opens a gap of one row at `row`; its entries are to be written next. */
export function insertRow(lines: Lines, row: number): void {
  reserve(lines, lines.count + 1)
  moveRows(lines, row, row + 1)
  lines.count++
}

/** Removes the rows from `from` to before `to`. */
export function removeRows(lines: Lines, from: number, to: number): void {
  moveRows(lines, to, from)
  lines.count -= to - from
}

/** Sets the timestamp of a row; the column exists from the first own timestamp on. */
export function setTimestamp(lines: Lines, row: number, timestamp: number): void {
  if (lines.timestamp === undefined) {
    if (Number.isNaN(timestamp)) return
    lines.timestamp = new Float64Array(lines.slot.length).fill(Number.NaN)
  }
  lines.timestamp[row] = timestamp
}

/** As setTimestamp, for when counting began. */
export function setStart(lines: Lines, row: number, start: number): void {
  if (lines.start === undefined) {
    if (Number.isNaN(start)) return
    lines.start = new Float64Array(lines.slot.length).fill(Number.NaN)
  }
  lines.start[row] = start
}

/** All lines away, the columns kept. */
export function clearLines(lines: Lines): void {
  lines.count = lines.first
  lines.timestamp = undefined
  lines.start = undefined
  lines.histograms.clear()
  lines.duplicates = 0
  lines.repeats = 0
}

function moveRows(lines: Lines, from: number, to: number): void {
  const end = lines.count
  lines.slot.copyWithin(to, from, end)
  lines.value.copyWithin(to, from, end)
  lines.lead.copyWithin(to, from, end)
  lines.series.copyWithin(to, from, end)
  lines.length.copyWithin(to, from, end)
  lines.family.copyWithin(to, from, end)
  lines.timestamp?.copyWithin(to, from, end)
}
