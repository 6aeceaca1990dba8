/**
 * Who scrapes a target and why: words shared by the decision, the components that obey it, and the pages that explain it.
 */
import type { ClusterHold } from '../cluster/cluster.ts'
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

/** What components that share work are lent. */
export interface Ownership {
  shares(): Shares
  /** Called whenever a change of shares takes effect; returns how to unsubscribe. */
  subscribe(listener: (shares: Shares) => void): () => void
}
