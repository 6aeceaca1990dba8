/**
 * What all nodes together know, told by any one of them: who is there, who scrapes what and why, what waits to be sent, what is
 * wrong. Owns how answers are put together out of this node's own knowledge and what its peers answer when they are asked;
 * decides nothing, and costs nothing while nobody looks.
 */
import type { ClusterView } from '../api/cluster.ts'
import type { Diagnosis } from '../api/doctor.ts'
import type { NodeReport } from '../api/node.ts'
import type { OwnershipView, RingView } from '../api/ownership.ts'
import type { QueuesView } from '../api/queues.ts'
import type { ExplainAnswer, TargetQuery, TargetsPage } from '../api/targets.ts'

export type Scope = 'fleet' | 'node'

/** Which target is to be explained. */
export type ExplainQuery =
  | { readonly component: string; readonly key: string }
  | { readonly search: string; readonly component: string | undefined }

/** Answers to the API's questions; each is a value of its own that may be kept. They reject only for defects. */
export interface Fleet {
  node(): NodeReport
  cluster(): Promise<ClusterView>
  doctor(): Promise<Diagnosis>
  targets(query: TargetQuery): Promise<TargetsPage>
  explain(query: ExplainQuery): Promise<ExplainAnswer>
  ownership(): Promise<OwnershipView>
  ring(): Promise<RingView>
  queues(scope: Scope): Promise<QueuesView>
}
