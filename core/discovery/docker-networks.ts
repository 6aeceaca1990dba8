/** Labels of Docker's networks, the same for containers and for Swarm but for their prefix. */
import { at, labelEach, textAt } from './json-fields.ts'

export type Labels = ReadonlyMap<string, string>

/** By id. `prefix`: `__meta_docker_` or `__meta_dockerswarm_`. */
export function networkLabels(networks: readonly unknown[], prefix: string): ReadonlyMap<string, Labels> {
  const byId = new Map<string, Labels>()
  for (const network of networks) {
    const id = textAt(network, 'Id')
    const labels = new Map([
      [`${prefix}network_id`, id],
      [`${prefix}network_name`, textAt(network, 'Name')],
      [`${prefix}network_scope`, textAt(network, 'Scope')],
      [`${prefix}network_internal`, String(at(network, 'Internal') === true)],
      [`${prefix}network_ingress`, String(at(network, 'Ingress') === true)],
    ])
    labelEach(labels, `${prefix}network_label_`, network, 'Labels')
    byId.set(id, labels)
  }
  return byId
}
