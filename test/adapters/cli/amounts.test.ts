import { describe, expect, it } from 'vitest'
import { agoText, counted, rateText, shortHash, spanText } from '../../../adapters/cli/amounts.ts'

describe('amounts', () => {
  it.each([
    [-1, '0s'],
    [Number.NaN, '0s'],
    [0, '0s'],
    [0.0341, '34ms'],
    [0.9999, '1s'],
    [1.254, '1.25s'],
    [12.4, '12s'],
    [59.7, '1m'],
    [61, '1m1s'],
    [3600, '1h'],
    [11_520, '3h12m'],
    [90_000, '1d1h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(spanText(seconds)).toBe(text)
  })

  it.each([
    [0, '0'],
    [0.26, '0.3'],
    [3, '3'],
    [12.6, '13'],
    [4032.4, '4032'],
  ])('%d a second is %s', (rate, text) => {
    expect(rateText(rate)).toBe(text)
  })

  it('says how long ago something was', () => {
    const now = Date.UTC(2026, 0, 2)
    expect(agoText('2026-01-01T23:59:48.5Z', now)).toBe('11s ago')
    expect(agoText('2026-01-02T00:00:10Z', now)).toBe('now')
    expect(agoText(null, now)).toBe('-')
    expect(agoText('yesterday', now)).toBe('yesterday')
  })

  it('counts, and shortens', () => {
    expect([counted(0, 'target'), counted(1, 'target'), counted(2, 'target')]).toEqual([
      '0 targets',
      '1 target',
      '2 targets',
    ])
    expect([shortHash(''), shortHash('0123456789')]).toEqual(['-', '01234567'])
  })
})
