/**
 * Lines of the OpenMetrics text format, 1.0 and 0.0.1, accepted and rejected as Prometheus 3 does: its lexical rules to the
 * letter, and none of the rules about families, suffixes and order that the OpenMetrics specification adds.
 */
import { BRACES_EXEMPLAR, BRACES_OPENMETRICS, scanBraces, scanName } from './braces.ts'
import { CLASS, HASH, isUtf8, lineEnd, NAME, NAME_START, NEWLINE, OPEN_BRACE, QUOTE, SPACE } from './bytes.ts'
import { fail, LINE_END, LINE_ERROR, LINE_HELP, LINE_SAMPLE, LINE_TYPE, LINE_UNIT, type LineCursor } from './cursor.ts'
import { familyTypeOf } from './families.ts'
import { millisFromSeconds, readNumber, scanDecimal, scanned } from './number.ts'
import { valueError } from './text.ts'

export function nextOpenMetricsLine(cursor: LineCursor): number {
  const { bytes, end } = cursor
  let i = cursor.pos
  cursor.lineStart = i
  if (i >= end) {
    // No bytes at all is an empty scrape, whatever the content type; Prometheus does the same.
    return cursor.sawEof || end === 0 ? LINE_END : fail(cursor, end, NO_EOF)
  }
  const first = bytes[i]
  if ((CLASS[first] & NAME_START) !== 0) {
    cursor.seriesStart = i
    do i++
    while (i < end && (CLASS[bytes[i]] & NAME) !== 0)
    if (i < end && bytes[i] === OPEN_BRACE) i = scanBraces(cursor, i + 1, true, BRACES_OPENMETRICS)
  } else if (first === HASH) {
    return openMetricsComment(cursor, i)
  } else if (first === OPEN_BRACE) {
    cursor.seriesStart = i
    i = scanBraces(cursor, i + 1, false, BRACES_OPENMETRICS)
  } else {
    return fail(cursor, i, startError(bytes, i))
  }
  if (i < 0) return LINE_ERROR
  cursor.seriesEnd = i
  return openMetricsTail(cursor, i)
}

const NO_EOF = 'the input does not end with "# EOF"'

function startError(bytes: Uint8Array, i: number): string {
  if (i > 0 && bytes[i - 1] !== NEWLINE) return 'expected the end of the line after the value'
  if (bytes[i] === NEWLINE) return 'blank lines are not allowed in OpenMetrics'
  return 'expected a metric name, "{" or "# " at the start of a line'
}

/** Value, timestamp and exemplar, from the end of the series on. Moves `pos` only when the line is good. */
export function openMetricsTail(cursor: LineCursor, i: number): number {
  const { bytes, end } = cursor
  if (i >= end || bytes[i] !== SPACE) return fail(cursor, i, 'expected one blank and a value after the series')
  cursor.valueStart = i + 1
  i = scanValue(cursor, i + 1)
  if (i < 0) return LINE_ERROR
  cursor.value = scanned[0]
  cursor.timestamp = Number.NaN
  cursor.exemplarStart = cursor.exemplarEnd = 0
  if (i < end && bytes[i] === SPACE && !opensExemplar(bytes, i, end)) {
    if (i + 1 >= end || endsToken(bytes[i + 1])) {
      // Prometheus counts this sample before it stumbles over the blank, which shows in scrape_samples_scraped. So does
      // this: what comes after the blank is no start of a line, nor is the end of the input.
      cursor.pos = i + 1
      return LINE_SAMPLE
    }
    i = scanSeconds(cursor, i + 1)
    if (i < 0) return LINE_ERROR
    cursor.timestamp = scanned[0]
  }
  if (opensExemplar(bytes, i, end)) {
    cursor.exemplarStart = i + 3
    i = scanExemplar(cursor, i + 4)
    if (i < 0) return LINE_ERROR
    cursor.exemplarEnd = i
  }
  if (i >= end) return fail(cursor, end, NO_EOF)
  if (bytes[i] !== NEWLINE) return fail(cursor, i, 'expected the end of the line')
  cursor.pos = i + 1
  return LINE_SAMPLE
}

/** ` # {` */
function opensExemplar(bytes: Uint8Array, i: number, end: number): boolean {
  return (
    i + 3 < end && bytes[i] === SPACE && bytes[i + 1] === HASH && bytes[i + 2] === SPACE && bytes[i + 3] === OPEN_BRACE
  )
}

function endsToken(byte: number): boolean {
  return byte === SPACE || byte === NEWLINE || byte === 0
}

/** Reads the number at `i` into `scanned[0]`; returns the position after it, or -1. */
function scanValue(cursor: LineCursor, i: number): number {
  const { bytes, end } = cursor
  const stop = scanDecimal(bytes, i, end)
  if (stop >= 0 && (stop === end || endsToken(bytes[stop]))) return stop
  return scanToken(cursor, i)
}

function scanToken(cursor: LineCursor, from: number): number {
  const { bytes, end } = cursor
  let to = from
  while (to < end && !endsToken(bytes[to])) to++
  if (readNumber(bytes, from, to)) return to
  fail(cursor, from, to === from ? 'expected a number after one blank' : valueError(bytes[to - 1]))
  return -1
}

/** Reads seconds at `i`, as milliseconds, into `scanned[0]`; returns the position after them, or -1. */
function scanSeconds(cursor: LineCursor, i: number): number {
  const stop = scanValue(cursor, i)
  if (stop < 0) return -1
  if (!Number.isFinite(scanned[0])) {
    fail(cursor, i, 'a timestamp is a finite number of seconds')
    return -1
  }
  scanned[0] = millisFromSeconds(scanned[0])
  return stop
}

/** From after the exemplar's `{` to the end of the line, or -1. Any sample may have one. */
function scanExemplar(cursor: LineCursor, i: number): number {
  const { bytes, end } = cursor
  i = scanBraces(cursor, i, true, BRACES_EXEMPLAR)
  if (i < 0) return -1
  if (i >= end || bytes[i] !== SPACE) {
    fail(cursor, i, 'expected one blank and a value after the labels of the exemplar')
    return -1
  }
  i = scanValue(cursor, i + 1)
  if (i >= 0 && i < end && bytes[i] === SPACE) i = scanSeconds(cursor, i + 1)
  return i
}

/** A line that starts with `#`: metadata or the end mark; free comments don't exist. */
function openMetricsComment(cursor: LineCursor, hash: number): number {
  const { bytes, end } = cursor
  if (startsWith(bytes, hash, end, END_MARK)) {
    // NUL bytes don't count here: buffers of exporters written in C are padded with them.
    let after = skipNul(bytes, hash + END_MARK.length, end)
    if (after < end && bytes[after] === NEWLINE) after = skipNul(bytes, after + 1, end)
    if (after < end) return fail(cursor, after, 'data after "# EOF"')
    cursor.sawEof = true
    cursor.pos = end
    return LINE_END
  }
  let kind: number
  if (startsWith(bytes, hash, end, TYPE)) kind = LINE_TYPE
  else if (startsWith(bytes, hash, end, HELP)) kind = LINE_HELP
  else if (startsWith(bytes, hash, end, UNIT)) kind = LINE_UNIT
  else return fail(cursor, hash, 'only TYPE, HELP, UNIT and EOF may follow "# " in OpenMetrics')

  let i = hash + TYPE.length
  cursor.nameStart = i
  if (i < end && bytes[i] === QUOTE) {
    const closed = scanName(cursor, i, false)
    if (closed < 0) return LINE_ERROR
    cursor.nameStart = i + 1
    cursor.nameEnd = closed - 1
    i = closed
  } else {
    if (i >= end || (CLASS[bytes[i]] & NAME_START) === 0) return fail(cursor, i, 'expected a metric name')
    while (i < end && (CLASS[bytes[i]] & NAME) !== 0) i++
    cursor.nameEnd = i
  }
  if (i >= end || bytes[i] !== SPACE) return fail(cursor, i, 'expected one blank and a text after the metric name')
  const stop = lineEnd(bytes, i, end)
  if (stop === end) return fail(cursor, end, NO_EOF)
  cursor.textStart = i + 1
  cursor.textEnd = stop
  const problem = textProblem(cursor, kind)
  if (problem !== undefined) return fail(cursor, cursor.textStart, problem)
  cursor.pos = stop + 1
  return kind
}

function textProblem(cursor: LineCursor, kind: number): string | undefined {
  const { bytes, textStart, textEnd } = cursor
  if (kind === LINE_HELP) return isUtf8(bytes, textStart, textEnd) ? undefined : 'the HELP text is not UTF-8'
  if (kind === LINE_UNIT) return endsInUnit(cursor) ? undefined : 'the name of the metric must end in "_" and the unit'
  const type = familyTypeOf(bytes, textStart, textEnd, true)
  if (type < 0) {
    return 'the type must be counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown, and nothing else'
  }
  cursor.familyType = type
  return undefined
}

function endsInUnit(cursor: LineCursor): boolean {
  const { bytes, nameStart, nameEnd, textStart, textEnd } = cursor
  const length = textEnd - textStart
  if (length === 0) return true
  const at = nameEnd - length
  if (at <= nameStart || bytes[at - 1] !== 0x5f) return false
  for (let i = 0; i < length; i++) if (bytes[at + i] !== bytes[textStart + i]) return false
  return true
}

const encoder = new TextEncoder()
const END_MARK = encoder.encode('# EOF')
const TYPE = encoder.encode('# TYPE ')
const HELP = encoder.encode('# HELP ')
const UNIT = encoder.encode('# UNIT ')

function skipNul(bytes: Uint8Array, i: number, end: number): number {
  while (i < end && bytes[i] === 0) i++
  return i
}

function startsWith(bytes: Uint8Array, i: number, end: number, prefix: Uint8Array): boolean {
  if (i + prefix.length > end) return false
  for (let k = 0; k < prefix.length; k++) if (bytes[i + k] !== prefix[k]) return false
  return true
}
