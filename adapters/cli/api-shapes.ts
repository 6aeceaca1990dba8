/** The shapes of core/api that commands read, as checks. */
import type { ClusterNodeRow, ClusterView } from '../../core/api/cluster.ts'
import type { Check, Diagnosis } from '../../core/api/doctor.ts'
import type { GateReport, HoldReport, NodeReport, PeerSighting, Work } from '../../core/api/node.ts'
import type { RingView } from '../../core/api/ownership.ts'
import type {
  DroppedTarget,
  ExplainAnswer,
  OwnedSince,
  RelabelStage,
  RelabelStep,
  TargetExplanation,
  TargetRow,
  TargetsPage,
} from '../../core/api/targets.ts'
import { isFlag, isListOf, isMapOf, isNullOr, isNumber, isRecord, isText, isWord, type Shape } from './json-shape.ts'

const isWork = isRecord<Work>({
  targets: isNumber,
  up: isNumber,
  down: isNumber,
  unknown: isNumber,
  samplesPerSecond: isNumber,
})

/** Kinds differ in what they tell; one that isn't known here is shown by its name. */
const isKind = isRecord<{ kind: string }>({ kind: isText })
const isTooSmall = isRecord<{ size: number; minimum: number }>({ size: isNumber, minimum: isNumber })
const isConflict = isRecord<{ rival: string }>({ rival: isText })
function isHold(value: unknown): value is HoldReport {
  if (!isKind(value)) return false
  if (value.kind === 'too-small') return isTooSmall(value)
  return value.kind !== 'name-conflict' || isConflict(value)
}

const SIGHTING = {
  name: isText,
  address: isText,
  state: isWord,
  self: isFlag,
  suspect: isFlag,
  stateSince: isText,
  lastSeen: isNullOr(isText),
  announced: isNullOr(
    isRecord<NonNullable<PeerSighting['announced']>>({
      version: isText,
      runtime: isText,
      configHash: isText,
      started: isText,
    }),
  ),
} as const

const isNode: Shape<NodeReport> = isRecord<NodeReport>({
  name: isText,
  address: isText,
  clustered: isFlag,
  clusterName: isText,
  version: isText,
  runtime: isText,
  started: isText,
  configHash: isText,
  configLoaded: isNullOr(isText),
  now: isText,
  state: isWord,
  hold: isNullOr(isHold),
  peers: isListOf(isRecord<PeerSighting>(SIGHTING)),
  peersChanged: isNullOr(isText),
  recentPeerChanges: isNumber,
  conflict: isNullOr(isRecord<NonNullable<NodeReport['conflict']>>({ name: isText, rival: isText })),
  gate: isRecord<GateReport>({ minimum: isNumber, size: isNumber, open: isFlag, timeoutSeconds: isNumber }),
  lamportTime: isNumber,
  healthScore: isNumber,
  sought: isListOf(isText),
  work: isWork,
})

export const isDiagnosis: Shape<Diagnosis> = isRecord<Diagnosis>({
  at: isText,
  by: isText,
  verdict: isWord,
  checks: isListOf(
    isRecord<Check>({
      id: isWord,
      title: isText,
      verdict: isWord,
      sentence: isText,
      evidence: isListOf(isText),
      remedy: isListOf(isText),
    }),
  ),
})

export const isClusterView: Shape<ClusterView> = isRecord<ClusterView>({
  node: isNode,
  peers: isListOf(
    isRecord<ClusterNodeRow>({
      ...SIGHTING,
      kind: isWord,
      work: isNullOr(isWork),
      share: isNumber,
      unanswered: isNullOr(isText),
    }),
  ),
  diagnosis: isDiagnosis,
})

const isTarget = isRecord<TargetRow>({
  component: isText,
  key: isText,
  job: isText,
  url: isText,
  labels: isMapOf(isText),
  owner: isNullOr(isText),
  toldBy: isNullOr(isText),
  health: isWord,
  lastScrape: isNullOr(isText),
  durationSeconds: isNumber,
  samples: isNumber,
  intervalSeconds: isNumber,
  error: isText,
})

export const isTargetsPage: Shape<TargetsPage> = isRecord<TargetsPage>({
  total: isNumber,
  matched: isNumber,
  health: isRecord<TargetsPage['health']>({ up: isNumber, down: isNumber, unknown: isNumber }),
  targets: isListOf(isTarget),
  components: isListOf(isText),
  owners: isListOf(isText),
  unanswered: isListOf(isRecord<TargetsPage['unanswered'][number]>({ node: isText, reason: isText })),
})

const isStage = isRecord<RelabelStage>({
  component: isText,
  input: isMapOf(isText),
  steps: isListOf(
    isRecord<RelabelStep>({
      rule: isText,
      changes: isListOf(
        isRecord<RelabelStep['changes'][number]>({ label: isText, before: isNullOr(isText), after: isNullOr(isText) }),
      ),
      dropped: isFlag,
    }),
  ),
  output: isNullOr(isMapOf(isText)),
})

const isExplanation = isRecord<TargetExplanation>({
  target: isTarget,
  by: isText,
  local: isFlag,
  reason: isWord,
  hold: isNullOr(isHold),
  token: isNullOr(isText),
  runnersUp: isListOf(isText),
  sentence: isText,
  since: isRecord<OwnedSince>({
    at: isNullOr(isText),
    before: isNullOr(isText),
    joined: isListOf(isText),
    left: isListOf(isText),
    sentence: isText,
  }),
  relabelling: isListOf(isStage),
  unanswered: isNullOr(isText),
})

type Found<Kind> = Extract<ExplainAnswer, { readonly found: Kind }>

const isOne = isRecord<Found<'one'>>({ found: isWord, explanation: isExplanation })
const isSeveral = isRecord<Found<'several'>>({ found: isWord, matched: isNumber, targets: isListOf(isTarget) })
const isNone = isRecord<Found<'none'>>({
  found: isWord,
  dropped: isListOf(isRecord<DroppedTarget>({ stages: isListOf(isStage), sentence: isText })),
})

export function isExplainAnswer(value: unknown): value is ExplainAnswer {
  const found = (value as { readonly found?: unknown } | null)?.found
  return found === 'one' ? isOne(value) : found === 'several' ? isSeveral(value) : found === 'none' && isNone(value)
}

export const isRingView: Shape<RingView> = isRecord<RingView>({
  node: isText,
  nodes: isListOf(
    isRecord<RingView['nodes'][number]>({ name: isText, tokens: isNumber, share: isNumber, targets: isNumber }),
  ),
  arcs: isListOf(isRecord<RingView['arcs'][number]>({ to: isNumber, node: isNumber })),
})
