/**
 * One component's part in how a target came to its labels, step by step: the rules of a discovery.relabel, or what a
 * prometheus.scrape does by itself. What a step did is read off what the real code made of the labels, so that this can't tell
 * anything else than what happened.
 */
import type { RelabelStage, RelabelStep } from '../api/targets.ts'
import { withoutPasswords } from '../errors.ts'
import { type Labels, labelsFromMap, labelsToMap } from '../labels/labels.ts'
import { type CompiledRule, explainRelabel, relabel } from '../labels/relabel.ts'
import { ruleText } from '../labels/rule-text.ts'
import type { TargetLabels } from '../ownership/distribute.ts'
import type { ScrapeConfig } from '../scrape/config.ts'
import { buildTarget } from '../scrape/target.ts'
import { labelTexts, pairsOf } from './label-texts.ts'

/** All rules up to the one that dropped the target, those too that changed nothing. */
export function relabelStage(component: string, input: TargetLabels, rules: readonly CompiledRule[]): RelabelStage {
  const labels = labelsFromMap(input)
  const output = relabel(labels, rules)
  const steps = explainRelabel(labels, rules)
  return {
    component,
    input: labelTexts(input),
    steps: steps.map(({ rule, before, after }, i) => ({
      rule: withoutPasswords(ruleText(rules[rule].rule)),
      changes: after === undefined ? [] : changesBetween(before, after),
      // The last one may have left no label: that drops it, too.
      dropped: after === undefined || (i === steps.length - 1 && output === undefined),
    })),
    output: output === undefined ? null : labelTexts(pairsOf(output)),
  }
}

/** From the labels as given to those that samples get; `output` is null when it can't be scraped, and the last rule says why. */
export function scrapeStage(component: string, input: TargetLabels, config: ScrapeConfig): RelabelStage {
  const built = buildTarget(input, config)
  const stage = { component, input: labelTexts(input) }
  if (!built.ok) {
    return { ...stage, steps: [{ rule: withoutPasswords(built.error), changes: [], dropped: true }], output: null }
  }
  const { discovered, labels } = built.target
  const given = labelsFromMap(input)
  const steps: RelabelStep[] = []
  const step = (rule: string, changes: RelabelStep['changes']): void => {
    if (changes.length > 0) steps.push({ rule, changes, dropped: false })
  }
  const empty = [...input].filter(([, value]) => value === '')
  step(
    'labels without a value are left out',
    empty.map(([label]) => ({ label, before: '', after: null })),
  )
  for (const change of changesBetween(given, discovered)) step(`${change.label}, unless it has one`, [change])
  const left = changesBetween(discovered, labels)
  step(
    'instance = __address__, unless it has one',
    left.filter(({ before }) => before === null),
  )
  step(
    'labels that begin with __ are for the scrape alone',
    left.filter(({ before }) => before !== null),
  )
  return { ...stage, steps, output: labelTexts(pairsOf(labels)) }
}

function changesBetween(before: Labels, after: Labels): RelabelStep['changes'] {
  if (before === after) return []
  const was = labelsToMap(before)
  const is = labelsToMap(after)
  const changes: { label: string; before: string | null; after: string | null }[] = []
  for (const [label, value] of was) {
    const now = is.get(label)
    if (now !== value) changes.push({ label, before: shown(value), after: shown(now) })
  }
  for (const [label, value] of is) if (!was.has(label)) changes.push({ label, before: null, after: shown(value) })
  return changes
}

function shown(value: string | undefined): string | null {
  return value === undefined ? null : withoutPasswords(value)
}
