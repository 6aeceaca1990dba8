/** discovery.nomad: services that Nomad itself knows. The work is done in core/discovery/nomad.ts. */
import { apiAddress } from '../../discovery/json-api.ts'
import { nomadDiscovery } from '../../discovery/nomad.ts'
import type { AnyComponentDefinition } from '../../graph/component.ts'
import { attr, block, squash } from '../../syntax/schema.ts'
import { bool, duration, string } from '../../syntax/types.ts'
import { httpClient, outboundConfig } from '../http-client.ts'
import { discoveryComponent } from './discovering.ts'
import { reportAddress } from './report-address.ts'

const schema = block(
  {
    server: attr.optional(
      string,
      'http://localhost:4646',
      'Address of a Nomad agent: http(s)://host:port or unix:///path.',
    ),
    namespace: attr.optional(string, 'default', 'Namespace to ask for; "*" is all of them.'),
    region: attr.optional(string, 'global', 'Region to ask for.'),
    tag_separator: attr.optional(string, ',', 'Joins tags in the label __meta_nomad_tags.'),
    allow_stale: attr.optional(bool, true, 'Any Nomad server may answer, not the leader alone.'),
    refresh_interval: attr.optional(
      duration,
      60_000,
      'How long to wait at least before services are asked for again. Nomad is asked to answer as soon as something changes.',
    ),
    http: squash(httpClient),
  },
  {
    validate({ server, refresh_interval }, report) {
      if (server.trim() === '') report('nomad SD configuration requires a server address', 'server')
      else reportAddress(() => apiAddress(server, 'server'), report, 'server')
      if (refresh_interval <= 0) report('refresh_interval must be greater than 0', 'refresh_interval')
    },
  },
)

export const discoveryNomad: AnyComponentDefinition = discoveryComponent({
  name: 'discovery.nomad',
  does: 'Finds the services that Nomad knows.',
  schema,
  discovery: (args, surroundings) =>
    nomadDiscovery(
      {
        address: apiAddress(args.server, 'server'),
        outbound: outboundConfig(args.http),
        namespace: args.namespace,
        region: args.region,
        tagSeparator: args.tag_separator,
        allowStale: args.allow_stale,
        refreshMs: args.refresh_interval,
      },
      surroundings,
    ),
})
