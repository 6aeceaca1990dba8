/** The role endpointslice: as endpoints, of the objects that took their place in newer clusters. */
import {
  fieldsOf,
  itemsOf,
  optionalBoolean,
  optionalPort,
  optionalText,
  textOf,
  textsOf,
} from '../../kubernetes/json.ts'
import { hostPort } from '../label-text.ts'
import type { TargetGroup } from '../source.ts'
import { podBacked, type Reference } from './backed-by-pods.ts'
import { readReference } from './endpoints.ts'
import { addMetadata, type Labels, META, merged, metadataOf, metaName, NAMESPACE } from './labels.ts'
import type { Related } from './objects.ts'

export interface EndpointSlice {
  readonly namespace: string
  readonly name: string
  /** The service that it belongs to; undefined when it doesn't say. */
  readonly service: string | undefined
  readonly labels: Labels
  readonly ports: readonly { readonly number: string | undefined; readonly labels: Labels }[]
  readonly endpoints: readonly {
    readonly addresses: readonly string[]
    readonly nodeName: string | undefined
    readonly reference: Reference | undefined
    readonly labels: Labels
  }[]
}

const SLICE = `${META}endpointslice_`
const SERVICE_LABEL = 'kubernetes.io/service-name'

export function readEndpointSlice(object: unknown): EndpointSlice | undefined {
  const metadata = metadataOf(object)
  if (metadata === undefined) return undefined
  const { addressType, ports, endpoints } = fieldsOf(object)
  const labels = new Map([
    [NAMESPACE, metadata.namespace],
    [`${SLICE}address_type`, textOf(addressType)],
  ])
  addMetadata(labels, 'endpointslice', metadata)
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    service: metadata.labels.find(([key]) => key === SERVICE_LABEL)?.[1],
    labels,
    ports: itemsOf(ports).map(fieldsOf).map(readPort),
    endpoints: itemsOf(endpoints).map(fieldsOf).map(readEndpoint),
  }
}

function readPort(port: Readonly<Record<string, unknown>>): EndpointSlice['ports'][number] {
  const number = optionalPort(port['port'])
  const labels = present([
    ['port', number],
    ['port_name', optionalText(port['name'])],
    ['port_protocol', optionalText(port['protocol'])],
    ['port_app_protocol', optionalText(port['appProtocol'])],
  ])
  return { number, labels }
}

function readEndpoint(endpoint: Readonly<Record<string, unknown>>): EndpointSlice['endpoints'][number] {
  const { ready, serving, terminating } = fieldsOf(endpoint['conditions'])
  const reference = readReference(endpoint['targetRef'])
  const nodeName = optionalText(endpoint['nodeName'])
  const labels = present([
    ['endpoint_conditions_ready', optionalBoolean(ready)?.toString()],
    ['endpoint_conditions_serving', optionalBoolean(serving)?.toString()],
    ['endpoint_conditions_terminating', optionalBoolean(terminating)?.toString()],
    ['endpoint_hostname', optionalText(endpoint['hostname'])],
    ['endpoint_node_name', nodeName],
    ['endpoint_zone', optionalText(endpoint['zone'])],
    ['address_target_kind', reference?.kind],
    ['address_target_name', reference?.name],
  ])
  for (const [key, value] of textsOf(endpoint['deprecatedTopology'])) {
    labels.set(metaName('endpointslice_endpoint_topology_', key), value)
    labels.set(metaName('endpointslice_endpoint_topology_present_', key), 'true')
  }
  const addresses = itemsOf(endpoint['addresses']).filter((address) => typeof address === 'string')
  return { addresses, nodeName, reference, labels }
}

function present(entries: readonly (readonly [name: string, value: string | undefined])[]): Map<string, string> {
  const labels = new Map<string, string>()
  for (const [name, value] of entries) if (value !== undefined) labels.set(`${SLICE}${name}`, value)
  return labels
}

export function* endpointSliceGroup(slice: EndpointSlice, related: Related): Generator<undefined, TargetGroup> {
  const backed = podBacked(related)
  for (const { addresses, nodeName, reference, labels } of slice.endpoints) {
    const host = reference?.kind === 'Node' ? reference.name : nodeName
    const node = host === undefined ? undefined : related.node(host)
    for (const port of slice.ports) {
      for (const address of addresses) {
        const at = port.number === undefined ? address : hostPort(address, port.number)
        const target = merged(new Map([['__address__', at]]), port.labels, labels, node?.labels)
        backed.add(target, { reference, port: port.number, protocol: undefined })
        yield
      }
    }
  }
  const service = slice.service === undefined ? undefined : related.service(slice.namespace, slice.service)
  const labels = merged(slice.labels, service?.labels, related.namespace(slice.namespace)?.labels)
  return { source: `endpointslice/${slice.namespace}/${slice.name}`, labels, targets: yield* backed.all() }
}
