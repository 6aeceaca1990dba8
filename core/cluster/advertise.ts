/**
 * Which address peers are told to connect to: the one that was set, or the best that the interfaces have. Alloy's rules; where
 * Alloy takes what can't work, this refuses.
 */
import { messageOf } from '../errors.ts'
import type { Dns, NetworkInterface } from '../ports.ts'
import type { PeerAddress } from './address.ts'
import { canonicalIp, isIpv6, isLinkLocal, isLoopback, isUnspecified, peerAddress, splitHostPort } from './ip.ts'

export type Advertised =
  | { readonly ok: true; readonly address: PeerAddress; readonly warning?: string }
  | { readonly ok: false; readonly problem: string }

const FLAG = '--cluster.advertise-address'

/** `given`: the flag as typed. A name is resolved once; the first address counts. */
export async function advertisedAddress(given: string, defaultPort: number, dns: Dns): Promise<Advertised> {
  const split = splitHostPort(given)
  if (split === undefined) {
    return {
      ok: false,
      problem: `flag ${FLAG} is host or host:port, such as 10.0.0.1:12345 or [fd00::1]:12345, not "${given}"`,
    }
  }
  const port = split.port ?? defaultPort
  const literal = canonicalIp(split.host)
  if (literal !== undefined) {
    if (!isUnspecified(literal)) return { ok: true, address: peerAddress(literal, port) }
    return {
      ok: false,
      problem: `flag ${FLAG}=${given}: nobody can connect to ${literal}; give the address that peers reach this node at`,
    }
  }
  let found: readonly string[]
  try {
    found = await dns.addresses(split.host)
  } catch (error) {
    return {
      ok: false,
      problem: `flag ${FLAG}: can't resolve ${split.host}: ${messageOf(error)}; give an IP address instead`,
    }
  }
  const ip = found.map(canonicalIp).find((address) => address !== undefined)
  if (ip !== undefined) return { ok: true, address: peerAddress(ip, port) }
  return {
    ok: false,
    problem: `flag ${FLAG}: the name ${split.host} has no address; give an IP address, or mend the name`,
  }
}

/**
 * Goes through the interfaces by name, in this order; the single name `all` means all of them in the order of the system. The
 * first IPv4 address that is not link-local is taken; failing that IPv6, link-local IPv4, link-local IPv6.
 */
export function addressOfInterfaces(
  interfaces: readonly NetworkInterface[],
  names: readonly string[],
  port: number,
): Advertised & { readonly ok: true } {
  const all = names.length === 1 && names[0] === 'all'
  let best: string | undefined
  for (const name of all ? interfaces.map((one) => one.name) : names) {
    const found = interfaces.find((one) => one.name === name)
    for (const text of found?.addresses ?? []) {
      const ip = canonicalIp(text)
      if (ip === undefined || isLoopback(ip) || isUnspecified(ip)) continue
      if (best === undefined || rank(ip) < rank(best)) best = ip
    }
    if (best !== undefined && rank(best) === 0) break
  }
  if (best !== undefined) return { ok: true, address: peerAddress(best, port) }
  const looked = all ? 'any interface' : names.join(', ')
  return {
    ok: true,
    address: peerAddress('127.0.0.1', port),
    warning: `no usable address on ${looked}; advertising 127.0.0.1, which no other machine can reach: set ${FLAG}`,
  }
}

function rank(ip: string): number {
  return (isLinkLocal(ip) ? 2 : 0) + (isIpv6(ip) ? 1 : 0)
}
