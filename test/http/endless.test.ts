import { describe, expect, it } from 'vitest'
import { createEndless, type Endless } from '../../core/http/endless.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

interface World {
  readonly clock: FakeClock
  readonly endless: Endless
}

function world(): World {
  const clock = createFakeClock()
  return { clock, endless: createEndless(createTimers(clock), new AbortController().signal) }
}

describe('an endless answer', () => {
  it('that can not go on ends alone: its reader is told, and others go on', async () => {
    const { clock, endless } = world()
    let ended = 0
    const broken = endless.open(() => ({
      everyMs: 1_000,
      next() {
        throw new Error('broken')
      },
      ended: () => void ended++,
    }))
    const whole = endless.open(() => ({ everyMs: 1_000, next: () => 'piece', ended() {} }))
    const failure = (broken as Response).text().catch(String)
    await clock.advance(1_000)
    expect(await failure).toContain('broken')
    expect(ended).toBe(1)
    const reader = ((whole as Response).body as ReadableStream<Uint8Array>).getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('piece')
    await reader.cancel()
    await clock.advance(1_000)
    expect(clock.pending).toBe(0)
  })
})
