/**
 * Tables for people: columns as wide as what stands in them, made to fit a terminal where there is one. In a pipe nothing is ever
 * cut. What stands in cells is shown plainly: it may come from anywhere.
 */
import { type Paint, painted } from './color.ts'
import { type Paper, shownPlainly } from './layout.ts'

export interface Column {
  readonly title: string
  /** For numbers. */
  readonly right?: boolean
  /** May be cut to this many characters when the terminal is too narrow: its end becomes `…`. The widest is cut first. */
  readonly least?: number
}

export type Cell = string | { readonly text: string; readonly paint: Paint | undefined }

const GAP = 2

/** The titles, then a line for each row; every line ends with a line feed. A row has a cell for each column. */
export function tableText(columns: readonly Column[], rows: readonly (readonly Cell[])[], paper: Paper): string {
  const texts = rows.map((row) => row.map((cell) => shownPlainly(typeof cell === 'string' ? cell : cell.text)))
  const widths = fitted(columns, naturalWidths(columns, texts), paper.columns)
  const titles = columns.map(({ title }) => title)
  const lines = [lineOf(columns, titles, widths, (text) => painted(text, 'bold', paper.color))]
  for (const [at, row] of texts.entries()) {
    lines.push(
      lineOf(columns, row, widths, (text, column) => {
        const cell = rows[at][column]
        return typeof cell === 'string' ? text : painted(text, cell.paint, paper.color)
      }),
    )
  }
  return lines.join('')
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  const widths = columns.map(({ title }) => title.length)
  for (const row of rows) for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at], lengthOf(text))
  return widths
}

function fitted(columns: readonly Column[], natural: readonly number[], available: number | undefined): number[] {
  const widths = [...natural]
  if (available === undefined) return widths
  let excess = widths.reduce((sum, width) => sum + width + GAP, -GAP) - available
  while (excess > 0) {
    let widest = -1
    for (const [at, { least }] of columns.entries()) {
      if (least !== undefined && widths[at] > least && (widest < 0 || widths[at] > widths[widest])) widest = at
    }
    if (widest < 0) break
    widths[widest]--
    excess--
  }
  return widths
}

function lineOf(
  columns: readonly Column[],
  texts: readonly string[],
  widths: readonly number[],
  paint: (text: string, column: number) => string,
): string {
  let line = ''
  /** Where the line ends, and where the column begins. Spaces are written when something follows: no line ends with any. */
  let end = 0
  let start = 0
  for (const [at, whole] of texts.entries()) {
    const text = cut(whole, widths[at])
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
