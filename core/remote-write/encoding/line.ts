/**
 * Loads on their way into the open block of an endpoint: one after the other, each cut into slices with a turn for everyone
 * else in between. Owns that order, which is the order in which samples are sent.
 */
import { MAX_SLICE_MS } from '../../limits.ts'
import type { Clock } from '../../ports.ts'
import type { Load } from './load.ts'
import type { LoadFacts, OpenBlock } from './open-block.ts'

export interface Line {
  /** Resolves when the load is in, and its memory may be used again; undefined when it is already. */
  enter(load: Load, facts: LoadFacts): Promise<void> | undefined
}

export function createLine(open: OpenBlock, clock: Pick<Clock, 'monotonic' | 'turn'>): Line {
  /** The last one, while there is one. */
  let last: Promise<void> | undefined

  function queueUp(turn: Promise<void>): Promise<void> {
    last = turn
    const leave = (): void => {
      if (last === turn) last = undefined
    }
    return turn.then(leave, (thrown) => {
      leave()
      throw thrown
    })
  }

  /** One slice; true when the load is in. */
  function work(): boolean {
    const over = slice(clock)
    while (open.step()) if (over()) return false
    return true
  }

  async function finishWork(): Promise<void> {
    do await clock.turn()
    while (!work())
  }

  return {
    enter(load, facts) {
      if (load.runCount === 0) return undefined
      if (last === undefined) {
        open.begin(load, facts)
        if (work()) return undefined
        return queueUp(finishWork())
      }
      return queueUp(
        last.then(() => {
          open.begin(load, facts)
          return finishWork()
        }),
      )
    },
  }
}

/** Says when a slice of work has taken long enough. */
export function slice(clock: Pick<Clock, 'monotonic'>): () => boolean {
  const until = clock.monotonic() + MAX_SLICE_MS
  return () => clock.monotonic() >= until
}
