/**
 * The simplest node that can work: tells everybody everything twice a second, and takes those for dead that it hasn't heard
 * of for a while. Tests the simulator without production's protocol; no good for anything else.
 */
import type { PeerAddress } from '../../core/cluster/address.ts'
import type { ClusterNode, JoinResult, NodeDeps, NodeSettings } from '../../core/cluster/node.ts'
import type { Peer, Peers } from '../../core/cluster/peer.ts'
import type { NodeState } from '../../core/cluster/wire/types.ts'
import type { Timer } from '../../core/time/timers.ts'

interface Known {
  readonly address: PeerAddress
  readonly state: NodeState
  /** Rises with every beat of its owner. */
  readonly beat: number
  readonly gone: boolean
  heard: number
}

const BEAT_MS = 500
const DEAD_MS = 4_000

export function createToyNode(settings: NodeSettings, deps: NodeDeps): ClusterNode {
  const { name, address, meta } = settings
  const known = new Map<string, Known>()
  const listeners = new Set<() => void>()
  let beat = Math.floor(deps.clock.now())
  let state: NodeState = 'viewer'
  let gone = false
  let timer: Timer | undefined
  let peers: Peers = []
  let text = ''

  function refresh(): void {
    const now = deps.clock.monotonic()
    known.set(name, { address, state, beat, gone, heard: now })
    const alive = [...known].filter(([, entry]) => !entry.gone && now - entry.heard < DEAD_MS)
    const found: Peer[] = alive
      .map(([peer, entry]) => {
        const self = peer === name
        return {
          name: peer,
          address: entry.address,
          state: entry.state,
          self,
          suspect: false,
          meta: self ? meta : undefined,
        }
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    if (JSON.stringify(found) === text) return
    text = JSON.stringify(found)
    peers = found
    for (const listener of listeners) listener()
  }

  function everything(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify([...known]))
  }

  function merge(bytes: Uint8Array): void {
    for (const [peer, entry] of JSON.parse(new TextDecoder().decode(bytes)) as [string, Known][]) {
      if (peer === name || (known.get(peer)?.beat ?? 0) >= entry.beat) continue
      known.set(peer, { ...entry, heard: deps.clock.monotonic() })
    }
    refresh()
  }

  function tell(): void {
    const bytes = everything()
    for (const peer of peers) if (!peer.self) void deps.transport.send(peer.address, bytes, 'gossip')
  }

  function tick(): void {
    beat++
    refresh()
    tell()
    timer = deps.timers.after(BEAT_MS, tick)
  }

  refresh()
  return {
    name,
    address,
    start: tick,
    packet: merge,
    stream(opened) {
      try {
        merge(opened)
      } catch {
        return { kind: 'more' }
      }
      return { kind: 'answer', bytes: everything() }
    },
    peers: () => peers,
    lastHeard: (peer) => known.get(peer)?.heard,
    conflict: () => undefined,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async changeState(to, { settled }) {
      state = to
      beat++
      refresh()
      await settled
      tell()
    },
    join: (addresses) =>
      Promise.all(
        addresses.map(async (to): Promise<JoinResult> => {
          const outcome = await deps.transport.exchange(to, everything(), deps.clock.monotonic() + 2_000)
          if (!outcome.ok) return { address: to, ok: false, reason: outcome.reason }
          merge(outcome.answer)
          return { address: to, ok: true }
        }),
      ),
    setMeta() {},
    async leave() {
      gone = true
      beat++
      refresh()
      tell()
      await deps.timers.sleep(200)
    },
    stop() {
      timer?.cancel()
    },
    stats: () => ({
      events: {
        state_change_message: 0,
        unknown_message: 0,
        get_local_state: 0,
        merge_remote_state: 0,
        node_join: 0,
        node_leave: 0,
        node_update: 0,
        node_conflict: 0,
      },
      broadcasts: 0,
      aliveMembers: peers.length,
      knownMembers: peers.length,
      healthScore: 0,
      lamportTime: 0n,
      queuedBroadcasts: 0,
      malformed: new Map(),
    }),
  }
}
