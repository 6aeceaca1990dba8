/** discovery.dns: targets from DNS records. The work is done in core/discovery. */
import { dnsDiscovery } from '../../discovery/dns.ts'
import type { AnyComponentDefinition } from '../../graph/component.ts'
import type { DnsRecordType } from '../../ports.ts'
import { attr, block, type Infer } from '../../syntax/schema.ts'
import { duration, list, string, uint } from '../../syntax/types.ts'
import { discoveryComponent } from './discovering.ts'

const TYPES: readonly string[] = ['SRV', 'A', 'AAAA', 'MX', 'NS']
const MAX_PORT = 65_535

const schema = block(
  {
    names: attr.required(list(string), 'Names to look up.'),
    type: attr.optional(string, 'SRV', 'Type of the records: SRV, A, AAAA, MX or NS.'),
    port: attr.optional(uint, 0, 'Port of the targets; SRV records have their own.'),
    refresh_interval: attr.optional(duration, 30_000, 'How often the names are looked up.'),
  },
  {
    validate({ names, type, port, refresh_interval }, report) {
      const wanted = type.toUpperCase()
      if (!TYPES.includes(wanted)) {
        report(`invalid DNS-SD records type ${type}`, 'type', `it is one of ${TYPES.join(', ')}`)
      } else if (wanted !== 'SRV' && port === 0) {
        report('a port is required in DNS-SD configs for all record types except SRV', 'port')
      }
      if (port > MAX_PORT) report(`port must be at most ${MAX_PORT}`, 'port')
      if (names.includes('')) report('names must not be empty', 'names')
      if (refresh_interval <= 0) report('refresh_interval must be greater than 0', 'refresh_interval')
    },
  },
)

export const discoveryDns: AnyComponentDefinition = discoveryComponent<Infer<typeof schema>>({
  name: 'discovery.dns',
  does: 'Finds targets by asking for DNS records again and again.',
  schema,
  discovery: ({ names, type, port, refresh_interval }, surroundings) =>
    dnsDiscovery({ names, type: type.toUpperCase() as DnsRecordType, port, refreshMs: refresh_interval }, surroundings),
})
