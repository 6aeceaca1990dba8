/** How many senders the formula gives for receivers and loads of all kinds. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  firstSenders,
  type Observed,
  type SendersLimits,
  type SendersState,
  stepSenders,
} from '../../../core/remote-write/sending/senders.ts'

const LIMITS: SendersLimits = { min: 1, max: 50, batchSendDeadline: 5000 }

function observed(changes: Partial<Observed> = {}): Observed {
  return { ms: 1000, in: 0, out: 0, busySeconds: 0, pending: 0, delay: 0, ...changes }
}

function steady(seconds: number, each: Partial<Observed>, from: SendersState = firstSenders(LIMITS)): SendersState {
  let state = from
  for (let i = 0; i < seconds; i++) state = stepSenders(state, observed(each), LIMITS)
  return state
}

describe('senders', () => {
  it('begin with min_shards', () => {
    expect(firstSenders({ ...LIMITS, min: 3 }).senders).toBe(3)
    expect(firstSenders({ ...LIMITS, min: 0 }).senders).toBe(1)
  })

  it('stay one while one does the work', () => {
    // 400 ms of each second.
    expect(steady(60, { in: 2000, out: 2000, busySeconds: 0.4, pending: 2000, delay: 400 }).senders).toBe(1)
  })

  it('are as many as the load takes of the time of one', () => {
    // Each request of 2,000 takes half a second, and 20,000 come every second.
    const { senders, desired } = steady(60, { in: 20_000, out: 20_000, busySeconds: 5, pending: 10_000, delay: 500 })
    expect(desired).toBeCloseTo(5.6, 1)
    expect(senders).toBe(6)
  })

  it('grow with a backlog up to max_shards, at once, and shrink when it is gone', () => {
    const backlog = steady(2, { in: 2000, out: 2000, busySeconds: 1, pending: 1_000_000, delay: 300_000 })
    expect(backlog.senders).toBe(50)
    const late = steady(30, { in: 2000, out: 100_000, busySeconds: 50, pending: 2000, delay: 20_000 }, backlog)
    expect(late.senders).toBe(50)
    const done = steady(30, { in: 2000, out: 2000, busySeconds: 0.5, pending: 2000, delay: 500 }, late)
    expect(done.senders).toBe(1)
  })

  it('are left alone while nothing is settled, and at a small difference', () => {
    const ten = steady(60, { in: 20_000, out: 20_000, busySeconds: 10, delay: 500 })
    expect(ten.senders).toBe(10)
    expect(steady(60, { in: 20_000, pending: 9_000_000, delay: 60_000 }, ten)).toEqual(ten)
    expect(steady(60, { in: 20_000, out: 20_000, busySeconds: 12, delay: 500 }, ten).senders).toBe(10)
    expect(steady(60, { in: 20_000, out: 20_000, busySeconds: 16, delay: 500 }, ten).senders).toBeGreaterThan(12)
  })

  it('never leave their bounds, and are always a number', () => {
    const amount = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e12, noNaN: true }))
    const step = fc.record({ ms: amount, in: amount, out: amount, busySeconds: amount, pending: amount, delay: amount })
    const bounds = fc.tuple(fc.nat(20), fc.nat(60)).map(([min, more]) => ({ ...LIMITS, min, max: min + more + 1 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), bounds, (steps, limits) => {
        let state = firstSenders(limits)
        for (const one of steps) {
          state = stepSenders(state, one, limits)
          expect(state.senders).toBeGreaterThanOrEqual(Math.max(1, limits.min))
          expect(state.senders).toBeLessThanOrEqual(limits.max)
          expect(state.desired).toBeGreaterThanOrEqual(0)
        }
      }),
      { numRuns: 200 },
    )
  })
})
