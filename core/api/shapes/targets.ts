/** Whether something is a page of targets. */
import { MAX_DISCOVERED_TARGETS, MAX_TARGETS_PER_PAGE, MAX_VERTICES } from '../../limits.ts'
import type { LabelTexts, TargetRow, TargetsPage, Unanswered } from '../targets.ts'
import {
  anyWords,
  isAmount,
  isCount,
  isKey,
  isListOf,
  isMapOf,
  isName,
  isNullOr,
  isRecord,
  isText,
  isTime,
  knownWords,
  type Shape,
  type Words,
} from './shape.ts'

export const isLabels: Shape<LabelTexts> = isMapOf(isText)

export const isUnanswered: Shape<readonly Unanswered[]> = isListOf(
  isRecord<Unanswered>({ node: isName, reason: isText }),
)

function rowShape(words: Words): Shape<TargetRow> {
  return isRecord<TargetRow>({
    component: isText,
    key: isKey,
    job: isText,
    url: isText,
    labels: isLabels,
    owner: isNullOr(isName),
    toldBy: isNullOr(isName),
    health: words({ up: true, down: true, unknown: true }),
    lastScrape: isNullOr(isTime),
    durationSeconds: isAmount,
    samples: isCount,
    intervalSeconds: isAmount,
    error: isText,
  })
}

function pageShape(row: Shape<TargetRow>, most: number): Shape<TargetsPage> {
  return isRecord<TargetsPage>({
    total: isCount,
    matched: isCount,
    health: isRecord<TargetsPage['health']>({ up: isCount, down: isCount, unknown: isCount }),
    targets: isListOf(row, most),
    components: isListOf(isText, MAX_VERTICES),
    owners: isListOf(isName),
    unanswered: isUnanswered,
  })
}

/** What a peer tells: everything in it is known here. */
export const isTargetsPage: Shape<TargetsPage> = pageShape(rowShape(knownWords), MAX_TARGETS_PER_PAGE)

/** For showing; words of newer versions pass. */
export const isAnyTarget: Shape<TargetRow> = rowShape(anyWords)

/** The same of a page, or of several that were put together. */
export const isAnyTargetsPage: Shape<TargetsPage> = pageShape(isAnyTarget, MAX_DISCOVERED_TARGETS)
