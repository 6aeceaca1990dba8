/**
 * This node's view of who has which share, and when it changes. Follows the cluster; a change of participants that is learned
 * at t takes effect at t + HANDOVER_DELAY_MS, on every node alike, so that all that is slow (the ring, the distribution of the
 * targets) is done by then and the old owner stops when the new one begins. Owns when; what is decided is decide.ts's.
 *
 * What takes effect when, and why:
 * - Participants come or go, a hold ends, the cluster becomes too small: after the delay. The other nodes do the same.
 * - This node itself becomes participant: the delay begins when its share is computed (`settled`), since that is when the
 *   others are told. They hear of it a little later than that, so the old owners go on for as long: rather twice than never.
 * - What is there at the start: at once. Before it this node had nothing.
 * - Nobody else participates, nor did: at once. There is nobody to take over from.
 * - The name turns out to be another's: at once. The rival does the work already, and every moment doubles it.
 * - This node is leaving: nothing any more that it learns from then on. It goes on with what it has until it stops.
 * Changes take effect one after the other, as they were learned: a node that joins and leaves within the delay has its share
 * for a moment, on all nodes.
 */
import type { Cluster } from '../cluster/cluster.ts'
import { HANDOVER_DELAY_MS, MAX_PENDING_SHARES } from '../limits.ts'
import type { Clock, Monotonic } from '../ports.ts'
import { createRingBuilder, EMPTY_RING } from '../ring/build.ts'
import type { Ring } from '../ring/types.ts'
import type { Slices } from '../time/slices.ts'
import type { Timer, Timers } from '../time/timers.ts'
import { createShareHistory } from './history.ts'
import type { Hold, RecordedOwnership, Sharer, Shares } from './types.ts'

export interface SharesDeps {
  readonly cluster: Pick<Cluster, 'peers' | 'hold' | 'onChange'>
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly timers: Timers
  readonly slices: Slices
  /** This node's name. */
  readonly self: string
}

export interface ClusterOwnership extends RecordedOwnership {
  /** Resolves when all that was learned by now is computed; it may still have to take effect. */
  settled(): Promise<void>
  /** Follows the cluster no more; the shares stay as they are. */
  close(): void
}

/** What ownership depends on of all that a cluster says. */
interface Learned {
  /** Names, sorted. */
  readonly participants: readonly string[]
  readonly hold: Hold | undefined
  /** Whether this node is one of them. */
  readonly takesPart: boolean
}

interface Pending {
  learned: Learned
  /** Undefined: as soon as it is computed, plus the delay. */
  at: Monotonic | undefined
  /** Set when they are computed. */
  shares: Shares | undefined
}

export function createShares(deps: SharesDeps): ClusterOwnership {
  const { cluster, clock, timers, slices, self } = deps
  const builder = createRingBuilder()
  const sharers = new Set<Sharer>()
  /** In the order in which they take effect; the first is next. */
  const pending: Pending[] = []
  let version = 0
  // Until the first ring is made nothing is done, rather than everything.
  let shares: Shares = { clustered: true, self, ring: EMPTY_RING, hold: cluster.hold() ?? { kind: 'joining' }, version }
  const history = createShareHistory()
  history.note(shares, clock.now())
  let lastLearned: Learned | undefined
  let leaving = false
  let computing: Promise<void> | undefined
  let timer: Timer | undefined

  const unsubscribe = cluster.onChange(learn)
  learn()

  function learn(): void {
    const peers = cluster.peers()
    if (leaving) return
    if (peers.some((peer) => peer.self && peer.state === 'terminating')) {
      leaving = true
      return
    }
    const participants = peers.filter(({ state }) => state === 'participant')
    const learned: Learned = {
      participants: participants.map(({ name }) => name),
      hold: cluster.hold(),
      takesPart: participants.some((peer) => peer.self),
    }
    const before = lastLearned
    if (before !== undefined && isSame(before, learned)) return
    lastLearned = learned
    if (learned.hold?.kind === 'name-conflict' && before?.hold?.kind !== 'name-conflict') stopAtOnce(learned.hold)
    const now = clock.monotonic()
    const comesIn = learned.takesPart && before?.takesPart === false
    const at = before === undefined || isAlone(learned) ? now : comesIn ? undefined : now + HANDOVER_DELAY_MS
    const last = pending.at(-1)
    if (pending.length >= MAX_PENDING_SHARES && last !== undefined) {
      last.learned = learned
      last.at = at
      last.shares = undefined
    } else {
      pending.push({ learned, at, shares: undefined })
    }
    computing ??= compute().finally(() => {
      computing = undefined
    })
  }

  /** Whether there is nobody to take over from: neither now nor in anything that is yet to take effect. */
  function isAlone({ participants }: Learned): boolean {
    return (
      participants.length === 1 &&
      participants[0] === self &&
      shares.ring.names.every((name) => name === self) &&
      pending.every((one) => one.learned.participants.every((name) => name === self))
    )
  }

  function stopAtOnce(hold: Hold): void {
    for (const one of pending) {
      one.learned = { ...one.learned, hold }
      one.shares = undefined
    }
    apply(frozen(shares.ring, hold), clock.monotonic())
  }

  /** Computes what is pending, in order, until all is. */
  async function compute(): Promise<void> {
    for (;;) {
      const one = pending.find((candidate) => candidate.shares === undefined)
      if (one === undefined) return
      const { learned } = one
      const ring = await ringOf(learned.participants)
      // More was learned meanwhile, and joined with this one.
      if (one.learned !== learned) continue
      const next = frozen(ring, learned.hold)
      one.shares = next
      if (one.at === undefined) await prepare(next)
      // Nobody waits for what others have to compute: it takes effect at its time.
      else void prepare(next)
      one.at ??= clock.monotonic() + HANDOVER_DELAY_MS
      takeEffect()
    }
  }

  async function ringOf(names: readonly string[]): Promise<Ring> {
    const latest = [...pending].reverse().find((one) => one.shares !== undefined)?.shares ?? shares
    return sameNames(latest.ring.names, names) ? latest.ring : slices.run(builder.build(names))
  }

  let preparing: Promise<unknown> = Promise.resolve()

  function prepare(next: Shares): Promise<unknown> {
    const work = Promise.all([...sharers].map((sharer) => sharer.prepare?.(next)))
    preparing = Promise.all([preparing, work])
    return work
  }

  /** Applies what is due, and waits for the next. */
  function takeEffect(): void {
    timer?.cancel()
    timer = undefined
    for (let next = pending.at(0); next?.shares !== undefined && next.at !== undefined; next = pending.at(0)) {
      if (next.at > clock.monotonic()) {
        timer = timers.at(next.at, takeEffect)
        return
      }
      pending.shift()
      apply(next.shares, next.at)
    }
  }

  function apply(next: Shares, at: Monotonic): void {
    shares = next
    history.note(next, clock.now() - (clock.monotonic() - at))
    for (const sharer of [...sharers]) sharer.changed(next, at)
  }

  function frozen(ring: Ring, hold: Hold | undefined): Shares {
    return { clustered: true, self, ring, hold, version: ++version }
  }

  return {
    shares: () => shares,
    history: history.records,
    subscribe(sharer) {
      const own = { ...sharer }
      sharers.add(own)
      return () => sharers.delete(own)
    },
    async settled() {
      await computing
      await preparing
    },
    close() {
      unsubscribe()
      leaving = true
      pending.length = 0
      timer?.cancel()
    },
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}

function isSame(a: Learned, b: Learned): boolean {
  return JSON.stringify(a.hold) === JSON.stringify(b.hold) && sameNames(a.participants, b.participants)
}
