/**
 * Targets from DNS records: each address, or each name that a record leads to, is one. Follows Prometheus's DNS service discovery;
 * a name that can't be looked up keeps the targets it had.
 */
import { messageOf } from '../errors.ts'
import { MAX_DNS_QUERIES } from '../limits.ts'
import type { DnsRecord, DnsRecordType } from '../ports.ts'
import { hostPort } from './label-text.ts'
import { createPlaces } from './places.ts'
import { type Discovery, type DiscoverySurroundings, refreshing, type TargetGroup } from './source.ts'

export interface DnsSettings {
  readonly names: readonly string[]
  readonly type: DnsRecordType
  /** Of all targets, except those of SRV records, which have their own. */
  readonly port: number
  readonly refreshMs: number
}

export function dnsDiscovery(settings: DnsSettings, surroundings: DiscoverySurroundings): Discovery {
  const { dns } = surroundings.ports
  const places = createPlaces(MAX_DNS_QUERIES)
  const names = [...new Set(settings.names)]
  let known: ReadonlyMap<string, TargetGroup> = new Map()

  return refreshing(surroundings, settings.refreshMs, async (signal) => {
    const problems: string[] = []
    const found = await places.all(names, signal, async (name, own) => {
      try {
        return groupOf(name, await dns.records(name, settings.type, own), settings)
      } catch (thrown) {
        problems.push(messageOf(thrown))
        return known.get(name)
      }
    })
    const groups = found.filter((group) => group !== undefined)
    // Nothing is known: not that there is nothing.
    if (groups.length === 0 && problems.length > 0) throw new Error(inWords(problems))
    known = new Map(groups.map((group) => [group.source, group]))
    return { groups, problem: problems.length === 0 ? undefined : inWords(problems) }
  })
}

function inWords(problems: readonly string[]): string {
  const [first] = [...problems].sort()
  return problems.length === 1 ? first : `${first} (and ${problems.length - 1} more)`
}

function groupOf(name: string, records: readonly DnsRecord[], { type, port }: DnsSettings): TargetGroup {
  const targets = records.map((record) => {
    const labels = new Map([
      ['__address__', hostPort(record.target, record.port ?? port)],
      ['__meta_dns_name', name],
    ])
    // With the dot at the end, as Prometheus has it here.
    const target = `${record.target}.`
    if (type === 'SRV') {
      labels.set('__meta_dns_srv_record_target', target)
      labels.set('__meta_dns_srv_record_port', String(record.port))
    } else if (type === 'MX') labels.set('__meta_dns_mx_record_target', target)
    else if (type === 'NS') labels.set('__meta_dns_ns_record_target', target)
    return labels
  })
  return { source: name, labels: new Map(), targets }
}
