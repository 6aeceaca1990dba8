/** How long a suspected member has to refute: the shorter, the more others agree. */
import { confirmationsWanted, leastSuspicionMs, suspicionMs } from './times.ts'
import type { Member, Membership, Suspicion, Turn } from './types.ts'

export function startSuspicion(m: Membership, member: Member, accuser: string, now: number): void {
  // The living only: the dead and gone, remembered for half a minute, can confirm nothing, and would make us wait for them.
  const n = m.living
  const leastMs = leastSuspicionMs(n, m.timing.probeIntervalMs)
  const wanted = confirmationsWanted(n)
  member.suspicion = { startedAt: now, endsAt: now, leastMs, wanted, accusers: new Set([accuser]) }
  setEnd(m, member.suspicion, wholeTime(member.suspicion))
}

/** Whether this accuser is news. What would have ended in the past ends at the next step. */
export function confirmSuspicion(m: Membership, suspicion: Suspicion, accuser: string): boolean {
  const { accusers, wanted } = suspicion
  if (accusers.size - 1 >= wanted || accusers.has(accuser)) return false
  accusers.add(accuser)
  setEnd(m, suspicion, wholeTime(suspicion))
  return true
}

export function endSuspicion(member: Member, turn: Turn): void {
  if (member.suspicion === undefined) return
  member.suspicion = undefined
  turn.changed = true
}

/** This node slept: everybody under suspicion has the whole time again. */
export function restartSuspicions(m: Membership, now: number): void {
  m.suspicionAt = Number.POSITIVE_INFINITY
  for (const { suspicion } of m.list) {
    if (suspicion === undefined) continue
    suspicion.startedAt = now
    setEnd(m, suspicion, wholeTime(suspicion))
  }
}

/** The member gets its last look now. If it answers, it has the shortest time again. */
export function extendSuspicion(m: Membership, suspicion: Suspicion, now: number): void {
  suspicion.startedAt = now
  setEnd(m, suspicion, m.timing.probeTimeoutMs + suspicion.leastMs)
}

/** Those whose last look is due; sets when to look again. */
export function endingSuspicions(m: Membership, now: number): [Member, Suspicion][] {
  const ending: [Member, Suspicion][] = []
  m.suspicionAt = Number.POSITIVE_INFINITY
  for (const member of m.list) {
    const { suspicion } = member
    if (suspicion === undefined) continue
    const due = lastLookAt(m, suspicion)
    if (due <= now) ending.push([member, suspicion])
    else m.suspicionAt = Math.min(m.suspicionAt, due)
  }
  return ending
}

/** With the confirmations so far. */
function wholeTime({ leastMs, wanted, accusers }: Suspicion): number {
  return suspicionMs(leastMs, wanted, accusers.size - 1)
}

function setEnd(m: Membership, suspicion: Suspicion, ms: number): void {
  suspicion.endsAt = suspicion.startedAt + ms
  m.suspicionAt = Math.min(m.suspicionAt, lastLookAt(m, suspicion))
}

/** So early that its result is there when the suspicion ends. */
function lastLookAt(m: Membership, suspicion: Suspicion): number {
  return suspicion.endsAt - m.timing.probeTimeoutMs
}
