/** Relabel rules: the same in both languages. They are checked here, where their place is known. */
import { checkRule, DEFAULT_RULE, type RelabelRuleInput } from '../labels/rules.ts'
import { attribute, block, type Statement, text, texts } from './alloy.ts'
import type { Fields } from './fields.ts'
import { fail } from './remarks.ts'

const FIELD_NAMES: Readonly<Record<string, string>> = { sourceLabels: 'source_labels', targetLabel: 'target_label' }

/** One block for each rule, called `name`. */
export function relabelRules(rules: readonly Fields[], name: string): readonly Statement[] {
  return rules.map((rule) => block(name, '', relabelRule(rule)))
}

function relabelRule(fields: Fields): readonly Statement[] {
  const rule = {
    ...set('sourceLabels', fields.texts('source_labels')),
    ...set('separator', fields.text('separator')),
    ...set('regex', fields.text('regex')),
    ...set('modulus', fields.count('modulus')),
    ...set('targetLabel', fields.text('target_label')),
    ...set('replacement', fields.text('replacement')),
    ...set('action', fields.text('action')?.toLowerCase()),
  } as RelabelRuleInput
  fields.rest()

  const checked = checkRule(rule, 0)
  if (!('rule' in checked)) {
    for (const { field, message } of checked) {
      const name = FIELD_NAMES[field] ?? field
      fail(fields.scope.report, fields.placeOf(name), `${fields.path}.${name}: ${message}`)
    }
    return []
  }
  const { sourceLabels, separator, regex, modulus, targetLabel, replacement, action } = checked.rule
  return [
    ...(sourceLabels.length === 0 ? [] : [attribute('source_labels', texts(sourceLabels))]),
    ...unlessDefault('separator', separator, DEFAULT_RULE.separator),
    ...unlessDefault('regex', regex, DEFAULT_RULE.regex),
    ...(modulus === 0 ? [] : [attribute('modulus', String(modulus))]),
    ...unlessDefault('target_label', targetLabel, DEFAULT_RULE.targetLabel),
    ...unlessDefault('replacement', replacement, DEFAULT_RULE.replacement),
    ...unlessDefault('action', action, DEFAULT_RULE.action),
  ]
}

function set(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value }
}

function unlessDefault(name: string, value: string, usual: string): readonly Statement[] {
  return value === usual ? [] : [attribute(name, text(value))]
}
