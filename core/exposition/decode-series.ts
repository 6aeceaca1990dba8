/**
 * The parts of a series of the text formats, in place, and the series written anew without some of them: for those who put the
 * series of one histogram together. Bytes that the lexer has accepted; escapes are left as they are.
 */
import { BACKSLASH, CLASS, CLOSE_BRACE, COMMA, EQUALS, NAME, NEWLINE, OPEN_BRACE, QUOTE, skipBlanks } from './bytes.ts'

/** All positions are in `bytes`. Re-used from series to series. */
export interface SeriesParts {
  bytes: Uint8Array
  /** The metric name, without quotes. */
  nameFrom: number
  nameTo: number
  /** It stands in quotes inside the braces. */
  quoted: boolean
  labels: number
  /** Of each label: where its name begins and ends, quotes included, and its value, quotes left out. */
  positions: Uint32Array<ArrayBuffer>
}

export function createSeriesParts(): SeriesParts {
  return { bytes: new Uint8Array(0), nameFrom: 0, nameTo: 0, quoted: false, labels: 0, positions: new Uint32Array(64) }
}

/** Finds the parts of `bytes[i..end)`. */
export function takeApart(parts: SeriesParts, bytes: Uint8Array, i: number, end: number): void {
  parts.bytes = bytes
  parts.nameFrom = i
  while (i < end && (CLASS[bytes[i]] & NAME) !== 0) i++
  parts.nameTo = i
  parts.quoted = false
  parts.labels = 0
  i = skipBlanks(bytes, i, end)
  if (i >= end) return
  for (i++; i < end; ) {
    i = skipBlanks(bytes, i, end)
    while (i < end && bytes[i] === COMMA) i = skipBlanks(bytes, i + 1, end)
    if (i >= end || bytes[i] === CLOSE_BRACE) return
    const from = i
    if (bytes[i] === QUOTE) i = closingQuote(bytes, i + 1, end) + 1
    else while (i < end && (CLASS[bytes[i]] & NAME) !== 0) i++
    const to = i
    i = skipBlanks(bytes, i, end)
    if (i >= end || bytes[i] !== EQUALS) {
      // In quotes and without a value: the metric name. Anything else is no series, which the lexer has ruled out.
      if (to === from) return
      parts.nameFrom = from + 1
      parts.nameTo = to - 1
      parts.quoted = true
      continue
    }
    const opening = skipBlanks(bytes, i + 1, end)
    i = closingQuote(bytes, opening + 1, end)
    addLabel(parts, from, to, opening + 1, i)
    i++
  }
}

function addLabel(parts: SeriesParts, from: number, to: number, valueFrom: number, valueTo: number): void {
  const at = 4 * parts.labels++
  if (at === parts.positions.length) {
    const longer = new Uint32Array(2 * at)
    longer.set(parts.positions)
    parts.positions = longer
  }
  const { positions } = parts
  positions[at] = from
  positions[at + 1] = to
  positions[at + 2] = valueFrom
  positions[at + 3] = valueTo
}

function closingQuote(bytes: Uint8Array, i: number, end: number): number {
  for (; i < end; i++) {
    if (bytes[i] === QUOTE) return i
    if (bytes[i] === BACKSLASH) i++
  }
  return end
}

/** Index of the label with this name, or -1. `name` is ASCII. */
export function findLabel({ bytes, labels, positions }: SeriesParts, name: Uint8Array): number {
  for (let k = 0; k < labels; k++) {
    let from = positions[4 * k]
    let to = positions[4 * k + 1]
    if (bytes[from] === QUOTE) {
      from++
      to--
    }
    if (to - from === name.length && startsWith(bytes, from, name)) return k
  }
  return -1
}

/** No histogram has more labels; longer lists stay as they are, since this takes the square of their number. */
const MAX_SORTED_LABELS = 64

/** Puts the labels in order of their names: whoever exposes the same ones in another order means the same series. */
export function sortLabels(parts: SeriesParts): void {
  const { labels, positions } = parts
  if (labels > MAX_SORTED_LABELS) return
  for (let k = 1; k < labels; k++) {
    let to = k
    while (to > 0 && isNameBelow(parts, k, to - 1)) to--
    if (to === k) continue
    const label = positions.slice(4 * k, 4 * k + 4)
    positions.copyWithin(4 * to + 4, 4 * to, 4 * k)
    positions.set(label, 4 * to)
  }
}

function isNameBelow({ bytes, positions }: SeriesParts, label: number, other: number): boolean {
  let i = positions[4 * label]
  let k = positions[4 * other]
  const end = positions[4 * label + 1]
  const otherEnd = positions[4 * other + 1]
  for (; i < end && k < otherEnd; i++, k++) if (bytes[i] !== bytes[k]) return bytes[i] < bytes[k]
  return i === end && k < otherEnd
}

export function startsWith(bytes: Uint8Array, from: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text[i]) return false
  return true
}

/**
 * Writes the series with its name cut to `nameTo`, without label `left` (-1: with all). `target` has room for as many bytes as it
 * had and 4 more, and for another one for each newline in it. Returns the end.
 */
export function writeSeries(parts: SeriesParts, nameTo: number, left: number, target: Uint8Array, at: number): number {
  const { bytes, nameFrom, quoted, labels, positions } = parts
  let open = quoted
  if (quoted) {
    target[at++] = OPEN_BRACE
    target[at++] = QUOTE
  }
  at = copyOneLine(bytes, nameFrom, nameTo, target, at)
  if (quoted) target[at++] = QUOTE
  for (let k = 0; k < labels; k++) {
    if (k === left) continue
    target[at++] = open ? COMMA : OPEN_BRACE
    open = true
    at = copyOneLine(bytes, positions[4 * k], positions[4 * k + 1], target, at)
    target[at++] = EQUALS
    target[at++] = QUOTE
    at = copyOneLine(bytes, positions[4 * k + 2], positions[4 * k + 3], target, at)
    target[at++] = QUOTE
  }
  if (open) target[at++] = CLOSE_BRACE
  return at
}

/** Newlines may stand inside quotes as they are; in a line they may not. */
export function copyOneLine(bytes: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
  for (let i = from; i < to; i++) {
    if (bytes[i] === NEWLINE) {
      target[at++] = BACKSLASH
      target[at++] = 0x6e
    } else target[at++] = bytes[i]
  }
  return at
}
