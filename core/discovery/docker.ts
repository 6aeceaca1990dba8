/** Containers of a Docker daemon as targets: two lists, asked for again and again. */
import { createDockerApi, type DockerAccess, type DockerFilter } from './docker-api.ts'
import { type DockerTargetRules, dockerTargets } from './docker-targets.ts'
import { type Discovery, type DiscoverySurroundings, refreshing } from './source.ts'

export interface DockerSettings extends DockerAccess, DockerTargetRules {
  /** Which containers; running ones unless told. */
  readonly filters: readonly DockerFilter[]
  readonly refreshMs: number
}

/** Throws a CodedError for an address or TLS files that can't work. */
export function dockerDiscovery(settings: DockerSettings, surroundings: DiscoverySurroundings): Discovery {
  const api = createDockerApi(settings, surroundings)
  const { slices } = surroundings
  const lists = [
    { path: '/containers/json', filters: settings.filters, what: 'error while listing containers' },
    { path: '/networks', what: 'error while computing network labels' },
  ]
  const looking = refreshing(surroundings, settings.refreshMs, async (signal) => {
    const [containers, networks] = await api.list(lists, signal)
    const targets = await slices.run(dockerTargets(containers, networks, settings))
    return [{ source: 'Docker', labels: new Map(), targets }]
  })
  return {
    async run(signal, on) {
      await looking.run(signal, on)
      api.close()
    },
  }
}
