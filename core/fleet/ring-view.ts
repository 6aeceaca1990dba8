/** The hash ring as a picture: how much of it each node has, and where. */
import type { RingView } from '../api/ownership.ts'
import { TWO_32 } from '../hash/u64.ts'
import { MAX_RING_ARCS } from '../limits.ts'
import type { Ring } from '../ring/types.ts'
import type { Slices } from '../time/slices.ts'

/** What follows from the names alone. */
type RingPicture = Pick<RingView, 'arcs'> & {
  /** For each of the ring's names. */
  readonly nodes: readonly { readonly name: string; readonly tokens: number; readonly share: number }[]
}

export interface RingViews {
  /** `targets`: by name, for those that have some. */
  view(self: string, ring: Ring, targets: ReadonlyMap<string, number>): Promise<RingView>
}

const TOKENS_PER_STEP = 4_096

export function createRingViews(slices: Slices): RingViews {
  /** A ring never changes: who looks again gets what was drawn. */
  const drawn = new WeakMap<Ring, Promise<RingPicture>>()
  return {
    async view(self, ring, targets) {
      let picture = drawn.get(ring)
      if (picture === undefined) drawn.set(ring, (picture = slices.run(draw(ring))))
      const { nodes, arcs } = await picture
      return { node: self, nodes: nodes.map((node) => ({ ...node, targets: targets.get(node.name) ?? 0 })), arcs }
    },
  }
}

function* draw(ring: Ring): Generator<undefined, RingPicture> {
  const { names, size } = ring
  const tokens = new Uint32Array(names.length)
  // Sums of differences of the halves: exact, since each stays far below 2^53.
  const high = new Float64Array(names.length)
  const low = new Float64Array(names.length)
  const arcs: { to: number; readonly node: number }[] = []
  let few = true
  let before = size === 0 ? { hi: 0, lo: 0 } : ring.at(size - 1).token
  for (let place = 0; place < size; place++) {
    if (place % TOKENS_PER_STEP === TOKENS_PER_STEP - 1) yield
    const { token, owner } = ring.at(place)
    tokens[owner]++
    // The first goes around the end: 2^64 more.
    high[owner] += token.hi - before.hi + (place === 0 ? TWO_32 : 0)
    low[owner] += token.lo - before.lo
    before = token
    if (few) addArc(arcs, (token.hi + token.lo / TWO_32) / TWO_32, owner)
    few &&= arcs.length <= MAX_RING_ARCS
  }
  if (few && size > 0) addArc(arcs, 1, ring.at(0).owner)
  const nodes = names.map((name, i) => ({ name, tokens: tokens[i], share: (high[i] + low[i] / TWO_32) / TWO_32 }))
  return { nodes, arcs: few ? arcs : sampled(ring) }
}

/** Arcs of equal width, each that of the owner of the key in its middle: nodes have as many as their share says, about. */
function sampled(ring: Ring): RingView['arcs'] {
  const arcs: { to: number; readonly node: number }[] = []
  for (let i = 0; i < MAX_RING_ARCS; i++) {
    const middle = Math.floor(((i + 0.5) / MAX_RING_ARCS) * TWO_32)
    addArc(arcs, (i + 1) / MAX_RING_ARCS, ring.owner(middle, 0))
  }
  return arcs
}

function addArc(arcs: { to: number; readonly node: number }[], to: number, node: number): void {
  const last = arcs.at(-1)
  if (last?.node === node) last.to = to
  else arcs.push({ to, node })
}
