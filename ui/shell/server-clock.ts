/** The time as the node has it: ages are told by its clock, whatever the reader's shows. */
import type { Timestamp } from '../../core/api/node.ts'

let aheadMs = 0

/** Below this, what differs is the time that the answer took. */
const SAME_MS = 1500

export function learnServerTime(now: Timestamp): void {
  const difference = Date.parse(now) - Date.now()
  aheadMs = Math.abs(difference) < SAME_MS || Number.isNaN(difference) ? 0 : difference
}

/** Ms since the epoch. */
export function serverNow(): number {
  return Date.now() + aheadMs
}
