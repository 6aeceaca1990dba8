/** The targets that the instances of a Consul service make. Pure; follows Prometheus's consul_sd, label for label. */
import { labelEach, listAt, textAt, textsAt, wholeAt } from './json-fields.ts'
import { hostPort } from './label-text.ts'
import type { TargetGroup } from './source.ts'

const PREFIX = '__meta_consul_'

export interface ConsulTargetRules {
  readonly tagSeparator: string
  /** Empty: what Consul says of each node. */
  readonly datacenter: string
}

/** `entries` as /v1/health/service/<name> lists them. A work for Slices. */
export function* consulGroup(
  service: string,
  entries: readonly unknown[],
  rules: ConsulTargetRules,
): Generator<undefined, TargetGroup> {
  const targets: ReadonlyMap<string, string>[] = []
  for (const entry of entries) {
    yield
    targets.push(consulTarget(entry, rules))
  }
  return { source: service, labels: new Map([[`${PREFIX}service`, service]]), targets }
}

function consulTarget(entry: unknown, { tagSeparator, datacenter }: ConsulTargetRules): ReadonlyMap<string, string> {
  const nodeAddress = textAt(entry, 'Node', 'Address')
  const ownAddress = textAt(entry, 'Service', 'Address')
  const port = wholeAt(entry, 'Service', 'Port')
  const labels = new Map([
    ['__address__', hostPort(ownAddress || nodeAddress, port)],
    [`${PREFIX}address`, nodeAddress],
    [`${PREFIX}dc`, datacenter || textAt(entry, 'Node', 'Datacenter')],
    [`${PREFIX}node`, textAt(entry, 'Node', 'Node')],
    [`${PREFIX}namespace`, textAt(entry, 'Service', 'Namespace')],
    [`${PREFIX}partition`, textAt(entry, 'Service', 'Partition')],
    [`${PREFIX}tags`, joinedTags(textsAt(entry, 'Service', 'Tags'), tagSeparator)],
    [`${PREFIX}service_address`, ownAddress],
    [`${PREFIX}service_port`, String(port)],
    [`${PREFIX}service_id`, textAt(entry, 'Service', 'ID')],
    [`${PREFIX}health`, healthOf(listAt(entry, 'Checks'))],
  ])
  labelEach(labels, `${PREFIX}metadata_`, entry, 'Node', 'Meta')
  labelEach(labels, `${PREFIX}service_metadata_`, entry, 'Service', 'Meta')
  labelEach(labels, `${PREFIX}tagged_address_`, entry, 'Node', 'TaggedAddresses')
  return labels
}

/** With separators around it too, so that a pattern finds a tag without minding its place. */
export function joinedTags(tags: readonly string[], separator: string): string {
  return separator + tags.join(separator) + separator
}

/** The worst of all checks; maintenance comes before all else, and a status that nobody knows makes it empty. */
export function healthOf(checks: readonly unknown[]): string {
  let maintenance = false
  const seen = new Set<string>()
  for (const check of checks) {
    const id = textAt(check, 'CheckID')
    const status = textAt(check, 'Status')
    if (id === '_node_maintenance' || id.startsWith('_service_maintenance:')) maintenance = true
    else if (status === 'critical' || status === 'warning' || status === 'passing') seen.add(status)
    else return ''
  }
  if (maintenance) return 'maintenance'
  return seen.has('critical') ? 'critical' : seen.has('warning') ? 'warning' : 'passing'
}
