/**
 * Who scrapes a target and why: words shared by the decision, the components that obey it, and the pages that explain it.
 */
import type { ClusterHold } from '../cluster/cluster.ts'
import type { Monotonic } from '../ports.ts'
import type { Ring } from '../ring/types.ts'

/** Why this node may take no clustered work at all at the moment. */
export type Hold = ClusterHold

/** Everything that a decision depends on, frozen. */
export interface Shares {
  /** False when this process takes part in no cluster: everything is local. */
  readonly clustered: boolean
  readonly self: string
  /** Of the participants. */
  readonly ring: Ring
  readonly hold: Hold | undefined
  /** Rises with each change. */
  readonly version: number
}

export type Reason =
  | 'not-clustered' // local: there is no cluster
  | 'nobody-participates' // local: better scraped twice than never
  | 'owner' // local: the ring says so
  | 'other-owner' // not local: the ring says so
  | Hold['kind'] // not local: see Hold

export interface Decision {
  readonly local: boolean
  /** Name of the node that the ring gives the target to, also while this node is held; undefined when there is none. */
  readonly owner: string | undefined
  readonly reason: Reason
}

/** A component that shares its work. */
export interface Sharer {
  /**
   * These shares will take effect soon: what is slow about them can be computed now. Resolves when that is done; they take
   * effect at their time even when it isn't. They may never come, when something more urgent does.
   */
  prepare?(next: Shares): Promise<void>
  /** A change takes effect. `at` is the moment from which it holds, now or a little ago. Returns soon, and never throws. */
  changed(shares: Shares, at: Monotonic): void
}

/** Shares as they took effect at a moment. */
export interface ShareRecord {
  /** Milliseconds since the epoch, by this node's clock. */
  readonly at: number
  /** Names, sorted as bytes. */
  readonly participants: readonly string[]
  readonly hold: Hold | undefined
  /** Of the first shares that divided the work so. */
  readonly version: number
}

/** What components that share work are lent. */
export interface Ownership {
  shares(): Shares
  /** Returns how to unsubscribe. */
  subscribe(sharer: Sharer): () => void
}

/** For those who explain it to people. */
export interface RecordedOwnership extends Ownership {
  /** What took effect so far, the oldest first; bounded. The same array until something else does. */
  history(): readonly ShareRecord[]
}
