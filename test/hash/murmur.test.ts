import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashBytes, hashLabels } from '../../core/hash/murmur.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('hashBytes', () => {
  // Known answers of MurmurHash3_x86_32 that are published with many implementations.
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['aa', 0x9747b28c, 0x5d211726],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['ab', 0x9747b28c, 0x74875592],
    ['abc', 0x9747b28c, 0xc84a62dd],
    ['abcd', 0x9747b28c, 0xf0478627],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('%j with seed %i', (text, seed, expected) => {
    const bytes = bytesOf(text)
    expect(hashBytes(bytes, 0, bytes.length, seed)).toBe(expected)
  })

  it('looks at nothing outside its range', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), fc.integer(), (before, middle, after, seed) => {
        const whole = Uint8Array.from([...before, ...middle, ...after])
        const inside = hashBytes(whole, before.length, before.length + middle.length, seed)
        expect(inside).toBe(hashBytes(middle, 0, middle.length, seed))
      }),
    )
  })
})

describe('hashLabels', () => {
  it('tells apart what a plain concatenation would not', () => {
    const sets = [
      ['ab', 'c'],
      ['a', 'bc'],
      ['abc', ''],
      ['', 'abc'],
      ['abc'],
      [],
      [''],
      ['', ''],
      ['a\0', ''],
      ['a', '\0'],
      ['\0', ''],
      ['', '\0'],
    ]
    expect(new Set(sets.map((set) => hashLabels(set, 7))).size).toBe(sets.length)
  })

  it('is the same for equal sets, however their strings were made', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 9 }), { maxLength: 9 }), fc.integer(), (labels, seed) => {
        const copy = labels.map((text) => [...text].map((char) => `${char}`).join(''))
        expect(hashLabels(copy, seed)).toBe(hashLabels(labels, seed))
      }),
    )
  })

  it('spreads similar label sets evenly, and seeds are independent', () => {
    const buckets = new Uint32Array(64)
    const pairs = new Set<string>()
    const singles = new Set<number>()
    const count = 64_000
    for (let i = 0; i < count; i++) {
      const labels = ['__name__', 'http_requests_total', 'code', String(200 + (i % 5)), 'instance', `10.0.0.1:${i}`]
      const hash = hashLabels(labels, 1)
      buckets[hash & 63]++
      singles.add(hash)
      pairs.add(`${hash}/${hashLabels(labels, 0x9e3779b9)}`)
    }
    // Binomial: mean 1000, deviation 31; six deviations would be a broken hash.
    for (const filled of buckets) expect(Math.abs(filled - count / 64)).toBeLessThan(190)
    expect(count - singles.size).toBeLessThan(8)
    expect(pairs.size).toBe(count)
  })
})
