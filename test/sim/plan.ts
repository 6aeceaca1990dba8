/** What goes wrong in a run, drawn from its seed before it begins. Plain data, so that it can be printed, cut down and rerun. */
import type { SimTime } from './agenda.ts'
import { seconds } from './journal.ts'
import { createDraw, type Draw } from './random.ts'

interface While {
  readonly at: SimTime
  readonly until: SimTime
}

export type Fault =
  | ({ readonly kind: 'loss'; readonly share: number } & While)
  | ({ readonly kind: 'duplication'; readonly share: number } & While)
  | ({ readonly kind: 'reordering'; readonly share: number; readonly ms: number } & While)
  | ({ readonly kind: 'delay'; readonly ms: number } & While)
  /** `side` and the others don't hear of each other; with `oneWay` packets from `side` still get through. */
  | ({ readonly kind: 'partition'; readonly side: readonly number[]; readonly oneWay: boolean } & While)
  /** The link between two nodes, and no other. */
  | ({ readonly kind: 'cut'; readonly from: number; readonly to: number; readonly oneWay: boolean } & While)
  | ({ readonly kind: 'pause'; readonly node: number; readonly suspend: boolean } & While)
  | ({ readonly kind: 'slow'; readonly node: number; readonly ms: number } & While)
  | { readonly kind: 'wall-jump'; readonly at: SimTime; readonly node: number; readonly ms: number }
  /** Comes back at `until`, unless that is +Infinity. */
  | ({ readonly kind: 'crash'; readonly node: number; readonly silent: boolean; readonly elsewhere: boolean } & While)
  | ({ readonly kind: 'leave'; readonly node: number; readonly elsewhere: boolean } & While)
  /** A newcomer that wasn't there at the start. */
  | { readonly kind: 'newcomer'; readonly at: SimTime; readonly node: number }
  /** A process with the name of `node` at an address of its own; leaves at `until`. */
  | ({ readonly kind: 'rival'; readonly node: number } & While)
  /** Discovery of this node finds nothing until then. */
  | ({ readonly kind: 'blind'; readonly node: number } & While)

export type FaultKind = Fault['kind']

export const FAULT_KINDS: readonly FaultKind[] = [
  'loss',
  'duplication',
  'reordering',
  'delay',
  'partition',
  'cut',
  'pause',
  'slow',
  'wall-jump',
  'crash',
  'leave',
  'newcomer',
  'rival',
  'blind',
]

/**
 * In some runs nothing goes wrong that may make a live node look dead: only there the strict promises hold, of crashes that are
 * noticed in time, and of leaves and losses that raise no suspicion.
 */
const UNFAIR_KINDS: readonly FaultKind[] = ['partition', 'cut', 'pause', 'slow', 'rival']

export interface Plan {
  readonly nodes: number
  /** When each node of the start begins. */
  readonly startAt: readonly SimTime[]
  /** By node, the numbers of those whose addresses its discovery finds. Together they connect all. */
  readonly known: readonly (readonly number[])[]
  readonly faults: readonly Fault[]
  /** All faults are over. */
  readonly healedAt: SimTime
  readonly probeIntervalMs: number | 'mixed'
  readonly rejoinMs: number
  readonly latency: readonly [number, number]
  readonly wallErrorMs: number
  readonly ipv6Share: number
}

export interface PlanOptions {
  readonly seed: string
  readonly nodes: number
  /** Kinds that may be drawn; all unless told. */
  readonly kinds?: readonly FaultKind[]
  /** How long faults happen, ms. */
  readonly faultsMs?: number
  readonly probeIntervalMs?: number
}

/** Faults begin when a cluster is there to be disturbed. */
export const CALM_START_MS = 12_000

export function drawPlan(options: PlanOptions): Plan {
  const draw = createDraw(`${options.seed}/plan`)
  const { nodes } = options
  const fair = draw.chance(0.3)
  const drawable = (options.kinds ?? FAULT_KINDS).filter((kind) => !fair || !UNFAIR_KINDS.includes(kind))
  const kinds = drawable.filter(() => draw.chance(0.45))
  const duration = options.faultsMs ?? draw.between(25_000, 60_000)
  const healedAt = CALM_START_MS + duration
  const faults: Fault[] = []
  const moments = draw.fork('faults')
  for (const kind of kinds) {
    const many = 1 + moments.below(kind === 'crash' || kind === 'leave' || kind === 'cut' ? 1 + nodes / 5 : 2)
    for (let i = 0; i < many; i++) faults.push(drawFault(kind, moments, nodes, healedAt, fair))
  }
  const late = new Set(faults.flatMap((fault) => (fault.kind === 'newcomer' ? [fault.node] : [])))
  const drawn = draw.chance(0.75) ? 1_000 : draw.chance(0.5) ? 'mixed' : 5_000
  return {
    nodes,
    startAt: Array.from({ length: nodes }, (_, i) => (late.has(i) ? Number.POSITIVE_INFINITY : draw.between(0, 5_000))),
    known: drawKnown(draw.fork('known'), nodes),
    faults: faults.sort((a, b) => a.at - b.at),
    healedAt,
    probeIntervalMs: options.probeIntervalMs ?? drawn,
    rejoinMs: draw.pick([15_000, 30_000]),
    latency: draw.chance(0.8) ? [0.2, 5] : [5, 60],
    wallErrorMs: draw.chance(0.5) ? 0 : draw.between(0, 60_000),
    ipv6Share: draw.pick([0, 0, 0.3, 1]),
  }
}

/** Node 0 is never late, and so is there for the others to find. */
function drawFault(kind: FaultKind, draw: Draw, nodes: number, healedAt: SimTime, fair: boolean): Fault {
  const at = draw.between(CALM_START_MS, healedAt - 2_000)
  const node = draw.below(nodes)
  const during = (low: number, high: number): While => ({ at, until: Math.min(healedAt, at + draw.between(low, high)) })
  switch (kind) {
    case 'loss':
      return {
        kind,
        share: draw.pick(fair ? [0.02, 0.05, 0.1] : [0.02, 0.05, 0.1, 0.3, 0.6]),
        ...during(5_000, 60_000),
      }
    case 'duplication':
      return { kind, share: draw.between(0.05, 0.5), ...during(5_000, 60_000) }
    case 'reordering':
      return {
        kind,
        share: draw.between(0.05, 0.5),
        ms: draw.between(20, fair ? 200 : 2_000),
        ...during(5_000, 60_000),
      }
    case 'delay':
      return { kind, ms: draw.pick(fair ? [20, 80] : [20, 80, 300, 1_500]), ...during(3_000, 30_000) }
    case 'partition': {
      const side = draw.some(range(nodes), 1 + draw.below(Math.max(1, nodes - 1)))
      return { kind, side: side.sort((a, b) => a - b), oneWay: draw.chance(0.4), ...during(1_000, 50_000) }
    }
    case 'cut': {
      const to = (node + 1 + draw.below(Math.max(1, nodes - 1))) % nodes
      return { kind, from: node, to, oneWay: draw.chance(0.5), ...during(2_000, 60_000) }
    }
    case 'pause':
      return { kind, node, suspend: draw.chance(0.4), ...during(500, 20_000) }
    case 'slow':
      return { kind, node, ms: draw.pick([50, 200, 500, 1_500]), ...during(3_000, 40_000) }
    case 'wall-jump':
      return { kind, at, node, ms: draw.between(-3_600_000, 3_600_000) }
    case 'crash': {
      const back = draw.chance(0.75)
      const until = back ? Math.min(healedAt, at + draw.between(100, 45_000)) : Number.POSITIVE_INFINITY
      return { kind, node, silent: draw.chance(0.5), elsewhere: draw.chance(0.5), at, until }
    }
    case 'leave': {
      const back = draw.chance(0.6)
      const until = back ? Math.min(healedAt, at + draw.between(1_000, 40_000)) : Number.POSITIVE_INFINITY
      return { kind, node, elsewhere: draw.chance(0.5), at, until }
    }
    case 'newcomer':
      return { kind, at, node: Math.min(nodes - 1, 1 + draw.below(nodes)) }
    case 'rival':
      return { kind, node, at, until: draw.chance(0.5) ? draw.between(at, healedAt) : Number.POSITIVE_INFINITY }
    case 'blind':
      return { kind, node, ...during(10_000, 60_000), at: 0 }
  }
}

/**
 * Half of the time everybody finds everybody, as with a DNS name; else each finds a few, and everyone beyond the first is
 * found by, or finds, an earlier one.
 */
function drawKnown(draw: Draw, nodes: number): number[][] {
  const all = range(nodes)
  if (draw.chance(0.5)) return all.map(() => all)
  const known = all.map(() => draw.some(all, 1 + draw.below(Math.min(4, nodes))))
  for (let i = 1; i < nodes; i++) {
    const earlier = draw.below(i)
    if (draw.chance(0.5)) known[i].push(earlier)
    else known[earlier].push(i)
  }
  return known
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

export function describeFault(fault: Fault): string {
  const { kind, at, ...rest } = fault
  const until = 'until' in rest ? `-${seconds(rest.until).trim()}` : ''
  const details = Object.entries(rest)
    .filter(([key]) => key !== 'until')
    .map(([key, value]) => `${key}=${typeof value === 'number' ? Math.round(value * 100) / 100 : value}`)
  return `${seconds(at).trim()}${until} s  ${kind} ${details.join(' ')}`
}
