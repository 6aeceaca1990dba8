/** Values and timestamps as both versions of remote_write have them. */
import { type Bytes, reserve } from './bytes.ts'
import { int64Length, MAX_VARINT_BYTES, writeInt64 } from './varint.ts'

/** Timestamps in [SIX_BYTES_MIN, SIX_BYTES_LIMIT), from 1971 to 2109, are six bytes long. */
export const SIX_BYTES_MIN: number = 2 ** 35
export const SIX_BYTES_LIMIT: number = 2 ** 42

/** The NaN that means "this series has ended", as two little-endian words: spec §3.6. */
export const STALE_LOW = 2
export const STALE_HIGH = 0x7ff00000
/** Every other NaN is sent as this one, whatever payload the engine gave it. */
export const NAN_LOW = 1
export const NAN_HIGH = 0x7ff80000

export function isSixBytes(timestamp: number): boolean {
  return timestamp >= SIX_BYTES_MIN && timestamp < SIX_BYTES_LIMIT
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

/** Tag, length and Sample, its timestamps of any length; a start of NaN or 0 is not known. Makes room for itself. */
export function appendSample(
  out: Bytes,
  tag: number,
  value: number,
  stale: boolean,
  timestamp: number,
  start: number,
): void {
  const started = !Number.isNaN(start) && start !== 0
  reserve(out, 4 + 8 + 2 * MAX_VARINT_BYTES)
  const { bytes } = out
  bytes[out.length++] = tag
  bytes[out.length++] = 10 + int64Length(timestamp) + (started ? 1 + int64Length(start) : 0)
  bytes[out.length++] = 0x09
  writeValue(out.view, out.length, value, stale)
  out.length += 8
  bytes[out.length++] = 0x10
  writeInt64(out, timestamp)
  if (!started) return
  bytes[out.length++] = 0x18
  writeInt64(out, start)
}
