/** The `logging` block: which lines the agent writes about itself, and how they look. */
import type { Block } from '../syntax/ast.ts'
import { decodeBlock } from '../syntax/decode.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { scopeOf } from '../syntax/evaluate.ts'
import { attr, block, type Schema } from '../syntax/schema.ts'
import { any, list, oneOf, string } from '../syntax/types.ts'
import type { ObjectValue } from '../syntax/value.ts'
import { withoutWriteTo } from './write-to.ts'

export interface LoggingSettings {
  /** The least important lines that are written. */
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly format: 'logfmt' | 'json'
}

const LINES_GO = 'lines go to stderr'
const COLLECT_THEM = 'remove the attribute and collect stderr, as container runtimes and journald do'

const schema: Schema<LoggingSettings> = block({
  level: attr.optional(oneOf('error', 'warn', 'info', 'debug'), 'info', 'Lines of less importance are not written.'),
  format: attr.optional(oneOf('logfmt', 'json'), 'logfmt', 'How lines look.'),
  destination: attr.unavailable(string, 'stderr', 'lines go to stderr; remove the attribute and redirect stderr'),
  write_to: attr.unavailable(list(any), [], LINES_GO),
})

export const DEFAULT_LOGGING: LoggingSettings = { level: 'info', format: 'logfmt' }

export interface DecodedLogging {
  /** The defaults when there is no block, or a bad one. */
  readonly settings: LoggingSettings
  readonly diagnostics: readonly Diagnostic[]
}

export function loggingSettings(logging: Block | undefined, globals: ObjectValue): DecodedLogging {
  if (logging === undefined) return { settings: DEFAULT_LOGGING, diagnostics: [] }
  if (logging.labelSpan !== undefined) {
    const problem = errorAt(logging.labelSpan, 'block "logging" does not support specifying labels', 'remove the label')
    return { settings: DEFAULT_LOGGING, diagnostics: [problem] }
  }
  const { block: readable, diagnostics } = withoutWriteTo(logging, LINES_GO, COLLECT_THEM)
  const decoded = decodeBlock(schema, readable, scopeOf(globals))
  if (!decoded.ok) return { settings: DEFAULT_LOGGING, diagnostics: [...diagnostics, ...decoded.diagnostics] }
  return { settings: diagnostics.length === 0 ? decoded.args : DEFAULT_LOGGING, diagnostics }
}

export { schema as loggingSchema }
