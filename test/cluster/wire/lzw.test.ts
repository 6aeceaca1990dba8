import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lzwDecode, lzwEncode } from '../../../core/cluster/wire/lzw.ts'
import { hex, lzwVectors, unhex } from './vectors.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function plain(bytes: Uint8Array, limit = 1 << 26): Uint8Array {
  const out = lzwDecode(bytes, limit)
  if ('ok' in out) throw new Error(out.reason)
  return out
}

describe('LZW', () => {
  it.each(lzwVectors.cases.map(({ plain_hex, lzw_hex }) => [plain_hex.slice(0, 40), plain_hex, lzw_hex]))(
    'published case %s',
    (_, plainHex, lzwHex) => {
      expect(hex(lzwEncode(unhex(plainHex)))).toBe(lzwHex)
      expect(hex(plain(unhex(lzwHex)))).toBe(plainHex)
    },
  )

  it('reads a stream without a leading clear code', () => {
    for (const { plain: text, lzw_hex } of lzwVectors.decode_only)
      expect(new TextDecoder().decode(plain(unhex(lzw_hex)))).toBe(text)
  })

  it('fills and resets its table as Go does', () => {
    const bytes = new Uint8Array(40_000)
    for (let i = 0; i < 20_000; i++) bytes.set([((i * i) / 8) & 255, i % 7], 2 * i)
    expect(sha256(bytes)).toBe(lzwVectors.big.plain_sha256)
    const small = lzwEncode(bytes)
    expect([small.length, sha256(small)]).toEqual([lzwVectors.big.lzw_length, lzwVectors.big.lzw_sha256])
    expect(sha256(plain(small))).toBe(lzwVectors.big.plain_sha256)
  })

  it('goes there and back, for long runs and long random bytes as well', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        (bytes) => void expect(hex(plain(lzwEncode(bytes)))).toBe(hex(bytes)),
      ),
    )
    for (const period of [1, 2, 3, 7, 251, 5003]) {
      const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => ((i % period) * 7919) & 255)
      expect(sha256(plain(lzwEncode(bytes)))).toBe(sha256(bytes))
    }
    let seed = 1
    const noise = Uint8Array.from({ length: 100_000 }, () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 16)
    expect(sha256(plain(lzwEncode(noise)))).toBe(sha256(noise))
  })

  it('goes on with a full table that nobody clears, as other encoders leave it', () => {
    // 9 to 12 bits, one new entry per code up to 4095, then literals only.
    const codes = [256, ...Array.from({ length: 5000 }, (_, i) => (i * 31) % 256), 257]
    const out: number[] = []
    let bits = 0
    let count = 0
    let width = 9
    let high = 257
    for (const code of codes) {
      bits |= code << count
      count += width
      while (count >= 8) {
        out.push(bits & 255)
        bits >>>= 8
        count -= 8
      }
      if (code === 256) continue
      high++
      if (high >= 1 << width && width < 12) width++
    }
    out.push(bits & 255)
    expect(plain(Uint8Array.from(out))).toEqual(Uint8Array.from(codes.slice(1, -1)))
  })

  it('refuses what is cut short, wrong or too much, and never throws', () => {
    const bytes = lzwEncode(Uint8Array.from({ length: 2000 }, (_, i) => (i * i) & 15))
    for (let length = 0; length < bytes.length; length++)
      expect(lzwDecode(bytes.subarray(0, length), 5000)).toMatchObject({ ok: false })
    expect(lzwDecode(bytes, 1999)).toMatchObject({ reason: 'compressed data inflates to more than allowed' })
    expect(plain(bytes, 2000)).toHaveLength(2000)
    // Clear, then a code that doesn't exist yet: 256, 258.
    expect(lzwDecode(Uint8Array.of(0x00, 0x05, 0x02, 0x04), 100)).toMatchObject({ ok: false })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (random) => void lzwDecode(random, 10_000)),
      { numRuns: 2000 },
    )
  })

  it('stops a bomb at the limit without inflating it first', () => {
    const bomb = lzwEncode(new Uint8Array(16 << 20))
    expect(bomb.length).toBeLessThan(30_000)
    expect(lzwDecode(bomb, 1 << 20)).toMatchObject({ ok: false })
  })
})
