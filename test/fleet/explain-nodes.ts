/**
 * Several nodes on one virtual clock that share the targets of a job: production's shares, sharing and answers; membership and
 * scraping are played. What a node's scrape pool was given is the truth that explanations are compared with.
 */
import { expect } from 'vitest'
import type { TargetQuery, TargetsPage } from '../../core/api/targets.ts'
import type { ClusterHold } from '../../core/cluster/cluster.ts'
import type { Peer } from '../../core/cluster/peer.ts'
import type { NodeState } from '../../core/cluster/wire/types.ts'
import type { Ask } from '../../core/fleet/ask.ts'
import { createExplain, type Explain } from '../../core/fleet/explain.ts'
import { ANY_TARGET } from '../../core/fleet/explain-row.ts'
import { createReports, type Reports } from '../../core/fleet/reports.ts'
import { targetsPage } from '../../core/fleet/targets.ts'
import { hex64 } from '../../core/hash/u64.ts'
import { labelValue } from '../../core/labels/labels.ts'
import type { Distribution, TargetLabels } from '../../core/ownership/distribute.ts'
import { type ClusterOwnership, createShares } from '../../core/ownership/shares.ts'
import { createSharing } from '../../core/ownership/sharing.ts'
import { targetKey } from '../../core/ring/keys.ts'
import type { ScrapeConfig } from '../../core/scrape/config.ts'
import type { ScrapedTarget } from '../../core/scrape/pool.ts'
import { buildTarget } from '../../core/scrape/target.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { scrapeConfig } from '../support/scrape-config.ts'

export const JOB = 'prometheus.scrape.web'
export const CONFIG: ScrapeConfig = scrapeConfig({ jobName: JOB })

/** What took effect on a node, noted by the test itself. */
export interface Noted {
  readonly at: number
  readonly participants: readonly string[]
  readonly hold: ClusterHold['kind'] | undefined
}

export interface TestNode {
  readonly name: string
  readonly reports: Reports
  readonly ownership: ClusterOwnership
  readonly noted: Noted[]
  /** What its scrape pool was given. */
  scraped(): readonly TargetLabels[]
  readonly explain: Explain
  targets(query: TargetQuery): Promise<TargetsPage>
  /** Membership as it sees it from now on. */
  see(states: ReadonlyMap<string, NodeState>, hold: ClusterHold | undefined): void
  setTargets(targets: readonly TargetLabels[]): void
}

export interface TestNodes {
  readonly clock: FakeClock
  readonly nodes: Map<string, TestNode>
  /** Peers that can't be asked, by name: what they say instead. */
  readonly silent: Map<string, string>
  /** Paths that were asked for, and of whom. */
  readonly asked: string[]
  /** A new node, which sees these. */
  add(name: string, states: ReadonlyMap<string, NodeState>, targets: readonly TargetLabels[]): TestNode
}

export function createTestNodes(): TestNodes {
  const clock = createFakeClock()
  const nodes = new Map<string, TestNode>()
  const silent = new Map<string, string>()
  const asked: string[] = []

  const ask: Ask = async (peer, path, is) => {
    asked.push(`${peer.name} ${path}`)
    const reason = silent.get(peer.name)
    const node = nodes.get(peer.name)
    if (reason !== undefined || node === undefined) return { ok: false, reason: reason ?? 'connection refused' }
    const asking = Object.fromEntries(new URL(path, 'http://x').searchParams)
    expect(asking['scope']).toBe('node')
    const { search = '', component, limit } = asking
    const query: TargetQuery = { ...ANY_TARGET, search, component, limit: Number(limit), scope: 'node' }
    const value: unknown = JSON.parse(JSON.stringify(await node.targets(query)))
    return is(value) ? { ok: true, value } : { ok: false, reason: 'that is no page of targets' }
  }

  function add(name: string, first: ReadonlyMap<string, NodeState>, given: readonly TargetLabels[]): TestNode {
    const timers = createTimers(clock)
    const slices = createSlices(clock)
    const listeners = new Set<() => void>()
    let peers = peersOf(name, first)
    let hold: ClusterHold | undefined = { kind: 'joining' }
    let wanted = given
    let distribution: Distribution | undefined
    let local: readonly TargetLabels[] = []
    const known = new Map<TargetLabels, ScrapedTarget | undefined>()
    const scraped = (labels: TargetLabels): ScrapedTarget | undefined => {
      if (!known.has(labels)) known.set(labels, scrapedOf(labels, clock.now()))
      return known.get(labels)
    }
    const noted: Noted[] = [{ at: clock.now(), participants: [], hold: 'joining' }]
    const ownership = createShares({
      cluster: {
        peers: () => peers,
        hold: () => hold,
        onChange(listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      },
      clock,
      timers,
      slices,
      self: name,
    })
    ownership.subscribe({
      changed: (shares) => noted.push({ at: clock.now(), participants: shares.ring.names, hold: shares.hold?.kind }),
    })
    const sharing = createSharing({
      ownership,
      slices,
      take(change) {
        distribution = change.distribution
        local = change.local
      },
      prepare: () => Promise.resolve(),
    })
    sharing.setTargets(given)
    const reports = createReports()
    reports.jobs.add({
      component: JOB,
      shared: () => true,
      config: () => CONFIG,
      distribution: () => distribution,
      given: () => wanted,
      scraped: () => local.flatMap((labels) => scraped(labels) ?? []),
    })
    const deps = { reports, ownership, self: name, peers: () => peers, ask, slices, clock }
    const node: TestNode = {
      name,
      reports,
      ownership,
      noted,
      scraped: () => local,
      explain: createExplain({ ...deps, sourcesOf: () => [], targets: (query) => targetsPage(query, deps) }),
      targets: (query) => targetsPage(query, deps),
      see(states, next) {
        hold = next
        peers = peersOf(name, states)
        for (const listener of listeners) listener()
      },
      setTargets(targets) {
        wanted = targets
        sharing.setTargets(targets)
      },
    }
    nodes.set(name, node)
    return node
  }

  return { clock, nodes, silent, asked, add }
}

function peersOf(self: string, states: ReadonlyMap<string, NodeState>): readonly Peer[] {
  const names = [...new Set([self, ...states.keys()])].sort()
  return names.map((name) => ({
    name,
    address: '10.0.0.1:1',
    state: states.get(name) ?? 'viewer',
    self: name === self,
    suspect: false,
    meta: { version: '1', runtime: 'node', configHash: '', started: 1 },
  }))
}

export function scrapedOf(labels: TargetLabels, now: number): ScrapedTarget | undefined {
  const built = buildTarget(labels, CONFIG)
  if (!built.ok) return undefined
  const { target } = built
  return {
    labels,
    leaving: false,
    status: {
      job: labelValue(target.labels, 'job'),
      url: target.url.href,
      health: 'up',
      labels: target.labels,
      lastError: '',
      lastScrape: now,
      lastScrapeDurationSeconds: 0.1,
      lastSamples: 7,
      intervalSeconds: target.interval / 1000,
      since: now,
    },
  }
}

/** 16 hexadecimal digits. */
export function keyText(labels: TargetLabels): string {
  const key = new Uint32Array(2)
  targetKey(labels, key, 0)
  return hex64({ hi: key[0], lo: key[1] })
}
