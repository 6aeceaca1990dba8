/** discovery.kubelet as a source: the pods of one machine, asked of its kubelet at intervals. */
import { fieldsOf, parsedJson } from '../../kubernetes/json.ts'
import { MAX_KUBERNETES_BODY_BYTES } from '../../limits.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import type { DiscoverySurroundings, TargetGroup } from '../source.ts'
import type { Related } from './objects.ts'
import { podGroup, readPod } from './pod.ts'

export interface KubeletSettings {
  /** Of the kubelet; `/pods` is added. */
  readonly url: string
  /** None means all of them. */
  readonly namespaces: readonly string[]
}

const DEADLINE_MS = 30_000

/** Kubelets tell of pods only. */
const NOTHING_ELSE: Related = {
  pod: () => undefined,
  service: () => undefined,
  node: () => undefined,
  namespace: () => undefined,
}

/** One look. Rejects with an Error for people. */
export async function lookAtKubelet(
  { url, namespaces }: KubeletSettings,
  outbound: Outbound,
  { ports, userAgent }: Pick<DiscoverySurroundings, 'ports' | 'userAgent'>,
  signal: AbortSignal,
): Promise<readonly TargetGroup[]> {
  const answer = await outbound.send({
    method: 'GET',
    url: new URL(`${url}/pods`),
    headers: [
      ['Accept', 'application/json'],
      ['User-Agent', userAgent],
    ],
    deadline: ports.clock.monotonic() + DEADLINE_MS,
    maxBodyBytes: MAX_KUBERNETES_BODY_BYTES,
    signal,
  })
  if (!answer.ok) throw new Error(`error sending kubelet pods request: ${answer.message}`)
  if (answer.status !== 200) {
    throw new Error(`error response from kubelet: ${answer.status} ${answer.statusText}`.trim())
  }
  const { items } = fieldsOf(parsedJson(answer.body))
  if (!Array.isArray(items)) throw new Error('the kubelet answered something that is no list of pods')
  const groups: TargetGroup[] = []
  for (const item of items) {
    const pod = readPod(item)
    if (pod === undefined || (namespaces.length > 0 && !namespaces.includes(pod.namespace))) continue
    const group = podGroup(pod, NOTHING_ELSE)
    if (group.targets.length > 0) groups.push(group)
  }
  return groups
}
