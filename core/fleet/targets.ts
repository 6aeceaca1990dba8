/**
 * The targets of the fleet, or those of this node: who scrapes them, and how it goes. Owns how what the nodes tell becomes one
 * list; a node that can't tell is replaced by what this one knows, that its targets are there.
 */
import { isTargetsPage } from '../api/shapes/targets.ts'
import type { TargetQuery, TargetRow, TargetsPage, Unanswered } from '../api/targets.ts'
import type { Peer, Peers } from '../cluster/peer.ts'
import { CodedError } from '../errors.ts'
import { MAX_TARGETS_PAGED, MAX_TARGETS_PER_PAGE } from '../limits.ts'
import type { Hold, Ownership } from '../ownership/types.ts'
import type { Clock } from '../ports.ts'
import type { Slices } from '../time/slices.ts'
import { NO_PEER } from './answer.ts'
import type { Ask, Told } from './ask.ts'
import { mergeRows, type RowSource } from './merged-rows.ts'
import { createOwnTargets, type OwnTargets } from './own-targets.ts'
import type { Reports } from './reports.ts'
import { parseSearch, type Search } from './search.ts'
import { rowOrder } from './target-order.ts'

export interface TargetsDeps {
  readonly reports: Pick<Reports, 'jobs'>
  readonly ownership: Pick<Ownership, 'shares'>
  /** The name under which this node tells. */
  readonly self: string
  readonly peers: () => Peers
  readonly ask: Ask
  readonly slices: Slices
  readonly clock: Pick<Clock, 'turn'>
}

/** Rejects with a CodedError 'config', whose message is for whoever asks, when the query has a problem. */
export async function targetsPage(query: TargetQuery, deps: TargetsDeps): Promise<TargetsPage> {
  const search = searchOf(query)
  const { reports, ownership, self, slices } = deps
  const jobs = reports.jobs.all()
  const wanted = query.limit === 0 ? 0 : query.offset + query.limit
  const own = createOwnTargets(self, jobs, query, search, wanted)
  const { hold, ring } = ownership.shares()
  const held: Unanswered[] = hold === undefined ? [] : [{ node: self, reason: holdReason(hold) }]
  const known = { components: jobs.map(({ component }) => component), owners: [self, ...ring.names] }
  if (query.scope === 'node') {
    await slices.run(own.addScraped())
    const { rows } = await listed(own, [], query, deps)
    return page(own.counts, rows, known, held)
  }

  // What was split by an earlier ring, a moment ago, is still where that says.
  const rings = new Set([ring, ...jobs.map((job) => job.distribution()?.shares.ring ?? ring)])
  const owners = new Set([...rings].flatMap(({ names }) => names))
  const peers = deps.peers().filter((peer) => isAsked(peer, owners))
  const [told] = await Promise.all([
    Promise.all(peers.map((peer) => deps.ask(peer, targetsPath(query, 0), isTargetsPage))),
    slices.run(own.addScraped()),
  ])
  const unanswered = [...held]
  const present = new Set([self, ...peers.map(({ name }) => name)])
  for (const node of owners) if (!present.has(node)) unanswered.push({ node, reason: NO_PEER })
  const answers: TargetsPage[] = []
  const sources: RowSource[] = []
  for (const [i, peer] of peers.entries()) {
    const answer = told[i]
    if (!answer.ok) unanswered.push({ node: peer.name, reason: answer.reason })
    else {
      // One that takes no shared work at the moment says so of itself.
      unanswered.push(...answer.value.unanswered.filter(({ node }) => node === peer.name))
      answers.push(answer.value)
      sources.push(rowsOf(peer, answer.value, query, deps, unanswered))
    }
  }
  await slices.run(own.addUntold(new Set(unanswered.map(({ node }) => node))))
  const { rows, repeated } = await listed(own, sources, query, deps)
  return sum(own, answers, rows, repeated, known, unanswered)
}

function searchOf({ search, offset, limit }: TargetQuery): Search {
  const parsed = parseSearch(search)
  if (!parsed.ok) throw new CodedError('config', parsed.error)
  if (limit > MAX_TARGETS_PER_PAGE) {
    throw new CodedError('config', `limit is ${limit}; a page has ${MAX_TARGETS_PER_PAGE} targets at most`)
  }
  if (offset + limit > MAX_TARGETS_PAGED) {
    const end = offset + limit
    throw new CodedError(
      'config',
      `the page ends at target ${end}; only ${MAX_TARGETS_PAGED} can be paged through: search for fewer`,
    )
  }
  return parsed.search
}

/**
 * Nodes that leave keep their targets until the ring has changed, and have handed them over then; viewers that announce nothing
 * have none that is known.
 */
function isAsked({ self, name, state, meta }: Peer, owners: ReadonlySet<string>): boolean {
  if (self) return false
  return state === 'participant' || owners.has(name) || (state === 'viewer' && meta !== undefined)
}

function holdReason(hold: Hold): string {
  const what = 'it takes no targets that are shared at the moment: '
  switch (hold.kind) {
    case 'joining':
      return `${what}it is still joining the cluster`
    case 'too-small':
      return `${what}the cluster has ${hold.size} of the ${hold.minimum} nodes that --cluster.wait-for-size asks for`
    case 'name-conflict':
      return `${what}the node at ${hold.rival} has the same name`
  }
}

/** Of one peer: reading so many takes 3 ms in one go, and the answers of several may come together. */
const ROWS_PER_QUESTION = 500

/** The same question, to one node, from a row on. */
function targetsPath(query: TargetQuery, offset: number): string {
  const most = query.limit === 0 ? 0 : Math.min(query.offset + query.limit - offset, ROWS_PER_QUESTION)
  const asked: [string, string | undefined][] = [
    ['scope', 'node'],
    ['search', query.search],
    ['health', query.health],
    ['owner', query.owner],
    ['component', query.component],
    ['sort', query.sort],
    ['order', query.descending ? 'desc' : 'asc'],
    ['offset', String(offset)],
    ['limit', String(most)],
  ]
  const given = asked.flatMap(([name, value]) => (value ? [`${name}=${encodeURIComponent(value)}`] : []))
  return `/api/v1/targets?${given.join('&')}`
}

/** Asks for more only when the merge comes to the end of what there is, so far as rows are needed. */
function rowsOf(
  peer: Peer,
  first: TargetsPage,
  query: TargetQuery,
  { ask }: TargetsDeps,
  unanswered: Unanswered[],
): RowSource {
  const most = Math.min(first.matched, query.offset + query.limit)
  let next: readonly TargetRow[] = first.targets
  let had = 0
  return async () => {
    if (next.length === 0 && had > 0 && had < most) {
      const answer: Told<TargetsPage> = await ask(peer, targetsPath(query, had), isTargetsPage)
      if (answer.ok) next = answer.value.targets
      else {
        unanswered.push({ node: peer.name, reason: answer.reason })
        had = most
      }
    }
    had += next.length
    // Whoever answers tells of itself alone.
    const rows = next.filter(({ toldBy }) => toldBy === peer.name)
    next = []
    return rows
  }
}

async function listed(
  own: OwnTargets,
  others: readonly RowSource[],
  query: TargetQuery,
  { slices, clock, ownership }: TargetsDeps,
): ReturnType<typeof mergeRows> {
  const order = await slices.run(own.sorted())
  if (others.length === 0) {
    const onPage = order.slice(query.offset, query.offset + query.limit)
    return { rows: await slices.run(rowsFor(own, onPage)), repeated: [] }
  }
  let at = 0
  const mine: RowSource = () => {
    const piece = order.slice(at, at + ROWS_PER_PIECE)
    at += piece.length
    return slices.run(rowsFor(own, piece))
  }
  const { ring } = ownership.shares()
  const merging = {
    compare: rowOrder(query.sort, query.descending),
    saysMore: (a: TargetRow, b: TargetRow) => weight(a) > weight(b),
    turn: clock.turn,
  }
  function weight({ key, toldBy }: TargetRow): number {
    if (toldBy === null) return 0
    const owner = ring.names[ring.owner(Number.parseInt(key.slice(0, 8), 16), Number.parseInt(key.slice(8), 16))]
    return toldBy === owner ? 2 : 1
  }
  return mergeRows([mine, ...others], merging, query)
}

const ROWS_PER_PIECE = 256
const ROWS_PER_STEP = 32

function* rowsFor(own: OwnTargets, those: readonly number[]): Generator<undefined, readonly TargetRow[]> {
  const rows: TargetRow[] = []
  for (const one of those) {
    rows.push(own.row(one))
    if (rows.length % ROWS_PER_STEP === 0) yield
  }
  return rows
}

interface Known {
  readonly components: readonly string[]
  readonly owners: readonly string[]
}

function page(
  { total, matched, health }: Pick<TargetsPage, 'total' | 'matched' | 'health'>,
  targets: readonly TargetRow[],
  { components, owners }: Known,
  unanswered: readonly Unanswered[],
): TargetsPage {
  return { total, matched, health, targets, components: sortedOnce(components), owners: sortedOnce(owners), unanswered }
}

function sum(
  own: OwnTargets,
  answers: readonly TargetsPage[],
  rows: readonly TargetRow[],
  repeated: readonly TargetRow[],
  known: Known,
  unanswered: readonly Unanswered[],
): TargetsPage {
  const { total, matched, health } = own.counts
  const counts = { total, matched, health: { ...health } }
  for (const answer of answers) {
    counts.total += answer.total
    counts.matched += answer.matched
    for (const one of ['up', 'down', 'unknown'] as const) counts.health[one] += answer.health[one]
  }
  for (const row of repeated) {
    counts.total--
    counts.matched--
    counts.health[row.health]--
  }
  // What a peer counts and what it lists need not agree.
  counts.total = possible(counts.total)
  counts.matched = possible(counts.matched)
  for (const one of ['up', 'down', 'unknown'] as const) counts.health[one] = possible(counts.health[one])
  const all = {
    components: [...known.components, ...answers.flatMap(({ components }) => components)],
    owners: [...known.owners, ...answers.flatMap(({ owners }) => owners)],
  }
  return page(counts, rows, all, unanswered)
}

function possible(count: number): number {
  return Math.min(Math.max(0, count), Number.MAX_SAFE_INTEGER)
}

function sortedOnce(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}
