import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRunningHash, xxhash64 } from '../../core/hash/xxhash64.ts'

const M64 = (1n << 64n) - 1n
const [P1, P2, P3, P4, P5] = [
  11400714785074694791n,
  14029467366897019727n,
  1609587929392839161n,
  9650029242287828579n,
  2870177450012600261n,
]

function rotl(x: bigint, r: bigint): bigint {
  return ((x << r) | (x >> (64n - r))) & M64
}

function round(acc: bigint, word: bigint): bigint {
  return (rotl((acc + word * P2) & M64, 31n) * P1) & M64
}

function word(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i])
  return value
}

/** Word for word from the specification. */
function reference(bytes: Uint8Array): string {
  let at = 0
  let h = P5
  if (bytes.length >= 32) {
    const acc = [(P1 + P2) & M64, P2, 0n, -P1 & M64]
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i++) acc[i] = round(acc[i], word(bytes, at + 8 * i, 8))
    }
    h = (rotl(acc[0], 1n) + rotl(acc[1], 7n) + rotl(acc[2], 12n) + rotl(acc[3], 18n)) & M64
    for (const value of acc) h = ((h ^ round(0n, value)) * P1 + P4) & M64
  }
  h = (h + BigInt(bytes.length)) & M64
  for (; at + 8 <= bytes.length; at += 8) h = (rotl(h ^ round(0n, word(bytes, at, 8)), 27n) * P1 + P4) & M64
  for (; at + 4 <= bytes.length; at += 4) h = (rotl(h ^ ((word(bytes, at, 4) * P1) & M64), 23n) * P2 + P3) & M64
  for (; at < bytes.length; at++) h = (rotl(h ^ ((BigInt(bytes[at]) * P5) & M64), 11n) * P1) & M64
  h = ((h ^ (h >> 33n)) * P2) & M64
  h = ((h ^ (h >> 29n)) * P3) & M64
  return (h ^ (h >> 32n)).toString(16).padStart(16, '0')
}

function hex(out: Uint32Array, at = 0): string {
  return [out[at], out[at + 1]].map((half) => half.toString(16).padStart(8, '0')).join('')
}

function hashed(bytes: Uint8Array): string {
  const out = new Uint32Array(2)
  xxhash64(bytes, 0, bytes.length, out, 0)
  return hex(out)
}

interface Case {
  readonly input_hex: string
  readonly input_utf8?: string
  readonly xxh64: string
}

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/cluster/xxhash64.json', import.meta.url), 'utf8')) as {
  cases: Case[]
}

describe('XXH64', () => {
  it.each(cases.map((one) => [one.input_utf8 ?? one.input_hex, one] as const))('of %s', (_name, one) => {
    const bytes = Uint8Array.from(one.input_hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    expect(hashed(bytes)).toBe(one.xxh64)
    expect(reference(bytes)).toBe(one.xxh64)
  })

  it('equals the specification for bytes of any length, anywhere in a buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), (bytes, before) => {
        const buffer = new Uint8Array(bytes.length + before + 7).fill(0xee)
        buffer.set(bytes, before)
        const out = new Uint32Array(6)
        xxhash64(buffer, before, before + bytes.length, out, 3)
        expect(hex(out, 3)).toBe(reference(bytes))
        expect([out[0], out[1], out[2], out[5]]).toEqual([0, 0, 0, 0])
      }),
      { numRuns: 500 },
    )
  })

  it('equals it for bytes that make carries: all ones, all zeros, mixed', () => {
    for (const fill of [0, 0x7f, 0x80, 0xff]) {
      for (let length = 0; length < 130; length++) {
        const bytes = new Uint8Array(length).fill(fill)
        expect(hashed(bytes)).toBe(reference(bytes))
      }
    }
  })

  it('comes out the same when bytes come piece by piece, and a digest disturbs nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 12 }), (pieces) => {
        const running = createRunningHash()
        const all: number[] = []
        const out = new Uint32Array(2)
        running.digest(out, 0)
        expect(hex(out)).toBe(reference(new Uint8Array()))
        for (const piece of pieces) {
          running.update(piece, 0, piece.length)
          all.push(...piece)
          running.digest(out, 0)
          expect(hex(out)).toBe(reference(Uint8Array.from(all)))
        }
      }),
    )
  })
})
