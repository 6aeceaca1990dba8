/**
 * Who sees what: nodes that see the same peers in the same states at the same addresses put together, and what the others see
 * otherwise. Owns the comparison, which is fast as long as most see the same: hundreds of nodes tell of hundreds each.
 */
import type { NodeReport, PeerSighting } from '../../api/node.ts'
import { MAX_VIEWS } from '../../limits.ts'
import { listed, verb } from './words.ts'

/** What several nodes see alike. */
export interface View {
  readonly seers: readonly string[]
  readonly peers: ReadonlyMap<string, PeerSighting>
}

export interface Views {
  /** The one that most nodes have first; MAX_VIEWS at most. */
  readonly views: readonly View[]
  /** Nodes that see something else again. */
  readonly more: number
}

export function viewsOf(nodes: readonly NodeReport[]): Views {
  const found: { readonly peers: NodeReport['peers']; readonly seers: string[] }[] = []
  let more = 0
  for (const { name, peers } of nodes) {
    const view = found.find((one) => alike(one.peers, peers))
    if (view !== undefined) view.seers.push(name)
    else if (found.length < MAX_VIEWS) found.push({ peers, seers: [name] })
    else more++
  }
  const views = found
    .sort((a, b) => b.seers.length - a.seers.length)
    .map(({ peers, seers }) => ({ seers, peers: new Map(peers.map((peer) => [peer.name, peer])) }))
  return { views, more }
}

/** Both are sorted by name. */
function alike(a: NodeReport['peers'], b: NodeReport['peers']): boolean {
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i]
      return one.name === other.name && one.state === other.state && one.address === other.address
    })
  )
}

export interface Differences {
  /** Peers that not all see, sorted. */
  readonly unseen: readonly string[]
  /** A line each: who doesn't see whom, and what is seen in several ways. */
  readonly lines: readonly string[]
}

export function differences({ views, more }: Views): Differences {
  const unseen: string[] = []
  const lines: string[] = []
  const names = [...new Set(views.flatMap(({ peers }) => [...peers.keys()]))].sort()
  for (const name of names) {
    if (views.some(({ peers }) => !peers.has(name))) {
      const blind = seersOf(views.filter(({ peers }) => !peers.has(name)))
      unseen.push(name)
      const seeing = seersOf(views.filter(({ peers }) => peers.has(name)))
      const see = `${listed(seeing)} ${verb(seeing, 'does', 'do')}`
      lines.push(`${listed(blind)} ${verb(blind, "doesn't", "don't")} see ${name}, which ${see}`)
    }
    lines.push(...seenAs(views, name, stateOf), ...seenAs(views, name, addressOf))
  }
  if (more > 0) lines.push(`${more} ${more === 1 ? 'node sees' : 'nodes see'} something else again`)
  return { unseen, lines }
}

const stateOf = ({ state }: PeerSighting): string => state
const addressOf = ({ address }: PeerSighting): string => `at ${address}`

/** A line, if not all who see this peer see it the same way. */
function seenAs(views: readonly View[], name: string, what: (peer: PeerSighting) => string): readonly string[] {
  let first: string | undefined
  const differ = views.some(({ peers }) => {
    const peer = peers.get(name)
    first ??= peer && what(peer)
    return peer !== undefined && what(peer) !== first
  })
  // Most don't, and there may be a thousand of them.
  if (!differ) return []
  const ways = new Map<string, View[]>()
  for (const view of views) {
    const peer = view.peers.get(name)
    if (peer === undefined) continue
    const same = ways.get(what(peer))
    if (same === undefined) ways.set(what(peer), [view])
    else same.push(view)
  }
  return [`${name} is ${[...ways].map(([way, by]) => `${way} for ${listed(seersOf(by))}`).join(', ')}`]
}

function seersOf(views: readonly View[]): readonly string[] {
  return views.flatMap(({ seers }) => seers)
}
