/** Labels out of bytes that the lexer has accepted: once per new series, or per exemplar that somebody wants. */
import {
  BACKSLASH,
  CLASS,
  CLOSE_BRACE,
  COMMA,
  EQUALS,
  LABEL,
  LABEL_START,
  NAME,
  OPEN_BRACE,
  QUOTE,
  SPACE,
  skipBlanks,
} from './bytes.ts'
import { FAMILY_HISTOGRAM, FAMILY_SUMMARY, type Format, type LineCursor } from './cursor.ts'
import { canonicalFloat, millisFromSeconds, readNumber, scanned } from './number.ts'
import { decodeUtf8, unescapeHelp, unescapeLabel } from './strings.ts'

export interface LabelsError {
  readonly error: string
}

const METRIC_NAME = '__name__'

/** From this many labels on, duplicates are looked for with a set. */
const MANY = 24

/**
 * Labels of the series bytes `bytes[start..end)` (seriesStart and seriesEnd of a sample line) as one flat array of name,
 * value, name, value, …: `__name__` first, the others in the order exposed, empty values included, escapes undone.
 *
 * `familyType` is the type of the last TYPE line above, whatever family that named, as in Prometheus: below a HISTOGRAM
 * `le` is printed anew as a float, below a SUMMARY `quantile` is, since `1` and `1.0` are the same bucket.
 *
 * Both formats escape alike, so that `_format` changes nothing so far.
 *
 * An error means that the whole scrape fails: a name twice, a name that is empty or not UTF-8.
 */
export function exposedLabels(
  bytes: Uint8Array,
  start: number,
  end: number,
  _format: Format,
  familyType: number,
): string[] | LabelsError {
  const labels: string[] = [METRIC_NAME, '']
  let i = start
  while (i < end && (CLASS[bytes[i]] & NAME) !== 0) i++
  labels[1] = decodeUtf8(bytes, start, i) ?? ''
  i = skipBlanks(bytes, i, end)
  if (i < end && bytes[i] === OPEN_BRACE) {
    const problem = readPairs(bytes, i + 1, end, labels, true)
    if (problem !== undefined) return { error: problem }
  } else if (i !== end) return { error: MALFORMED }
  if (labels[1] === '') return { error: 'the metric name is empty' }
  const normalised = familyType === FAMILY_HISTOGRAM ? 'le' : familyType === FAMILY_SUMMARY ? 'quantile' : undefined
  if (normalised !== undefined) {
    for (let k = 2; k < labels.length; k += 2) {
      if (labels[k] === normalised) labels[k + 1] = canonicalFloat(labels[k + 1]) ?? labels[k + 1]
    }
  }
  const twice = repeatedName(labels)
  return twice === undefined ? labels : { error: `label name ${JSON.stringify(twice)} is not unique` }
}

export interface Exemplar {
  /** Flat name, value, …; in the order exposed. */
  readonly labels: readonly string[]
  readonly value: number
  /** Milliseconds, NaN when it has none (then the sample's holds). */
  readonly timestamp: number
}

/** The exemplar at `bytes[start..end)` (exemplarStart and exemplarEnd of a sample line). Errors as in exposedLabels. */
export function exemplarLabels(bytes: Uint8Array, start: number, end: number): Exemplar | LabelsError {
  const labels: string[] = []
  if (start >= end || bytes[start] !== OPEN_BRACE) return { error: MALFORMED }
  const closing = closingBrace(bytes, start + 1, end)
  if (closing < 0) return { error: MALFORMED }
  const problem = readPairs(bytes, start + 1, closing + 1, labels, false)
  if (problem !== undefined) return { error: problem }
  const twice = repeatedName(labels)
  if (twice !== undefined) return { error: `label name ${JSON.stringify(twice)} is not unique` }
  const from = closing + 2
  let to = from
  while (to < end && bytes[to] !== SPACE) to++
  if (!readNumber(bytes, from, to)) return { error: MALFORMED }
  const value = scanned[0]
  if (to >= end) return { labels, value, timestamp: Number.NaN }
  if (!readNumber(bytes, to + 1, end) || !Number.isFinite(scanned[0])) return { error: MALFORMED }
  return { labels, value, timestamp: millisFromSeconds(scanned[0]) }
}

/** HELP text of the line that the cursor has just read, escapes undone. */
export function helpText(cursor: LineCursor): string {
  const text = decodeUtf8(cursor.bytes, cursor.textStart, cursor.textEnd) ?? ''
  return cursor.openmetrics ? unescapeLabel(text) : unescapeHelp(text)
}

/** Family name of the TYPE, HELP or UNIT line that the cursor has just read; escapes stay, as in Prometheus. */
export function familyName(cursor: LineCursor): string {
  return decodeUtf8(cursor.bytes, cursor.nameStart, cursor.nameEnd) ?? ''
}

const MALFORMED = 'not a series that the lexer accepted'

/**
 * Appends what stands from `i` to the closing brace, which must be the last byte. `withName`: quoted text without a value
 * is the metric name and goes to labels[1]. Returns what is wrong.
 */
function readPairs(bytes: Uint8Array, i: number, end: number, labels: string[], withName: boolean): string | undefined {
  for (;;) {
    i = skipBlanks(bytes, i, end)
    while (i < end && bytes[i] === COMMA) i = skipBlanks(bytes, i + 1, end)
    if (i >= end) return MALFORMED
    if (bytes[i] === CLOSE_BRACE) return i === end - 1 ? undefined : MALFORMED
    const nameStart = i
    const quoted = bytes[i] === QUOTE
    if (quoted) i = closingQuote(bytes, i + 1, end) + 1
    else if ((CLASS[bytes[i]] & LABEL_START) !== 0) while (i < end && (CLASS[bytes[i]] & LABEL) !== 0) i++
    if (i <= nameStart) return MALFORMED
    const name = quoted ? decodeUtf8(bytes, nameStart + 1, i - 1) : decodeUtf8(bytes, nameStart, i)
    if (name === undefined) return 'a metric or label name is not UTF-8'
    i = skipBlanks(bytes, i, end)
    if (i >= end) return MALFORMED
    if (bytes[i] !== EQUALS) {
      if (!quoted || !withName) return MALFORMED
      labels[1] = unescapeLabel(name)
      continue
    }
    i = skipBlanks(bytes, i + 1, end)
    if (i >= end || bytes[i] !== QUOTE) return MALFORMED
    const closing = closingQuote(bytes, i + 1, end)
    if (closing < 0) return MALFORMED
    const value = decodeUtf8(bytes, i + 1, closing)
    if (value === undefined) return 'a label value is not UTF-8'
    if (name === '') return 'a label name is empty'
    labels.push(quoted ? unescapeLabel(name) : name, unescapeLabel(value))
    i = closing + 1
  }
}

/** Position of the quote that ends the text from `i` on, or -1. */
function closingQuote(bytes: Uint8Array, i: number, end: number): number {
  for (; i < end; i++) {
    if (bytes[i] === QUOTE) return i
    if (bytes[i] === BACKSLASH) i++
  }
  return -1
}

/** Position of the first brace outside quotes, or -1. */
function closingBrace(bytes: Uint8Array, i: number, end: number): number {
  for (; i < end; i++) {
    if (bytes[i] === CLOSE_BRACE) return i
    if (bytes[i] === QUOTE) {
      i = closingQuote(bytes, i + 1, end)
      if (i < 0) return -1
    }
  }
  return -1
}

function repeatedName(labels: readonly string[]): string | undefined {
  if (labels.length > 2 * MANY) {
    const seen = new Set<string>()
    for (let i = 0; i < labels.length; i += 2) {
      if (seen.has(labels[i])) return labels[i]
      seen.add(labels[i])
    }
    return undefined
  }
  for (let i = 2; i < labels.length; i += 2) {
    for (let k = 0; k < i; k += 2) if (labels[k] === labels[i]) return labels[i]
  }
  return undefined
}
