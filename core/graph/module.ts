/** What goes into a module and what comes out of it: the blocks `argument` and `export`, and the block of an instance. */
import type { Attribute, Block } from '../syntax/ast.ts'
import { decodeBlock } from '../syntax/decode.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { type Scope, scopeOf } from '../syntax/evaluate.ts'
import { attr, block, type Schema } from '../syntax/schema.ts'
import { didYouMean } from '../syntax/suggest.ts'
import { any, bool, string } from '../syntax/types.ts'
import type { ObjectValue, Value } from '../syntax/value.ts'
import type { BodyPlan } from './plan.ts'

interface ArgumentArgs {
  readonly comment: string
  readonly default: Value
  readonly optional: boolean
}

export const argumentSchema: Schema<ArgumentArgs> = block({
  comment: attr.optional(string, '', 'What the argument is for, for people.'),
  default: attr.optional(any, null, 'Its value when an instance gives none.'),
  optional: attr.optional(bool, false, 'Whether an instance may leave it out.'),
})

export const exportSchema: Schema<{ readonly value: Value }> = block({
  value: attr.required(any, 'What users of the module see under this name.'),
})

/** An argument of a module, as it declares it. */
export interface Parameter {
  readonly optional: boolean
  readonly fallback: Value
}

export interface Parameters {
  /** Those that are well declared. */
  readonly byName: ReadonlyMap<string, Parameter>
  /** All that are declared. */
  readonly names: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

export function parametersOf({ text }: BodyPlan, globals: ObjectValue): Parameters {
  const byName = new Map<string, Parameter>()
  const names = new Set<string>()
  const diagnostics: Diagnostic[] = []
  for (const { kind, block } of text) {
    if (kind !== 'argument') continue
    names.add(block.label)
    const decoded = decodeBlock(argumentSchema, block, scopeOf(globals))
    if (decoded.ok) byName.set(block.label, { optional: decoded.args.optional, fallback: decoded.args.default })
    else diagnostics.push(...decoded.diagnostics)
  }
  return { byName, names, diagnostics }
}

/** The attributes of an instance, by name, and what is wrong with them as a whole. */
export interface GivenArguments {
  readonly byName: ReadonlyMap<string, Attribute>
  readonly diagnostics: readonly Diagnostic[]
}

export function givenArguments(instance: Block, { byName: parameters, names }: Parameters): GivenArguments {
  const byName = new Map<string, Attribute>()
  const diagnostics: Diagnostic[] = []
  for (const statement of instance.body) {
    if (statement.kind === 'block') {
      diagnostics.push(
        errorAt(statement.nameSpan, 'nested blocks not supported here', 'a module takes attributes only'),
      )
      continue
    }
    const { text, span } = statement.name
    if (!names.has(text)) {
      const message = `Provided argument "${text}" is not defined in the module`
      diagnostics.push(errorAt(span, message, didYouMean(text, names)))
    } else if (byName.has(text)) {
      diagnostics.push(errorAt(span, `attribute "${text}" may only be provided once`))
    } else {
      byName.set(text, statement)
    }
  }
  if (instance.damaged) return { byName, diagnostics }
  for (const [name, { optional }] of parameters) {
    if (optional || byName.has(name)) continue
    diagnostics.push(errorAt(instance.nameSpan, `missing required argument "${name}" to module`, `write ${name} = …`))
  }
  return { byName, diagnostics }
}

export type ExportsResult =
  | { readonly ok: true; readonly value: ObjectValue }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

export function evaluateExports(exports: readonly Block[], scope: Scope): ExportsResult {
  const value = new Map<string, Value>()
  const diagnostics: Diagnostic[] = []
  for (const one of exports) {
    const decoded = decodeBlock(exportSchema, one, scope)
    if (decoded.ok) value.set(one.label, decoded.args.value)
    else diagnostics.push(...decoded.diagnostics)
  }
  return diagnostics.length === 0 ? { ok: true, value } : { ok: false, diagnostics }
}
