/** The `logging` block: which lines the agent writes about itself, and how they look. */
import type { Block } from '../syntax/ast.ts'
import { attr, block, type Schema } from '../syntax/schema.ts'
import { any, list, oneOf, string } from '../syntax/types.ts'
import type { ObjectValue } from '../syntax/value.ts'
import { type DecodedBlock, decodeSettings } from './settings-block.ts'
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

const DEFAULTS: LoggingSettings = { level: 'info', format: 'logfmt' }

export function loggingSettings(logging: Block | undefined, globals: ObjectValue): DecodedBlock<LoggingSettings> {
  const { block: readable, diagnostics } = withoutWriteTo(logging, LINES_GO, COLLECT_THEM)
  const decoded = decodeSettings(readable, schema, globals, DEFAULTS)
  if (diagnostics.length === 0) return decoded
  return { settings: DEFAULTS, diagnostics: [...diagnostics, ...decoded.diagnostics] }
}

export { schema as loggingSchema }
