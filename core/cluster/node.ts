/**
 * One node of a cluster at work: the state machines of membership/ driven by timers and a transport. Owns no decision of
 * the protocol (those are pure and next door) and no policy of when to join or leave (that is cluster.ts).
 */
import type { Clock, Random } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Timers } from '../time/timers.ts'
import type { PeerAddress } from './address.ts'
import type { NameConflict, PeerMeta, Peers } from './peer.ts'
import type { Timing } from './timing.ts'
import type { PeerReceiver, PeerTransport } from './transport.ts'
import type { NodeState } from './wire/types.ts'

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

export type GossipEvent =
  | 'state_change_message'
  | 'unknown_message'
  | 'get_local_state'
  | 'merge_remote_state'
  | 'node_join'
  | 'node_leave'
  | 'node_update'
  | 'node_conflict'

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
