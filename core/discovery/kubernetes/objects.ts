/**
 * What is kept of the objects that others refer to, and how they are found. Shapes only: each kind's own file says how it is read
 * and what becomes of it.
 */
import type { TargetGroup } from '../source.ts'
import type { Labels } from './labels.ts'

export interface Pod {
  readonly namespace: string
  readonly name: string
  /** Empty while it starts, and after an eviction. */
  readonly ip: string
  readonly nodeName: string
  /** All `pod_…` labels that are about the pod as a whole. */
  readonly labels: Labels
  /** Init containers after the others. */
  readonly containers: readonly Container[]
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly id: string
  readonly init: boolean
  readonly ports: readonly ContainerPort[]
}

export interface ContainerPort {
  readonly name: string
  readonly number: string
  readonly protocol: string
}

export interface Service {
  readonly namespace: string
  readonly name: string
  /** Namespace, name, labels, annotations: also for the targets of its endpoints. */
  readonly labels: Labels
  /** What every target of the service has besides. */
  readonly kind: Labels
  readonly ports: readonly { readonly name: string; readonly number: string; readonly protocol: string }[]
}

export interface Node {
  readonly name: string
  readonly providerId: string
  /** Name, labels, annotations: also for the targets that run there (`attach_metadata`). */
  readonly labels: Labels
  /** The first of each type, in the order given. */
  readonly addresses: Labels
  readonly kubeletPort: string
}

export interface Namespace {
  readonly labels: Labels
}

/** Finds other objects; undefined when there is none, or when metadata of that kind isn't wanted. */
export interface Related {
  pod(namespace: string, name: string): Pod | undefined
  service(namespace: string, name: string): Service | undefined
  node(name: string): Node | undefined
  namespace(name: string): Namespace | undefined
}

/** Works of more than a few targets are generators, for slices. */
export type Group<T> = (object: T, related: Related) => TargetGroup | Generator<undefined, TargetGroup>
