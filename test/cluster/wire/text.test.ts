import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText, encodeText } from '../../../core/cluster/wire/text.ts'
import { hex, unhex } from './vectors.ts'

const decode = (bytes: Uint8Array): string => decodeText(bytes, 0, bytes.length)

describe('text on the wire', () => {
  it('is UTF-8 where it is valid', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const bytes = new TextEncoder().encode(text)
        expect(hex(encodeText(text))).toBe(hex(bytes))
        expect(decode(bytes)).toBe(text)
      }),
    )
    expect(decode(unhex('efbbbf61'))).toBe('\ufeffa')
  })

  it('gives every byte string a text of its own that goes back to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => void expect(hex(encodeText(decode(bytes)))).toBe(hex(bytes))),
      { numRuns: 1000 },
    )
    // Overlong, surrogates, beyond the end, cut off, stray.
    for (const bad of [
      'c080',
      'e08080',
      'eda080',
      'edb280',
      'f0808080',
      'f4908080',
      'f5808080',
      'e282',
      '80',
      'ff',
      'f09f98',
    ]) {
      expect(hex(encodeText(decode(unhex(`61${bad}62`))))).toBe(`61${bad}62`)
      expect(decode(unhex(`61${bad}62`))).not.toContain('\ufffd')
    }
  })

  it('writes a surrogate that stands for no byte as the replacement character', () => {
    expect(hex(encodeText('\ud800'))).toBe('efbfbd')
    expect(hex(encodeText('\udc00'))).toBe('efbfbd')
  })
})
