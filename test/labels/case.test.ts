import { describe, expect, it } from 'vitest'
import { goLowerCase, goUpperCase } from '../../core/labels/case.ts'

describe('case as Go maps it', () => {
  it.each([
    ['ß', 'ß'],
    ['ŉǰﬁ', 'ŉǰﬁ'],
    ['éж𐐨', 'ÉЖ𐐀'],
    ['ᾳᾀᾱ', 'ᾼᾈᾹ'],
    ['ǆǅ', 'ǄǄ'],
    ['ſı', 'SI'],
  ])('upper %s', (text, expected) => expect(goUpperCase(text)).toBe(expected))

  it.each([
    ['İ', 'i'],
    ['ΑΣ', 'ασ'],
    ['ÉЖ𐐀', 'éж𐐨'],
    ['ẞǅ', 'ßǆ'],
    ['ᾼ', 'ᾳ'],
    ['\u212a', 'k'],
  ])('lower %s', (text, expected) => expect(goLowerCase(text)).toBe(expected))

  it('maps every code point to exactly one', () => {
    for (let code = 0; code < 0x20000; code++) {
      if (code === 0xd800) code = 0xe000
      const char = String.fromCodePoint(code)
      if ([...goUpperCase(char)].length !== 1 || [...goLowerCase(char)].length !== 1) expect(char).toBe('')
    }
  })
})
