/**
 * The roles of discovery.kubernetes: which objects each needs, in which part of the API they are, and how they become groups of
 * targets. One unit per namespace, as each can be readable or not.
 */
import type { Selection } from '../../kubernetes/list.ts'
import { createMirror, type Mirror, type MirrorSurroundings, objectKey, type Reader } from '../../kubernetes/mirror.ts'
import type { TargetGroup } from '../source.ts'
import { endpointsGroup, readEndpoints } from './endpoints.ts'
import { endpointSliceGroup, readEndpointSlice } from './endpointslice.ts'
import { createGroups } from './groups.ts'
import { ingressGroup, readIngress } from './ingress.ts'
import { readNamespace } from './namespace.ts'
import { nodeGroup, readNode } from './node.ts'
import type { Group, Namespace, Node, Related } from './objects.ts'
import { podGroup, readPod } from './pod.ts'
import { readService, serviceGroup } from './svc.ts'

export const ROLES = ['node', 'pod', 'service', 'endpoints', 'endpointslice', 'ingress'] as const
export type Role = (typeof ROLES)[number]

export interface Selector {
  readonly label: string
  readonly field: string
}

/** Which kinds of objects a selector may be given for, by role. */
export const SELECTABLE: Readonly<Record<Role, readonly Role[]>> = {
  node: ['node'],
  pod: ['pod', 'node'],
  service: ['service'],
  endpoints: ['pod', 'service', 'endpoints', 'node'],
  endpointslice: ['pod', 'service', 'endpointslice', 'node'],
  ingress: ['ingress'],
}

export interface RoleSettings {
  readonly role: Role
  /** None means all of them. */
  readonly namespaces: readonly string[]
  readonly selectors: ReadonlyMap<Role, Selector>
  /** Whether labels and annotations of a target's node, of its namespace, become labels of the target. */
  readonly attach: { readonly node: boolean; readonly namespace: boolean }
}

/** What finds the targets of one namespace (or of all together). */
export interface Unit {
  /** All that it depends on. */
  readonly mirrors: readonly Mirror<unknown>[]
  /** A work for slices. */
  groups(): Generator<undefined, readonly TargetGroup[]>
}

/** The units of a role, and all their mirrors, each of them once. Starts nothing. */
export interface Plan {
  readonly units: readonly Unit[]
  readonly mirrors: readonly Mirror<unknown>[]
}

const PATHS: Readonly<Record<Role, readonly [api: string, plural: string]>> = {
  node: ['/api/v1', 'nodes'],
  pod: ['/api/v1', 'pods'],
  service: ['/api/v1', 'services'],
  endpoints: ['/api/v1', 'endpoints'],
  endpointslice: ['/apis/discovery.k8s.io/v1', 'endpointslices'],
  ingress: ['/apis/networking.k8s.io/v1', 'ingresses'],
}

/** Targets of these have a node. */
const ON_NODES: readonly Role[] = ['pod', 'endpoints', 'endpointslice']

export function planRole(settings: RoleSettings, surroundings: MirrorSurroundings, changed: () => void): Plan {
  const { role, attach } = settings
  const mirrors: Mirror<unknown>[] = []

  function mirror<T>(selection: Selection, read: Reader<T>): Mirror<T> {
    const made = createMirror(selection, read, surroundings, changed)
    mirrors.push(made)
    return made
  }
  function mirrorOf<T>(kind: Role, namespace: string, read: Reader<T>): Mirror<T> {
    return mirror(selectionOf(kind, namespace, settings.selectors), read)
  }

  // Those that belong to no namespace are shared between the units.
  const nodes = attach.node && ON_NODES.includes(role) ? mirrorOf<Node>('node', '', readNode) : undefined
  const namespaces = attach.namespace && role !== 'node' ? mirror<Namespace>(NAMESPACES, readNamespace) : undefined

  function unit<T>(
    namespace: string,
    read: Reader<T>,
    group: Group<T>,
    withBackends: 'with-backends' | 'alone' = 'alone',
  ): Unit {
    const own = mirrorOf(role, namespace, read)
    const services = withBackends === 'alone' ? undefined : mirrorOf('service', namespace, readService)
    const pods = withBackends === 'alone' ? undefined : mirrorOf('pod', namespace, readPod)
    const related: Related = {
      pod: (space, name) => pods?.objects.get(objectKey(space, name)),
      service: (space, name) => services?.objects.get(objectKey(space, name)),
      node: (name) => nodes?.objects.get(name),
      namespace: (name) => namespaces?.objects.get(name),
    }
    const groups = createGroups(group, related)
    const needed = [own, services, pods, nodes, namespaces].filter((one) => one !== undefined)
    return { mirrors: needed, groups: () => groups(own.objects) }
  }

  function unitOf(namespace: string): Unit {
    switch (role) {
      case 'node':
        return unit('', readNode, nodeGroup)
      case 'pod':
        return unit(namespace, readPod, podGroup)
      case 'service':
        return unit(namespace, readService, serviceGroup)
      case 'endpoints':
        return unit(namespace, readEndpoints, endpointsGroup, 'with-backends')
      case 'endpointslice':
        return unit(namespace, readEndpointSlice, endpointSliceGroup, 'with-backends')
      case 'ingress':
        return unit(namespace, readIngress, ingressGroup)
    }
  }

  // Nodes are in no namespace: listing them once per name would find each several times.
  const places = role === 'node' || settings.namespaces.length === 0 ? [''] : new Set(settings.namespaces)
  return { units: Array.from(places, unitOf), mirrors }
}

const NAMESPACES: Selection = { what: 'namespaces', path: '/api/v1/namespaces', labelSelector: '', fieldSelector: '' }

function selectionOf(kind: Role, namespace: string, selectors: ReadonlyMap<Role, Selector>): Selection {
  const [api, plural] = PATHS[kind]
  const inside = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return {
    what: namespace === '' ? plural : `${plural} in namespace "${namespace}"`,
    path: `${api}${inside}/${plural}`,
    labelSelector: selectors.get(kind)?.label ?? '',
    fieldSelector: selectors.get(kind)?.field ?? '',
  }
}
