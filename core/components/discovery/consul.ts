/** discovery.consul: services that Consul knows. The work is done in core/discovery/consul.ts. */
import { consulDiscovery } from '../../discovery/consul.ts'
import { apiAddress } from '../../discovery/json-api.ts'
import type { AnyComponentDefinition } from '../../graph/component.ts'
import { attr, block, squash } from '../../syntax/schema.ts'
import { bool, duration, list, map, oneOf, secret, string } from '../../syntax/types.ts'
import { httpClient } from '../http-client.ts'
import { consulOutbound, validateConsul } from './consul-arguments.ts'
import { discoveryComponent } from './discovering.ts'

const schema = block(
  {
    server: attr.optional(string, 'localhost:8500', 'Host and port of a Consul agent, or unix:///path.'),
    token: attr.optional(secret, undefined, 'ACL token.'),
    datacenter: attr.optional(string, '', "Datacenter to ask for; the agent's own unless given."),
    namespace: attr.optional(string, '', 'Namespace (Consul Enterprise).'),
    partition: attr.optional(string, '', 'Admin partition (Consul Enterprise).'),
    tag_separator: attr.optional(string, ',', 'Joins tags in the label __meta_consul_tags.'),
    scheme: attr.optional(oneOf('http', 'https'), 'http', 'Scheme for a server that is given without.'),
    username: attr.optional(string, '', 'Short for basic_auth.'),
    password: attr.optional(secret, undefined, 'Its password.'),
    allow_stale: attr.optional(bool, true, 'Any Consul server may answer, which is cheaper, not the leader alone.'),
    services: attr.optional(list(string), [], 'Services to find instances of; all unless given.'),
    tags: attr.optional(list(string), [], 'Tags that an instance must have, all of them.'),
    node_meta: attr.optional(map(string), new Map(), 'Metadata that the node of an instance must have.'),
    refresh_interval: attr.optional(
      duration,
      30_000,
      'How long to wait at least before the same is asked for again. Consul is asked to answer as soon as something changes.',
    ),
    http: squash(httpClient),
  },
  { validate: validateConsul },
)

export const discoveryConsul: AnyComponentDefinition = discoveryComponent({
  name: 'discovery.consul',
  does: 'Finds the instances of services that a Consul catalog knows.',
  schema,
  discovery: (args, surroundings) =>
    consulDiscovery(
      {
        address: apiAddress(args.server, 'server', args.scheme),
        outbound: consulOutbound(args),
        token: args.token?.reveal() ?? '',
        datacenter: args.datacenter,
        namespace: args.namespace,
        partition: args.partition,
        tagSeparator: args.tag_separator,
        services: args.services,
        tags: args.tags,
        nodeMeta: args.node_meta,
        allowStale: args.allow_stale,
        refreshMs: args.refresh_interval,
      },
      surroundings,
    ),
})
