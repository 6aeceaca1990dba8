/** Whether something is what a node knows by itself. */
import { MAX_MEMBERS, MAX_SOUGHT } from '../../limits.ts'
import type { GateReport, HoldReport, NodeReport, PeerSighting, Work } from '../node.ts'
import {
  anyWords,
  type Fields,
  isAmount,
  isCount,
  isFlag,
  isListOf,
  isName,
  isNullOr,
  isRecord,
  isTime,
  isVariantOf,
  knownWords,
  type Shape,
  type Words,
} from './shape.ts'

export const isWork: Shape<Work> = isRecord<Work>({
  targets: isCount,
  up: isCount,
  down: isCount,
  unknown: isCount,
  samplesPerSecond: isAmount,
})

const isAnnouncement = isRecord<NonNullable<PeerSighting['announced']>>({
  version: isName,
  runtime: isName,
  configHash: isName,
  started: isTime,
})

type HoldOf<Kind> = Extract<HoldReport, { readonly kind: Kind }>

export interface NodeShapes {
  readonly hold: Shape<HoldReport>
  readonly sighting: Fields<PeerSighting>
  readonly report: Shape<NodeReport>
}

export function nodeShapes(words: Words): NodeShapes {
  const isHold = isVariantOf<'kind', HoldReport>(
    'kind',
    {
      joining: isRecord<HoldOf<'joining'>>({ kind: knownWords({ joining: true }) }),
      'too-small': isRecord<HoldOf<'too-small'>>({
        kind: knownWords({ 'too-small': true }),
        size: isAmount,
        minimum: isAmount,
      }),
      'name-conflict': isRecord<HoldOf<'name-conflict'>>({
        kind: knownWords({ 'name-conflict': true }),
        rival: isName,
      }),
    },
    words<string>({}),
  )
  const isState = words({ viewer: true, participant: true, terminating: true })
  const sighting: Fields<PeerSighting> = {
    name: isName,
    address: isName,
    state: isState,
    self: isFlag,
    suspect: isFlag,
    stateSince: isTime,
    lastSeen: isNullOr(isTime),
    announced: isNullOr(isAnnouncement),
  }
  const report = isRecord<NodeReport>({
    name: isName,
    address: isName,
    clustered: isFlag,
    clusterName: isName,
    version: isName,
    runtime: isName,
    started: isTime,
    configHash: isName,
    configLoaded: isNullOr(isTime),
    now: isTime,
    state: isState,
    hold: isNullOr(isHold),
    peers: isListOf(isRecord<PeerSighting>(sighting), MAX_MEMBERS),
    peersChanged: isNullOr(isTime),
    recentPeerChanges: isAmount,
    conflict: isNullOr(isRecord<NonNullable<NodeReport['conflict']>>({ name: isName, rival: isName })),
    gate: isRecord<GateReport>({ minimum: isAmount, size: isAmount, open: isFlag, timeoutSeconds: isAmount }),
    lamportTime: isAmount,
    healthScore: isAmount,
    sought: isListOf(isName, MAX_SOUGHT),
    work: isWork,
  })
  return { hold: isHold, sighting, report }
}

/** For showing; words of newer versions pass. */
export const ANY_NODE: NodeShapes = nodeShapes(anyWords)

/** What a peer says of itself: everything in it is known here. */
export const isNodeReport: Shape<NodeReport> = nodeShapes(knownWords).report
