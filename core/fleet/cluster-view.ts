/**
 * The cluster as one node sees it, with what each peer says of itself: asks all of them at the same time. Owns who is asked and
 * what becomes of answers; what is wrong with the cluster is the doctor's to say.
 */
import type { ClusterNodeRow, ClusterView } from '../api/cluster.ts'
import type { Diagnosis } from '../api/doctor.ts'
import type { NodeReport } from '../api/node.ts'
import { isNodeReport } from '../api/shapes/node.ts'
import type { Peer, Peers } from '../cluster/peer.ts'
import { MAX_STRANGERS_ASKED } from '../limits.ts'
import { ALLOY } from './answer.ts'
import type { Ask, Told } from './ask.ts'
import type { FleetReports, Stranger } from './fleet-reports.ts'

export interface ClusterViewDeps {
  readonly own: () => Promise<NodeReport>
  /** Those of `own`, with what they announce. */
  readonly peers: () => Peers
  readonly ask: Ask
  /** By name of the owner: targets of all jobs that are shared. */
  readonly shares: () => Promise<ReadonlyMap<string, number>>
  readonly diagnose: (reports: FleetReports) => Diagnosis
}

export interface ClusterViews {
  /** Takes as long as the slowest peer, and no longer than `ask` waits. */
  askAll(): Promise<FleetReports>
  view(): Promise<ClusterView>
}

const NODE_PATH = '/api/v1/node'

export function createClusterViews({ own, peers, ask, shares, diagnose }: ClusterViewDeps): ClusterViews {
  async function askAll(): Promise<FleetReports> {
    const report = await own()
    const others = peers().filter(({ self }) => !self)
    // Who may be dead keeps nobody waiting who isn't.
    const inOrder = [...others.filter(({ suspect }) => !suspect), ...others.filter(({ suspect }) => suspect)]
    const answers = inOrder.map(async (peer) => [peer.name, await askPeer(peer)] as const)
    const strangers = unknownAddresses(report).map(askStranger)
    return { own: report, answers: new Map(await Promise.all(answers)), strangers: await Promise.all(strangers) }
  }

  async function askPeer(peer: Peer): Promise<Told<NodeReport>> {
    if (peer.meta === undefined) return { ok: false, reason: ALLOY }
    const told = await ask(peer, NODE_PATH, isNodeReport)
    if (!told.ok || told.value.name === peer.name) return told
    return { ok: false, reason: `another node, ${told.value.name}, answers at its address ${peer.address}` }
  }

  async function askStranger(address: string): Promise<Stranger> {
    return { address, told: await ask({ name: address, address, meta: undefined }, NODE_PATH, isNodeReport) }
  }

  return {
    askAll,
    async view() {
      const [reports, counts] = await Promise.all([askAll(), shares()])
      const { own: node, answers } = reports
      const rows = node.peers.map((peer): ClusterNodeRow => {
        const share = counts.get(peer.name) ?? 0
        if (peer.self) return { ...peer, kind: 'skein', work: node.work, share, unanswered: null }
        const told = answers.get(peer.name)
        const kind = peer.announced === null ? 'alloy' : 'skein'
        if (told?.ok) return { ...peer, kind, work: told.value.work, share, unanswered: null }
        return { ...peer, kind, work: null, share, unanswered: told?.reason ?? 'it was not asked' }
      })
      return { node, peers: rows, diagnosis: diagnose(reports) }
    },
  }
}

/** Of those that were sought, where no peer is. */
function unknownAddresses({ address, peers, sought }: NodeReport): readonly string[] {
  const known = new Set([address, ...peers.map((peer) => peer.address)])
  return sought.filter((found) => !known.has(found)).slice(0, MAX_STRANGERS_ASKED)
}
