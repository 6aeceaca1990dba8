/** A made-up cluster for questions about targets: every node answers for itself, and asks the others as it would by HTTP. */
import type { TargetQuery, TargetRow, TargetsPage } from '../../core/api/targets.ts'
import type { Peer, Peers } from '../../core/cluster/peer.ts'
import type { NodeState } from '../../core/cluster/wire/types.ts'
import type { Ask } from '../../core/fleet/ask.ts'
import { ANY_TARGET } from '../../core/fleet/explain-row.ts'
import { createReports, type Reports } from '../../core/fleet/reports.ts'
import { type TargetsDeps, targetsPage } from '../../core/fleet/targets.ts'
import { labelsFromMap } from '../../core/labels/labels.ts'
import {
  type Distribution,
  distribute,
  keysOf,
  NO_TARGETS,
  type TargetLabels,
} from '../../core/ownership/distribute.ts'
import type { Hold, Shares } from '../../core/ownership/types.ts'
import { buildRing, EMPTY_RING } from '../../core/ring/build.ts'
import type { TargetStatus } from '../../core/scrape/loop.ts'
import type { ScrapedTarget } from '../../core/scrape/pool.ts'
import type { Slices } from '../../core/time/slices.ts'
import { scrapeConfig } from '../support/scrape-config.ts'

export interface JobShape {
  readonly component: string
  readonly shared: boolean
  readonly targets: readonly TargetLabels[]
}

export interface NodeShape {
  readonly name: string
  readonly kind?: 'skein' | 'alloy'
  /** It doesn't answer. */
  readonly silent?: boolean
  /** As all see it; participant unless given. `gone`: among nobody's peers any more. */
  readonly state?: NodeState | 'gone'
  readonly hold?: Hold
  /** Its list of peers: it still takes these for the participants, and splits the work accordingly. */
  readonly participants?: readonly string[]
}

export interface TargetWorld {
  ask(node: string, changes?: Partial<TargetQuery>): Promise<TargetsPage>
  deps(node: string): TargetsDeps
  /** Every question that one node asked another: `b /api/v1/targets?...`. */
  readonly questions: readonly string[]
}

export const ALL: TargetQuery = { ...ANY_TARGET, limit: 1000 }

/** Runs everything at once. */
export const atOnce: Slices = {
  async run(work) {
    for (;;) {
      const step = work.next()
      if (step.done) return step.value
    }
  },
}

export function target(address: string, more: Readonly<Record<string, string>> = {}): TargetLabels {
  return new Map(Object.entries({ __address__: address, ...more }))
}

/** Alloy's nodes and silent ones have shares, and answer nothing. `statusOf` makes up how the last scrape of a target went. */
export function targetWorld(
  nodes: readonly NodeShape[],
  jobs: readonly JobShape[],
  statusOf: (labels: TargetLabels) => Partial<TargetStatus> = () => ({}),
): TargetWorld {
  const names = nodes.map(({ name }) => name)
  const questions: string[] = []
  const all = new Map<string, TargetsDeps>()

  const ask: Ask = async (peer, path, is) => {
    questions.push(`${peer.name} ${path}`)
    const node = nodes.find(({ name }) => name === peer.name)
    if (node?.kind === 'alloy') return { ok: false, reason: "it runs Alloy, which can't tell" }
    if (node === undefined || node.silent) return { ok: false, reason: 'connection refused' }
    const page = await targetsPage(queryOf(path), all.get(peer.name) as TargetsDeps)
    const value: unknown = JSON.parse(JSON.stringify(page))
    return is(value) ? { ok: true, value } : { ok: false, reason: 'not what was asked for' }
  }

  for (const { name, hold, participants = names } of nodes) {
    const clustered = nodes.length > 1
    const ring = clustered ? buildRing(participants) : EMPTY_RING
    const shares: Shares = { clustered, self: name, ring, hold, version: 1 }
    const peers: Peers = nodes.flatMap(({ name: peer, kind, state = 'participant' }): readonly Peer[] => {
      if (state === 'gone') return []
      const meta = kind === 'alloy' ? undefined : { version: '1', runtime: 'node', configHash: '', started: 0 }
      return [{ name: peer, address: `${peer}:12345`, state, self: peer === name, suspect: false, meta }]
    })
    all.set(name, {
      reports: reportsOf(jobs, shares, statusOf),
      ownership: { shares: () => shares },
      self: name,
      peers: () => peers,
      ask,
      slices: atOnce,
      clock: { turn: async () => undefined },
    })
  }

  const deps = (node: string): TargetsDeps => all.get(node) as TargetsDeps
  return { questions, deps, ask: (node, changes = {}) => targetsPage({ ...ALL, ...changes }, deps(node)) }
}

function reportsOf(
  jobs: readonly JobShape[],
  shares: Shares,
  statusOf: (labels: TargetLabels) => Partial<TargetStatus>,
): Reports {
  const reports = createReports()
  for (const { component, shared, targets } of jobs) {
    const distribution = shared && shares.clustered ? split(targets, shares) : undefined
    const own = distribution === undefined ? once(targets) : [...distribution.local].map((i) => targets[i])
    const scraped = own.map((labels) => scrapedTarget(component, labels, statusOf(labels)))
    reports.jobs.add({
      component,
      shared: () => distribution !== undefined,
      config: () => scrapeConfig({ jobName: component }),
      distribution: () => distribution,
      given: () => targets,
      scraped: () => scraped,
    })
  }
  return reports
}

function split(targets: readonly TargetLabels[], shares: Shares): Distribution {
  return whole(distribute(whole(keysOf(targets, NO_TARGETS)), shares))
}

function once(targets: readonly TargetLabels[]): TargetLabels[] {
  const { duplicates } = whole(keysOf(targets, NO_TARGETS))
  return targets.filter((_, i) => !duplicates.includes(i))
}

function whole<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** As a scrape loop would show it. */
export function scrapedTarget(job: string, given: TargetLabels, changes: Partial<TargetStatus> = {}): ScrapedTarget {
  const address = given.get('__address__') ?? ''
  const visible = new Map([...given].filter(([name]) => !name.startsWith('__')))
  const labels = labelsFromMap(new Map([['instance', address], ['job', job], ...visible]))
  const status: TargetStatus = {
    job: visible.get('job') ?? job,
    url: `http://${address}${given.get('__metrics_path__') ?? '/metrics'}`,
    health: 'unknown',
    labels,
    lastError: '',
    lastScrape: 0,
    lastScrapeDurationSeconds: 0,
    lastSamples: 0,
    intervalSeconds: 60,
    since: 0,
    ...changes,
  }
  return { labels: given, status, leaving: false }
}

/** What stands behind the question mark, as the server reads it. */
export function queryOf(path: string): TargetQuery {
  const given = new URL(path, 'http://node').searchParams
  const text = (name: string): string | undefined => given.get(name) ?? undefined
  return {
    search: text('search') ?? '',
    health: text('health') as TargetQuery['health'],
    owner: text('owner'),
    component: text('component'),
    sort: (text('sort') ?? 'url') as TargetQuery['sort'],
    descending: text('order') === 'desc',
    offset: Number(text('offset') ?? 0),
    limit: Number(text('limit') ?? 100),
    scope: text('scope') === 'node' ? 'node' : 'fleet',
  }
}

export function identity({ component, key, toldBy, owner }: TargetRow): string {
  return `${component} ${key} ${owner === null ? toldBy : ''}`
}
