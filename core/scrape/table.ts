/** What the diff, the rebuild and the cache share: the known lines of a target and what an update does to them. */
import type { Format, LineCursor } from '../exposition/lexer.ts'
import { NO_SLOT } from '../series/batch.ts'
import type { Metadata } from '../series/metadata.ts'
import { type AdmissionRules, admit, describedSalt, nameOfSeries } from './admission.ts'
import type { Body } from './bodies.ts'
import type { Exemplars } from './exemplars.ts'
import { isOfFamily, typeOf } from './families.ts'
import { type Lines, setTimestamp } from './lines.ts'
import type { Slots } from './slots.ts'

export interface UpdateFailure {
  readonly error: string
  readonly reason: 'parse' | 'sample-limit' | 'label-limit' | 'bucket-limit'
  /** Samples of the body up to the error. */
  readonly scraped: number
}

export interface Table {
  readonly slots: Slots
  readonly rules: AdmissionRules
  readonly honorTimestamps: boolean
  readonly trackTimestampsStaleness: boolean
  /** 0 is no limit. */
  sampleLimit: number
  /**
   * Slots given out in this update. Their labels are not kept: who needs them parses them again, which costs a microsecond once
   * and spares the garbage collector a target's worth of strings that live just long enough to be promoted.
   */
  readonly fresh: Set<number>
  /** Slots that lost their last line in this update: true when they are owed a staleness marker. They may come back. */
  readonly lost: Map<number, boolean>
  /** What was said of the families of those that lost a line in this update. */
  readonly marksBefore: Map<number, number>
  readonly exemplars: Exemplars
  format: Format
  lines: Lines
  /** The last good body; undefined before the first. */
  body: Body | undefined
  /** Series whose names end in `_created` were admitted: they may say when others began. */
  seenCreated: boolean
  /** The table differs from what the kept body says: edits of an update that isn't finished. */
  edited: boolean
  /** The set or the order of lines changed in this update. */
  changed: boolean
  failure: UpdateFailure | undefined
}

/** Whether a line's series gets staleness markers: those with timestamps of their own do only on request. */
export function isTracked(table: Table, lines: Lines, row: number): boolean {
  const { timestamp } = lines
  return timestamp === undefined || table.trackTimestampsStaleness || Number.isNaN(timestamp[row])
}

/**
 * One line more stands for a slot; `timestamp`: its own, or NaN. Returns NO_SLOT when the series stood further up and the line
 * says nothing new of it.
 */
export function countLine(table: Table, lines: Lines, slot: number, timestamp: number): number {
  const counts = table.slots.lines
  if (slot === NO_SLOT || ++counts[slot] === 1) return slot
  if (!Number.isNaN(timestamp)) {
    lines.repeats++
    return slot
  }
  counts[slot]--
  lines.duplicates++
  return NO_SLOT
}

/** Whether so many samples, those counted as duplicates included, are more than `limit` (0: none) allows. */
export function isOverLimit(limit: number, samples: number, duplicates: number): boolean {
  return limit > 0 && samples - duplicates > limit
}

export function limitFailure(scraped: number): UpdateFailure {
  return { error: 'sample limit exceeded', reason: 'sample-limit', scraped }
}

/** One line less stands for the row's slot. */
export function dropLine(table: Table, lines: Lines, row: number): void {
  const slot = lines.slot[row]
  if (slot === NO_SLOT || --table.slots.lines[slot] > 0) return
  table.lost.set(slot, isTracked(table, lines, row))
  table.marksBefore.set(slot, lines.family[row])
}

/** The timestamp that counts for a sample that has been exposed with this one, or NaN: NaN for the scrape's own. */
export function ownTimestamp(table: Table, exposed: number): number {
  return table.honorTimestamps ? exposed : Number.NaN
}

/** Series bytes, and under what they stand; a line cursor is one. */
export interface SeriesBytes {
  readonly bytes: Uint8Array
  readonly seriesStart: number
  readonly seriesEnd: number
}

/**
 * The slot of a series, given out when it is new; 0 when it can't be admitted (table.failure says why). `mark`: of its family.
 * `family`: the metadata in force, wanted when labels are made of it.
 */
export function slotOf(
  table: Table,
  { bytes, seriesStart, seriesEnd }: SeriesBytes,
  mark: number,
  scraped: number,
  family?: Metadata,
): number {
  const { slots, rules } = table
  const described =
    family !== undefined && isOfFamily(nameOfSeries(bytes, seriesStart, seriesEnd, table.format), family)
  slots.hash(bytes, seriesStart, seriesEnd, described ? describedSalt(family) : 0)
  const known = slots.find()
  if (known !== NO_SLOT) return known
  const admission = admit(rules, bytes, seriesStart, seriesEnd, table.format, typeOf(mark), family)
  if (!admission.ok) {
    table.failure = { error: admission.error, reason: admission.reason, scraped }
    return NO_SLOT
  }
  const slot = slots.add()
  table.fresh.add(slot)
  if (admission.isCreated) table.seenCreated = true
  return slot
}

/** The row's series is what it was, but what is said of its family is not: receivers are to ask again. */
export function describedAnew(table: Table, slot: number): void {
  if (slot === NO_SLOT) return
  table.slots.generations[slot]++
  table.changed = true
}

/** Writes what the cursor found on a sample line into a row, all but its slot. `lead` bytes stood before the line. */
export function writeRow(
  table: Table,
  lines: Lines,
  row: number,
  cursor: LineCursor,
  lead: number,
  mark: number,
): void {
  lines.lead[row] = lead
  lines.series[row] = cursor.seriesEnd - cursor.lineStart
  lines.length[row] = cursor.pos - cursor.lineStart
  lines.value[row] = cursor.value
  lines.family[row] = mark
  setTimestamp(lines, row, ownTimestamp(table, cursor.timestamp))
}

export function parseFailure(cursor: LineCursor, scraped: number): UpdateFailure {
  return { error: cursor.error, reason: 'parse', scraped }
}
