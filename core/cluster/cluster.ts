/**
 * This node's life in its cluster, from the first join to the last farewell: finds peers and joins them, takes part when the
 * configuration is loaded, holds work back while it may not be done, and leaves in order. Owns policy; the protocol is
 * node.ts's.
 */
import type { NodeStats } from './node.ts'
import type { NameConflict, Peers } from './peer.ts'
import type { PeerReceiver } from './transport.ts'

/** Why clustered work is held back on this node; undefined when it isn't. */
export type ClusterHold =
  | { readonly kind: 'joining' }
  | { readonly kind: 'too-small'; readonly size: number; readonly minimum: number }
  | { readonly kind: 'name-conflict'; readonly rival: string }

export interface Cluster extends PeerReceiver {
  /** Looks for peers and joins them; goes on looking until `leave`. Resolves when the first round is over, however it went. */
  start(): Promise<void>
  /** The configuration is loaded: takes part from now on, or as soon as the first join succeeded or was given up. */
  participate(): void
  /** Another configuration was loaded: its hash, hexadecimal, is announced. */
  setConfigHash(sha256: string): void
  peers(): Peers
  conflict(): NameConflict | undefined
  hold(): ClusterHold | undefined
  /** Called at once after any of the three above changed. */
  onChange(listener: () => void): () => void
  /** For `/-/ready`: what keeps this node from working, for people; empty when nothing does. */
  problems(): readonly string[]
  stats(): NodeStats
  /**
   * Says that this node is about to go, and resolves when the others had time to take over its work: until then it must go
   * on with it. At once when there is nobody else.
   */
  handOver(): Promise<void>
  /** Says farewell and ends everything. Resolves within seconds. */
  leave(): Promise<void>
}
