/**
 * ckit's table of node states: who is viewer, participant or terminating, and at which Lamport time that was said. Owns the
 * clock and the rules of merging; never decides who is a member (membership/ tells it) and sends nothing itself: every change
 * returns what is to be passed on.
 *
 * Follows section 3 of the cluster protocol. Data and plain functions; the same steps give the same table.
 */
import { CodedError } from '../errors.ts'
import { MAX_STRANGERS } from '../limits.ts'
import type { NodeState, NodeStateEntry, PushPull, StateMessage } from './wire/types.ts'

export interface States {
  readonly self: string
  /** This node's state, whatever others say of its name. */
  own: NodeState
  /** Lamport time: 0 to 2^64 - 1, where it stays. */
  clock: bigint
  /** State of every live member, self and suspects included. */
  readonly peers: Map<string, NodeState>
  /** The newest that was said of each name; also of some that are no members. */
  readonly cache: Map<string, NodeStateEntry>
  /** Names in `cache` that are not in `peers`, oldest first. */
  readonly strangers: Set<string>
  /** This node behaves as absent: its name belongs to another, and what is said of it is taken as said of that other. */
  absent: boolean
}

/** What a step came to. */
export interface StatesStep {
  /** To be gossiped, each replacing an older one about the same node. */
  readonly broadcast: readonly StateMessage[]
  /** Whether `peers` is not what it was. */
  readonly changed: boolean
}

const MAX_TIME = 0xffff_ffff_ffff_ffffn
const NOTHING: StatesStep = { broadcast: [], changed: false }
const CHANGED: StatesStep = { broadcast: [], changed: true }

export function createStates(self: string): States {
  return {
    self,
    own: 'viewer',
    clock: 0n,
    peers: new Map(),
    cache: new Map(),
    strangers: new Set(),
    absent: false,
  }
}

/** A member is alive, for the first time or again. For an update of one that is there already as well; self included. */
export function memberJoined(states: States, name: string): StatesStep {
  const state = name === states.self && !states.absent ? states.own : (states.cache.get(name)?.state ?? 'viewer')
  const changed = states.peers.get(name) !== state
  states.strangers.delete(name)
  states.peers.set(name, state)
  return changed ? CHANGED : NOTHING
}

/** A member is dead or gone: what was said of it no longer counts. */
export function memberLeft(states: States, name: string): StatesStep {
  states.strangers.delete(name)
  states.cache.delete(name)
  return states.peers.delete(name) ? CHANGED : NOTHING
}

/** A state message that came by gossip. */
export function mergeGossip(states: States, message: StateMessage): StatesStep {
  observe(states, message.time)
  const news = fresh(states, message)
  if (news === undefined) return NOTHING
  const full = states.strangers.size >= MAX_STRANGERS && isStranger(states, news.node)
  const changed = store(states, news)
  // What pushes others out of the table is not passed on, or a flood of made-up names would circulate for ever.
  return { broadcast: full ? [] : [news], changed }
}

/** The node states of a push/pull. */
export function mergeExchange(states: States, { time, entries }: NonNullable<PushPull['states']>): StatesStep {
  observe(states, time)
  const broadcast: StateMessage[] = []
  let changed = false
  for (const entry of entries) {
    if (!states.peers.has(entry.node)) continue
    const news = fresh(states, entry)
    if (news === undefined) continue
    changed = store(states, news) || changed
    broadcast.push(news)
  }
  return { broadcast, changed }
}

/** The own state changes. Throws a CodedError when that is not one step forward. */
export function changeOwnState(states: States, to: NodeState): StatesStep {
  const legal =
    (states.own === 'viewer' && to === 'participant') || (states.own === 'participant' && to === 'terminating')
  if (!legal) throw new CodedError('internal', `invalid transition from ${states.own} to ${to}`)
  states.own = to
  return announceOwnState(states)
}

/** From now on this node behaves as absent: it neither corrects what is said of its name nor announces anything. */
export function withdraw(states: States): void {
  states.absent = true
}

/** The name is this node's again; says so. */
export function comeBack(states: States): StatesStep {
  states.absent = false
  return announceOwnState(states)
}

/** Says the own state once more, at a new time. Nothing while absent. */
export function announceOwnState(states: States): StatesStep {
  if (states.absent) return NOTHING
  const message = ownState(states)
  return { broadcast: [message], changed: store(states, message) }
}

/** What this node says of states in a push/pull: all members, those unheard of as viewers at time 0. */
export function localStates(states: States): NonNullable<PushPull['states']> {
  const entries: NodeStateEntry[] = []
  for (const name of states.peers.keys()) {
    if (name === states.self && states.absent) continue
    const { state, time } = states.cache.get(name) ?? UNHEARD
    entries.push({ node: name, state, time })
  }
  return { time: states.clock, entries }
}

const UNHEARD: { readonly state: NodeState; readonly time: bigint } = { state: 'viewer', time: 0n }

function ownState(states: States): StateMessage {
  return { kind: 'state', node: states.self, state: states.own, time: tick(states) }
}

function tick(states: States): bigint {
  if (states.clock < MAX_TIME) states.clock++
  return states.clock
}

function observe(states: States, time: bigint): void {
  if (time >= states.clock) states.clock = time < MAX_TIME ? time + 1n : MAX_TIME
}

/**
 * What is new in what was said: the same, or about self always the truth at a later time. Of two states at one time the first
 * counts for others; about self the contradiction is corrected.
 */
function fresh(states: States, said: NodeStateEntry): StateMessage | undefined {
  const mine = said.node === states.self && !states.absent
  const known = states.cache.get(said.node)
  if (known !== undefined && said.time <= known.time) {
    if (!mine || said.time < known.time || said.state === known.state) return undefined
  }
  if (mine) return ownState(states)
  return { kind: 'state', node: said.node, state: said.state, time: said.time }
}

/** Whether a member's state is not what it was. */
function store(states: States, { node, state, time }: StateMessage): boolean {
  if (isStranger(states, node)) {
    if (states.strangers.size >= MAX_STRANGERS && !states.strangers.has(node)) {
      const [oldest] = states.strangers
      states.strangers.delete(oldest)
      states.cache.delete(oldest)
    }
    states.strangers.add(node)
  }
  states.cache.set(node, { node, state, time })
  const before = states.peers.get(node)
  if (before === undefined || before === state) return false
  states.peers.set(node, state)
  return true
}

function isStranger(states: States, node: string): boolean {
  return node !== states.self && !states.peers.has(node)
}
