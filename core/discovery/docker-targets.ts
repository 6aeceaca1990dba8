/**
 * The targets that running containers make: one for each network and TCP port. Pure; follows Prometheus's docker_sd, label for
 * label.
 */
import { networkLabels } from './docker-networks.ts'
import { at, entriesAt, labelEach, listAt, textAt, textsAt, wholeAt } from './json-fields.ts'
import { hostPort } from './label-text.ts'

export interface DockerTargetRules {
  /** Of containers without a TCP port. */
  readonly port: number
  /** Address of containers that share the network of their host. */
  readonly hostNetworkingHost: string
  /** Of several networks only the first by name counts. */
  readonly matchFirstNetwork: boolean
}

type Labels = ReadonlyMap<string, string>
type Network = readonly [name: string, settings: unknown]

const PREFIX = '__meta_docker_'
const MODE = `${PREFIX}container_network_mode`

/** `containers` and `networks` as the Engine API lists them. A work for Slices. */
export function* dockerTargets(
  containers: readonly unknown[],
  networks: readonly unknown[],
  rules: DockerTargetRules,
): Generator<undefined, readonly Labels[]> {
  const labelsOfNetwork = networkLabels(networks, PREFIX)
  const byId = new Map(containers.map((container) => [textAt(container, 'Id'), container]))
  const targets: Labels[] = []
  for (const container of containers) {
    yield
    const [name] = textsAt(container, 'Names')
    if (name === undefined) continue
    const common = containerLabels(container, name)
    const ports = listAt(container, 'Ports').filter((port) => textAt(port, 'Type') === 'tcp')
    for (const [, network] of chosen(networksOf(container, byId), rules.matchFirstNetwork)) {
      const ip = textAt(network, 'IPAddress') || textAt(network, 'GlobalIPv6Address')
      const shared = new Map([
        ...common,
        ...(labelsOfNetwork.get(textAt(network, 'NetworkID')) ?? []),
        [`${PREFIX}network_ip`, ip],
      ])
      for (const port of ports) {
        const number = wholeAt(port, 'PrivatePort')
        targets.push(new Map([...shared, ...portLabels(port), ['__address__', hostPort(ip, number)]]))
      }
      if (ports.length > 0) continue
      const address = common.get(MODE) === 'host' ? rules.hostNetworkingHost : hostPort(ip, rules.port)
      targets.push(new Map([...shared, ['__address__', address]]))
    }
  }
  return targets
}

function containerLabels(container: unknown, name: string): Labels {
  const labels = new Map([
    [`${PREFIX}container_id`, textAt(container, 'Id')],
    [`${PREFIX}container_name`, name],
    [MODE, textAt(container, 'HostConfig', 'NetworkMode')],
  ])
  for (const [label, field] of [
    ['image', 'Image'],
    ['image_id', 'ImageID'],
  ]) {
    const value = textAt(container, field)
    if (value !== '') labels.set(`${PREFIX}container_${label}`, value)
  }
  labelEach(labels, `${PREFIX}container_label_`, container, 'Labels')
  return labels
}

function portLabels(port: unknown): Labels {
  const labels = new Map([[`${PREFIX}port_private`, String(wholeAt(port, 'PrivatePort'))]])
  const published = wholeAt(port, 'PublicPort')
  if (published > 0) {
    labels.set(`${PREFIX}port_public`, String(published))
    labels.set(`${PREFIX}port_public_ip`, textAt(port, 'IP'))
  }
  return labels
}

/** A container without networks of its own may share those of another, which may do so as well. */
function networksOf(container: unknown, byId: ReadonlyMap<string, unknown>): readonly Network[] {
  const seen = new Set<unknown>()
  let current = container
  for (;;) {
    const networks = entriesAt(current, 'NetworkSettings', 'Networks')
    if (networks.length > 0)
      return networks.filter(([name]) => at(current, 'NetworkSettings', 'Networks', name) !== null)
    seen.add(current)
    const mode = textAt(current, 'HostConfig', 'NetworkMode')
    const other = mode.startsWith('container:') ? byId.get(mode.slice('container:'.length)) : undefined
    if (other === undefined || seen.has(other)) return []
    current = other
  }
}

function chosen(networks: readonly Network[], firstOnly: boolean): readonly Network[] {
  if (!firstOnly || networks.length < 2) return networks
  return [networks.reduce((first, network) => (network[0] < first[0] ? network : first))]
}
