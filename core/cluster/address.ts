/**
 * Addresses of peers. Inside skein an address is one canonical text, `10.0.0.1:12345` or `[fd00::1]:12345`, so that equal
 * addresses are equal strings; on the wire it is 4 or 16 bytes and a port. Never a host name.
 */

/** `ip:port`, an IPv6 address in brackets and in its canonical form (RFC 5952). */
export type PeerAddress = string

/** An address taken apart; 4 or 16 bytes. */
export interface AddressParts {
  readonly ip: Uint8Array
  readonly port: number
}

/** 4 bytes for dotted IPv4 without leading zeros, 16 for IPv6; undefined for anything else, a scope (`%eth0`) included. */
export function parseIp(text: string): Uint8Array | undefined {
  if (text.includes(':')) return parseIpv6(text)
  const ip = new Uint8Array(4)
  return parseIpv4Into(text, 0, text.length, ip, 0) ? ip : undefined
}

/** The canonical text of 4 or 16 bytes, without brackets. */
export function formatIp(ip: Uint8Array): string {
  return ip.length === 4 ? `${ip[0]}.${ip[1]}.${ip[2]}.${ip[3]}` : formatIpv6(ip)
}

/** `ip` has 4 or 16 bytes. */
export function formatAddress(ip: Uint8Array, port: number): PeerAddress {
  return ip.length === 4 ? `${ip[0]}.${ip[1]}.${ip[2]}.${ip[3]}:${port}` : `[${formatIpv6(ip)}]:${port}`
}

/** Takes `10.0.0.1:80` and `[fd00::1]:80` apart; undefined when it is neither. */
export function parseAddress(text: string): AddressParts | undefined {
  const colon = text.lastIndexOf(':')
  if (colon < 1) return undefined
  const port = parsePort(text, colon + 1)
  if (port < 0) return undefined
  if (text.charCodeAt(0) !== OPEN_BRACKET) {
    const ip = new Uint8Array(4)
    return parseIpv4Into(text, 0, colon, ip, 0) ? { ip, port } : undefined
  }
  if (text.charCodeAt(colon - 1) !== CLOSE_BRACKET) return undefined
  const ip = parseIpv6(text.slice(1, colon - 1))
  return ip === undefined ? undefined : { ip, port }
}

/**
 * The one text that stands for this address, for what people, resolvers and sockets write: IPv4 inside IPv6
 * (`::ffff:10.0.0.1`) becomes IPv4. What comes from peers is not changed that way, since they compare bytes.
 */
export function canonicalAddress(ip: string, port: number): PeerAddress | undefined {
  const bytes = parseIp(ip)
  if (bytes === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) return undefined
  return formatAddress(isMapped(bytes) ? bytes.subarray(12) : bytes, port)
}

const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const DOT = 0x2e

/** `::ffff:0:0/96`. */
function isMapped(ip: Uint8Array): boolean {
  if (ip.length !== 16 || ip[10] !== 0xff || ip[11] !== 0xff) return false
  for (let i = 0; i < 10; i++) if (ip[i] !== 0) return false
  return true
}

function parsePort(text: string, from: number): number {
  if (from === text.length || text.length - from > 5) return -1
  let port = 0
  for (let i = from; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return -1
    port = port * 10 + digit
  }
  return port > 65_535 ? -1 : port
}

/** Leading zeros are refused: some readers take them for octal. */
function parseIpv4Into(text: string, from: number, to: number, ip: Uint8Array, at: number): boolean {
  let part = 0
  let value = 0
  let digits = 0
  for (let i = from; i <= to; i++) {
    const c = i === to ? DOT : text.charCodeAt(i)
    if (c === DOT) {
      if (digits === 0 || part === 4) return false
      ip[at + part++] = value
      value = digits = 0
      continue
    }
    const digit = c - 0x30
    if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return false
    value = value * 10 + digit
    digits++
    if (value > 255) return false
  }
  return part === 4
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const ip = new Uint8Array(16)
  const head = groupsInto(halves[0], ip, halves.length === 1)
  if (head === undefined) return undefined
  if (halves.length === 1) return head === 16 ? ip : undefined
  const tailBytes = new Uint8Array(16)
  const tail = groupsInto(halves[1], tailBytes, true)
  // `::` stands for at least one group.
  if (tail === undefined || head + tail > 14) return undefined
  ip.set(tailBytes.subarray(0, tail), 16 - tail)
  return ip
}

/** Bytes written for `1:2:3`, the last group dotted where that is allowed; undefined when it isn't that. */
function groupsInto(text: string, ip: Uint8Array, dottedEnd: boolean): number | undefined {
  if (text === '') return 0
  const groups = text.split(':')
  if (groups.length > 8) return undefined
  let at = 0
  for (const [i, group] of groups.entries()) {
    if (group.includes('.')) {
      if (!dottedEnd || i !== groups.length - 1 || at > 12) return undefined
      if (!parseIpv4Into(group, 0, group.length, ip, at)) return undefined
      return at + 4
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined
    const value = Number.parseInt(group, 16)
    ip[at++] = value >> 8
    ip[at++] = value & 0xff
  }
  return at
}

function formatIpv6(ip: Uint8Array): string {
  if (isMapped(ip)) return `::ffff:${ip[12]}.${ip[13]}.${ip[14]}.${ip[15]}`
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push((ip[i] << 8) | ip[i + 1])
  // The longest run of zeros, at least two, the first of equals.
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (i + length < 8 && groups[i + length] === 0) length++
    if (length > bestLength) {
      best = i
      bestLength = length
    }
    i += length
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  return best < 0 ? hex(0, 8) : `${hex(0, best)}::${hex(best + bestLength, 8)}`
}
