/** Push/pull: whole tables compared now and then, which heals what gossip missed. Follows section 2.10 of the protocol. */
import { localStates, mergeExchange } from '../states.ts'
import type { MemberEntry, PushPull } from '../wire/types.ts'
import { passOnState } from './gossip.ts'
import { exchangeWithAnybody } from './missing-states.ts'
import { onEntry } from './rules.ts'
import { count, log, yielding } from './table.ts'
import { exchangeIntervalMs } from './times.ts'
import type { Membership, Turn } from './types.ts'

/** A node that yields its name hears no gossip, and asks this many probe intervals apart. */
const WHILE_YIELDING = 5

export function exchangeTick(m: Membership, turn: Turn): void {
  const { timing } = m
  m.exchangeAt =
    turn.now +
    (yielding(m)
      ? Math.min(timing.pushPullIntervalMs, WHILE_YIELDING * timing.probeIntervalMs)
      : exchangeIntervalMs(m.list.length, timing.pushPullIntervalMs))
  exchangeWithAnybody(m, turn)
}

/** Everything that this node knows, to be told. */
export function localTable(m: Membership, join: boolean): PushPull {
  const members: MemberEntry[] = []
  for (const { name, address, meta, incarnation, state, versions } of m.list) {
    members.push({ name, address, meta, incarnation, state, versions })
  }
  return { join, members, states: localStates(m.states) }
}

export function merge(m: Membership, { members, states }: PushPull, turn: Turn): void {
  if (!versionsAgree(m, members)) {
    count(m, 'an exchange with members of another protocol version')
    log(turn, 'warn', 'refusing the tables of another node: protocol versions that do not fit together')
    return
  }
  for (const entry of members) onEntry(m, entry, turn)
  if (states === undefined) return
  m.events.merge_remote_state++
  const { broadcast, changed } = mergeExchange(m.states, states)
  if (changed) turn.changed = true
  for (const message of broadcast) passOnState(m, message, turn)
}

/** Whether everybody speaks a version that all who are alive understand. */
function versionsAgree(m: Membership, entries: readonly MemberEntry[]): boolean {
  let least = 0
  let most = 255
  let delegateLeast = 0
  let delegateMost = 255
  const narrow = ({ versions, state }: Pick<MemberEntry, 'versions' | 'state'>): void => {
    if (state !== 'alive' || versions.length < 6) return
    least = Math.max(least, versions[0])
    most = Math.min(most, versions[1])
    delegateLeast = Math.max(delegateLeast, versions[3])
    delegateMost = Math.min(delegateMost, versions[4])
  }
  const inside = ({ versions: v }: Pick<MemberEntry, 'versions'>): boolean =>
    v.length < 6 || (v[2] >= least && v[2] <= most && v[5] >= delegateLeast && v[5] <= delegateMost)
  for (const member of m.list) narrow(member)
  for (const entry of entries) narrow(entry)
  for (const entry of entries) if (!inside(entry)) return false
  for (const member of m.list) if (!inside(member)) return false
  return true
}
