/** The program of a simulated process is production's own: a cluster with its node, and the decision who owns what. */
import { type Cluster, createCluster } from '../../core/cluster/cluster.ts'
import type { CreateNode } from '../../core/cluster/node.ts'
import { decide } from '../../core/ownership/decide.ts'
import { createShares } from '../../core/ownership/shares.ts'
import { targetKey } from '../../core/ring/keys.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import type { Install } from './program.ts'

/** Loading a configuration takes a moment. */
const LOAD_MS = 50

const keys = new WeakMap<ReadonlyMap<string, string>, Uint32Array>()

/** The same for all nodes, and so computed once. */
function keyOf(labels: ReadonlyMap<string, string>): Uint32Array {
  let key = keys.get(labels)
  if (key === undefined) {
    key = new Uint32Array(2)
    targetKey(labels, key, 0)
    keys.set(labels, key)
  }
  return key
}

export interface ProductionOptions {
  /** Whether it works out who owns what; true unless told. Costs 512 tokens per member in every process. */
  readonly ownership?: boolean
}

export function production(createNode: CreateNode, { ownership = true }: ProductionOptions = {}): Install {
  return (site) => {
    const { clock } = site
    const timers = createTimers(clock)
    const cluster: Cluster = createCluster(
      {
        node: {
          name: site.name,
          address: site.address,
          label: '',
          meta: { version: '0.0.0', runtime: 'simulated', configHash: '', started: site.started },
          timing: site.timing,
        },
        join: { rejoinIntervalMs: site.rejoinMs, maxJoinPeers: 5 },
        gate: { minimum: 0, timeoutMs: 0 },
      },
      {
        clock,
        timers,
        random: site.random,
        transport: site.transport,
        log: site.log,
        createNode,
        discover: () => Promise.resolve({ addresses: site.discover(), alternates: [], problems: [] }),
        shareComputed: () => shares?.settled() ?? Promise.resolve(),
      },
    )
    const slices = createSlices(clock)
    const shares = ownership ? createShares({ cluster, clock, timers, slices, self: site.name }) : undefined
    return {
      packet: cluster.packet,
      stream: cluster.stream,
      start() {
        void cluster.start()
        timers.after(LOAD_MS, () => cluster.participate())
      },
      peers: cluster.peers,
      conflict: cluster.conflict,
      hold: () => cluster.hold()?.kind,
      onChange: (listener) => {
        cluster.onChange(listener)
      },
      stats: cluster.stats,
      async leave() {
        await cluster.handOver()
        await cluster.leave()
        shares?.close()
      },
      ...(shares && {
        decide(labels) {
          const key = keyOf(labels)
          return decide(key[0], key[1], shares.shares())
        },
      }),
    }
  }
}
