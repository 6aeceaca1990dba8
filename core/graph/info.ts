/**
 * What the graph tells about its components: for probes and lists in short, for a component's page with arguments and exports.
 */

import type { Attribute } from '../syntax/ast.ts'
import type { Schema } from '../syntax/schema.ts'
import type { ObjectValue, Value } from '../syntax/value.ts'
import type { ArgumentValue } from './argument-values.ts'
import { idIn } from './environment.ts'
import { foreachSchema } from './foreach.ts'
import type { Health } from './health.ts'
import { withoutTemplate } from './link.ts'
import { type Links, linksOf, modulesOf } from './links.ts'
import { type PrintableStatement, printableBody, printableValue } from './printable.ts'
import type { Running } from './running.ts'
import type { Vertex } from './vertex.ts'

export type { PrintableStatement, PrintableValue } from './printable.ts'

export interface ComponentInfo {
  readonly id: string
  readonly name: string
  readonly label: string
  /** Path of the module that it stands in; empty for the configuration itself. */
  readonly module: string
  readonly kind: 'component' | 'custom' | 'foreach' | 'import'
  readonly health: Health
  /** Ids of the components whose exports it uses. */
  readonly referencesTo: readonly string[]
  /** Ids of the components that use its exports. */
  readonly referencedBy: readonly string[]
  /** Ids of the components that get what comes out of it: targets, samples, values. */
  readonly dataFlowTo: readonly string[]
  /** Paths of the modules that it is made of. */
  readonly createdModuleIds: readonly string[]
  /** Whether what flows through it can be watched. */
  readonly liveDebugging: boolean
}

export interface ComponentDetails extends ComponentInfo {
  /** As written, with values filled in; what isn't written, or is as if it weren't, has its default. */
  readonly arguments: readonly PrintableStatement[]
  readonly exports: readonly PrintableStatement[]
  /** What the component says of its inner state; undefined when it says nothing. */
  readonly debugInfo: unknown
}

/** Undefined when there is no such component. */
export function componentInfo(id: string, running: Running): ComponentInfo | undefined {
  const vertex = running.vertices.get(id)
  const health = running.health(id)
  if (vertex === undefined || health === undefined || vertex.kind === 'argument' || vertex.kind === 'item')
    return undefined
  const { name, label, module, kind } = vertex
  /** Most who ask want to know how it is, and nothing of its neighbours. */
  let known: Links | undefined
  const links = (): Links => (known ??= linksOf(vertex, running))
  return {
    id,
    name,
    label,
    module,
    kind,
    health,
    get referencesTo() {
      return links().referencesTo
    },
    get referencedBy() {
      return links().referencedBy
    },
    get dataFlowTo() {
      return links().dataFlowTo
    },
    get createdModuleIds() {
      return modulesOf(vertex, running.vertices)
    },
    liveDebugging: kind === 'component' && vertex.definition.liveDebugging === true,
  }
}

/** Undefined when there is no such component; of imports there are none. */
export function componentDetails(id: string, running: Running): ComponentDetails | undefined {
  const vertex = running.vertices.get(id)
  const info = componentInfo(id, running)
  if (vertex === undefined || vertex.kind === 'import' || info === undefined) return undefined
  const instance = running.instances.get(id)
  const body = withoutTemplate(vertex.block).body
  const exports = instance?.exports ?? (vertex.kind === 'custom' ? (running.valueBehind(id) as ObjectValue) : NOTHING)
  return {
    ...info,
    arguments: printableBody(schemaOf(vertex), body, (attribute) => lastValueOf(attribute, vertex, running)),
    exports: [...exports].map(([name, value]) => ({ type: 'attr', name, value: printableValue(value) })),
    debugInfo: instance?.component.debugInfo?.(),
  }
}

const NOTHING: ObjectValue = new Map()

/** `any` for what takes any arguments. */
function schemaOf(vertex: Vertex): Schema<unknown> | 'any' {
  if (vertex.kind === 'component') return vertex.definition.schema
  return vertex.kind === 'foreach' ? foreachSchema : 'any'
}

/** With which it was last evaluated. */
function lastValueOf({ name, value }: Attribute, { id, kind }: Vertex, running: Running): ArgumentValue | undefined {
  if (kind === 'component') return running.argumentValues.get(id)?.get(value)
  const given =
    kind === 'foreach'
      ? (running.cells.get(id) as Readonly<Record<string, Value>> | undefined)?.[name.text]
      : (running.cells.get(idIn(id, `argument.${name.text}`)) as ObjectValue | undefined)?.get('value')
  return given === undefined ? undefined : { value: given, leftOut: 0 }
}
