/**
 * Arguments, exports and inner states as printable values, in the form of Alloy's JSON. Secrets are hidden here, before anything
 * leaves the graph. Owns that form, and how much of a long list is printed; knows no component.
 */
import { withoutPasswords } from '../errors.ts'
import { type Attribute, type Block, type Body, blockName } from '../syntax/ast.ts'
import { evaluate, type Scope } from '../syntax/evaluate.ts'
import type { Field, Fields, Schema } from '../syntax/schema.ts'
import type { Type } from '../syntax/types.ts'
import {
  asObject,
  Capsule,
  deepEqual,
  formatNumber,
  formatValue,
  isArray,
  isNumber,
  OptionalSecret,
  Secret,
  toValue,
  typeOf,
  type Value,
  type ValueType,
} from '../syntax/value.ts'

export type PrintableStatement =
  | { readonly type: 'attr'; readonly name: string; readonly value: PrintableValue }
  | {
      readonly type: 'block'
      readonly name: string
      readonly label?: string
      readonly body: readonly PrintableStatement[]
    }

export type PrintableValue =
  | { readonly type: 'null'; readonly value: null }
  | { readonly type: 'bool'; readonly value: boolean }
  /** Numbers as text: 64-bit integers don't fit JSON's. Capsules and functions as a description. */
  | { readonly type: 'number' | 'string' | 'capsule' | 'function'; readonly value: string }
  | { readonly type: 'array'; readonly value: readonly PrintableValue[] }
  | { readonly type: 'object'; readonly value: readonly { readonly key: string; readonly value: PrintableValue }[] }

export interface PrintOptions {
  /** Elements of one list that are printed; a text in place of the others says how many there are. All unless told. */
  readonly most?: number
}

type Knowledge = Schema<unknown> | 'any' | undefined

/** `schema`: `any` when anything may stand there, undefined when nothing is known of it. What equals its default is left out. */
export function printableBody(
  schema: Knowledge,
  body: Body,
  scope: Scope,
  options: PrintOptions = {},
): readonly PrintableStatement[] {
  return body.flatMap((statement) =>
    statement.kind === 'block'
      ? printableBlock(schema, statement, scope, options)
      : printableAttribute(schema, statement, scope, options),
  )
}

function printableBlock(
  schema: Knowledge,
  block: Block,
  scope: Scope,
  options: PrintOptions,
): readonly PrintableStatement[] {
  const name = blockName(block)
  const field = fieldOf(schema, name)
  const body = printableBody(field?.kind === 'block' ? field.schema : undefined, block.body, scope, options)
  if (field?.kind === 'block' && field.occurs === 'defaulted' && body.length === 0) return []
  const { label } = block
  return [label === '' ? { type: 'block', name, body } : { type: 'block', name, label, body }]
}

function printableAttribute(
  schema: Knowledge,
  attribute: Attribute,
  scope: Scope,
  options: PrintOptions,
): readonly PrintableStatement[] {
  const name = attribute.name.text
  const field = fieldOf(schema, name)
  const result = evaluate(attribute.value, scope)
  // What can't be evaluated just now is the business of the component's health.
  if (!result.ok || isDefault(field, result.value, attribute)) return []
  // Nothing is known of an attribute outside of the schema, so it may be secret as well.
  const secret = schema !== 'any' && (field?.kind !== 'attribute' || field.type.secret)
  return [{ type: 'attr', name, value: secret ? hidden(result.value, options) : printableValue(result.value, options) }]
}

/** Of an attribute that need not be written, also of one that only its default is accepted for. */
function isDefault(field: Field<unknown> | undefined, value: Value, attribute: Attribute): boolean {
  const known: { readonly type: Type<unknown>; readonly fallback: unknown } | undefined =
    field?.kind === 'unavailable' ? field.attribute : field?.kind === 'attribute' && !field.required ? field : undefined
  if (known === undefined) return false
  if (value === null) return true
  const { type, fallback } = known
  const decoded = type.decode(value, { expression: attribute.value, path: '' }, () => {})
  return decoded !== undefined && deepEqual(decoded, fallback === undefined ? type.zero : fallback)
}

function fieldOf(schema: Knowledge, name: string): Field<unknown> | undefined {
  return typeof schema === 'object' ? fieldIn(schema.fields, name) : undefined
}

/** Also looks into schemas that are squashed into this one. */
function fieldIn(fields: Fields, name: string): Field<unknown> | undefined {
  const field = fields[name]
  if (field !== undefined && field.kind !== 'squash') return field
  for (const other of Object.values(fields)) {
    const found = other.kind === 'squash' ? fieldIn(other.schema.fields, name) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

export function printableValue(value: Value, options: PrintOptions = {}): PrintableValue {
  return printed(value, options, shown)
}

/** All text in it taken for secret, whatever the expression gave; null stays visible, since it stands for nothing. */
function hidden(value: Value, options: PrintOptions): PrintableValue {
  return printed(value, options, (leaf) =>
    leaf === null || (leaf instanceof OptionalSecret && !leaf.isSecret)
      ? shown(leaf)
      : { type: 'capsule', value: HIDDEN },
  )
}

const HIDDEN: string = new Secret('').toString()

function printed(value: Value, { most }: PrintOptions, leaf: (value: Value) => PrintableValue): PrintableValue {
  const options = most === undefined ? {} : { most }
  if (isArray(value)) {
    const rest = value.length - (most ?? value.length)
    const elements = (rest > 0 ? value.slice(0, most) : value).map((element) => printed(element, options, leaf))
    return { type: 'array', value: rest > 0 ? [...elements, { type: 'string', value: leftOut(rest) }] : elements }
  }
  const object = asObject(value)
  if (object === undefined) return leaf(value)
  const keys = [...object.keys()].sort()
  return {
    type: 'object',
    value: keys.map((key) => ({ key, value: printed(object.get(key) as Value, options, leaf) })),
  }
}

function leftOut(count: number): string {
  return `… and ${count} more`
}

function shown(value: Value): PrintableValue {
  const type: ValueType = typeOf(value)
  if (value === null) return { type: 'null', value }
  if (typeof value === 'boolean') return { type: 'bool', value }
  if (typeof value === 'string') return { type: 'string', value: withoutPasswords(value) }
  if (isNumber(value)) return { type: 'number', value: formatNumber(value) }
  if (value instanceof OptionalSecret && !value.isSecret) return shown(value.reveal())
  const words = value instanceof Capsule ? (value as Capsule).type.describe(value.content) : undefined
  return { type: type === 'function' ? type : 'capsule', value: words ?? formatValue(value) }
}

/**
 * A component's inner state: lists of objects become blocks, one for each, and everything else attributes. Empty for what is
 * no plain object, or can't be printed.
 */
export function printableState(state: unknown, options: PrintOptions = {}): readonly PrintableStatement[] {
  if (typeof state !== 'object' || state === null || Array.isArray(state)) return []
  const entries = state instanceof Map ? [...state] : Object.entries(state)
  return entries.flatMap(([key, value]) => (value === undefined ? [] : statementsOf(String(key), value, options)))
}

function statementsOf(name: string, value: unknown, options: PrintOptions): readonly PrintableStatement[] {
  if (isList(value)) {
    const rest = value.length - (options.most ?? value.length)
    const blocks = (rest > 0 ? value.slice(0, options.most) : value).map(
      (one): PrintableStatement => ({ type: 'block', name, body: printableState(one, options) }),
    )
    if (rest <= 0) return blocks
    return [...blocks, { type: 'attr', name, value: { type: 'string', value: leftOut(rest) } }]
  }
  try {
    return [{ type: 'attr', name, value: printableValue(toValue(value), options) }]
  } catch {
    return []
  }
}

function isList(value: unknown): value is readonly object[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
  )
}
