/**
 * Series of a protobuf body as lines of the text format: the family's name, perhaps with a suffix, and a metric's labels, escaped
 * from bytes to bytes. Labels are checked and written once per metric and copied for its other series.
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
  NAME,
  NAME_START,
  NEWLINE,
  OPEN_BRACE,
  QUOTE,
  QUOTED_SPECIAL,
} from '../bytes.ts'
import { addRow, type Rows, reserveLine } from '../decode-rows.ts'
import { MAX_FLOAT_TEXT, writeFloat } from '../float-text.ts'
import { createIntegers, type Integers } from './lists.ts'
import { BYTES, expectType, nextField, reject, type Wire } from './wire.ts'

/** What the lines of one metric are made of. */
export interface SeriesWriter {
  readonly wire: Wire
  readonly rows: Rows
  /** Name of the family, escaped. */
  name: Uint8Array
  nameLength: number
  /** It is none of the legacy alphabet, so that it stands inside the braces. */
  quoted: boolean
  /** Where the metric's label pairs stand in the body: start and end of each. */
  readonly pairs: Integers
  /** Where its labels stand in `lines`, -1 before they were written; commas between them, none around. */
  labelsAt: number
  labelsLength: number
  /** What the metric's last line began with, up to the value of an extra label: the next one may begin with the same. */
  openingAt: number
  openingLength: number
  openingSuffix: Uint8Array
  openingLabel: Uint8Array
  /** Bytes that the labels may take. */
  labelsBound: number
  /** Of the metric, in ms, or NaN. */
  timestamp: number
  start: number
}

const encoder = new TextEncoder()
export const NO_SUFFIX: Uint8Array = new Uint8Array(0)
export const COUNT: Uint8Array = encoder.encode('_count')
export const SUM: Uint8Array = encoder.encode('_sum')
export const BUCKET: Uint8Array = encoder.encode('_bucket')
const NO_LABEL: Uint8Array = NO_SUFFIX
export const LE: Uint8Array = encoder.encode('le="')
export const QUANTILE: Uint8Array = encoder.encode('quantile="')
/** The longest suffix, the longest extra label with its number, braces, quotes, commas and the newline. */
const AROUND = 7 + 10 + MAX_FLOAT_TEXT + 8
/** Shorter runs are faster copied one by one. */
const SHORT_COPY = 48

export function createSeriesWriter(wire: Wire, rows: Rows): SeriesWriter {
  return {
    wire,
    rows,
    name: new Uint8Array(64),
    nameLength: 0,
    quoted: false,
    pairs: createIntegers(),
    labelsAt: -1,
    labelsLength: 0,
    openingAt: 0,
    openingLength: 0,
    openingSuffix: NO_SUFFIX,
    openingLabel: NO_LABEL,
    labelsBound: 0,
    timestamp: Number.NaN,
    start: Number.NaN,
  }
}

/** Series are now of the family with the name in `bytes[from..to)`. False when that is no name; the wire has the error. */
export function nameSeries(writer: SeriesWriter, from: number, to: number): boolean {
  const { wire } = writer
  const { bytes } = wire
  if (to === from) return reject(wire, from, 'a family has no name')
  if (!isUtf8(bytes, from, to)) return reject(wire, from, 'the name of a family is not UTF-8')
  if (writer.name.length < 2 * (to - from)) writer.name = new Uint8Array(2 * (to - from))
  let legacy = (CLASS[bytes[from]] & NAME_START) !== 0
  for (let i = from; i < to && legacy; i++) legacy = (CLASS[bytes[i]] & NAME) !== 0
  writer.quoted = !legacy
  writer.nameLength = writeEscaped(writer.name, 0, bytes, from, to)
  return true
}

/** What follows is about another metric, whose label pairs are yet to be found. */
export function beginMetric(writer: SeriesWriter): void {
  writer.pairs.length = 0
  writer.labelsAt = -1
  writer.labelsBound = 0
  writer.openingLength = 0
  writer.timestamp = writer.start = Number.NaN
}

/** How many bytes of text a series of the metric takes at most. */
export function lineBound({ nameLength, labelsBound }: SeriesWriter): number {
  return nameLength + labelsBound + AROUND
}

/** A row for the metric's series without another label. False when a label is invalid; the wire has the error. */
export function addSeries(writer: SeriesWriter, suffix: Uint8Array, value: number): boolean {
  return addLabelledSeries(writer, suffix, NO_LABEL, 0, value)
}

/** The same with `le` or `quantile` behind its other labels. */
export function addLabelledSeries(
  writer: SeriesWriter,
  suffix: Uint8Array,
  label: Uint8Array,
  labelValue: number,
  value: number,
): boolean {
  const { rows } = writer
  reserveLine(rows, lineBound(writer))
  const { lines, length } = rows.decoded
  let at = length
  const labelled = label.length > 0
  if (labelled && writer.openingLength > 0 && writer.openingSuffix === suffix && writer.openingLabel === label) {
    at = copy(lines, writer.openingAt, writer.openingLength, lines, at)
  } else {
    at = writeOpening(writer, suffix, label, lines, at)
    if (at < 0) return false
    writer.openingAt = length
    writer.openingLength = at - length
    writer.openingSuffix = suffix
    writer.openingLabel = label
  }
  if (labelled) {
    at = writeFloat(lines, at, labelValue)
    lines[at++] = QUOTE
  }
  if (labelled || writer.quoted || writer.pairs.length > 0) lines[at++] = CLOSE_BRACE
  lines[at++] = NEWLINE
  addRow(rows, at, value, writer.timestamp, writer.start)
  return true
}

/** Name and labels, and the beginning of the extra one. Returns the end, or -1. */
function writeOpening(
  writer: SeriesWriter,
  suffix: Uint8Array,
  label: Uint8Array,
  lines: Uint8Array,
  at: number,
): number {
  const { name, nameLength, quoted, pairs } = writer
  if (quoted) {
    lines[at++] = OPEN_BRACE
    lines[at++] = QUOTE
  }
  at = copy(name, 0, nameLength, lines, at)
  at = copy(suffix, 0, suffix.length, lines, at)
  if (quoted) lines[at++] = QUOTE
  if (pairs.length > 0) {
    lines[at++] = quoted ? COMMA : OPEN_BRACE
    if (writer.labelsAt < 0) {
      const end = writeLabels(writer, lines, at)
      if (end < 0) return -1
      writer.labelsAt = at
      writer.labelsLength = end - at
      at = end
    } else {
      at = copy(lines, writer.labelsAt, writer.labelsLength, lines, at)
    }
  }
  if (label.length === 0) return at
  lines[at++] = quoted || pairs.length > 0 ? COMMA : OPEN_BRACE
  return copy(label, 0, label.length, lines, at)
}

/** `a="b",c="d"` from `at` on. Returns the end, or -1. */
function writeLabels({ wire, pairs }: SeriesWriter, lines: Uint8Array, at: number): number {
  const { bytes } = wire
  const positions = pairs.at
  for (let k = 0; k < pairs.length; k += 2) {
    const end = positions[k + 1]
    let nameFrom = 0
    let nameTo = 0
    let valueFrom = 0
    let valueTo = 0
    wire.pos = positions[k]
    while (wire.pos < end) {
      if (!nextField(wire, end)) return -1
      if (wire.field === 1) {
        if (!expectType(wire, BYTES, 'LabelPair')) return -1
        nameFrom = wire.start
        nameTo = wire.stop
      } else if (wire.field === 2) {
        if (!expectType(wire, BYTES, 'LabelPair')) return -1
        valueFrom = wire.start
        valueTo = wire.stop
      }
    }
    if (k > 0) lines[at++] = COMMA
    const named = writeLabelName(wire, lines, at, nameFrom, nameTo, positions[k])
    if (named < 0) return -1
    at = named
    lines[at++] = EQUALS
    lines[at++] = QUOTE
    const written = writeEscaped(lines, at, bytes, valueFrom, valueTo)
    if (sawOther && !isUtf8(bytes, valueFrom, valueTo)) {
      reject(wire, valueFrom, 'a label value is not UTF-8')
      return -1
    }
    at = written
    lines[at++] = QUOTE
  }
  return at
}

function writeLabelName(wire: Wire, lines: Uint8Array, at: number, from: number, to: number, pair: number): number {
  const { bytes } = wire
  if (to === from) {
    reject(wire, pair, 'a label has no name')
    return -1
  }
  const began = at
  if ((CLASS[bytes[from]] & LABEL_START) !== 0) {
    let i = from
    while (i < to && (CLASS[bytes[i]] & LABEL) !== 0) lines[at++] = bytes[i++]
    if (i === to) return at
  }
  if (!isUtf8(bytes, from, to)) {
    reject(wire, from, 'a label name is not UTF-8')
    return -1
  }
  lines[began] = QUOTE
  at = writeEscaped(lines, began + 1, bytes, from, to)
  lines[at] = QUOTE
  return at + 1
}

/** The last text that was escaped has bytes that are not ASCII. */
let sawOther = false

/** Copies with backslash, quote and newline escaped, to at most twice as many bytes; returns the end. */
function writeEscaped(target: Uint8Array, at: number, bytes: Uint8Array, from: number, to: number): number {
  sawOther = false
  for (let i = from; i < to; i++) {
    const byte = bytes[i]
    if ((CLASS[byte] & QUOTED_SPECIAL) === 0) {
      target[at++] = byte
      continue
    }
    if (byte >= 0x80) sawOther = true
    else if (byte !== 0) target[at++] = BACKSLASH
    target[at++] = byte === NEWLINE ? 0x6e : byte
  }
  return at
}

function copy(source: Uint8Array, from: number, length: number, target: Uint8Array, at: number): number {
  if (length <= SHORT_COPY) for (let i = 0; i < length; i++) target[at + i] = source[from + i]
  else if (source === target) target.copyWithin(at, from, from + length)
  else target.set(source.subarray(from, from + length), at)
  return at + length
}
