/**
 * Long work in slices: never more than MAX_SLICE_MS of it in one turn of the event loop, however many works there are. Works
 * are generators that yield often (after some 0.5 ms at most) and take turns with each other.
 */
import { MAX_SLICE_MS } from '../limits.ts'
import type { Clock } from '../ports.ts'

export interface Slices {
  /**
   * Runs a work to its end and resolves to what it returns; rejects with what it throws. Begins at once when there is time
   * left in this turn: short work is done when this returns.
   */
  run<T>(work: Generator<unknown, T>): Promise<T>
}

interface Job {
  /** Does a step; true when it was the last. */
  step(): boolean
}

export function createSlices(clock: Pick<Clock, 'monotonic' | 'turn'>): Slices {
  const jobs: Job[] = []
  /** Of this turn, in ms. */
  let spent = 0
  let pumping = false

  function slice(): void {
    const start = clock.monotonic() - spent
    for (let elapsed = spent; jobs.length > 0 && elapsed < MAX_SLICE_MS; ) {
      if (jobs[0].step()) jobs.shift()
      elapsed = clock.monotonic() - start
      spent = elapsed
    }
    // The next slice is another's.
    if (jobs.length > 1) jobs.push(jobs.shift() as Job)
  }

  async function pump(): Promise<void> {
    pumping = true
    // A turn more than there is work: time spent in the last one is forgotten only when it is over.
    while (jobs.length > 0 || spent > 0) {
      await clock.turn()
      spent = 0
      slice()
    }
    pumping = false
  }

  return {
    run<T>(work: Generator<unknown, T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        jobs.push({
          step() {
            try {
              const { done, value } = work.next()
              if (done) resolve(value)
              return done === true
            } catch (thrown) {
              reject(thrown)
              return true
            }
          },
        })
        if (jobs.length === 1 && spent < MAX_SLICE_MS) slice()
        if (!pumping && (jobs.length > 0 || spent > 0)) void pump()
      })
    },
  }
}
