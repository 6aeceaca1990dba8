/**
 * Claims about a member that this node believes alive, which only the member itself can settle: that its name belongs to
 * another address, or that it is dead. It is pinged, and the claim believed when it keeps silent. A local choice: memberlist
 * refuses the first until the old entry is forgotten, and believes the second at once, so that a node that was cut off takes
 * healthy members out of everybody's table when it returns.
 */
import { MAX_CHALLENGES } from '../../limits.ts'
import { encodeMessage } from '../wire/messages.ts'
import type { MemberState } from '../wire/types.ts'
import { pingOf } from './self.ts'
import { lives, log, nextSeq, speaksChecksums } from './table.ts'
import type { Claim, Member, Membership, Turn } from './types.ts'

/** Pings that must stay unanswered, so that lost packets decide nothing: at 10 % loss each way all three are lost once in 150. */
export const PINGS = 3

/** As memberlist prints them. */
const STATE_NUMBERS: Readonly<Record<MemberState, number>> = { alive: 0, suspect: 1, dead: 2, left: 3 }

/**
 * Whether the claim will be looked into. Of several about one name the newest counts; that somebody else has the name
 * explains more than that its holder is dead.
 */
export function challenge(m: Membership, holder: Member, claim: Claim, turn: Turn): boolean {
  const running = m.challenges.get(holder.name)
  if (running !== undefined) {
    if (claim.kind === 'alive' || running.claim.kind === 'dead') running.claim = claim
    return true
  }
  if (m.challenges.size >= MAX_CHALLENGES) return false
  if (claim.kind === 'alive') {
    const numbers = `Mine: ${holder.address} Theirs: ${claim.address} Old state: ${STATE_NUMBERS[holder.state]}`
    log(turn, 'error', `Conflicting address for ${holder.name}. ${numbers}`)
  }
  m.challenges.set(holder.name, { seq: nextSeq(m), holder: holder.address, claim, pings: 0, nextAt: turn.now })
  m.askedAt = Math.min(m.askedAt, turn.now)
  return true
}

/** Pings what is due, and sets when to look again. Returns the claims that are to be believed. */
export function runChallenges(m: Membership, turn: Turn): Claim[] {
  const believed: Claim[] = []
  for (const [name, running] of m.challenges) {
    if (running.nextAt <= turn.now) {
      const member = m.members.get(name)
      if (member === undefined || member.address !== running.holder) {
        m.challenges.delete(name)
        continue
      }
      const { claim } = running
      if (running.pings === PINGS || !lives(member)) {
        m.challenges.delete(name)
        believed.push(claim)
        if (claim.kind === 'alive')
          log(
            turn,
            'warn',
            `${name} does not answer at ${member.address}, and is taken to have moved to ${claim.address}`,
          )
        continue
      }
      // The claim goes along, so that a holder that lives can answer it for everybody.
      const parts = [pingOf(m, running.seq, name)]
      if (running.pings === 0) parts.push(encodeMessage(claim))
      turn.effects.push({ kind: 'send', to: member.address, parts, crc: speaksChecksums(member), urgency: 'probe' })
      running.pings++
      running.nextAt = turn.now + m.timing.probeTimeoutMs / PINGS
    }
    m.askedAt = Math.min(m.askedAt, running.nextAt)
  }
  return believed
}

/** An answer to a challenge: the claim is wrong. */
export function challengeAnswered(m: Membership, seq: number): boolean {
  for (const [name, running] of m.challenges) {
    if (running.seq !== seq) continue
    m.challenges.delete(name)
    return true
  }
  return false
}
