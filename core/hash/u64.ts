/** Unsigned 64-bit numbers as two 32-bit halves: no BigInt. */

/** `hi * 2^32 + lo`, both halves in [0, 2^32). */
export interface U64 {
  readonly hi: number
  readonly lo: number
}

export const TWO_32 = 0x100000000

export function xor64(a: U64, b: U64): U64 {
  return { hi: (a.hi ^ b.hi) >>> 0, lo: (a.lo ^ b.lo) >>> 0 }
}

/** Remainder, exact for every integer n from 1 to 2^53 - 1. */
export function mod64(value: U64, n: number): number {
  let rest = value.hi % n
  // (n - 1) * 2^32 + 2^32 - 1 must be exact: true up to 2^21.
  if (n <= 0x200000) return (rest * TWO_32 + value.lo) % n
  for (let bit = 31; bit >= 0; bit--) {
    // Doubling is exact for any double, and so is the remainder; adding is when it can't pass 2^53.
    rest = (2 * rest) % n
    if ((value.lo >>> bit) & 1) rest = rest === n - 1 ? 0 : rest + 1
  }
  return rest
}

/** 16 hexadecimal digits. */
export function hex64(value: U64): string {
  return value.hi.toString(16).padStart(8, '0') + value.lo.toString(16).padStart(8, '0')
}
