/** What was removed and hasn't ended yet: an instance that still flushes owns what is known by its id. */
import type { Instance } from './instance.ts'
import { type StopPatience, stopAll } from './lifecycle.ts'
import type { Dependencies } from './order.ts'

export interface Leaving {
  has(id: string): boolean
  /** Stops these, dependants first; resolves when all have ended or were given up. */
  stop(removed: ReadonlyMap<string, Instance>, dependants: Dependencies): Promise<void>
  /** Resolves when these are gone; without ids, all of them. */
  gone(ids?: ReadonlySet<string>): Promise<void>
}

export function createLeaving(patience: StopPatience): Leaving {
  const leaving = new Map<string, Promise<void>>()
  return {
    has: (id) => leaving.has(id),
    stop(removed, dependants) {
      const { done, each } = stopAll(removed, dependants, patience)
      for (const [id, ended] of each) {
        leaving.set(id, ended)
        void ended.then(() => leaving.delete(id))
      }
      return done
    },
    async gone(ids = new Set(leaving.keys())) {
      await Promise.all([...ids].map((id) => leaving.get(id)))
    },
  }
}
