/** The target that an instance of a Nomad service makes. Pure; follows Prometheus's nomad_sd, label for label. */
import { textAt, textsAt, wholeAt } from './json-fields.ts'
import { hostPort } from './label-text.ts'

const PREFIX = '__meta_nomad_'

/** `instance` as /v1/service/<name> lists it. */
export function nomadTarget(instance: unknown, tagSeparator: string): ReadonlyMap<string, string> {
  const address = textAt(instance, 'Address')
  const port = wholeAt(instance, 'Port')
  const labels = new Map([
    ['__address__', hostPort(address, port)],
    [`${PREFIX}address`, address],
    [`${PREFIX}dc`, textAt(instance, 'Datacenter')],
    [`${PREFIX}namespace`, textAt(instance, 'Namespace')],
    [`${PREFIX}node_id`, textAt(instance, 'NodeID')],
    [`${PREFIX}service`, textAt(instance, 'ServiceName')],
    [`${PREFIX}service_address`, address],
    [`${PREFIX}service_id`, textAt(instance, 'ID')],
    [`${PREFIX}service_port`, String(port)],
  ])
  const tags = textsAt(instance, 'Tags')
  // Separators around it too, so that a pattern finds a tag without minding its place. Unlike Consul's, absent without tags.
  if (tags.length > 0) labels.set(`${PREFIX}tags`, tagSeparator + tags.join(tagSeparator) + tagSeparator)
  return labels
}
