/**
 * In which order things that depend on each other come, and where they go round in circles. Pure; knows ids only.
 * Tarjan's strongly connected components ("Depth-first search and linear graph algorithms", 1972), with a stack of its
 * own: a long chain of components must not overflow the host's.
 */

/** For each vertex the vertices it depends on. Every vertex that is named must be a key. */
export type Dependencies = ReadonlyMap<string, readonly string[]>

export interface Order {
  /** Dependencies before dependants, as far as there are no cycles. */
  readonly order: readonly string[]
  /** Each with two members or more, in the order of the graph's keys. */
  readonly cycles: readonly (readonly string[])[]
}

interface Visit {
  readonly id: string
  readonly dependencies: readonly string[]
  next: number
}

/**
 * Same graph, same answer: ties are broken by the order of the keys. An edge from a vertex to itself is passed over.
 */
export function orderByDependency(graph: Dependencies): Order {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const order: string[] = []
  const cycles: string[][] = []

  function enter(id: string): Visit {
    index.set(id, index.size)
    low.set(id, index.size - 1)
    open.push(id)
    isOpen.add(id)
    return { id, dependencies: graph.get(id) as readonly string[], next: 0 }
  }

  function lower(id: string, to: number): void {
    if (to < (low.get(id) as number)) low.set(id, to)
  }

  /** All of its dependencies are done: when nothing below leads back above it, it closes a component of the graph. */
  function leave(id: string): void {
    if (low.get(id) !== index.get(id)) return
    const members = open.splice(open.lastIndexOf(id))
    for (const member of members) isOpen.delete(member)
    order.push(...members)
    if (members.length > 1) cycles.push(members)
  }

  for (const root of graph.keys()) {
    if (index.has(root)) continue
    const path = [enter(root)]
    while (path.length > 0) {
      const visit = path[path.length - 1]
      if (visit.next < visit.dependencies.length) {
        const dependency = visit.dependencies[visit.next++]
        if (!index.has(dependency)) path.push(enter(dependency))
        else if (isOpen.has(dependency)) lower(visit.id, index.get(dependency) as number)
        continue
      }
      leave(visit.id)
      path.pop()
      if (path.length > 0) lower(path[path.length - 1].id, low.get(visit.id) as number)
    }
  }
  const rank = new Map([...graph.keys()].map((id, i) => [id, i]))
  for (const cycle of cycles) cycle.sort((a, b) => (rank.get(a) as number) - (rank.get(b) as number))
  return { order, cycles }
}

/** The same edges the other way round: for each vertex those that depend on it, each once. */
export function reverse(graph: Dependencies): Dependencies {
  const dependants = new Map<string, string[]>()
  for (const id of graph.keys()) dependants.set(id, [])
  for (const [id, dependencies] of graph) {
    for (const dependency of new Set(dependencies)) dependants.get(dependency)?.push(id)
  }
  return dependants
}
