/**
 * How bytes get from peer to peer. Production speaks HTTP/2 (http-transport.ts); the simulator has a network of its own.
 * Everything above this line is the same code in both.
 */
import type { Monotonic } from '../ports.ts'
import type { PeerAddress } from './address.ts'

/** Answers go before everything else to the same peer, probes before gossip: who answers late is taken for dead. */
export type Urgency = 'answer' | 'probe' | 'gossip'

export type ExchangeOutcome =
  | { readonly ok: true; readonly answer: Uint8Array }
  /** `reason` is for people: `connection refused`, `the peer closed the stream without an answer: …`. */
  | { readonly ok: false; readonly reason: string }

export interface PeerTransport {
  /** Hands over one packet, best effort. Resolves when its fate is known: whether the peer has taken it. Never rejects. */
  send(to: PeerAddress, packet: Uint8Array, urgency: Urgency): Promise<boolean>
  /** Opens a stream, says `request`, and resolves with all of the answer. Never rejects. */
  exchange(to: PeerAddress, request: Uint8Array, deadline: Monotonic): Promise<ExchangeOutcome>
  /** Drops what is queued and closes all sessions. */
  close(): void
}

/**
 * What a stream's bytes so far come to: not yet a whole message, an answer to give, or something to close without a word.
 */
export type Answer =
  | { readonly kind: 'more' }
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'refuse'; readonly reason: string }

/** The receiving side, called by whatever carries the bytes. Neither throws, whatever the bytes are. */
export interface PeerReceiver {
  packet(packet: Uint8Array, from: PeerAddress | undefined): void
  /** `opened`: all bytes of the stream so far. Called again with more until the answer isn't `more`. */
  stream(opened: Uint8Array, from: PeerAddress | undefined): Answer
}
