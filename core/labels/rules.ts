/**
 * Relabel rules as data, their defaults, and everything that can be wrong with them, as Prometheus and Alloy check it
 * when a configuration is loaded. Names are always checked by the legacy scheme, whatever the scrape says.
 */
import { compilePattern, type Pattern } from './re2/pattern.ts'

export const RELABEL_ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const

export type RelabelAction = (typeof RELABEL_ACTIONS)[number]

export interface RelabelRule {
  readonly sourceLabels: readonly string[]
  readonly separator: string
  /** RE2 syntax; matched as `^(?s:regex)$`. */
  readonly regex: string
  /** From 0 (not set) to 2^64 - 1; numbers must be safe integers. */
  readonly modulus: number | bigint
  readonly targetLabel: string
  readonly replacement: string
  readonly action: RelabelAction
}

/** A rule as configured: what is missing has its default, and the action may be anything. */
export type RelabelRuleInput = { readonly [Field in Exclude<keyof RelabelRule, 'action'>]?: RelabelRule[Field] } & {
  readonly action?: string
}

export const DEFAULT_RULE: RelabelRule = {
  sourceLabels: [],
  separator: ';',
  regex: '(.*)',
  modulus: 0,
  targetLabel: '',
  replacement: '$1',
  action: 'replace',
}

export interface RuleProblem {
  /** Index of the rule in the list. */
  readonly rule: number
  readonly field: keyof RelabelRule
  readonly message: string
}

export interface CheckedRule {
  readonly rule: RelabelRule
  readonly pattern: Pattern
}

const MAX_MODULUS = 0xffffffffffffffffn

/** The rule with defaults filled in, or all that is wrong with it. `index` goes into the problems. */
export function checkRule(input: RelabelRuleInput, index: number): CheckedRule | readonly RuleProblem[] {
  const problems: RuleProblem[] = []
  const report = (field: keyof RelabelRule, message: string): void => {
    problems.push({ rule: index, field, message })
  }
  const compiled = compilePattern(input.regex ?? DEFAULT_RULE.regex)
  if (!compiled.ok) report('regex', `${compiled.message} (at offset ${compiled.offset})`)
  const action = RELABEL_ACTIONS.find((known) => known === (input.action ?? DEFAULT_RULE.action))
  if (action === undefined) {
    report('action', `unknown relabel action ${JSON.stringify(input.action)}: use one of ${RELABEL_ACTIONS.join(', ')}`)
    return problems
  }
  const rule: RelabelRule = { ...DEFAULT_RULE, ...input, action }
  checkModulus(rule, report)
  checkTargetLabel(rule, report)
  checkUnusedFields(rule, report)
  if (action === 'labelmap' && !isLabelNameTemplate(rule.replacement)) {
    report('replacement', `${JSON.stringify(rule.replacement)} is invalid 'replacement' for ${action} action`)
  }
  return problems.length > 0 || !compiled.ok ? problems : { rule, pattern: compiled.pattern }
}

type Report = (field: keyof RelabelRule, message: string) => void

function checkModulus({ action, modulus }: RelabelRule, report: Report): void {
  const whole = typeof modulus === 'bigint' || Number.isSafeInteger(modulus)
  if (!whole || modulus < 0 || modulus > MAX_MODULUS) {
    report('modulus', `modulus must be a whole number from 0 to ${MAX_MODULUS}, not ${modulus}`)
  } else if (action === 'hashmod' && BigInt(modulus) === 0n) {
    report('modulus', 'relabel configuration for hashmod requires non-zero modulus')
  }
}

const NEEDS_TARGET: ReadonlySet<RelabelAction> = new Set([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
])

function checkTargetLabel({ action, targetLabel }: RelabelRule, report: Report): void {
  if (!NEEDS_TARGET.has(action)) return
  if (targetLabel === '') {
    report('targetLabel', `relabel configuration for ${action} action requires 'target_label' value`)
    return
  }
  const valid =
    action === 'replace' && targetLabel.includes('$')
      ? isLabelNameTemplate(targetLabel)
      : isLegacyLabelName(targetLabel)
  if (!valid) report('targetLabel', `${JSON.stringify(targetLabel)} is invalid 'target_label' for ${action} action`)
}

/** Fields that an action doesn't read must not be set: whoever sets them expects something else. */
function checkUnusedFields(rule: RelabelRule, report: Report): void {
  const { action } = rule
  const isSet = (field: keyof RelabelRule): boolean =>
    field === 'sourceLabels'
      ? rule.sourceLabels.length > 0
      : field === 'modulus'
        ? Number(rule.modulus) !== 0
        : rule[field] !== DEFAULT_RULE[field]
  switch (action) {
    case 'lowercase':
    case 'uppercase':
      if (isSet('replacement')) report('replacement', `'replacement' can not be set for ${action} action`)
      return
    case 'keepequal':
    case 'dropequal':
      for (const field of ['regex', 'separator', 'modulus', 'replacement'] as const) {
        if (!isSet(field)) continue
        report(field, `${action} action requires only 'source_labels' and 'target_label', and no other fields`)
      }
      return
    case 'labeldrop':
    case 'labelkeep':
      for (const field of ['sourceLabels', 'targetLabel', 'separator', 'modulus', 'replacement'] as const) {
        if (isSet(field)) report(field, `${action} action requires only 'regex', and no other fields`)
      }
  }
}

export function isLegacyLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
}

/** A name in which `$name` and `${name}` may stand for parts. */
function isLabelNameTemplate(template: string): boolean {
  return /^(?:[a-zA-Z_]|\$\w|\$\{\w+\})(?:\w|\$\w|\$\{\w+\})*$/.test(template)
}
