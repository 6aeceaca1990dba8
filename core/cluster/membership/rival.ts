/**
 * Another node under this node's own name. The rival is looked at: if it answers, and is older or no skein node, this node
 * yields: it takes the rival for the member of that name and behaves as absent, until the rival is gone. Of two skein nodes
 * exactly one yields, whoever hears of the other first.
 */
import { announceOwnState, memberJoined, withdraw } from '../states.ts'
import { encodeMessage } from '../wire/messages.ts'
import type { Alive } from '../wire/types.ts'
import { PINGS } from './challenges.ts'
import { forgetBroadcasts, passOn, passOnState, tell } from './gossip.ts'
import { parseMeta } from './meta.ts'
import { nextIncarnation, ownAlive, pingOf } from './self.ts'
import { copyAnnouncement, countJoin, insert, lives, log, nextSeq } from './table.ts'
import type { Member, Membership, Rival, Turn } from './types.ts'

/** Somebody is said to be alive at another address under this node's name. */
export function ownNameElsewhere(m: Membership, alive: Alive, turn: Turn): void {
  if (m.rival !== undefined) return
  const about = parseMeta(alive.meta)
  if (about !== undefined && !isOlder(m, about.started, alive.address)) {
    // It has to yield, and may not know yet. One word per interval is enough.
    if (turn.now - m.toldRivalAt < m.timing.probeIntervalMs) return
    m.toldRivalAt = turn.now
    const parts = [encodeMessage(ownAlive(m))]
    turn.effects.push({ kind: 'send', to: alive.address, parts, crc: true, urgency: 'probe' })
    // The others may have taken its state for this node's.
    for (const message of announceOwnState(m.states).broadcast) passOnState(m, message, turn)
    return
  }
  m.rival = {
    phase: 'checking',
    alive,
    address: alive.address,
    seq: nextSeq(m),
    unanswered: 0,
    quick: true,
    nextAt: turn.now,
  }
}

/** Pings the rival when it is time, and draws the conclusion when it has been silent for too long. */
export function runRival(m: Membership, turn: Turn): void {
  const { rival } = m
  if (rival === undefined || rival.nextAt > turn.now) return
  if (rival.unanswered >= PINGS) {
    if (rival.phase === 'yielding') comeBack(m, turn)
    else m.rival = undefined
    return
  }
  const parts = [pingOf(m, rival.seq, m.name)]
  turn.effects.push({ kind: 'send', to: rival.address, parts, crc: false, urgency: 'probe' })
  rival.unanswered++
  rival.nextAt = turn.now + (rival.quick ? m.timing.probeTimeoutMs / PINGS : m.timing.probeIntervalMs)
}

export function rivalAnswered(m: Membership, seq: number, turn: Turn): boolean {
  const { rival } = m
  if (rival === undefined || rival.seq !== seq) return false
  rival.seq = nextSeq(m)
  rival.unanswered = 0
  rival.quick = false
  rival.nextAt = turn.now + m.timing.probeIntervalMs
  if (rival.phase === 'checking') yieldTo(m, rival, turn)
  return true
}

/** The table says that the rival is gone. When it left it is; when others say that it is dead, it may yet answer. */
export function rivalGone(m: Membership, member: Member, turn: Turn): void {
  if (m.rival?.phase !== 'yielding') return
  if (member.state === 'left') {
    comeBack(m, turn)
    return
  }
  m.rival.quick = true
  m.rival.unanswered = 0
  m.rival.nextAt = turn.now
}

/**
 * While this node yields its name: another address may have taken it over, or a process that started later may have taken
 * the place of the one that it was yielded to.
 */
export function followRival(m: Membership, turn: Turn): void {
  const { rival } = m
  if (rival?.phase !== 'yielding') return
  const member = m.members.get(m.name)
  if (member === undefined) return
  if (member.about !== undefined && !isOlder(m, member.about.started, member.address)) {
    comeBack(m, turn)
  } else if (member.address !== rival.address) {
    rival.address = member.address
    rival.seq = nextSeq(m)
    rival.unanswered = 0
  }
}

/** Of two skein nodes with one name the one keeps it that started earlier; at the same second the lower address. */
function isOlder(m: Membership, started: number, address: string): boolean {
  const own = m.about?.started ?? 0
  return started < own || (started === own && address < m.address)
}

function yieldTo(m: Membership, rival: Rival, turn: Turn): void {
  log(
    turn,
    'error',
    `Conflicting address for ${m.name}. Mine: ${m.address} Theirs: ${rival.address} Old state: 0; this node owns nothing until the other is gone`,
  )
  rival.phase = 'yielding'
  forgetBroadcasts(m, turn)
  withdraw(m.states)
  m.probe = undefined
  m.relays.clear()
  m.challenges.clear()
  const member = m.members.get(m.name)
  if (member !== undefined) copyAnnouncement(member, rival.alive)
  turn.changed = true
}

/** The name is free again: announces this node over everything that was said of the name, and the state it wants to be in. */
function comeBack(m: Membership, turn: Turn): void {
  const rival = m.rival
  m.rival = undefined
  log(turn, 'info', `the name ${m.name} is this node's again: who had it at ${rival?.address} is gone`)
  const member = m.members.get(m.name) ?? insert(m, ownAlive(m), turn.random)
  nextIncarnation(m, member.incarnation)
  const alive = ownAlive(m)
  copyAnnouncement(member, alive)
  member.suspicion = undefined
  if (!lives(member)) countJoin(m)
  member.state = 'alive'
  member.changedAt = turn.now
  passOn(m, alive, turn)
  tell(m, encodeMessage(alive), undefined, turn)
  m.states.absent = false
  m.states.own = m.desired
  memberJoined(m.states, m.name)
  for (const message of announceOwnState(m.states).broadcast) {
    passOnState(m, message, turn)
    tell(m, encodeMessage(message), undefined, turn)
  }
  // Little was heard while absent.
  m.exchangeAt = turn.now
  turn.changed = true
}
