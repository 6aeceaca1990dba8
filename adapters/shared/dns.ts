/**
 * Dns of ports.ts on node:dns. Asks the system's own resolution (hosts file included) unless servers are given, and levels out
 * what the runtimes call the absence of a record. Single records are the business of dns-records.ts.
 */
import { promises as nodeDns } from 'node:dns'
import { isIP } from 'node:net'
import { messageOf } from '../../core/errors.ts'
import type { Dns, ServiceRecord } from '../../core/ports.ts'
import { createDnsRecords, serverAddress } from './dns-records.ts'

const QUERY_TIMEOUT_MS = 2000
const QUERY_TRIES = 2

/** No such name, no such record; Node, Bun and Deno don't agree which of them it is. */
const NOTHING: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA'])

/**
 * `servers`: `ip` or `ip:port` of DNS servers to ask instead of the system; IPv6 with a port in brackets. Throws when one is
 * neither. `timeoutMs`: for one try of one server.
 */
export function createDns(servers?: readonly string[], timeoutMs: number = QUERY_TIMEOUT_MS): Dns {
  const resolver = new nodeDns.Resolver({ timeout: timeoutMs, tries: QUERY_TRIES })
  if (servers !== undefined) resolver.setServers([...servers])

  async function addresses(name: string): Promise<readonly string[]> {
    const literal = withoutScope(name)
    if (isIP(literal) !== 0) return [literal]
    if (servers === undefined) {
      const found = await orNothing(name, nodeDns.lookup(name, { all: true, verbatim: true }))
      return unique(found.map(({ address }) => withoutScope(address)))
    }
    const asked = await Promise.allSettled([
      orNothing(name, resolver.resolve4(name)),
      orNothing(name, resolver.resolve6(name)),
    ])
    const found = asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    const failed = asked.find((answer) => answer.status === 'rejected')
    // One kind of address is better than none.
    if (failed !== undefined && found.length === 0) throw failed.reason
    return unique(found)
  }

  async function services(name: string): Promise<readonly ServiceRecord[]> {
    if (isIP(withoutScope(name)) !== 0) return []
    const records = await orNothing(name, resolver.resolveSrv(name))
    return records
      .toSorted((a, b) => a.priority - b.priority || b.weight - a.weight)
      .map((record) => ({ target: record.name.replace(/\.$/, ''), port: record.port }))
  }

  const { records } = createDnsRecords({ servers: servers?.map(serverAddress), timeoutMs })
  return { addresses, services, records }
}

export const dns: Dns = createDns()

async function orNothing<T>(name: string, asked: Promise<T[]>): Promise<T[]> {
  try {
    return await asked
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (NOTHING.has(code)) return []
    throw new Error(`lookup ${name}: ${reasonOf(code, error)}`, { cause: error })
  }
}

function reasonOf(code: string, error: unknown): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'the DNS server refuses the connection'
    case 'ETIMEOUT':
    case 'ETIMEDOUT':
      return 'the DNS server does not answer'
    case 'EAI_AGAIN':
      return 'no DNS server answers'
    case 'ESERVFAIL':
      return 'the DNS server failed (SERVFAIL)'
    case 'EREFUSED':
      return 'the DNS server refuses the query'
    default:
      return messageOf(error)
  }
}

function withoutScope(address: string): string {
  return address.replace(/%.*$/, '')
}

function unique(addresses: readonly string[]): string[] {
  return [...new Set(addresses)]
}
