/** One cluster of skein on each runtime and two nodes of Grafana's library, and what can be asked of all five alike. */

import type { Metrics } from '../../e2e/support/agent.ts'
import { allSee, type ClusterAgent, startNode } from '../../e2e/support/cluster.ts'
import type { Running } from '../../e2e/support/processes.ts'
import { type AgentRuntime, RUNTIMES } from '../../e2e/support/runtimes.ts'
import { type SlotTargets, startSlotTargets } from '../../e2e/support/slot-targets.ts'
import { type Ckit, startCkit } from './ckit.ts'

export interface Member extends Pick<Running, 'output' | 'signal' | 'exit'> {
  readonly name: string
  readonly kind: 'skein' | 'ckit'
  readonly address: string
  readonly metrics: () => Promise<Metrics>
  /** Those that own work or are about to stop doing so. */
  readonly peers: () => Promise<readonly Seen[]>
  /** Goes in good order, to the end of its process. */
  readonly leave: () => Promise<void>
}

export type Seen = Pick<Awaited<ReturnType<ClusterAgent['peers']>>[number], 'name' | 'addr' | 'isSelf' | 'state'>

export interface MixedCluster {
  readonly clusterName: string
  readonly targets: SlotTargets
  readonly members: ReadonlyMap<string, Member>
  readonly ckit: readonly Ckit[]
  /** From the start of the last node until all saw all, ms. */
  readonly formed: number
  /** Another of that name and kind, on another port, that joins `via`. */
  begin(name: string, via: readonly string[]): Promise<Member>
  /** All but `without`. */
  others(...without: readonly string[]): Member[]
  /** From now until each of those sees these names and nothing else, ms by name of the observer; Infinity for too late. */
  untilSeen(observers: readonly Member[], names: readonly string[], timeoutMs: number): Promise<Map<string, number>>
}

export const FORMED_WITHIN_MS = 10_000
/** Long enough to tell how late it is. */
const PATIENCE_MS = 30_000

export const runtimes: readonly AgentRuntime[] = RUNTIMES.filter(({ missing }) => missing === undefined)
const runtimeNamed = (name: string): AgentRuntime | undefined => runtimes.find((one) => `skein-${one.name}` === name)

export async function formCluster(program: string, clusterName: string, targetCount: number): Promise<MixedCluster> {
  const targets = await startSlotTargets(targetCount)
  const members = new Map<string, Member>()
  const ckit = new Map<string, Ckit>()

  async function begin(name: string, via: readonly string[]): Promise<Member> {
    const join = via.map((other) => (members.get(other) as Member).address)
    const runtime = runtimeNamed(name)
    if (runtime !== undefined) {
      const agent = await startNode(targets.config(name), { name, runtime, join, clusterName })
      const leave = async (): Promise<void> => void (await agent.stop())
      members.set(name, { ...agent, kind: 'skein', leave })
    } else {
      const node = await startCkit(program, { name, clusterName })
      await node.join(join)
      await node.participate()
      ckit.set(name, node)
      members.set(name, memberOf(name, node))
    }
    return members.get(name) as Member
  }

  async function untilSeen(
    observers: readonly Member[],
    names: readonly string[],
    timeoutMs: number,
  ): Promise<Map<string, number>> {
    const from = performance.now()
    const times = new Map<string, number>()
    await Promise.all(
      observers.map(async (observer) => {
        // Not seen in time is a finding about this observer: the others are still worth hearing.
        const seen = await allSee([observer], names, timeoutMs).then(
          () => true,
          (error: Error) => void console.error(error.message),
        )
        times.set(observer.name, seen ? Math.round(performance.now() - from) : Infinity)
      }),
    )
    return times
  }

  // Both directions: skein joins ckit, ckit joins skein.
  await begin('ckit-1', [])
  for (const runtime of runtimes.slice(0, 2)) await begin(`skein-${runtime.name}`, ['ckit-1'])
  await begin('ckit-2', ['skein-node'])
  const from = performance.now()
  for (const runtime of runtimes.slice(2)) await begin(`skein-${runtime.name}`, ['ckit-2'])
  await untilSeen([...members.values()], [...members.keys()], PATIENCE_MS)
  const formed = Math.round(performance.now() - from)

  return {
    clusterName,
    targets,
    members,
    get ckit() {
      return [...ckit.values()]
    },
    formed,
    begin,
    untilSeen,
    others: (...without) => [...members.values()].filter(({ name }) => !without.includes(name)),
  }
}

function memberOf(name: string, node: Ckit): Member {
  return {
    ...node,
    name,
    kind: 'ckit',
    async peers() {
      const peers = await node.peers()
      return peers.map(({ self, ...peer }) => ({ ...peer, isSelf: self })).filter(({ state }) => state !== 'viewer')
    },
    async leave() {
      await node.leave()
      await node.stop()
    },
  }
}
