/**
 * What Docker's discoveries ask of the daemon: lists, in its own API version, filtered by it. Knows the paths of Docker's Engine
 * API and nothing of targets.
 */
import { messageOf } from '../errors.ts'
import type { OutboundConfig } from '../outbound/config.ts'
import { apiAddress, createJsonApi } from './json-api.ts'
import { jsonList } from './json-list.ts'
import type { DiscoverySurroundings } from './source.ts'

export interface DockerAccess {
  /** `unix:///path`, `tcp://host:port` or `http(s)://host:port`. */
  readonly host: string
  readonly outbound: OutboundConfig
}

export interface DockerFilter {
  readonly name: string
  readonly values: readonly string[]
}

export interface DockerApi {
  /** One after the other, in one API version. Rejects with an Error for people; `what` begins its message. */
  list(lists: readonly DockerList[], signal: AbortSignal): Promise<readonly (readonly unknown[])[]>
  close(): void
}

export interface DockerList {
  /** `/containers/json`. */
  readonly path: string
  readonly filters?: readonly DockerFilter[]
  /** `error while listing containers`. */
  readonly what: string
}

/** For one list: a daemon with thousands of containers on a busy machine is slow. */
const TIMEOUT_MS = 60_000

/** Throws a CodedError for an address or TLS files that can't work. */
export function createDockerApi(access: DockerAccess, surroundings: DiscoverySurroundings): DockerApi {
  const address = apiAddress(access.host, 'host')
  const api = createJsonApi(address, access.outbound, [], surroundings)
  const { slices } = surroundings

  /** Asked before each look: the daemon may have been replaced by another version. Requests that name none are deprecated. */
  async function version(signal: AbortSignal): Promise<string> {
    // Proxies in front of the socket may not let this through.
    const answer = await api.get({ path: '/_ping', timeoutMs: TIMEOUT_MS, signal, accepted: [403, 404] })
    const named = answer.header('api-version') ?? ''
    return /^\d+\.\d+$/.test(named) ? `/v${named}` : ''
  }

  return {
    async list(lists, signal) {
      const answers: (readonly unknown[])[] = []
      let what = lists[0].what
      try {
        const prefix = await version(signal)
        for (const list of lists) {
          what = list.what
          const query = filterQuery(list.filters ?? [])
          const answer = await api.get({ path: prefix + list.path, query, timeoutMs: TIMEOUT_MS, signal })
          answers.push(await slices.run(jsonList(answer.body)))
        }
      } catch (thrown) {
        throw new Error(`${what}: ${messageOf(thrown)}${hint(messageOf(thrown))}`, { cause: thrown })
      }
      return answers
    },
    close: () => api.close(),
  }
}

/** `filters={"status":["running"]}`; values of filters with one name are alternatives. */
function filterQuery(filters: readonly DockerFilter[]): readonly (readonly [string, string])[] {
  const values = new Map<string, string[]>()
  for (const filter of filters) values.set(filter.name, [...(values.get(filter.name) ?? []), ...filter.values])
  return values.size === 0 ? [] : [['filters', JSON.stringify(Object.fromEntries(values))]]
}

function hint(message: string): string {
  return message.startsWith('GET unix:') && message.endsWith('permission denied')
    ? ' (the user that skein runs as must be in the group that owns the socket, usually docker)'
    : ''
}
