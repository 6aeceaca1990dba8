/**
 * What people want to know of the peers beside who they are: since when each is in its state, when anybody last came, went or
 * changed, and how often of late. Compares one list of peers with the next; costs nothing while they stay the same.
 */
import { MAX_PEER_CHANGES } from '../limits.ts'
import type { Clock, Monotonic } from '../ports.ts'
import type { Peer, Peers } from './peer.ts'

export interface Sightings {
  /** To be called with every new list. A suspicion or other metadata are no change here. */
  follow(peers: Peers): void
  /** Undefined for who isn't there. */
  stateSince(name: string): Monotonic | undefined
  /** Undefined when nothing changed since the start. */
  lastChange(): Monotonic | undefined
  /** Changes within the last `ms`: a peer that came, went or changed its state is one. At most MAX_PEER_CHANGES. */
  changesWithin(ms: number): number
}

interface Sighting {
  readonly state: Peer['state']
  readonly since: Monotonic
}

/** `first` is what it begins with, and no change. */
export function createSightings(clock: Pick<Clock, 'monotonic'>, first: Peers): Sightings {
  let seen: ReadonlyMap<string, Sighting> = new Map()
  /** The times of the last changes, the oldest where the next one goes once there are MAX_PEER_CHANGES. */
  const times: Monotonic[] = []
  let next = 0
  let current: Peers | undefined

  function follow(peers: Peers): void {
    if (peers === current) return
    current = peers
    const now = clock.monotonic()
    const before = seen
    const after = new Map<string, Sighting>()
    let stayed = 0
    let changes = 0
    for (const { name, state } of peers) {
      const known = before.get(name)
      if (known !== undefined) stayed++
      if (known?.state === state) {
        after.set(name, known)
      } else {
        changes++
        after.set(name, { state, since: now })
      }
    }
    seen = after
    for (let left = changes + before.size - stayed; left > 0; left--) note(now)
  }

  function note(at: Monotonic): void {
    times[next] = at
    next = (next + 1) % MAX_PEER_CHANGES
  }

  follow(first)
  times.length = 0
  next = 0

  return {
    follow,
    stateSince: (name) => seen.get(name)?.since,
    lastChange: () => times.at(next - 1),
    changesWithin(ms) {
      const from = clock.monotonic() - ms
      let count = 0
      for (const at of times) if (at >= from) count++
      return count
    },
  }
}
