/** Bounded concurrency: so many works at a time, the others wait for their turn, first come first served. */

export interface Places {
  /** Runs `work` as soon as there is a place; passes on what it resolves to or rejects with. */
  run<T>(work: () => Promise<T>): Promise<T>
  /**
   * Runs `work` for each of the items; resolves to all results in their order. The first failure is passed on and makes the
   * signal of the others abort, as `outer` does.
   */
  all<I, T>(items: readonly I[], outer: AbortSignal, work: (item: I, signal: AbortSignal) => Promise<T>): Promise<T[]>
}

/** Those who wait are as many as call: callers have their own bound. */
export function createPlaces(count: number): Places {
  const waiting: (() => void)[] = []
  let free = count

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      // The place is handed over, not given back: nobody can take it in between.
      if (next === undefined) free++
      else next()
    }
  }

  return {
    run,
    async all(items, outer, work) {
      // A signal for each: hosts take many listeners on one for a leak.
      const underWay = new Set<AbortController>()
      let over = outer.aborted
      const stop = (): void => {
        over = true
        for (const own of underWay) own.abort()
      }
      outer.addEventListener('abort', stop, { once: true })
      const one = (item: (typeof items)[number]) => async (): ReturnType<typeof work> => {
        if (over) throw new Error('context canceled')
        const own = new AbortController()
        underWay.add(own)
        try {
          return await work(item, own.signal)
        } catch (thrown) {
          // Before its place goes to the next.
          stop()
          throw thrown
        } finally {
          underWay.delete(own)
        }
      }
      try {
        return await Promise.all(items.map((item) => run(one(item))))
      } finally {
        stop()
        outer.removeEventListener('abort', stop)
      }
    },
  }
}
