/**
 * Lines of the Prometheus text format, 0.0.4 and 1.0.0 (which adds quoted names), accepted and rejected as Prometheus 3
 * does, oddities included. Where it differs from the format's documentation, the comment says so.
 */
import { BRACES_TEXT, scanBraces, scanName } from './braces.ts'
import {
  CARRIAGE_RETURN,
  CLASS,
  HASH,
  isUtf8,
  lineEnd,
  NAME,
  NAME_START,
  NEWLINE,
  OPEN_BRACE,
  QUOTE,
  SPACE,
  skipBlanks,
  TAB,
  VALUE_END,
} from './bytes.ts'
import { fail, LINE_END, LINE_ERROR, LINE_HELP, LINE_OTHER, LINE_SAMPLE, LINE_TYPE, type LineCursor } from './cursor.ts'
import { familyTypeOf } from './families.ts'
import { readNumber, readTimestamp, scanDecimal, scanned } from './number.ts'

export function nextTextLine(cursor: LineCursor): number {
  const { bytes, end } = cursor
  cursor.lineStart = cursor.pos
  // Prometheus lets leading blanks become part of the metric name; here they mean nothing.
  let i = skipBlanks(bytes, cursor.pos, end)
  if (i >= end) {
    cursor.pos = end
    return cursor.lineStart < end ? LINE_OTHER : LINE_END
  }
  const first = bytes[i]
  if ((CLASS[first] & NAME_START) !== 0) {
    cursor.seriesStart = i
    do i++
    while (i < end && (CLASS[bytes[i]] & NAME) !== 0)
    cursor.seriesEnd = i
    const brace = skipBlanks(bytes, i, end)
    if (brace >= end || bytes[brace] !== OPEN_BRACE) return textTail(cursor, brace)
    i = scanBraces(cursor, brace + 1, true, BRACES_TEXT)
  } else if (first === HASH) {
    return textComment(cursor, i)
  } else if (first === NEWLINE) {
    cursor.pos = i + 1
    return LINE_OTHER
  } else if (first === OPEN_BRACE) {
    cursor.seriesStart = i
    i = scanBraces(cursor, i + 1, false, BRACES_TEXT)
  } else if (first === 0) {
    return endAtNul(cursor)
  } else {
    return fail(cursor, i, 'expected a metric name, "{" or "#" at the start of a line')
  }
  if (i < 0) return LINE_ERROR
  cursor.seriesEnd = i
  return textTail(cursor, skipBlanks(bytes, i, end))
}

/** Value and timestamp, from the first byte of the value on. Moves `pos` only when the line is good. */
export function textTail(cursor: LineCursor, i: number): number {
  const { bytes, end } = cursor
  cursor.valueStart = i
  let stop = scanDecimal(bytes, i, end)
  if (stop < 0 || (stop < end && (CLASS[bytes[stop]] & VALUE_END) === 0)) {
    stop = i
    while (stop < end && (CLASS[bytes[stop]] & VALUE_END) === 0) stop++
    if (stop === i) return fail(cursor, i, 'expected a value after the series')
    if (!readNumber(bytes, i, stop)) return fail(cursor, i, valueError(bytes[stop - 1]))
  }
  cursor.value = scanned[0]
  cursor.timestamp = Number.NaN
  cursor.exemplarStart = cursor.exemplarEnd = 0
  i = skipBlanks(bytes, stop, end)
  if (i < end && bytes[i] !== NEWLINE) {
    const first = i
    while (i < end && bytes[i] >= 0x30 && bytes[i] <= 0x39) i++
    if (i === first) return fail(cursor, i, timestampError(bytes[i]))
    if (!readTimestamp(bytes, first, i)) return fail(cursor, first, 'the timestamp does not fit a 64-bit integer')
    cursor.timestamp = scanned[0]
    const after = i
    i = skipBlanks(bytes, i, end)
    if (i < end && bytes[i] !== NEWLINE) {
      return i > after
        ? fail(cursor, i, 'expected the end of the line after the timestamp')
        : fail(cursor, i, WHOLE_MILLIS)
    }
  }
  cursor.pos = i < end ? i + 1 : end
  return LINE_SAMPLE
}

const WHOLE_MILLIS = 'a timestamp is a whole number of milliseconds, digits only'

function timestampError(byte: number): string {
  if (byte === HASH) return 'comments and exemplars cannot follow a sample in the text format'
  return WHOLE_MILLIS
}

export function valueError(last: number): string {
  return last === CARRIAGE_RETURN
    ? 'the line ends in a carriage return; lines end in a newline only'
    : 'the value is not a number that fits a 64-bit float'
}

/** A line whose first byte, at `hash`, is `#`. What isn't shaped like HELP or TYPE is a comment. */
function textComment(cursor: LineCursor, hash: number): number {
  const { bytes, end } = cursor
  let i = skipBlanks(bytes, hash + 1, end)
  const spaced = i > hash + 1
  const kind = spaced ? keyword(bytes, i, end) : LINE_OTHER
  if (kind === LINE_OTHER) {
    if (i < end && bytes[i] === 0) return endAtNul(cursor)
    while (i < end && bytes[i] !== NEWLINE) if (bytes[i++] === 0 && !spaced) return endAtNul(cursor)
    cursor.pos = i < end ? i + 1 : end
    return LINE_OTHER
  }
  i = skipBlanks(bytes, i + 4, end)
  cursor.nameStart = i
  if (i < end && bytes[i] === QUOTE) {
    const closed = scanName(cursor, i, false)
    if (closed < 0) return LINE_ERROR
    cursor.nameStart = i + 1
    cursor.nameEnd = closed - 1
    i = closed
  } else {
    if (i >= end || (CLASS[bytes[i]] & NAME_START) === 0) {
      return fail(cursor, i, `expected a metric name after ${kind === LINE_HELP ? 'HELP' : 'TYPE'}`)
    }
    while (i < end && (CLASS[bytes[i]] & NAME) !== 0) i++
    cursor.nameEnd = i
  }
  if (i < end && bytes[i] === 0) return fail(cursor, i, 'a NUL byte after the metric name')
  const stop = lineEnd(bytes, i, end)
  // One byte after the name is skipped whatever it is, and a text of blanks only is empty.
  cursor.textStart = skipBlanks(bytes, i, stop) === stop ? stop : i + 1
  cursor.textEnd = stop
  if (kind === LINE_HELP) {
    if (!isUtf8(bytes, cursor.textStart, stop)) return fail(cursor, cursor.textStart, 'the HELP text is not UTF-8')
  } else {
    const type = familyTypeOf(bytes, cursor.textStart, stop, false)
    if (type < 0) {
      return fail(
        cursor,
        cursor.textStart,
        'the type must be counter, gauge, histogram, summary or untyped, and nothing else',
      )
    }
    cursor.familyType = type
  }
  cursor.pos = stop < end ? stop + 1 : end
  return kind
}

/**
 * To Prometheus a NUL byte at the start of a line, or in a comment that starts with `#` and no blank, is the end of the input,
 * and a good one: buffers of exporters written in C are padded with them.
 */
function endAtNul(cursor: LineCursor): typeof LINE_END {
  cursor.pos = cursor.end
  return LINE_END
}

/** LINE_HELP or LINE_TYPE when that word and a blank stand at `i`. */
function keyword(bytes: Uint8Array, i: number, end: number): number {
  if (i + 4 >= end || (bytes[i + 4] !== SPACE && bytes[i + 4] !== TAB)) return LINE_OTHER
  const word = (bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3]
  return word === 0x48454c50 ? LINE_HELP : word === 0x54595045 ? LINE_TYPE : LINE_OTHER
}
