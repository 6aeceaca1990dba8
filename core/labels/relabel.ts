/**
 * Relabelling: rules that rewrite or drop a label set, with all actions of Prometheus. Owns what a rule does; a rule is
 * compiled once into a function from label set to label set, and a list of rules is their composition. Never changes a
 * label set in place: one that comes out the same is the same object, which callers may rely on.
 *
 * Runs once per series and rule list, not per sample.
 */
import { md5 } from '@noble/hashes/legacy.js'
import { mod64 } from '../hash/u64.ts'
import { goLowerCase, goUpperCase } from './case.ts'
import { compareNames, type Labels, labelsFromMap, labelsToMap, labelValue } from './labels.ts'
import type { Match, Pattern } from './re2/pattern.ts'
import {
  type CheckedRule,
  checkRule,
  DEFAULT_RULE,
  isLegacyLabelName,
  type RelabelRule,
  type RelabelRuleInput,
  type RuleProblem,
} from './rules.ts'
import { compileTemplate, expandTemplate } from './template.ts'

export type { RelabelRule, RelabelRuleInput, RuleProblem } from './rules.ts'

export interface CompiledRule {
  /** As configured, defaults filled in. */
  readonly rule: RelabelRule
  /** The new label set, the same object when nothing changed, or undefined to drop the series. */
  readonly apply: (labels: Labels) => Labels | undefined
}

export type CompiledRules =
  | { readonly ok: true; readonly rules: readonly CompiledRule[] }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] }

/** Checks all rules and reports all problems at once. */
export function compileRules(inputs: readonly RelabelRuleInput[]): CompiledRules {
  const rules: CompiledRule[] = []
  const problems: RuleProblem[] = []
  inputs.forEach((input, index) => {
    const checked = checkRule(input, index)
    if ('rule' in checked) rules.push({ rule: checked.rule, apply: actionOf(checked) })
    else problems.push(...checked)
  })
  return problems.length > 0 ? { ok: false, problems } : { ok: true, rules }
}

/** `undefined` when a rule drops the series, or when no label is left. */
export function relabel(labels: Labels, rules: readonly CompiledRule[]): Labels | undefined {
  let current = labels
  for (let i = 0; i < rules.length; i++) {
    const next = rules[i].apply(current)
    if (next === undefined) return undefined
    current = next
  }
  return current.length === 0 ? undefined : current
}

export interface RelabelStep {
  /** Index of the rule. */
  readonly rule: number
  readonly before: Labels
  /** undefined: dropped here. */
  readonly after: Labels | undefined
}

/** What each rule made of the labels, up to the one that dropped them. */
export function explainRelabel(labels: Labels, rules: readonly CompiledRule[]): readonly RelabelStep[] {
  const steps: RelabelStep[] = []
  let before: Labels | undefined = labels
  for (let rule = 0; rule < rules.length && before !== undefined; rule++) {
    const after: Labels | undefined = rules[rule].apply(before)
    steps.push({ rule, before, after })
    before = after
  }
  return steps
}

type Apply = CompiledRule['apply']

function actionOf({ rule, pattern }: CheckedRule): Apply {
  const { targetLabel } = rule
  const source = sourceOf(rule)
  switch (rule.action) {
    case 'replace':
      return replace(rule, pattern)
    case 'keep':
      return (labels) => (pattern.test(source(labels)) ? labels : undefined)
    case 'drop':
      return (labels) => (pattern.test(source(labels)) ? undefined : labels)
    case 'keepequal':
      return (labels) => (source(labels) === labelValue(labels, targetLabel) ? labels : undefined)
    case 'dropequal':
      return (labels) => (source(labels) === labelValue(labels, targetLabel) ? undefined : labels)
    case 'hashmod':
      return (labels) => withLabel(labels, targetLabel, hashMod(source(labels), rule.modulus))
    case 'labelmap':
      return labelMap(rule, pattern)
    case 'labeldrop':
      return (labels) => filterNames(labels, (name) => !pattern.test(name))
    case 'labelkeep':
      return (labels) => filterNames(labels, pattern.test)
    case 'lowercase':
      return (labels) => withLabel(labels, targetLabel, goLowerCase(source(labels)))
    case 'uppercase':
      return (labels) => withLabel(labels, targetLabel, goUpperCase(source(labels)))
  }
}

/** The values of the source labels, joined. */
function sourceOf({ sourceLabels, separator }: RelabelRule): (labels: Labels) => string {
  if (sourceLabels.length === 0) return () => ''
  const [first, ...others] = sourceLabels
  if (others.length === 0) return (labels) => labelValue(labels, first)
  return (labels) => {
    let text = labelValue(labels, first)
    for (let i = 0; i < others.length; i++) text += separator + labelValue(labels, others[i])
    return text
  }
}

function replace(rule: RelabelRule, pattern: Pattern): Apply {
  const source = sourceOf(rule)
  const target = compileTemplate(rule.targetLabel, pattern.groupNames)
  const replacement = compileTemplate(rule.replacement, pattern.groupNames)
  const fixedName = target.constant
  const fixedValue = replacement.constant
  if (fixedName !== undefined && !isLegacyLabelName(fixedName)) return (labels) => labels
  if (fixedName !== undefined && fixedValue !== undefined) {
    return (labels) => (pattern.test(source(labels)) ? withLabel(labels, fixedName, fixedValue) : labels)
  }
  const match: (text: string) => Match | undefined =
    rule.regex === DEFAULT_RULE.regex ? (text) => [text, text] : pattern.match
  return (labels) => {
    const found = match(source(labels))
    if (found === undefined) return labels
    const name = fixedName ?? expandTemplate(target, found)
    if (fixedName === undefined && !isLegacyLabelName(name)) return labels
    return withLabel(labels, name, expandTemplate(replacement, found))
  }
}

/** Above this, putting new labels in one by one costs more than building the set anew. */
const FEW = 8

/** Where several names map to one, the last of them in order wins. */
function labelMap(rule: RelabelRule, pattern: Pattern): Apply {
  const template = compileTemplate(rule.replacement, pattern.groupNames)
  return (labels) => {
    let added: string[] | undefined
    for (let i = 0; i < labels.length; i += 2) {
      const found = pattern.match(labels[i])
      if (found === undefined) continue
      const name = expandTemplate(template, found)
      // An empty name can't be a label's; Prometheus would build such a set, and every receiver refuse it.
      if (name !== '') (added ??= []).push(name, labels[i + 1])
    }
    if (added === undefined) return labels
    if (added.length > 2 * FEW) return withManyLabels(labels, added)
    let result = labels
    for (let i = 0; i < added.length; i += 2) result = withLabel(result, added[i], added[i + 1])
    return result
  }
}

function withManyLabels(labels: Labels, added: readonly string[]): Labels {
  const map = labelsToMap(labels)
  let changed = false
  for (let i = 0; i < added.length; i += 2) {
    changed ||= map.get(added[i]) !== added[i + 1]
    map.set(added[i], added[i + 1])
  }
  return changed ? labelsFromMap(map) : labels
}

/** With the label set to the value, or without it when the value is empty. */
function withLabel(labels: Labels, name: string, value: string): Labels {
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] !== name) continue
    if (labels[i + 1] === value) return labels
    const copy = labels.slice()
    if (value === '') copy.splice(i, 2)
    else copy[i + 1] = value
    return copy
  }
  if (value === '') return labels
  let at = 0
  while (at < labels.length && compareNames(labels[at], name) < 0) at += 2
  const copy = labels.slice()
  copy.splice(at, 0, name, value)
  return copy
}

function filterNames(labels: Labels, keeps: (name: string) => boolean): Labels {
  let kept: string[] | undefined
  for (let i = 0; i < labels.length; i += 2) {
    if (keeps(labels[i])) kept?.push(labels[i], labels[i + 1])
    else kept ??= labels.slice(0, i)
  }
  return kept ?? labels
}

const encoder = new TextEncoder()

/** Decimal remainder of the last eight bytes of the MD5 sum, read as a big-endian number. */
function hashMod(text: string, modulus: number | bigint): string {
  const sum = md5(encoder.encode(text))
  const hi = bigEndian(sum, 8)
  const lo = bigEndian(sum, 12)
  if (modulus <= Number.MAX_SAFE_INTEGER) return String(mod64({ hi, lo }, Number(modulus)))
  return String(((BigInt(hi) << 32n) | BigInt(lo)) % BigInt(modulus))
}

function bigEndian(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0
}
