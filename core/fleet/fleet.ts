/**
 * What all nodes together know, told by any one of them: who is there, who scrapes what and why, what waits to be sent, what is
 * wrong. Owns how the answers come together out of this node's own knowledge and what its peers say when they are asked; decides
 * nothing, and costs nothing while nobody looks.
 */
import type { ClusterView } from '../api/cluster.ts'
import type { Diagnosis } from '../api/doctor.ts'
import type { NodeReport } from '../api/node.ts'
import type { OwnershipView, RingView } from '../api/ownership.ts'
import type { QueuesView } from '../api/queues.ts'
import type { ExplainAnswer, TargetQuery, TargetsPage } from '../api/targets.ts'
import type { Peer, Peers } from '../cluster/peer.ts'
import type { Peering } from '../cluster/peering.ts'
import type { RecordedOwnership } from '../ownership/types.ts'
import type { Clock, Host } from '../ports.ts'
import type { Slices } from '../time/slices.ts'
import type { Timers } from '../time/timers.ts'
import type { Ask } from './ask.ts'
import { createAsk } from './asking.ts'
import { createClusterViews } from './cluster-view.ts'
import { diagnose } from './doctor/doctor.ts'
import { createExplain } from './explain.ts'
import { type ClusterSource, createNodeReport, type LoadedConfig } from './node-report.ts'
import { createOwnershipViews } from './ownership-view.ts'
import type { ExplainQuery, Scope } from './queries.ts'
import { queuesView } from './queues.ts'
import type { Reports } from './reports.ts'
import { createRingViews } from './ring-view.ts'
import { targetsPage } from './targets.ts'
import { timestamp } from './timestamp.ts'

/**
 * Answers to the API's questions; each is a value of its own that may be kept. They reject with a CodedError 'config', whose message
 * is for the asker, when a question makes no sense, and otherwise only for defects.
 */
export interface Fleet {
  node(): Promise<NodeReport>
  cluster(): Promise<ClusterView>
  doctor(): Promise<Diagnosis>
  targets(query: TargetQuery): Promise<TargetsPage>
  explain(query: ExplainQuery): Promise<ExplainAnswer>
  ownership(): Promise<OwnershipView>
  ring(): Promise<RingView>
  queues(scope: Scope): Promise<QueuesView>
}

/** This node in its cluster. */
export interface ClusterMember extends ClusterSource {
  readonly ask: Peering['ask']
}

export interface FleetDeps {
  readonly clock: Clock
  readonly timers: Timers
  readonly slices: Slices
  readonly host: Host
  readonly version: string
  /** Undefined for a process on its own, which is shown as the peer `alone`. */
  readonly cluster: ClusterMember | undefined
  readonly alone: Peer
  readonly config: () => LoadedConfig
  readonly reports: Reports
  readonly ownership: RecordedOwnership
  /** Ids of the components whose exports this one uses. */
  readonly sourcesOf: (component: string) => readonly string[]
  /** When this node begins to end. */
  readonly stopping: AbortSignal
}

export function createFleet(deps: FleetDeps): Fleet {
  const { clock, timers, slices, cluster, alone, reports, ownership, sourcesOf, stopping } = deps
  const self = cluster?.nodeName ?? alone.name
  const peers = (): Peers => cluster?.cluster.peers() ?? [alone]
  const ask: Ask =
    cluster === undefined
      ? async () => ({ ok: false, reason: 'this process is in no cluster' })
      : createAsk({ clock, timers, slices, self: cluster.address, get: cluster.ask, stopping })

  const node = createNodeReport({ ...deps, jobs: reports.jobs.all })
  const ownershipViews = createOwnershipViews({ reports, ownership, slices })
  const ringViews = createRingViews(slices)
  const clusterViews = createClusterViews({
    own: node,
    peers,
    ask,
    shares: ownershipViews.sharesByOwner,
    diagnose: (facts) => diagnose(facts, timestamp(clock.now())),
  })
  const told = { reports, ownership, self, peers, ask, slices, clock }
  const targets = (query: TargetQuery): Promise<TargetsPage> => targetsPage(query, told)

  return {
    node,
    cluster: clusterViews.view,
    doctor: async () => diagnose(await clusterViews.askAll(), timestamp(clock.now())),
    targets,
    explain: createExplain({ reports, ownership, slices, sourcesOf, targets, peers, ask }),
    ownership: ownershipViews.view,
    ring: async () => ringViews.view(self, ownership.shares().ring, await ownershipViews.sharesByOwner()),
    queues: (scope) => queuesView(scope, told),
  }
}
