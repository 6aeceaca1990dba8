/**
 * Reads a whole body line by line into a new table of lines, with one look-up per series: the first scrape of a target,
 * bodies whose lines changed places, and bodies that name a series twice. The old table stays untouched until the end.
 */
import { LINE_END, LINE_ERROR, LINE_SAMPLE, type LineCursor, nextLine, reset } from '../exposition/lexer.ts'
import { NO_SLOT } from '../series/batch.ts'
import type { Metadata } from '../series/metadata.ts'
import type { Body } from './bodies.ts'
import { createMarkReader, isMetadata, type MarkReader, readBlock, readMark, sampleRead } from './families.ts'
import { createLines, type Lines, reserve } from './lines.ts'
import {
  countLine,
  describedAnew,
  isOverLimit,
  isTracked,
  limitFailure,
  ownTimestamp,
  parseFailure,
  slotOf,
  type Table,
  type UpdateFailure,
  writeRow,
} from './table.ts'

/** Lines read before the event loop gets a turn: about 4 ms. A series not seen before costs as much as many lines. */
const SLICE_LINES = 20_000
const ADMISSION_COST = 20
const EXEMPLAR_COST = 8
/** How often what costs more is added up. */
const LINES_BETWEEN = 128

export interface RebuildWalk {
  readonly table: Table
  readonly cursor: LineCursor
  readonly before: Lines
  readonly lines: Lines
  /** 0 is no limit. */
  readonly sampleLimit: number
  readonly marks: MarkReader
  /** Of the block in force, when labels are made of it. */
  family: Metadata | undefined
  /** Where the lead of the next line begins. */
  leadStart: number
}

export function beginRebuild(table: Table, cursor: LineCursor, body: Body, sampleLimit: number): RebuildWalk {
  reset(cursor, body.bytes, body.length)
  const { before, lines } = beginTable(table)
  const marks = createMarkReader()
  return { table, cursor, before, lines, sampleLimit, marks, family: undefined, leadStart: 0 }
}

/** The table as it is, with no line counted any more, and an empty one that may take its place. */
export function beginTable(table: Table): { readonly before: Lines; readonly lines: Lines } {
  const before = table.lines
  const lines = createLines(before.first)
  reserve(lines, before.count)
  for (let row = 0; row < before.first; row++) lines.slot[row] = before.slot[row]
  countLines(table, before, 0)
  return { before, lines }
}

/** False as long as there is more; at the end table.failure tells whether it failed. */
export function stepRebuild(walk: RebuildWalk): boolean {
  const { table, cursor, lines } = walk
  const { fresh, exemplars } = table
  const before = fresh.size * ADMISSION_COST + exemplars.noted * EXEMPLAR_COST
  let extra = 0
  for (let read = 0; read + extra < SLICE_LINES; read++) {
    if (read % LINES_BETWEEN === 0) extra = fresh.size * ADMISSION_COST + exemplars.noted * EXEMPLAR_COST - before
    const kind = nextLine(cursor)
    if (kind === LINE_SAMPLE) {
      if (!addRow(walk)) return fail(walk, table.failure)
    } else if (isMetadata(kind)) {
      readMark(walk.marks, cursor, kind)
    } else if (kind === LINE_ERROR) {
      return fail(walk, parseFailure(cursor, lines.count - lines.first))
    } else if (kind === LINE_END) {
      const samples = lines.count - lines.first
      if (isOverLimit(walk.sampleLimit, samples, lines.duplicates)) return fail(walk, limitFailure(samples))
      replaceLines(table, walk.before, lines)
      return true
    }
  }
  return false
}

function addRow(walk: RebuildWalk): boolean {
  const { table, cursor, lines, marks, sampleLimit } = walk
  const row = lines.count
  const overLimit = isOverLimit(sampleLimit, row - lines.first, lines.duplicates)
  // Past the limit the scrape has failed already, and lines are only counted: nothing more is admitted.
  if (table.rules.typeAndUnitLabels && marks.inBlock) walk.family = blockInFront(walk)
  const mark = sampleRead(marks)
  const found = overLimit ? NO_SLOT : slotOf(table, cursor, mark, row - lines.first, walk.family)
  if (found === NO_SLOT && !overLimit) return false
  if (row === lines.slot.length) reserve(lines, expectedRows(walk))
  const slot = countLine(table, lines, found, ownTimestamp(table, cursor.timestamp))
  lines.count = row + 1
  lines.slot[row] = slot
  writeRow(table, lines, row, cursor, cursor.lineStart - walk.leadStart, mark)
  if (slot !== NO_SLOT && cursor.exemplarEnd > 0)
    table.exemplars.fromLine(slot, cursor, lines.timestamp?.[row] ?? Number.NaN)
  walk.leadStart = cursor.pos
  return true
}

/** Reads the lines in front of the cursor's sample once more, and comes back to behind it. */
function blockInFront({ cursor, leadStart }: RebuildWalk): Metadata | undefined {
  const { lineStart } = cursor
  cursor.pos = leadStart
  const block = readBlock(cursor, lineStart)
  cursor.pos = lineStart
  nextLine(cursor)
  return block
}

/** How many rows the whole body will make, going by what has been read; at least one more than there are. */
function expectedRows({ cursor, lines }: RebuildWalk): number {
  const rows = lines.count
  return rows + 1 + Math.ceil((rows * (cursor.end - cursor.pos)) / Math.max(1, cursor.pos))
}

/** The new lines take the place of the old; series without a line now are lost. */
export function replaceLines(table: Table, before: Lines, lines: Lines): void {
  /** By slot: what was said of its family, plus 1. */
  const { marksBefore } = table
  const none = before.count === before.first && marksBefore.size === 0
  const marks = new Uint32Array(none ? 0 : table.slots.generations.length)
  for (const [slot, mark] of marksBefore) marks[slot] = mark + 1
  for (let row = before.first; row < before.count; row++) {
    const slot = before.slot[row]
    if (slot === NO_SLOT) continue
    if (table.slots.lines[slot] === 0) table.lost.set(slot, isTracked(table, before, row))
    marks[slot] = before.family[row] + 1
  }
  if (marks.length > 0) {
    for (let row = lines.first; row < lines.count; row++) {
      const slot = lines.slot[row]
      if (marks[slot] === 0 || marks[slot] === lines.family[row] + 1) continue
      describedAnew(table, slot)
      marks[slot] = lines.family[row] + 1
    }
  }
  table.lines = lines
  table.changed = true
}

function fail(walk: RebuildWalk, failure: UpdateFailure | undefined): true {
  leaveLines(walk.table, walk.before, walk.lines)
  walk.table.failure = failure
  return true
}

/** The new lines are given up: those before are counted again. */
export function leaveLines(table: Table, before: Lines, lines: Lines): void {
  countLines(table, lines, 0)
  countLines(table, before, 1)
}

/** Sets every slot's count of lines to 0, or adds `one` for each line of the table. */
function countLines(table: Table, lines: Lines, one: 0 | 1): void {
  const counts = table.slots.lines
  for (let row = lines.first; row < lines.count; row++) {
    const slot = lines.slot[row]
    if (slot !== NO_SLOT) counts[slot] = one === 0 ? 0 : counts[slot] + 1
  }
}
