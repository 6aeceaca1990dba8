/** The ring as paths of a drawing. Pure: angles begin at the top and go round with the clock, 0 to 1. */
import type { RingView } from '../../core/api/ownership.ts'

/** One path for each node, so that a ring of thousands of arcs is a handful of elements. */
export function arcPaths(ring: Pick<RingView, 'nodes' | 'arcs'>, inner: number, outer: number): readonly string[] {
  const paths = ring.nodes.map(() => [] as string[])
  let from = 0
  for (const { to, node } of ring.arcs) {
    if (to > from) paths[node]?.push(band(from, to, inner, outer))
    from = Math.max(from, to)
  }
  return paths.map((parts) => parts.join(''))
}

/** The same as a pie: each node's share in one piece. */
export function sharePaths(shares: readonly number[], inner: number, outer: number): readonly string[] {
  let from = 0
  return shares.map((share) => {
    const path = share <= 0 ? '' : band(from, from + share, inner, outer)
    from += share
    return path
  })
}

/** A piece of a ring. A full circle begins and ends at the same point, which an arc can't: it is drawn as two halves. */
export function band(from: number, to: number, inner: number, outer: number): string {
  if (to - from > 0.999_999) return band(from, from + 0.5, inner, outer) + band(from + 0.5, from + 1, inner, outer)
  const large = to - from > 0.5 ? 1 : 0
  const [a, b, c, d] = [point(from, outer), point(to, outer), point(to, inner), point(from, inner)]
  return `M${a}A${outer} ${outer} 0 ${large} 1 ${b}L${c}A${inner} ${inner} 0 ${large} 0 ${d}Z`
}

export function point(at: number, radius: number): string {
  const angle = 2 * Math.PI * at
  return `${rounded(radius * Math.sin(angle))} ${rounded(-radius * Math.cos(angle))}`
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

/** Where 16 hexadecimal digits lie on the ring, 0 to 1; undefined for anything else. */
export function placeOnRing(key: string): number | undefined {
  return /^[0-9a-f]{16}$/i.test(key) ? Number.parseInt(key.slice(0, 13), 16) / 2 ** 52 : undefined
}
