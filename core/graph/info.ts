/**
 * What the graph tells about its components: for probes and lists in short, for a component's page with arguments and
 * exports as printable values in the form of Alloy's JSON. Secrets are hidden here, before anything leaves the graph.
 */
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
import { componentScope, type ExportsOf } from './arguments.ts'
import type { Health } from './health.ts'
import type { Instance } from './instance.ts'
import type { Plan, PlannedComponent } from './plan.ts'

export interface ComponentInfo {
  readonly id: string
  readonly name: string
  readonly label: string
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

export function componentInfo(plan: Plan, component: PlannedComponent, instance: Instance): ComponentInfo {
  const { id, name, label, dependencies } = component
  return {
    id,
    name,
    label,
    health: instance.health,
    referencesTo: dependencies,
    referencedBy: plan.dependants.get(id) ?? [],
  }
}

export function componentDetails(
  plan: Plan,
  component: PlannedComponent,
  instance: Instance,
  exportsOf: ExportsOf,
  globals: ObjectValue,
): ComponentDetails {
  const scope = componentScope(component, exportsOf, globals)
  return {
    ...componentInfo(plan, component, instance),
    arguments: printableBody(component.definition.schema, component.block.body, scope),
    exports: [...(instance.exports ?? [])].map(([name, value]) => ({ type: 'attr', name, value: printable(value) })),
    debugInfo: instance.component.debugInfo?.(),
  }
}

function printableBody(schema: Schema<unknown> | undefined, body: Body, scope: Scope): readonly PrintableStatement[] {
  const statements: PrintableStatement[] = []
  for (const statement of body) {
    if (statement.kind === 'block') {
      const name = blockName(statement)
      const field = schema === undefined ? undefined : fieldOf(schema.fields, name)
      const inner = printableBody(field?.kind === 'block' ? field.schema : undefined, statement.body, scope)
      const { label } = statement
      statements.push(label === '' ? { type: 'block', name, body: inner } : { type: 'block', name, label, body: inner })
      continue
    }
    const name = statement.name.text
    const field = schema === undefined ? undefined : fieldOf(schema.fields, name)
    const result = evaluate(statement.value, scope)
    // What can't be evaluated just now is the business of the component's health.
    if (!result.ok) continue
    // Nothing is known of an attribute outside of the schema, so it may be secret as well.
    const secret = field?.kind !== 'attribute' || field.type.secret
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
  if (typeof value === 'string') return { type: 'string', value }
  if (isNumber(value)) return { type: 'number', value: formatNumber(value) }
  if (isArray(value)) return { type: 'array', value: value.map(printable) }
  if (value instanceof OptionalSecret && !value.isSecret) return { type: 'string', value: value.reveal() }
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
