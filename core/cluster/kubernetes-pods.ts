/**
 * Peers from the pods of a Kubernetes cluster, asked of its API with the pod's own service account. Follows go-discover's
 * provider `k8s`: which pods count, and where they are.
 */
import { messageOf } from '../errors.ts'
import { serviceAccount } from '../kubernetes/access.ts'
import { fieldsOf, itemsOf, parsedJson, textOf } from '../kubernetes/json.ts'
import { MAX_POD_LIST_BYTES } from '../limits.ts'
import type { Clock, Files, Host, HttpClient, HttpClients } from '../ports.ts'
import type { PeerAddress } from './address.ts'
import type { Discovered } from './discovery.ts'
import { canonicalIp, peerAddress } from './ip.ts'

export interface KubernetesPorts {
  readonly http: HttpClients
  readonly files: Files
  readonly clock: Clock
  readonly host: Host
}

/** Names a port of the pod, or gives its number. */
const PORT_ANNOTATION = 'consul.hashicorp.com/auto-join-port'
const DEADLINE_MS = 10_000

/** One look. Never rejects. */
export async function podPeers(
  values: ReadonlyMap<string, string>,
  defaultPort: number,
  ports: KubernetesPorts,
): Promise<Discovered> {
  const problem = (text: string): Discovered => ({ addresses: [], alternates: [], problems: [`provider k8s: ${text}`] })
  if ((values.get('kubeconfig') ?? '') !== '') {
    return problem('kubeconfig is not supported; run inside the cluster, with the service account of the pod')
  }
  const onHosts = readBoolean(values.get('host_network') ?? '')
  if (onHosts === undefined) return problem('host_network is true or false')
  try {
    const pods = await listPods(values, ports)
    const addresses = new Set<PeerAddress>()
    const problems: string[] = []
    for (const pod of pods) {
      if (!works(pod)) continue
      const found = addressOf(pod, onHosts, defaultPort)
      if (found.ok) addresses.add(found.address)
      else problems.push(`provider k8s: ${found.problem}`)
    }
    if (addresses.size === 0 && problems.length === 0) return problem('no pod matches that is running and ready')
    return { addresses: [...addresses], alternates: [], problems }
  } catch (error) {
    return problem(messageOf(error))
  }
}

async function listPods(
  values: ReadonlyMap<string, string>,
  { http, files, clock, host }: KubernetesPorts,
): Promise<readonly unknown[]> {
  const account = serviceAccount(host.env)
  const decoder = new TextDecoder()
  // Read for every look: tokens are replaced every hour.
  const [token, ca] = [account.tokenFile, account.caFile].map((path) => decoder.decode(files.readSync(path)))
  const namespace = encodeURIComponent(values.get('namespace') || 'default')
  const url = new URL(`/api/v1/namespaces/${namespace}/pods`, account.server)
  const labels = values.get('label_selector') ?? ''
  const fields = values.get('field_selector') ?? ''
  if (labels !== '') url.searchParams.set('labelSelector', labels)
  if (fields !== '') url.searchParams.set('fieldSelector', fields)
  const client = http.open({ tls: { ca } })
  try {
    return await ask(client, url, token.trim(), clock)
  } finally {
    client.close()
  }
}

async function ask(client: HttpClient, url: URL, token: string, clock: Clock): Promise<readonly unknown[]> {
  const answer = await client.send({
    method: 'GET',
    url,
    headers: [
      ['Authorization', `Bearer ${token}`],
      ['Accept', 'application/json'],
    ],
    deadline: clock.monotonic() + DEADLINE_MS,
    maxBodyBytes: MAX_POD_LIST_BYTES,
  })
  if (!answer.ok) throw new Error(`the API server can't be asked: ${answer.message}`)
  if (answer.status !== 200) {
    const hint = answer.status === 403 ? ': the service account needs the right to list pods in the namespace' : ''
    throw new Error(`the API server answered ${answer.status}${hint}`)
  }
  const body = parsedJson(answer.body)
  if (body === undefined) throw new Error('the API server answered something that is not JSON')
  const { items } = fieldsOf(body)
  if (!Array.isArray(items)) throw new Error('the API server answered no list of pods')
  return items as readonly unknown[]
}

/** Running, and ready where anything is said about that. */
function works(pod: unknown): boolean {
  const { phase, conditions } = fieldsOf(fieldsOf(pod)['status'])
  if (phase !== 'Running') return false
  const ready = itemsOf(conditions).find((condition) => fieldsOf(condition)['type'] === 'Ready')
  return ready === undefined || fieldsOf(ready)['status'] === 'True'
}

type PodAddress =
  | { readonly ok: true; readonly address: PeerAddress }
  | { readonly ok: false; readonly problem: string }

function addressOf(pod: unknown, onHost: boolean, defaultPort: number): PodAddress {
  const metadata = fieldsOf(fieldsOf(pod)['metadata'])
  const status = fieldsOf(fieldsOf(pod)['status'])
  const name = textOf(metadata['name']) || '?'
  const ip = canonicalIp(textOf(status[onHost ? 'hostIP' : 'podIP']))
  if (ip === undefined) return { ok: false, problem: `pod ${name} has no ${onHost ? 'host' : 'pod'} IP` }
  const wanted = textOf(fieldsOf(metadata['annotations'])[PORT_ANNOTATION])
  const port = wanted === '' ? defaultPort : portOf(pod, wanted, onHost)
  if (port === undefined)
    return { ok: false, problem: `pod ${name} has no port "${wanted}", which ${PORT_ANNOTATION} names` }
  return { ok: true, address: peerAddress(ip, port) }
}

function portOf(pod: unknown, wanted: string, onHost: boolean): number | undefined {
  for (const container of itemsOf(fieldsOf(fieldsOf(pod)['spec'])['containers'])) {
    for (const port of itemsOf(fieldsOf(container)['ports'])) {
      const { name, hostPort, containerPort } = fieldsOf(port)
      if (name === wanted) return validPort(onHost ? hostPort : containerPort)
    }
  }
  return validPort(/^\d{1,5}$/.test(wanted) ? Number(wanted) : 0)
}

/** What is said of a pod may be anything; one that is odd must not stop the others. */
function validPort(port: unknown): number | undefined {
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined
}

function readBoolean(text: string): boolean | undefined {
  if (/^(1|t|true)$/i.test(text)) return true
  return text === '' || /^(0|f|false)$/i.test(text) ? false : undefined
}
