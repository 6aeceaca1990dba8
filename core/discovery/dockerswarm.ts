/** Services, tasks or nodes of a Docker Swarm as targets; a manager of the swarm is asked for lists, again and again. */
import { createDockerApi, type DockerAccess, type DockerFilter, type DockerList } from './docker-api.ts'
import { nodeTargets, serviceTargets, taskTargets } from './dockerswarm-targets.ts'
import { type Discovery, type DiscoverySurroundings, refreshing } from './source.ts'

export type SwarmRole = 'services' | 'tasks' | 'nodes'

export interface SwarmSettings extends DockerAccess {
  readonly role: SwarmRole
  /** Of targets that have none of their own. */
  readonly port: number
  /** Which services, tasks or nodes. */
  readonly filters: readonly DockerFilter[]
  readonly refreshMs: number
}

const NODES: DockerList = { path: '/nodes', what: 'error while listing swarm nodes' }
const SERVICES: DockerList = { path: '/services', what: 'error while listing swarm services' }
const TASKS: DockerList = { path: '/tasks', what: 'error while listing swarm tasks' }
const NETWORKS: DockerList = { path: '/networks', what: 'error while computing swarm network labels' }

/** Filters are for the first one alone. */
const LISTS: Readonly<Record<SwarmRole, readonly DockerList[]>> = {
  nodes: [NODES],
  services: [SERVICES, NETWORKS],
  tasks: [TASKS, SERVICES, NODES, NETWORKS],
}

/** Throws a CodedError for an address or TLS files that can't work. */
export function swarmDiscovery(settings: SwarmSettings, surroundings: DiscoverySurroundings): Discovery {
  const { role, port, filters, refreshMs } = settings
  const api = createDockerApi(settings, surroundings)
  const { slices } = surroundings
  const [main, ...others] = LISTS[role]

  function targetsOf([first, second, third, fourth]: readonly (readonly unknown[])[]): ReturnType<typeof nodeTargets> {
    if (role === 'nodes') return nodeTargets(first, port)
    if (role === 'services') return serviceTargets(first, second, port)
    return taskTargets(first, second, third, fourth, port)
  }

  const looking = refreshing(surroundings, refreshMs, async (signal) => {
    const lists = await api.list([{ ...main, filters }, ...others], signal)
    return [{ source: 'DockerSwarm', labels: new Map(), targets: await slices.run(targetsOf(lists)) }]
  })
  return {
    async run(signal, on) {
      await looking.run(signal, on)
      api.close()
    },
  }
}
