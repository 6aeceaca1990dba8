/** The member table: look-up by name, a list in probing order, random choices. Decides nothing. */
import { MAX_MALFORMED_REASONS } from '../../limits.ts'
import type { Random } from '../../ports.ts'
import type { Alive, Message } from '../wire/types.ts'
import { parseMeta } from './meta.ts'
import type { Effect, Member, Membership, Turn } from './types.ts'

/** First version of the protocol that answers with nacks, and the first that expects checksums. */
const NACKS_SINCE = 4
const CHECKSUMS_SINCE = 5

/** Whether a name means this node, which isn't so while it yields the name to another. */
export function isSelf(m: Membership, name: string): boolean {
  return name === m.name && m.rival?.phase !== 'yielding'
}

export function yielding(m: Membership): boolean {
  return m.rival?.phase === 'yielding'
}

export function lives(member: Member): boolean {
  return member.state === 'alive' || member.state === 'suspect'
}

/** Counts a member that lives from now on. */
export function countJoin(m: Membership): void {
  m.living++
  m.composition++
  m.events.node_join++
}

export function speaksNacks(member: Member): boolean {
  return member.versions[1] >= NACKS_SINCE
}

export function speaksChecksums(member: Member): boolean {
  return member.versions[1] >= CHECKSUMS_SINCE
}

/** A new member, not alive yet, at a random place of the probing order: likely not the next to be probed. */
export function insert(m: Membership, alive: Alive, random: Random): Member {
  const member: Member = {
    name: alive.node,
    address: alive.address,
    meta: alive.meta,
    about: parseMeta(alive.meta),
    versions: sameBytes(alive.versions, m.versions) ? m.versions : alive.versions,
    incarnation: 0,
    state: 'dead',
    changedAt: Number.NEGATIVE_INFINITY,
    heardAt: Number.NEGATIVE_INFINITY,
    suspicion: undefined,
  }
  m.members.set(member.name, member)
  const { list } = m
  const at = Math.floor(random.next() * (list.length + 1))
  list.push(member)
  swap(list, at, list.length - 1)
  return member
}

export function copyAnnouncement(member: Member, alive: Alive): void {
  if (!sameBytes(member.meta, alive.meta)) {
    member.meta = alive.meta
    member.about = parseMeta(alive.meta)
  }
  // Nearly all say the same: kept once.
  if (!sameBytes(member.versions, alive.versions)) member.versions = alive.versions
  member.incarnation = alive.incarnation
  member.address = alive.address
}

/** Forgets members that have been dead or gone for longer than `deadMs`, and puts the rest in another order. */
export function reapAndShuffle(m: Membership, now: number, random: Random): void {
  const { list } = m
  let kept = 0
  for (const member of list) {
    if (!lives(member) && member.name !== m.name && now - member.changedAt > m.timing.deadMs) {
      m.members.delete(member.name)
    } else {
      list[kept++] = member
    }
  }
  list.length = kept
  for (let i = kept - 1; i > 0; i--) swap(list, i, Math.floor(random.next() * (i + 1)))
}

/** Up to `count` different members for which `fits` is true, at random. Cheap when most fit; looks at all when few do. */
export function randomMembers(
  m: Membership,
  count: number,
  random: Random,
  fits: (member: Member) => boolean,
): Member[] {
  const chosen: Member[] = []
  const { list } = m
  const n = list.length
  for (let tries = 3 * count + 3; tries > 0 && chosen.length < count; tries--) {
    const member = list[Math.floor(random.next() * n)]
    if (fits(member) && !chosen.includes(member)) chosen.push(member)
  }
  if (chosen.length === count) return chosen
  const start = Math.floor(random.next() * n)
  for (let i = 0; i < n && chosen.length < count; i++) {
    const member = list[(start + i) % n]
    if (fits(member) && !chosen.includes(member)) chosen.push(member)
  }
  return chosen
}

/** The next sequence number; 32 bits on the wire. */
export function nextSeq(m: Membership): number {
  m.seq = m.seq === 0xffff_ffff ? 1 : m.seq + 1
  return m.seq
}

export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === b) return true
  // Nothing and nil are the same to memberlist.
  const n = a?.length ?? 0
  if (n !== (b?.length ?? 0)) return false
  for (let i = 0; i < n; i++) if (a![i] !== b![i]) return false
  return true
}

/** Counts something that was dropped. Reasons are fixed texts, but the table they are counted in has a bound all the same. */
export function count(m: Membership, reason: string): void {
  const known = m.dropped.has(reason) || m.dropped.size < MAX_MALFORMED_REASONS
  const as = known ? reason : 'other reasons'
  m.dropped.set(as, (m.dropped.get(as) ?? 0) + 1)
}

export function log(turn: Turn, level: Extract<Effect, { kind: 'log' }>['level'], message: string): void {
  turn.effects.push({ kind: 'log', level, message })
}

export type Gossiped = Extract<Message, { kind: 'alive' | 'suspect' | 'dead' }>

function swap(list: Member[], a: number, b: number): void {
  const kept = list[a]
  list[a] = list[b]
  list[b] = kept
}
