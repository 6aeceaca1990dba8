/** Texts as long as they can come (remote.http takes 16 MiB): regular expressions that repeat a group overflow the engine's stack. */
import { describe, expect, it } from 'vitest'
import { MAX_REMOTE_CONTENT_BYTES } from '../../core/limits.ts'
import { fromBase64, fromJson, fromUrlBase64, readExactly, urlDecode, urlEncode } from '../../core/syntax/encoding.ts'
import { jsonPath } from '../../core/syntax/json-path.ts'
import { parseInteger } from '../../core/syntax/value.ts'
import { leastEffort } from '../support/effort.ts'

const LENGTH: number = MAX_REMOTE_CONTENT_BYTES - 1024
const LONG: string = 'a'.repeat(LENGTH)

describe('a text of many megabytes', () => {
  it('is read as JSON', () => {
    expect(fromJson(`"${LONG}"`)).toBe(LONG)
    const { exact } = readExactly(`{"a": "${LONG}", "b": [12, -1.5e3, "\\\\\\"1"]}`)
    expect(exact).toEqual(
      new Map<string, unknown>([
        ['a', LONG],
        ['b', [12n, -1500, '\\"1']],
      ]),
    )
    expect(jsonPath(`{"a": "${LONG}"}`, '$.a')).toEqual([LONG])
  })

  it('is read as base64', () => {
    // `abc`, as often as fits.
    const packed = 'YWJj'.repeat(4_000_000)
    expect(fromBase64(packed)).toHaveLength(12_000_000)
    expect(fromUrlBase64(packed)).toHaveLength(12_000_000)
    expect(() => fromBase64(`${packed}!`)).toThrow('is not valid base64')
    expect(() => fromBase64(`${packed.slice(1)}*`)).toThrow('is not valid base64')
  })

  it('is read as part of a URL', () => {
    const text = 'é'.repeat(2_000_000)
    expect(urlDecode(urlEncode(text))).toBe(text)
  })

  it('is a number only when it is one', () => {
    const digits = '9'.repeat(2_000_000)
    expect(leastEffort(() => expect(parseInteger(digits)).toBe(Number.POSITIVE_INFINITY))).toBeLessThan(500)
    expect(readExactly(`[${digits}]`).exact).toEqual([Number.POSITIVE_INFINITY])
  })
})

describe('what was refused before is refused, and what was taken is taken', () => {
  it.each(['=', '==', '====', 'A===', 'AA=A', 'AAA', 'A', 'AA==AA==', 'AAAA=', 'é==='])('%s is no base64', (text) => {
    expect(() => fromBase64(text)).toThrow('is not valid base64')
  })

  it.each([
    ['', ''],
    ['QQ==', 'A'],
    ['QUE=', 'AA'],
    ['Q\nU\rFB', 'AAA'],
  ])('%j is base64', (text, plain) => {
    expect(fromBase64(text)).toBe(plain)
  })

  it.each([
    ['%e9%C3%A9a+%20', '\ufffd\u00e9a  '],
    ['%C3%', undefined],
    ['%C3x%A9', '\ufffdx\ufffd'],
    ['%', undefined],
    ['a%zzb', undefined],
  ])('%j has its escapes undone, or is refused', (text, plain) => {
    if (plain === undefined) expect(() => urlDecode(text)).toThrow('invalid URL escape')
    else expect(urlDecode(text)).toBe(plain)
  })

  it.each([
    ['18446744073709551615', 18446744073709551615n],
    ['18446744073709551616', 2 ** 64],
    ['-9223372036854775808', -9223372036854775808n],
    ['-9223372036854775809', -(2 ** 63)],
    ['0777', 511n],
    ['01777777777777777777777', 18446744073709551615n],
    ['02000000000000000000000', 2 ** 64],
    [`${'0'.repeat(100)}7`, 7n],
    ['089', 89],
    ['0', 0n],
    ['00', 0n],
  ])('%s is the integer that it was', (text, value) => {
    expect(parseInteger(text)).toBe(value)
  })
})
