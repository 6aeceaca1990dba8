/**
 * What peers say to each other, decoded: memberlist's messages and ckit's node states. Bytes are turned into these and back
 * by the files beside this one; the state machines know nothing else.
 */
import type { PeerAddress } from '../address.ts'

/** `gone` is not a state on the wire: it is the absence from the member table. */
export type NodeState = 'viewer' | 'participant' | 'terminating'

/** Who asks, and where the answer goes. Go leaves out what is empty, so both may be missing. */
export interface Source {
  readonly address?: PeerAddress
  readonly node?: string
}

export interface Ping {
  readonly kind: 'ping'
  readonly seq: number
  /** Who is meant; empty is whoever gets it. */
  readonly node: string
  readonly source: Source
}

export interface IndirectPing {
  readonly kind: 'indirect-ping'
  readonly seq: number
  readonly target: PeerAddress
  readonly node: string
  /** Whether a nack is wanted when the target doesn't answer. */
  readonly nack: boolean
  readonly source: Source
}

export interface Ack {
  readonly kind: 'ack'
  readonly seq: number
}

export interface Nack {
  readonly kind: 'nack'
  readonly seq: number
}

/** `from` believes that `node` does not answer. */
export interface Suspect {
  readonly kind: 'suspect'
  readonly incarnation: number
  readonly node: string
  readonly from: string
}

/** Like `suspect`, but certain; from the node itself it means that it left. */
export interface Dead {
  readonly kind: 'dead'
  readonly incarnation: number
  readonly node: string
  readonly from: string
}

export interface Alive {
  readonly kind: 'alive'
  readonly incarnation: number
  readonly node: string
  readonly address: PeerAddress
  /** Passed on unchanged; undefined when it was nil. */
  readonly meta: Uint8Array | undefined
  /** Six bytes: least, greatest and spoken protocol version, then the same of the delegate. */
  readonly versions: Uint8Array
}

/** ckit: a node's state at a Lamport time. Travels as a user message. */
export interface StateMessage {
  readonly kind: 'state'
  readonly node: string
  readonly state: NodeState
  readonly time: bigint
}

export type Message = Ping | IndirectPing | Ack | Nack | Suspect | Dead | Alive | StateMessage

/** A member's state in a push/pull; on the wire 0 to 3 in this order. */
export type MemberState = 'alive' | 'suspect' | 'dead' | 'left'

export interface MemberEntry {
  readonly name: string
  readonly address: PeerAddress
  readonly meta: Uint8Array | undefined
  readonly incarnation: number
  readonly state: MemberState
  readonly versions: Uint8Array
}

export interface NodeStateEntry {
  readonly node: string
  readonly state: NodeState
  readonly time: bigint
}

/** Everything that a node knows, exchanged whole. */
export interface PushPull {
  readonly join: boolean
  readonly members: readonly MemberEntry[]
  /** Undefined when there was no user state. */
  readonly states: { readonly time: bigint; readonly entries: readonly NodeStateEntry[] } | undefined
}

/** What a stream's first message asks of the answerer, or tells the opener. */
export type StreamMessage =
  | { readonly kind: 'push-pull'; readonly pushPull: PushPull }
  | Ping
  | Ack
  | { readonly kind: 'error'; readonly text: string }

/** Input that is not what it should be: dropped and counted. `reason` is fixed text, for people and for counting. */
export interface Malformed {
  readonly ok: false
  readonly reason: string
}
