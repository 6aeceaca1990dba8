/**
 * The numbers and lengths of protobuf, appended to a buffer that has room for them: callers reserve. 64-bit numbers are
 * doubles that hold whole numbers, or two halves; nothing here is a BigInt.
 */
import { type Bytes, reserve } from './bytes.ts'

const TWO_32 = 2 ** 32
/** A 64-bit varint takes this much at most, and so does a length. */
export const MAX_VARINT_BYTES = 10

export function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5
}

/** An unsigned 32-bit number. */
export function writeVarint(out: Bytes, value: number): void {
  let rest = value
  while (rest >= 0x80) {
    out.bytes[out.length++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  out.bytes[out.length++] = rest
}

/** A whole number as int64 or uint64: exact up to 2^53; negative ones take ten bytes, as protobuf has it. */
export function writeInt64(out: Bytes, value: number): void {
  writeHalves(out, lowHalf(value), highHalf(value))
}

export function int64Length(value: number): number {
  let length = 1
  for (let l = lowHalf(value), h = highHalf(value); h !== 0 || l >= 0x80; length++) {
    l = ((l >>> 7) | (h << 25)) >>> 0
    h >>>= 7
  }
  return length
}

/** A whole number as sint64, where small negative ones are short too: exact up to 2^53. */
export function writeSint64(out: Bytes, value: number): void {
  const low = lowHalf(value)
  const high = highHalf(value)
  const sign = (high | 0) >> 31
  writeHalves(out, ((low << 1) ^ sign) >>> 0, (((high << 1) | (low >>> 31)) ^ sign) >>> 0)
}

/** A signed 32-bit number as sint32. */
export function writeSint32(out: Bytes, value: number): void {
  writeVarint(out, ((value << 1) ^ (value >> 31)) >>> 0)
}

/**
 * Begins something that its length stands before: one byte is left for that, which is enough nearly always. Returns what
 * `closeLength` is to be given.
 */
export function openLength(out: Bytes): number {
  reserve(out, MAX_VARINT_BYTES)
  return ++out.length
}

/** Writes the length of everything since `openLength`, which moves when its length takes more than a byte. */
export function closeLength(out: Bytes, from: number): void {
  const size = out.length - from
  if (size < 0x80) {
    out.bytes[from - 1] = size
    return
  }
  const more = varintLength(size) - 1
  reserve(out, more)
  out.bytes.copyWithin(from + more, from, out.length)
  const end = out.length + more
  out.length = from - 1
  writeVarint(out, size)
  out.length = end
}

function writeHalves(out: Bytes, low: number, high: number): void {
  let l = low
  let h = high
  while (h !== 0 || l >= 0x80) {
    out.bytes[out.length++] = (l & 0x7f) | 0x80
    l = ((l >>> 7) | (h << 25)) >>> 0
    h >>>= 7
  }
  out.bytes[out.length++] = l
}

function lowHalf(value: number): number {
  return value - Math.floor(value / TWO_32) * TWO_32
}

function highHalf(value: number): number {
  return Math.floor(value / TWO_32) >>> 0
}
