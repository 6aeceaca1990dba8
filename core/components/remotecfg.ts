/** The `remotecfg` block: configuration from a server. Owns its schema and what it comes to; asking the server is core/remote-config's. */
import { type DecodedBlock, decodeSettings } from '../graph/settings-block.ts'
import type { OutboundConfig } from '../outbound/config.ts'
import {
  DEFAULT_POLL_FREQUENCY_MS,
  MIN_POLL_FREQUENCY_MS,
  RESERVED_ATTRIBUTES,
  type RemoteConfigOptions,
} from '../remote-config/config.ts'
import type { Block } from '../syntax/ast.ts'
import { formatGoDuration } from '../syntax/duration.ts'
import { attr, block, type ReportField, type Schema, squash } from '../syntax/schema.ts'
import { duration, map, string } from '../syntax/types.ts'
import type { ObjectValue } from '../syntax/value.ts'
import { type HttpClientArgs, httpClient, outboundConfig } from './http-client.ts'

interface RemoteConfigArgs {
  readonly url: string
  readonly id: string | undefined
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly poll_frequency: number
  readonly client: HttpClientArgs
}

export const remotecfg: Schema<RemoteConfigArgs> = block(
  {
    url: attr.optional(string, '', 'Address of the server; empty for no remote configuration.'),
    id: attr.optional(
      string,
      undefined,
      'Id of this collector; a random one that is kept in the storage unless given.',
    ),
    name: attr.optional(string, '', 'Name of this collector, for people.'),
    attributes: attr.optional(map(string), new Map(), 'What the server chooses the configuration by.'),
    poll_frequency: attr.optional(duration, DEFAULT_POLL_FREQUENCY_MS, 'How often the server is asked, 10s at least.'),
    client: squash(httpClient),
  },
  { validate },
)

function validate({ url, id, attributes, poll_frequency }: RemoteConfigArgs, report: ReportField): void {
  // The URL isn't shown: it may hold a password.
  if (url !== '' && !(/^https?:\/\//i.test(url) && URL.canParse(url))) {
    report('url must be an http or https URL', 'url', 'for instance https://fleet.example.com')
  }
  if (id === '') report('id must not be empty', 'id', 'remove it for a random one that is kept')
  if (poll_frequency < MIN_POLL_FREQUENCY_MS) {
    report(`poll_frequency must be at least "10s", got "${formatGoDuration(poll_frequency)}"`, 'poll_frequency')
  }
  for (const name of attributes.keys()) {
    if (!name.startsWith(RESERVED_ATTRIBUTES)) continue
    const hint = `choose another beginning than ${RESERVED_ATTRIBUTES} for "${name}"`
    report('"collector" is a reserved namespace for remotecfg attribute keys', 'attributes', hint)
  }
}

/** Undefined when there is no block, no URL, or a bad one. The settings hold secrets, not to be logged. */
export function remoteConfigSettings(
  block: Block | undefined,
  globals: ObjectValue,
): DecodedBlock<RemoteConfigOptions | undefined> {
  const { settings, diagnostics } = decodeSettings(block, remotecfg, globals, undefined)
  return { settings: settings && optionsOf(settings), diagnostics }
}

function optionsOf({
  url,
  id,
  name,
  attributes,
  poll_frequency,
  client,
}: RemoteConfigArgs): RemoteConfigOptions | undefined {
  if (url === '') return undefined
  const outbound: OutboundConfig = outboundConfig(client)
  return {
    url,
    id,
    name,
    attributes: Object.fromEntries(attributes),
    pollFrequencyMs: poll_frequency,
    client: outbound,
  }
}
