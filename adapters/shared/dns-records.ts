/**
 * Single records of ports.ts with a resolver of our own: runtimes keep answers, or call a server that failed a name that doesn't
 * exist, and targets would vanish with it. Owns the order of servers and search domains; follows what Prometheus's DNS
 * discovery makes of their answers.
 */
import { getServers } from 'node:dns'
import { readFile } from 'node:fs/promises'
import { messageOf } from '../../core/errors.ts'
import type { Dns, DnsRecord } from '../../core/ports.ts'
import { NO_SUCH_NAME, SUCCESS } from './dns-message.ts'
import { askServer, type DnsQuestion, type DnsServerAddress } from './dns-query.ts'
import { parseResolvConf, type ResolvConf, searchNames } from './resolv-conf.ts'

const RESOLV_CONF = '/etc/resolv.conf'
/** A packet may get lost. */
const ROUNDS = 2
const CODES: Readonly<Record<number, string>> = {
  1: 'calls the query malformed (FORMERR)',
  2: 'failed (SERVFAIL)',
  4: 'does not know such queries (NOTIMP)',
  5: 'refuses the query (REFUSED)',
}

export interface RecordOptions {
  /** To ask instead of those of the system; short names are then not looked for in its domains. */
  readonly servers: readonly DnsServerAddress[] | undefined
  /** For one try of one server. */
  readonly timeoutMs: number
}

export function createDnsRecords({ servers, timeoutMs }: RecordOptions): Pick<Dns, 'records'> {
  return {
    async records(name, type, signal) {
      const config = servers === undefined ? await systemConfig() : { servers, search: [], ndots: 1 }
      let failure = config.servers.length === 0 ? `no DNS server is known; ${RESOLV_CONF} names none` : undefined
      // A name that exists ends the search, also without records; what can't be asked leaves the question open.
      for (const candidate of failure === undefined ? searchNames(name, config) : []) {
        try {
          const found = await askAny({ name: candidate, type }, config.servers, timeoutMs, signal)
          if (found !== undefined) return found
        } catch (thrown) {
          if (signal?.aborted) throw thrown
          failure ??= messageOf(thrown)
        }
      }
      if (failure !== undefined) throw new Error(`lookup ${name} ${type}: ${failure}`)
      return []
    },
  }
}

/** Read for every look-up: it changes where networks do. */
async function systemConfig(): Promise<ResolvConf> {
  try {
    return parseResolvConf(await readFile(RESOLV_CONF, 'utf8'))
  } catch {
    // Windows has no such file, but tells its servers.
    return { servers: getServers().map(serverAddress), search: [], ndots: 1 }
  }
}

/** Undefined when a server says that there is no such name. */
async function askAny(
  question: DnsQuestion,
  servers: readonly DnsServerAddress[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly DnsRecord[] | undefined> {
  let failure = 'the DNS server does not answer'
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) {
      try {
        const { code, records } = await askServer(question, server, timeoutMs, signal)
        if (code === SUCCESS) return records
        if (code === NO_SUCH_NAME) return undefined
        failure = `the DNS server ${CODES[code] ?? `answers with code ${code}`}`
      } catch (thrown) {
        if (signal?.aborted) throw thrown
        failure = messageOf(thrown)
      }
    }
  }
  throw new Error(failure)
}

/** From `ip`, `ip:port` or `[ip]:port`. */
export function serverAddress(text: string): DnsServerAddress {
  const found = /^\[(.+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+)(?::(\d+))?$/.exec(text)
  return { ip: found?.[1] ?? text, port: Number(found?.[2] ?? 53) }
}
