/**
 * Arguments, exports and inner states as printable values, in the form of Alloy's JSON. Secrets are hidden here, before anything
 * leaves the graph. Owns that form, and how much of long lists and texts is printed; knows no component.
 */
import { startWithoutPasswords } from '../errors.ts'
import { MAX_PRINTED_CHARACTERS, MAX_PRINTED_ELEMENTS } from '../limits.ts'
import { type Attribute, type Block, type Body, blockName } from '../syntax/ast.ts'
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
import type { ArgumentValue } from './argument-values.ts'

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

/** What an attribute was evaluated to; undefined for what could not be. */
export type Evaluated = (attribute: Attribute) => ArgumentValue | undefined

type Knowledge = Schema<unknown> | 'any' | undefined

/** `schema`: `any` when anything may stand there, undefined when nothing is known of it. What equals its default is left out. */
export function printableBody(schema: Knowledge, body: Body, evaluated: Evaluated): readonly PrintableStatement[] {
  return body.flatMap((statement) =>
    statement.kind === 'block'
      ? printableBlock(schema, statement, evaluated)
      : printableAttribute(schema, statement, evaluated),
  )
}

function printableBlock(schema: Knowledge, block: Block, evaluated: Evaluated): readonly PrintableStatement[] {
  const name = blockName(block)
  const field = fieldOf(schema, name)
  const body = printableBody(field?.kind === 'block' ? field.schema : undefined, block.body, evaluated)
  if (field?.kind === 'block' && field.occurs === 'defaulted' && body.length === 0) return []
  const { label } = block
  return [label === '' ? { type: 'block', name, body } : { type: 'block', name, label, body }]
}

function printableAttribute(
  schema: Knowledge,
  attribute: Attribute,
  evaluated: Evaluated,
): readonly PrintableStatement[] {
  const name = attribute.name.text
  const field = fieldOf(schema, name)
  const found = evaluated(attribute)
  // What can't be evaluated is the business of the component's health. No default is as long as what isn't kept whole.
  if (found === undefined || (found.leftOut === 0 && isDefault(field, found.value, attribute))) return []
  // Nothing is known of an attribute outside of the schema, so it may be secret as well.
  const secret = schema !== 'any' && (field?.kind !== 'attribute' || field.type.secret)
  return [{ type: 'attr', name, value: printed(found.value, secret ? hidden : shown, found.leftOut) }]
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

export function printableValue(value: Value): PrintableValue {
  return printed(value, shown)
}

/** All text taken for secret, whatever the expression gave; null stays visible, since it stands for nothing. */
function hidden(leaf: Value): PrintableValue {
  if (leaf === null || (leaf instanceof OptionalSecret && !leaf.isSecret)) return shown(leaf)
  return { type: 'capsule', value: HIDDEN }
}

const HIDDEN: string = new Secret('').toString()

/** `leftOut`: elements that the list had besides. A text in place of what isn't printed says how much that is. */
function printed(value: Value, leaf: (value: Value) => PrintableValue, leftOut = 0): PrintableValue {
  if (isArray(value)) {
    const elements = firstOf(value).map((element) => printed(element, leaf))
    const rest = value.length - elements.length + leftOut
    return { type: 'array', value: rest > 0 ? [...elements, andMore(rest)] : elements }
  }
  const object = asObject(value)
  if (object === undefined) return leaf(value)
  const keys = firstOf([...object.keys()]).sort()
  const fields = keys.map((key) => ({ key: shownText(key), value: printed(object.get(key) as Value, leaf) }))
  const rest = object.size - keys.length
  return { type: 'object', value: rest > 0 ? [...fields, { key: '…', value: andMore(rest) }] : fields }
}

/** A list of its own. */
function firstOf<T>(list: readonly T[]): T[] {
  return list.slice(0, MAX_PRINTED_ELEMENTS)
}

function andMore(count: number): PrintableValue {
  return { type: 'string', value: `… and ${count} more` }
}

function shown(value: Value): PrintableValue {
  const type: ValueType = typeOf(value)
  if (value === null) return { type: 'null', value }
  if (typeof value === 'boolean') return { type: 'bool', value }
  if (typeof value === 'string') return { type: 'string', value: shownText(value) }
  if (isNumber(value)) return { type: 'number', value: formatNumber(value) }
  if (value instanceof OptionalSecret && !value.isSecret) return shown(value.reveal())
  const words = value instanceof Capsule ? (value as Capsule).type.describe(value.content) : undefined
  return { type: type === 'function' ? type : 'capsule', value: words ?? formatValue(value) }
}

function shownText(text: string): string {
  const { shown, rest } = startWithoutPasswords(text, MAX_PRINTED_CHARACTERS)
  return rest === 0 ? shown : `${shown}… and ${rest} more characters`
}

/**
 * A component's inner state: lists of objects become blocks, one for each, and everything else attributes. Empty for what is
 * no plain object, or can't be printed.
 */
export function printableState(state: unknown): readonly PrintableStatement[] {
  if (typeof state !== 'object' || state === null || Array.isArray(state)) return []
  const entries = state instanceof Map ? [...state] : Object.entries(state)
  return entries.flatMap(([key, value]) => (value === undefined ? [] : statementsOf(String(key), value)))
}

function statementsOf(name: string, value: unknown): readonly PrintableStatement[] {
  if (isList(value)) {
    const blocks = firstOf(value).map((one): PrintableStatement => ({ type: 'block', name, body: printableState(one) }))
    const rest = value.length - blocks.length
    return rest === 0 ? blocks : [...blocks, { type: 'attr', name, value: andMore(rest) }]
  }
  try {
    return [{ type: 'attr', name, value: printableValue(toValue(value)) }]
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
