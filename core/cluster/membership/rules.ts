/**
 * What is believed of whom: memberlist's rules for alive, suspect and dead, and how this node refutes what is said of itself.
 * Follows section 2.7 of the protocol, with two local choices: who claims the name of a member from another address is
 * believed when the holder is silent and the claimant answers, and nobody is buried without a last look.
 */
import { MAX_LAST_LOOKS, MAX_MEMBERS, MAX_META_BYTES } from '../../limits.ts'
import { announceOwnState, memberJoined, memberLeft } from '../states.ts'
import { encodeMessage } from '../wire/messages.ts'
import type { Alive, Dead, MemberEntry, Suspect } from '../wire/types.ts'
import type { Token } from './broadcasts.ts'
import { challenge } from './challenges.ts'
import { othersLiving, passOn, passOnState, tell } from './gossip.ts'
import { missState } from './missing-states.ts'
import { ownNameElsewhere, rivalGone } from './rival.ts'
import { nextIncarnation, ownAlive } from './self.ts'
import { confirmSuspicion, endSuspicion, extendSuspicion, startSuspicion } from './suspicion.ts'
import { copyAnnouncement, count, countJoin, insert, isSelf, lives, log, sameBytes, yielding } from './table.ts'
import { clampScore } from './times.ts'
import type { Member, Membership, Suspicion, Turn } from './types.ts'

export function onAlive(m: Membership, alive: Alive, turn: Turn, replacing: boolean = false): void {
  if (m.left && alive.node === m.name) return
  // While this node yields its name, what was said of it itself is of the past.
  if (alive.node === m.name && alive.address === m.address && yielding(m)) return
  if (!sound(alive)) {
    count(m, 'an announcement with impossible versions or metadata')
    return
  }
  const self = isSelf(m, alive.node)
  let member = m.members.get(alive.node)
  if (member === undefined) {
    if (m.list.length >= MAX_MEMBERS) {
      count(m, 'more members than the table holds')
      return
    }
    member = insert(m, alive, turn.random)
  } else if (member.address !== alive.address && member.state !== 'left' && !replacing) {
    if (lives(member)) m.events.node_conflict++
    if (self) ownNameElsewhere(m, alive, turn)
    else challenge(m, member, alive, turn)
    return
  }
  if (!self && alive.address === member.address && alive.incarnation <= member.incarnation) return
  if (self && alive.incarnation < member.incarnation) return
  endSuspicion(member, turn)
  if (self) {
    if (
      alive.incarnation === member.incarnation &&
      sameBytes(alive.meta, member.meta) &&
      sameBytes(alive.versions, member.versions)
    )
      return
    log(turn, 'warn', `Refuting an alive message for '${m.name}' (${alive.address})`)
    refute(m, member, alive.incarnation, turn)
    return
  }
  accept(m, member, alive, turn)
}

/** The member is alive as announced. */
function accept(m: Membership, member: Member, alive: Alive, turn: Turn): void {
  passOn(m, alive, turn)
  const before = member.state
  const livedBefore = member.changedAt !== Number.NEGATIVE_INFINITY
  const moved = member.address !== alive.address
  const { about } = member
  copyAnnouncement(member, alive)
  if (before !== 'alive') {
    member.state = 'alive'
    member.changedAt = turn.now
    turn.changed = true
  }
  if (before === 'dead' || before === 'left') {
    countJoin(m)
    memberJoined(m.states, member.name)
    if (livedBefore && !m.states.cache.has(member.name)) missState(m, member.name, turn)
  } else if (about !== member.about || moved) {
    m.events.node_update++
    turn.changed = true
  }
}

export function onSuspect(m: Membership, suspect: Suspect, turn: Turn): void {
  const member = m.members.get(suspect.node)
  if (member === undefined || suspect.incarnation < member.incarnation) return
  if (member.suspicion !== undefined) {
    if (confirmSuspicion(m, member.suspicion, suspect.from)) passOn(m, suspect, turn)
    return
  }
  if (member.state !== 'alive') return
  if (isSelf(m, member.name)) {
    log(turn, 'warn', `Refuting a suspect message (from: ${suspect.from})`)
    refute(m, member, suspect.incarnation, turn)
    return
  }
  passOn(m, suspect, turn)
  member.incarnation = suspect.incarnation
  member.state = 'suspect'
  member.changedAt = turn.now
  startSuspicion(m, member, suspect.from, turn.now)
  turn.changed = true
}

export function onDead(m: Membership, dead: Dead, turn: Turn, certain: boolean = false): void {
  const member = m.members.get(dead.node)
  if (member === undefined || !lives(member) || dead.incarnation < member.incarnation) return
  if (isSelf(m, member.name) && !m.left) {
    log(turn, 'warn', `Refuting a dead message (from: ${dead.from})`)
    refute(m, member, dead.incarnation, turn)
    return
  }
  // Nobody suspects it here: more likely its accuser was cut off. Only the member itself says for sure that it leaves.
  const hearsay = !certain && dead.from !== dead.node && member.state === 'alive'
  if (hearsay && challenge(m, member, dead, turn)) return
  endSuspicion(member, turn)
  passOn(m, dead, turn)
  member.incarnation = dead.incarnation
  bury(m, member, dead.from === dead.node ? 'left' : 'dead', turn)
  if (m.rival !== undefined && dead.node === m.name) rivalGone(m, member, turn)
}

function bury(m: Membership, member: Member, state: 'dead' | 'left', turn: Turn): void {
  member.state = state
  member.changedAt = turn.now
  m.living--
  m.composition++
  m.events.node_leave++
  memberLeft(m.states, member.name)
  turn.changed = true
}

/**
 * A suspicion is about to end without a refutation. That may have been lost on this node alone, so the member has a last look
 * before it is buried, and another respite if it answers.
 */
export function onSuspicionEnd(m: Membership, member: Member, suspicion: Suspicion, turn: Turn): void {
  // The name is shared with a rival when this node yields it: "dead, says itself" would mean that the rival has left.
  const from = member.name === m.name ? '' : m.name
  const dead: Dead = { kind: 'dead', incarnation: member.incarnation, node: member.name, from }
  if (challenge(m, member, dead, turn, MAX_LAST_LOOKS)) extendSuspicion(m, suspicion, turn.now)
  else onSilence(m, dead, turn)
}

/** Nobody answered for a member that is said to be dead. */
export function onSilence(m: Membership, dead: Dead, turn: Turn): void {
  const suspicion = m.members.get(dead.node)?.suspicion
  if (suspicion !== undefined) {
    const confirmations = suspicion.accusers.size - 1
    log(turn, 'info', `Marking ${dead.node} as failed, suspect timeout reached (${confirmations} peer confirmations)`)
  }
  onDead(m, dead, turn, true)
}

/** What another table says of a member. That somebody is dead is only hearsay, and starts a suspicion here. */
export function onEntry(m: Membership, entry: MemberEntry, turn: Turn): void {
  const { name: node, incarnation } = entry
  switch (entry.state) {
    case 'alive':
      onAlive(
        m,
        { kind: 'alive', incarnation, node, address: entry.address, meta: entry.meta, versions: entry.versions },
        turn,
      )
      return
    case 'left':
      onDead(m, { kind: 'dead', incarnation, node, from: node }, turn)
      return
    case 'dead':
    case 'suspect':
      onSuspect(m, { kind: 'suspect', incarnation, node, from: m.name }, turn)
  }
}

/** Says of this node that it is alive, over the head of whoever said otherwise. */
function refute(m: Membership, self: Member, accused: number, turn: Turn): void {
  self.incarnation = nextIncarnation(m, accused)
  m.score = clampScore(m.score + 1)
  passOn(m, ownAlive(m), turn)
  // Who believed the accusation has forgotten this node's state with it, ckit's nodes as well.
  if (m.states.own === 'viewer') return
  for (const message of announceOwnState(m.states).broadcast) passOnState(m, message, turn)
}

/** Says farewell: to all directly when they are few, and by gossip. Idempotent. */
export function leave(m: Membership, token: Token, turn: Turn): void {
  const self = m.members.get(m.name)
  m.left = true
  if (self === undefined || !isSelf(m, m.name) || !lives(self) || othersLiving(m) === 0) {
    turn.finished.push(token)
    if (self !== undefined && isSelf(m, m.name) && lives(self)) bury(m, self, 'left', turn)
    return
  }
  const dead: Dead = { kind: 'dead', incarnation: m.incarnation, node: m.name, from: m.name }
  passOn(m, dead, turn, token)
  tell(m, encodeMessage(dead), token, turn)
  bury(m, self, 'left', turn)
}

/** Metadata that this node announces from now on. */
export function reannounce(m: Membership, self: Member, turn: Turn): void {
  nextIncarnation(m, 0)
  const alive = ownAlive(m)
  copyAnnouncement(self, alive)
  m.events.node_update++
  turn.changed = true
  passOn(m, alive, turn)
}

/** Versions that memberlist can live with. Passing on others would crash Alloy nodes or make them refuse all exchanges. */
function sound({ versions, meta }: Alive): boolean {
  if (versions.length !== 6 || (meta?.length ?? 0) > MAX_META_BYTES) return false
  const [pmin, pmax] = versions
  return pmin !== 0 && pmax !== 0 && pmin <= pmax
}
