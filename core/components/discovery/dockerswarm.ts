/** discovery.dockerswarm: services, tasks or nodes of a Docker Swarm. The work is done in core/discovery/dockerswarm.ts. */
import { swarmDiscovery } from '../../discovery/dockerswarm.ts'
import type { AnyComponentDefinition } from '../../graph/component.ts'
import { attr, block } from '../../syntax/schema.ts'
import { int, oneOf } from '../../syntax/types.ts'
import { discoveryComponent } from './discovering.ts'
import { dockerAccess, dockerFields, validateDocker } from './docker-arguments.ts'

const schema = block(
  {
    ...dockerFields,
    role: attr.required(oneOf('services', 'tasks', 'nodes'), 'What becomes targets: services, tasks or nodes.'),
    port: attr.optional(int, 80, 'Port of nodes, and of services and tasks that publish no TCP port.'),
  },
  { validate: validateDocker },
)

export const discoveryDockerswarm: AnyComponentDefinition = discoveryComponent({
  name: 'discovery.dockerswarm',
  does: 'Finds the nodes, services or tasks of a Docker Swarm.',
  schema,
  discovery: (args, surroundings) =>
    swarmDiscovery({ ...dockerAccess(args), filters: args.filter, role: args.role, port: args.port }, surroundings),
})
