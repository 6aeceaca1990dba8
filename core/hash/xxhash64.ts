/**
 * XXH64 with seed 0 (Yann Collet; the specification is doc/xxhash_spec.md of Cyan4973/xxHash) on 32-bit halves: what rings
 * and keys of a cluster are made of, so it must agree with every other implementation bit for bit. No protection against
 * chosen collisions.
 *
 * Products of 64 bits are made of 32-bit products: `Math.imul` gives their lower halves, `highProduct` the upper one.
 */

const P1_HI = 0x9e3779b1 | 0
const P1_LO = 0x85ebca87 | 0
const P2_HI = 0xc2b2ae3d | 0
const P2_LO = 0x27d4eb4f | 0
const P3_HI = 0x165667b1 | 0
const P3_LO = 0x9e3779f9 | 0
const P4_HI = 0x85ebca77 | 0
const P4_LO = 0xc2b2ae63 | 0
const P5_HI = 0x27d4eb2f | 0
const P5_LO = 0x165667c5 | 0

const STRIPE = 32

/** High and low halves of the four accumulators. */
const scratch = new Int32Array(8)

/** Writes the hash of `bytes[start, end)` to `out[at]` (upper half) and `out[at + 1]` (lower half). Hot: allocates nothing. */
export function xxhash64(bytes: Uint8Array, start: number, end: number, out: Uint32Array, at: number): void {
  let tail = start
  if (end - start >= STRIPE) {
    begin(scratch)
    tail = stripes(scratch, bytes, start, end)
  }
  finish(scratch, end - start, bytes, tail, end, out, at)
}

/** A hash of bytes that come piece by piece. */
export interface RunningHash {
  update(bytes: Uint8Array, start: number, end: number): void
  /** The hash of all bytes so far, written like `xxhash64` does; more may follow. */
  digest(out: Uint32Array, at: number): void
}

export function createRunningHash(): RunningHash {
  const state = new Int32Array(8)
  begin(state)
  const pending = new Uint8Array(STRIPE)
  let held = 0
  let total = 0

  return {
    update(bytes, start, end) {
      total += end - start
      let from = start
      if (held > 0) {
        while (held < STRIPE && from < end) pending[held++] = bytes[from++]
        if (held < STRIPE) return
        stripes(state, pending, 0, STRIPE)
        held = 0
      }
      from = stripes(state, bytes, from, end)
      while (from < end) pending[held++] = bytes[from++]
    },
    digest: (out, at) => finish(state, total, pending, 0, held, out, at),
  }
}

function begin(state: Int32Array): void {
  // P1 + P2, P2, 0, -P1
  const low = (P1_LO >>> 0) + (P2_LO >>> 0)
  state[0] = P1_HI + P2_HI + (low > 0xffffffff ? 1 : 0)
  state[1] = low
  state[2] = P2_HI
  state[3] = P2_LO
  state[4] = 0
  state[5] = 0
  state[6] = ~P1_HI
  state[7] = -P1_LO
}

/** Takes in whole stripes of 32 bytes; returns where the rest begins. */
function stripes(state: Int32Array, bytes: Uint8Array, start: number, end: number): number {
  let at = start
  for (; at + STRIPE <= end; at += STRIPE) {
    for (let lane = 0; lane < 4; lane++) {
      const p = at + lane * 8
      const low = bytes[p] | (bytes[p + 1] << 8) | (bytes[p + 2] << 16) | (bytes[p + 3] << 24)
      const high = bytes[p + 4] | (bytes[p + 5] << 8) | (bytes[p + 6] << 16) | (bytes[p + 7] << 24)
      // acc = rotl(acc + word * P2, 31) * P1
      const wordLow = Math.imul(low, P2_LO)
      const wordHigh = (highProduct(low, P2_LO) + Math.imul(low, P2_HI) + Math.imul(high, P2_LO)) | 0
      const before = state[lane * 2 + 1] >>> 0
      const sumLow = (before + (wordLow >>> 0)) | 0
      const sumHigh = (state[lane * 2] + wordHigh + (sumLow >>> 0 < before ? 1 : 0)) | 0
      const rolledHigh = (sumHigh << 31) | (sumLow >>> 1)
      const rolledLow = (sumLow << 31) | (sumHigh >>> 1)
      state[lane * 2 + 1] = Math.imul(rolledLow, P1_LO)
      state[lane * 2] = highProduct(rolledLow, P1_LO) + Math.imul(rolledLow, P1_HI) + Math.imul(rolledHigh, P1_LO)
    }
  }
  return at
}

/** Puts the accumulators, the length and the last up to 31 bytes together; the state stays as it is. */
function finish(
  state: Int32Array,
  length: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint32Array,
  outAt: number,
): void {
  let high: number
  let low: number
  if (length >= STRIPE) {
    high = 0
    low = 0
    for (let lane = 0; lane < 4; lane++) {
      const bits = lane === 0 ? 1 : lane === 1 ? 7 : lane === 2 ? 12 : 18
      const a = state[lane * 2]
      const b = state[lane * 2 + 1]
      const rolledLow = (b << bits) | (a >>> (32 - bits))
      const rolledHigh = (a << bits) | (b >>> (32 - bits))
      const before = low
      low = (low + rolledLow) | 0
      high = (high + rolledHigh + (low >>> 0 < before >>> 0 ? 1 : 0)) | 0
    }
    for (let lane = 0; lane < 4; lane++) {
      // h = (h ^ rotl(acc * P2, 31) * P1) * P1 + P4
      const a = state[lane * 2]
      const b = state[lane * 2 + 1]
      const wordLow = Math.imul(b, P2_LO)
      const wordHigh = (highProduct(b, P2_LO) + Math.imul(b, P2_HI) + Math.imul(a, P2_LO)) | 0
      const rolledHigh = (wordHigh << 31) | (wordLow >>> 1)
      const rolledLow = (wordLow << 31) | (wordHigh >>> 1)
      const x = low ^ Math.imul(rolledLow, P1_LO)
      const y = high ^ (highProduct(rolledLow, P1_LO) + Math.imul(rolledLow, P1_HI) + Math.imul(rolledHigh, P1_LO))
      const productLow = Math.imul(x, P1_LO)
      const productHigh = (highProduct(x, P1_LO) + Math.imul(x, P1_HI) + Math.imul(y, P1_LO)) | 0
      low = (productLow + P4_LO) | 0
      high = (productHigh + P4_HI + (low >>> 0 < productLow >>> 0 ? 1 : 0)) | 0
    }
  } else {
    high = P5_HI
    low = P5_LO
  }

  const withLength = (low + length) | 0
  // Lengths past 2^32 don't come up: a typed array in one piece is shorter.
  high = (high + (withLength >>> 0 < low >>> 0 ? 1 : 0)) | 0
  low = withLength

  let at = start
  for (; at + 8 <= end; at += 8) {
    const b = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    const a = bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24)
    const wordLow = Math.imul(b, P2_LO)
    const wordHigh = (highProduct(b, P2_LO) + Math.imul(b, P2_HI) + Math.imul(a, P2_LO)) | 0
    const rolledHigh = (wordHigh << 31) | (wordLow >>> 1)
    const rolledLow = (wordLow << 31) | (wordHigh >>> 1)
    const x = low ^ Math.imul(rolledLow, P1_LO)
    const y = high ^ (highProduct(rolledLow, P1_LO) + Math.imul(rolledLow, P1_HI) + Math.imul(rolledHigh, P1_LO))
    // rotl 27, then * P1 + P4
    const turnedHigh = (y << 27) | (x >>> 5)
    const turnedLow = (x << 27) | (y >>> 5)
    const productLow = Math.imul(turnedLow, P1_LO)
    const productHigh = (highProduct(turnedLow, P1_LO) + Math.imul(turnedLow, P1_HI) + Math.imul(turnedHigh, P1_LO)) | 0
    low = (productLow + P4_LO) | 0
    high = (productHigh + P4_HI + (low >>> 0 < productLow >>> 0 ? 1 : 0)) | 0
  }
  if (at + 4 <= end) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    const x = low ^ Math.imul(word, P1_LO)
    const y = high ^ (highProduct(word, P1_LO) + Math.imul(word, P1_HI))
    // rotl 23, then * P2 + P3
    const turnedHigh = (y << 23) | (x >>> 9)
    const turnedLow = (x << 23) | (y >>> 9)
    const productLow = Math.imul(turnedLow, P2_LO)
    const productHigh = (highProduct(turnedLow, P2_LO) + Math.imul(turnedLow, P2_HI) + Math.imul(turnedHigh, P2_LO)) | 0
    low = (productLow + P3_LO) | 0
    high = (productHigh + P3_HI + (low >>> 0 < productLow >>> 0 ? 1 : 0)) | 0
    at += 4
  }
  for (; at < end; at++) {
    const byte = bytes[at]
    const x = low ^ Math.imul(byte, P5_LO)
    const y = high ^ (highProduct(byte, P5_LO) + Math.imul(byte, P5_HI))
    // rotl 11, then * P1
    const turnedHigh = (y << 11) | (x >>> 21)
    const turnedLow = (x << 11) | (y >>> 21)
    low = Math.imul(turnedLow, P1_LO)
    high = (highProduct(turnedLow, P1_LO) + Math.imul(turnedLow, P1_HI) + Math.imul(turnedHigh, P1_LO)) | 0
  }

  // h ^= h >>> 33; h *= P2; h ^= h >>> 29; h *= P3; h ^= h >>> 32
  low ^= high >>> 1
  let productLow = Math.imul(low, P2_LO)
  let productHigh = (highProduct(low, P2_LO) + Math.imul(low, P2_HI) + Math.imul(high, P2_LO)) | 0
  low = productLow ^ ((productLow >>> 29) | (productHigh << 3))
  high = productHigh ^ (productHigh >>> 29)
  productLow = Math.imul(low, P3_LO)
  productHigh = (highProduct(low, P3_LO) + Math.imul(low, P3_HI) + Math.imul(high, P3_LO)) | 0
  out[outAt] = productHigh
  out[outAt + 1] = productLow ^ productHigh
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function highProduct(a: number, b: number): number {
  const a0 = a & 0xffff
  const a1 = a >>> 16
  const b0 = b & 0xffff
  const b1 = b >>> 16
  const low = Math.imul(a0, b0) >>> 16
  // The sums stay below 2^32, but not below 2^31.
  const middle = (Math.imul(a1, b0) + low) >>> 0
  const other = (Math.imul(a0, b1) + (middle & 0xffff)) >>> 0
  return (Math.imul(a1, b1) + (middle >>> 16) + (other >>> 16)) | 0
}
