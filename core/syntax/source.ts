/** The bytes of one configuration file, and the way from byte offsets to lines and columns. */

import type { Position } from './ast.ts'
import { decodeText } from './utf8.ts'

export interface Source {
  readonly file: string
  readonly bytes: Uint8Array
  /** Line and column of a byte offset. */
  position(offset: number): Position
  /** The text of the bytes from `start` up to, not including, `end`. */
  text(start: number, end: number): string
}

export function createSource(file: string, content: string | Uint8Array): Source {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const lineStarts = [0]
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lineStarts.push(at + 1)
  // The scanner asks in ascending order, so the line is nearly always the one of the last answer, or soon after.
  let line = 0

  return {
    file,
    bytes,
    position(offset) {
      if (lineStarts[line] > offset) line = 0
      if (line + 8 < lineStarts.length && lineStarts[line + 8] <= offset) line = lineBefore(lineStarts, offset)
      while (line + 1 < lineStarts.length && lineStarts[line + 1] <= offset) line++
      return { offset, line: line + 1, column: offset - lineStarts[line] + 1 }
    },
    text(start, end) {
      return decodeText(bytes.subarray(start, end))
    },
  }
}

/** Index of the last line that starts at or before `offset`. */
function lineBefore(lineStarts: readonly number[], offset: number): number {
  let low = 0
  let high = lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (lineStarts[middle] <= offset) low = middle
    else high = middle - 1
  }
  return low
}
