/** The `rule` block, shared by every component that relabels, and by remote_write's `write_relabel_config`. */
import { CodedError } from '../errors.ts'
import { type CompiledRule, compileRules, type RelabelRule } from '../labels/relabel.ts'
import { RELABEL_ACTIONS } from '../labels/rules.ts'
import { attr, block, type Schema } from '../syntax/schema.ts'
import { list, oneOf, string, uint } from '../syntax/types.ts'

export interface RuleArgs {
  readonly source_labels: readonly string[]
  readonly separator: string
  readonly regex: string
  readonly modulus: number
  readonly target_label: string
  readonly replacement: string
  readonly action: RelabelRule['action']
}

export const rule: Schema<RuleArgs> = block(
  {
    source_labels: attr.optional(list(string), [], 'Labels whose values are joined and matched against the regex.'),
    separator: attr.optional(string, ';', 'Stands between the values of the source labels.'),
    regex: attr.optional(string, '(.*)', 'RE2 pattern; it must match the whole text.'),
    modulus: attr.optional(uint, 0, 'What the hash is taken modulo of, for hashmod.'),
    target_label: attr.optional(string, '', 'The label that is written.'),
    replacement: attr.optional(string, '$1', 'What is written; $1 and the like stand for captures of the regex.'),
    action: attr.optional(oneOf(...RELABEL_ACTIONS), 'replace', 'What is done.'),
  },
  {
    validate(args, report) {
      const compiled = compileRules([toRule(args)])
      if (compiled.ok) return
      for (const { field, message } of compiled.problems) report(message, FIELD_NAMES[field] ?? field)
    },
  },
)

/** Of the rule's data in the configuration. */
const FIELD_NAMES: Readonly<Record<string, string>> = { sourceLabels: 'source_labels', targetLabel: 'target_label' }

export function toRule(args: RuleArgs): RelabelRule {
  return {
    sourceLabels: args.source_labels,
    separator: args.separator,
    regex: args.regex,
    modulus: args.modulus,
    targetLabel: args.target_label,
    replacement: args.replacement,
    action: args.action,
  }
}

/** For arguments that decoded, which means that their rules compile. */
export function compiled(rules: readonly RuleArgs[]): readonly CompiledRule[] {
  const result = compileRules(rules.map(toRule))
  if (!result.ok) throw new CodedError('internal', `relabel rules: ${result.problems[0].message}`)
  return result.rules
}
