/** What the diff, the rebuild and the cache share: the known lines of a target and what an update does to them. */
import type { Format, LineCursor } from '../exposition/lexer.ts'
import { NO_SLOT } from '../series/batch.ts'
import { type AdmissionRules, admit } from './admission.ts'
import type { Body } from './bodies.ts'
import { type Lines, setTimestamp } from './lines.ts'
import type { Slots } from './slots.ts'

export interface UpdateFailure {
  readonly error: string
  readonly reason: 'parse' | 'sample-limit' | 'label-limit'
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
  format: Format
  lines: Lines
  /** The last good body; undefined before the first. */
  body: Body | undefined
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

/** One line less stands for the row's slot. */
export function dropLine(table: Table, lines: Lines, row: number): void {
  const slot = lines.slot[row]
  if (slot !== NO_SLOT && --table.slots.lines[slot] === 0) table.lost.set(slot, isTracked(table, lines, row))
}

/** The timestamp that counts for the cursor's sample: NaN for the scrape's own. */
export function ownTimestamp(table: Table, cursor: LineCursor): number {
  return table.honorTimestamps ? cursor.timestamp : Number.NaN
}

/** The slot of the cursor's series, given out when it is new; 0 when it can't be admitted (table.failure says why). */
export function slotOf(table: Table, cursor: LineCursor, family: number, scraped: number): number {
  const { slots } = table
  slots.hash(cursor.bytes, cursor.seriesStart, cursor.seriesEnd)
  const known = slots.find()
  if (known !== NO_SLOT) return known
  const admission = admit(table.rules, cursor.bytes, cursor.seriesStart, cursor.seriesEnd, table.format, family)
  if (!admission.ok) {
    table.failure = { error: admission.error, reason: admission.reason, scraped }
    return NO_SLOT
  }
  const slot = slots.add()
  table.fresh.add(slot)
  return slot
}

/** Writes what the cursor found on a sample line into a row, all but its slot. `lead` bytes stood before the line. */
export function writeRow(
  table: Table,
  lines: Lines,
  row: number,
  cursor: LineCursor,
  lead: number,
  family: number,
): void {
  lines.lead[row] = lead
  lines.series[row] = cursor.seriesEnd - cursor.lineStart
  lines.length[row] = cursor.pos - cursor.lineStart
  lines.value[row] = cursor.value
  lines.family[row] = family
  setTimestamp(lines, row, ownTimestamp(table, cursor))
}

export function parseFailure(cursor: LineCursor, scraped: number): UpdateFailure {
  return { error: cursor.error, reason: 'parse', scraped }
}
