import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ago, bytes, count, counted, duration, listed, moment, oneUnit, percent, short } from '../../ui/look/format.ts'

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.004, '<0.01'],
    [4.25, '4.25'],
    [4.2, '4.2'],
    [9.996, '10'],
    [99.96, '100'],
    [981, '981'],
    [999.7, '1k'],
    [12_345, '12.3k'],
    [4_560_000, '4.56M'],
    [2e12, '2T'],
    [Number.NaN, '–'],
    [-1500, '-1.5k'],
  ])('%s is %s', (value, text) => {
    expect(short(value)).toBe(text)
  })

  it('never take more than seven characters', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e14, max: 1e14, noNaN: true }), (value) => {
        expect(short(value).length).toBeLessThanOrEqual(7)
      }),
    )
  })

  it('have groups where they are counted', () => {
    expect(count(1_234_567)).toBe('1,234,567')
    expect(counted(1, 'peer')).toBe('1 peer')
    expect(counted(0, 'target matches', 'targets match')).toBe('0 targets match')
    expect(percent(0.0344)).toBe('3.4 %')
    expect(percent(0.0001)).toBe('<0.1 %')
    expect(percent(1)).toBe('100 %')
  })

  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1000, '0.98 KiB'],
    [1536, '1.5 KiB'],
    [48_000_000, '45.8 MiB'],
    [3 * 1024 ** 4, '3 TiB'],
  ])('%s bytes are %s', (value, text) => {
    expect(bytes(value)).toBe(text)
  })
})

describe('times', () => {
  it.each([
    [0, '0 s'],
    [0.0001, '<1 ms'],
    [0.0124, '12 ms'],
    [0.9996, '1 s'],
    [4.21, '4.2 s'],
    [59.7, '1 min'],
    [200, '3 min 20 s'],
    [3600, '1 h'],
    [3599.6, '1 h'],
    [7500, '2 h 5 min'],
    [86_399, '1 d'],
    [273_600, '3 d 4 h'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('%s s are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })

  it('are told as long ago', () => {
    const now = Date.parse('2026-01-02T03:04:05Z')
    expect(ago('2026-01-02T03:04:05Z', now)).toBe('now')
    expect(ago('2026-01-02T03:04:01Z', now)).toBe('4 s ago')
    expect(ago('2026-01-02T02:04:05Z', now)).toBe('60 min ago')
    expect(ago('2026-01-01T03:04:05Z', now)).toBe('24 h ago')
    expect(ago('2026-01-02T03:04:15Z', now)).toBe('in 10 s')
    expect(ago(null, now)).toBe('never')
    expect(ago('nonsense', now)).toBe('–')
    expect(moment('nonsense')).toBe('–')
    expect(oneUnit(300_000)).toBe('3 d')
  })
})

describe('lists', () => {
  it.each([
    [[], 'nobody'],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 'a, b, c, d, e and 3 others'],
  ])('%j', (names, text) => {
    expect(listed(names)).toBe(text)
  })
})
