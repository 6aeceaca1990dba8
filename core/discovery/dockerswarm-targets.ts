/**
 * The targets that the services, tasks and nodes of a Docker Swarm make. Pure; follows Prometheus's dockerswarm_sd, label for
 * label. Lists are those of the Engine API.
 */
import { networkLabels } from './docker-networks.ts'
import { at, entriesAt, labelEach, listAt, textAt, wholeAt } from './json-fields.ts'
import { hostPort } from './label-text.ts'

type Labels = ReadonlyMap<string, string>

const PREFIX = '__meta_dockerswarm_'
const NODE = `${PREFIX}node_`
const SERVICE = `${PREFIX}service_`
const TASK = `${PREFIX}task_`

/** A work for Slices, as the others; `port` is that of targets which have none of their own. */
export function* nodeTargets(nodes: readonly unknown[], port: number): Generator<undefined, readonly Labels[]> {
  const targets: Labels[] = []
  for (const node of nodes) {
    yield
    const labels = new Map(nodeLabels(node))
    labels.set(`${NODE}engine_version`, textAt(node, 'Description', 'Engine', 'EngineVersion'))
    if (at(node, 'ManagerStatus') !== undefined && at(node, 'ManagerStatus') !== null) {
      labels.set(`${NODE}manager_leader`, String(at(node, 'ManagerStatus', 'Leader') === true))
      labels.set(`${NODE}manager_reachability`, textAt(node, 'ManagerStatus', 'Reachability'))
      labels.set(`${NODE}manager_address`, textAt(node, 'ManagerStatus', 'Addr'))
    }
    labels.set('__address__', hostPort(textAt(node, 'Status', 'Addr'), port))
    targets.push(labels)
  }
  return targets
}

/** One for each virtual IP and TCP port of a service. */
export function* serviceTargets(
  services: readonly unknown[],
  networks: readonly unknown[],
  port: number,
): Generator<undefined, readonly Labels[]> {
  const labelsOfNetwork = networkLabels(networks, PREFIX)
  const targets: Labels[] = []
  for (const service of services) {
    yield
    const common = new Map(serviceLabels(service))
    const container = at(service, 'Spec', 'TaskTemplate', 'ContainerSpec')
    // Services may run plugins instead of containers.
    if (container !== undefined && container !== null) {
      common.set(`${SERVICE}task_container_hostname`, textAt(container, 'Hostname'))
      common.set(`${SERVICE}task_container_image`, textAt(container, 'Image'))
    }
    const updating = at(service, 'UpdateStatus')
    if (updating !== undefined && updating !== null) common.set(`${SERVICE}updating_status`, textAt(updating, 'State'))
    const ports = tcpPorts(listAt(service, 'Endpoint', 'Ports'))
    for (const virtual of listAt(service, 'Endpoint', 'VirtualIPs')) {
      const ip = withoutMask(textAt(virtual, 'Addr'))
      if (ip === '') continue
      const shared = [...common, ...(labelsOfNetwork.get(textAt(virtual, 'NetworkID')) ?? [])]
      for (const published of ports) {
        const labels = new Map(shared)
        labels.set(`${SERVICE}endpoint_port_name`, textAt(published, 'Name'))
        labels.set(`${SERVICE}endpoint_port_publish_mode`, textAt(published, 'PublishMode'))
        targets.push(labels.set('__address__', hostPort(ip, wholeAt(published, 'PublishedPort'))))
      }
      if (ports.length === 0) targets.push(new Map(shared).set('__address__', hostPort(ip, port)))
    }
  }
  return targets
}

/** One for each TCP port that a task publishes on its node, and for each of its addresses and its service's TCP ports. */
export function* taskTargets(
  tasks: readonly unknown[],
  services: readonly unknown[],
  nodes: readonly unknown[],
  networks: readonly unknown[],
  port: number,
): Generator<undefined, readonly Labels[]> {
  const labelsOfNetwork = networkLabels(networks, PREFIX)
  const serviceById = new Map(services.map((service) => [textAt(service, 'ID'), service]))
  const nodeById = new Map(nodes.map((node) => [textAt(node, 'ID'), node]))
  const targets: Labels[] = []
  for (const task of tasks) {
    yield
    const service = serviceById.get(textAt(task, 'ServiceID'))
    const node = nodeById.get(textAt(task, 'NodeID'))
    const common = new Map([
      ...taskLabels(task),
      ...(service === undefined ? [] : serviceLabels(service)),
      ...(node === undefined ? [] : nodeLabels(node)),
    ])
    const add = (published: unknown, ip: string, more: Iterable<readonly [string, string]> = []): void => {
      const labels = new Map([...common, ...more])
      if (published !== undefined) labels.set(`${TASK}port_publish_mode`, textAt(published, 'PublishMode'))
      const own = published === undefined ? port : wholeAt(published, 'PublishedPort')
      targets.push(labels.set('__address__', hostPort(ip, own)))
    }

    for (const published of tcpPorts(listAt(task, 'Status', 'PortStatus', 'Ports'))) {
      add(published, common.get(`${NODE}address`) ?? '')
    }
    const ports = tcpPorts(listAt(service, 'Endpoint', 'Ports'))
    for (const attachment of listAt(task, 'NetworksAttachments')) {
      const more = labelsOfNetwork.get(textAt(attachment, 'Network', 'ID')) ?? []
      for (const address of listAt(attachment, 'Addresses')) {
        const ip = withoutMask(typeof address === 'string' ? address : '')
        if (ip === '') continue
        for (const published of ports.length === 0 ? [undefined] : ports) add(published, ip, more)
      }
    }
  }
  return targets
}

/** What is known of a node from all three roles. */
function nodeLabels(node: unknown): Labels {
  const labels = new Map([
    [`${NODE}id`, textAt(node, 'ID')],
    [`${NODE}role`, textAt(node, 'Spec', 'Role')],
    [`${NODE}address`, textAt(node, 'Status', 'Addr')],
    [`${NODE}availability`, textAt(node, 'Spec', 'Availability')],
    [`${NODE}hostname`, textAt(node, 'Description', 'Hostname')],
    [`${NODE}platform_architecture`, textAt(node, 'Description', 'Platform', 'Architecture')],
    [`${NODE}platform_os`, textAt(node, 'Description', 'Platform', 'OS')],
    [`${NODE}status`, textAt(node, 'Status', 'State')],
  ])
  labelEach(labels, `${NODE}label_`, node, 'Spec', 'Labels')
  return labels
}

function serviceLabels(service: unknown): Labels {
  const modes = entriesAt(service, 'Spec', 'Mode').filter(([, value]) => value !== null)
  const has = (mode: string): boolean => modes.some(([name]) => name === mode)
  const labels = new Map([
    [`${SERVICE}id`, textAt(service, 'ID')],
    [`${SERVICE}name`, textAt(service, 'Spec', 'Name')],
    [`${SERVICE}mode`, has('Global') ? 'global' : has('Replicated') ? 'replicated' : ''],
  ])
  labelEach(labels, `${SERVICE}label_`, service, 'Spec', 'Labels')
  return labels
}

function taskLabels(task: unknown): Labels {
  const labels = new Map([
    [`${TASK}id`, textAt(task, 'ID')],
    [`${TASK}desired_state`, textAt(task, 'DesiredState')],
    [`${TASK}state`, textAt(task, 'Status', 'State')],
    [`${TASK}slot`, String(wholeAt(task, 'Slot'))],
  ])
  const container = at(task, 'Status', 'ContainerStatus')
  if (container !== undefined && container !== null) {
    labels.set(`${TASK}container_id`, textAt(container, 'ContainerID'))
  }
  labelEach(labels, `${PREFIX}container_label_`, task, 'Spec', 'ContainerSpec', 'Labels')
  return labels
}

function tcpPorts(ports: readonly unknown[]): readonly unknown[] {
  return ports.filter((port) => textAt(port, 'Protocol') === 'tcp')
}

/** `10.0.0.3/24` is the address with the length of its network; empty when it is no such thing. */
function withoutMask(address: string): string {
  return /^([0-9a-fA-F.:]+)\/\d+$/.exec(address)?.[1] ?? ''
}
