/**
 * `write_to` of blocks that skein reads but sends nothing from. What is written there names components that skein may not have:
 * one sentence about the attribute says more than an evaluation of it.
 */
import type { Attribute, Block, Expression } from '../syntax/ast.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'

export interface WithoutWriteTo {
  /** The block without the attribute when it was refused. */
  readonly block: Block | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/** An empty list and null are what the attribute has by default, and stay. `why` follows a colon. */
export function withoutWriteTo(block: Block | undefined, why: string, hint: string): WithoutWriteTo {
  const isIt = (statement: Block['body'][number]): statement is Attribute =>
    statement.kind === 'attribute' && statement.name.text === 'write_to'
  const attribute = block?.body.find(isIt)
  if (block === undefined || attribute === undefined || saysNothing(attribute.value)) return { block, diagnostics: [] }
  const message = `attribute "write_to" is not supported by this version of skein yet: ${why}`
  return {
    block: { ...block, body: block.body.filter((statement) => !isIt(statement)) },
    diagnostics: [errorAt(attribute.span, message, hint)],
  }
}

function saysNothing(value: Expression): boolean {
  if (value.kind === 'paren') return saysNothing(value.inner)
  return value.kind === 'array' ? value.elements.length === 0 : value.kind === 'literal' && value.type === 'null'
}
