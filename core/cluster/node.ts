/**
 * One node of a cluster at work: the state machines of membership/ driven by timers and a transport. Owns no decision of
 * the protocol (those are pure and next door) and no policy of when to join or leave (that is cluster.ts).
 */
import { CodedError, messageOf } from '../errors.ts'
import type { Clock, Monotonic, Random } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Timer, Timers } from '../time/timers.ts'
import type { PeerAddress } from './address.ts'
import type { Token } from './membership/broadcasts.ts'
import { localTable } from './membership/exchange.ts'
import { createMembership, step } from './membership/membership.ts'
import { createPeerList } from './membership/peer-list.ts'
import { count } from './membership/table.ts'
import type { Effect, Event, GossipEvent } from './membership/types.ts'
import type { NameConflict, PeerMeta, Peers } from './peer.ts'
import type { Timing } from './timing.ts'
import type { Answer, PeerReceiver, PeerTransport } from './transport.ts'
import { packPackets, unpackPacket } from './wire/packet.ts'
import { readStream, writeStream } from './wire/stream.ts'
import type { NodeState, PushPull } from './wire/types.ts'

export type { GossipEvent } from './membership/types.ts'

export interface NodeSettings {
  readonly name: string
  readonly address: PeerAddress
  /** `--cluster.name`: at most 255 bytes, empty for none. */
  readonly label: string
  readonly meta: PeerMeta
  readonly timing: Timing
}

export interface NodeDeps {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly transport: PeerTransport
  readonly log: Logger
}

export type JoinResult = { readonly address: PeerAddress } & (
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string }
)

/** For metrics, read when they are collected. Counts are totals since the start. */
export interface NodeStats {
  readonly events: Readonly<Record<GossipEvent, number>>
  /** State messages passed on after arriving by gossip. */
  readonly broadcasts: number
  readonly aliveMembers: number
  /** Everything in the member table: the dead that are not forgotten yet included. */
  readonly knownMembers: number
  /** 0 is best, 7 worst. */
  readonly healthScore: number
  readonly lamportTime: bigint
  readonly queuedBroadcasts: number
  /** Packets that were dropped because they made no sense, by reason. */
  readonly malformed: ReadonlyMap<string, number>
}

export interface ClusterNode extends PeerReceiver {
  readonly name: string
  readonly address: PeerAddress
  /** Begins to probe, gossip, and exchange. */
  start(): void
  peers(): Peers
  /** When this peer was last heard itself; undefined when it never was, or isn't known. */
  lastHeard(name: string): Monotonic | undefined
  conflict(): NameConflict | undefined
  /**
   * Called at once after `peers()` or `conflict()` changed, and never twice for the same; returns how to unsubscribe. What a
   * listener throws is logged.
   */
  onChange(listener: () => void): () => void
  /**
   * Changes the own state: here at once, and for the others as soon as `settled` resolves (they are told directly when they
   * are few, by gossip when they are many). Resolves when that is done, or after `deadlineMs`. A change that is not legal
   * (only viewer to participant to terminating is) throws CodedError 'internal'.
   */
  changeState(to: NodeState, options: { readonly settled?: Promise<void>; readonly deadlineMs: number }): Promise<void>
  /** One push/pull with each, all at the same time. Oneself is left out and counts as failed with the reason `self`. */
  join(addresses: readonly PeerAddress[]): Promise<readonly JoinResult[]>
  /** Announces other metadata, such as after a reload. */
  setMeta(meta: PeerMeta): void
  /** Tells the others that this node is gone; resolves when they know or after `deadlineMs`. */
  leave(deadlineMs: number): Promise<void>
  /** Ends all timers; nothing is sent or answered any more. Without `leave` others find out by probing. */
  stop(): void
  stats(): NodeStats
}

export type CreateNode = (settings: NodeSettings, deps: NodeDeps) => ClusterNode

export const createNode: CreateNode = (settings, deps) => {
  const { name, address, label, timing } = settings
  const { clock, timers, random, transport } = deps
  const log = deps.log.with({ subsystem: 'memberlist' })
  const membership = createMembership(settings, random)
  const peerList = createPeerList(membership)
  const listeners = new Set<() => void>()
  /** Who waits until the others know; called once. */
  const waiting = new Map<Token, () => void>()
  let lastToken: Token = 0
  let timer: Timer | undefined
  let timerAt: Monotonic = Number.POSITIVE_INFINITY
  let stopped = false

  function run(event: Event): void {
    if (stopped) return
    const effects = step(membership, event, clock.monotonic(), random)
    arm()
    for (const effect of effects) perform(effect)
  }

  function arm(): void {
    if (membership.wakeAt === timerAt) return
    disarm()
    timerAt = membership.wakeAt
    timer = timerAt === Number.POSITIVE_INFINITY ? undefined : timers.at(timerAt, wake)
  }

  function disarm(): void {
    timer?.cancel()
    timer = undefined
  }

  function wake(): void {
    timer = undefined
    timerAt = Number.POSITIVE_INFINITY
    try {
      run({ kind: 'wake' })
    } catch (thrown) {
      // A bug; the next turn may still go well, but must not come at once and for ever.
      log.error('a turn of the cluster failed', { err: messageOf(thrown) })
      disarm()
      timerAt = clock.monotonic() + timing.probeIntervalMs
      timer = timers.at(timerAt, wake)
    }
  }

  function perform(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        for (const packet of packPackets(effect.parts, { label, crc: effect.crc }))
          void transport.send(effect.to, packet, effect.urgency)
        return
      case 'tell':
        void tell(effect)
        return
      case 'exchange':
        void exchange(effect.with, false).then((failure) => {
          if (failure !== undefined && !stopped) log.warn(`Push/Pull with ${effect.with} failed`, { err: failure })
        })
        return
      case 'spread':
        finish(effect.token)
        return
      case 'changed':
        peerList.invalidate()
        notify()
        return
      case 'log':
        log[effect.level](effect.message)
    }
  }

  async function tell({ to, bytes, token, everyone }: Extract<Effect, { kind: 'tell' }>): Promise<void> {
    const [plain] = packPackets([bytes], { label, crc: false })
    const [summed] = packPackets([bytes], { label, crc: true })
    const taken = await Promise.all(to.map((peer) => transport.send(peer.address, peer.crc ? summed : plain, 'probe')))
    if (token !== undefined && everyone && !taken.includes(false)) finish(token)
  }

  function finish(token: Token): void {
    waiting.get(token)?.()
    waiting.delete(token)
  }

  function notify(): void {
    for (const listener of [...listeners]) {
      try {
        listener()
      } catch (thrown) {
        log.error('a listener for changes of the cluster failed', { err: messageOf(thrown) })
      }
    }
  }

  function request(join: boolean): PushPull {
    membership.events.get_local_state++
    return localTable(membership, join)
  }

  /** One push/pull; what went wrong, for people, or undefined. */
  async function exchange(to: PeerAddress, join: boolean): Promise<string | undefined> {
    const bytes = writeStream({ kind: 'push-pull', pushPull: request(join) }, label)
    const outcome = await transport.exchange(to, bytes, clock.monotonic() + timing.exchangeTimeoutMs)
    if (stopped) return 'this node has stopped'
    if (!outcome.ok) return outcome.reason
    const read = readStream(outcome.answer, undefined)
    if ('ok' in read) {
      count(membership, read.reason)
      return read.reason
    }
    if (read.kind === 'more') return 'the answer was cut short'
    for (const problem of read.problems) count(membership, problem)
    if (read.message.kind === 'error') return read.message.text
    if (read.message.kind !== 'push-pull') return 'the answer was something else'
    run({ kind: 'merge', pushPull: read.message.pushPull, from: to })
    return undefined
  }

  /** Resolves when the others know what the event of this token says, or at the deadline. */
  function known(deadline: Monotonic, event: (token: Token) => Event): Promise<void> {
    const token = ++lastToken
    return new Promise((resolve) => {
      const limit = timers.at(deadline, () => finish(token))
      waiting.set(token, () => {
        limit.cancel()
        resolve()
      })
      run(event(token))
      if (stopped) finish(token)
    })
  }

  function answer(opened: Uint8Array): Answer {
    const read = readStream(opened, label)
    if ('ok' in read) {
      count(membership, read.reason)
      if ('label' in read) {
        log.warn('discarding stream with unacceptable label', { reason: read.reason })
        return { kind: 'refuse', reason: read.reason }
      }
      return { kind: 'answer', bytes: writeStream({ kind: 'error', text: read.reason }, undefined) }
    }
    if (read.kind === 'more') return read
    for (const problem of read.problems) count(membership, problem)
    const { message } = read
    if (message.kind === 'push-pull') {
      const bytes = writeStream({ kind: 'push-pull', pushPull: request(message.pushPull.join) }, undefined)
      run({ kind: 'merge', pushPull: message.pushPull })
      return { kind: 'answer', bytes }
    }
    if (message.kind === 'ping' && (message.node === '' || message.node === name) && conflict() === undefined)
      return { kind: 'answer', bytes: writeStream({ kind: 'ack', seq: message.seq }, undefined) }
    return { kind: 'refuse', reason: `a stream that opens with ${message.kind}` }
  }

  function conflict(): NameConflict | undefined {
    const { rival } = membership
    return rival?.phase === 'yielding' ? { name, rival: rival.address } : undefined
  }

  function dropped(what: string, thrown: unknown): void {
    count(membership, `${what} that could not be handled`)
    log.error(`${what} could not be handled`, { err: messageOf(thrown) })
  }

  return {
    name,
    address,
    start() {
      run({ kind: 'start' })
    },
    peers: () => peerList.peers(),
    lastHeard(peer) {
      const at = membership.members.get(peer)?.heardAt
      return at === undefined || at === Number.NEGATIVE_INFINITY ? undefined : at
    },
    conflict,
    onChange(listener) {
      // Its own identity, so that one function given twice is called twice and leaves once.
      const entry = (): void => listener()
      listeners.add(entry)
      return () => {
        listeners.delete(entry)
      }
    },
    async changeState(to, { settled, deadlineMs }) {
      if (ORDER.indexOf(to) !== ORDER.indexOf(membership.desired) + 1)
        throw new CodedError('internal', `invalid transition from ${membership.desired} to ${to}`)
      const deadline = clock.monotonic() + deadlineMs
      run({ kind: 'intend', to })
      // Told even when settling takes longer than the caller wants to wait, or fails.
      const announced = (settled ?? Promise.resolve())
        .catch(() => undefined)
        .then(() => (stopped ? undefined : known(deadline, (token) => ({ kind: 'announce', token }))))
      await before(timers, deadline, announced)
    },
    join(addresses) {
      return Promise.all(
        addresses.map(async (to): Promise<JoinResult> => {
          if (to === address) return { address: to, ok: false, reason: 'self' }
          const failure = stopped ? 'this node has stopped' : await exchange(to, true)
          return failure === undefined ? { address: to, ok: true } : { address: to, ok: false, reason: failure }
        }),
      )
    },
    setMeta(meta) {
      run({ kind: 'set-meta', meta })
    },
    leave: (deadlineMs) => known(clock.monotonic() + deadlineMs, (token) => ({ kind: 'leave', token })),
    stop() {
      stopped = true
      disarm()
      for (const token of [...waiting.keys()]) finish(token)
      listeners.clear()
    },
    stats: () => ({
      events: { ...membership.events },
      broadcasts: membership.broadcasts,
      aliveMembers: membership.living,
      knownMembers: membership.list.length,
      healthScore: membership.score,
      lamportTime: membership.states.clock,
      queuedBroadcasts: membership.memberQueue.byKey.size + membership.stateQueue.byKey.size,
      malformed: new Map(membership.dropped),
    }),
    packet(packet, from) {
      if (stopped) return
      try {
        const unpacked = unpackPacket(packet, label)
        if ('ok' in unpacked) {
          count(membership, unpacked.reason)
          log.debug('dropped a packet', { reason: unpacked.reason, from })
          return
        }
        for (const problem of unpacked.problems) count(membership, problem)
        membership.events.unknown_message += unpacked.unknownUserMessages
        run({ kind: 'packet', messages: unpacked.messages, from })
      } catch (thrown) {
        dropped('a packet', thrown)
      }
    },
    stream(opened) {
      if (stopped) return { kind: 'refuse', reason: 'this node has stopped' }
      try {
        return answer(opened)
      } catch (thrown) {
        dropped('a stream', thrown)
        return { kind: 'refuse', reason: messageOf(thrown) }
      }
    },
  }
}

const ORDER: readonly NodeState[] = ['viewer', 'participant', 'terminating']

/** Resolves when `done` does, at `deadline` at the latest. */
function before(timers: Timers, deadline: Monotonic, done: Promise<void> | Promise<undefined>): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = timers.at(deadline, resolve)
    const end = (then: () => void): void => {
      limit.cancel()
      then()
    }
    void (done as Promise<void>).then(
      () => end(resolve),
      (thrown: unknown) => end(() => reject(thrown)),
    )
  })
}
