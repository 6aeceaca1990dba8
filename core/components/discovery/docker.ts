/** discovery.docker: the containers of a Docker daemon. The work is done in core/discovery/docker.ts. */
import { dockerDiscovery } from '../../discovery/docker.ts'
import type { AnyComponentDefinition } from '../../graph/component.ts'
import { attr, block } from '../../syntax/schema.ts'
import { bool, int, string } from '../../syntax/types.ts'
import { discoveryComponent } from './discovering.ts'
import { dockerAccess, dockerFields, validateDocker } from './docker-arguments.ts'

const schema = block(
  {
    ...dockerFields,
    port: attr.optional(int, 80, 'Port of containers that expose no TCP port.'),
    host_networking_host: attr.optional(string, 'localhost', 'Address of containers in host networking mode.'),
    match_first_network: attr.optional(bool, true, 'Of several networks of a container, take the first by name alone.'),
  },
  { validate: validateDocker },
)

export const discoveryDocker: AnyComponentDefinition = discoveryComponent({
  name: 'discovery.docker',
  does: 'Finds the containers of a Docker engine.',
  schema,
  discovery: (args, surroundings) =>
    dockerDiscovery(
      {
        ...dockerAccess(args),
        filters: args.filter,
        port: args.port,
        hostNetworkingHost: args.host_networking_host,
        matchFirstNetwork: args.match_first_network,
      },
      surroundings,
    ),
})
