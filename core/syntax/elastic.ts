/**
 * Elastic tabstops: cells of consecutive lines that stand in the same column get the same width. Written for the
 * formatter, with the behaviour of Go's text/tabwriter as Alloy sets it up: padding of one space, indentation kept as
 * tabs, empty columns dropped, blanks at line ends removed.
 */

const TAB_WIDTH = 8

/** The same column of lines that follow each other. */
interface Column {
  /** Of the widest cell, with one space behind it. */
  width: number
  /** Whether all cells so far are empty and none was ended by a hard tab. */
  discardable: boolean
}

interface Cell {
  text: string
  /** How much of the text stays when the line ends here: all but soft blanks at its end. */
  solid: number
  width: number
  column: Column | undefined
}

export interface ElasticWriter {
  /** Words, verbatim. */
  text(text: string): void
  /** A space that vanishes at the end of a line. */
  blank(): void
  /** Ends a cell. A hard one counts as content even when its whole column is empty: indentation. */
  tab(hard: boolean): void
  newline(): void
  /** Ends the line and all columns. */
  formfeed(): void
  finish(): string
}

export function createElasticWriter(): ElasticWriter {
  // Lines whose columns may still grow, and the text of those before: cells of a large file would take much memory.
  let lines: Cell[][] = []
  const rendered: string[] = []
  let line: Cell[] = []
  let cell = emptyCell()
  let open: Column[] = []

  function endLine(endsColumns: boolean): void {
    // The last cell of a line ends with the line and belongs to no column.
    open.length = Math.min(open.length, line.length)
    line.push(cell)
    lines.push(line)
    line = []
    cell = emptyCell()
    if (!endsColumns) return
    open = []
    for (const ended of lines) rendered.push(renderLine(ended))
    lines = []
  }

  return {
    text(text) {
      cell.text += text
      cell.solid = cell.text.length
      cell.width += codePoints(text)
    },
    blank() {
      cell.text += ' '
      cell.width++
    },
    tab(hard) {
      const index = line.length
      let column = open[index]
      if (column === undefined) {
        column = { width: 0, discardable: true }
        open.push(column)
      }
      column.width = Math.max(column.width, cell.width + 1)
      if (cell.width > 0 || hard) column.discardable = false
      cell.column = column
      line.push(cell)
      cell = emptyCell()
    },
    newline() {
      endLine(false)
    },
    formfeed() {
      endLine(true)
    },
    finish() {
      endLine(true)
      return rendered.join('\n')
    },
  }
}

function emptyCell(): Cell {
  return { text: '', solid: 0, width: 0, column: undefined }
}

function renderLine(line: readonly Cell[]): string {
  let out = ''
  let solid = 0
  let indenting = true
  for (const { text, solid: solidText, width, column } of line) {
    if (solidText > 0) solid = out.length + solidText
    out += text
    if (text !== '') indenting = false
    if (column === undefined) continue
    const columnWidth = column.discardable ? 0 : column.width
    if (indenting) out += '\t'.repeat(Math.ceil(columnWidth / TAB_WIDTH))
    else out += ' '.repeat(Math.max(0, columnWidth - width))
  }
  return out.slice(0, solid)
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
