/** No more than so many at a time; the others wait for their turn, in the order of their coming, until their deadline. */
import type { Monotonic } from '../ports.ts'
import type { Timers } from '../time/timers.ts'

export interface Turns {
  /** Resolves to what must be called when the work is over; undefined when there was no turn before `deadline`, or too many wait. */
  take(deadline: Monotonic): Promise<(() => void) | undefined>
}

export function createTurns(timers: Timers, most: number, mostWaiting: number): Turns {
  const waiting = new Set<() => void>()
  let underWay = 0

  function begin(): () => void {
    underWay++
    let over = false
    return () => {
      if (over) return
      over = true
      underWay--
      const [next] = waiting
      next?.()
    }
  }

  return {
    take(deadline) {
      if (underWay < most) return Promise.resolve(begin())
      if (waiting.size >= mostWaiting) return Promise.resolve(undefined)
      return new Promise((resolve) => {
        const end = (turn: boolean): void => {
          waiting.delete(go)
          limit.cancel()
          resolve(turn ? begin() : undefined)
        }
        const go = (): void => end(true)
        const limit = timers.at(deadline, () => end(false))
        waiting.add(go)
      })
    },
  }
}
