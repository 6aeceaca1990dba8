/** IP addresses as people write them: kinds, and `host:port` in all its ways. Bytes and canonical forms are address.ts's. */
import { canonicalAddress, type PeerAddress } from './address.ts'

/** The canonical text of an IP literal (RFC 5952; an IPv4 address in IPv6's clothes is IPv4), undefined for all else. */
export function canonicalIp(text: string): string | undefined {
  // A scope belongs to this machine's view of an address: peers could make nothing of it.
  const address = canonicalAddress(text.replace(/%.*$/, ''), 0)
  return address === undefined ? undefined : hostOf(address)
}

export function isIpv6(ip: string): boolean {
  return ip.includes(':')
}

/** Of a canonical address. */
export function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.')
}

/** Of a canonical address. */
export function isLinkLocal(ip: string): boolean {
  return ip.startsWith('169.254.') || /^fe[89ab][\da-f]:/.test(ip)
}

/** All addresses of a machine to listen at; none to connect to. */
export function isUnspecified(ip: string): boolean {
  return ip === '::' || ip === '0.0.0.0'
}

/** Of a canonical address. */
export function peerAddress(ip: string, port: number): PeerAddress {
  return isIpv6(ip) ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** The IP address of a peer, without brackets. */
export function hostOf(address: PeerAddress): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '')
}

export interface HostPort {
  /** An address without brackets, or a name. */
  readonly host: string
  readonly port: number | undefined
}

/** `host`, `host:port`, `1.2.3.4:port`, `::1`, `[::1]`, `[::1]:port`; undefined when it is none of them. */
export function splitHostPort(text: string): HostPort | undefined {
  const bracketed = /^\[([^[\]]+)\](?::(\d{1,5}))?$/.exec(text)
  if (bracketed !== null) {
    return isIpv6(canonicalIp(bracketed[1]) ?? '') ? withPort(bracketed[1], bracketed[2]) : undefined
  }
  if (canonicalIp(text) !== undefined) return { host: text, port: undefined }
  const named = /^([^:[\]\s/]+)(?::(\d{1,5}))?$/.exec(text)
  return named === null ? undefined : withPort(named[1], named[2])
}

function withPort(host: string, digits: string | undefined): HostPort | undefined {
  if (digits === undefined) return { host, port: undefined }
  const port = Number(digits)
  return port >= 1 && port <= 65_535 ? { host, port } : undefined
}
