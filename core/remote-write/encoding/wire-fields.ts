/** Walks over the fields of a protobuf message whose bytes may be anything: never throws, never reads beyond its end. */

export interface Fields {
  /** Moves to the next field of the message; false at its end, and for good once it is broken. */
  next(): boolean
  /** Starts on the message in `bytes[start, end)`. */
  begin(bytes: Uint8Array, start: number, end: number): void
  /** Something in it was no protobuf. */
  readonly broken: boolean
  /** Of the field: its number and wire type; where it begins, tag included; where its content does, and where that ends. */
  readonly number: number
  readonly type: number
  readonly tagStart: number
  readonly start: number
  readonly end: number
  /** Of a varint: exact up to 2^53. */
  readonly value: number
}

export const VARINT = 0
export const FIXED64 = 1
export const DELIMITED = 2
const FIXED32 = 5

export function createFields(): Fields {
  let bytes: Uint8Array = new Uint8Array(0)
  let at = 0
  let limit = 0
  const field = { next, begin, broken: false, number: 0, type: 0, tagStart: 0, start: 0, end: 0, value: 0 }

  function begin(source: Uint8Array, start: number, end: number): void {
    bytes = source
    at = start
    limit = end
    field.broken = false
  }

  function next(): boolean {
    if (field.broken || at >= limit) return false
    field.tagStart = at
    const tag = varint()
    field.type = tag % 8
    field.number = Math.floor(tag / 8)
    field.start = at
    if (field.type === VARINT) field.value = varint()
    else if (field.type === FIXED64) at += 8
    else if (field.type === FIXED32) at += 4
    else if (field.type === DELIMITED) {
      const size = varint()
      field.start = at
      at += size
    } else field.broken = true
    field.end = at
    if (at > limit || field.number === 0) field.broken = true
    return !field.broken
  }

  function varint(): number {
    if (at < limit && bytes[at] < 0x80) return bytes[at++]
    let value = 0
    for (let i = 0; i < 10; i++) {
      if (at >= limit) break
      const byte = bytes[at++]
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    field.broken = true
    return 0
  }

  return field
}
