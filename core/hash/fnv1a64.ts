/**
 * FNV-1a with 64 bits (Fowler, Noll, Vo), which spreads scrapes over the interval. For stable placement only: whoever
 * chooses the keys can make them collide.
 */

import { TWO_32, type U64 } from './u64.ts'

const OFFSET_HI = 0xcbf29ce4
const OFFSET_LO = 0x84222325
/** The prime is 2^40 + 0x1b3: a shift and a small product. */
const PRIME_LOW = 0x1b3

const encoder = new TextEncoder()

/** Of bytes, or of the UTF-8 form of a string. */
export function fnv1a64(input: Uint8Array | string): U64 {
  const bytes = typeof input === 'string' ? encoder.encode(input) : input
  let hi = OFFSET_HI
  let lo = OFFSET_LO
  for (let i = 0; i < bytes.length; i++) {
    lo = (lo ^ bytes[i]) >>> 0
    // Products stay below 2^41 and sums below 2^42, so they are exact.
    const low = lo * PRIME_LOW
    hi = (hi * PRIME_LOW + Math.floor(low / TWO_32) + ((lo << 8) >>> 0)) >>> 0
    lo = low >>> 0
  }
  return { hi, lo }
}
