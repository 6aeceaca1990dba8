/**
 * From `--cluster.join-addresses` to addresses of peers: literals, names by A and AAAA, and SRV records with their ports (Alloy
 * ignores those). Knows names and ports; never whether anybody is there.
 */
import { messageOf } from '../errors.ts'
import { MAX_DISCOVERED_PEERS } from '../limits.ts'
import type { Dns, ServiceRecord } from '../ports.ts'
import type { PeerAddress } from './address.ts'
import type { Discovered } from './discovery.ts'
import { canonicalIp, peerAddress, splitHostPort } from './ip.ts'

type Method = 'any' | 'address' | 'service'

export interface JoinEntry {
  /** As typed, without spaces around it. */
  readonly text: string
  readonly method: Method
  readonly host: string
  /** When one was typed, it goes before the port of an SRV record. */
  readonly port: number | undefined
}

const PREFIXES: readonly (readonly [prefix: string, method: Method])[] = [
  ['dnssrvnoa+', 'service'],
  ['dnssrv+', 'service'],
  ['dns+', 'address'],
]

/** Undefined when the text can't be understood. */
export function parseJoinEntry(text: string): JoinEntry | undefined {
  const [prefix, method] = PREFIXES.find(([start]) => text.startsWith(start)) ?? (['', 'any'] as const)
  const split = splitHostPort(text.slice(prefix.length))
  return split === undefined ? undefined : { text, method, host: split.host, port: split.port }
}

/** Never rejects. Names are looked up at the same time; answers keep the order of the entries. */
export async function resolveJoinEntries(
  entries: readonly JoinEntry[],
  defaultPort: number,
  dns: Dns,
): Promise<Discovered> {
  const resolved = await Promise.all(entries.map((entry) => resolve(entry, defaultPort, dns)))
  return {
    addresses: unique(resolved.flatMap(({ addresses }) => addresses)),
    alternates: unique(resolved.flatMap(({ alternates }) => alternates)),
    problems: resolved.flatMap(({ problems }) => problems),
  }
}

async function resolve(entry: JoinEntry, defaultPort: number, dns: Dns): Promise<Discovered> {
  const { method, text, host } = entry
  const literal = canonicalIp(host)
  if (literal !== undefined) {
    return { addresses: [peerAddress(literal, entry.port ?? defaultPort)], alternates: [], problems: [] }
  }
  const reasons: string[] = []
  const caught = (what: string) => (error: unknown) => {
    reasons.push(`${what}: ${messageOf(error)}`)
    return []
  }
  const byName =
    method === 'service'
      ? []
      : dns.addresses(host).then((ips) => located(ips, entry.port ?? defaultPort), caught('A and AAAA'))
  const byService =
    method === 'address'
      ? []
      : dns.services(host).then((records) => locateServices(records, entry.port, dns), caught('SRV'))
  const [addresses, services] = await Promise.all([byName, byService])
  if (addresses.length + services.length > 0) {
    // Addresses first, as Alloy does. A name may have both kinds with different ports (Consul), of which one answers.
    return addresses.length > 0
      ? { addresses, alternates: services, problems: [] }
      : { addresses: services, alternates: [], problems: [] }
  }
  const why = reasons.length > 0 ? reasons.join('; ') : 'there is no such record'
  return { addresses: [], alternates: [], problems: [`failed to resolve provided join address ${text}: ${why}`] }
}

/** The targets of SRV records are names, or, in some answers, addresses. */
async function locateServices(
  records: readonly ServiceRecord[],
  port: number | undefined,
  dns: Dns,
): Promise<readonly PeerAddress[]> {
  const targets = new Map<string, Promise<readonly string[]>>()
  const addressesOf = (target: string): Promise<readonly string[]> => {
    const literal = canonicalIp(target)
    if (literal !== undefined) return Promise.resolve([literal])
    let known = targets.get(target)
    // A target that can't be resolved is one peer fewer, as long as others can.
    if (known === undefined) targets.set(target, (known = dns.addresses(target).catch(() => [])))
    return known
  }
  const found = await Promise.all(
    records.map(async (record) => located(await addressesOf(record.target), port ?? record.port)),
  )
  return found.flat()
}

function located(ips: readonly string[], port: number): readonly PeerAddress[] {
  return ips.flatMap((text) => {
    const ip = canonicalIp(text)
    return ip === undefined ? [] : [peerAddress(ip, port)]
  })
}

function unique(addresses: readonly PeerAddress[]): readonly PeerAddress[] {
  return [...new Set(addresses)].slice(0, MAX_DISCOVERED_PEERS)
}
