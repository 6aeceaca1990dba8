import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatGoDuration,
  formatPrometheusDuration,
  parseGoDuration,
  parsePrometheusDuration,
} from '../../core/syntax/duration.ts'

describe('of Go', () => {
  it.each([
    ['0', 0],
    ['5s', 5000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['-2m', -120_000],
    ['+2m', 120_000],
    ['500ms', 500],
    ['3us', 0.003],
    ['3µs', 0.003],
    ['1s1s', 2000],
  ])('reads %s', (text, milliseconds) => {
    expect(parseGoDuration(text)).toEqual({ ok: true, milliseconds })
  })

  it.each([
    ['', 'invalid duration ""'],
    ['s', 'invalid duration "s"'],
    ['1', 'missing unit in duration "1"'],
    ['1d', 'unknown unit "d" in duration "1d"'],
    ['1toString', 'unknown unit "toString" in duration "1toString"'],
    ['1h 2m', 'unknown unit "h " in duration "1h 2m"'],
    ['--1s', 'invalid duration "--1s"'],
    ['999999999h', 'invalid duration "999999999h"'],
  ])('refuses %j', (text, message) => {
    expect(parseGoDuration(text)).toEqual({ ok: false, message })
  })

  it.each([
    [0, '0s'],
    [0.000001, '1ns'],
    [0.0015, '1.5µs'],
    [1.5, '1.5ms'],
    [1500, '1.5s'],
    [60_000, '1m0s'],
    [5_400_000, '1h30m0s'],
    [-90_000, '-1m30s'],
  ])('prints %d', (milliseconds, text) => {
    expect(formatGoDuration(milliseconds)).toBe(text)
  })

  it('reads what it prints', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
        const read = parseGoDuration(formatGoDuration(ms))
        expect(read.ok && Math.abs(read.milliseconds - ms) < 1e-3).toBe(true)
      }),
    )
  })
})

describe('of Prometheus', () => {
  it.each([
    ['0', 0],
    ['15d', 15 * 86_400_000],
    ['1y2w3d4h5m6s7ms', 365 * 86_400_000 + 14 * 86_400_000 + 3 * 86_400_000 + 4 * 3_600_000 + 5 * 60_000 + 6007],
  ])('reads %s', (text, milliseconds) => {
    expect(parsePrometheusDuration(text)).toEqual({ ok: true, milliseconds })
  })

  it.each(['', '1', '1.5s', '1s1m', '1m1m', '-1s', ' 1s', '300y'])('refuses %j', (text) => {
    expect(parsePrometheusDuration(text).ok).toBe(false)
  })

  it.each([
    [0, '0s'],
    [60_000, '1m'],
    [90_000, '1m30s'],
    [14 * 86_400_000, '2w'],
    [15 * 86_400_000, '15d'],
    [365 * 86_400_000, '1y'],
    [1001, '1s1ms'],
  ])('prints %d', (milliseconds, text) => {
    expect(formatPrometheusDuration(milliseconds)).toBe(text)
  })

  it('reads what it prints', () => {
    fc.assert(
      fc.property(fc.nat(9e12), (milliseconds) => {
        expect(parsePrometheusDuration(formatPrometheusDuration(milliseconds))).toEqual({ ok: true, milliseconds })
      }),
    )
  })
})
