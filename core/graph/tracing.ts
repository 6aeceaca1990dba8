/** The `tracing` block: about Alloy's traces of itself. skein makes none, so the block is checked and has no effect. */
import type { Block } from '../syntax/ast.ts'
import { type Diagnostic, warningAt } from '../syntax/diagnostic.ts'
import { attr, block, nested, type Schema } from '../syntax/schema.ts'
import { any, bool, duration, int, list, number, string } from '../syntax/types.ts'
import type { ObjectValue } from '../syntax/value.ts'
import { decodeSettings } from './settings-block.ts'
import { withoutWriteTo } from './write-to.ts'

const NO_EFFECT = 'No effect: skein makes no traces of itself.'

const schema: Schema<unknown> = block({
  sampling_fraction: attr.optional(number, 0.1, NO_EFFECT),
  write_to: attr.optional(list(any), [], 'Must be empty.'),
  send_traceparent: attr.optional(bool, false, NO_EFFECT),
  sampler: nested.optional(
    block({
      jaeger_remote: nested.optional(
        block({
          url: attr.optional(string, 'http://127.0.0.1:5778/sampling', NO_EFFECT),
          max_operations: attr.optional(int, 256, NO_EFFECT),
          refresh_interval: attr.optional(duration, 60_000, NO_EFFECT),
        }),
        NO_EFFECT,
      ),
    }),
    NO_EFFECT,
  ),
})

/** Everything that is wrong with the block, or the warning that it has no effect. */
export function tracingProblems(tracing: Block | undefined, globals: ObjectValue): readonly Diagnostic[] {
  if (tracing === undefined) return []
  const { block, diagnostics } = withoutWriteTo(tracing, 'skein makes no traces of itself', 'remove the attribute')
  const problems = [...diagnostics, ...decodeSettings(block, schema, globals, undefined).diagnostics]
  if (problems.length > 0) return problems
  return [warningAt(tracing.nameSpan, 'tracing has no effect: skein makes no traces of itself', 'remove the block')]
}

export { schema as tracingSchema }
