/** discovery.kubelet as a source: the pods of one machine, asked of its kubelet at intervals. */
import { fieldsOf, parsedJson } from '../../kubernetes/json.ts'
import { MAX_KUBERNETES_BODY_BYTES } from '../../limits.ts'
import type { OutboundConfig } from '../../outbound/config.ts'
import { createOutbound } from '../../outbound/outbound.ts'
import { type Discovery, type DiscoverySurroundings, refreshing, type TargetGroup } from '../source.ts'
import type { Related } from './objects.ts'
import { podGroup, readPod } from './pod.ts'

export interface KubeletSettings {
  /** Of the kubelet; `/pods` is added. */
  readonly url: string
  readonly outbound: OutboundConfig
  /** None means all of them. */
  readonly namespaces: readonly string[]
  readonly refreshMs: number
}

const DEADLINE_MS = 30_000

/** Kubelets tell of pods only. */
const NOTHING_ELSE: Related = {
  pod: () => undefined,
  service: () => undefined,
  node: () => undefined,
  namespace: () => undefined,
}

/** Throws a CodedError when TLS files can't be used. */
export function kubeletDiscovery(settings: KubeletSettings, surroundings: DiscoverySurroundings): Discovery {
  const { ports, timers, slices, userAgent } = surroundings
  const { http, files, clock } = ports
  const outbound = createOutbound(settings.outbound, { http, files, clock, timers })
  const url = `${settings.url.replace(/\/+$/, '')}/pods`

  const looking = refreshing(surroundings, settings.refreshMs, async (signal) => {
    const answer = await outbound.send({
      method: 'GET',
      url: new URL(url),
      headers: [
        ['Accept', 'application/json'],
        ['User-Agent', userAgent],
      ],
      deadline: clock.monotonic() + DEADLINE_MS,
      maxBodyBytes: MAX_KUBERNETES_BODY_BYTES,
      signal,
    })
    if (!answer.ok) throw new Error(`error sending kubelet pods request: ${answer.message}`)
    if (answer.status !== 200) {
      throw new Error(`error response from kubelet: ${answer.status} ${answer.statusText}`.trim())
    }
    return slices.run(podGroups(answer.body, settings.namespaces))
  })

  return {
    async run(signal, on) {
      await looking.run(signal, on)
      outbound.close()
    },
  }
}

function* podGroups(body: Uint8Array, namespaces: readonly string[]): Generator<undefined, readonly TargetGroup[]> {
  // In one piece: kubelets have no pages, and a machine has a few hundred pods at most.
  const { items } = fieldsOf(parsedJson(body))
  if (!Array.isArray(items)) throw new Error('the kubelet answered something that is no list of pods')
  const groups: TargetGroup[] = []
  for (const item of items) {
    yield
    const pod = readPod(item)
    if (pod === undefined || (namespaces.length > 0 && !namespaces.includes(pod.namespace))) continue
    const group = podGroup(pod, NOTHING_ELSE)
    if (group.targets.length > 0) groups.push(group)
  }
  return groups
}
