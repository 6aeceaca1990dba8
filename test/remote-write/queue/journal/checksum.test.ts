import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checksum } from '../../../../core/remote-write/queue/journal/checksum.ts'

const of = (bytes: Uint8Array, shift = 0): number => {
  const buffer = new Uint8Array(bytes.length + shift)
  buffer.set(bytes, shift)
  return checksum(new DataView(buffer.buffer), shift, buffer.length)
}
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

it('is XXH32', () => {
  // As `xxhsum -H0` has them.
  expect(of(text('')).toString(16)).toBe('2cc5d05')
  expect(of(text('a')).toString(16)).toBe('550d7456')
  expect(of(text('abc')).toString(16)).toBe('32d153ff')
  expect(of(text('Nobody inspects the spammish repetition')).toString(16)).toBe('e2293b2f')
})

it('is the same wherever the bytes stand, and another when a word is', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 7 }),
      fc.nat(),
      fc.nat(),
      (bytes, shift, at, mask) => {
        const sum = of(bytes)
        expect(of(bytes, shift)).toBe(sum)
        const damaged = bytes.slice()
        damaged[at % bytes.length] ^= 1 + (mask % 255)
        expect(of(damaged)).not.toBe(sum)
      },
    ),
  )
})
