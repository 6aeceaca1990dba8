/** The role pod: one target per declared port of a container, or one without a port for a container that declares none. */
import { fieldsOf, itemsOf, optionalPort, textOf } from '../../kubernetes/json.ts'
import { hostPort } from '../label-text.ts'
import type { TargetGroup } from '../source.ts'
import { addMetadata, META, merged, metadataOf, NAMESPACE } from './labels.ts'
import type { Container, ContainerPort, Pod, Related } from './objects.ts'

export function readPod(object: unknown): Pod | undefined {
  const metadata = metadataOf(object)
  if (metadata === undefined) return undefined
  const fields = fieldsOf(object)
  const spec = fieldsOf(fields['spec'])
  const status = fieldsOf(fields['status'])
  const { uid, ownerReferences } = fieldsOf(fields['metadata'])
  const ip = textOf(status['podIP'])
  const nodeName = textOf(spec['nodeName'])
  const labels = new Map([
    [`${META}pod_ip`, ip],
    [`${META}pod_ready`, readiness(status)],
    [`${META}pod_phase`, textOf(status['phase'])],
    [`${META}pod_node_name`, nodeName],
    [`${META}pod_host_ip`, textOf(status['hostIP'])],
    [`${META}pod_uid`, textOf(uid)],
  ])
  addMetadata(labels, 'pod', metadata)
  addController(labels, ownerReferences)
  const containers = [
    ...readContainers(spec['containers'], status['containerStatuses'], false),
    ...readContainers(spec['initContainers'], status['initContainerStatuses'], true),
  ]
  return { namespace: metadata.namespace, name: metadata.name, ip, nodeName, labels, containers }
}

function readiness(status: Readonly<Record<string, unknown>>): string {
  const ready = itemsOf(status['conditions']).find((condition) => fieldsOf(condition)['type'] === 'Ready')
  return ready === undefined ? 'unknown' : textOf(fieldsOf(ready)['status']).toLowerCase()
}

function addController(labels: Map<string, string>, owners: unknown): void {
  const controller = itemsOf(owners)
    .map(fieldsOf)
    .find((owner) => owner['controller'] === true)
  if (controller === undefined) return
  for (const what of ['kind', 'name']) {
    const text = textOf(controller[what])
    if (text !== '') labels.set(`${META}pod_controller_${what}`, text)
  }
}

function readContainers(containers: unknown, statuses: unknown, init: boolean): Container[] {
  const states = itemsOf(statuses).map(fieldsOf)
  return itemsOf(containers)
    .map(fieldsOf)
    .map(({ name, image, ports }) => ({
      name: textOf(name),
      image: textOf(image),
      id: textOf(states.find((state) => state['name'] === name)?.['containerID']),
      init,
      ports: itemsOf(ports)
        .map(fieldsOf)
        .map((port) => ({
          name: textOf(port['name']),
          number: optionalPort(port['containerPort']) ?? '0',
          protocol: textOf(port['protocol']),
        })),
    }))
}

export function podGroup(pod: Pod, related: Related): TargetGroup {
  const source = `pod/${pod.namespace}/${pod.name}`
  if (pod.ip === '') return { source, labels: new Map(), targets: [] }
  const labels = merged(
    pod.labels,
    new Map([[NAMESPACE, pod.namespace]]),
    related.namespace(pod.namespace)?.labels,
    related.node(pod.nodeName)?.labels,
  )
  const targets = pod.containers.flatMap((container) => {
    const own = [...containerLabels(container), [`${META}pod_container_id`, container.id] as const]
    if (container.ports.length === 0) return [new Map([['__address__', pod.ip], ...own])]
    return container.ports.map(
      (port) => new Map([['__address__', hostPort(pod.ip, port.number)], ...own, ...portLabels(port)]),
    )
  })
  return { source, labels, targets }
}

type Entry = readonly [name: string, value: string]

/** Without the container's id, which targets of endpoints don't have. */
export function containerLabels({ name, image, init }: Container): Entry[] {
  return [
    [`${META}pod_container_name`, name],
    [`${META}pod_container_image`, image],
    [`${META}pod_container_init`, String(init)],
  ]
}

export function portLabels({ name, number, protocol }: ContainerPort): Entry[] {
  return [
    [`${META}pod_container_port_name`, name],
    [`${META}pod_container_port_number`, number],
    [`${META}pod_container_port_protocol`, protocol],
  ]
}
