/**
 * LZW as Go's compress/lzw has it (least significant bit first, 8-bit literals), which is what memberlist compresses with.
 * Clear is 256, end is 257, codes are 9 to 12 bits wide.
 */
import type { Malformed } from './types.ts'

const CLEAR = 256
const END = 257
const MAX_WIDTH = 12
const MAX_CODE = (1 << MAX_WIDTH) - 1

/** Where an entry's bytes begin in the output, and how many they are: an entry is always a piece of what was written. */
const starts = new Int32Array(MAX_CODE + 1)
const lengths = new Int32Array(MAX_CODE + 1)

/** Bytes that are copied one by one; longer pieces are handed to the engine. */
const SHORT = 24

/** At most `limit` bytes; what follows the end code is ignored. */
export function lzwDecode(input: Uint8Array, limit: number): Uint8Array<ArrayBuffer> | Malformed {
  let out = new Uint8Array(Math.min(limit, input.length * 4 + 64))
  let length = 0
  let position = 0
  let bits = 0
  let bitCount = 0
  let width = 9
  let high = END
  let overflow = 512
  /** Where the last code's bytes begin; -1 when there is none to add to the table. */
  let last = -1
  let lastLength = 0
  for (;;) {
    while (bitCount < width) {
      if (position === input.length) return { ok: false, reason: 'compressed data is cut short' }
      bits |= input[position++] << bitCount
      bitCount += 8
    }
    const code = bits & ((1 << width) - 1)
    bits >>>= width
    bitCount -= width

    if (code === CLEAR) {
      width = 9
      high = END
      overflow = 512
      last = -1
      continue
    }
    if (code === END) return out.subarray(0, length)

    let start = 0
    let piece = 1
    if (code > CLEAR) {
      if (code > high || (code === high && high === END))
        return { ok: false, reason: 'compressed data has a wrong code' }
      if (code === high && last >= 0) {
        start = last
        piece = lastLength + 1
      } else {
        start = starts[code]
        piece = lengths[code]
      }
    }
    if (length + piece > out.length) {
      if (length + piece > limit) return { ok: false, reason: 'compressed data inflates to more than allowed' }
      const larger = new Uint8Array(Math.min(limit, Math.max(out.length * 2, length + piece)))
      larger.set(out.subarray(0, length))
      out = larger
    }
    if (code < CLEAR) {
      out[length] = code
    } else if (piece <= SHORT || start + piece > length) {
      // Forwards byte by byte: the piece may end in the first byte that it writes itself.
      for (let i = 0; i < piece; i++) out[length + i] = out[start + i]
    } else {
      out.copyWithin(length, start, start + piece)
    }
    if (last >= 0) {
      // The last code's bytes and the first one of this code stand side by side.
      starts[high] = last
      lengths[high] = lastLength + 1
    }
    last = length
    lastLength = piece
    length += piece
    high++
    if (high >= overflow) {
      if (width === MAX_WIDTH) {
        last = -1
        high--
      } else {
        width++
        overflow = 1 << width
      }
    }
  }
}

/** Open addressing; a quarter full at most. An entry is (code before << 8 | byte) << 12 | code, and 0 is a free place. */
const HASH_SIZE = 1 << 14
const HASH_MASK = HASH_SIZE - 1
const table = new Uint32Array(HASH_SIZE)

export function lzwEncode(input: Uint8Array): Uint8Array<ArrayBuffer> {
  // 12 bits for each byte and each clear code at worst.
  const out = new Uint8Array(Math.ceil((input.length * 3) / 2) + (input.length >> 8) + 8)
  let length = 0
  let bits = CLEAR
  let bitCount = 9
  let width = 9
  let high = END
  let overflow = 512
  table.fill(0)

  if (input.length > 0) {
    let code = input[0]
    for (let i = 1; i <= input.length; i++) {
      const literal = i === input.length ? 0 : input[i]
      const key = (code << 8) | literal
      let place = (key ^ (key >>> 12)) & HASH_MASK
      if (i < input.length) {
        let entry = table[place]
        while (entry !== 0 && entry >>> 12 !== key) {
          place = (place + 1) & HASH_MASK
          entry = table[place]
        }
        if (entry !== 0) {
          code = entry & MAX_CODE
          continue
        }
      }
      bits |= code << bitCount
      bitCount += width
      while (bitCount >= 8) {
        out[length++] = bits & 0xff
        bits >>>= 8
        bitCount -= 8
      }
      code = literal
      high++
      if (high === overflow) {
        width++
        overflow <<= 1
      }
      if (high === MAX_CODE) {
        bits |= CLEAR << bitCount
        bitCount += width
        while (bitCount >= 8) {
          out[length++] = bits & 0xff
          bits >>>= 8
          bitCount -= 8
        }
        width = 9
        high = END
        overflow = 512
        table.fill(0)
      } else if (i < input.length) {
        table[place] = ((key << 12) | high) >>> 0
      }
    }
  }
  bits |= END << bitCount
  bitCount += width
  while (bitCount > 0) {
    out[length++] = bits & 0xff
    bits >>>= 8
    bitCount -= 8
  }
  return out.subarray(0, length)
}
