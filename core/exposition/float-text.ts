/** Numbers as `le` and `quantile` spell them, straight into bytes. The same few bounds come again and again. */
import { formatFloat } from './number.ts'

/** Longest text: `-1.7976931348623157e+308`. */
export const MAX_FLOAT_TEXT = 24

/** Texts by the 64 bits of their numbers, each in one of two places, so that two that meet don't drive each other out. Power of two. */
const SLOTS = 1024
const keys: Uint32Array = new Uint32Array(2 * SLOTS)
/** 0: nothing is there. */
const lengths: Uint8Array = new Uint8Array(SLOTS)
const texts: Uint8Array = new Uint8Array(SLOTS * MAX_FLOAT_TEXT)
let replaced = 0

const scratch = new Float64Array(1)
const halves = new Uint32Array(scratch.buffer)

/** Writes the text at `at`, where there is room for MAX_FLOAT_TEXT bytes; returns the position behind it. */
export function writeFloat(target: Uint8Array, at: number, value: number): number {
  scratch[0] = value
  const a = halves[0]
  const b = halves[1]
  let slot = (Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b) >>> 16) & (SLOTS - 1)
  if (!isAt(slot, a, b)) {
    slot ^= 1
    if (!isAt(slot, a, b)) {
      replaced ^= 1
      slot ^= replaced
      remember(slot, value, a, b)
    }
  }
  const from = slot * MAX_FLOAT_TEXT
  const length = lengths[slot]
  for (let i = 0; i < length; i++) target[at + i] = texts[from + i]
  return at + length
}

function isAt(slot: number, a: number, b: number): boolean {
  return keys[2 * slot] === a && keys[2 * slot + 1] === b && lengths[slot] > 0
}

function remember(slot: number, value: number, a: number, b: number): void {
  const text = formatFloat(value)
  const from = slot * MAX_FLOAT_TEXT
  for (let i = 0; i < text.length; i++) texts[from + i] = text.charCodeAt(i)
  keys[2 * slot] = a
  keys[2 * slot + 1] = b
  lengths[slot] = text.length
}
