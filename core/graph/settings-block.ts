/** What all blocks have in common that are about the agent itself: there may be one, without a label, and a bad one means the defaults. */
import { type Block, blockName } from '../syntax/ast.ts'
import { decodeBlock } from '../syntax/decode.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { scopeOf } from '../syntax/evaluate.ts'
import type { Schema } from '../syntax/schema.ts'
import type { ObjectValue } from '../syntax/value.ts'

/** What is written of a settings block; the defaults when there is none, or a bad one. */
export interface DecodedBlock<T> {
  readonly settings: T
  readonly diagnostics: readonly Diagnostic[]
}

/** `fallback` when there is no block, or a bad one. */
export function decodeSettings<Args, Fallback>(
  block: Block | undefined,
  schema: Schema<Args>,
  globals: ObjectValue,
  fallback: Fallback,
): DecodedBlock<Args | Fallback> {
  if (block === undefined) return { settings: fallback, diagnostics: [] }
  if (block.labelSpan !== undefined) {
    const message = `block "${blockName(block)}" does not support specifying labels`
    return { settings: fallback, diagnostics: [errorAt(block.labelSpan, message, 'remove the label')] }
  }
  const decoded = decodeBlock(schema, block, scopeOf(globals))
  return decoded.ok
    ? { settings: decoded.args, diagnostics: [] }
    : { settings: fallback, diagnostics: decoded.diagnostics }
}
