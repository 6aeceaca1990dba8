/** Whether something explains a target; for showing: words of newer versions pass. */
import type {
  DroppedTarget,
  ExplainAnswer,
  OwnedSince,
  RelabelStage,
  RelabelStep,
  TargetExplanation,
} from '../targets.ts'
import { ANY_NODE } from './node.ts'
import {
  anyWords,
  isCount,
  isFlag,
  isListOf,
  isName,
  isNullOr,
  isRecord,
  isText,
  isTime,
  isVariantOf,
  knownWords,
  type Shape,
} from './shape.ts'
import { isAnyTarget, isLabels, isUnanswered } from './targets.ts'

const isStage = isRecord<RelabelStage>({
  component: isText,
  input: isLabels,
  steps: isListOf(
    isRecord<RelabelStep>({
      rule: isText,
      changes: isListOf(
        isRecord<RelabelStep['changes'][number]>({ label: isText, before: isNullOr(isText), after: isNullOr(isText) }),
      ),
      dropped: isFlag,
    }),
  ),
  output: isNullOr(isLabels),
})

const isExplanation = isRecord<TargetExplanation>({
  target: isAnyTarget,
  by: isName,
  local: isFlag,
  reason: anyWords({
    'not-clustered': true,
    'nobody-participates': true,
    owner: true,
    'other-owner': true,
    joining: true,
    'too-small': true,
    'name-conflict': true,
  }),
  hold: isNullOr(ANY_NODE.hold),
  token: isNullOr(isName),
  runnersUp: isListOf(isName),
  sentence: isText,
  since: isRecord<OwnedSince>({
    at: isNullOr(isTime),
    before: isNullOr(isName),
    joined: isListOf(isName),
    left: isListOf(isName),
    sentence: isText,
  }),
  relabelling: isListOf(isStage),
  unanswered: isNullOr(isText),
})

type Found<Kind> = Extract<ExplainAnswer, { readonly found: Kind }>

/** Whether one was found is known, or nothing could be shown. */
export const isExplainAnswer: Shape<ExplainAnswer> = isVariantOf<'found', ExplainAnswer>('found', {
  one: isRecord<Found<'one'>>({ found: knownWords({ one: true }), explanation: isExplanation }),
  several: isRecord<Found<'several'>>({
    found: knownWords({ several: true }),
    matched: isCount,
    targets: isListOf(isAnyTarget),
  }),
  none: isRecord<Found<'none'>>({
    found: knownWords({ none: true }),
    dropped: isListOf(isRecord<DroppedTarget>({ stages: isListOf(isStage), sentence: isText })),
    unanswered: isUnanswered,
  }),
})
