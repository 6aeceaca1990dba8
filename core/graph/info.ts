/**
 * What the graph tells about its components: for probes and lists in short, for a component's page with arguments and
 * exports as printable values in the form of Alloy's JSON. Secrets are hidden here, before anything leaves the graph.
 */
import { withoutPasswords } from '../errors.ts'
import { type Body, blockName } from '../syntax/ast.ts'
import { evaluate, type Scope } from '../syntax/evaluate.ts'
import type { Fields, Schema } from '../syntax/schema.ts'
import type { ObjectValue } from '../syntax/value.ts'
import {
  asObject,
  formatNumber,
  formatValue,
  isArray,
  isNumber,
  OptionalSecret,
  Secret,
  typeOf,
  type Value,
  type ValueType,
} from '../syntax/value.ts'
import { foreachSchema } from './foreach.ts'
import type { Health } from './health.ts'
import { withoutTemplate } from './link.ts'
import type { Running } from './running.ts'
import { scopeFor, type Vertex } from './vertex.ts'

export interface ComponentInfo {
  readonly id: string
  readonly name: string
  readonly label: string
  /** Path of the module that it stands in; empty for the configuration itself. */
  readonly module: string
  readonly health: Health
  /** Ids of the components whose exports it uses. */
  readonly referencesTo: readonly string[]
  /** Ids of the components that use its exports. */
  readonly referencedBy: readonly string[]
}

export interface ComponentDetails extends ComponentInfo {
  /** As written, with values filled in; what isn't written has its default. */
  readonly arguments: readonly PrintableStatement[]
  readonly exports: readonly PrintableStatement[]
  /** What the component says of its inner state; undefined when it says nothing. */
  readonly debugInfo: unknown
}

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

/** Undefined when there is no such component. */
export function componentInfo(id: string, running: Running): ComponentInfo | undefined {
  const vertex = running.vertices.get(id)
  const health = running.health(id)
  if (vertex === undefined || health === undefined) return undefined
  return {
    id,
    name: vertex.name,
    label: vertex.label,
    module: vertex.module,
    health,
    referencesTo: [...vertex.names.values()],
    referencedBy: running.dependants.get(id) ?? [],
  }
}

export function componentDetails(id: string, running: Running): ComponentDetails | undefined {
  const vertex = running.vertices.get(id)
  const info = componentInfo(id, running)
  if (vertex === undefined || info === undefined) return undefined
  const scope = scopeFor(vertex.names, running.valueBehind, vertex.globals)
  const instance = running.instances.get(id)
  const schema = schemaOf(vertex)
  const body = withoutTemplate(vertex.block).body
  const exports = instance?.exports ?? (vertex.kind === 'custom' ? (running.valueBehind(id) as ObjectValue) : NOTHING)
  return {
    ...info,
    arguments: printableBody(schema, body, scope),
    exports: [...exports].map(([name, value]) => ({ type: 'attr', name, value: printable(value) })),
    debugInfo: instance?.component.debugInfo?.(),
  }
}

const NOTHING: ObjectValue = new Map()

/** Undefined for what takes any arguments. */
function schemaOf(vertex: Vertex): Schema<unknown> | 'any' {
  if (vertex.kind === 'component' || vertex.kind === 'import') return vertex.definition.schema
  return vertex.kind === 'foreach' ? foreachSchema : 'any'
}

function printableBody(
  schema: Schema<unknown> | 'any' | undefined,
  body: Body,
  scope: Scope,
): readonly PrintableStatement[] {
  const statements: PrintableStatement[] = []
  for (const statement of body) {
    if (statement.kind === 'block') {
      const name = blockName(statement)
      const field = typeof schema === 'object' ? fieldOf(schema.fields, name) : undefined
      const inner = printableBody(field?.kind === 'block' ? field.schema : undefined, statement.body, scope)
      const { label } = statement
      statements.push(label === '' ? { type: 'block', name, body: inner } : { type: 'block', name, label, body: inner })
      continue
    }
    const name = statement.name.text
    const field = typeof schema === 'object' ? fieldOf(schema.fields, name) : undefined
    const result = evaluate(statement.value, scope)
    // What can't be evaluated just now is the business of the component's health.
    if (!result.ok) continue
    // Nothing is known of an attribute outside of the schema, so it may be secret as well.
    const secret = schema !== 'any' && (field?.kind !== 'attribute' || field.type.secret)
    statements.push({ type: 'attr', name, value: secret ? hidden(result.value) : printable(result.value) })
  }
  return statements
}

/** Also looks into schemas that are squashed into this one. */
function fieldOf(fields: Fields, name: string): Fields[string] | undefined {
  const field = fields[name]
  if (field !== undefined && field.kind !== 'squash') return field
  for (const other of Object.values(fields)) {
    const found = other.kind === 'squash' ? fieldOf(other.schema.fields, name) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

function printable(value: Value): PrintableValue {
  const type: ValueType = typeOf(value)
  if (value === null) return { type: 'null', value }
  if (typeof value === 'boolean') return { type: 'bool', value }
  if (typeof value === 'string') return { type: 'string', value: withoutPasswords(value) }
  if (isNumber(value)) return { type: 'number', value: formatNumber(value) }
  if (isArray(value)) return { type: 'array', value: value.map(printable) }
  if (value instanceof OptionalSecret && !value.isSecret) return printable(value.reveal())
  const object = asObject(value)
  if (object === undefined) return { type: type === 'function' ? type : 'capsule', value: formatValue(value) }
  const keys = [...object.keys()].sort()
  return { type: 'object', value: keys.map((key) => ({ key, value: printable(object.get(key) as Value) })) }
}

/** All text in it taken for secret, whatever the expression gave; null stays visible, since it stands for nothing. */
function hidden(value: Value): PrintableValue {
  if (value === null) return { type: 'null', value }
  if (isArray(value)) return { type: 'array', value: value.map(hidden) }
  if (value instanceof OptionalSecret && !value.isSecret) return printable(value)
  const object = asObject(value)
  if (object === undefined) return { type: 'capsule', value: HIDDEN }
  const keys = [...object.keys()].sort()
  return { type: 'object', value: keys.map((key) => ({ key, value: hidden(object.get(key) as Value) })) }
}

const HIDDEN: string = new Secret('').toString()
