/**
 * Claims that only the member itself can settle: that its name belongs to another address, or that it is dead though this
 * node believes it alive, or has not heard it refute a suspicion. The holder of the name is pinged unless it is dead, and the
 * claim believed when it keeps silent and, of another address, when somebody answers there: else old gossip of two addresses
 * that are both gone would keep their name alive for ever. A local choice: memberlist refuses the first until the old entry
 * is forgotten, and believes the second at once, so that a node that was cut off takes healthy members out of everybody's
 * table when it returns.
 */
import { MAX_CHALLENGES } from '../../limits.ts'
import type { PeerAddress } from '../address.ts'
import { encodeMessage } from '../wire/messages.ts'
import type { MemberState } from '../wire/types.ts'
import { pingOf } from './self.ts'
import { lives, log, nextSeq, speaksChecksums } from './table.ts'
import type { Challenge, Claim, Member, Membership, Turn } from './types.ts'

/** Pings that must stay unanswered, so that lost packets decide nothing: at 10 % loss each way all three are lost once in 150. */
export const PINGS = 3

/** As memberlist prints them. */
const STATE_NUMBERS: Readonly<Record<MemberState, number>> = { alive: 0, suspect: 1, dead: 2, left: 3 }

/**
 * Whether the claim will be looked into, as one of `most` at one time. Of several about one name the newest counts; that
 * somebody else has the name explains more than that its holder is dead.
 */
export function challenge(
  m: Membership,
  holder: Member,
  claim: Claim,
  turn: Turn,
  most: number = MAX_CHALLENGES,
): boolean {
  const running = m.challenges.get(holder.name)
  if (running !== undefined) {
    if (running.asking === 'holder' && (claim.kind === 'alive' || running.claim.kind === 'dead')) running.claim = claim
    return true
  }
  if (m.challenges.size >= most) return false
  if (claim.kind === 'alive' && lives(holder)) {
    const numbers = `Mine: ${holder.address} Theirs: ${claim.address} Old state: ${STATE_NUMBERS[holder.state]}`
    log(turn, 'error', `Conflicting address for ${holder.name}. ${numbers}`)
  }
  m.challenges.set(holder.name, {
    seq: nextSeq(m),
    holder: holder.address,
    claim,
    asking: 'holder',
    pings: 0,
    nextAt: turn.now,
  })
  m.askedAt = Math.min(m.askedAt, turn.now)
  return true
}

/** Pings what is due, and sets when to look again. Returns the claims that are to be believed. */
export function runChallenges(m: Membership, turn: Turn): Claim[] {
  const believed: Claim[] = []
  for (const [name, running] of m.challenges) {
    if (running.nextAt <= turn.now) {
      const member = m.members.get(name)
      const verdict = member?.address === running.holder ? pursue(m, member, running, turn) : 'dismissed'
      if (verdict === 'believed') believed.push(running.claim)
      if (verdict !== 'open') {
        m.challenges.delete(name)
        continue
      }
    }
    m.askedAt = Math.min(m.askedAt, running.nextAt)
  }
  return believed
}

function pursue(m: Membership, holder: Member, running: Challenge, turn: Turn): 'open' | 'believed' | 'dismissed' {
  const { claim } = running
  if (running.asking === 'holder' && (running.pings === PINGS || !lives(holder))) {
    if (claim.kind === 'dead') return 'believed'
    running.asking = 'claimant'
    running.seq = nextSeq(m)
    running.pings = 0
  }
  if (running.asking === 'answered') {
    const moved = `and is taken to have moved to ${addressOf(running)}`
    if (lives(holder)) log(turn, 'warn', `${holder.name} does not answer at ${holder.address}, ${moved}`)
    return 'believed'
  }
  if (running.pings === PINGS) return 'dismissed'
  const parts = [pingOf(m, running.seq, holder.name)]
  // The claim goes along, so that a holder that lives can answer it for everybody.
  if (running.asking === 'holder' && running.pings === 0) parts.push(encodeMessage(claim))
  const crc = running.asking === 'holder' && speaksChecksums(holder)
  turn.effects.push({ kind: 'send', to: addressOf(running), parts, crc, urgency: 'probe' })
  running.pings++
  running.nextAt = turn.now + m.timing.probeTimeoutMs / PINGS
  return 'open'
}

/** Of who is being asked. */
function addressOf({ asking, claim, holder }: Challenge): PeerAddress {
  return asking !== 'holder' && claim.kind === 'alive' ? claim.address : holder
}

/** An answer to a challenge: by the holder, then the claim is wrong; by who claims its name, then it is right. */
export function challengeAnswered(m: Membership, seq: number, turn: Turn): boolean {
  for (const [name, running] of m.challenges) {
    if (running.seq !== seq) continue
    const member = m.members.get(name)
    if (member !== undefined) member.heardAt = turn.now
    if (running.asking === 'holder') {
      m.challenges.delete(name)
      // It must have refuted the suspicion, or doesn't know of it: its own table has the truth.
      if (member?.state === 'suspect') turn.effects.push({ kind: 'exchange', with: running.holder })
    } else {
      running.asking = 'answered'
      running.nextAt = turn.now
      m.askedAt = Math.min(m.askedAt, turn.now)
    }
    return true
  }
  return false
}
