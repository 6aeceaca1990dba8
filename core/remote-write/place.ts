/**
 * What makes an endpoint the same endpoint, over changes of its other settings and over restarts: its name if it was given
 * one, else its URL and tenant. The queue lies in a directory of that name, so what waits for one tenant can't go out as
 * another's. Pure.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { EndpointConfig } from './config.ts'

/** Headers by which receivers tell tenants apart: Mimir's and Cortex's, Thanos's. */
const TENANT_HEADERS: ReadonlySet<string> = new Set(['x-scope-orgid', 'thanos-tenant'])
const MAX_READABLE = 40

/** A name for each endpoint, all different, that is safe as the name of a directory: `store.example.com-1f3a…`. */
export function placesOf(endpoints: readonly EndpointConfig[]): readonly string[] {
  const identities = endpoints.map(identityOf)
  return endpoints.map((endpoint, i) => {
    const { name, named, url } = endpoint
    const shared = identities.some((identity, k) => k !== i && identity === identities[i])
    // Nothing tells them apart but their other settings, from which the name is derived.
    const identity = shared ? `${identities[i]}\0${name}` : identities[i]
    const hash = bytesToHex(sha256(new TextEncoder().encode(identity))).slice(0, 12)
    return [readable(new URL(url).hostname), ...(named ? [readable(name)] : []), hash].join('-')
  })
}

function identityOf({ name, named, url, headers, http }: EndpointConfig): string {
  const where = new URL(url)
  // A password that is changed leads to the same receiver.
  where.password = ''
  if (named) return JSON.stringify([where.href, name])
  const tenant = headers
    .map(([header, value]) => [header.toLowerCase(), value])
    .filter(([header]) => TENANT_HEADERS.has(header))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([where.href, tenant, http.basicAuth?.username ?? ''])
}

function readable(text: string): string {
  const safe = text.toLowerCase().replace(/[^a-z0-9.]+/g, '_')
  return safe.replace(/^[._]+/, '').slice(0, MAX_READABLE) || 'endpoint'
}
