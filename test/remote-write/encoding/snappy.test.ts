import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBytes } from '../../../core/remote-write/encoding/bytes.ts'
import {
  compressFragment,
  FRAGMENT_BYTES,
  MAX_PREAMBLE_BYTES,
  writePreambleBefore,
} from '../../../core/remote-write/encoding/snappy.ts'
import { uncompress } from '../../support/remote-write-decoder.ts'

/** The whole of `data`, which stands at `offset` in a larger buffer full of other bytes, cut every `fragment` bytes. */
function compress(data: Uint8Array, offset = 0, fragment = FRAGMENT_BYTES): Uint8Array {
  const source = createBytes(offset + data.length)
  source.bytes.fill(0xa5)
  source.bytes.set(data, offset)
  const out = createBytes(0)
  out.length = MAX_PREAMBLE_BYTES
  for (let at = 0; at < data.length; at += fragment) {
    compressFragment(source, offset + at, offset + Math.min(data.length, at + fragment), out)
  }
  const begin = writePreambleBefore(out.bytes, MAX_PREAMBLE_BYTES, data.length)
  return out.bytes.slice(begin, out.length)
}

function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  // Not toEqual: comparing arrays of this size element by element takes seconds.
  let same = actual.length === expected.length
  for (let i = 0; same && i < expected.length; i++) same = actual[i] === expected[i]
  expect(same, `${expected.length} bytes`).toBe(true)
}

describe('snappy', () => {
  it('gives back arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), fc.nat(9), (data, offset) => {
        expectSame(uncompress(compress(data, offset)), data)
      }),
      { numRuns: 300 },
    )
  })

  it('gives back repetitive bytes, with all lengths and distances of matches', () => {
    const piece = fc.record({
      unit: fc.uint8Array({ minLength: 1, maxLength: 80 }),
      times: fc.integer({ min: 1, max: 40 }),
    })
    const data = fc.array(piece, { minLength: 1, maxLength: 20 }).map((pieces) => {
      const parts = pieces.flatMap(({ unit, times }) => Array.from({ length: times }, () => [...unit]))
      return Uint8Array.from(parts.flat())
    })
    fc.assert(
      fc.property(data, fc.integer({ min: 16, max: 5000 }), (data, fragment) => {
        expectSame(uncompress(compress(data, 3, fragment)), data)
      }),
      { numRuns: 300 },
    )
  })

  it.each([1, 14, 15, 16, 17, 60, 61, 256, 257, 65535, 65536, 65537, 131071, 131072, 131073])(
    'takes %i bytes, random and constant',
    (length) => {
      const random = Uint8Array.from({ length }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 0xff)
      expectSame(uncompress(compress(random)), random)
      for (const byte of [0, 0x41]) {
        const constant = new Uint8Array(length).fill(byte)
        const compressed = compress(constant)
        expectSame(uncompress(compressed), constant)
        expect(compressed.length).toBeLessThan(length / 20 + 20)
      }
    },
  )

  it('tells the bytes of +0 and -0 apart, which compare as equal numbers', () => {
    // Two stretches of 64 bytes, the same but for the sign bit of a zero at every place of the eight-byte stride.
    for (let place = 0; place < 64; place++) {
      const data = new Uint8Array(160)
      for (let i = 0; i < 80; i++) data[i] = data[i + 80] = i < 12 ? i + 1 : 0
      data[80 + 12 + place] = 0x80
      expectSame(uncompress(compress(data)), data)
    }
  })

  it('compresses label text to less than a sixth', () => {
    const text = Array.from(
      { length: 800 },
      (_, i) => `http_request_duration_seconds_bucket{handler="/api/v1/orders",status="${i % 7}",le="${i / 8}"}`,
    ).join('\n')
    const data = new TextEncoder().encode(text)
    expect(compress(data).length).toBeLessThan(data.length / 6)
  })
})
