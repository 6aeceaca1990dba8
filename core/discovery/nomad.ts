/**
 * Services that Nomad itself knows. The list of services is watched by a query that Nomad holds until any instance comes or goes;
 * then the instances of all services are asked for, and told when all of them answered.
 */
import { MAX_API_REQUESTS, MAX_WATCHED_SERVICES } from '../limits.ts'
import type { OutboundConfig } from '../outbound/config.ts'
import { follow, HELD_TIMEOUT_MS, TIMEOUT_MS, WAIT } from './blocking-query.ts'
import { type ApiAddress, createJsonApi, isPathPart } from './json-api.ts'
import { listAt, textAt } from './json-fields.ts'
import { jsonList } from './json-list.ts'
import { nomadTarget } from './nomad-targets.ts'
import { createPlaces } from './places.ts'
import type { Discovery, DiscoverySurroundings, TargetGroup } from './source.ts'

export interface NomadSettings {
  readonly address: ApiAddress
  readonly outbound: OutboundConfig
  /** `*` for all. */
  readonly namespace: string
  readonly region: string
  readonly tagSeparator: string
  readonly allowStale: boolean
  /** The list is asked for again after so long at the earliest. */
  readonly refreshMs: number
}

interface Service {
  readonly name: string
  readonly namespace: string
}

type Query = readonly (readonly [string, string])[]

/** Throws a CodedError for TLS files that can't be used. */
export function nomadDiscovery(settings: NomadSettings, surroundings: DiscoverySurroundings): Discovery {
  const { timers, ports, slices } = surroundings
  const { tagSeparator, refreshMs } = settings
  const api = createJsonApi(settings.address, settings.outbound, [], surroundings)
  const places = createPlaces(MAX_API_REQUESTS)

  function queryIn(namespace: string): Query {
    const query: [string, string][] = []
    if (namespace !== '') query.push(['namespace', namespace])
    if (settings.region !== '') query.push(['region', settings.region])
    if (settings.allowStale) query.push(['stale', ''])
    return query
  }

  async function groupOf({ name, namespace }: Service, signal: AbortSignal): Promise<TargetGroup> {
    const path = `/v1/service/${encodeURIComponent(name)}`
    const answer = await api.get({ path, query: queryIn(namespace), timeoutMs: TIMEOUT_MS, signal })
    return slices.run(groupIn(answer.body, `${namespace}/${name}`))
  }

  function* groupIn(body: Uint8Array, source: string): Generator<undefined, TargetGroup> {
    const targets: ReadonlyMap<string, string>[] = []
    for (const instance of yield* jsonList(body)) {
      targets.push(nomadTarget(instance, tagSeparator))
      yield
    }
    return { source, labels: new Map(), targets }
  }

  function groupsOf(services: readonly Service[], signal: AbortSignal): Promise<readonly TargetGroup[]> {
    if (services.length > MAX_WATCHED_SERVICES) {
      throw new Error(
        `there are ${services.length} services, more than the ${MAX_WATCHED_SERVICES} that one component watches; split them up by namespace`,
      )
    }
    return places.all(services, signal, groupOf)
  }

  return {
    async run(signal, on) {
      await follow(
        {
          ask(index) {
            const common = queryIn(settings.namespace)
            const query: Query = index === 0 ? common : [...common, ['index', String(index)], ['wait', WAIT]]
            const timeoutMs = index === 0 ? TIMEOUT_MS : HELD_TIMEOUT_MS
            return api.get({ path: '/v1/services', query, timeoutMs, signal })
          },
          async take(answer) {
            const services = servicesIn(await slices.run(jsonList(answer.body)), settings.namespace)
            const groups = await groupsOf(services, signal)
            if (!signal.aborted) on.found(groups)
          },
          succeeded() {},
          failed: (message) => on.failed(message),
        },
        { clock: ports.clock, timers, refreshMs, header: 'x-nomad-index' },
        signal,
      )
      api.close()
    },
  }
}

/** By namespace and name; those of all namespaces have to be asked for in their own. */
function servicesIn(listed: readonly unknown[], namespace: string): readonly Service[] {
  return listed.flatMap((group) =>
    listAt(group, 'Services')
      .map((service) => ({ name: textAt(service, 'ServiceName'), namespace: textAt(group, 'Namespace') || namespace }))
      .filter(({ name }) => isPathPart(name)),
  )
}
