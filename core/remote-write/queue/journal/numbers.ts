/** Whole numbers from 0 to 2^53 as varints, seven bits at a time. */
import { type Bytes, reserve } from '../../encoding/bytes.ts'

const MAX_BYTES = 8

export function writeNumber(out: Bytes, value: number): void {
  reserve(out, MAX_BYTES)
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.bytes[out.length++] = (rest % 128) | 128
  out.bytes[out.length++] = rest
}

/** All of `[start, end)`; undefined when that isn't whole numbers. */
export function readNumbers(bytes: Uint8Array, start: number, end: number): number[] | undefined {
  const numbers: number[] = []
  let value = 0
  let scale = 1
  for (let at = start; at < end; at++) {
    value += (bytes[at] & 127) * scale
    scale *= 128
    if (value > Number.MAX_SAFE_INTEGER) return undefined
    if (bytes[at] >= 128) {
      if (scale > 2 ** 49) return undefined
      continue
    }
    numbers.push(value)
    value = 0
    scale = 1
  }
  return scale === 1 ? numbers : undefined
}
