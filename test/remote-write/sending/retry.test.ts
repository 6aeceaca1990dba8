import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Judging,
  MAX_RETRY_AFTER_MS,
  OPEN,
  type RetryEvent,
  type RetryState,
  retryAfter,
  step,
  type Verdict,
  verdictOn,
} from '../../../core/remote-write/sending/retry.ts'
import { REFUSED, seeded, status } from '../setup.ts'

const FIRST: Judging = { retryOnHttp429: true, protocol: '1.0', fallback: false }
const WRITTEN = 'x-prometheus-remote-write-samples-written'
const limits = { minBackoff: 30, maxBackoff: 5000 }
const steady = { next: () => 0.5 }

function failed(probe: boolean, retryAfter?: number): RetryEvent {
  return { type: 'failed', probe, retryAfter, settings: limits }
}

describe('the status table', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [301, 'rejected'],
    [304, 'rejected'],
    [400, 'rejected'],
    [401, 'rejected'],
    [403, 'rejected'],
    [404, 'rejected'],
    [408, 'rejected'],
    [409, 'rejected'],
    [413, 'rejected'],
    [415, 'rejected'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [599, 'retry'],
    [999, 'retry'],
  ])('%i is %s, with and without retry_on_http_429', (code, verdict) => {
    expect(verdictOn(status(code), FIRST)).toBe(verdict)
    expect(verdictOn(status(code), { ...FIRST, retryOnHttp429: false })).toBe(verdict)
  })

  it('retries 429 only when told, and every failure of the network', () => {
    expect(verdictOn(status(429), FIRST)).toBe('retry')
    expect(verdictOn(status(429), { ...FIRST, retryOnHttp429: false })).toBe('rejected')
    expect(verdictOn(REFUSED, FIRST)).toBe('retry')
    expect(verdictOn({ ok: false, reason: 'timeout', message: '' }, FIRST)).toBe('retry')
  })

  const written = { 'x-prometheus-remote-write-samples-written': '0' }
  it.each<[what: string, answer: ReturnType<typeof status>, alone: Verdict, withFallback: Verdict]>([
    ['a success that says what was written', status(204, '', written), 'delivered', 'delivered'],
    ['a success that says nothing', status(204), 'not_understood', 'other_protocol'],
    ['a success that says nonsense', status(200, '', { [WRITTEN]: 'all' }), 'not_understood', 'other_protocol'],
    ['415', status(415), 'rejected', 'other_protocol'],
    ['400', status(400), 'rejected', 'rejected'],
    ['400 with a partial write', status(400, '', written), 'rejected', 'rejected'],
    ['503', status(503), 'retry', 'retry'],
    ['429', status(429), 'retry', 'retry'],
  ])('of 2.0: %s', (_what, answer, alone, withFallback) => {
    const second: Judging = { ...FIRST, protocol: '2.0' }
    expect(verdictOn(answer, second)).toBe(alone)
    expect(verdictOn(answer, { ...second, fallback: true })).toBe(withFallback)
    // What was sent in 1.0 is never sent in another way, whatever the endpoint may do else.
    expect(verdictOn(status(415), { ...FIRST, fallback: true })).toBe('rejected')
    expect(verdictOn(status(204), { ...FIRST, fallback: true })).toBe('delivered')
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1)
  it.each([
    ['3', 3000],
    [' 120 ', 120_000],
    ['Thu, 01 Jan 2026 00:00:07 GMT', 7000],
    ['Thu, 01 Jan 2026 09:00:00 GMT', MAX_RETRY_AFTER_MS],
    ['99999999999999999999999', MAX_RETRY_AFTER_MS],
    ['Wed, 31 Dec 2025 23:59:59 GMT', undefined],
    ['0', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j ms', (value, ms) => {
    expect(retryAfter(value, now)).toBe(ms)
  })
})

describe('backoff', () => {
  it('doubles from the minimum to the maximum as probes fail, and starts again after an answer', () => {
    let state: RetryState = step(OPEN, failed(false), 0, steady)
    const waits: number[] = []
    let now = 0
    for (let i = 0; i < 10; i++) {
      if (state.phase !== 'waiting') throw new Error(state.phase)
      waits.push(state.until - now)
      now = state.until
      state = step(state, { type: 'due' }, now, steady)
      expect(state.phase).toBe('probing')
      state = step(state, failed(true), now, steady)
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3840, 5000, 5000])
    state = step(step(state, { type: 'due' }, now, steady), { type: 'answered' }, now, steady)
    expect(state).toEqual(OPEN)
    expect(step(state, failed(false), now, steady)).toMatchObject({ until: now + 30 })
  })

  it('is lengthened neither by requests that fail together nor by old ones that fail during a probe', () => {
    const waiting = step(OPEN, failed(false), 0, steady)
    expect(step(waiting, failed(false), 1, steady)).toBe(waiting)
    const probing = step(waiting, { type: 'due' }, 30, steady)
    expect(step(probing, failed(false), 31, steady)).toBe(probing)
    expect(step(waiting, { type: 'answered' }, 1, steady)).toBe(waiting)
  })

  it('does as Retry-After says, also while waiting, and goes on from there', () => {
    const waiting = step(step(OPEN, failed(false), 0, steady), failed(false, 2000), 10, steady)
    expect(waiting).toEqual({ phase: 'waiting', until: 2010, backoff: 2000 })
    expect(step(waiting, failed(false, 100), 20, steady)).toBe(waiting)
    const again = step(step(waiting, { type: 'due' }, 2010, steady), failed(true), 2020, steady)
    expect(again).toEqual({ phase: 'waiting', until: 2020 + 4000, backoff: 4000 })
  })

  it('never shrinks below 0.8 of the interval before, whatever the jitter', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seeded(seed)
        let state: RetryState = OPEN
        let before = 0
        for (let now = 0, i = 0; i < 30; i++) {
          state = step(state, failed(true), now, random)
          if (state.phase !== 'waiting') throw new Error(state.phase)
          const wait = state.until - now
          expect(wait).toBeGreaterThanOrEqual(0.8 * before)
          expect(wait).toBeLessThanOrEqual(5500)
          before = wait
          now = state.until
          state = step(state, { type: 'due' }, now, random)
        }
      }),
    )
  })
})
