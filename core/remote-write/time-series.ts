/**
 * One series with one sample as it stands in field 1 of the remote_write 1.0 WriteRequest:
 *
 *     0A length { 0A length { 0A length name 12 length value }* 12 10 { 09 value(8) 10 timestamp(6) } }
 *
 * Any time in milliseconds from 1971 to 2109 takes exactly six bytes as a varint, so value and timestamp have fixed
 * places at the end of the message and can be overwritten scrape after scrape. Other timestamps need `appendExact`.
 */
import type { Labels } from '../labels/labels.ts'
import { type Bytes, grown, reserve } from './bytes.ts'

/** Distances from the end of a message. */
export const VALUE_FROM_END = 15
export const TIMESTAMP_FROM_END = 6
/** Everything behind the labels: tag and length of the sample, and the sample. */
const SAMPLE_BYTES = 18

/** Timestamps in [SIX_BYTES_MIN, SIX_BYTES_LIMIT) are six bytes long. */
export const SIX_BYTES_MIN: number = 2 ** 35
export const SIX_BYTES_LIMIT: number = 2 ** 42

/** The NaN that means "this series has ended", as two little-endian words: spec §3.6. */
export const STALE_LOW = 2
export const STALE_HIGH = 0x7ff00000
/** Every other NaN is sent as this one, whatever payload the engine gave it. */
export const NAN_LOW = 1
export const NAN_HIGH = 0x7ff80000

const TWO_32 = 2 ** 32
const encoder = new TextEncoder()

/** Lengths in UTF-8 of the strings of the label set at hand: each is needed three times. */
let lengths = new Uint32Array(64)

/** Appends a message with value 0 and timestamp 0 in six bytes, to be patched. */
export function appendTimeSeries(out: Bytes, labels: Labels): void {
  lengths = grown(lengths, labels.length)
  let size = SAMPLE_BYTES
  for (let i = 0; i < labels.length; i += 2) {
    lengths[i] = utf8Length(labels[i])
    lengths[i + 1] = utf8Length(labels[i + 1])
    const pair = pairBytes(lengths[i], lengths[i + 1])
    size += 1 + varintLength(pair) + pair
  }
  reserve(out, 1 + varintLength(size) + size)
  const bytes = out.bytes
  bytes[out.length++] = 0x0a
  writeVarint(out, size)
  for (let i = 0; i < labels.length; i += 2) {
    bytes[out.length++] = 0x0a
    writeVarint(out, pairBytes(lengths[i], lengths[i + 1]))
    bytes[out.length++] = 0x0a
    writeText(out, labels[i], lengths[i])
    bytes[out.length++] = 0x12
    writeText(out, labels[i + 1], lengths[i + 1])
  }
  bytes[out.length++] = 0x12
  bytes[out.length++] = 0x10
  bytes[out.length++] = 0x09
  bytes.fill(0, out.length, out.length + 8)
  out.length += 8
  bytes[out.length++] = 0x10
  bytes.fill(0x80, out.length, out.length + 5)
  out.length += 5
  bytes[out.length++] = 0
}

/** Where the labels of the message in `bytes[start, end)` stand. */
export function labelsStart(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (bytes[at] >= 0x80) at++
  return at + 1
}

export function labelsEnd(end: number): number {
  return end - SAMPLE_BYTES
}

/** Appends the labels of the message in `source[start, end)` with another sample, its timestamp of any length. */
export function appendExact(
  out: Bytes,
  source: Bytes,
  start: number,
  end: number,
  value: number,
  stale: boolean,
  timestamp: number,
): void {
  const from = labelsStart(source.bytes, start)
  const to = labelsEnd(end)
  const low = timestamp - Math.floor(timestamp / TWO_32) * TWO_32
  const high = Math.floor(timestamp / TWO_32) >>> 0
  const sampleBytes = 10 + varint64Length(low, high)
  const size = to - from + 2 + sampleBytes
  reserve(out, 1 + varintLength(size) + size)
  const bytes = out.bytes
  bytes[out.length++] = 0x0a
  writeVarint(out, size)
  bytes.set(source.bytes.subarray(from, to), out.length)
  out.length += to - from
  bytes[out.length++] = 0x12
  bytes[out.length++] = sampleBytes
  bytes[out.length++] = 0x09
  writeValue(out.view, out.length, value, stale)
  out.length += 8
  bytes[out.length++] = 0x10
  writeVarint64(out, low, high)
}

/** Eight bytes of a sample's value; both kinds of NaN written raw, since engines rewrite their payloads. */
export function writeValue(view: DataView, at: number, value: number, stale: boolean): void {
  if (stale) {
    view.setUint32(at, STALE_LOW, true)
    view.setUint32(at + 4, STALE_HIGH, true)
  } else if (!Number.isNaN(value)) {
    view.setFloat64(at, value, true)
  } else {
    view.setUint32(at, NAN_LOW, true)
    view.setUint32(at + 4, NAN_HIGH, true)
  }
}

/** First four bytes of a six-byte timestamp, as a little-endian word. */
export function timestampLow(timestamp: number): number {
  const low = timestamp % 2 ** 28
  return ((low & 0x7f) | ((low & 0x3f80) << 1) | ((low & 0x1fc000) << 2) | ((low & 0xfe00000) << 3) | 0x80808080) >>> 0
}

/** The other two. */
export function timestampHigh(timestamp: number): number {
  const high = Math.floor(timestamp / 2 ** 28)
  return (high & 0x7f) | 0x80 | ((high & 0x3f80) << 1)
}

function pairBytes(nameBytes: number, valueBytes: number): number {
  return 2 + varintLength(nameBytes) + nameBytes + varintLength(valueBytes) + valueBytes
}

function writeText(out: Bytes, text: string, utf8: number): void {
  writeVarint(out, utf8)
  const at = out.length
  if (utf8 === text.length) {
    // Nearly always ASCII, where this loop beats the call into the host.
    const { bytes } = out
    for (let i = 0; i < utf8; i++) bytes[at + i] = text.charCodeAt(i)
  } else {
    encoder.encodeInto(text, out.bytes.subarray(at, at + utf8))
  }
  out.length = at + utf8
}

/** Length in UTF-8; a surrogate without its partner counts as U+FFFD, which is what TextEncoder writes for it. */
function utf8Length(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) length++
    else if (unit >= 0xd800 && unit < 0xdc00 && isTrailing(text.charCodeAt(i + 1))) {
      length += 2
      i++
    } else length += 2
  }
  return length
}

function isTrailing(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}

function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5
}

function writeVarint(out: Bytes, value: number): void {
  let rest = value
  while (rest >= 0x80) {
    out.bytes[out.length++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  out.bytes[out.length++] = rest
}

function varint64Length(low: number, high: number): number {
  let length = 1
  for (let l = low, h = high; h !== 0 || l >= 0x80; length++) {
    l = ((l >>> 7) | (h << 25)) >>> 0
    h >>>= 7
  }
  return length
}

/** A 64-bit two's complement number as two unsigned words: negative ones take ten bytes, as protobuf's int64 does. */
function writeVarint64(out: Bytes, low: number, high: number): void {
  let l = low
  let h = high
  while (h !== 0 || l >= 0x80) {
    out.bytes[out.length++] = (l & 0x7f) | 0x80
    l = ((l >>> 7) | (h << 25)) >>> 0
    h >>>= 7
  }
  out.bytes[out.length++] = l
}
