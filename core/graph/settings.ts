/** The blocks of a configuration that are about the agent, not part of the graph. */

import type { RemoteConfigOptions } from '../remote-config/config.ts'
import type { Block } from '../syntax/ast.ts'
import type { ObjectValue } from '../syntax/value.ts'
import type { SettingsBlocks } from './blocks.ts'
import { type HttpSettings, httpSettings } from './http-settings.ts'
import { type LiveDebuggingSettings, liveDebuggingSettings } from './live-debugging.ts'
import { type LoggingSettings, loggingSettings } from './logging.ts'
import type { DecodedBlock } from './settings-block.ts'
import { tracingProblems } from './tracing.ts'

export interface Settings {
  readonly logging: LoggingSettings
  readonly http: HttpSettings
  readonly liveDebugging: LiveDebuggingSettings
  /** Undefined for no configuration from afar. */
  readonly remote: RemoteConfigOptions | undefined
}

/** Reads the `remotecfg` block: what is in it belongs to a floor above. */
export type DecodeRemote = (
  block: Block | undefined,
  globals: ObjectValue,
) => DecodedBlock<RemoteConfigOptions | undefined>

export function readSettings(
  blocks: SettingsBlocks,
  globals: ObjectValue,
  decodeRemote: DecodeRemote,
): DecodedBlock<Settings> {
  const logging = loggingSettings(blocks.logging, globals)
  const http = httpSettings(blocks.http, globals)
  const liveDebugging = liveDebuggingSettings(blocks.livedebugging, globals)
  const remote = decodeRemote(blocks.remotecfg, globals)
  const settings = {
    logging: logging.settings,
    http: http.settings,
    liveDebugging: liveDebugging.settings,
    remote: remote.settings,
  }
  const tracing = tracingProblems(blocks.tracing, globals)
  const all = [logging, http, liveDebugging, remote].flatMap(({ diagnostics }) => diagnostics)
  return { settings, diagnostics: [...all, ...tracing] }
}
