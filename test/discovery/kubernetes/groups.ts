/** Objects as the API gives them, and what a role makes of one of them. */
import { createGroups } from '../../../core/discovery/kubernetes/groups.ts'
import { readNamespace } from '../../../core/discovery/kubernetes/namespace.ts'
import { readNode } from '../../../core/discovery/kubernetes/node.ts'
import type { Group } from '../../../core/discovery/kubernetes/objects.ts'
import { readPod } from '../../../core/discovery/kubernetes/pod.ts'
import { readService } from '../../../core/discovery/kubernetes/svc.ts'

export interface PlainGroup {
  readonly source: string
  readonly labels: Record<string, string>
  readonly targets: Record<string, string>[]
}

export interface Others {
  readonly pods?: readonly unknown[]
  readonly services?: readonly unknown[]
  readonly nodes?: readonly unknown[]
  readonly namespaces?: readonly unknown[]
}

/** The prefix `__meta_kubernetes_` is left out of names. Undefined for a group that has no targets. */
export function groupOf<T>(
  read: (object: unknown) => T | undefined,
  group: Group<T>,
  object: unknown,
  others: Others = {},
): PlainGroup | undefined {
  const pods = (others.pods ?? []).map(readPod)
  const services = (others.services ?? []).map(readService)
  const nodes = (others.nodes ?? []).map(readNode)
  const groups = createGroups(group, {
    pod: (namespace, name) => pods.find((pod) => pod?.name === name && pod.namespace === namespace),
    service: (namespace, name) => services.find((one) => one?.name === name && one.namespace === namespace),
    node: (name) => nodes.find((node) => node?.name === name),
    namespace: (name) => {
      const found = others.namespaces?.find((one) => (one as { metadata: { name: string } }).metadata.name === name)
      return readNamespace(found)
    },
  })
  const kept = read(object)
  if (kept === undefined) throw new Error('this object can not be read')
  const work = groups(new Map([['it', kept]]))
  for (;;) {
    const { done, value } = work.next()
    if (done !== true) continue
    const [made] = value
    if (made === undefined) return undefined
    return { source: made.source, labels: plain(made.labels), targets: made.targets.map(plain) }
  }
}

export function plain(labels: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(Array.from(labels, ([name, value]) => [name.replace(/^__meta_kubernetes_/, ''), value]))
}

export const NODE: unknown = {
  metadata: {
    name: 'worker-1',
    labels: { 'topology.kubernetes.io/zone': 'eu-1a' },
    annotations: { 'node.alpha/ttl': '0' },
  },
  spec: { providerID: 'aws:///eu-1a/i-1' },
  status: {
    addresses: [
      { type: 'Hostname', address: 'worker-1.local' },
      { type: 'InternalIP', address: '10.0.0.1' },
      { type: 'InternalIP', address: 'fd00::1' },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  },
}

export const NODE_LABELS: Record<string, string> = {
  node_name: 'worker-1',
  node_label_topology_kubernetes_io_zone: 'eu-1a',
  node_labelpresent_topology_kubernetes_io_zone: 'true',
  node_annotation_node_alpha_ttl: '0',
  node_annotationpresent_node_alpha_ttl: 'true',
}

export const NAMESPACE: unknown = { metadata: { name: 'shop', labels: { team: 'a' }, annotations: { 'x/y': 'z' } } }

export const NAMESPACE_LABELS: Record<string, string> = {
  namespace_label_team: 'a',
  namespace_labelpresent_team: 'true',
  namespace_annotation_x_y: 'z',
  namespace_annotationpresent_x_y: 'true',
}

export const SERVICE: unknown = {
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: { 'prometheus.io/scrape': 'true' } },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.96.0.10',
    ports: [
      { name: 'http', port: 80, protocol: 'TCP' },
      { port: 8443, protocol: 'TCP' },
    ],
  },
}

export const SERVICE_LABELS: Record<string, string> = {
  namespace: 'shop',
  service_name: 'web',
  service_label_app: 'web',
  service_labelpresent_app: 'true',
  service_annotation_prometheus_io_scrape: 'true',
  service_annotationpresent_prometheus_io_scrape: 'true',
}

export const POD: unknown = {
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    uid: 'u-1',
    labels: { 'app.kubernetes.io/name': 'web' },
    annotations: { note: 'ü' },
    ownerReferences: [
      { kind: 'Other', name: 'o' },
      { kind: 'ReplicaSet', name: 'web-abc', controller: true },
    ],
  },
  spec: {
    nodeName: 'worker-1',
    containers: [
      {
        name: 'app',
        image: 'web:1',
        ports: [
          { name: 'http', containerPort: 8080, protocol: 'TCP' },
          { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
        ],
      },
      { name: 'helper', image: 'h:2' },
    ],
    initContainers: [{ name: 'sidecar', image: 's:3', ports: [{ containerPort: 7070, protocol: 'UDP' }] }],
  },
  status: {
    phase: 'Running',
    podIP: '10.1.0.1',
    hostIP: '10.0.0.1',
    conditions: [
      { type: 'Initialized', status: 'True' },
      { type: 'Ready', status: 'True' },
    ],
    containerStatuses: [{ name: 'app', containerID: 'containerd://1' }],
    initContainerStatuses: [{ name: 'sidecar', containerID: 'containerd://3' }],
  },
}

export const POD_LABELS: Record<string, string> = {
  pod_name: 'web-1',
  pod_ip: '10.1.0.1',
  pod_ready: 'true',
  pod_phase: 'Running',
  pod_node_name: 'worker-1',
  pod_host_ip: '10.0.0.1',
  pod_uid: 'u-1',
  pod_controller_kind: 'ReplicaSet',
  pod_controller_name: 'web-abc',
  pod_label_app_kubernetes_io_name: 'web',
  pod_labelpresent_app_kubernetes_io_name: 'true',
  pod_annotation_note: 'ü',
  pod_annotationpresent_note: 'true',
}

/** A deep copy with the fields at the given places changed: `changed(POD, { 'status.podIP': '' })`. */
export function changed(object: unknown, changes: Record<string, unknown>): unknown {
  const copy = structuredClone(object)
  for (const [path, value] of Object.entries(changes)) {
    const parts = path.split('.')
    let at = copy as Record<string, unknown>
    for (const part of parts.slice(0, -1)) at = at[part] as Record<string, unknown>
    at[parts[parts.length - 1]] = value
  }
  return copy
}
