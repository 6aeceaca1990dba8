/** The `livedebugging` block: whether components may show what flows through them. Only the setting; who shows it is elsewhere. */
import type { Block } from '../syntax/ast.ts'
import { attr, block, type Schema } from '../syntax/schema.ts'
import { bool } from '../syntax/types.ts'
import type { ObjectValue } from '../syntax/value.ts'
import { type DecodedBlock, decodeSettings } from './settings-block.ts'

export interface LiveDebuggingSettings {
  readonly enabled: boolean
}

const schema: Schema<LiveDebuggingSettings> = block({
  enabled: attr.optional(
    bool,
    false,
    'Whether what flows through components can be watched, on their pages and by the API. It costs nothing while nobody does.',
  ),
})

const DEFAULTS: LiveDebuggingSettings = { enabled: false }

export function liveDebuggingSettings(
  liveDebugging: Block | undefined,
  globals: ObjectValue,
): DecodedBlock<LiveDebuggingSettings> {
  return decodeSettings(liveDebugging, schema, globals, DEFAULTS)
}

export { schema as liveDebuggingSchema }
