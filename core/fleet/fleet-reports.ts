/**
 * What all nodes of a cluster said about themselves when one of them asked around: what the view of the cluster and the doctor
 * rest on. The shape alone; cluster-view.ts asks.
 */
import type { NodeReport } from '../api/node.ts'
import type { Told } from './ask.ts'

/** Somebody at an address that this node's own configuration or discovery gave, and that is no peer of it. */
export interface Stranger {
  /** host:port. */
  readonly address: string
  readonly told: Told<NodeReport>
}

export interface FleetReports {
  /** Of the node that asked. */
  readonly own: NodeReport
  /** By name, one for each peer that `own` sees except itself: of those that couldn't be asked as well, with the reason. */
  readonly answers: ReadonlyMap<string, Told<NodeReport>>
  /**
   * The addresses of `own.sought` at which no peer is, in that order. One that answers with a report of its own cluster, by the
   * same name, that this node isn't in: that proves a split brain.
   */
  readonly strangers: readonly Stranger[]
}
