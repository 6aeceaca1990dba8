/** Asking again and again while somebody looks. One question at a time: a new one puts an end to the one before. */
import type { Answer } from '../page.ts'

export interface PollingWorld {
  readonly hidden: () => boolean
  /** Calls back whenever `hidden` may have changed; returns how to stop. */
  readonly onVisibility: (changed: () => void) => () => void
  readonly ask: <T>(path: string, signal: AbortSignal) => Promise<Answer<T>>
}

export interface Polling {
  askNow(): void
  stop(): void
}

/** The next question comes `seconds` after an answer, so that a slow node is never asked faster than it can answer. */
export function startPolling<T>(
  path: () => string,
  seconds: number,
  got: (answer: Answer<T>) => void,
  world: PollingWorld,
): Polling {
  let timer: ReturnType<typeof setTimeout> | undefined
  let question = new AbortController()
  let due = false

  async function ask(): Promise<void> {
    clearTimeout(timer)
    question.abort()
    const mine = new AbortController()
    question = mine
    due = false
    const answer = await world.ask<T>(path(), mine.signal)
    // Whoever asked since wants to hear only what came of that.
    if (mine.signal.aborted) return
    got(answer)
    timer = setTimeout(whenSeen, seconds * 1000)
  }

  function whenSeen(): void {
    if (world.hidden()) due = true
    else void ask()
  }

  const unsubscribe = world.onVisibility(() => {
    if (due && !world.hidden()) void ask()
  })
  void ask()
  return {
    askNow: () => void ask(),
    stop() {
      clearTimeout(timer)
      question.abort()
      unsubscribe()
      due = false
    },
  }
}
