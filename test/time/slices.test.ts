import { describe, expect, it } from 'vitest'
import { MAX_SLICE_MS } from '../../core/limits.ts'
import { createSlices } from '../../core/time/slices.ts'

/** A clock that each step of a work moves forward; `turns` collects how much was done in each turn. */
function stepClock(): {
  monotonic(): number
  turn(): Promise<void>
  spend(ms: number): void
  readonly turns: number[]
} {
  let now = 0
  const turns = [0]
  return {
    monotonic: () => now,
    async turn() {
      await new Promise((resolve) => setImmediate(resolve))
      turns.push(0)
    },
    spend(ms) {
      now += ms
      turns[turns.length - 1] += ms
    },
    turns,
  }
}

describe('slices', () => {
  function* work(clock: ReturnType<typeof stepClock>, steps: number, log: string[], name: string) {
    for (let i = 0; i < steps; i++) {
      clock.spend(1)
      log.push(name)
      yield
    }
    return name
  }

  it('does short work at once', () => {
    const clock = stepClock()
    const log: string[] = []
    void createSlices(clock).run(work(clock, 3, log, 'a'))
    expect(log).toHaveLength(3)
  })

  it('never does more than a slice in one turn, whoever asks and however often', async () => {
    const clock = stepClock()
    const slices = createSlices(clock)
    const log: string[] = []
    const all = ['a', 'b', 'c', 'd'].map((name) => slices.run(work(clock, 21, log, name)))
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd'])
    await slices.run(work(clock, 30, log, 'e'))
    expect(log).toHaveLength(4 * 21 + 30)
    expect(Math.max(...clock.turns)).toBe(MAX_SLICE_MS)
  })

  it('lets works take turns', async () => {
    const clock = stepClock()
    const slices = createSlices(clock)
    const log: string[] = []
    const long = slices.run(work(clock, 500, log, 'long'))
    await slices.run(work(clock, 5, log, 'short'))
    expect(log.length).toBeLessThan(50)
    await long
  })

  it('hands on what a work throws, and goes on with the others', async () => {
    const clock = stepClock()
    const slices = createSlices(clock)
    const log: string[] = []
    function* broken() {
      yield
      throw new Error('broken')
    }
    const first = slices.run(work(clock, 20, log, 'a'))
    await expect(slices.run(broken())).rejects.toThrow('broken')
    expect(await first).toBe('a')
  })
})
