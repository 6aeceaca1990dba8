/** The cases themselves: as many as the originals have, and none that lets a bad sender pass. */
import { describe, expect, it } from 'vitest'
import { type Case, type Level, titleOf } from './case.ts'
import { CASES, GENERATION_A } from './cases.ts'
import { GENERATION_C } from './generation-c.ts'
import { judge } from './judge.ts'
import type { Captured, Outcome } from './outcome.ts'
import type { WireHistogram, WireRequest, WireSeries } from './wire.ts'

const NOW = Date.now()

/** Everything is wrong with it that can be wrong with a message. */
const HISTOGRAM: WireHistogram = {
  ...{ count: 1, sum: 1, schema: 0.5, zeroThreshold: 0, zeroCount: 0, timestamp: 0, start: 1 },
  ...{ negativeSpans: [], negativeDeltas: [], positiveSpans: [], positiveDeltas: [], customValues: [] },
}
const SERIES: WireSeries = {
  refs: [9, 9, 9],
  labels: [
    ['__bad', ''],
    ['', 'x'],
    ['__bad', 'y'],
  ],
  samples: [
    { value: 1, bits: '3ff0000000000000', timestamp: 1000, start: 2000 },
    { value: 1, bits: '3ff0000000000000', timestamp: 999, start: 2000 },
  ],
  histograms: [HISTOGRAM],
  exemplars: [{ refs: [9], labels: [], value: 0, timestamp: 1 }],
  metadata: { type: 9, family: '', help: '', unit: '', helpRef: 9, unitRef: 9 },
}
const MESSAGE: WireRequest = { version: '2.0', symbols: ['x', 'x'], series: [SERIES], metadata: [] }
const FRAMED = Uint8Array.from([0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59])

function request(at: number): Captured {
  const headers = { 'content-type': 'text/plain', 'retry-attempt': '1' }
  return { at, method: 'PUT', path: '/', headers, body: FRAMED, message: MESSAGE, error: undefined, status: 200 }
}

const BAD: Outcome = {
  requests: [request(NOW), request(NOW), request(NOW)],
  ...{ scrapes: [NOW], target: 'x', startedAt: NOW, stoppedAt: NOW + 5000, output: '', metrics: '', second: true },
  exit: { code: 0, signal: null, tookMs: 1 },
}

function lets(outcome: Outcome): string[] {
  return CASES.filter((one) => passes(one, outcome)).map(titleOf)
}

function passes(one: Case, outcome: Outcome): boolean {
  try {
    judge(one, outcome)
    return true
  } catch {
    return false
  }
}

describe('the compliance cases', () => {
  it('are as many as the originals have, of each level', () => {
    const count = (level: Level): number => GENERATION_A.filter((one) => one.level === level).length
    // One case of the original has two halves here.
    expect([count('MUST'), count('SHOULD'), count('MAY'), count('RECOMMENDED')]).toEqual([68, 57 + 1, 20, 11])
    expect(new Set(GENERATION_A.map(({ test }) => test)).size).toBe(26)
    expect(new Set(GENERATION_C.map(({ test }) => test)).size).toBe(19)
  })

  it('have titles of their own', () => {
    expect(new Set(CASES.map(titleOf)).size).toBe(CASES.length)
  })

  it('let no sender pass that sends nothing', () => {
    expect(lets({ ...BAD, requests: [] })).toEqual([])
  })

  it('let no sender pass that sends rubbish', () => {
    expect(lets(BAD)).toEqual([])
  })

  it('let no sender pass that is killed by a signal, or whose requests can not be read', () => {
    expect(lets({ ...BAD, exit: { code: null, signal: 'SIGINT', tookMs: 1 } })).toEqual([])
    expect(lets({ ...BAD, requests: [{ ...request(NOW), message: undefined, error: 'no protobuf' }] })).toEqual([])
  })
})
