/** GET /api/v1/cluster: the cluster as the asked node sees it, with what each peer answered when it was asked. */
import type { Diagnosis } from './doctor.ts'
import type { NodeReport, PeerSighting, Work } from './node.ts'

export interface ClusterNodeRow extends PeerSighting {
  /** `alloy` for peers that announce nothing about themselves. */
  readonly kind: 'skein' | 'alloy'
  /** Told by itself; null when it wasn't reached or can't tell. */
  readonly work: Work | null
  /** Targets of all jobs that the ring gives it, by the asked node's list. */
  readonly share: number
  /** Why it didn't answer: a sentence; null when it did. */
  readonly unanswered: string | null
}

export interface ClusterView {
  /** The asked node. */
  readonly node: NodeReport
  readonly peers: readonly ClusterNodeRow[]
  /** What is wrong, in plain words; the same as GET /api/v1/doctor. */
  readonly diagnosis: Diagnosis
}
