/** What can be configured about remote configuration, as plain data, and the rules between the arguments. */
import type { OutboundConfig } from '../outbound/config.ts'
import type { Attributes } from './messages.ts'

export interface RemoteConfigOptions {
  /** Where the service is, http or https. */
  readonly url: string
  /** Undefined: the one that is kept in the storage of the agent. */
  readonly id: string | undefined
  /** For people; may be empty. */
  readonly name: string
  /** What the server chooses a configuration by, besides the automatic ones. */
  readonly attributes: Attributes
  /** From one look to the next. */
  readonly pollFrequencyMs: number
  /** How requests are made; holds secrets, not to be logged. */
  readonly client: OutboundConfig
}

export const DEFAULT_POLL_FREQUENCY_MS = 60_000
export const MIN_POLL_FREQUENCY_MS = 10_000

/** Names with this beginning are the agent's own. */
export const RESERVED_ATTRIBUTES = 'collector.'
