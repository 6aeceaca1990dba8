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
  let current: Peers = []
  let valid = false
  let composition = -1

  /** The same names as before, in the same order. */
  function refreshed(): Peers {
    return current.map((old) => {
      const member = m.members.get(old.name)
      return member === undefined ? old : seen(member, old)
    })
  }

  function rebuilt(): Peers {
    const before = new Map(current.map((peer) => [peer.name, peer]))
    const living = m.list.filter(lives).sort((a, b) => compareNames(a.name, b.name))
    return living.map((member) => seen(member, before.get(member.name)))
  }

  function seen(member: Member, old: Peer | undefined): Peer {
    const self = isSelf(m, member.name)
    const { name, address, about: meta } = member
    const state = self ? m.desired : (m.states.peers.get(name) ?? 'viewer')
    const suspect = member.state === 'suspect'
    const same =
      old !== undefined &&
      old.state === state &&
      old.address === address &&
      old.suspect === suspect &&
      old.meta === meta &&
      old.self === self
    return same ? old : { name, address, state, self, suspect, meta }
  }

  return {
    peers() {
      if (valid) return current
      valid = true
      current = composition === m.composition ? refreshed() : rebuilt()
      composition = m.composition
      return current
    },
    invalidate() {
      valid = false
    },
  }
}
