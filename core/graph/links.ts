/**
 * Which components use each other, and which way data flows between them: found by what their blocks refer to. Along a reference
 * to targets or to any other value data flows from the exporter; along one to a receiver it flows to it. Owns nothing but what it
 * remembers of texts; looks when it is asked, at one component and its neighbours.
 */
import type { Block } from '../syntax/ast.ts'
import { referencesOf } from '../syntax/references.ts'
import { asObject, Capsule, isArray, type Value } from '../syntax/value.ts'
import { idIn } from './environment.ts'
import { withoutTemplate } from './link.ts'
import type { Running } from './running.ts'
import type { ValueBehind, Vertex } from './vertex.ts'

/** Of one component. All are ids, each once; in the same module, or in one around it. */
export interface Links {
  readonly referencesTo: readonly string[]
  readonly referencedBy: readonly string[]
  readonly dataFlowTo: readonly string[]
}

type Surroundings = Pick<Running, 'vertices' | 'dependants' | 'valueBehind'>

export function linksOf(vertex: Vertex, { vertices, dependants, valueBehind }: Surroundings): Links {
  const referencesTo = new Set<string>()
  const referencedBy = new Set<string>()
  const dataFlowTo = new Set<string>()
  for (const part of partsOf(vertex, vertices)) {
    for (const { id, rest } of referencesIn(part)) {
      const exporter = vertices.get(id)
      if (exporter === undefined || !isComponent(exporter) || ancestorIn(exporter.module, part) !== vertex.id) continue
      referencesTo.add(id)
      if (receives(valueAt(id, rest, valueBehind))) dataFlowTo.add(id)
    }
  }
  for (const dependant of dependants.get(vertex.id) ?? []) {
    const referrer = vertices.get(dependant)
    if (referrer === undefined) continue
    for (const { id, rest } of referencesIn(referrer)) {
      if (id !== vertex.id) continue
      // An argument stands in the block of the module that it is given to.
      const user = ancestorIn(vertex.module, referrer)
      referencedBy.add(user)
      if (!receives(valueAt(id, rest, valueBehind))) dataFlowTo.add(user)
    }
  }
  return { referencesTo: [...referencesTo], referencedBy: [...referencedBy], dataFlowTo: [...dataFlowTo] }
}

/** Paths of the modules that it is made of: the instance of a `declare` is one, a `foreach` has one for each item. */
export function modulesOf({ kind, id }: Vertex, vertices: Vertices): readonly string[] {
  if (kind === 'custom') return [id]
  return kind === 'foreach' ? (contentsOf(vertices).items.get(id) ?? []) : []
}

type Vertices = Surroundings['vertices']

interface Contents {
  /** By path of the module, the vertices in it. */
  readonly inside: ReadonlyMap<string, readonly Vertex[]>
  /** By id of the `foreach`, the paths of its modules. */
  readonly items: ReadonlyMap<string, readonly string[]>
}

/** Found once for each set of vertices. */
function contentsOf(vertices: Vertices): Contents {
  const known = CONTENTS.get(vertices)
  if (known !== undefined) return known
  const inside = new Map<string, Vertex[]>()
  const items = new Map<string, string[]>()
  for (const vertex of vertices.values()) {
    if (vertex.kind !== 'item') addTo(inside, vertex.module, vertex)
    else addTo(items, parentOf(parentOf(vertex.id)), parentOf(vertex.id))
  }
  CONTENTS.set(vertices, { inside, items })
  return { inside, items }
}

const CONTENTS = new WeakMap<Vertices, Contents>()

function addTo<T>(lists: Map<string, T[]>, key: string, one: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [one])
  else list.push(one)
}

function parentOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('/')))
}

/** What refers to components in its name: the template of a `foreach` uses those around it. */
function* partsOf(vertex: Vertex, vertices: Vertices): Iterable<Vertex> {
  yield vertex
  if (vertex.kind !== 'foreach') return
  const { inside } = contentsOf(vertices)
  for (const path of modulesOf(vertex, vertices)) {
    for (const one of inside.get(path) ?? []) if (isComponent(one)) yield* partsOf(one, vertices)
  }
}

function isComponent({ kind }: Vertex): boolean {
  return kind !== 'argument' && kind !== 'item'
}

type Path = readonly string[]

interface Reference {
  /** Of the exporter. */
  readonly id: string
  /** From its exports on. */
  readonly rest: Path
}

function referencesIn({ block, names }: Vertex): readonly Reference[] {
  return pathsIn(block).flatMap((path) => {
    // The shortest beginning that names something.
    for (let length = 1; length <= path.length; length++) {
      const id = names.get(path.slice(0, length).join('.'))
      if (id !== undefined) return [{ id, rest: path.slice(length) }]
    }
    return []
  })
}

/** One block of a `declare` is that of all its instances. */
function pathsIn(block: Block): readonly Path[] {
  let paths = PATHS.get(block)
  if (paths === undefined) {
    paths = referencesOf(withoutTemplate(block)).map(({ path }) => path.map(({ text }) => text))
    PATHS.set(block, paths)
  }
  return paths
}

const PATHS = new WeakMap<Block, readonly Path[]>()

/** The vertex itself, or what it is a part of in that module. */
function ancestorIn(module: string, { id, module: own, kind }: Vertex): string {
  if (own === module && kind !== 'argument') return id
  const inside = module === '' ? id : id.slice(module.length + 1)
  return idIn(module, inside.split('/', 1)[0])
}

function valueAt(id: string, path: Path, valueBehind: ValueBehind): Value | undefined {
  let current = valueBehind(id)
  for (const name of path) current = current === undefined ? undefined : asObject(current)?.get(name)
  return current
}

/** Lists are of one kind, so the first element tells. */
function receives(value: Value | undefined, depth = 0): boolean {
  if (value instanceof Capsule) return (value as Capsule).type.receives
  if (value === undefined || depth > 1) return false
  if (isArray(value)) return receives(value[0], depth + 1)
  const object = asObject(value)
  return object !== undefined && [...object.values()].some((one) => receives(one, depth + 1))
}
