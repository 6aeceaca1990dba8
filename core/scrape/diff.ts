/**
 * Takes over a new body by walking over it and the kept one in step. Nearly always the two are equal but for some
 * values, so they are compared in long equal runs, eight bytes at a time, and lines inside a run cost nothing at all.
 * Where they differ, the place decides: in a value, only the rest of that line is parsed; in a series or in metadata, the
 * line is looked up and the table is edited in place (a row goes, a row comes). Each edit moves the rows behind it, so
 * after a bounded number of edits the walk gives up and the body is rebuilt.
 */
import { CLOSE_BRACE } from '../exposition/bytes.ts'
import { LINE_END, LINE_ERROR, LINE_SAMPLE, type LineCursor, nextLine, reset, sampleTail } from '../exposition/lexer.ts'
import { NO_SLOT } from '../series/batch.ts'
import type { Body } from './bodies.ts'
import {
  beginMarks,
  createMarkReader,
  hasBlock,
  isMetadata,
  type MarkReader,
  readMark,
  sampleRead,
} from './families.ts'
import { insertRow, removeRows, setTimestamp } from './lines.ts'
import {
  describedAnew,
  dropLine,
  isOverLimit,
  limitFailure,
  ownTimestamp,
  parseFailure,
  slotOf,
  type Table,
  writeRow,
} from './table.ts'

/**
 * An edit moves 28 bytes a row, half of the rows on average: about 1.2 ns per row and edit against some 400 ns per row for
 * a rebuild. Replacing one pod among many is two edits in each of its families, and well within.
 */
const MAX_EDITS = 256

/** Rows over which a line found further down always counts as evidence that those in between are gone. */
const SHORT_WAY = 16

/** Bytes walked before the event loop gets a turn: 4 ms at the slowest rate measured. */
const SLICE_BYTES = 4 * 1024 * 1024
/** What takes as long as reading an exemplar. */
const EXEMPLAR_BYTES = 1500

export interface DiffWalk {
  readonly table: Table
  readonly cursor: LineCursor
  readonly old: Body
  readonly body: Body
  /** The row that the walk stands in, and where its lead begins in the old body. */
  row: number
  rowStart: number
  /** Where the walk stands in the two bodies: all before is done. */
  oldAt: number
  at: number
  /** Where the event loop gets a turn. */
  sliceEnd: number
  edits: number
  readonly marks: MarkReader
  /** Rows whose mark differs from the one that those behind them were given, rising. */
  readonly remarked: number[]
  /** How far those behind them were given it, where that is in the new body, and which of the remarked comes next. */
  readonly behind: { row: number; at: number; mark: number | undefined; next: number }
}

export function beginDiff(table: Table, cursor: LineCursor, body: Body): DiffWalk {
  reset(cursor, body.bytes, body.length)
  const old = table.body as Body
  return {
    table,
    cursor,
    old,
    body,
    row: table.lines.first,
    rowStart: 0,
    oldAt: 0,
    at: 0,
    sliceEnd: 0,
    edits: 0,
    marks: createMarkReader(),
    remarked: [],
    behind: { row: table.lines.first, at: 0, mark: undefined, next: 0 },
  }
}

/** `differs`: too much to edit, rebuild it. `failed`: table.failure says why. Edits are not undone here. */
export function stepDiff(walk: DiffWalk): 'more' | 'done' | 'differs' | 'failed' {
  const { table, old, body } = walk
  walk.sliceEnd = walk.at + SLICE_BYTES
  while (walk.at < walk.sliceEnd) {
    const equal = equalRun(old, walk.oldAt, body, walk.at)
    const oldAt = walk.oldAt + equal
    const at = walk.at + equal
    skipEqualRows(walk, oldAt)
    if (oldAt === old.length && at === body.length) return end(walk)
    const { lines } = table
    const { row, rowStart } = walk
    const start = rowStart + (at - oldAt)
    const inLine = oldAt - rowStart - lines.lead[row]
    if (row < lines.count && inLine >= lines.series[row] && newValue(walk, start + lines.lead[row])) continue
    const outcome = resync(walk, start)
    if (outcome !== 'more') return outcome
  }
  return 'more'
}

/** Length of the run of equal bytes from `p` in `a` and `q` in `b`. */
export function equalRun(a: Body, p: number, b: Body, q: number): number {
  const length = Math.min(a.length - p, b.length - q)
  const aView = a.view
  const bView = b.view
  let n = 0
  // As floats, which compare without allocation. Two patterns that are unequal as bytes but equal as floats, +0 and -0,
  // consist of NUL bytes; equal NaNs, which compare unequal, only end the fast part early.
  for (const fast = length - 8; n <= fast && aView.getFloat64(p + n, true) === bView.getFloat64(q + n, true); ) n += 8
  const aBytes = a.bytes
  const bBytes = b.bytes
  while (n < length && aBytes[p + n] === bBytes[q + n]) n++
  return n
}

/** Moves the walk's row on to the one that holds `oldAt`. */
function skipEqualRows(walk: DiffWalk, oldAt: number): void {
  const { lead, length, count } = walk.table.lines
  let { row, rowStart } = walk
  for (; row < count; row++) {
    const end = rowStart + lead[row] + length[row]
    if (end > oldAt) break
    rowStart = end
  }
  walk.row = row
  walk.rowStart = rowStart
}

/** The line is the same up to the end of its series: takes its new value. False when it is more than that. */
function newValue(walk: DiffWalk, lineStart: number): boolean {
  const { table, cursor } = walk
  const { lines } = table
  const { row } = walk
  const seriesEnd = lineStart + lines.series[row]
  if (!sampleTail(cursor, seriesEnd, cursor.bytes[seriesEnd - 1] === CLOSE_BRACE)) return false
  if (table.honorTimestamps) {
    const before = lines.timestamp === undefined ? Number.NaN : lines.timestamp[row]
    const now = cursor.timestamp
    if (Number.isNaN(before) !== Number.isNaN(now)) return false
    if (!Number.isNaN(now)) setTimestamp(lines, row, now)
  }
  table.edited = true
  lines.value[row] = cursor.value
  if (cursor.exemplarEnd > 0) noteExemplar(walk, row)
  walk.oldAt = walk.rowStart + lines.lead[row] + lines.length[row]
  walk.at = cursor.pos
  lines.length[row] = cursor.pos - lineStart
  walk.rowStart = walk.oldAt
  walk.row = row + 1
  return true
}

/** The bodies differ in more than a value: reads on from `start`, where the row's lead begins, to the next sample. */
function resync(walk: DiffWalk, start: number): 'more' | 'done' | 'differs' | 'failed' {
  const { table, cursor } = walk
  const { lines } = table
  let { row } = walk
  if (++walk.edits > MAX_EDITS || lines.duplicates > 0 || lines.repeats > 0) return 'differs'
  // Series are made of what the block says: each is to be looked at.
  if (table.rules.typeAndUnitLabels) return 'differs'
  table.edited = true
  if (walk.remarked.length > 0) remark(walk, row)
  beginMarks(walk.marks, row === lines.first ? 0 : lines.family[row - 1])
  cursor.pos = start
  let kind = nextLine(cursor)
  for (; kind !== LINE_SAMPLE; kind = nextLine(cursor)) {
    if (isMetadata(kind)) readMark(walk.marks, cursor, kind)
    if (kind === LINE_ERROR) {
      table.failure = parseFailure(cursor, row - lines.first)
      return 'failed'
    }
    if (kind === LINE_END) {
      discard(table, row, lines.count)
      return end(walk)
    }
  }
  const mark = sampleRead(walk.marks)
  const slot = slotOf(table, cursor, mark, row - lines.first)
  if (slot === NO_SLOT) return 'failed'
  const known = table.slots.lines[slot] === 0 ? -1 : lines.slot.subarray(0, lines.count).indexOf(slot, row)
  if (known === -1) {
    // A second line for a series that already has one, further up: duplicates are the rebuild's business.
    if (table.slots.lines[slot] > 0) return 'differs'
    if (row < lines.count && lines.family[row] !== mark) noteRemarked(walk, row)
    const before = table.marksBefore.get(slot)
    if (before !== undefined && before !== mark) describedAnew(table, slot)
    insertRow(lines, row)
    lines.slot[row] = slot
    table.slots.lines[slot] = 1
    table.changed = true
    walk.oldAt = walk.rowStart
  } else {
    // A line that begins or ceases to carry a timestamp changes what is tracked for staleness.
    const before = lines.timestamp === undefined ? Number.NaN : lines.timestamp[known]
    if (Number.isNaN(before) !== Number.isNaN(ownTimestamp(table, cursor.timestamp))) return 'differs'
    if (lines.family[known] !== mark) {
      describedAnew(table, slot)
      noteRemarked(walk, row)
    }
    const skipped = bytesOf(table, row, known)
    if (hasMoved(walk, known, skipped, start)) {
      moveRow(table, known, row)
      if (row + 1 < lines.count && lines.family[row + 1] !== mark) noteRemarked(walk, row)
      walk.oldAt = walk.rowStart
    } else {
      walk.oldAt = walk.rowStart + skipped + bytesOf(table, known, known + 1)
      discard(table, row, known)
    }
  }
  writeRow(table, lines, row, cursor, cursor.lineStart - start, mark)
  if (cursor.exemplarEnd > 0) noteExemplar(walk, row)
  walk.rowStart = walk.oldAt
  walk.row = ++row
  walk.at = cursor.pos
  return 'more'
}

/**
 * The line expected further down stands here: either it has moved up, or those in between are gone. Rests of the bodies tell:
 * where lines are gone, what is left to read is as long as what was left behind them. Over a short way they tell nothing,
 * and taking a few lines for gone that come later costs little.
 */
function hasMoved(walk: DiffWalk, known: number, skipped: number, start: number): boolean {
  if (known - walk.row <= SHORT_WAY) return false
  const left = walk.body.length - start
  const leftBefore = walk.old.length - walk.rowStart
  return Math.abs(left - leftBefore) < Math.abs(left - (leftBefore - skipped))
}

/** Takes a row out and puts it in further up. Its bytes in the old body become part of what leads to the row behind it. */
function moveRow(table: Table, from: number, to: number): void {
  const { lines } = table
  const slot = lines.slot[from]
  if (from + 1 < lines.count) lines.lead[from + 1] += lines.lead[from] + lines.length[from]
  removeRows(lines, from, from + 1)
  insertRow(lines, to)
  lines.slot[to] = slot
  table.changed = true
}

function noteRemarked({ remarked }: DiffWalk, row: number): void {
  if (remarked.at(-1) !== row) remarked.push(row)
}

function noteExemplar(walk: DiffWalk, row: number): void {
  const { table, cursor } = walk
  const before = table.exemplars.noted
  const { slot, timestamp } = table.lines
  if (slot[row] !== NO_SLOT)
    table.exemplars.fromLine(slot[row], cursor, timestamp === undefined ? Number.NaN : timestamp[row])
  walk.sliceEnd -= (table.exemplars.noted - before) * EXEMPLAR_BYTES
}

/** All lines are taken over. */
function end(walk: DiffWalk): 'done' | 'failed' {
  const { table } = walk
  const { lines } = table
  const samples = lines.count - lines.first
  if (isOverLimit(table.sampleLimit, samples, lines.duplicates)) {
    table.failure = limitFailure(samples)
    return 'failed'
  }
  if (walk.remarked.length > 0) remark(walk, lines.count)
  return 'done'
}

/**
 * Gives the rows behind the remarked ones, which may never have been looked at, the same mark: up to the next block. Goes on
 * from where it was to before `end`.
 */
function remark({ table, cursor, remarked, behind }: DiffWalk, end: number): void {
  const { lines } = table
  const { lead, length, family } = lines
  for (; behind.row < end; behind.row++) {
    const { row, at } = behind
    if (row === remarked[behind.next]) {
      behind.mark = family[row]
      behind.next++
    } else if (behind.mark !== undefined) {
      if (lead[row] > 0 && hasBlock(cursor, at, at + lead[row])) behind.mark = undefined
      else if (family[row] !== behind.mark) {
        family[row] = behind.mark
        describedAnew(table, lines.slot[row])
      }
    }
    behind.at += lead[row] + length[row]
  }
}

/** What the rows from `from` to before `to` take in the old body. */
function bytesOf(table: Table, from: number, to: number): number {
  const { lead, length } = table.lines
  let bytes = 0
  for (let row = from; row < to; row++) bytes += lead[row] + length[row]
  return bytes
}

/** The rows from `from` to before `to` have no line in the new body, or have it elsewhere. */
function discard(table: Table, from: number, to: number): void {
  if (from === to) return
  for (let row = from; row < to; row++) dropLine(table, table.lines, row)
  removeRows(table.lines, from, to)
  table.changed = true
}
