/** The role endpoints: one target per address and port of a service's endpoints, and the other ports of the pods behind them. */
import { fieldsOf, itemsOf, optionalPort, optionalText, textOf } from '../../kubernetes/json.ts'
import { hostPort } from '../label-text.ts'
import type { TargetGroup } from '../source.ts'
import { podBacked, type Reference } from './backed-by-pods.ts'
import { addMetadata, type Labels, META, merged, metadataOf, NAMESPACE } from './labels.ts'
import type { Related } from './objects.ts'

export interface Endpoints {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly subsets: readonly {
    readonly ports: readonly { readonly name: string; readonly number: string; readonly protocol: string }[]
    readonly addresses: readonly Address[]
  }[]
}

interface Address {
  readonly ip: string
  readonly hostname: string
  readonly nodeName: string | undefined
  readonly ready: boolean
  readonly reference: Reference | undefined
}

export function readEndpoints(object: unknown): Endpoints | undefined {
  const metadata = metadataOf(object)
  if (metadata === undefined) return undefined
  const labels = new Map([[NAMESPACE, metadata.namespace]])
  addMetadata(labels, 'endpoints', metadata)
  const subsets = itemsOf(fieldsOf(object)['subsets'])
    .map(fieldsOf)
    .map(({ ports, addresses, notReadyAddresses }) => ({
      ports: itemsOf(ports)
        .map(fieldsOf)
        .map(({ name, port, protocol }) => ({
          name: textOf(name),
          number: optionalPort(port) ?? '0',
          protocol: textOf(protocol),
        })),
      addresses: [...readAddresses(addresses, true), ...readAddresses(notReadyAddresses, false)],
    }))
  return { namespace: metadata.namespace, name: metadata.name, labels, subsets }
}

function readAddresses(addresses: unknown, ready: boolean): Address[] {
  return itemsOf(addresses)
    .map(fieldsOf)
    .map(({ ip, hostname, nodeName, targetRef }) => ({
      ip: textOf(ip),
      hostname: textOf(hostname),
      nodeName: optionalText(nodeName),
      ready,
      reference: readReference(targetRef),
    }))
}

export function readReference(value: unknown): Reference | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { kind, namespace, name } = fieldsOf(value)
  return { kind: textOf(kind), namespace: textOf(namespace), name: textOf(name) }
}

export function* endpointsGroup(endpoints: Endpoints, related: Related): Generator<undefined, TargetGroup> {
  const { namespace, name } = endpoints
  const backed = podBacked(related)
  for (const { ports, addresses } of endpoints.subsets) {
    for (const port of ports) {
      for (const address of addresses) {
        const { reference, nodeName, hostname } = address
        const target = new Map([
          ['__address__', hostPort(address.ip, port.number)],
          [`${META}endpoint_port_name`, port.name],
          [`${META}endpoint_port_protocol`, port.protocol],
          [`${META}endpoint_ready`, String(address.ready)],
        ])
        if (reference !== undefined) {
          target.set(`${META}endpoint_address_target_kind`, reference.kind)
          target.set(`${META}endpoint_address_target_name`, reference.name)
        }
        if (nodeName !== undefined) target.set(`${META}endpoint_node_name`, nodeName)
        if (hostname !== '') target.set(`${META}endpoint_hostname`, hostname)
        const node = nodeName === undefined ? undefined : related.node(nodeName)
        const withNode = node === undefined ? target : merged(target, node.labels)
        backed.add(withNode, { reference, port: port.number, protocol: port.protocol })
        yield
      }
    }
  }
  const labels = merged(
    endpoints.labels,
    related.service(namespace, name)?.labels,
    related.namespace(namespace)?.labels,
  )
  return { source: `endpoints/${namespace}/${name}`, labels, targets: yield* backed.all() }
}
