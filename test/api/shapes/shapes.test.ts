import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isClusterView, isDiagnosis } from '../../../core/api/shapes/cluster.ts'
import { isExplainAnswer } from '../../../core/api/shapes/explanation.ts'
import { isQueuesView } from '../../../core/api/shapes/queues.ts'
import {
  isCount,
  isListOf,
  isMapOf,
  isNullOr,
  isRecord,
  isText,
  isTime,
  knownWords,
} from '../../../core/api/shapes/shape.ts'
import { isAnyTargetsPage, isTargetsPage } from '../../../core/api/shapes/targets.ts'
import {
  MAX_DISCOVERED_TARGETS,
  MAX_MEMBERS,
  MAX_TARGETS_PER_PAGE,
  MAX_TOLD_ELEMENTS,
  MAX_TOLD_TEXT_CHARACTERS,
} from '../../../core/limits.ts'
import { clusterView, diagnosis, nodeReport, nodeRow, sighting, target } from '../../adapters/cli/api-fixtures.ts'
import { changed, pathsIn } from './damage.ts'
import { ONE, PAGE, QUEUES, SAMPLES } from './samples.ts'

describe.each(SAMPLES.map((sample) => [sample.what, sample] as const))('%s', (_, { shape, value }) => {
  it('passes, through JSON as well, and with what a newer version adds', () => {
    expect(shape(value)).toBe(true)
    expect(shape(JSON.parse(JSON.stringify(value)))).toBe(true)
    expect(shape({ ...(value as object), more: [1] })).toBe(true)
  })

  it('is refused as soon as anything in it is gone or of another kind', () => {
    const long = 'x'.repeat(MAX_TOLD_TEXT_CHARACTERS + 1)
    for (const path of pathsIn(value)) {
      for (const wrong of [undefined, true, [{}], [[]], Number.NaN, -1, long]) {
        if (wrong === true && isFlagAt(value, path)) continue
        expect([path.join('.'), wrong, shape(changed(value, path, wrong))]).toEqual([path.join('.'), wrong, false])
      }
    }
  })

  it('is judged without throwing, whatever it is', () => {
    fc.assert(fc.property(fc.anything(), (anything) => typeof shape(anything) === 'boolean'))
    for (const nothing of [undefined, null, 1, 'x', [], [value], {}, () => value]) expect(shape(nothing)).toBe(false)
  })
})

function isFlagAt(value: unknown, path: readonly string[]): boolean {
  return typeof path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value) === 'boolean'
}

describe('words that are not known here', () => {
  it('are shown, and never acted upon', () => {
    const [row] = PAGE.targets
    const newer = { ...PAGE, targets: [{ ...row, health: 'tired' }] }
    expect([isAnyTargetsPage(newer), isTargetsPage(newer)]).toEqual([true, false])
    expect(isQueuesView(changed(QUEUES, ['queues', '0', 'disk'], 'wet'))).toBe(false)
    expect(isDiagnosis({ ...diagnosis(), verdict: 'odd' })).toBe(true)
    const held = { ...nodeReport(), state: 'asleep', hold: { kind: 'tired', since: 1 } }
    expect(isClusterView({ ...clusterView(), node: held })).toBe(true)
    expect(isExplainAnswer(changed(ONE, ['explanation', 'reason'], 'whim'))).toBe(true)
    expect(isExplainAnswer(changed(ONE, ['explanation', 'hold'], { kind: 'too-small', size: 'x', minimum: 1 }))).toBe(
      false,
    )
  })

  it('are words, and not what everything has', () => {
    for (const wrong of [5, null, {}, 'x'.repeat(513)]) {
      expect(isDiagnosis({ ...diagnosis(), verdict: wrong })).toBe(false)
    }
    for (const found of ['toString', '__proto__', 'constructor', 'many']) expect(isExplainAnswer({ found })).toBe(false)
    for (const word of ['toString', '__proto__']) {
      expect(isTargetsPage(changed(PAGE, ['targets', '0', 'health'], word))).toBe(false)
    }
  })
})

describe('bounds', () => {
  const many = <T>(count: number, one: T): T[] => new Array<T>(count).fill(one)

  it('are those of pages, of several pages together, and of clusters', () => {
    const row = target('10.0.0.7')
    const page = (count: number): unknown => ({ ...PAGE, targets: many(count, row) })
    expect(isTargetsPage(page(MAX_TARGETS_PER_PAGE))).toBe(true)
    expect(isTargetsPage(page(MAX_TARGETS_PER_PAGE + 1))).toBe(false)
    expect(isAnyTargetsPage(page(MAX_TARGETS_PER_PAGE + 1))).toBe(true)
    expect(isAnyTargetsPage(page(MAX_DISCOVERED_TARGETS + 1))).toBe(false)
    const peer = nodeRow(sighting('n1', 1))
    expect(isClusterView(clusterView({ peers: many(MAX_MEMBERS, peer) }))).toBe(true)
    expect(isClusterView(clusterView({ peers: many(MAX_MEMBERS + 1, peer) }))).toBe(false)
  })

  it('are there where nobody thinks of any', () => {
    const map = (count: number): unknown => Object.fromEntries(many(count, 1).map((one, i) => [`l${i}`, one]))
    expect(isListOf(isCount)(many(MAX_TOLD_ELEMENTS, 1))).toBe(true)
    expect(isListOf(isCount)(many(MAX_TOLD_ELEMENTS + 1, 1))).toBe(false)
    expect(isMapOf(isCount)(map(MAX_TOLD_ELEMENTS))).toBe(true)
    expect(isMapOf(isCount)(map(MAX_TOLD_ELEMENTS + 1))).toBe(false)
    const long = 'x'.repeat(MAX_TOLD_TEXT_CHARACTERS)
    expect([isText(long), isText(`${long}x`)]).toEqual([true, false])
    expect([isMapOf(isCount)({ [long]: 1 }), isMapOf(isCount)({ [`${long}x`]: 1 })]).toEqual([true, false])
  })
})

describe('a label or a reason of any name', () => {
  it('passes, and its value is looked at', () => {
    const isTexts = isMapOf(isText)
    expect(isTexts(JSON.parse('{"__proto__":"a","constructor":"b"}'))).toBe(true)
    expect(isTexts(JSON.parse('{"__proto__":{"a":1}}'))).toBe(false)
  })
})

describe('a time', () => {
  it('is one that the calendar has', () => {
    for (const time of ['2026-01-28T23:59:59Z', '2026-01-31T00:00:00.123Z', '2024-02-29T10:00:00.123456789Z']) {
      expect([time, isTime(time)]).toEqual([time, true])
    }
    const wrong = ['', '2026-00-01T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-00T00:00:00Z', '2026-01-32T00:00:00Z']
    const wrongClock = ['2026-01-01T25:00:00Z', '2026-01-01T00:60:00Z', '2026-01-01T00:00:61Z', '2026-01-01T00:00:00']
    for (const time of [...wrong, ...wrongClock, '2026-01-01T00:00:00+01:00', '2026-01-01', 'now', 5, null]) {
      expect([time, isTime(time)]).toEqual([time, false])
    }
  })

  it('is read by every engine, whenever it is', () => {
    const range = { min: new Date(0), max: new Date(253_402_300_799_999), noInvalidDate: true }
    fc.assert(fc.property(fc.date(range), (date) => isTime(date.toISOString())))
    // Whatever passes can be computed with.
    const two = (most: number): fc.Arbitrary<string> => fc.nat(most).map((n) => String(n).padStart(2, '0'))
    const parts = fc.tuple(two(99), two(13), two(32), two(25), two(61), two(61), fc.constantFrom('', '.5', '.123'))
    fc.assert(
      fc.property(parts, ([year, month, day, hour, minute, second, more]) => {
        const time = `20${year}-${month}-${day}T${hour}:${minute}:${second}${more}Z`
        expect(isTime(time)).toBe(!Number.isNaN(Date.parse(time)))
      }),
      { numRuns: 500 },
    )
  })
})

describe('a check that has fallen behind its type', () => {
  it('does not compile', () => {
    // @ts-expect-error it may be null by now
    isRecord<{ a: string | null }>({ a: isText })
    // @ts-expect-error it may not be null any more
    isRecord<{ a: string }>({ a: isNullOr(isText) })
    // @ts-expect-error there is another word
    isRecord<{ a: 'x' | 'y' }>({ a: knownWords({ x: true }) })
    // @ts-expect-error there is no such word any more
    isRecord<{ a: 'x' }>({ a: knownWords({ x: true, y: true }) })
    // @ts-expect-error there is another field
    isRecord<{ a: string; b: string }>({ a: isText })
    // @ts-expect-error there is no such field any more
    isRecord<{ a: string }>({ a: isText, b: isText })
    // @ts-expect-error it is a list of something else
    isRecord<{ a: readonly string[] }>({ a: isListOf(isCount) })
    expect(isRecord<{ a: readonly string[] }>({ a: isListOf(isText) })({ a: ['x'] })).toBe(true)
  })
})
