/** The role node: one target per node, at its kubelet. */
import { fieldsOf, itemsOf, optionalPort, textOf } from '../../kubernetes/json.ts'
import { hostPort } from '../label-text.ts'
import type { TargetGroup } from '../source.ts'
import { addMetadata, META, metadataOf, metaName } from './labels.ts'
import type { Node } from './objects.ts'

/** The best first. */
const ADDRESS_TYPES = ['InternalIP', 'InternalDNS', 'ExternalIP', 'ExternalDNS', 'LegacyHostIP', 'Hostname']

export function readNode(object: unknown): Node | undefined {
  const metadata = metadataOf(object)
  if (metadata === undefined) return undefined
  const { spec, status } = fieldsOf(object)
  const labels = new Map<string, string>()
  addMetadata(labels, 'node', metadata)
  const addresses = new Map<string, string>()
  for (const item of itemsOf(fieldsOf(status)['addresses'])) {
    const { type, address } = fieldsOf(item)
    if (!addresses.has(textOf(type))) addresses.set(textOf(type), textOf(address))
  }
  const kubelet = fieldsOf(fieldsOf(fieldsOf(status)['daemonEndpoints'])['kubeletEndpoint'])
  return {
    name: metadata.name,
    providerId: textOf(fieldsOf(spec)['providerID']),
    labels,
    addresses,
    // Go's zero, which is what Prometheus shows for a node that doesn't say.
    kubeletPort: optionalPort(kubelet['Port']) ?? '0',
  }
}

/** No targets for a node without an address. */
export function nodeGroup(node: Node): TargetGroup {
  const labels = new Map(node.labels).set(`${META}node_provider_id`, node.providerId)
  const best = ADDRESS_TYPES.find((type) => node.addresses.has(type))
  const source = `node/${node.name}`
  if (best === undefined) return { source, labels, targets: [] }
  const target = new Map([
    ['__address__', hostPort(node.addresses.get(best) as string, node.kubeletPort)],
    ['instance', node.name],
  ])
  for (const [type, address] of node.addresses) target.set(metaName('node_address_', type), address)
  return { source, labels, targets: [target] }
}
