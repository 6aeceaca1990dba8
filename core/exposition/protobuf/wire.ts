/**
 * Protobuf's wire format, read in place: field after field of a message, without an object or a string for any of them. Checks
 * every length before it is believed; knows nothing of what the fields mean. Groups, which nothing here uses, are refused.
 */

export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

/** Numbers other than positions are of the field that `nextField` has read; what isn't of its wire type is stale. */
export interface Wire {
  bytes: Uint8Array
  view: DataView
  pos: number
  field: number
  /** VARINT, FIXED64, BYTES or FIXED32. */
  type: number
  /** BYTES, FIXED64 and FIXED32: where the content begins and ends. */
  start: number
  stop: number
  /** VARINT: its halves, as signed numbers. */
  low: number
  high: number
  error: string
  errorAt: number
}

const NOTHING = new Uint8Array(0)

export function createWire(): Wire {
  const view = new DataView(NOTHING.buffer)
  return { bytes: NOTHING, view, pos: 0, field: 0, type: 0, start: 0, stop: 0, low: 0, high: 0, error: '', errorAt: 0 }
}

export function resetWire(wire: Wire, bytes: Uint8Array): void {
  wire.bytes = bytes
  wire.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  wire.pos = 0
  wire.error = ''
  wire.errorAt = 0
}

/** For those who read messages: notes the problem. Always false. */
export function reject(wire: Wire, at: number, error: string): false {
  wire.error = error
  wire.errorAt = at
  return false
}

/**
 * Reads the field at `pos`, which is before `end`, the end of its message; `pos` is behind it then. False when it is broken;
 * `error` says why.
 */
export function nextField(wire: Wire, end: number): boolean {
  const { bytes } = wire
  const at = wire.pos
  let tag = bytes[at]
  if (tag < 0x80) wire.pos = at + 1
  else {
    if (!readVarint(wire, end)) return false
    if (wire.high !== 0) return reject(wire, at, 'a field number is too large')
    tag = wire.low >>> 0
  }
  wire.field = tag >>> 3
  if (wire.field === 0) return reject(wire, at, 'a field has the number 0')
  const type = tag & 7
  wire.type = type
  if (type === BYTES) {
    if (!readLength(wire, end)) return false
    wire.start = wire.pos
    wire.pos = wire.stop
    return true
  }
  if (type === VARINT) return readVarint(wire, end)
  if (type !== FIXED64 && type !== FIXED32)
    return reject(wire, at, `field ${wire.field} has the unknown wire type ${type}`)
  wire.start = wire.pos
  wire.stop = wire.start + (type === FIXED64 ? 8 : 4)
  wire.pos = wire.stop
  return wire.stop <= end || reject(wire, at, `field ${wire.field} is cut off`)
}

/** A length and that so much is there before `end`: `stop` is where it ends, `pos` where it begins. */
export function readLength(wire: Wire, end: number): boolean {
  const at = wire.pos
  let length = at < end ? wire.bytes[at] : 0x80
  if (length < 0x80) wire.pos = at + 1
  else {
    if (!readVarint(wire, end)) return false
    length = toUnsigned(wire)
  }
  if (length > end - wire.pos) return reject(wire, at, `${length} bytes are announced, ${end - wire.pos} are left`)
  wire.stop = wire.pos + length
  return true
}

/** The varint at `pos`, into `low` and `high`. Bits beyond 64 are ignored, as everyone does. */
export function readVarint(wire: Wire, end: number): boolean {
  const { bytes } = wire
  const at = wire.pos
  let low = 0
  let high = 0
  let i = at
  for (let shift = 0; shift < 70; shift += 7) {
    if (i >= end) return reject(wire, at, 'a number is cut off')
    const byte = bytes[i++]
    const bits = byte & 0x7f
    if (shift < 28) low |= bits << shift
    else if (shift === 28) {
      low |= bits << 28
      high = bits >>> 4
    } else if (shift < 63) high |= bits << (shift - 32)
    else high |= bits << 31
    if (byte < 0x80) {
      wire.low = low
      wire.high = high
      wire.pos = i
      return true
    }
  }
  return reject(wire, at, 'a number has more than 10 bytes')
}

/** The field as uint64, the nearest double. */
export function toUnsigned({ low, high }: Wire): number {
  return high === 0 && low >= 0 ? low : (high >>> 0) * 4294967296 + (low >>> 0)
}

/** As int64. */
export function toSigned({ low, high }: Wire): number {
  return high === 0 && low >= 0 ? low : high * 4294967296 + (low >>> 0)
}

/** As sint64: zigzag, the lowest bit is the sign. */
export function toZigzag({ low, high }: Wire): number {
  const sign = -(low & 1)
  if (high === 0) return (low >>> 1) ^ sign
  const half = ((low >>> 1) | (high << 31)) ^ sign
  return ((high >>> 1) ^ sign) * 4294967296 + (half >>> 0)
}

/** As sint32. */
export function toZigzag32({ low }: Wire): number {
  return (low >>> 1) ^ -(low & 1)
}

/** The double at a position that was checked. NaN is only ever the ordinary one. */
export function doubleAt({ view }: Wire, at: number): number {
  const value = view.getFloat64(at, true)
  return Number.isNaN(value) ? Number.NaN : value
}

/** Whether the field has the wire type that its message says; notes the problem otherwise. */
export function expectType(wire: Wire, type: number, message: string): boolean {
  return (
    wire.type === type || reject(wire, wire.pos, `field ${wire.field} of ${message} has the wire type ${wire.type}`)
  )
}
