/** What the two ways of asking Consul have in common: where it is, the token, and how many services one component may ask for. */
import { CodedError } from '../errors.ts'
import { MAX_WATCHED_SERVICES } from '../limits.ts'
import type { OutboundConfig } from '../outbound/config.ts'
import { type ApiAddress, createJsonApi, type JsonApi } from './json-api.ts'
import type { DiscoverySurroundings } from './source.ts'

export interface ConsulAccess {
  readonly address: ApiAddress
  readonly outbound: OutboundConfig
  /** Sent as X-Consul-Token unless empty. */
  readonly token: string
  /** Names of those to find instances of; all that Consul, or its agent, knows when there is none. */
  readonly services: readonly string[]
}

/** Throws a CodedError for too many services and for TLS files that can't be used. */
export function createConsulApi(access: ConsulAccess, surroundings: DiscoverySurroundings): JsonApi {
  checkServices(access.services)
  const headers = access.token === '' ? [] : [['X-Consul-Token', access.token] as const]
  return createJsonApi(access.address, access.outbound, headers, surroundings)
}

/** Throws a CodedError when there are more than one component asks for. */
export function checkServices({ length }: readonly string[]): void {
  if (length <= MAX_WATCHED_SERVICES) return
  const message = `there are ${length} services, more than the ${MAX_WATCHED_SERVICES} that one component asks for`
  throw new CodedError('config', `${message}; split them up by services or tags`)
}
