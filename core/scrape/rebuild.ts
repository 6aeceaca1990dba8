/**
 * Reads a whole body line by line into a new table of lines, with one look-up per series: the first scrape of a target,
 * bodies whose lines changed places, and bodies that name a series twice. The old table stays untouched until the end.
 */
import { LINE_END, LINE_ERROR, LINE_SAMPLE, LINE_TYPE, type LineCursor, nextLine, reset } from '../exposition/lexer.ts'
import { NO_SLOT } from '../series/batch.ts'
import type { Body } from './bodies.ts'
import { createLines, type Lines, reserve } from './lines.ts'
import { isTracked, ownTimestamp, parseFailure, slotOf, type Table, type UpdateFailure, writeRow } from './table.ts'

/** Lines read before the event loop gets a turn: about 4 ms. A series not seen before costs as much as many lines. */
const SLICE_LINES = 20_000
const ADMISSION_COST = 20

export interface RebuildWalk {
  readonly table: Table
  readonly cursor: LineCursor
  readonly before: Lines
  readonly lines: Lines
  /** 0 is no limit. */
  readonly sampleLimit: number
  family: number
  /** Where the lead of the next line begins. */
  leadStart: number
}

export function beginRebuild(table: Table, cursor: LineCursor, body: Body, sampleLimit: number): RebuildWalk {
  reset(cursor, body.bytes, body.length)
  const before = table.lines
  const lines = createLines(before.first)
  reserve(lines, before.count)
  for (let row = 0; row < before.first; row++) lines.slot[row] = before.slot[row]
  countLines(table, before, 0)
  return { table, cursor, before, lines, sampleLimit, family: 0, leadStart: 0 }
}

/** False as long as there is more; at the end table.failure tells whether it failed. */
export function stepRebuild(walk: RebuildWalk): boolean {
  const { table, cursor, lines } = walk
  const admitted = table.fresh.size
  for (let read = 0; read + (table.fresh.size - admitted) * ADMISSION_COST < SLICE_LINES; read++) {
    const kind = nextLine(cursor)
    if (kind === LINE_SAMPLE) {
      if (!addRow(walk)) return fail(walk, table.failure)
    } else if (kind === LINE_TYPE) {
      walk.family = cursor.familyType
    } else if (kind === LINE_ERROR) {
      return fail(walk, parseFailure(cursor, lines.count - lines.first))
    } else if (kind === LINE_END) {
      const samples = lines.count - lines.first
      if (walk.sampleLimit > 0 && samples - lines.duplicates > walk.sampleLimit) {
        return fail(walk, { error: 'sample limit exceeded', reason: 'sample-limit', scraped: samples })
      }
      replaceLines(walk)
      return true
    }
  }
  return false
}

function addRow(walk: RebuildWalk): boolean {
  const { table, cursor, lines, family, sampleLimit } = walk
  const row = lines.count
  const overLimit = sampleLimit > 0 && row - lines.first - lines.duplicates > sampleLimit
  // Past the limit the scrape has failed already, and lines are only counted: nothing more is admitted.
  let slot = overLimit ? NO_SLOT : slotOf(table, cursor, family, row - lines.first)
  if (slot === NO_SLOT && !overLimit) return false
  if (row === lines.slot.length) reserve(lines, expectedRows(walk))
  if (slot !== NO_SLOT && ++table.slots.lines[slot] > 1) {
    const explicit = ownTimestamp(table, cursor)
    if (!Number.isNaN(explicit)) {
      lines.repeats++
    } else {
      table.slots.lines[slot]--
      lines.duplicates++
      slot = NO_SLOT
    }
  }
  lines.count = row + 1
  lines.slot[row] = slot
  writeRow(table, lines, row, cursor, cursor.lineStart - walk.leadStart, family)
  walk.leadStart = cursor.pos
  return true
}

/** How many rows the whole body will make, going by what has been read; at least one more than there are. */
function expectedRows({ cursor, lines }: RebuildWalk): number {
  const rows = lines.count
  return rows + 1 + Math.ceil((rows * (cursor.end - cursor.pos)) / Math.max(1, cursor.pos))
}

/** The new lines take the place of the old; series without a line now are lost. */
function replaceLines(walk: RebuildWalk): void {
  const { table, before, lines } = walk
  for (let row = before.first; row < before.count; row++) {
    const slot = before.slot[row]
    if (slot !== NO_SLOT && table.slots.lines[slot] === 0) table.lost.set(slot, isTracked(table, before, row))
  }
  table.lines = lines
  table.changed = true
}

function fail(walk: RebuildWalk, failure: UpdateFailure | undefined): boolean {
  const { table, before, lines } = walk
  table.failure = failure
  countLines(table, lines, 0)
  countLines(table, before, 1)
  return true
}

/** Sets every slot's count of lines to 0, or adds `one` for each line of the table. */
function countLines(table: Table, lines: Lines, one: 0 | 1): void {
  const counts = table.slots.lines
  for (let row = lines.first; row < lines.count; row++) {
    const slot = lines.slot[row]
    if (slot !== NO_SLOT) counts[slot] = one === 0 ? 0 : counts[slot] + 1
  }
}
