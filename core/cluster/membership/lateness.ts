/**
 * This node was late itself: suspended, swapped out, or busy. What it did not hear meanwhile says nothing about others.
 *
 * Late by up to a probe interval: every deadline that judges others moves by the lateness, as if time had stood still.
 * Later than that: the probe under way is given up without a verdict, probes for others are dropped, challenges and checks
 * of a rival begin anew, every suspicion has its whole time again, and tables are exchanged at once, since the others may
 * have taken this node for dead.
 */
import type { Monotonic } from '../../ports.ts'
import { restartSuspicions } from './suspicion.ts'
import type { Membership } from './types.ts'

/** Timers are never exact; below this nothing is made of it. */
const IGNORED_MS = 20

export function timeStoodStill(m: Membership, lateMs: number): void {
  if (lateMs < IGNORED_MS) return
  if (m.probe !== undefined) {
    m.probe.askAt += lateMs
    m.probe.endsAt += lateMs
  }
  if (m.rival !== undefined) m.rival.nextAt += lateMs
  for (const challenge of m.challenges.values()) challenge.nextAt += lateMs
  for (const relay of m.relays.values()) relay.endsAt += lateMs
  if (m.suspicionAt === Number.POSITIVE_INFINITY) return
  m.suspicionAt += lateMs
  for (const { suspicion } of m.list) {
    if (suspicion === undefined) continue
    suspicion.startedAt += lateMs
    suspicion.endsAt += lateMs
  }
}

export function restart(m: Membership, now: Monotonic): void {
  m.probe = undefined
  m.relays.clear()
  for (const challenge of m.challenges.values()) {
    challenge.pings = 0
    challenge.nextAt = now
  }
  if (m.rival !== undefined) {
    m.rival.unanswered = 0
    m.rival.nextAt = now
  }
  restartSuspicions(m, now)
  if (m.exchangeAt !== Number.POSITIVE_INFINITY) m.exchangeAt = now
}
