import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canonicalFloat,
  formatFloat,
  readNumber,
  readTimestamp,
  scanDecimal,
  scanned,
} from '../../core/exposition/number.ts'
import { utf8 } from './bodies.ts'

function read(text: string): number | undefined {
  const bytes = utf8(`x${text}x`)
  return readNumber(bytes, 1, bytes.length - 1) ? scanned[0] : undefined
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 25 })
const spelling = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    digits,
    fc.constantFrom('', '.'),
    digits,
    fc.constantFrom('', 'e', 'E'),
    fc.constantFrom('', '-', '+'),
    fc.integer({ min: 0, max: 330 }),
  )
  .filter(([, whole, point, fraction]) => whole !== '' || (point !== '' && fraction !== ''))
  .map(
    ([sign, whole, point, fraction, e, esign, exponent]) =>
      `${sign}${whole}${point}${point === '' ? '' : fraction}${e === '' ? '' : e + esign + exponent}`,
  )

describe('reading numbers', () => {
  it.each([
    ['1', 1],
    ['-0', -0],
    ['+1', 1],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E+3', 1000],
    ['1.7e+09', 1.7e9],
    ['00012', 12],
    ['0e1000', 0],
    ['1e-1000', 0],
    ['-1e-1000', -0],
    ['1e22', 1e22],
    ['1e23', 1e23],
    ['9007199254740993', 9007199254740992],
    ['0.30000000000000004', 0.30000000000000004],
    ['1.7976931348623158e308', Number.MAX_VALUE],
    ['4.9e-324', Number.MIN_VALUE],
    ['2.4703282292062327e-324', 0],
    ['inf', Number.POSITIVE_INFINITY],
    ['+INFINITY', Number.POSITIVE_INFINITY],
    ['-iNf', Number.NEGATIVE_INFINITY],
    ['nAn', Number.NaN],
  ])('%s', (text, value) => expect(read(text)).toBe(value))

  it.each(
    [
      '',
      '.',
      '-',
      '+',
      'e5',
      '.e5',
      '1e',
      '1e+',
      '1e1000',
      '-1e309',
      '1.797693134862315808e308',
      '0x10',
      '0x1p4',
      '0b1',
      '1_0',
      ' 1',
      '1 ',
      '1a',
      '--1',
      '+-1',
      '+NaN',
      '-nan',
      'nane',
      'infinit',
      'in',
      '1.2.3',
      '1,5',
      '١',
    ].map((text) => [text]),
  )('refuses %j', (text) => expect(read(text)).toBeUndefined())

  it('agrees with Number() for every decimal spelling', () => {
    fc.assert(
      fc.property(spelling, (text) => {
        const value = Number(text)
        expect(read(text)).toBe(Number.isFinite(value) ? value : undefined)
      }),
      { numRuns: 5000 },
    )
  })

  it('reads back what any double prints', () => {
    fc.assert(
      fc.property(finite, (value) => {
        expect(read(value.toExponential())).toBe(value === 0 ? 0 : value)
        expect(read(String(value))).toBe(value === 0 ? 0 : value)
      }),
      { numRuns: 2000 },
    )
  })

  it('gives the fast lane only what it can do exactly', () => {
    fc.assert(
      fc.property(spelling, (text) => {
        const bytes = utf8(text)
        if (scanDecimal(bytes, 0, bytes.length) === bytes.length) expect(scanned[0]).toBe(Number(text))
      }),
      { numRuns: 5000 },
    )
    for (const text of ['0', '42', '-1.5', '123456789012345', '1.7320032e+07', '0.000001']) {
      const bytes = utf8(text)
      expect(scanDecimal(bytes, 0, bytes.length)).toBe(bytes.length)
    }
  })

  it('takes a long row of digits in its stride', () => {
    expect(read(`${'9'.repeat(300)}.${'9'.repeat(100_000)}`)).toBe(1e300)
    expect(read('9'.repeat(100_000))).toBeUndefined()
  })
})

describe('reading timestamps', () => {
  it.each([
    ['0', 0],
    ['1700000000000', 1700000000000],
    ['00000000000000000000000001', 1],
    ['9007199254740993', Number.MAX_SAFE_INTEGER],
    ['9223372036854775807', Number.MAX_SAFE_INTEGER],
    ['9223372036854775808', undefined],
    ['10000000000000000000', undefined],
  ])('%s', (text, value) => {
    const bytes = utf8(text)
    expect(readTimestamp(bytes, 0, bytes.length) ? scanned[0] : undefined).toBe(value)
  })
})

describe('printing numbers as Go does', () => {
  it.each([
    [100000, '100000.0'],
    [123456, '123456.0'],
    [1000000, '1e+06'],
    [1234567, '1.234567e+06'],
    [12345678.9, '1.23456789e+07'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e-7, '1e-07'],
    [1e21, '1e+21'],
    [1e100, '1e+100'],
    [5e-324, '5e-324'],
    [1, '1.0'],
    [-1, '-1.0'],
    [0, '0.0'],
    [-0, '0.0'],
    [0.1, '0.1'],
    [-2.5, '-2.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('%s', (value, text) => expect(formatFloat(value)).toBe(text))

  it('loses nothing', () => {
    fc.assert(
      fc.property(finite, (value) => {
        expect(read(formatFloat(value))).toBe(value === 0 ? 0 : value)
      }),
    )
  })

  it('leaves alone what is no number', () =>
    expect([canonicalFloat('x'), canonicalFloat('')]).toEqual([undefined, undefined]))
})
