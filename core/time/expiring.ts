/** What is true of a text until a moment, such as that a token is genuine: remembered no longer than that, and never for too many. */

export interface Expiring {
  /** Undefined for what isn't remembered; what is over is still here until room is needed. */
  until(text: string): number | undefined
  remember(text: string, until: number, now: number): void
  forget(text: string): void
  clear(): void
}

/** Times are the caller's, in any unit. When there are `most`, those that are over go first, then the one that came first. */
export function createExpiring(most: number): Expiring {
  /** In the order of their coming. */
  const entries = new Map<string, number>()

  return {
    until: (text) => entries.get(text),
    remember(text, until, now) {
      if (entries.size >= most) {
        for (const [old, end] of entries) if (end < now) entries.delete(old)
        const [oldest] = entries.keys()
        if (entries.size >= most) entries.delete(oldest)
      }
      entries.set(text, until)
    },
    forget: (text) => void entries.delete(text),
    clear: () => entries.clear(),
  }
}
