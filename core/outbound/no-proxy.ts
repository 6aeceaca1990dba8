/**
 * Which hosts are reached without the proxy: the rules of Go's golang.org/x/net/http/httpproxy for NO_PROXY, which
 * Prometheus and Alloy use for `no_proxy` too. Entries, separated by commas: `*`, an address, a CIDR range, a domain
 * (itself and everything below), `.domain` or `*.domain` (only below); address and domain may carry a port. This machine
 * itself (localhost, 127.0.0.0/8, ::1) is never reached through a proxy.
 */

/** True when `url` is to be reached directly. */
export type NoProxy = (url: URL) => boolean

type Matcher = (host: string, port: string, address: Address | undefined) => boolean

/** Sixteen bytes; IPv4 as ::ffff:a.b.c.d. */
type Address = Uint8Array

export function parseNoProxy(text: string): NoProxy {
  const matchers: Matcher[] = []
  for (const part of text.split(',')) {
    const entry = part.trim().toLowerCase()
    if (entry === '') continue
    if (entry === '*') return () => true
    const matcher = parseEntry(entry)
    if (matcher !== undefined) matchers.push(matcher)
  }
  return (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
    const address = parseAddress(host)
    if (host === 'localhost' || (address !== undefined && isLoopback(address))) return true
    return matchers.some((matches) => matches(host, port, address))
  }
}

/** Undefined for what can't match anything: malformed entries are passed over, as in Go. */
function parseEntry(entry: string): Matcher | undefined {
  const range = /^(.+)\/(\d{1,3})$/.exec(entry)
  if (range !== null) {
    const base = parseAddress(range[1])
    const isV4 = base !== undefined && !range[1].includes(':')
    const bits = Number(range[2]) + (isV4 ? 96 : 0)
    if (base !== undefined && bits <= 128) {
      return (_host, _port, address) => address !== undefined && sharesPrefix(address, base, bits)
    }
  }

  const { host, port } = splitPort(entry)
  if (host === '') return undefined
  const single = parseAddress(host)
  if (single !== undefined) {
    return (_host, toPort, address) =>
      address !== undefined && sharesPrefix(address, single, 128) && (port === '' || port === toPort)
  }
  const below = host.startsWith('*.') ? host.slice(1) : host
  const suffix = toAscii(below.startsWith('.') ? below : `.${below}`)
  const exact = below.startsWith('.') ? undefined : suffix.slice(1)
  return (toHost, toPort) => (toHost.endsWith(suffix) || toHost === exact) && (port === '' || port === toPort)
}

function splitPort(entry: string): { host: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(entry)
  if (bracketed !== null) return { host: bracketed[1], port: bracketed[2] ?? '' }
  const colon = entry.indexOf(':')
  if (colon < 0 || entry.indexOf(':', colon + 1) >= 0) return { host: entry, port: '' }
  return { host: entry.slice(0, colon), port: entry.slice(colon + 1) }
}

/** Host names in a URL are in punycode already. */
function toAscii(suffix: string): string {
  if (/^[\x00-\x7f]*$/.test(suffix)) return suffix
  try {
    return `.${new URL(`http://${suffix.slice(1)}`).hostname}`
  } catch {
    return suffix
  }
}

function parseAddress(text: string): Address | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (v4 !== null) {
    const bytes = new Uint8Array(16)
    bytes[10] = bytes[11] = 0xff
    for (let i = 0; i < 4; i++) {
      const part = Number(v4[i + 1])
      if (part > 255) return undefined
      bytes[12 + i] = part
    }
    return bytes
  }
  if (!text.includes(':')) return undefined
  let canonical: string
  try {
    // The URL parser writes any valid IPv6 address in hexadecimal groups with at most one `::`.
    canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  } catch {
    return undefined
  }
  const [before, after] = canonical.split('::')
  const left = before === '' ? [] : before.split(':')
  const right = after === undefined || after === '' ? [] : after.split(':')
  const bytes = new Uint8Array(16)
  for (let i = 0; i < left.length; i++) setGroup(bytes, i, left[i])
  for (let i = 0; i < right.length; i++) setGroup(bytes, 8 - right.length + i, right[i])
  return bytes
}

function setGroup(bytes: Uint8Array, index: number, group: string): void {
  const value = Number.parseInt(group, 16)
  bytes[index * 2] = value >> 8
  bytes[index * 2 + 1] = value & 0xff
}

function isLoopback(address: Address): boolean {
  return sharesPrefix(address, LOOPBACK_V4, 104) || sharesPrefix(address, LOOPBACK_V6, 128)
}

const LOOPBACK_V4 = parseAddress('127.0.0.0') as Address
const LOOPBACK_V6 = parseAddress('::1') as Address

function sharesPrefix(a: Address, b: Address, bits: number): boolean {
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false
  const rest = bits & 7
  return rest === 0 || a[whole] >> (8 - rest) === b[whole] >> (8 - rest)
}
