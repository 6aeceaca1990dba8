/**
 * SWIM membership as one pure state machine: `step(state, event, now, random)` changes the state and says what is to be
 * done. Owns who is believed alive, what is gossiped, and when; knows no socket, clock or promise. It says itself when it
 * wants to be woken (`wakeAt`), so whoever drives it needs one timer.
 *
 * memberlist's protocol as Alloy speaks it (sections 2.7 to 2.12 of the cluster protocol), with ckit's node states beside it
 * (../states.ts). The rules are in rules.ts, challenges.ts, rival.ts, probing.ts, gossip.ts and exchange.ts; this file only lets them
 * have their turn.
 */

import { MAX_BROADCASTS } from '../../limits.ts'
import type { Monotonic, Random } from '../../ports.ts'
import type { PeerAddress } from '../address.ts'
import type { PeerMeta } from '../peer.ts'
import { changeOwnState, createStates, memberJoined, mergeGossip } from '../states.ts'
import type { Timing } from '../timing.ts'
import { encodeMessage, VERSIONS } from '../wire/messages.ts'
import type { Message, NodeState, StateMessage } from '../wire/types.ts'
import { createBroadcasts, type Token } from './broadcasts.ts'
import { runChallenges } from './challenges.ts'
import { exchangeTick, merge } from './exchange.ts'
import { gossipTick, hasGossip, othersLiving, passOn, passOnState, tell } from './gossip.ts'
import { heardAnnouncement, heardExchange, heardPing } from './heard.ts'
import { restart, timeStoodStill } from './lateness.ts'
import { encodeMeta } from './meta.ts'
import { askForStates } from './missing-states.ts'
import { onAck, onIndirectPing, onNack, onPing, probeTick, runProbe, runRelays } from './probing.ts'
import { followRival, runRival } from './rival.ts'
import { leave, onAlive, onDead, onSilence, onSuspect, onSuspicionEnd, reannounce } from './rules.ts'
import { ownAlive } from './self.ts'
import { endingSuspicions } from './suspicion.ts'
import { insert, isSelf } from './table.ts'
import type { Effect, Event, Membership, Turn } from './types.ts'

export interface MembershipSettings {
  readonly name: string
  readonly address: PeerAddress
  readonly meta: PeerMeta
  readonly timing: Timing
}

const NEVER = Number.POSITIVE_INFINITY

/** A node that knows only itself: alive, viewer, not yet started. */
export function createMembership(settings: MembershipSettings, random: Random): Membership {
  const { name, address, timing, meta } = settings
  const m: Membership = {
    name,
    address,
    timing,
    versions: VERSIONS,
    meta: encodeMeta(meta),
    about: meta,
    members: new Map(),
    list: [],
    living: 1,
    composition: 0,
    cursor: 0,
    incarnation: 1,
    seq: 0,
    left: false,
    score: 0,
    desired: 'viewer',
    states: createStates(name),
    memberQueue: createBroadcasts(MAX_BROADCASTS),
    stateQueue: createBroadcasts(MAX_BROADCASTS),
    stateless: new Set(),
    stateAt: NEVER,
    probe: undefined,
    relays: new Map(),
    challenges: new Map(),
    rival: undefined,
    toldRivalAt: Number.NEGATIVE_INFINITY,
    started: false,
    probeAt: NEVER,
    gossipAt: NEVER,
    exchangeAt: NEVER,
    suspicionAt: NEVER,
    askedAt: NEVER,
    wakeAt: NEVER,
    events: {
      state_change_message: 0,
      unknown_message: 0,
      get_local_state: 0,
      merge_remote_state: 0,
      node_join: 1,
      node_leave: 0,
      node_update: 0,
      node_conflict: 0,
    },
    broadcasts: 0,
    dropped: new Map(),
    quietUntil: Number.NEGATIVE_INFINITY,
  }
  const alive = ownAlive(m)
  const self = insert(m, alive, random)
  self.incarnation = m.incarnation
  self.state = 'alive'
  memberJoined(m.states, name)
  passOn(m, alive, { now: 0, random, effects: [], finished: [], changed: false })
  return m
}

export function step(m: Membership, event: Event, now: Monotonic, random: Random): readonly Effect[] {
  const turn: Turn = { now, random, effects: [], finished: [], changed: false }
  if (now > m.wakeAt) {
    if (now - m.wakeAt > m.timing.probeIntervalMs) restart(m, now)
    else timeStoodStill(m, now - m.wakeAt)
  }
  handle(m, event, turn)
  followRival(m, turn)
  if (m.started) runDue(m, turn)
  for (const token of turn.finished) turn.effects.push({ kind: 'spread', token })
  if (turn.changed) turn.effects.push({ kind: 'changed' })
  return turn.effects
}

function handle(m: Membership, event: Event, turn: Turn): void {
  switch (event.kind) {
    case 'start':
      start(m, turn)
      return
    case 'wake':
      return
    case 'packet':
      // Who answers late is taken for dead: pings come before everything else in the packet.
      for (const message of event.messages) if (message.kind === 'ping') onPing(m, message, event.from, turn)
      for (const message of event.messages) receive(m, message, event.from, turn)
      return
    case 'merge':
      merge(m, event.pushPull, turn)
      if (event.from !== undefined) heardExchange(m, event.from, turn)
      return
    case 'intend':
      m.desired = event.to
      turn.changed = true
      return
    case 'announce':
      announce(m, event.token, turn)
      return
    case 'set-meta':
      setMeta(m, event.meta, turn)
      return
    case 'leave':
      leave(m, event.token, turn)
  }
}

function receive(m: Membership, message: Message, from: PeerAddress | undefined, turn: Turn): void {
  switch (message.kind) {
    case 'ping':
      heardPing(m, message, turn)
      return
    case 'indirect-ping':
      onIndirectPing(m, message, from, turn)
      return
    case 'ack':
      onAck(m, message.seq, turn)
      return
    case 'nack':
      onNack(m, message.seq)
      return
    case 'alive': {
      const before = m.members.get(message.node)?.incarnation
      onAlive(m, message, turn)
      heardAnnouncement(m, message, before, turn)
      return
    }
    case 'suspect':
      onSuspect(m, message, turn)
      return
    case 'dead':
      onDead(m, message, turn)
      return
    case 'state':
      onState(m, message, turn)
  }
}

function onState(m: Membership, message: StateMessage, turn: Turn): void {
  m.events.state_change_message++
  const { broadcast, changed } = mergeGossip(m.states, message)
  if (changed) turn.changed = true
  for (const news of broadcast) {
    m.broadcasts++
    passOnState(m, news, turn)
  }
}

/** First ticks after random delays, so that nodes that were started together don't act together. */
function start(m: Membership, turn: Turn): void {
  if (m.started) return
  m.started = true
  const { timing } = m
  m.probeAt = turn.now + turn.random.next() * timing.probeIntervalMs
  m.gossipAt = turn.now + turn.random.next() * timing.gossipIntervalMs
  m.exchangeAt = turn.now + turn.random.next() * timing.pushPullIntervalMs
}

function announce(m: Membership, token: Token, turn: Turn): void {
  const steps = LADDER.slice(LADDER.indexOf(m.states.own) + 1, LADDER.indexOf(m.desired) + 1)
  const news = steps.flatMap((to) => changeOwnState(m.states, to).broadcast).at(-1)
  // Nobody to tell, nothing to say: whoever waits need not.
  const waits = news !== undefined && othersLiving(m) > 0
  if (!waits) turn.finished.push(token)
  if (news === undefined) return
  const tokenOfNews = waits ? token : undefined
  passOnState(m, news, turn, tokenOfNews)
  tell(m, encodeMessage(news), tokenOfNews, turn)
}

const LADDER: readonly NodeState[] = ['viewer', 'participant', 'terminating']

function setMeta(m: Membership, meta: PeerMeta, turn: Turn): void {
  m.meta = encodeMeta(meta)
  m.about = meta
  const self = m.members.get(m.name)
  if (self !== undefined && isSelf(m, m.name) && !m.left) reannounce(m, self, turn)
}

function runDue(m: Membership, turn: Turn): void {
  const { now } = turn
  const { timing } = m
  runProbe(m, turn)
  if (m.suspicionAt <= now) {
    for (const [member, suspicion] of endingSuspicions(m, now)) onSuspicionEnd(m, member, suspicion, turn)
  }
  if (m.askedAt <= now) {
    m.askedAt = NEVER
    runRelays(m, turn)
    for (const claim of runChallenges(m, turn)) {
      if (claim.kind === 'alive') onAlive(m, claim, turn, true)
      else onSilence(m, claim, turn)
    }
  }
  runRival(m, turn)
  if (m.probeAt <= now) {
    m.probeAt = next(m.probeAt, now, timing.probeIntervalMs)
    probeTick(m, turn)
  }
  if (m.exchangeAt <= now) exchangeTick(m, turn)
  if (m.stateAt <= now) askForStates(m, turn)
  // What is news after a silence goes out at once; the rhythm only limits how often.
  if (m.gossipAt <= now && hasGossip(m)) {
    m.gossipAt = next(m.gossipAt, now, timing.gossipIntervalMs)
    gossipTick(m, turn)
  }
  m.wakeAt = wakeTime(m)
}

/** The next tick of a rhythm after `now`; missed ones are left out. */
function next(at: Monotonic, now: Monotonic, interval: number): Monotonic {
  const missed = Math.floor((now - at) / interval)
  const following = at + (missed + 1) * interval
  return following > now ? following : following + interval
}

function wakeTime(m: Membership): Monotonic {
  let at = Math.min(m.probeAt, m.exchangeAt, m.suspicionAt, m.askedAt, m.stateAt)
  if (m.probe !== undefined) at = Math.min(at, m.probe.asked ? m.probe.endsAt : Math.min(m.probe.askAt, m.probe.endsAt))
  if (m.rival !== undefined) at = Math.min(at, m.rival.nextAt)
  // No wake-up for nothing to say.
  return hasGossip(m) ? Math.min(at, m.gossipAt) : at
}
