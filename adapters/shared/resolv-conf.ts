/** /etc/resolv.conf as resolvers read it: which servers to ask, and which names a short name may stand for. Asks nobody. */
import { isIP } from 'node:net'
import type { DnsServerAddress } from './dns-query.ts'

export interface ResolvConf {
  readonly servers: readonly DnsServerAddress[]
  /** Domains to look in, without dots at their ends. */
  readonly search: readonly string[]
  /** Names with at least so many dots are tried as they are first. */
  readonly ndots: number
}

const DNS_PORT = 53
/** glibc's bound. */
const MAX_NDOTS = 15

/** What isn't understood is passed over, as resolvers do. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: DnsServerAddress[] = []
  let search: readonly string[] = []
  let ndots = 1
  for (const line of text.split('\n')) {
    const [word, ...rest] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/)
    if (word === 'nameserver' && isIP(rest[0]?.replace(/%.*$/, '') ?? '') !== 0) {
      servers.push({ ip: rest[0], port: DNS_PORT })
    }
    // Of several lines the last one counts.
    if (word === 'domain' || word === 'search') search = rest.map((domain) => domain.replace(/\.$/, '')).filter(Boolean)
    if (word === 'options') {
      for (const option of rest) {
        const dots = /^ndots:(\d+)$/.exec(option)
        if (dots !== null) ndots = Math.min(Number(dots[1]), MAX_NDOTS)
      }
    }
  }
  return { servers, search, ndots }
}

/** The names to ask for, in order. A name with a trailing dot stands for itself. */
export function searchNames(name: string, { search, ndots }: Pick<ResolvConf, 'search' | 'ndots'>): readonly string[] {
  if (name.endsWith('.')) return [name]
  const inDomains = search.map((domain) => `${name}.${domain}`)
  const dots = name.split('.').length - 1
  return dots >= ndots ? [name, ...inDomains] : [...inDomains, name]
}
