/** What a graph is made with. */
import type { Ports } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { Timers } from '../time/timers.ts'
import type { Vocabulary } from './blocks.ts'
import type { HttpSettings } from './http-settings.ts'
import type { ProvidedService } from './lent.ts'
import type { LiveDebuggingSettings } from './live-debugging.ts'
import type { LoggingSettings } from './logging.ts'
import type { RemoteSource } from './remote-source.ts'
import type { DecodeRemote } from './settings.ts'

export interface GraphOptions extends Vocabulary {
  readonly ports: Ports
  readonly timers: Timers
  readonly log: Logger
  /** Where the graph's metrics and those of its components are registered. */
  readonly metrics: MetricScope
  /** Each component gets the directory `<storagePath>/<id>`. */
  readonly storagePath: string
  /** What components find in their context under `services`. */
  readonly services?: readonly ProvidedService[]
  /** How long a component that is stopped may take; 10 minutes unless told. */
  readonly shutdownDeadlineMs?: number
  readonly clusterName?: string
  /** Called with the `logging` block's settings, or the defaults, whenever a configuration takes effect. */
  readonly onLogging?: (settings: LoggingSettings) => void
  /**
   * Applies the `http` block's settings, or the defaults, before a configuration takes effect; resolves to what is wrong with
   * them, and has changed nothing then.
   */
  readonly applyHttp?: (settings: HttpSettings) => Promise<string | undefined>
  /** Called with the `livedebugging` block's settings, or the defaults, whenever a configuration takes effect. */
  readonly onLiveDebugging?: (settings: LiveDebuggingSettings) => void
  /** Reads the `remotecfg` block, and brings what it asks for by `loadRemote`. Without it the block is passed over. */
  readonly remote?: { readonly decode: DecodeRemote; readonly source: Pick<RemoteSource, 'prepare'> }
}
