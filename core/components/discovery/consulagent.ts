/** discovery.consulagent: services of one Consul agent. The work is done in core/discovery/consulagent.ts. */
import { consulAgentDiscovery } from '../../discovery/consulagent.ts'
import { apiAddress } from '../../discovery/json-api.ts'
import type { AnyComponentDefinition } from '../../graph/component.ts'
import { attr, block, squash } from '../../syntax/schema.ts'
import { duration, list, oneOf, secret, string } from '../../syntax/types.ts'
import { httpClient } from '../http-client.ts'
import { consulOutbound, validateConsul } from './consul-arguments.ts'
import { discoveryComponent } from './discovering.ts'

const schema = block(
  {
    server: attr.optional(string, 'localhost:8500', 'Host and port of the Consul agent, or unix:///path.'),
    token: attr.optional(secret, undefined, 'ACL token.'),
    datacenter: attr.optional(string, '', "Value of the label __meta_consulagent_dc; the agent's own unless given."),
    tag_separator: attr.optional(string, ',', 'Joins tags in the label __meta_consulagent_tags.'),
    scheme: attr.optional(oneOf('http', 'https'), 'http', 'Scheme for a server that is given without.'),
    username: attr.optional(string, '', 'Short for basic_auth.'),
    password: attr.optional(secret, undefined, 'Its password.'),
    services: attr.optional(list(string), [], 'Services to find instances of; all unless given.'),
    tags: attr.optional(list(string), [], 'Tags that a service must have, all of them.'),
    refresh_interval: attr.optional(duration, 30_000, 'How often the agent is asked.'),
    http: squash(httpClient),
  },
  { validate: validateConsul },
)

export const discoveryConsulagent: AnyComponentDefinition = discoveryComponent({
  name: 'discovery.consulagent',
  does: 'Finds the services of one Consul agent, those that are registered at it.',
  schema,
  discovery: (args, surroundings) =>
    consulAgentDiscovery(
      {
        address: apiAddress(args.server, 'server', args.scheme),
        outbound: consulOutbound(args),
        token: args.token?.reveal() ?? '',
        datacenter: args.datacenter,
        tagSeparator: args.tag_separator,
        services: args.services,
        tags: args.tags,
        refreshMs: args.refresh_interval,
      },
      surroundings,
    ),
})
