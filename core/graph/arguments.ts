/** From the text of a component's block to its arguments, with what other components export in scope. */
import type { Block, Body, Span } from '../syntax/ast.ts'
import { type DecodeResult, decodeBlock } from '../syntax/decode.ts'
import type { Diagnostic } from '../syntax/diagnostic.ts'
import { type Scope, scopeOf } from '../syntax/evaluate.ts'
import { referencesOf } from '../syntax/references.ts'
import type { ObjectValue, Value } from '../syntax/value.ts'
import type { PlannedComponent } from './plan.ts'

export type Evaluated = DecodeResult<unknown>

/** What a component exports now; undefined when it has published nothing. */
export type ExportsOf = (id: string) => ObjectValue | undefined

export function evaluateArguments(component: PlannedComponent, exportsOf: ExportsOf, globals: ObjectValue): Evaluated {
  return decodeBlock(component.definition.schema, component.block, componentScope(component, exportsOf, globals))
}

/** `prometheus.remote_write.default` is found through maps in maps; only what the component refers to is in them. */
export function componentScope({ dependencies }: PlannedComponent, exportsOf: ExportsOf, globals: ObjectValue): Scope {
  const root = new Map<string, Value>()
  for (const id of dependencies) {
    const path = id.split('.')
    const last = path.pop() as string
    let level = root
    for (const part of path) {
      let next = level.get(part) as Map<string, Value> | undefined
      if (next === undefined) level.set(part, (next = new Map()))
      level = next
    }
    level.set(last, exportsOf(id) ?? NOTHING)
  }
  return scopeOf(root, globals)
}

const NOTHING: ObjectValue = new Map()

/**
 * The problems of a block that show without the exports of others: for one that can't be evaluated because something it
 * refers to is broken. What an expression with such a reference would give is unknown, so nothing is said about it.
 */
export function checkArguments({ definition, block }: PlannedComponent, globals: ObjectValue): readonly Diagnostic[] {
  const decoded = decodeBlock(definition.schema, block, scopeOf(globals))
  if (decoded.ok) return []
  const unknown = unknownSpans(block, globals)
  return decoded.diagnostics.filter(({ start }) => {
    return (
      start === undefined ||
      !unknown.some((span) => span.start.offset <= start.offset && start.offset <= span.end.offset)
    )
  })
}

/** Where the values of attributes stand that refer to components. */
function unknownSpans(block: Block, globals: ObjectValue): readonly Span[] {
  const spans: Span[] = []
  const visit = (body: Body): void => {
    for (const statement of body) {
      if (statement.kind === 'block') visit(statement.body)
      else if (referencesOf(statement).some(({ path }) => !globals.has(path[0].text))) spans.push(statement.value.span)
    }
  }
  visit(block.body)
  return spans
}
