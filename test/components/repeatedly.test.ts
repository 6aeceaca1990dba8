import { describe, expect, it } from 'vitest'
import { repeatedly } from '../../core/components/repeatedly.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock } from '../support/fake-clock.ts'

describe('looking repeatedly', () => {
  it('looks at once, then and again, soon after signs, and no more when told to stop', async () => {
    const clock = createFakeClock()
    const abort = new AbortController()
    const looks: number[] = []
    let soon = (): void => {}
    const look = async (): Promise<void> => void looks.push(clock.monotonic() - 1_000)
    const done = repeatedly(createTimers(clock), 1_000, look, abort.signal, (sign) => {
      soon = sign
    })
    await clock.advance(1_500)
    soon()
    soon()
    await clock.advance(1_000)
    expect(looks).toEqual([0, 1_000, 1_550])
    abort.abort()
    await done
    await clock.advance(10_000)
    expect(looks).toHaveLength(3)
    expect(clock.pending).toBe(0)
  })

  it('is not kept from looking by signs that do not end', async () => {
    const clock = createFakeClock()
    const abort = new AbortController()
    let looks = 0
    let soon = (): void => {}
    const look = async (): Promise<void> => void looks++
    const done = repeatedly(createTimers(clock), 60_000, look, abort.signal, (sign) => {
      soon = sign
    })
    for (let i = 0; i < 20; i++) {
      await clock.advance(40)
      soon()
    }
    expect(looks).toBeGreaterThan(5)
    abort.abort()
    await done
  })

  it('looks again after a sign that came while it looked, and never twice at the same time', async () => {
    const clock = createFakeClock()
    const abort = new AbortController()
    let looking = 0
    let looks = 0
    let soon = (): void => {}
    const timers = createTimers(clock)
    async function look(): Promise<void> {
      looking++
      looks++
      expect(looking).toBe(1)
      await timers.sleep(20, abort.signal)
      looking--
    }
    const done = repeatedly(timers, 60_000, look, abort.signal, (sign) => {
      soon = sign
    })
    await clock.advance(10)
    soon()
    await clock.advance(100)
    expect(looks).toBe(2)
    abort.abort()
    await done
  })
})
