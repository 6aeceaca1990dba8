/**
 * When each member was last heard itself: an answer to a ping, a ping of its own, a new announcement that is gossiped, an exchange
 * that this node opened. What others say of a member in their tables doesn't count. For people alone: nothing is decided by it.
 */
import type { PeerAddress } from '../address.ts'
import type { Alive, Ping } from '../wire/types.ts'
import { isSelf } from './table.ts'
import type { Membership, Turn } from './types.ts'

/** Who pings says who it is; only Go's oldest versions don't. */
export function heardPing(m: Membership, { source }: Ping, turn: Turn): void {
  if (source.node === undefined) return
  const member = m.members.get(source.node)
  // Somebody else may go by that name.
  if (member !== undefined && member.address === source.address) member.heardAt = turn.now
}

/** To be called when an announcement was taken or not; `before` is the incarnation that was known until then. */
export function heardAnnouncement(m: Membership, alive: Alive, before: number | undefined, turn: Turn): void {
  if (alive.incarnation === before || isSelf(m, alive.node)) return
  const member = m.members.get(alive.node)
  if (member?.incarnation === alive.incarnation && member.address === alive.address) member.heardAt = turn.now
}

/** An exchange with this address went well. */
export function heardExchange(m: Membership, from: PeerAddress, turn: Turn): void {
  for (const member of m.list) if (member.address === from) member.heardAt = turn.now
}
