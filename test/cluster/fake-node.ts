/** A ClusterNode without a network: a test says who is there, and sees what was asked of it. */
import type { ClusterNode, CreateNode, JoinResult, NodeStats } from '../../core/cluster/node.ts'
import type { NameConflict, Peer, Peers } from '../../core/cluster/peer.ts'
import type { PeerTransport } from '../../core/cluster/transport.ts'
import type { NodeState } from '../../core/cluster/wire/types.ts'

export interface FakeNode {
  readonly createNode: CreateNode
  readonly transport: PeerTransport
  /** `join 10.0.0.2:80`, `participant`, `told participant`, `leave`, `stop`, `close`, in their order. */
  readonly done: string[]
  /** How each address answers to a join; true is well. */
  readonly answers: Map<string, true | string>
  /** When each was last heard, by name. */
  readonly heard: Map<string, number>
  /** Other nodes, by name. */
  others(...peers: (readonly [name: string, state: NodeState])[]): void
  conflict(rival: string | undefined): void
}

export function fakeNode(): FakeNode {
  const done: string[] = []
  const answers: FakeNode['answers'] = new Map()
  const heard: FakeNode['heard'] = new Map()
  const listeners = new Set<() => void>()
  let own: Peer | undefined
  let others: Peer[] = []
  let peers: Peers = []
  let conflict: NameConflict | undefined

  function changed(): void {
    peers = [...(own === undefined ? [] : [own]), ...others]
    for (const listener of listeners) listener()
  }

  const createNode: CreateNode = ({ name, address, meta }) => {
    own = { name, address, meta, state: 'viewer', self: true, suspect: false }
    peers = [own]
    const node: ClusterNode = {
      name,
      address,
      start: () => void done.push('start'),
      peers: () => peers,
      lastHeard: (peer) => heard.get(peer),
      conflict: () => conflict,
      onChange(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      async changeState(to, { settled }) {
        done.push(to)
        own = { ...(own as Peer), state: to }
        changed()
        await settled
        done.push(`told ${to}`)
      },
      async join(addresses) {
        done.push(`join ${addresses.join()}`)
        return addresses.map((address): JoinResult => {
          const answer = answers.get(address) ?? 'connection refused'
          return answer === true ? { address, ok: true } : { address, ok: false, reason: answer }
        })
      },
      setMeta: ({ configHash }) => void done.push(`meta ${configHash}`),
      async leave() {
        done.push('leave')
      },
      stop: () => void done.push('stop'),
      packet: () => {},
      stream: () => ({ kind: 'more' }),
      stats: () => STATS,
    }
    return node
  }

  return {
    createNode,
    transport: {
      send: async () => true,
      exchange: async () => ({ ok: false, reason: 'fake' }),
      close: () => void done.push('close'),
    },
    done,
    answers,
    heard,
    others(...named) {
      others = named.map(([name, state]) => ({
        name,
        address: `${name}:80`,
        meta: undefined,
        state,
        self: false,
        suspect: false,
      }))
      changed()
    },
    conflict(rival) {
      conflict = rival === undefined ? undefined : { name: own?.name ?? '', rival }
      changed()
    },
  }
}

const STATS: NodeStats = {
  events: {
    state_change_message: 1,
    unknown_message: 2,
    get_local_state: 3,
    merge_remote_state: 4,
    node_join: 5,
    node_leave: 6,
    node_update: 7,
    node_conflict: 8,
  },
  broadcasts: 9,
  aliveMembers: 10,
  knownMembers: 11,
  healthScore: 1,
  lamportTime: 12n,
  queuedBroadcasts: 13,
  malformed: new Map([['the checksum is wrong', 14]]),
}
