/**
 * What this node remembers of how the work was shared: each division that took effect, with the moment. Owns nothing that is
 * decided; it is for people who ask since when something is as it is. Of the participants it keeps the names alone: who owned
 * a key follows from those.
 */
import { MAX_SHARE_RECORDS } from '../limits.ts'
import type { Hold, ShareRecord, Shares } from './types.ts'

export interface ShareHistory {
  /** These took effect at `at`, in ms since the epoch. One that divides as the one before did is part of it. */
  note(shares: Shares, at: number): void
  /** The oldest first. Another array after every change, which stays as it is. */
  records(): readonly ShareRecord[]
}

export function createShareHistory(): ShareHistory {
  let records: readonly ShareRecord[] = []
  return {
    note({ ring, hold, version }, at) {
      const last = records.at(-1)
      if (last !== undefined && isSameNames(last.participants, ring.names) && isSameHold(last.hold, hold)) return
      const kept = records.length < MAX_SHARE_RECORDS ? records : records.slice(1)
      records = [...kept, { at, participants: ring.names, hold, version }]
    },
    records: () => records,
  }
}

function isSameNames(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((name, i) => name === b[i]))
}

function isSameHold(a: Hold | undefined, b: Hold | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
