/** A peer as everyone above the protocol sees it: in ownership, metrics, the API and logs. */
import type { PeerAddress } from './address.ts'
import type { NodeState } from './wire/types.ts'

/** What a skein node says of itself in the metadata of its announcement; Alloy nodes say nothing. */
export interface PeerMeta {
  readonly version: string
  readonly runtime: string
  /** SHA-256 of the loaded configuration in hexadecimal, or empty before it is loaded. */
  readonly configHash: string
  /** Start of the process, whole seconds since the epoch: of two nodes with one name the older one keeps it. */
  readonly started: number
}

export interface Peer {
  readonly name: string
  readonly address: PeerAddress
  readonly state: NodeState
  readonly self: boolean
  /** Whether it is under suspicion of having died. */
  readonly suspect: boolean
  readonly meta: PeerMeta | undefined
}

/** Another node is alive under this node's name; this one owns nothing until it is gone. */
export interface NameConflict {
  readonly name: string
  readonly rival: PeerAddress
}

/** Sorted by name (as bytes), self included, the dead and gone not. A new array for every change. */
export type Peers = readonly Peer[]
