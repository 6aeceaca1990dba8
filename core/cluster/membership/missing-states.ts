/**
 * Members that came back from the dead, and whose ckit state was forgotten when they died: after a partition all of one side.
 * An exchange that came before their return did not count for them, and gossip about their state is long over, so that they
 * would stand as viewers until the next exchange. A local choice: they are asked about soon.
 */
import { isSelf, randomMembers } from './table.ts'
import type { Membership, Turn } from './types.ts'

/** Most often gossip brings the state within this time. */
const STATES_AFTER_MS = 1_000

/** Members without a known state are asked about soon, not at the next exchange. */
export function askForStates(m: Membership, turn: Turn): void {
  for (const name of m.stateless) {
    if (m.states.cache.has(name) || !m.states.peers.has(name)) m.stateless.delete(name)
  }
  if (m.stateless.size === 0) {
    m.stateAt = Number.POSITIVE_INFINITY
    return
  }
  m.stateAt = turn.now + STATES_AFTER_MS * (1 + turn.random.next())
  exchangeWithAnybody(m, turn)
}

/** A member is back whose state is not known. */
export function missState(m: Membership, name: string, turn: Turn): void {
  m.stateless.add(name)
  if (m.stateAt === Number.POSITIVE_INFINITY) m.stateAt = turn.now + STATES_AFTER_MS * (1 + turn.random.next())
}

export function exchangeWithAnybody(m: Membership, turn: Turn): void {
  const [member] = randomMembers(m, 1, turn.random, ({ state, name }) => state === 'alive' && !isSelf(m, name))
  if (member !== undefined) turn.effects.push({ kind: 'exchange', with: member.address })
}
