/** Passing on: what is queued when, what rides on probes and answers, the gossip ticks, and telling everybody directly. */
import { MAX_GOSSIP_BYTES, MAX_PIGGYBACK_BYTES, MAX_PIGGYBACK_MESSAGES, MAX_TOLD_DIRECTLY } from '../../limits.ts'
import type { PeerAddress } from '../address.ts'
import type { Urgency } from '../transport.ts'
import { encodeMessage } from '../wire/messages.ts'
import type { StateMessage } from '../wire/types.ts'
import { clear, enqueue, type Token, take } from './broadcasts.ts'
import { type Gossiped, isSelf, lives, randomMembers, speaksChecksums, yielding } from './table.ts'
import { retransmitLimit } from './times.ts'
import type { Member, Membership, Turn } from './types.ts'

/** Members that one gossip tick reaches. */
const FAN_OUT = 3

/** Queues what is news about a member. A node that behaves as absent passes nothing on. */
export function passOn(m: Membership, message: Gossiped, turn: Turn, token?: Token): void {
  if (yielding(m)) {
    if (token !== undefined) turn.finished.push(token)
    return
  }
  enqueue(m.memberQueue, message.node, encodeMessage(message), token, turn.finished)
}

/** Queues what is news about a node's state. */
export function passOnState(m: Membership, message: StateMessage, turn: Turn, token?: Token): void {
  if (yielding(m)) {
    if (token !== undefined) turn.finished.push(token)
    return
  }
  enqueue(m.stateQueue, message.node, encodeMessage(message), token, turn.finished)
}

export function forgetBroadcasts(m: Membership, turn: Turn): void {
  clear(m.memberQueue, turn.finished)
  clear(m.stateQueue, turn.finished)
}

/** Sends a probe or an answer, with as much gossip as fits beside it. */
export function sendWithGossip(
  m: Membership,
  to: PeerAddress,
  carrier: Uint8Array,
  crc: boolean,
  urgency: Urgency,
  turn: Turn,
): void {
  const parts = [carrier]
  if (!yielding(m)) collect(m, MAX_PIGGYBACK_BYTES, MAX_PIGGYBACK_MESSAGES, parts, turn)
  turn.effects.push({ kind: 'send', to, parts, crc, urgency })
}

export function gossipTick(m: Membership, turn: Turn): void {
  const { now } = turn
  const targets = randomMembers(
    m,
    FAN_OUT,
    turn.random,
    (member) =>
      !isSelf(m, member.name) &&
      (lives(member) || (member.state === 'dead' && now - member.changedAt <= m.timing.deadMs)),
  )
  for (const target of targets) {
    const parts: Uint8Array[] = []
    collect(m, MAX_GOSSIP_BYTES, Number.POSITIVE_INFINITY, parts, turn)
    if (parts.length === 0) return
    turn.effects.push({ kind: 'send', to: target.address, parts, crc: speaksChecksums(target), urgency: 'gossip' })
  }
}

/** Whether a gossip tick would have anything to send, and anybody to send it to. */
export function hasGossip(m: Membership): boolean {
  return (m.memberQueue.byKey.size > 0 || m.stateQueue.byKey.size > 0) && m.list.length > 1 && !yielding(m)
}

/** Sends one message of this node's own to all others at once, or to as many as are told directly. */
export function tell(m: Membership, bytes: Uint8Array, token: Token | undefined, turn: Turn): void {
  const others = othersLiving(m)
  if (others === 0) return
  const other = (member: Member): boolean => lives(member) && !isSelf(m, member.name)
  const everyone = others <= MAX_TOLD_DIRECTLY
  const members = everyone ? m.list.filter(other) : randomMembers(m, MAX_TOLD_DIRECTLY, turn.random, other)
  const to = members.map((member) => ({ address: member.address, crc: speaksChecksums(member) }))
  turn.effects.push({ kind: 'tell', to, bytes, token, everyone })
}

export function othersLiving(m: Membership): number {
  const self = m.members.get(m.name)
  return self !== undefined && lives(self) ? m.living - 1 : m.living
}

function collect(m: Membership, maxBytes: number, maxCount: number, parts: Uint8Array[], turn: Turn): void {
  const before = parts.length
  const used = take(m.memberQueue, retransmitLimit(m.list.length), maxBytes, maxCount, parts, turn.finished)
  const left = maxCount - (parts.length - before)
  if (left > 0 && used < maxBytes)
    take(m.stateQueue, retransmitLimit(m.living), maxBytes - used, left, parts, turn.finished)
}
