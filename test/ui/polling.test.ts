import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Answer } from '../../ui/page.ts'
import { type Polling, startPolling } from '../../ui/shell/polling.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

interface Asked {
  readonly path: string
  readonly signal: AbortSignal
  readonly answer: (value: string) => Promise<void>
}

function world() {
  const asked: Asked[] = []
  const listeners = new Set<() => void>()
  const state = { hidden: false, path: 'a' }
  const got: string[] = []
  const polling: Polling = startPolling<string>(
    () => state.path,
    2,
    (answer) => got.push(answer.ok ? answer.value : answer.text),
    {
      hidden: () => state.hidden,
      onVisibility(changed) {
        listeners.add(changed)
        return () => listeners.delete(changed)
      },
      ask<T>(path: string, signal: AbortSignal): Promise<Answer<T>> {
        return new Promise((resolve) => {
          asked.push({
            path,
            signal,
            async answer(value) {
              resolve({ ok: true, value: value as T })
              await vi.advanceTimersByTimeAsync(0)
            },
          })
        })
      },
    },
  )
  const look = (hidden: boolean): void => {
    state.hidden = hidden
    for (const changed of listeners) changed()
  }
  return { asked, state, got, polling, look, listeners }
}

describe('polling', () => {
  it('asks at once, and again so long after an answer', async () => {
    const { asked, got } = world()
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked, 'a slow node is not asked again').toHaveLength(1)
    await asked[0].answer('one')
    expect(got).toEqual(['one'])
    await vi.advanceTimersByTimeAsync(1999)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(asked).toHaveLength(2)
  })

  it('asks nothing while nobody looks, and at once when somebody does again', async () => {
    const { asked, look } = world()
    await asked[0].answer('one')
    look(true)
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(asked).toHaveLength(1)
    look(false)
    expect(asked).toHaveLength(2)
  })

  it('does not ask twice when the window was hidden for a moment only', async () => {
    const { asked, look } = world()
    await asked[0].answer('one')
    look(true)
    look(false)
    expect(asked).toHaveLength(1)
  })

  it('hears only the answer to the newest question', async () => {
    const { asked, got, state, polling } = world()
    state.path = 'b'
    polling.askNow()
    expect(asked.map(({ path }) => path)).toEqual(['a', 'b'])
    expect(asked[0].signal.aborted).toBe(true)
    await asked[1].answer('of b')
    await asked[0].answer('of a')
    expect(got).toEqual(['of b'])
    await vi.advanceTimersByTimeAsync(2000)
    expect(asked, 'one question at a time').toHaveLength(3)
  })

  it('ends', async () => {
    const { asked, got, polling, listeners } = world()
    polling.stop()
    await asked[0].answer('late')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(got).toEqual([])
    expect(asked).toHaveLength(1)
    expect(listeners.size).toBe(0)
  })
})
