/** Timestamps and exemplars of protobuf bodies. */
import { addExemplar } from '../decode-rows.ts'
import { decodeUtf8 } from '../strings.ts'
import type { Integers } from './lists.ts'
import type { SeriesWriter } from './series.ts'
import { BYTES, doubleAt, expectType, FIXED64, nextField, toSigned, VARINT, type Wire } from './wire.ts'

const MAX_SAFE = Number.MAX_SAFE_INTEGER

/** A Timestamp message that may come in several parts. */
export interface Instant {
  present: boolean
  seconds: number
  nanos: number
}

export function createInstant(): Instant {
  return { present: false, seconds: 0, nanos: 0 }
}

export function clearInstant(instant: Instant): void {
  instant.present = false
  instant.seconds = 0
  instant.nanos = 0
}

/** Reads the field that the wire has just come by. */
export function readInstant(wire: Wire, instant: Instant): boolean {
  if (!expectType(wire, BYTES, 'a message')) return false
  const end = wire.stop
  instant.present = true
  wire.pos = wire.start
  while (wire.pos < end) {
    if (!nextField(wire, end)) return false
    if (wire.field > 2) continue
    if (!expectType(wire, VARINT, 'Timestamp')) return false
    if (wire.field === 1) instant.seconds = toSigned(wire)
    else instant.nanos = wire.low
  }
  return true
}

/** Milliseconds, cut towards zero and to the safe integers. */
export function instantMillis({ seconds, nanos }: Instant): number {
  return clampMillis(seconds * 1000 + Math.trunc(nanos / 1e6))
}

export function clampMillis(millis: number): number {
  return millis > MAX_SAFE ? MAX_SAFE : millis < -MAX_SAFE ? -MAX_SAFE : millis
}

const exemplarTime = createInstant()

/**
 * The exemplar that stands at `places[first]..places[first + 1]` and, when it came in several parts, at the `parts - 1` places
 * behind. It is one of row `row`; `timed`: one without a timestamp is left out. So is one whose labels make no sense: that fails
 * no scrape. False when its bytes are broken.
 */
export function readExemplar(
  { wire, rows }: SeriesWriter,
  places: Integers,
  first: number,
  parts: number,
  row: number,
  timed: boolean,
): boolean {
  const labels: string[] = []
  let value = 0
  let valid = true
  clearInstant(exemplarTime)
  for (let part = 0; part < parts; part++) {
    const end = places.at[first + 2 * part + 1]
    wire.pos = places.at[first + 2 * part]
    while (wire.pos < end) {
      if (!nextField(wire, end)) return false
      if (wire.field === 1) {
        if (!expectType(wire, BYTES, 'Exemplar')) return false
        const after = wire.pos
        const read = readPair(wire, labels)
        if (read < 0) return false
        if (read === 0) valid = false
        wire.pos = after
      } else if (wire.field === 2) {
        if (!expectType(wire, FIXED64, 'Exemplar')) return false
        value = doubleAt(wire, wire.start)
      } else if (wire.field === 3 && !readInstant(wire, exemplarTime)) return false
    }
  }
  if (!valid || (timed && !exemplarTime.present)) return true
  addExemplar(rows, row, labels, value, exemplarTime.present ? instantMillis(exemplarTime) : Number.NaN)
  return true
}

/** 1: appended; 0: no label that anybody could use, or one that is there already; -1: broken. */
function readPair(wire: Wire, labels: string[]): number {
  const end = wire.stop
  let name: string | undefined = ''
  let value: string | undefined = ''
  wire.pos = wire.start
  while (wire.pos < end) {
    if (!nextField(wire, end)) return -1
    if (wire.field > 2) continue
    if (!expectType(wire, BYTES, 'LabelPair')) return -1
    const text = decodeUtf8(wire.bytes, wire.start, wire.stop)
    if (wire.field === 1) name = text
    else value = text
  }
  if (name === undefined || name === '' || value === undefined) return 0
  // More labels than this are more characters than an exemplar may have.
  if (labels.length > 256) return 0
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return 0
  labels.push(name, value)
  return 1
}
