/**
 * Tables for people: columns as wide as what stands in them, made to fit a terminal where there is one. In a pipe everything is
 * there, and whole. What stands in cells is shown plainly: it may come from anywhere.
 */
import { type Paint, painted } from './color.ts'
import { hanging, type Paper, shownPlainly } from './layout.ts'

export interface Column {
  readonly title: string
  /** For numbers. */
  readonly right?: boolean
  /** May be cut to this many characters when the terminal is too narrow: its end becomes `…`. The widest is cut first. */
  readonly least?: number
  /** May be left out when the terminal is too narrow, before others are cut too short; the first is left out first. */
  readonly optional?: boolean
  /** Stands in lines of its own below its row when the terminal is too narrow, before anything is left out. */
  readonly below?: boolean
}

export type Cell = string | { readonly text: string; readonly paint: Paint | undefined }

const GAP = 2
/** Before columns are left out, others are cut to this. */
const CUT_FIRST_TO = 32
/** Of what stands below its row. */
const INDENT = '    '

/**
 * The titles, then a line for each row, and what stands below it; every line ends with a line feed. A row has a cell for each
 * column.
 */
export function tableText(columns: readonly Column[], rows: readonly (readonly Cell[])[], paper: Paper): string {
  const texts = rows.map((row) => row.map((cell) => shownPlainly(typeof cell === 'string' ? cell : cell.text)))
  const natural = naturalWidths(columns, texts)
  const shown = shownColumns(columns, natural, paper.columns)
  const widths = fitted(columns, natural, shown, paper.columns)
  const titles = columns.map(({ title }) => title)
  const lines = [lineOf(columns, titles, shown, widths, (text) => painted(text, 'bold', paper.color))]
  for (const [at, row] of texts.entries()) {
    const paint = (text: string, column: number): string => {
      const cell = rows[at][column]
      return typeof cell === 'string' ? text : painted(text, cell.paint, paper.color)
    }
    lines.push(lineOf(columns, row, shown, widths, paint))
    for (const [column, text] of row.entries()) {
      if (text !== '' && columns[column].below && !shown.includes(column)) lines.push(hanging(INDENT, text, paper))
    }
  }
  return lines.join('')
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  const widths = columns.map(({ title }) => title.length)
  for (const row of rows) for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at], lengthOf(text))
  return widths
}

/** Which columns stand side by side. */
function shownColumns(
  columns: readonly Column[],
  natural: readonly number[],
  available: number | undefined,
): readonly number[] {
  const shown = [...columns.keys()]
  if (available === undefined) return shown
  const leaveOut = (which: (column: Column) => boolean | undefined, widths: readonly number[]): void => {
    for (const at of [...shown].filter((each) => which(columns[each]))) {
      if (lengthOfAll(widths, shown) > available) shown.splice(shown.indexOf(at), 1)
    }
  }
  leaveOut(({ below }) => below, natural)
  const cut = natural.map((width, at) =>
    columns[at].least === undefined ? width : Math.min(width, Math.max(columns[at].least, CUT_FIRST_TO)),
  )
  leaveOut(({ optional }) => optional, cut)
  return shown
}

function lengthOfAll(widths: readonly number[], shown: readonly number[]): number {
  return shown.reduce((sum, at) => sum + widths[at] + GAP, -GAP)
}

function fitted(
  columns: readonly Column[],
  natural: readonly number[],
  shown: readonly number[],
  available: number | undefined,
): readonly number[] {
  const widths = [...natural]
  if (available === undefined) return widths
  for (let excess = lengthOfAll(widths, shown) - available; excess > 0; excess--) {
    let widest = -1
    for (const at of shown) {
      const { least } = columns[at]
      if (least !== undefined && widths[at] > least && (widest < 0 || widths[at] > widths[widest])) widest = at
    }
    if (widest < 0) break
    widths[widest]--
  }
  return widths
}

function lineOf(
  columns: readonly Column[],
  texts: readonly string[],
  shown: readonly number[],
  widths: readonly number[],
  paint: (text: string, column: number) => string,
): string {
  let line = ''
  /** Where the line ends, and where the column begins. Spaces are written when something follows: no line ends with any. */
  let end = 0
  let start = 0
  for (const at of shown) {
    const text = cut(texts[at], widths[at])
    const length = lengthOf(text)
    const from = columns[at].right === true ? start + widths[at] - length : start
    if (length > 0) {
      line += ' '.repeat(from - end) + paint(text, at)
      end = from + length
    }
    start += widths[at] + GAP
  }
  return `${line}\n`
}

function cut(text: string, width: number): string {
  return lengthOf(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`
}

/** In characters; those that take two places are rare in names and addresses. */
function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}
