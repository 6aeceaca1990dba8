/** Whether something is the view of a cluster, or what is wrong with it; for showing: words of newer versions pass. */
import { MAX_MEMBERS } from '../../limits.ts'
import type { ClusterNodeRow, ClusterView } from '../cluster.ts'
import type { Check, Diagnosis, TroubleId, Verdict } from '../doctor.ts'
import { ANY_NODE, isWork } from './node.ts'
import { anyWords, isCount, isListOf, isName, isNullOr, isRecord, isText, isTime, type Shape } from './shape.ts'

const isVerdict = anyWords<Verdict>({ ok: true, warning: true, trouble: true, unknown: true })

const isTrouble = anyWords<TroubleId>({
  'not-converging': true,
  'split-brain': true,
  'configuration-drift': true,
  'name-conflict': true,
  'stuck-terminating': true,
  'lamport-clock': true,
  'too-small': true,
  'unhealthy-node': true,
  unanswered: true,
})

export const isDiagnosis: Shape<Diagnosis> = isRecord<Diagnosis>({
  at: isTime,
  by: isName,
  verdict: isVerdict,
  checks: isListOf(
    isRecord<Check>({
      id: isTrouble,
      title: isText,
      verdict: isVerdict,
      sentence: isText,
      evidence: isListOf(isText),
      remedy: isListOf(isText),
    }),
  ),
})

export const isClusterView: Shape<ClusterView> = isRecord<ClusterView>({
  node: ANY_NODE.report,
  peers: isListOf(
    isRecord<ClusterNodeRow>({
      ...ANY_NODE.sighting,
      kind: anyWords({ skein: true, alloy: true }),
      work: isNullOr(isWork),
      share: isCount,
      unanswered: isNullOr(isText),
    }),
    MAX_MEMBERS,
  ),
  diagnosis: isDiagnosis,
})
