/** What this node says of itself and asks in its own name. */
import { encodeMessage } from '../wire/messages.ts'
import type { Alive, Source } from '../wire/types.ts'
import type { Membership } from './types.ts'

const MAX_INCARNATION = 0xffff_ffff

export function ownAlive(m: Membership): Alive {
  return {
    kind: 'alive',
    incarnation: m.incarnation,
    node: m.name,
    address: m.address,
    meta: m.meta,
    versions: m.versions,
  }
}

/** This node's next incarnation, above its own and `heard`; 32 bits on the wire. */
export function nextIncarnation(m: Membership, heard: number): number {
  m.incarnation = Math.min(MAX_INCARNATION, Math.max(m.incarnation, heard) + 1)
  return m.incarnation
}

export function source(m: Membership): Source {
  return { address: m.address, node: m.name }
}

export function pingOf(m: Membership, seq: number, node: string): Uint8Array {
  return encodeMessage({ kind: 'ping', seq, node, source: source(m) })
}
