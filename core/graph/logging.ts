/** The `logging` block: the one configuration block that is not a component and that skein understands. */
import type { Block } from '../syntax/ast.ts'
import { decodeBlock } from '../syntax/decode.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { scopeOf } from '../syntax/evaluate.ts'
import { attr, block, type Schema } from '../syntax/schema.ts'
import { any, list, oneOf, string } from '../syntax/types.ts'
import type { ObjectValue } from '../syntax/value.ts'

export interface LoggingSettings {
  /** The least important lines that are written. */
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly format: 'logfmt' | 'json'
}

const schema: Schema<LoggingSettings> = block({
  level: attr.optional(oneOf('error', 'warn', 'info', 'debug'), 'info', 'Lines of less importance are not written.'),
  format: attr.optional(oneOf('logfmt', 'json'), 'logfmt', 'How lines look.'),
  destination: attr.unavailable(string, 'stderr', 'lines go to stderr'),
  write_to: attr.unavailable(list(any), [], 'lines go to stderr'),
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
  const decoded = decodeBlock(schema, logging, scopeOf(globals))
  if (!decoded.ok) return { settings: DEFAULT_LOGGING, diagnostics: decoded.diagnostics }
  return { settings: decoded.args, diagnostics: [] }
}
