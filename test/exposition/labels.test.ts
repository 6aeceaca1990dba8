import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isUtf8 } from '../../core/exposition/bytes.ts'
import { exemplarLabels, exposedLabels, helpText } from '../../core/exposition/labels.ts'
import {
  createCursor,
  FAMILY_COUNTER,
  FAMILY_HISTOGRAM,
  FAMILY_SUMMARY,
  FAMILY_UNKNOWN,
  nextLine,
  reset,
} from '../../core/exposition/lexer.ts'
import { raw, utf8 } from './bodies.ts'

function labelsOf(series: string | Uint8Array, familyType: number = FAMILY_UNKNOWN): string[] | { error: string } {
  const bytes = typeof series === 'string' ? utf8(series) : series
  return exposedLabels(bytes, 0, bytes.length, 'text', familyType)
}

describe('labels of a series', () => {
  it('come name first, in the order exposed, with empty values', () => {
    expect(labelsOf('up')).toEqual(['__name__', 'up'])
    expect(labelsOf('a{z="1",b="",c="x\\"\\\\\\n\\t"}')).toEqual(['__name__', 'a', 'z', '1', 'b', '', 'c', 'x"\\\n\\t'])
    expect(labelsOf('{x="1", "a.b"}')).toEqual(['__name__', 'a.b', 'x', '1'])
  })

  it('start and end where the caller says', () => {
    const bytes = utf8('xxa{b="c"}yy')
    expect(exposedLabels(bytes, 2, bytes.length - 2, 'openmetrics', FAMILY_UNKNOWN)).toEqual([
      '__name__',
      'a',
      'b',
      'c',
    ])
  })

  it('have le and quantile as canonical floats where the type asks for it', () => {
    expect(labelsOf('h_bucket{le="1"}', FAMILY_HISTOGRAM)).toEqual(['__name__', 'h_bucket', 'le', '1.0'])
    expect(labelsOf('h_bucket{le="10000000"}', FAMILY_HISTOGRAM)).toEqual(['__name__', 'h_bucket', 'le', '1e+07'])
    expect(labelsOf('h_bucket{le="+inf"}', FAMILY_HISTOGRAM)).toEqual(['__name__', 'h_bucket', 'le', '+Inf'])
    expect(labelsOf('h_bucket{le="x"}', FAMILY_HISTOGRAM)).toEqual(['__name__', 'h_bucket', 'le', 'x'])
    expect(labelsOf('h{quantile="1"}', FAMILY_HISTOGRAM)).toEqual(['__name__', 'h', 'quantile', '1'])
    expect(labelsOf('s{quantile="0.50"}', FAMILY_SUMMARY)).toEqual(['__name__', 's', 'quantile', '0.5'])
    expect(labelsOf('s{le="1"}', FAMILY_SUMMARY)).toEqual(['__name__', 's', 'le', '1'])
    expect(labelsOf('c{le="1"}', FAMILY_COUNTER)).toEqual(['__name__', 'c', 'le', '1'])
  })

  it('are refused when a name stands twice, few labels or many', () => {
    expect(labelsOf('a{b="1",c="2",b="1"}')).toEqual({ error: 'label name "b" is not unique' })
    const many = Array.from({ length: 10_000 }, (_, i) => `l${i}="${i}"`)
    expect(labelsOf(`a{${many.join()}}`)).toHaveLength(20_002)
    expect(labelsOf(`a{${many.join()},l77="x"}`)).toEqual({ error: 'label name "l77" is not unique' })
  })

  it('are refused when they are not UTF-8', () => {
    expect(labelsOf(raw('{"\xff"}'))).toHaveProperty('error')
    expect(labelsOf(raw('a{"\xff"="x"}'))).toHaveProperty('error')
    expect(labelsOf(raw('a{b="\xff"}'))).toHaveProperty('error')
  })

  it('are found again when the same text comes later, and others are not mixed up with it', () => {
    for (let i = 0; i < 20_000; i++)
      expect(labelsOf(`m${i % 3000}{pod="p-${i}"}`)).toEqual(['__name__', `m${i % 3000}`, 'pod', `p-${i}`])
  })

  it('never throw or loop, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab{}",=\\ \n\xff'), maxLength: 30 }), (text) => {
        labelsOf(raw(text), FAMILY_HISTOGRAM)
        exemplarLabels(raw(text), 0, text.length)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('exemplars', () => {
  function exemplar(line: string): unknown {
    const bytes = utf8(`${line}\n`)
    const cursor = createCursor('openmetrics')
    reset(cursor, bytes, bytes.length)
    nextLine(cursor)
    return exemplarLabels(bytes, cursor.exemplarStart, cursor.exemplarEnd)
  }

  it('have labels, a value and perhaps a timestamp', () => {
    expect(exemplar('a 1 # {t="x\\n}",u=""} 0.5 1.5')).toEqual({
      labels: ['t', 'x\n}', 'u', ''],
      value: 0.5,
      timestamp: 1500,
    })
    expect(exemplar('a 1 9 # {} NaN')).toEqual({ labels: [], value: Number.NaN, timestamp: Number.NaN })
    expect(exemplar('a 1 # {t="1",t="2"} 1')).toEqual({ error: 'label name "t" is not unique' })
    expect(exemplar('a 1')).toHaveProperty('error')
  })
})

describe('HELP texts', () => {
  it.each([
    ['text', 'x \\"y\\" \\ \n z'],
    ['openmetrics', 'x "y" \\ \n z'],
  ] as const)('have the escapes of %s undone', (format, text) => {
    const bytes = utf8('# HELP a x \\"y\\" \\\\ \\n z\n')
    const cursor = createCursor(format)
    reset(cursor, bytes, bytes.length)
    nextLine(cursor)
    expect(helpText(cursor)).toBe(text)
  })
})

describe('isUtf8', () => {
  it('says what a strict decoder says', () => {
    const strict = new TextDecoder('utf-8', { fatal: true })
    const byte = fc.constantFrom(
      0x41,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc0,
      0xc2,
      0xdf,
      0xe0,
      0xe1,
      0xed,
      0xef,
      0xf0,
      0xf1,
      0xf4,
      0xf5,
      0xff,
    )
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 6 }), (list) => {
        const bytes = Uint8Array.from(list)
        let valid = true
        try {
          strict.decode(bytes)
        } catch {
          valid = false
        }
        expect(isUtf8(bytes, 0, bytes.length)).toBe(valid)
      }),
      { numRuns: 5000 },
    )
  })
})
