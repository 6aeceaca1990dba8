import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clock, Monotonic } from '../../core/ports.ts'
import { createTimers, type Timer, type Timers } from '../../core/time/timers.ts'
import { createFakeClock } from '../support/fake-clock.ts'

/** A host that is late: time jumps, and only then do wake-ups run, one after the other. */
interface LateClock extends Clock {
  jump(ms: number): void
  readonly pending: number
  /** How often `wake` was called. */
  readonly wakes: number
}

function createLateClock(): LateClock {
  const waiting = new Set<{ at: Monotonic; wakeUp: () => void }>()
  let monotonic = 0
  let wakes = 0
  return {
    now: () => monotonic,
    monotonic: () => monotonic,
    wake(at, wakeUp) {
      const wake = { at, wakeUp }
      wakes++
      waiting.add(wake)
      return () => waiting.delete(wake)
    },
    turn: () => Promise.resolve(),
    jump(ms) {
      monotonic += ms
      for (;;) {
        const next = [...waiting].filter(({ at }) => at <= monotonic).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) return
        waiting.delete(next)
        next.wakeUp()
      }
    },
    get pending() {
      return waiting.size
    },
    get wakes() {
      return wakes
    },
  }
}

/** The same promises kept in the plainest way: a list that is sorted whenever anyone looks. */
interface Model {
  at(at: Monotonic, due: () => void): Timer
  jump(ms: number): void
}

function createModel(): Model {
  let now = 0
  let list: { at: Monotonic; due: () => void; live: boolean }[] = []
  return {
    at(at, due) {
      const entry = { at, due, live: true }
      list.push(entry)
      return {
        cancel() {
          entry.live = false
        },
      }
    },
    jump(ms) {
      now += ms
      for (;;) {
        // Sorting is stable, so equal times stay in the order of their making.
        const round = list.filter(({ at, live }) => live && at <= now).sort((a, b) => a.at - b.at)
        if (round.length === 0) return
        for (const entry of round) {
          if (!entry.live) continue
          entry.live = false
          entry.due()
        }
        list = list.filter(({ live }) => live)
      }
    },
  }
}

type Act = { readonly delay: number } | { readonly cancel: number }
type Step =
  | { readonly delay: number; readonly whenDue: readonly Act[] }
  | { readonly cancel: number }
  | { readonly jump: number }

const delay = fc.integer({ min: -3, max: 40 })
const act: fc.Arbitrary<Act> = fc.oneof(fc.record({ delay }), fc.record({ cancel: fc.nat(200) }))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ delay, whenDue: fc.array(act, { maxLength: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ cancel: fc.nat(200) }) },
  { weight: 2, arbitrary: fc.record({ jump: fc.nat(30) }) },
)

/** Plays the steps and notes which timer ran when. Timers are numbered in the order of their making. */
function play(steps: readonly Step[], at: Timers['at'], jump: (ms: number) => void): string[] {
  const log: string[] = []
  const timers: Timer[] = []
  let now = 0
  const make = (delay: number, whenDue: readonly Act[]): void => {
    const number = timers.length
    const due = (): void => {
      log.push(`${number}@${now}`)
      for (const act of whenDue) {
        if ('delay' in act) make(act.delay, [])
        else timers[act.cancel % timers.length].cancel()
      }
    }
    timers.push(at(now + delay, due))
  }
  for (const step of steps) {
    if ('jump' in step) {
      now += step.jump
      jump(step.jump)
    } else if ('cancel' in step) timers[step.cancel % Math.max(1, timers.length)]?.cancel()
    else make(step.delay, step.whenDue)
  }
  // Twice: the callbacks of the first have armed the last ones.
  for (let i = 0; i < 2; i++) {
    now += 1_000
    jump(1_000)
  }
  return log
}

describe('timers', () => {
  it('do what a sorted list does, whatever is armed and cancelled from inside callbacks', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const clock = createLateClock()
        const model = createModel()
        const log = play(steps, createTimers(clock).at, clock.jump)
        expect(log).toEqual(play(steps, model.at, model.jump))
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  it('cost the host one wake-up, however many there are', async () => {
    const clock = createFakeClock({ monotonic: 0 })
    const timers = createTimers(clock)
    const ran: number[] = []
    const order = Array.from({ length: 5_000 }, (_, i) => (i * 2_654_435_761) % 5_000)
    for (const at of order) timers.at(at / 100, () => ran.push(at))
    expect(clock.pending).toBe(1)
    await clock.advance(50)
    expect(ran).toEqual([...order].sort((a, b) => a - b))
    expect(clock.pending).toBe(0)
  })

  it('serve all that is due in one wake-up when the host is late', () => {
    const clock = createLateClock()
    const timers = createTimers(clock)
    let ran = 0
    for (let i = 0; i < 1_000; i++) timers.at(1_000 - i, () => ran++)
    const before = clock.wakes
    clock.jump(2_000)
    expect(ran).toBe(1_000)
    expect(clock.wakes).toBe(before)
  })

  it('let the host breathe: one that arms itself again for now runs at the next wake-up', () => {
    const wakeUps: (() => void)[] = []
    const clock: Clock = {
      ...createFakeClock({ monotonic: 10 }),
      wake(_, wakeUp) {
        wakeUps.push(wakeUp)
        return () => {}
      },
    }
    const timers = createTimers(clock)
    const log: string[] = []
    const again = (): void => {
      log.push('again')
      if (log.length < 10) timers.at(0, again)
    }
    timers.at(1, again)
    timers.at(10, () => log.push('second'))
    wakeUps.at(-1)?.()
    expect(log).toEqual(['again', 'second'])
    wakeUps.at(-1)?.()
    expect(log).toEqual(['again', 'second', 'again'])
  })

  it('forget most of a crowd and still run the rest in order', () => {
    const clock = createLateClock()
    const timers = createTimers(clock)
    const ran: number[] = []
    const order = Array.from({ length: 2_000 }, (_, i) => (i * 7_919) % 2_000)
    const made = order.map((at) => ({ at, timer: timers.at(at, () => ran.push(at)) }))
    for (const { at, timer } of made) if (at % 7 !== 0) timer.cancel()
    clock.jump(2_000)
    expect(ran).toEqual(Array.from({ length: 286 }, (_, i) => i * 7))
  })

  it('leave the host alone as soon as all are cancelled', () => {
    const clock = createLateClock()
    const timers = createTimers(clock)
    const [first, second] = [timers.after(5, () => {}), timers.after(9, () => {})]
    first.cancel()
    expect(clock.pending).toBe(1)
    second.cancel()
    expect(clock.pending).toBe(0)
    let ran = false
    timers.after(7, () => {
      ran = true
    })
    clock.jump(7)
    expect([ran, clock.pending]).toEqual([true, 0])
  })

  it('never run from inside the call that makes them', async () => {
    const clock = createFakeClock()
    let ran = false
    createTimers(clock).at(clock.monotonic() - 5, () => {
      ran = true
    })
    expect(ran).toBe(false)
    await clock.advance(0)
    expect(ran).toBe(true)
  })

  it('go on after one of them throws', async () => {
    const clock = createFakeClock({ monotonic: 0 })
    const timers = createTimers(clock)
    const log: string[] = []
    timers.at(5, () => {
      throw new Error('broken callback')
    })
    timers.at(5, () => log.push('same moment'))
    timers.at(9, () => log.push('later'))
    await expect(clock.advance(20)).rejects.toThrow('broken callback')
    await clock.advance(20)
    expect(log).toEqual(['same moment', 'later'])
  })

  it('refuse NaN, and never come due at +Infinity', async () => {
    const clock = createFakeClock()
    const timers = createTimers(clock)
    expect(() => timers.at(Number.NaN, () => {})).toThrow('NaN')
    expect(() => timers.after(Number.NaN, () => {})).toThrow('NaN')
    timers.after(Number.POSITIVE_INFINITY, () => {
      throw new Error('the end of time')
    })
    expect(clock.pending).toBe(0)
    await clock.advance(1e12)
  })
})

describe('sleep', () => {
  it('ends after its time, not before', async () => {
    const clock = createFakeClock()
    let awake = false
    void createTimers(clock)
      .sleep(100)
      .then(() => {
        awake = true
      })
    await clock.advance(99)
    expect(awake).toBe(false)
    await clock.advance(1)
    expect(awake).toBe(true)
  })

  it('ends at once when the signal aborts, before or during', async () => {
    const clock = createFakeClock()
    const timers = createTimers(clock)
    const controller = new AbortController()
    const during = timers.sleep(1_000, controller.signal)
    controller.abort()
    await during
    await timers.sleep(1_000, controller.signal)
    await clock.advance(0)
    expect(clock.monotonic()).toBe(1_000)
  })

  it('leaves no listener on a signal that outlives it', async () => {
    const clock = createFakeClock()
    const timers = createTimers(clock)
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--
      remove(...args)
    }
    for (let i = 0; i < 20; i++) {
      const sleeping = timers.sleep(10, signal)
      await clock.advance(10)
      await sleeping
    }
    expect(listeners).toBe(0)
  })
})
