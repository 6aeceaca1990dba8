/**
 * Services that Consul knows: its catalog is watched for names, and each service for its instances, by queries that Consul holds
 * until something changes. With more services than Consul should hold queries for, each is asked for at intervals instead.
 */
import { MAX_API_REQUESTS, MAX_HELD_QUERIES } from '../limits.ts'
import type { HttpResponse } from '../ports.ts'
import { follow, HELD_TIMEOUT_MS, type Pace, TIMEOUT_MS, WAIT } from './blocking-query.ts'
import { type ConsulAccess, checkServices, createConsulApi } from './consul-api.ts'
import { type ConsulTargetRules, consulGroup } from './consul-targets.ts'
import { createFindings } from './findings.ts'
import { isPathPart } from './json-api.ts'
import { entriesAt } from './json-fields.ts'
import { jsonList, jsonValue } from './json-list.ts'
import { createPlaces } from './places.ts'
import type { Discovery, DiscoverySurroundings } from './source.ts'

export interface ConsulSettings extends ConsulTargetRules, ConsulAccess {
  readonly namespace: string
  readonly partition: string
  /** An instance must have all of them. */
  readonly tags: readonly string[]
  readonly nodeMeta: ReadonlyMap<string, string>
  readonly allowStale: boolean
  /** Something is asked for again after so long at the earliest. */
  readonly refreshMs: number
}

type Query = readonly (readonly [string, string])[]

/** Throws a CodedError for too many services and for TLS files that can't be used. */
export function consulDiscovery(settings: ConsulSettings, surroundings: DiscoverySurroundings): Discovery {
  const { timers, ports, slices } = surroundings
  const { services: named, tags, refreshMs } = settings
  const api = createConsulApi(settings, surroundings)
  const places = createPlaces(MAX_API_REQUESTS)
  const pace: Pace = { clock: ports.clock, timers, refreshMs, header: 'x-consul-index' }
  const everywhere = commonQuery(settings)
  const ofServices: Query = [...everywhere, ...tags.map((tag) => ['tag', tag] as const)]

  return {
    async run(signal, on) {
      const findings = createFindings(timers, on)
      /** By name: ends the watch. */
      const watched = new Map<string, AbortController>()
      const watches = new Set<Promise<void>>()

      function watch(name: string): void {
        const own = new AbortController()
        watched.set(name, own)
        findings.expect(name)
        const watching = follow(
          {
            ask: (index) => askFor(name, index, own.signal),
            async take(answer) {
              const group = await slices.run(instances(name, answer))
              if (!own.signal.aborted) findings.set(name, group)
            },
            succeeded: () => findings.succeeded(name),
            failed: (message) => findings.failed(name, message),
          },
          pace,
          own.signal,
        )
        watches.add(watching)
        void watching.then(() => watches.delete(watching))
      }

      function forget(name: string): void {
        watched.get(name)?.abort()
        watched.delete(name)
        findings.remove(name)
      }

      /** Queries that are answered at once take turns; those that Consul holds are few. */
      function askFor(name: string, index: number, own: AbortSignal): Promise<HttpResponse> {
        const path = `/v1/health/service/${encodeURIComponent(name)}`
        if (index > 0 && watched.size <= MAX_HELD_QUERIES) return held(path, ofServices, index, own)
        return places.run(() => api.get({ path, query: ofServices, timeoutMs: TIMEOUT_MS, signal: own }))
      }

      /** A work for Slices. Throws an Error for people when they are too many. */
      function* watchOnly(wanted: readonly string[]): Generator<undefined, void> {
        checkServices(wanted)
        const keep = new Set(wanted)
        for (const name of [...watched.keys()]) if (!keep.has(name)) forget(name)
        for (const name of keep) {
          if (!watched.has(name)) watch(name)
          yield
        }
        findings.listed()
      }

      if (named.length > 0) await slices.run(watchOnly(named.filter(isPathPart)))
      else {
        await follow(
          {
            ask: (index) => held('/v1/catalog/services', everywhere, index, signal),
            take: (answer) => slices.run(watchOnly(namesIn(jsonValue(answer.body), tags))),
            succeeded: () => findings.succeeded(CATALOG),
            failed: (message) => findings.failed(CATALOG, message),
          },
          pace,
          signal,
        )
      }
      await timers.sleep(Number.POSITIVE_INFINITY, signal)
      findings.close()
      for (const own of watched.values()) own.abort()
      await Promise.all(watches)
      api.close()
    },
  }

  function held(path: string, common: Query, index: number, signal: AbortSignal): Promise<HttpResponse> {
    if (index === 0) return api.get({ path, query: common, timeoutMs: TIMEOUT_MS, signal })
    const query: Query = [...common, ['index', String(index)], ['wait', WAIT]]
    return api.get({ path, query, timeoutMs: HELD_TIMEOUT_MS, signal })
  }

  function* instances(name: string, answer: HttpResponse): ReturnType<typeof consulGroup> {
    return yield* consulGroup(name, yield* jsonList(answer.body), settings)
  }
}

/** Where problems with the catalog itself are kept; no service has an empty name. */
const CATALOG = ''

function commonQuery(settings: ConsulSettings): Query {
  const query: [string, string][] = []
  for (const [name, value] of [
    ['dc', settings.datacenter],
    ['ns', settings.namespace],
    ['partition', settings.partition],
  ]) {
    if (value !== '') query.push([name, value])
  }
  if (settings.allowStale) query.push(['stale', ''])
  for (const [name, value] of settings.nodeMeta) query.push(['node-meta', `${name}:${value}`])
  return query
}

/** Names of the services that have all tags; in a catalog each comes with the tags of all its instances. */
function namesIn(catalog: unknown, tags: readonly string[]): readonly string[] {
  if (typeof catalog !== 'object' || catalog === null || Array.isArray(catalog)) {
    throw new Error('the catalog is not an object of services and tags')
  }
  return entriesAt(catalog)
    .filter(([name, has]) => isPathPart(name) && tags.every((tag) => Array.isArray(has) && has.includes(tag)))
    .map(([name]) => name)
}
