/**
 * What stands between braces: labels, and perhaps the metric name in quotes. Both formats share it; they differ in
 * blanks, commas, newlines and NUL bytes.
 */
import {
  BACKSLASH,
  CLASS,
  CLOSE_BRACE,
  COMMA,
  EQUALS,
  isUtf8,
  LABEL,
  LABEL_START,
  NEWLINE,
  QUOTE,
  QUOTED_SPECIAL,
  skipBlanks,
} from './bytes.ts'
import { fail, type LineCursor } from './cursor.ts'

/** Blanks anywhere, commas optional between labels. */
export const BRACES_TEXT = 0
/** No blanks, commas between labels. */
export const BRACES_OPENMETRICS = 1
/** As OpenMetrics, and neither a metric name nor a NUL byte can be inside. */
export const BRACES_EXEMPLAR = 2

/**
 * Checks from `i`, the byte after the opening brace, to the closing brace. `named`: the metric name stood before the
 * brace, so that none may be inside; else one must be. Returns the position after the closing brace, or -1 (the cursor
 * then says why).
 */
export function scanBraces(cursor: LineCursor, i: number, named: boolean, dialect: number): number {
  const { bytes, end } = cursor
  const text = dialect === BRACES_TEXT
  const opened = i - 1
  for (;;) {
    if (text) i = skipBlanks(bytes, i, end)
    const first = i < end ? bytes[i] : 0
    if (first === CLOSE_BRACE) return named ? i + 1 : reject(cursor, opened, 'these braces hold no metric name')
    const quoted = first === QUOTE
    if (quoted) {
      const opening = i
      i = scanName(cursor, i, dialect === BRACES_EXEMPLAR)
      if (i < 0) return -1
      if (text) i = skipBlanks(bytes, i, end)
      const next = i < end ? bytes[i] : 0
      if (next === COMMA || next === CLOSE_BRACE) {
        // Quoted text without a value is the metric name.
        if (dialect === BRACES_EXEMPLAR) return reject(cursor, opening, 'a label of an exemplar needs a value')
        if (named) return reject(cursor, opening, 'a second metric name; a label needs "=" and a value')
        named = true
        i++
        if (next === CLOSE_BRACE) return i
        continue
      }
    } else {
      if ((CLASS[first] & LABEL_START) === 0) return reject(cursor, i, 'expected a label name or "}"')
      do i++
      while (i < end && (CLASS[bytes[i]] & LABEL) !== 0)
      if (text) i = skipBlanks(bytes, i, end)
    }
    if (i >= end || bytes[i] !== EQUALS) return reject(cursor, i, 'expected "=" after the label name')
    i++
    if (text) i = skipBlanks(bytes, i, end)
    if (i >= end || bytes[i] !== QUOTE) return reject(cursor, i, 'expected a label value in double quotes')
    i = scanValue(cursor, i, dialect)
    if (i < 0) return -1
    if (text) i = skipBlanks(bytes, i, end)
    const next = i < end ? bytes[i] : 0
    if (next === COMMA) i++
    else if (next !== CLOSE_BRACE && !text) return reject(cursor, i, 'expected "," or "}" after the label value')
  }
}

/** From the opening quote of a label value to after the closing one, or -1. */
function scanValue(cursor: LineCursor, opening: number, dialect: number): number {
  const { bytes, end } = cursor
  let ascii = true
  let i = opening + 1
  for (; ; i++) {
    while (i < end && (CLASS[bytes[i]] & QUOTED_SPECIAL) === 0) i++
    if (i >= end) break
    const byte = bytes[i]
    if (byte === QUOTE) {
      if (!ascii && !isUtf8(bytes, opening, i)) return reject(cursor, opening, 'the label value is not UTF-8')
      return i + 1
    }
    if (byte === BACKSLASH) {
      i++
      if (i < end && bytes[i] === NEWLINE) return reject(cursor, i, 'a newline after a backslash in a label value')
      if (i < end && bytes[i] >= 0x80) ascii = false
    } else if (byte === NEWLINE) {
      if (dialect !== BRACES_TEXT) return reject(cursor, i, 'a newline in a label value; write it as \\n')
    } else if (byte === 0) {
      if (dialect === BRACES_EXEMPLAR) return reject(cursor, i, 'a NUL byte in a label value of an exemplar')
    } else ascii = false
  }
  return reject(cursor, opening, 'the label value has no closing quote')
}

/** The same for a quoted name (metric, label or family), which can hold newlines, yet no NUL byte. */
export function scanName(cursor: LineCursor, opening: number, oneLine: boolean): number {
  const { bytes, end } = cursor
  for (let i = opening + 1; i < end; i++) {
    let byte = bytes[i]
    if (byte === QUOTE) return i + 1
    const escaped = byte === BACKSLASH
    if (escaped) byte = ++i < end ? bytes[i] : 0
    if (byte === 0) return reject(cursor, Math.min(i, end), 'a NUL byte or the end of the input in a quoted name')
    if (byte === NEWLINE && (escaped || oneLine))
      return reject(cursor, i, 'a newline in a quoted name; write it as \\n')
  }
  return reject(cursor, opening, 'the quoted name has no closing quote')
}

function reject(cursor: LineCursor, at: number, error: string): -1 {
  fail(cursor, at, error)
  return -1
}
