/** An answer of each kind with everything in it that there may be, and the shape that it has. */

import type { RingView } from '../../../core/api/ownership.ts'
import type { QueuesView } from '../../../core/api/queues.ts'
import { isClusterView, isDiagnosis } from '../../../core/api/shapes/cluster.ts'
import { isExplainAnswer } from '../../../core/api/shapes/explanation.ts'
import { isNodeReport } from '../../../core/api/shapes/node.ts'
import { isQueuesView } from '../../../core/api/shapes/queues.ts'
import { isRingView } from '../../../core/api/shapes/ring.ts'
import type { Shape } from '../../../core/api/shapes/shape.ts'
import { isAnyTargetsPage, isTargetsPage } from '../../../core/api/shapes/targets.ts'
import type { ExplainAnswer, TargetsPage } from '../../../core/api/targets.ts'
import {
  check,
  clusterView,
  diagnosis,
  explanation,
  nodeReport,
  STAGES,
  target,
  targetsPage,
} from '../../adapters/cli/api-fixtures.ts'

const TIME = '2026-01-02T12:00:00.000Z'
const COUNTS = { samples: 5, histograms: 4, exemplars: 3, metadata: 2 } as const

export const QUEUES: QueuesView = {
  at: TIME,
  queues: [
    {
      node: 'n1',
      component: 'prometheus.remote_write.main',
      endpoint: 'main',
      url: 'http://receiver/push',
      protocol: '2.0',
      pending: COUNTS,
      memoryBytes: 100,
      diskBytes: 200,
      disk: 'working',
      oldestUnsent: TIME,
      lagSeconds: 60.5,
      sent: COUNTS,
      retried: COUNTS,
      failed: COUNTS,
      dropped: { too_old: COUNTS },
      lost: { disk_full: COUNTS },
      bytesSent: 300,
      series: 20,
      requestsInFlight: 1,
      shards: 1,
      shardsDesired: 1.5,
      shardsMax: 50,
      retryWaitSeconds: 0.25,
      lastError: { at: TIME, text: 'server returned HTTP status 500' },
    },
  ],
  unanswered: [{ node: 'n2', reason: 'connection refused' }],
}

export const RING: RingView = {
  node: 'n1',
  nodes: [{ name: 'n1', tokens: 512, share: 1, targets: 12 }],
  arcs: [{ to: 1, node: 0 }],
}

export const PAGE: TargetsPage = targetsPage([target('10.0.0.7'), target('10.0.0.8', { health: 'down' })], {
  unanswered: [{ node: 'n3', reason: 'connection refused' }],
})

export const ONE: ExplainAnswer = {
  found: 'one',
  explanation: explanation({ hold: { kind: 'too-small', size: 1, minimum: 3 }, unanswered: 'connection refused' }),
}
export const SEVERAL: ExplainAnswer = { found: 'several', matched: 2, targets: PAGE.targets }
export const NONE: ExplainAnswer = {
  found: 'none',
  dropped: [{ stages: STAGES, sentence: 'A rule dropped it.' }],
  unanswered: PAGE.unanswered,
}

export interface Sample {
  readonly what: string
  readonly shape: Shape<unknown>
  readonly value: unknown
}

function sample<T>(what: string, shape: Shape<T>, value: T): Sample {
  return { what, shape: shape as unknown as Shape<unknown>, value }
}

export const SAMPLES: readonly Sample[] = [
  sample('a report', isNodeReport, nodeReport({ conflict: { name: 'n1', rival: '10.0.0.9:80' }, peersChanged: TIME })),
  sample('a view of the cluster', isClusterView, clusterView({ diagnosis: diagnosis(check('warning')) })),
  sample('a diagnosis', isDiagnosis, diagnosis(check('ok'), check('trouble', { remedy: ['Look at it.'] }))),
  sample("a peer's page of targets", isTargetsPage, PAGE),
  sample('any page of targets', isAnyTargetsPage, PAGE),
  sample('an explanation', isExplainAnswer, ONE),
  sample('several targets', isExplainAnswer, SEVERAL),
  sample('no target', isExplainAnswer, NONE),
  sample('the ring', isRingView, RING),
  sample('queues', isQueuesView, QUEUES),
]
