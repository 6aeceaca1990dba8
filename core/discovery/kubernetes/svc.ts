/** The role service: one target per port of a service, at its name in the cluster's DNS. */
import { fieldsOf, itemsOf, optionalPort, textOf } from '../../kubernetes/json.ts'
import { hostPort } from '../label-text.ts'
import type { TargetGroup } from '../source.ts'
import { addMetadata, META, merged, metadataOf, NAMESPACE } from './labels.ts'
import type { Related, Service } from './objects.ts'

export function readService(object: unknown): Service | undefined {
  const metadata = metadataOf(object)
  if (metadata === undefined) return undefined
  const spec = fieldsOf(fieldsOf(object)['spec'])
  const type = textOf(spec['type'])
  const labels = new Map([[NAMESPACE, metadata.namespace]])
  addMetadata(labels, 'service', metadata)
  const kind = new Map([[`${META}service_type`, type]])
  if (type === 'ExternalName') kind.set(`${META}service_external_name`, textOf(spec['externalName']))
  else kind.set(`${META}service_cluster_ip`, textOf(spec['clusterIP']))
  if (type === 'LoadBalancer') kind.set(`${META}service_loadbalancer_ip`, textOf(spec['loadBalancerIP']))
  const ports = itemsOf(spec['ports'])
    .map(fieldsOf)
    .map(({ name, port, protocol }) => ({
      name: textOf(name),
      number: optionalPort(port) ?? '0',
      protocol: textOf(protocol),
    }))
  return { namespace: metadata.namespace, name: metadata.name, labels, kind, ports }
}

export function serviceGroup(service: Service, related: Related): TargetGroup {
  const { namespace, name } = service
  const targets = service.ports.map(
    (port) =>
      new Map([
        ['__address__', hostPort(`${name}.${namespace}.svc`, port.number)],
        [`${META}service_port_name`, port.name],
        [`${META}service_port_number`, port.number],
        [`${META}service_port_protocol`, port.protocol],
        ...service.kind,
      ]),
  )
  const labels = merged(service.labels, related.namespace(namespace)?.labels)
  return { source: `svc/${namespace}/${name}`, labels, targets }
}
