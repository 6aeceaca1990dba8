/** Which targets each role makes of which objects, label by label. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endpointsGroup, readEndpoints } from '../../../core/discovery/kubernetes/endpoints.ts'
import { endpointSliceGroup, readEndpointSlice } from '../../../core/discovery/kubernetes/endpointslice.ts'
import { ingressGroup, readIngress } from '../../../core/discovery/kubernetes/ingress.ts'
import { metaName } from '../../../core/discovery/kubernetes/labels.ts'
import { nodeGroup, readNode } from '../../../core/discovery/kubernetes/node.ts'
import { podGroup, readPod } from '../../../core/discovery/kubernetes/pod.ts'
import { readService, serviceGroup } from '../../../core/discovery/kubernetes/svc.ts'
import {
  changed,
  groupOf,
  NAMESPACE,
  NAMESPACE_LABELS,
  NODE,
  NODE_LABELS,
  type Others,
  POD,
  POD_LABELS,
  SERVICE,
  SERVICE_LABELS,
} from './groups.ts'

const ALL: Others = { pods: [POD], services: [SERVICE], nodes: [NODE], namespaces: [NAMESPACE] }

const container = (name: string, image: string, init = 'false'): Record<string, string> => ({
  pod_container_name: name,
  pod_container_image: image,
  pod_container_init: init,
})
const port = (name: string, number: string, protocol = 'TCP'): Record<string, string> => ({
  pod_container_port_name: name,
  pod_container_port_number: number,
  pod_container_port_protocol: protocol,
})

describe('names of labels', () => {
  it('have an underscore for each character that they can not have', () => {
    expect(metaName('pod_label_', 'app.kubernetes.io/näme-😀x')).toBe(
      '__meta_kubernetes_pod_label_app_kubernetes_io_n_me__x',
    )
    fc.assert(fc.property(fc.string(), (key) => /^[a-zA-Z0-9_]*$/.test(metaName('node_label_', key))))
  })
})

describe('the role node', () => {
  it('finds the kubelet of each node', () => {
    expect(groupOf(readNode, nodeGroup, NODE)).toEqual({
      source: 'node/worker-1',
      labels: { ...NODE_LABELS, node_provider_id: 'aws:///eu-1a/i-1' },
      targets: [
        {
          __address__: '10.0.0.1:10250',
          instance: 'worker-1',
          node_address_Hostname: 'worker-1.local',
          node_address_InternalIP: '10.0.0.1',
        },
      ],
    })
  })

  it.each([
    [['Hostname', 'LegacyHostIP', 'ExternalDNS', 'ExternalIP', 'InternalDNS', 'InternalIP'], 'InternalIP'],
    [['Hostname', 'LegacyHostIP', 'ExternalDNS', 'ExternalIP', 'InternalDNS'], 'InternalDNS'],
    [['Hostname', 'LegacyHostIP', 'ExternalDNS', 'ExternalIP'], 'ExternalIP'],
    [['Hostname', 'LegacyHostIP', 'ExternalDNS'], 'ExternalDNS'],
    [['Hostname', 'LegacyHostIP'], 'LegacyHostIP'],
    [['Hostname', 'Other'], 'Hostname'],
  ])('of addresses %j takes %s', (types, best) => {
    const addresses = types.map((type) => ({ type, address: type }))
    const found = groupOf(readNode, nodeGroup, changed(NODE, { 'status.addresses': addresses }))
    expect(found?.targets[0].__address__).toBe(`${best}:10250`)
  })

  it('passes over nodes without an address', () => {
    expect(groupOf(readNode, nodeGroup, changed(NODE, { 'status.addresses': [] }))).toBeUndefined()
    expect(groupOf(readNode, nodeGroup, { metadata: { name: 'x' } })).toBeUndefined()
  })
})

describe('the role pod', () => {
  it('finds every declared port, init containers included, and containers without ports', () => {
    expect(groupOf(readPod, podGroup, POD)).toEqual({
      source: 'pod/shop/web-1',
      labels: { ...POD_LABELS, namespace: 'shop' },
      targets: [
        {
          __address__: '10.1.0.1:8080',
          ...container('app', 'web:1'),
          pod_container_id: 'containerd://1',
          ...port('http', '8080'),
        },
        {
          __address__: '10.1.0.1:9090',
          ...container('app', 'web:1'),
          pod_container_id: 'containerd://1',
          ...port('metrics', '9090'),
        },
        { __address__: '10.1.0.1', ...container('helper', 'h:2'), pod_container_id: '' },
        {
          __address__: '10.1.0.1:7070',
          ...container('sidecar', 's:3', 'true'),
          pod_container_id: 'containerd://3',
          ...port('', '7070', 'UDP'),
        },
      ],
    })
  })

  it('knows its node and its namespace when they are wanted', () => {
    expect(groupOf(readPod, podGroup, POD, { nodes: [NODE], namespaces: [NAMESPACE] })?.labels).toEqual({
      ...POD_LABELS,
      namespace: 'shop',
      ...NODE_LABELS,
      ...NAMESPACE_LABELS,
    })
  })

  it('puts IPv6 addresses in brackets', () => {
    const found = groupOf(readPod, podGroup, changed(POD, { 'status.podIP': 'fd00::7' }))
    expect(found?.targets.map((target) => target.__address__)).toEqual([
      '[fd00::7]:8080',
      '[fd00::7]:9090',
      'fd00::7',
      '[fd00::7]:7070',
    ])
  })

  it('passes over pods without an address; is unready or unknown as the pod says', () => {
    expect(groupOf(readPod, podGroup, changed(POD, { 'status.podIP': '' }))).toBeUndefined()
    const ready = (conditions: unknown): unknown =>
      groupOf(readPod, podGroup, changed(POD, { 'status.conditions': conditions }))?.labels.pod_ready
    expect(ready([{ type: 'Ready', status: 'False' }])).toBe('false')
    expect(ready([])).toBe('unknown')
  })
})

describe('the role service', () => {
  it('finds every port, at the name in the DNS of the cluster', () => {
    const common = { service_type: 'ClusterIP', service_cluster_ip: '10.96.0.10' }
    expect(groupOf(readService, serviceGroup, SERVICE, ALL)).toEqual({
      source: 'svc/shop/web',
      labels: { ...SERVICE_LABELS, ...NAMESPACE_LABELS },
      targets: [
        {
          __address__: 'web.shop.svc:80',
          service_port_name: 'http',
          service_port_number: '80',
          service_port_protocol: 'TCP',
          ...common,
        },
        {
          __address__: 'web.shop.svc:8443',
          service_port_name: '',
          service_port_number: '8443',
          service_port_protocol: 'TCP',
          ...common,
        },
      ],
    })
  })

  it('says where it leads', () => {
    const kind = (changes: Record<string, unknown>): unknown =>
      groupOf(readService, serviceGroup, changed(SERVICE, changes))?.targets[0]
    expect(kind({ 'spec.type': 'LoadBalancer', 'spec.loadBalancerIP': '1.2.3.4' })).toMatchObject({
      service_type: 'LoadBalancer',
      service_cluster_ip: '10.96.0.10',
      service_loadbalancer_ip: '1.2.3.4',
    })
    const external = kind({ 'spec.type': 'ExternalName', 'spec.externalName': 'db.example' })
    expect(external).toMatchObject({ service_type: 'ExternalName', service_external_name: 'db.example' })
    expect(external).not.toHaveProperty('service_cluster_ip')
  })
})

const reference = { kind: 'Pod', namespace: 'shop', name: 'web-1' }
const OTHER_PORTS = [
  { __address__: '10.1.0.1:9090', ...POD_LABELS, ...container('app', 'web:1'), ...port('metrics', '9090') },
  { __address__: '10.1.0.1:7070', ...POD_LABELS, ...container('sidecar', 's:3', 'true'), ...port('', '7070', 'UDP') },
]

describe('the role endpoints', () => {
  const ENDPOINTS: unknown = {
    metadata: { name: 'web', namespace: 'shop', labels: { headless: '' } },
    subsets: [
      {
        addresses: [{ ip: '10.1.0.1', nodeName: 'worker-1', targetRef: reference }],
        notReadyAddresses: [{ ip: '10.9.9.9', hostname: 'outside' }],
        ports: [{ name: 'http', port: 8080, protocol: 'SCTP' }],
      },
    ],
  }
  const group = (object: unknown, others: Others): ReturnType<typeof groupOf> =>
    groupOf(readEndpoints, endpointsGroup, object, others)

  it('finds addresses and ports, pods behind them, and their other ports', () => {
    expect(group(ENDPOINTS, ALL)).toEqual({
      source: 'endpoints/shop/web',
      labels: {
        namespace: 'shop',
        endpoints_name: 'web',
        endpoints_label_headless: '',
        endpoints_labelpresent_headless: 'true',
        ...SERVICE_LABELS,
        ...NAMESPACE_LABELS,
      },
      targets: [
        {
          __address__: '10.1.0.1:8080',
          endpoint_port_name: 'http',
          endpoint_port_protocol: 'SCTP',
          endpoint_ready: 'true',
          endpoint_address_target_kind: 'Pod',
          endpoint_address_target_name: 'web-1',
          endpoint_node_name: 'worker-1',
          ...NODE_LABELS,
          ...POD_LABELS,
          ...container('app', 'web:1'),
          ...port('http', '8080', 'SCTP'),
        },
        {
          __address__: '10.9.9.9:8080',
          endpoint_port_name: 'http',
          endpoint_port_protocol: 'SCTP',
          endpoint_ready: 'false',
          endpoint_hostname: 'outside',
        },
        ...OTHER_PORTS,
      ],
    })
  })

  it('does without pods, services and nodes that are not there', () => {
    const found = group(ENDPOINTS, {})
    expect(found?.targets).toHaveLength(2)
    expect(found?.targets[0]).not.toHaveProperty('pod_name')
    expect(found?.labels).not.toHaveProperty('service_name')
  })

  it('takes the last container of those that declare a port, and its first declaration', () => {
    const containers = [
      { name: 'a', ports: [{ name: 'dns', containerPort: 8080, protocol: 'UDP' }] },
      {
        name: 'b',
        ports: [
          { name: 'one', containerPort: 8080, protocol: 'UDP' },
          { name: 'two', containerPort: 8080, protocol: 'TCP' },
        ],
      },
    ]
    const pod = changed(POD, { 'spec.containers': containers, 'spec.initContainers': [] })
    const found = group(ENDPOINTS, { pods: [pod] })
    expect(found?.targets).toHaveLength(2)
    expect(found?.targets[0]).toMatchObject({ pod_container_name: 'b', pod_container_port_name: 'one' })
  })
})

describe('the role endpointslice', () => {
  const SLICE: unknown = {
    metadata: { name: 'web-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'h2c' }, {}],
    endpoints: [
      {
        addresses: ['10.1.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        hostname: 'h',
        nodeName: 'worker-1',
        zone: 'eu-1a',
        deprecatedTopology: { 'a/b': 'c' },
        targetRef: reference,
      },
      { addresses: ['10.9.9.9'], targetRef: { kind: 'Node', name: 'worker-1' } },
    ],
  }

  it('finds addresses and ports, pods behind them, and their other ports', () => {
    const found = groupOf(readEndpointSlice, endpointSliceGroup, SLICE, ALL)
    expect(found?.source).toBe('endpointslice/shop/web-x')
    expect(found?.labels).toEqual({
      namespace: 'shop',
      endpointslice_address_type: 'IPv4',
      endpointslice_name: 'web-x',
      endpointslice_label_kubernetes_io_service_name: 'web',
      endpointslice_labelpresent_kubernetes_io_service_name: 'true',
      ...SERVICE_LABELS,
      ...NAMESPACE_LABELS,
    })
    const endpoint = {
      endpointslice_endpoint_conditions_ready: 'true',
      endpointslice_endpoint_conditions_serving: 'true',
      endpointslice_endpoint_conditions_terminating: 'false',
      endpointslice_endpoint_hostname: 'h',
      endpointslice_endpoint_node_name: 'worker-1',
      endpointslice_endpoint_zone: 'eu-1a',
      endpointslice_endpoint_topology_a_b: 'c',
      endpointslice_endpoint_topology_present_a_b: 'true',
      endpointslice_address_target_kind: 'Pod',
      endpointslice_address_target_name: 'web-1',
      ...NODE_LABELS,
      ...POD_LABELS,
    }
    const http = {
      endpointslice_port: '8080',
      endpointslice_port_name: 'http',
      endpointslice_port_protocol: 'TCP',
      endpointslice_port_app_protocol: 'h2c',
    }
    const node = {
      endpointslice_address_target_kind: 'Node',
      endpointslice_address_target_name: 'worker-1',
      ...NODE_LABELS,
    }
    expect(found?.targets).toEqual([
      { __address__: '10.1.0.1:8080', ...http, ...endpoint, ...container('app', 'web:1'), ...port('http', '8080') },
      // A slice's port may have no number: then there is only an address.
      { __address__: '10.1.0.1', ...endpoint },
      { __address__: '10.9.9.9:8080', ...http, ...node },
      { __address__: '10.9.9.9', ...node },
      ...OTHER_PORTS,
    ])
  })
})

describe('the role ingress', () => {
  const INGRESS: unknown = {
    metadata: { name: 'front', namespace: 'shop', labels: { a: 'b' } },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.example', '*.api.example'] }],
      rules: [
        { host: 'shop.example', http: { paths: [{ path: '/a' }, { path: '' }] } },
        { host: 'v1.api.example' },
        { host: 'x.v1.api.example' },
        { host: 'api.example', http: { paths: [] } },
        { http: {} },
      ],
    },
  }

  it('finds every path of every host', () => {
    const target = (host: string, scheme: string, path: string): Record<string, string> => ({
      __address__: host,
      ingress_host: host,
      ingress_scheme: scheme,
      ingress_path: path,
    })
    expect(groupOf(readIngress, ingressGroup, INGRESS, ALL)).toEqual({
      source: 'ingress/shop/front',
      labels: {
        namespace: 'shop',
        ingress_name: 'front',
        ingress_class_name: 'nginx',
        ingress_label_a: 'b',
        ingress_labelpresent_a: 'true',
        ...NAMESPACE_LABELS,
      },
      targets: [
        target('shop.example', 'https', '/a'),
        target('shop.example', 'https', '/'),
        target('v1.api.example', 'https', '/'),
        target('x.v1.api.example', 'http', '/'),
        target('', 'http', '/'),
      ],
    })
  })
})

describe('whatever the API says', () => {
  const READERS = [readNode, readPod, readService, readEndpoints, readEndpointSlice, readIngress]

  it('never stops the others', () => {
    // Objects of the right shape with anything at all in some place of them.
    const shapes = [NODE, POD, SERVICE]
    const places = ['metadata.labels', 'metadata.namespace', 'spec', 'status', 'subsets', 'ports', 'endpoints']
    fc.assert(
      fc.property(
        fc.constantFrom(...shapes),
        fc.constantFrom(...places),
        fc.jsonValue(),
        fc.nat(READERS.length - 1),
        (shape, place, value, i) => {
          const object = changed(shape, { [place]: value })
          const pairs = [
            () => groupOf(readNode, nodeGroup, object, ALL),
            () => groupOf(readPod, podGroup, object, ALL),
            () => groupOf(readService, serviceGroup, object, ALL),
            () => groupOf(readEndpoints, endpointsGroup, object, ALL),
            () => groupOf(readEndpointSlice, endpointSliceGroup, object, ALL),
            () => groupOf(readIngress, ingressGroup, object, ALL),
          ]
          pairs[i]()
        },
      ),
    )
    for (const read of READERS) {
      fc.assert(fc.property(fc.jsonValue(), (value) => void read(value)))
      expect(read({ metadata: {} })).toBeUndefined()
    }
  })
})
