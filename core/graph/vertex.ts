/**
 * The vertices of the graph: what modules look like once they are taken apart. A component inside a module is a vertex like any other, with the
 * path of its module before its id; what flows into a module and out of it are vertices of their own. So a change travels through modules like
 * through anything else, and reaches only what depends on it.
 */
import type { Block, Expression } from '../syntax/ast.ts'
import { type DecodeResult, decodeBlock } from '../syntax/decode.ts'
import type { Diagnostic } from '../syntax/diagnostic.ts'
import { evaluate, type Scope, scopeOf } from '../syntax/evaluate.ts'
import type { ObjectValue, Value } from '../syntax/value.ts'
import type { AnyComponentDefinition } from './component.ts'
import { type ForeachArgs, foreachSchema } from './foreach.ts'
import type { AnyImportDefinition } from './import.ts'
import { withoutTemplate } from './link.ts'
import { evaluateExports } from './module.ts'

export type Vertex = ComponentVertex | CustomVertex | ImportVertex | ForeachVertex | ArgumentVertex | ItemVertex

interface BaseVertex {
  /** Path of the module and id in it: `shop.default/prometheus.scrape.web`. */
  readonly id: string
  /** As its block is named: `prometheus.scrape`, `shop`. */
  readonly name: string
  readonly label: string
  /** Path of the module that it stands in; empty for the configuration itself. */
  readonly module: string
  readonly block: Block
  /** What its expressions can use besides `globals`: the id behind each name. */
  readonly names: ReadonlyMap<string, string>
  readonly globals: ObjectValue
  /** Ids of the vertices whose values it is made of, each once. */
  readonly dependencies: readonly string[]
}

export interface ComponentVertex extends BaseVertex {
  readonly kind: 'component'
  readonly definition: AnyComponentDefinition
}

/** An instance of a module; its value is what the module exports. */
export interface CustomVertex extends BaseVertex {
  readonly kind: 'custom'
  readonly exports: readonly Block[]
  /** Of the expressions of `exports`. */
  readonly inside: { readonly names: ReadonlyMap<string, string>; readonly globals: ObjectValue }
}

export interface ImportVertex extends BaseVertex {
  readonly kind: 'import'
  readonly definition: AnyImportDefinition
}

export interface ForeachVertex extends BaseVertex {
  readonly kind: 'foreach'
}

/** What an instance gives to its module under one name. */
export interface ArgumentVertex extends BaseVertex {
  readonly kind: 'argument'
  /** Undefined when it gives nothing: then the value is `fallback`. */
  readonly expression: Expression | undefined
  readonly fallback: Value
}

/** The item of a `foreach`, in its template. */
export interface ItemVertex extends BaseVertex {
  readonly kind: 'item'
  readonly value: Value
}

/** The value behind an id; undefined when there is none (yet). */
export type ValueBehind = (id: string) => Value | undefined

export type CellResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** `prometheus.remote_write.default` is found through maps in maps; only what the vertex refers to is in them. */
export function scopeFor(names: ReadonlyMap<string, string>, valueBehind: ValueBehind, globals: ObjectValue): Scope {
  const root = new Map<string, Value>()
  for (const [name, id] of names) {
    const path = name.split('.')
    const last = path.pop() as string
    let level = root
    for (const part of path) {
      let next = level.get(part) as Map<string, Value> | undefined
      if (next === undefined) level.set(part, (next = new Map()))
      level = next
    }
    level.set(last, valueBehind(id) ?? NOTHING)
  }
  return scopeOf(root, globals)
}

const NOTHING: ObjectValue = new Map()

export function evaluateComponent(
  { definition, block, names, globals }: ComponentVertex,
  valueBehind: ValueBehind,
): DecodeResult<unknown> {
  return decodeBlock(definition.schema, block, scopeFor(names, valueBehind, globals))
}

/** The value of a vertex that is no component; of imports and foreach, their arguments. */
export function evaluateCell(vertex: Exclude<Vertex, ComponentVertex>, valueBehind: ValueBehind): CellResult {
  switch (vertex.kind) {
    case 'item':
      return { ok: true, value: vertex.value }
    case 'argument': {
      if (vertex.expression === undefined) return { ok: true, value: new Map([['value', vertex.fallback]]) }
      const result = evaluate(vertex.expression, scopeFor(vertex.names, valueBehind, vertex.globals))
      if (!result.ok) return { ok: false, diagnostics: [result.diagnostic] }
      return { ok: true, value: new Map([['value', result.value]]) }
    }
    case 'custom':
      return evaluateExports(vertex.exports, scopeFor(vertex.inside.names, valueBehind, vertex.inside.globals))
    case 'import': {
      const scope = scopeFor(vertex.names, valueBehind, vertex.globals)
      const decoded = decodeBlock(vertex.definition.schema, vertex.block, scope)
      return decoded.ok ? { ok: true, value: decoded.args } : decoded
    }
    case 'foreach': {
      const scope = scopeFor(vertex.names, valueBehind, vertex.globals)
      const decoded = decodeBlock<ForeachArgs>(foreachSchema, withoutTemplate(vertex.block), scope)
      return decoded.ok ? { ok: true, value: decoded.args } : decoded
    }
  }
}
