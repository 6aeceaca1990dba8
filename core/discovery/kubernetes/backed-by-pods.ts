/**
 * What endpoints and endpoint slices have in common: targets behind which pods stand get the labels of their pod, and the ports
 * of those pods that no endpoint names become targets as well.
 */
import { hostPort } from '../label-text.ts'
import { merged } from './labels.ts'
import type { Container, ContainerPort, Pod, Related } from './objects.ts'
import { containerLabels, portLabels } from './pod.ts'

export type Target = Map<string, string>

/** What an endpoint points to. */
export interface Reference {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export interface Endpoint {
  readonly reference: Reference | undefined
  /** Undefined for an endpoint without a port. */
  readonly port: string | undefined
  /** The port's protocol where the endpoint's counts, undefined where the container's does. */
  readonly protocol: string | undefined
}

export interface PodBacked {
  /** Adds the target of one endpoint. */
  add(target: Target, endpoint: Endpoint): void
  /** All targets added, then those of the other ports. A work for slices. */
  all(): Generator<undefined, Target[]>
}

export function podBacked(related: Related): PodBacked {
  const targets: Target[] = []
  const pods = new Map<Pod, Set<string>>()

  return {
    add(target, { reference, port, protocol }) {
      const pod = reference?.kind === 'Pod' ? related.pod(reference.namespace, reference.name) : undefined
      if (pod === undefined) {
        targets.push(target)
        return
      }
      const named = pods.get(pod) ?? new Set<string>()
      pods.set(pod, named)
      if (port !== undefined) named.add(port)
      const declared = port === undefined ? undefined : declaration(pod, port)
      const own = declared === undefined ? [] : labelsOf(declared.container, protocol, declared.port)
      targets.push(merged(target, pod.labels, new Map(own)))
    },
    *all() {
      const others: Target[] = []
      for (const [pod, named] of pods) {
        if (pod.ip === '') continue
        for (const { container, port } of containerPorts(pod)) {
          if (named.has(port.number)) continue
          const own = labelsOf(container, undefined, port)
          others.push(merged(new Map([['__address__', hostPort(pod.ip, port.number)], ...own]), pod.labels))
        }
        yield
      }
      return [...targets, ...others]
    },
  }
}

interface Declaration {
  readonly container: Container
  readonly port: ContainerPort
}

/** Of several containers with that port the last one counts, of several declarations in it the first one: as in Prometheus. */
function declaration(pod: Pod, number: string): Declaration | undefined {
  const all = containerPorts(pod).filter(({ port }) => port.number === number)
  const last = all.at(-1)
  return all.find(({ container }) => container === last?.container)
}

function containerPorts(pod: Pod): Declaration[] {
  return pod.containers.flatMap((container) => container.ports.map((port) => ({ container, port })))
}

function labelsOf(
  container: Container,
  protocol: string | undefined,
  port: ContainerPort,
): (readonly [string, string])[] {
  return [...containerLabels(container), ...portLabels(protocol === undefined ? port : { ...port, protocol })]
}
