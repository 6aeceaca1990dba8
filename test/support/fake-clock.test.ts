import { describe, expect, it } from 'vitest'
import { createFakeClock } from './fake-clock.ts'

describe('the fake clock', () => {
  it('runs wake-ups in order of time, then of making, each at its moment', async () => {
    const clock = createFakeClock({ monotonic: 0 })
    const log: string[] = []
    const note = (name: string) => () => log.push(`${name}@${clock.monotonic()}`)
    clock.wake(30, note('c'))
    clock.wake(10, note('a'))
    clock.wake(30, note('d'))
    clock.wake(20, note('b'))
    clock.wake(31, note('e'))
    await clock.advance(30)
    expect(log).toEqual(['a@10', 'b@20', 'c@30', 'd@30'])
    expect(clock.monotonic()).toBe(30)
    expect(clock.pending).toBe(1)
    expect(clock.nextWake).toBe(31)
  })

  it('lets everything settle that a wake-up sets going before time moves on', async () => {
    const clock = createFakeClock({ monotonic: 0 })
    const log: number[] = []
    const tick = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) await Promise.resolve()
      await clock.turn()
      await clock.turn()
      log.push(clock.monotonic())
      clock.wake(clock.monotonic() + 5, () => void tick())
    }
    void tick()
    await clock.advance(12)
    expect(log).toEqual([0, 5, 10])
  })

  it('moves both clocks together, and lets the wall clock jump alone', async () => {
    const clock = createFakeClock({ now: 5_000, monotonic: 100 })
    await clock.advance(50)
    expect([clock.now(), clock.monotonic()]).toEqual([5_050, 150])
    clock.setWall(1_000)
    await clock.advance(1)
    expect([clock.now(), clock.monotonic()]).toEqual([1_001, 151])
  })

  it('does not run what was cancelled, and runs what is overdue without moving', async () => {
    const clock = createFakeClock({ monotonic: 100 })
    const log: string[] = []
    const cancel = clock.wake(100, () => log.push('cancelled'))
    clock.wake(50, () => log.push('overdue'))
    cancel()
    await clock.advance(0)
    expect(log).toEqual(['overdue'])
    expect(clock.monotonic()).toBe(100)
  })

  it('rejects with what a wake-up throws', async () => {
    const clock = createFakeClock({ monotonic: 0 })
    clock.wake(3, () => {
      throw new Error('from the wake-up')
    })
    await expect(clock.advance(10)).rejects.toThrow('from the wake-up')
    expect(clock.monotonic()).toBe(3)
    await expect(clock.advance(-1)).rejects.toThrow(RangeError)
  })
})
