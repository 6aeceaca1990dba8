/** Text for people: how it is broken into lines, and how what comes from afar is shown. Knows no terminal; widths are given. */

/** Where text goes. */
export interface Paper {
  /** Characters of a line; undefined when lines may be of any length. */
  readonly columns: number | undefined
  readonly color: boolean
}

/** How wide paragraphs are where the reader's terminal is wider, or isn't known. */
const READABLE_WIDTH = 96
/** Narrower terminals break lines themselves. */
const LEAST_WIDTH = 40

/** Broken into lines up to the width; all but the first begin with `indent` spaces. */
export function filled(text: string, indent: number, width: number = READABLE_WIDTH): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`)
}

/** Text in a column beside what it explains, or below when that is too long. */
export function beside(left: string, column: number, text: string, width: number = READABLE_WIDTH): string {
  const start = left.length + 2 > column ? `${left}\n${' '.repeat(column)}` : left.padEnd(column)
  return `${start}${filled(text, column, width)}\n`
}

/**
 * What a terminal or a reader would obey instead of showing it: control characters, line and paragraph separators, and those
 * that turn the direction of writing.
 */
const OBEYED = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Labels, errors and names come from servers and targets: what they hold is shown, never obeyed; on one line. */
export function shownPlainly(text: string): string {
  return text.replace(OBEYED, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Text from afar, broken into lines as `filled` does; in a pipe lines stay whole, for grep. */
export function paragraph(text: string, indent: number, { columns }: Paper): string {
  const width =
    columns === undefined ? Number.POSITIVE_INFINITY : Math.max(LEAST_WIDTH, Math.min(columns, READABLE_WIDTH))
  return filled(shownPlainly(text), indent, width)
}

/** A line that begins with `head`, and what follows it as a paragraph beside it. */
export function hanging(head: string, text: string, paper: Paper): string {
  return `${head}${paragraph(text, head.length, paper)}\n`
}

/** A value as indented JSON that is safe on a terminal; ends with a line feed. */
export function shownAsJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(OBEYED, (c) => (c === '\n' ? c : shownPlainly(c)))}\n`
}
