/**
 * Places the components of a graph in layers from left to right. Pure. Follows Sugiyama's way: layers by the longest path, empty
 * places where an edge passes a layer, an order within layers with few crossings, then heights close to the neighbours'.
 */

export interface LayoutNode {
  readonly id: string
  /** Of its upper left corner. */
  readonly x: number
  readonly y: number
}

export interface LayoutEdge {
  readonly from: string
  readonly to: string
  /** From the right side of the one to the left side of the other, by way of empty places between. */
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Layout {
  readonly nodes: readonly LayoutNode[]
  readonly edges: readonly LayoutEdge[]
  readonly width: number
  readonly height: number
}

export interface Sizes {
  readonly width: number
  readonly height: number
  readonly gapX: number
  readonly gapY: number
}

interface Slot {
  /** Undefined for the place where an edge passes. */
  readonly id: string | undefined
  readonly layer: number
  readonly before: Slot[]
  readonly after: Slot[]
  order: number
  /** Of its middle. */
  y: number
}

interface Way {
  readonly from: string
  readonly to: string
  readonly slots: readonly Slot[]
}

const SWEEPS = 6

/** Edges to ids that aren't among `ids` are left out, and so are those to oneself. Same input, same picture. */
export function layout(
  ids: readonly string[],
  edges: readonly (readonly [from: string, to: string])[],
  sizes: Sizes,
): Layout {
  const known = new Set(ids)
  const wanted = distinct(edges).filter(([from, to]) => from !== to && known.has(from) && known.has(to))
  const layers = layersOf(ids, withoutCycles(ids, wanted))
  const slots = new Map(ids.map((id): [string, Slot] => [id, slotIn(layers.get(id) ?? 0, id)]))
  const ways = wanted.map(([from, to]) => wayBetween(from, to, slots))
  const columns = columnsOf([...new Set([...slots.values(), ...ways.flatMap((way) => way.slots)])])
  for (let sweep = 0; sweep < SWEEPS; sweep++) reorder(columns, sweep % 2 === 0 ? 'before' : 'after')
  place(columns, sizes)

  const all = columns.flat()
  const top = Math.min(...all.map(({ y }) => y), 0) - sizes.height / 2
  const xOf = (layer: number): number => layer * (sizes.width + sizes.gapX)
  return {
    nodes: ids.map((id) => {
      const { layer, y } = slots.get(id) as Slot
      return { id, x: xOf(layer), y: y - sizes.height / 2 - top }
    }),
    edges: ways.map(({ from, to, slots: [first, ...rest] }) => {
      const last = rest.pop() ?? first
      const points: [number, number][] = [[xOf(first.layer) + sizes.width, first.y - top]]
      for (const { layer, y } of rest) points.push([xOf(layer), y - top], [xOf(layer) + sizes.width, y - top])
      points.push([xOf(last.layer), last.y - top])
      return { from, to, points }
    }),
    width: Math.max(0, columns.length * (sizes.width + sizes.gapX) - sizes.gapX),
    height: all.length === 0 ? 0 : Math.max(...all.map(({ y }) => y)) + sizes.height / 2 - top,
  }
}

function slotIn(layer: number, id?: string): Slot {
  return { id, layer, before: [], after: [], order: 0, y: 0 }
}

function distinct(edges: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  return [...new Map(edges.map((edge) => [edge.join('\n'), edge])).values()]
}

/** Leaves out each edge that leads back to where a walk came from. */
function withoutCycles(
  ids: readonly string[],
  edges: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const leading = new Map(ids.map((id) => [id, edges.filter(([from]) => from === id)]))
  const state = new Map<string, 'open' | 'done'>()
  const kept: (readonly [string, string])[] = []
  const visit = (id: string): void => {
    state.set(id, 'open')
    for (const edge of leading.get(id) ?? []) {
      if (state.get(edge[1]) === 'open') continue
      kept.push(edge)
      if (!state.has(edge[1])) visit(edge[1])
    }
    state.set(id, 'done')
  }
  for (const id of ids) if (!state.has(id)) visit(id)
  return kept
}

/** Behind all that lead to it; what nothing leads to stands right before the first that it leads to. */
function layersOf(ids: readonly string[], edges: readonly (readonly [string, string])[]): ReadonlyMap<string, number> {
  const layers = new Map(ids.map((id) => [id, 0]))
  // As many rounds as the longest path has edges, at most one for each node.
  for (let round = 0, changed = true; changed && round < ids.length; round++) {
    changed = false
    for (const [from, to] of edges) {
      const least = (layers.get(from) ?? 0) + 1
      if ((layers.get(to) ?? 0) >= least) continue
      layers.set(to, least)
      changed = true
    }
  }
  for (const id of ids) {
    const after = edges.flatMap(([from, to]) => (from === id ? [layers.get(to) ?? 0] : []))
    if (after.length > 0 && edges.every(([, to]) => to !== id)) layers.set(id, Math.min(...after) - 1)
  }
  return layers
}

function wayBetween(from: string, to: string, slots: ReadonlyMap<string, Slot>): Way {
  const start = slots.get(from) as Slot
  const end = slots.get(to) as Slot
  const way = [start]
  for (let layer = start.layer + 1; layer < end.layer; layer++) way.push(slotIn(layer))
  way.push(end)
  // An edge that leads back has no say in where things stand.
  if (end.layer <= start.layer) return { from, to, slots: way }
  for (const [index, slot] of way.slice(1).entries()) {
    slot.before.push(way[index])
    way[index].after.push(slot)
  }
  return { from, to, slots: way }
}

function columnsOf(slots: readonly Slot[]): readonly Slot[][] {
  const columns: Slot[][] = []
  for (const slot of slots) (columns[slot.layer] ??= []).push(slot)
  for (let layer = 0; layer < columns.length; layer++) number((columns[layer] ??= []))
  return columns
}

function number(column: readonly Slot[]): void {
  for (const [order, slot] of column.entries()) slot.order = order
}

/** Everybody goes where its neighbours on one side are, on average. */
function reorder(columns: readonly Slot[][], side: 'before' | 'after'): void {
  for (const column of side === 'before' ? columns : columns.toReversed()) {
    const wish = new Map(column.map((slot) => [slot, average(slot[side].map(({ order }) => order)) ?? slot.order]))
    column.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0) || a.order - b.order)
    number(column)
  }
}

function place(columns: readonly Slot[][], { height, gapY }: Sizes): void {
  // Where only an edge passes, less room is enough.
  const roomBetween = (a: Slot, b: Slot): number =>
    ((a.id === undefined ? 0 : height) + (b.id === undefined ? 0 : height)) / 2 + gapY
  for (const column of columns)
    settle(
      column,
      column.map(() => 0),
      roomBetween,
    )
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const side = sweep % 2 === 0 ? 'before' : 'after'
    for (const column of side === 'before' ? columns : columns.toReversed()) {
      const wishes = column.map(
        (slot) =>
          average((slot[side].length > 0 ? slot[side] : [...slot.before, ...slot.after]).map(({ y }) => y)) ?? slot.y,
      )
      settle(column, wishes, roomBetween)
    }
  }
}

/** The heights closest to what is wished (in the sense of least squares) that keep order and room: neighbours that collide move as one. */
function settle(column: readonly Slot[], wishes: readonly number[], roomBetween: (a: Slot, b: Slot) => number): void {
  let offset = 0
  const offsets = column.map((slot, index) => (offset += index === 0 ? 0 : roomBetween(column[index - 1], slot)))
  const groups: { sum: number; size: number }[] = []
  for (const [index, wish] of wishes.entries()) {
    let group = { sum: wish - offsets[index], size: 1 }
    for (
      let last = groups.at(-1);
      last !== undefined && last.sum / last.size > group.sum / group.size;
      last = groups.at(-1)
    ) {
      groups.pop()
      group = { sum: last.sum + group.sum, size: last.size + group.size }
    }
    groups.push(group)
  }
  let index = 0
  for (const { sum, size } of groups)
    for (const end = index + size; index < end; index++) column[index].y = sum / size + offsets[index]
}

function average(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** A smooth path through the points of an edge. */
export function curve(points: LayoutEdge['points']): string {
  const [[x, y], ...rest] = points
  let path = `M${round(x)} ${round(y)}`
  let last = [x, y] as const
  for (const [nextX, nextY] of rest) {
    if (nextY === last[1]) path += `H${round(nextX)}`
    else {
      const bend = Math.max(24, Math.abs(nextX - last[0]) / 2)
      path += `C${round(last[0] + bend)} ${round(last[1])} ${round(nextX - bend)} ${round(nextY)} ${round(nextX)} ${round(nextY)}`
    }
    last = [nextX, nextY]
  }
  return path
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
