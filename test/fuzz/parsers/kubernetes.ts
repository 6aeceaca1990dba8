/** Objects of Kubernetes, lists and watches of them, and the file that says how to reach it. */
import { endpointsGroup, readEndpoints } from '../../../core/discovery/kubernetes/endpoints.ts'
import { endpointSliceGroup, readEndpointSlice } from '../../../core/discovery/kubernetes/endpointslice.ts'
import { ingressGroup, readIngress } from '../../../core/discovery/kubernetes/ingress.ts'
import { readNamespace } from '../../../core/discovery/kubernetes/namespace.ts'
import { nodeGroup, readNode } from '../../../core/discovery/kubernetes/node.ts'
import type { Related } from '../../../core/discovery/kubernetes/objects.ts'
import { podGroup, readPod } from '../../../core/discovery/kubernetes/pod.ts'
import { readService, serviceGroup } from '../../../core/discovery/kubernetes/svc.ts'
import type { TargetGroup } from '../../../core/discovery/source.ts'
import { parsedJson } from '../../../core/kubernetes/json.ts'
import { readKubeconfig } from '../../../core/kubernetes/kubeconfig.ts'
import { list, type ObjectEvent, watch } from '../../../core/kubernetes/list.ts'
import { buildTarget } from '../../../core/scrape/target.ts'
import { createSlices } from '../../../core/time/slices.ts'
import { scrapeConfig } from '../../support/scrape-config.ts'
import { type Bytes, utf8 } from '../mutate.ts'
import { asJson, check, drained, type Parser, text, texts } from '../parser.ts'

const DISCOVERY = 'core/discovery'

const KUBERNETES = `${DISCOVERY}/kubernetes`

const JSON_TOKENS: readonly string[] = [
  ...[
    'null',
    'true',
    '-1',
    '1e999',
    '""',
    '[]',
    '{}',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"',
    '\\',
    '"__proto__":',
    '"toString":',
  ],
]

function checkLabels(all: readonly ReadonlyMap<string, string>[]): void {
  for (const labels of all) {
    for (const [name, value] of labels) {
      check(typeof name === 'string' && typeof value === 'string', `label ${name} is a text`)
      check(/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name), `${name} is the name of a label`)
    }
    // Whoever scrapes it must be able to say what is wrong with it.
    buildTarget(labels, config)
  }
}

const config = scrapeConfig()

function checkGroup(group: TargetGroup | undefined): void {
  if (group === undefined) return
  checkLabels([group.labels, ...group.targets].map((labels) => new Map([['__address__', 'a:1'], ...labels])))
}

const metadata = { name: 'a', namespace: 'default', uid: 'u', labels: { 'app.io/x': 'y' }, annotations: { n: 'o' } }

const OBJECTS: readonly unknown[] = [
  {
    metadata: { ...metadata, ownerReferences: [{ controller: true, kind: 'ReplicaSet', name: 'r' }] },
    spec: {
      nodeName: 'n',
      containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }] }],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      hostIP: '10.1.0.1',
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  },
  {
    metadata,
    spec: { type: 'ClusterIP', clusterIP: '10.0.0.9', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  },
  {
    metadata,
    subsets: [
      { addresses: [{ ip: '10.0.0.1', nodeName: 'n', targetRef: { kind: 'Pod', name: 'a' } }], ports: [{ port: 80 }] },
    ],
  },
  {
    metadata,
    addressType: 'IPv4',
    endpoints: [
      { addresses: ['10.0.0.1'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'a', namespace: 'b' } },
    ],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  },
  { metadata, spec: { rules: [{ host: 'a.test', http: { paths: [{ path: '/x' }] } }], tls: [{ hosts: ['a.test'] }] } },
  { metadata, spec: { providerID: 'p' }, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } },
]

const NOTHING_ELSE: Related = {
  pod: () => undefined,
  service: () => undefined,
  node: () => undefined,
  namespace: () => undefined,
}

function readObject(input: Bytes): void {
  const object = parsedJson(input)
  const pod = readPod(object)
  if (pod !== undefined) checkGroup(podGroup(pod, NOTHING_ELSE))
  const service = readService(object)
  if (service !== undefined) checkGroup(serviceGroup(service, NOTHING_ELSE))
  const endpoints = readEndpoints(object)
  if (endpoints !== undefined) checkGroup(drained(endpointsGroup(endpoints, NOTHING_ELSE)))
  const slice = readEndpointSlice(object)
  if (slice !== undefined) checkGroup(drained(endpointSliceGroup(slice, NOTHING_ELSE)))
  const ingress = readIngress(object)
  if (ingress !== undefined) checkGroup(ingressGroup(ingress, NOTHING_ELSE))
  const node = readNode(object)
  if (node !== undefined) checkGroup(nodeGroup(node))
  readNamespace(object)
}

const kubernetes = {
  clock: { monotonic: () => 0 },
  slices: createSlices({ monotonic: () => 0, turn: async () => {} }),
  signal: new AbortController().signal,
}

const SELECTION = { what: 'pods', path: '/api/v1/pods', labelSelector: '', fieldSelector: '' }

async function readListed(input: Bytes): Promise<void> {
  let asked = 0
  const api = {
    // The first page is the input, the next ones end the list.
    get: async () => ({ ok: true as const, body: asked++ === 0 ? input : utf8('{"items":[],"metadata":{}}') }),
    close() {},
  }
  const seen = await list(SELECTION, { ...kubernetes, api }, () => {})
  check(seen.ok ? typeof seen.version === 'string' : seen.message !== '', 'a list has a version or a reason')
  const events: ObjectEvent[] = []
  const watched = await watch(
    SELECTION,
    '7',
    { ...kubernetes, api: { ...api, get: async () => ({ ok: true, body: input }) } },
    (event) => events.push(event),
  )
  check(watched.ok ? watched.version !== '' : watched.message !== '', 'a watch has a version or a reason')
  check(events.length <= input.length, 'an event takes bytes')
}

const WATCHED = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']
  .map((type) => JSON.stringify({ type, object: { code: 410, metadata: { name: 'a', resourceVersion: '8' } } }))
  .join('\n')

const KUBECONFIG = `current-context: here
contexts:
- {name: here, context: {cluster: near, user: me}}
clusters:
- {name: near, cluster: {server: 'https://x/k8s', certificate-authority-data: QQ==, proxy-url: 'http://p:1'}}
users:
- {name: me, user: {token: abc, client-certificate-data: QQ==, client-key-data: QQ==}}
`

export const kubernetesParsers: readonly Parser[] = [
  {
    name: 'object of Kubernetes',
    covers: [
      ...[
        `${KUBERNETES}/pod.ts:readPod`,
        `${KUBERNETES}/svc.ts:readService`,
        `${KUBERNETES}/endpoints.ts:readEndpoints`,
      ],
      ...[`${KUBERNETES}/endpoints.ts:readReference`, `${KUBERNETES}/endpointslice.ts:readEndpointSlice`],
      ...[
        `${KUBERNETES}/ingress.ts:readIngress`,
        `${KUBERNETES}/node.ts:readNode`,
        `${KUBERNETES}/namespace.ts:readNamespace`,
      ],
      'core/kubernetes/json.ts:parsedJson',
    ],
    seeds: asJson(...OBJECTS),
    tokens: JSON_TOKENS,
    read: readObject,
  },
  {
    name: 'lists and watches of Kubernetes',
    covers: ['core/kubernetes/list.ts:list', 'core/kubernetes/list.ts:watch'],
    seeds: () => [
      utf8(JSON.stringify({ items: OBJECTS, metadata: { resourceVersion: '9', continue: 'x' } })),
      utf8(WATCHED),
    ],
    tokens: [...JSON_TOKENS, '\n', '{"type":"ADDED","object":{}}\n'],
    read: readListed,
  },
  {
    name: 'kubeconfig',
    covers: ['core/kubernetes/kubeconfig.ts:readKubeconfig'],
    seeds: texts(KUBECONFIG),
    inputs: 80,
    tokens: ['- ', ': ', '{', '}', '\n', '&a ', '*a', "'", 'https://', '%', 'exec: {}'],
    longest: 32 * 1024,
    microsPerByte: 20,
    read: (input) => void readKubeconfig(text(input), '/k'),
  },
]
