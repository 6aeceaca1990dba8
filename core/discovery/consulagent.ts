/**
 * Services that are registered with one Consul agent, asked of that agent alone: no Consul server has work with it. The agent has
 * no queries that wait, so it is asked again and again.
 */
import { MAX_API_REQUESTS } from '../limits.ts'
import { TIMEOUT_MS } from './blocking-query.ts'
import { type ConsulAccess, checkServices, createConsulApi } from './consul-api.ts'
import { type ConsulAgentTargetRules, consulAgentGroup } from './consulagent-targets.ts'
import { isPathPart } from './json-api.ts'
import { entriesAt, textAt, textsAt } from './json-fields.ts'
import { jsonList, jsonValue } from './json-list.ts'
import { createPlaces } from './places.ts'
import { type Discovery, type DiscoverySurroundings, refreshing, type TargetGroup } from './source.ts'

export interface ConsulAgentSettings extends ConsulAgentTargetRules, ConsulAccess {
  /** A service counts when one of its instances has all of them. */
  readonly tags: readonly string[]
  readonly refreshMs: number
}

/** The agent says by the status code how a service is. */
const HEALTH: Readonly<Record<number, string>> = { 200: 'passing', 404: 'critical', 429: 'warning', 503: 'critical' }

/** Throws a CodedError for too many services and for TLS files that can't be used. */
export function consulAgentDiscovery(settings: ConsulAgentSettings, surroundings: DiscoverySurroundings): Discovery {
  const { services: named, tags, refreshMs } = settings
  const api = createConsulApi(settings, surroundings)
  const { slices } = surroundings
  const places = createPlaces(MAX_API_REQUESTS)

  async function ask(path: string, signal: AbortSignal): Promise<unknown> {
    return jsonValue((await api.get({ path, timeoutMs: TIMEOUT_MS, signal })).body)
  }

  async function groupOf(service: string, self: unknown, signal: AbortSignal): Promise<TargetGroup> {
    const answer = await api.get({
      path: `/v1/agent/health/service/name/${encodeURIComponent(service)}`,
      query: [['format', 'json']],
      timeoutMs: TIMEOUT_MS,
      signal,
      accepted: [404, 429, 503],
    })
    // Nothing is registered by this name (any more); what comes with it is no list.
    const entries = answer.status === 404 ? [] : await slices.run(jsonList(answer.body))
    return slices.run(consulAgentGroup(service, self, entries, HEALTH[answer.status], settings))
  }

  const looking = refreshing(surroundings, refreshMs, async (signal) => {
    const self = await ask('/v1/agent/self', signal)
    const services = await servicesOf(signal)
    checkServices(services)
    return places.all(services, signal, (service, own) => groupOf(service, self, own))
  })

  async function servicesOf(signal: AbortSignal): Promise<readonly string[]> {
    if (named.length > 0 && tags.length === 0) return [...new Set(named.filter(isPathPart))]
    const registered = entriesAt(await ask('/v1/agent/services', signal)).map(([, service]) => service)
    const names = registered
      .filter((service) => tags.every((tag) => textsAt(service, 'Tags').includes(tag)))
      .map((service) => textAt(service, 'Service'))
      .filter((name) => isPathPart(name) && (named.length === 0 || named.includes(name)))
    return [...new Set(names)]
  }

  return {
    async run(signal, on) {
      await looking.run(signal, on)
      api.close()
    },
  }
}
