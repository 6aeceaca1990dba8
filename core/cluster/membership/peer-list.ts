/** The members as everyone above the protocol sees them: made when asked for, and the same objects as long as nothing changed. */
import { compareNames } from '../../labels/labels.ts'
import type { Peer, Peers } from '../peer.ts'
import { isSelf, lives } from './table.ts'
import type { Member, Membership } from './types.ts'

export interface PeerList {
  peers(): Peers
  /** Something changed: the next list is a new one. */
  invalidate(): void
}

export function createPeerList(m: Membership): PeerList {
  let list: Peers | undefined
  let byName = new Map<string, Peer>()

  function build(): Peers {
    const next = new Map<string, Peer>()
    // In the order of before, so that sorting finds its work done.
    for (const name of byName.keys()) add(next, m.members.get(name))
    for (const member of m.list) add(next, member)
    const peers = [...next.values()].sort((a, b) => compareNames(a.name, b.name))
    byName = new Map(peers.map((peer) => [peer.name, peer]))
    return peers
  }

  function add(to: Map<string, Peer>, member: Member | undefined): void {
    if (member === undefined || !lives(member) || to.has(member.name)) return
    const self = isSelf(m, member.name)
    const { name, address, about: meta } = member
    const state = self ? m.desired : (m.states.peers.get(name) ?? 'viewer')
    const suspect = member.state === 'suspect'
    const old = byName.get(name)
    const same =
      old !== undefined &&
      old.state === state &&
      old.address === address &&
      old.suspect === suspect &&
      old.meta === meta &&
      old.self === self
    to.set(name, same ? old : { name, address, state, self, suspect, meta })
  }

  return {
    peers() {
      list ??= build()
      return list
    },
    invalidate() {
      list = undefined
    },
  }
}
