/** The `livedebugging` block: whether components may show what flows through them. Only the setting; who shows it is elsewhere. */
import type { Block } from '../syntax/ast.ts'
import { decodeBlock } from '../syntax/decode.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { scopeOf } from '../syntax/evaluate.ts'
import { attr, block, type Schema } from '../syntax/schema.ts'
import { bool } from '../syntax/types.ts'
import type { ObjectValue } from '../syntax/value.ts'

export interface LiveDebuggingSettings {
  readonly enabled: boolean
}

const schema: Schema<LiveDebuggingSettings> = block({
  enabled: attr.optional(
    bool,
    false,
    'Whether what flows through components can be watched, which nothing shows so far.',
  ),
})

export const DEFAULT_LIVE_DEBUGGING: LiveDebuggingSettings = { enabled: false }

export interface DecodedLiveDebugging {
  /** The defaults when there is no block, or a bad one. */
  readonly settings: LiveDebuggingSettings
  readonly diagnostics: readonly Diagnostic[]
}

export function liveDebuggingSettings(liveDebugging: Block | undefined, globals: ObjectValue): DecodedLiveDebugging {
  if (liveDebugging === undefined) return { settings: DEFAULT_LIVE_DEBUGGING, diagnostics: [] }
  if (liveDebugging.labelSpan !== undefined) {
    const message = 'block "livedebugging" does not support specifying labels'
    const problem = errorAt(liveDebugging.labelSpan, message, 'remove the label')
    return { settings: DEFAULT_LIVE_DEBUGGING, diagnostics: [problem] }
  }
  const decoded = decodeBlock(schema, liveDebugging, scopeOf(globals))
  if (!decoded.ok) return { settings: DEFAULT_LIVE_DEBUGGING, diagnostics: decoded.diagnostics }
  return { settings: decoded.args, diagnostics: [] }
}

export { schema as liveDebuggingSchema }
