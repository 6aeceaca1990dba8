/**
 * Is it still there? Probes one member at a time: directly, then through others, within a time that grows with this node's
 * own slowness; probes for others; answers those who probe this node. Follows section 2.8 of the protocol.
 */
import { MAX_RELAYED_PROBES } from '../../limits.ts'
import type { PeerAddress } from '../address.ts'
import { encodeMessage } from '../wire/messages.ts'
import type { IndirectPing, Ping } from '../wire/types.ts'
import { challengeAnswered } from './challenges.ts'
import { sendWithGossip } from './gossip.ts'
import { rivalAnswered } from './rival.ts'
import { onSuspect } from './rules.ts'
import { pingOf, source } from './self.ts'
import {
  count,
  isSelf,
  lives,
  log,
  nextSeq,
  randomMembers,
  reapAndShuffle,
  speaksChecksums,
  speaksNacks,
  yielding,
} from './table.ts'
import { clampScore } from './times.ts'
import type { Member, Membership, Turn } from './types.ts'

/** Members that are asked to probe for us. */
const HELPERS = 3
/** Least time between two warnings of the kind that anybody can provoke. */
const QUIET_MS = 10_000

/** Begins the next probe, unless one is still running. */
export function probeTick(m: Membership, turn: Turn): void {
  if (m.probe !== undefined || yielding(m)) return
  const member = nextToProbe(m, turn)
  if (member === undefined) return
  const { now } = turn
  const seq = nextSeq(m)
  m.probe = {
    member,
    address: member.address,
    incarnation: member.incarnation,
    seq,
    askAt: now + m.timing.probeTimeoutMs,
    endsAt: now + m.timing.probeIntervalMs * (m.score + 1),
    asked: false,
    nacksExpected: 0,
    nacks: 0,
  }
  const ping = pingOf(m, seq, member.name)
  if (member.state === 'suspect') {
    // Who is suspected must hear of it, to be able to refute.
    const { incarnation, name: node } = member
    const suspect = encodeMessage({ kind: 'suspect', incarnation, node, from: m.name })
    const crc = speaksChecksums(member)
    turn.effects.push({ kind: 'send', to: member.address, parts: [ping, suspect], crc, urgency: 'probe' })
    return
  }
  sendWithGossip(m, member.address, ping, false, 'probe', turn)
}

/** Asks others, or draws the conclusion, when it is time. */
export function runProbe(m: Membership, turn: Turn): void {
  const { probe } = m
  if (probe === undefined) return
  const { member } = probe
  if (!lives(member) || member.address !== probe.address || m.members.get(member.name) !== member) {
    m.probe = undefined
    return
  }
  if (!probe.asked && probe.askAt <= turn.now) {
    probe.asked = true
    askOthers(m, member, probe.seq, turn)
  }
  if (probe.endsAt > turn.now) return
  m.probe = undefined
  const missing = probe.nacksExpected > 0 ? probe.nacksExpected - probe.nacks : 1
  m.score = clampScore(m.score + missing)
  log(turn, 'info', `Suspect ${member.name} has failed, no acks received`)
  onSuspect(m, { kind: 'suspect', incarnation: probe.incarnation, node: member.name, from: m.name }, turn)
}

function askOthers(m: Membership, target: Member, seq: number, turn: Turn): void {
  const helpers = randomMembers(
    m,
    HELPERS,
    turn.random,
    (member) => member !== target && member.state === 'alive' && !isSelf(m, member.name),
  )
  for (const helper of helpers) {
    const nack = speaksNacks(helper)
    if (nack && m.probe !== undefined) m.probe.nacksExpected++
    const asked = encodeMessage({
      kind: 'indirect-ping',
      seq,
      target: target.address,
      node: target.name,
      nack,
      source: source(m),
    })
    sendWithGossip(m, helper.address, asked, false, 'probe', turn)
  }
}

/** The next in the list that is neither self nor dead; at the end of the list the dead are forgotten and it is shuffled. */
function nextToProbe(m: Membership, turn: Turn): Member | undefined {
  for (let looked = 0; looked < m.list.length; looked++) {
    if (m.cursor >= m.list.length) {
      reapAndShuffle(m, turn.now, turn.random)
      m.cursor = 0
    }
    const member = m.list[m.cursor++]
    if (lives(member) && !isSelf(m, member.name)) return member
  }
  return undefined
}

export function onPing(m: Membership, ping: Ping, from: PeerAddress | undefined, turn: Turn): void {
  if (yielding(m)) return
  if (ping.node !== '' && ping.node !== m.name) {
    if (turn.now >= m.quietUntil) {
      m.quietUntil = turn.now + QUIET_MS
      log(turn, 'warn', `Got ping for unexpected node '${ping.node}' from=${ping.source.address ?? from ?? 'unknown'}`)
    }
    count(m, 'a ping for another node')
    return
  }
  const to = ping.source.address ?? from
  if (to === undefined) count(m, 'a ping that says not where to answer')
  else sendWithGossip(m, to, encodeMessage({ kind: 'ack', seq: ping.seq }), false, 'answer', turn)
}

/** Probes on behalf of another. A late answer is still passed on after the nack: it is true, and the asker may still wait. */
export function onIndirectPing(m: Membership, asked: IndirectPing, from: PeerAddress | undefined, turn: Turn): void {
  if (yielding(m)) return
  const to = asked.source.address ?? from
  if (to === undefined) {
    count(m, 'a ping that says not where to answer')
    return
  }
  if (m.relays.size >= MAX_RELAYED_PROBES) {
    count(m, 'more probes for others than are made at a time')
    return
  }
  const seq = nextSeq(m)
  const nackAt = asked.nack ? turn.now + m.timing.probeTimeoutMs : Number.POSITIVE_INFINITY
  m.relays.set(seq, { seq: asked.seq, to, nackAt, endsAt: turn.now + 2 * m.timing.probeIntervalMs })
  m.askedAt = Math.min(m.askedAt, nackAt, turn.now + 2 * m.timing.probeIntervalMs)
  sendWithGossip(m, asked.target, pingOf(m, seq, asked.node), false, 'probe', turn)
}

/** Says who did not answer, forgets what nobody waits for any more, and sets when to look again. */
export function runRelays(m: Membership, turn: Turn): void {
  for (const [own, relay] of m.relays) {
    if (relay.nackAt <= turn.now) {
      relay.nackAt = Number.POSITIVE_INFINITY
      sendWithGossip(m, relay.to, encodeMessage({ kind: 'nack', seq: relay.seq }), false, 'answer', turn)
    }
    if (relay.endsAt <= turn.now) m.relays.delete(own)
    else m.askedAt = Math.min(m.askedAt, relay.nackAt, relay.endsAt)
  }
}

export function onAck(m: Membership, seq: number, turn: Turn): void {
  if (m.probe?.seq === seq) {
    m.probe.member.heardAt = turn.now
    m.probe = undefined
    m.score = clampScore(m.score - 1)
    return
  }
  const relay = m.relays.get(seq)
  if (relay !== undefined) {
    m.relays.delete(seq)
    sendWithGossip(m, relay.to, encodeMessage({ kind: 'ack', seq: relay.seq }), false, 'answer', turn)
    return
  }
  if (!challengeAnswered(m, seq, turn)) rivalAnswered(m, seq, turn)
}

export function onNack(m: Membership, seq: number): void {
  if (m.probe?.seq === seq && m.probe.nacks < m.probe.nacksExpected) m.probe.nacks++
}
