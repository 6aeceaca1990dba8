import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fnv1a64 } from '../../core/hash/fnv1a64.ts'
import { mod64, type U64, xor64 } from '../../core/hash/u64.ts'

const big = (value: U64): bigint => (BigInt(value.hi) << 32n) | BigInt(value.lo)
const halves = (value: bigint): U64 => ({ hi: Number(value >> 32n), lo: Number(value & 0xffffffffn) })
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })

function slowFnv1a64(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return hash
}

describe('fnv1a64', () => {
  it.each([
    ['', 0xcbf29ce484222325n],
    ['a', 0xaf63dc4c8601ec8cn],
    ['foobar', 0x85944171f73967e8n],
    ['chongo was here!\n', 0x46810940eff5f915n],
  ])('published answer for %j', (text, expected) => {
    expect(big(fnv1a64(text))).toBe(expected)
  })

  it('equals the definition for any bytes, and a string is its UTF-8 form', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(big(fnv1a64(bytes))).toBe(slowFnv1a64(bytes))))
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        (text) => void expect(big(fnv1a64(text))).toBe(slowFnv1a64(new TextEncoder().encode(text))),
      ),
    )
  })
})

describe('arithmetic', () => {
  it('xor64', () => {
    fc.assert(fc.property(u64, u64, (a, b) => void expect(big(xor64(halves(a), halves(b)))).toBe(a ^ b)))
  })

  it('mod64 is exact up to 2^53 - 1', () => {
    const modulus = fc.oneof(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 0x1ffff0, max: 0x200010 }),
      fc.maxSafeInteger().map((n) => Math.abs(n) || 1),
      fc.constantFrom(Number.MAX_SAFE_INTEGER, 60e9, 2 ** 52, 2 ** 52 + 1, 2 ** 32, 2 ** 21),
    )
    fc.assert(
      fc.property(u64, modulus, (value, n) => void expect(BigInt(mod64(halves(value), n))).toBe(value % BigInt(n))),
      { numRuns: 1000 },
    )
  })
})
