/**
 * Reads msgpack as tolerantly as Go's decoder: any integer family for any integer, text as bytes and bytes as text, nil for
 * anything, arrays instead of maps, unknown keys skipped, missing keys zero. Never throws: what is wrong is kept in the
 * reader, and everything read afterwards is zero.
 */
import { decodeText } from './text.ts'

export interface Reader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  /** The first thing that was wrong; fixed text. */
  bad: string | undefined
}

/** The bytes end before what they promise: in a stream that may only mean that more is to come. */
export const CUT_SHORT = 'a message is cut short'

export function createReader(bytes: Uint8Array, at: number): Reader {
  return { bytes, at, end: bytes.length, bad: undefined }
}

export function fail(reader: Reader, reason: string): void {
  reader.bad ??= reason
  reader.at = reader.end
}

/** The names of a struct's fields, in the order of their declaration: what an array instead of a map means. */
export interface Shape<Name extends string> {
  readonly names: readonly Name[]
  readonly bytes: readonly Uint8Array[]
  /** Indices in the order in which keys come on the wire. */
  readonly order: readonly number[]
}

export function shape<Name extends string>(...names: Name[]): Shape<Name> {
  const order = names.map((_, i) => i).sort((a, b) => (names[a] < names[b] ? -1 : 1))
  return { names, bytes: names.map((name) => Uint8Array.from(name, (c) => c.charCodeAt(0))), order }
}

/** Structs have at most eight fields; a few more may come some day. */
const MAX_FIELDS = 64

/** Calls `field` for each known field in turn, which reads its value. Nil is a struct without fields. */
export function readStruct<Name extends string>(reader: Reader, of: Shape<Name>, field: (name: Name) => void): void {
  const head = nextByte(reader)
  if (head === 0xc0 || reader.bad !== undefined) return
  const positional = (head & 0xf0) === 0x90 || head === 0xdc || head === 0xdd
  const count =
    (head & 0xf0) === 0x80 || (head & 0xf0) === 0x90
      ? head & 0x0f
      : head === 0xde || head === 0xdc
        ? bigEndian(reader, 2)
        : head === 0xdf || head === 0xdd
          ? bigEndian(reader, 4)
          : -1
  if (reader.bad !== undefined) return
  if (count < 0) fail(reader, 'a message has another kind of value where a struct should be')
  else if (count > MAX_FIELDS) fail(reader, 'a struct has too many fields')
  let expected = 0
  for (let i = 0; i < count && reader.bad === undefined; i++) {
    let index = positional && i < of.names.length ? i : -1
    if (!positional) {
      const place = matchKey(reader, of, expected)
      if (place >= 0) {
        index = of.order[place]
        expected = place + 1
      }
    }
    if (reader.bad !== undefined) return
    if (index >= 0) field(of.names[index])
    else skip(reader)
  }
}

/** The place in wire order of the key that comes next; -1 when it is none of them. Takes no string from the bytes. */
function matchKey(reader: Reader, of: Shape<string>, expected: number): number {
  const length = rawLength(reader)
  if (length < 0) {
    if (reader.bad === undefined) fail(reader, 'a key is not text')
    return -1
  }
  const { bytes } = reader
  const at = reader.at
  reader.at += length
  const count = of.order.length
  for (let k = 0; k < count; k++) {
    const place = expected + k < count ? expected + k : expected + k - count
    const name = of.bytes[of.order[place]]
    if (name.length !== length) continue
    let i = 0
    while (i < length && bytes[at + i] === name[i]) i++
    if (i === length) return place
  }
  return -1
}

function nextByte(reader: Reader): number {
  if (reader.at < reader.end) return reader.bytes[reader.at++]
  fail(reader, CUT_SHORT)
  return 0
}

function bigEndian(reader: Reader, size: 1 | 2 | 4): number {
  if (reader.end - reader.at < size) {
    fail(reader, CUT_SHORT)
    return 0
  }
  const { bytes } = reader
  let value = 0
  for (let i = 0; i < size; i++) value = value * 256 + bytes[reader.at++]
  return value
}

/** Length of the text or bytes that come next, which all are there; -1 for nil, or when it is neither (`bad` is set then). */
function rawLength(reader: Reader, most: number = Number.POSITIVE_INFINITY): number {
  const head = nextByte(reader)
  let length: number
  if ((head & 0xe0) === 0xa0) length = head & 0x1f
  else if (head === 0xd9 || head === 0xc4) length = bigEndian(reader, 1)
  else if (head === 0xda || head === 0xc5) length = bigEndian(reader, 2)
  else if (head === 0xdb || head === 0xc6) length = bigEndian(reader, 4)
  else if (head === 0xc0) return -1
  else {
    fail(reader, 'a message has another kind of value where text or bytes should be')
    return -1
  }
  if (reader.bad !== undefined) return -1
  if (length > most) {
    fail(reader, 'text or bytes are longer than allowed')
    return -1
  }
  if (length > reader.end - reader.at) {
    fail(reader, CUT_SHORT)
    return -1
  }
  return length
}

export function readText(reader: Reader, mostBytes: number): string {
  const length = rawLength(reader, mostBytes)
  if (length <= 0) return ''
  reader.at += length
  return decodeText(reader.bytes, reader.at - length, reader.at)
}

/** A view, not a copy. Nil is undefined. */
export function readBytes(reader: Reader, most: number): Uint8Array | undefined {
  const length = rawLength(reader, most)
  if (length < 0) return undefined
  reader.at += length
  return reader.bytes.subarray(reader.at - length, reader.at)
}

/** A copy of at most `most` bytes. Not `slice`: of a Buffer, which hosts hand out as bytes, that is a view of the whole packet. */
export function copyOf(bytes: Uint8Array, most: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.subarray(0, most))
}

export function readBool(reader: Reader): boolean {
  const head = nextByte(reader)
  if (head !== 0xc3 && head !== 0xc2 && head !== 0xc0) fail(reader, 'a message has another kind of value for yes or no')
  return head === 0xc3
}

/** An integer from 0 to `max`, at most 2^53 - 1. */
export function readUint(reader: Reader, max: number): number {
  const head = nextByte(reader)
  let value: number
  if (head < 0x80) value = head
  else if (head === 0xcc) value = bigEndian(reader, 1)
  else if (head === 0xcd) value = bigEndian(reader, 2)
  else if (head === 0xce) value = bigEndian(reader, 4)
  else if (head === 0xcf) value = bigEndian(reader, 4) * 0x1_0000_0000 + bigEndian(reader, 4)
  else if (head >= 0xd0 && head <= 0xd3) value = signed(reader, head)
  else if (head >= 0xe0) value = -1
  else if (head === 0xc0) value = 0
  else {
    fail(reader, 'a message has another kind of value where a number should be')
    return 0
  }
  if (reader.bad !== undefined) return 0
  if (value < 0) fail(reader, 'a number is negative')
  else if (value > max) fail(reader, 'a number is too large')
  else return value
  return 0
}

/** -1 stands for every negative number: none is allowed anywhere. */
function signed(reader: Reader, head: number): number {
  if (reader.at < reader.end && reader.bytes[reader.at] >= 0x80) return -1
  if (head === 0xd0) return bigEndian(reader, 1)
  if (head === 0xd1) return bigEndian(reader, 2)
  if (head === 0xd2) return bigEndian(reader, 4)
  return bigEndian(reader, 4) * 0x1_0000_0000 + bigEndian(reader, 4)
}

export function readUint64(reader: Reader): bigint {
  const head = reader.at < reader.end ? reader.bytes[reader.at] : 0
  if (head !== 0xcf && head !== 0xd3) return BigInt(readUint(reader, 0xffff_ffff))
  reader.at++
  const high = bigEndian(reader, 4)
  const low = bigEndian(reader, 4)
  if (reader.bad !== undefined) return 0n
  if (head === 0xd3 && high >= 0x8000_0000) {
    fail(reader, 'a number is negative')
    return 0n
  }
  if (high === 0) return BigInt(low)
  return (BigInt(high) << 32n) | BigInt(low)
}

/** Number of elements, at most `max`; each takes a byte at least. Nil is an empty array. */
export function readArray(reader: Reader, max: number): number {
  const head = nextByte(reader)
  let count: number
  if ((head & 0xf0) === 0x90) count = head & 0x0f
  else if (head === 0xdc) count = bigEndian(reader, 2)
  else if (head === 0xdd) count = bigEndian(reader, 4)
  else if (head === 0xc0) return 0
  else {
    fail(reader, 'a message has another kind of value where a list should be')
    return 0
  }
  if (reader.bad !== undefined) return 0
  if (count > max) fail(reader, 'a list is longer than allowed')
  else if (count > reader.end - reader.at) fail(reader, CUT_SHORT)
  else return count
  return 0
}

/** Passes over one value of whatever kind and depth. */
export function skip(reader: Reader): void {
  for (let pending = 1; pending > 0 && reader.bad === undefined; pending--) {
    const head = nextByte(reader)
    if (head < 0x80 || head >= 0xe0) continue
    if (head < 0x90) pending += (head & 0x0f) * 2
    else if (head < 0xa0) pending += head & 0x0f
    else if (head < 0xc0) pass(reader, head & 0x1f)
    else if (head === 0xc4 || head === 0xd9) pass(reader, bigEndian(reader, 1))
    else if (head === 0xc5 || head === 0xda) pass(reader, bigEndian(reader, 2))
    else if (head === 0xc6 || head === 0xdb) pass(reader, bigEndian(reader, 4))
    else if (head === 0xc7) pass(reader, bigEndian(reader, 1) + 1)
    else if (head === 0xc8) pass(reader, bigEndian(reader, 2) + 1)
    else if (head === 0xc9) pass(reader, bigEndian(reader, 4) + 1)
    else if (head === 0xca || head === 0xce || head === 0xd2) pass(reader, 4)
    else if (head === 0xcb || head === 0xcf || head === 0xd3) pass(reader, 8)
    else if (head === 0xcc || head === 0xd0) pass(reader, 1)
    else if (head === 0xcd || head === 0xd1) pass(reader, 2)
    else if (head >= 0xd4 && head <= 0xd8) pass(reader, (1 << (head - 0xd4)) + 1)
    else if (head === 0xdc) pending += bigEndian(reader, 2)
    else if (head === 0xdd) pending += bigEndian(reader, 4)
    else if (head === 0xde) pending += bigEndian(reader, 2) * 2
    else if (head === 0xdf) pending += bigEndian(reader, 4) * 2
    else if (head === 0xc1) fail(reader, 'a message has a value of no known kind')
  }
}

function pass(reader: Reader, length: number): void {
  if (length > reader.end - reader.at) fail(reader, CUT_SHORT)
  else reader.at += length
}
