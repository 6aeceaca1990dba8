/**
 * Takes over a body that was decoded as a whole. Its lines hold the series alone, so when they are those of the body before, byte for
 * byte, only the columns beside them are copied; otherwise each series is looked up. Sample limit, duplicates and
 * staleness are as in a rebuild of lines.
 */
import type { Decoded } from '../exposition/decoded.ts'
import { FAMILY_UNKNOWN } from '../exposition/lexer.ts'
import { hashLabels } from '../hash/murmur.ts'
import { NO_SLOT } from '../series/batch.ts'
import { type Body, bodyOf } from './bodies.ts'
import { equalRun } from './diff.ts'
import { markOf, metadataOf } from './families.ts'
import { type Lines, reserve, setStart, setTimestamp } from './lines.ts'
import { beginTable, leaveLines, replaceLines } from './rebuild.ts'
import { countLine, describedAnew, isOverLimit, limitFailure, ownTimestamp, slotOf, type Table } from './table.ts'

/** Bytes compared, rows copied, rows looked up and exemplars noted before the event loop gets a turn: about 4 ms each. */
const SLICE_BYTES = 8 * 1024 * 1024
const SLICE_COPIES = 50_000
const SLICE_LOOKUPS = 10_000
const SLICE_EXEMPLARS = 3_000
const ADMISSION_COST = 10
/** What hashing the words of a family costs, in copied rows. */
const MARK_COST = 10

export interface DecodedWalk {
  readonly table: Table
  readonly decoded: Decoded
  /** By family: its mark; NaN before it was worked out. Bodies may have as many families as rows. */
  readonly marks: Float64Array
  marked: number
  stage: 'compare' | 'copy' | 'look-up' | 'keep' | 'exemplars'
  /** While series are looked up: the lines before, and those to be. */
  tables: { readonly before: Lines; readonly lines: Lines } | undefined
  /** Where it stands: bytes while comparing and looking up, and rows or exemplars. */
  at: number
  row: number
  /** The lines, to be kept in place of those before; undefined when they are the same. */
  kept: Body | undefined
}

/** `isDecoded`: so is the kept body. */
export function beginDecoded(table: Table, decoded: Decoded, isDecoded: boolean): DecodedWalk {
  const { lines } = table
  const comparable =
    isDecoded &&
    table.body?.length === decoded.length &&
    lines.duplicates === 0 &&
    lines.repeats === 0 &&
    // Series are made of what is said of them.
    !table.rules.typeAndUnitLabels
  const walk: DecodedWalk = {
    table,
    decoded,
    marks: new Float64Array(decoded.families.length).fill(Number.NaN),
    marked: 0,
    stage: 'compare',
    tables: undefined,
    at: 0,
    row: 0,
    kept: undefined,
  }
  if (!comparable) beginLookUp(walk)
  return walk
}

/** False as long as there is more; at the end table.failure tells whether it failed. */
export function stepDecoded(walk: DecodedWalk): boolean {
  if (walk.stage === 'compare') return compare(walk)
  if (walk.stage === 'copy') return copy(walk)
  if (walk.stage === 'look-up') return lookUp(walk)
  if (walk.stage === 'keep') return keepLines(walk)
  return takeExemplars(walk)
}

function compare(walk: DecodedWalk): false {
  const { table, decoded } = walk
  const end = Math.min(decoded.length, walk.at + SLICE_BYTES)
  const slice = (bytes: Uint8Array): Body => bodyOf(bytes.subarray(walk.at, end), end - walk.at)
  const kept = slice((table.body as Body).bytes)
  if (equalRun(kept, 0, slice(decoded.lines), 0) < kept.length) {
    beginLookUp(walk)
    return false
  }
  walk.at = end
  if (end === decoded.length) walk.stage = isOverLimit(table.sampleLimit, decoded.count, 0) ? 'look-up' : 'copy'
  if (walk.stage === 'look-up') beginLookUp(walk)
  return false
}

function copy(walk: DecodedWalk): false {
  const { table, decoded } = walk
  const { lines } = table
  const end = Math.min(decoded.count, walk.row + SLICE_COPIES)
  const { marked } = walk
  if (walk.row === 0) lines.start?.fill(Number.NaN)
  let i = walk.row
  for (; i + (walk.marked - marked) * MARK_COST < end; i++) {
    const row = lines.first + i
    writeColumns(walk, lines, row, i)
    const mark = markOfFamily(walk, decoded.family[i])
    if (lines.family[row] !== mark) describedAnew(table, lines.slot[row])
    lines.family[row] = mark
  }
  walk.row = i
  if (i === decoded.count) beginExemplars(walk)
  return false
}

/** Rows before the first family have an index that is none. */
function markOfFamily(walk: DecodedWalk, index: number): number {
  const family = walk.decoded.families[index]
  if (family === undefined) return FAMILY_UNKNOWN
  const { marks } = walk
  if (Number.isNaN(marks[index])) {
    const { name, type, help, unit } = family
    marks[index] = markOf(type, hashLabels([name, help, unit], type))
    walk.marked++
  }
  return marks[index]
}

function writeColumns({ table, decoded }: DecodedWalk, lines: Lines, row: number, i: number): void {
  lines.value[row] = decoded.values[i]
  setTimestamp(lines, row, ownTimestamp(table, decoded.timestamps[i]))
  setStart(lines, row, decoded.starts[i])
  const histogram = decoded.histograms.get(i)
  // Written over rather than cleared and filled: a large map that grows anew holds the event loop.
  if (histogram !== undefined) lines.histograms.set(row, histogram)
  else if (lines.histograms.size > 0) lines.histograms.delete(row)
}

function beginLookUp(walk: DecodedWalk): void {
  walk.stage = 'look-up'
  walk.tables = beginTable(walk.table)
  reserve(walk.tables.lines, walk.tables.lines.first + walk.decoded.count)
  walk.at = walk.row = 0
}

function lookUp(walk: DecodedWalk): boolean {
  const { table, decoded } = walk
  const { before, lines } = walk.tables as NonNullable<typeof walk.tables>
  const extra = (): number => table.fresh.size * ADMISSION_COST + walk.marked
  const admitted = extra()
  for (let read = 0; read + extra() - admitted < SLICE_LOOKUPS; read++) {
    if (walk.row === decoded.count) {
      if (isOverLimit(table.sampleLimit, decoded.count, lines.duplicates)) {
        table.failure = limitFailure(decoded.count)
        leaveLines(table, before, lines)
        return true
      }
      replaceLines(table, before, lines)
      walk.stage = 'keep'
      walk.kept = bodyOf(new Uint8Array(decoded.length), decoded.length)
      walk.at = 0
      return false
    }
    if (!addRow(walk, lines)) {
      leaveLines(table, before, lines)
      return true
    }
  }
  return false
}

function addRow(walk: DecodedWalk, lines: Lines): boolean {
  const { table, decoded } = walk
  const i = walk.row
  const row = lines.first + i
  const seriesStart = walk.at
  const seriesEnd = decoded.lines.indexOf(10, seriesStart)
  const family = decoded.families[decoded.family[i]]
  const mark = markOfFamily(walk, decoded.family[i])
  const over = isOverLimit(table.sampleLimit, i, lines.duplicates)
  let slot: number = NO_SLOT
  if (!over) {
    const described = table.rules.typeAndUnitLabels && family !== undefined ? metadataOf(family) : undefined
    slot = slotOf(table, { bytes: decoded.lines, seriesStart, seriesEnd }, mark, i, described)
    if (slot === NO_SLOT) return false
    slot = countLine(table, lines, slot, ownTimestamp(table, decoded.timestamps[i]))
  }
  lines.count = row + 1
  lines.slot[row] = slot
  lines.lead[row] = 0
  lines.series[row] = seriesEnd - seriesStart
  lines.length[row] = seriesEnd + 1 - seriesStart
  lines.family[row] = mark
  writeColumns(walk, lines, row, i)
  walk.at = seriesEnd + 1
  walk.row = i + 1
  return true
}

/** The decoder needs its own again. */
function keepLines(walk: DecodedWalk): false {
  const { decoded, kept, at } = walk
  const end = Math.min(decoded.length, at + SLICE_BYTES)
  kept?.bytes.set(decoded.lines.subarray(at, end), at)
  walk.at = end
  if (end === decoded.length) beginExemplars(walk)
  return false
}

function beginExemplars(walk: DecodedWalk): void {
  walk.stage = 'exemplars'
  walk.row = 0
}

function takeExemplars(walk: DecodedWalk): boolean {
  const { table, decoded } = walk
  const { lines, exemplars } = table
  const end = Math.min(decoded.exemplars.length, walk.row + SLICE_EXEMPLARS)
  for (; walk.row < end; walk.row++) {
    const exposed = decoded.exemplars[walk.row]
    const row = lines.first + exposed.row
    const slot = lines.slot[row]
    if (slot === NO_SLOT) continue
    exemplars.fromDecoded(slot, exposed, lines.timestamp?.[row] ?? Number.NaN)
  }
  return walk.row === decoded.exemplars.length
}
