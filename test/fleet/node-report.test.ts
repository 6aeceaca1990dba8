import { describe, expect, it } from 'vitest'
import { isNodeReport } from '../../core/api/shapes/node.ts'
import type { Cluster } from '../../core/cluster/cluster.ts'
import type { Peer } from '../../core/cluster/peer.ts'
import { createNodeReport, type LoadedConfig } from '../../core/fleet/node-report.ts'
import type { ScrapeJob } from '../../core/fleet/reports.ts'
import { timestamp } from '../../core/fleet/timestamp.ts'
import { MAX_SLICE_MS } from '../../core/limits.ts'
import type { TargetHealth, TargetStatus } from '../../core/scrape/loop.ts'
import type { ScrapedTarget } from '../../core/scrape/pool.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const START = Date.UTC(2026, 0, 1)
const HOST = { runtime: 'test', startTimeSeconds: START / 1000 - 60.5 }
const META = { version: '2', runtime: 'bun', configHash: 'ff', started: START / 1000 - 30 }
const ALONE: Peer = {
  name: 'host',
  address: '127.0.0.1:12345',
  state: 'participant',
  self: true,
  suspect: false,
  meta: undefined,
}

function target(health: TargetHealth, lastSamples: number, intervalSeconds: number): TargetStatus {
  return {
    job: 'j',
    url: 'http://a/metrics',
    health,
    labels: [],
    lastError: '',
    lastScrape: 0,
    lastScrapeDurationSeconds: 0,
    lastSamples,
    intervalSeconds,
    since: 0,
  }
}

function job(...targets: readonly TargetStatus[]): Pick<ScrapeJob, 'scraped'> {
  return { scraped: () => targets.map((status) => ({ labels: new Map(), status, leaving: false })) }
}

function report(
  more: {
    cluster?: Pick<Cluster, 'peers' | 'hold' | 'conflict' | 'observed' | 'stats'>
    jobs?: readonly Pick<ScrapeJob, 'scraped'>[]
    config?: LoadedConfig
    clock?: FakeClock
  } = {},
) {
  const clock = more.clock ?? createFakeClock({ now: START })
  const create = createNodeReport({
    clock,
    slices: createSlices(clock),
    host: HOST,
    version: '2',
    cluster: more.cluster && { nodeName: 'b', clusterName: 'prod', address: '10.0.0.2:80', cluster: more.cluster },
    alone: ALONE,
    config: () => more.config ?? { sha256: '', loaded: undefined },
    jobs: () => more.jobs ?? [],
  })
  return { clock, create }
}

type Known = Partial<ReturnType<Cluster['observed']>>

function clusterOf(peers: readonly Peer[], observed: Known = {}, more: Partial<Cluster> = {}): Cluster {
  return {
    peers: () => peers,
    hold: () => undefined,
    conflict: () => undefined,
    stats: () => ({ lamportTime: 12n, healthScore: 2 }),
    observed: () => ({
      lastHeard: () => undefined,
      stateSince: () => undefined,
      peersChangedAt: undefined,
      recentPeerChanges: 0,
      sought: [],
      gate: { minimum: 0, size: peers.length, open: true, timeoutMs: 0 },
      ...observed,
    }),
    ...more,
  } as Cluster
}

const peer = (name: string, more: Partial<Peer> = {}): Peer => ({
  name,
  address: `${name}:80`,
  state: 'participant',
  self: false,
  suspect: false,
  meta: META,
  ...more,
})

describe('the report of a process on its own', () => {
  it('is that of a cluster of one, which it is not in', async () => {
    const config = { sha256: 'abc', loaded: START - 5_000 }
    const { create } = report({ config })
    expect(await create()).toEqual({
      name: 'host',
      address: '127.0.0.1:12345',
      clustered: false,
      clusterName: '',
      version: '2',
      runtime: 'test',
      started: '2025-12-31T23:58:59.500Z',
      configHash: 'abc',
      configLoaded: '2025-12-31T23:59:55.000Z',
      now: '2026-01-01T00:00:00.000Z',
      state: 'participant',
      hold: null,
      peers: [
        {
          name: 'host',
          address: '127.0.0.1:12345',
          state: 'participant',
          self: true,
          suspect: false,
          stateSince: '2025-12-31T23:58:59.500Z',
          lastSeen: '2026-01-01T00:00:00.000Z',
          announced: { version: '2', runtime: 'test', configHash: 'abc', started: '2025-12-31T23:58:59.500Z' },
        },
      ],
      peersChanged: null,
      recentPeerChanges: 0,
      conflict: null,
      gate: { minimum: 0, size: 1, open: true, timeoutSeconds: 0 },
      lamportTime: 0,
      healthScore: 0,
      sought: [],
      work: { targets: 0, up: 0, down: 0, unknown: 0, samplesPerSecond: 0 },
    })
    expect(isNodeReport(await create())).toBe(true)
  })
})

describe('the report of a node', () => {
  it('says whom it sees, and when it heard of them by the wall clock', async () => {
    const heard = new Map([['a', 1_500]])
    const cluster = clusterOf(
      [peer('a', { suspect: true }), peer('b', { self: true }), peer('c', { meta: undefined })],
      {
        lastHeard: (name) => heard.get(name),
        stateSince: (name) => (name === 'c' ? 1_000 : 1_250),
        peersChangedAt: 2_000,
        recentPeerChanges: 4,
        sought: ['10.0.0.9:80'],
        gate: { minimum: 3, size: 2, open: false, timeoutMs: 90_000 },
      },
    )
    const { create, clock } = report({ cluster })
    await clock.advance(10_000)
    const told = await create()
    expect(told).toMatchObject({
      name: 'b',
      address: '10.0.0.2:80',
      clustered: true,
      clusterName: 'prod',
      now: '2026-01-01T00:00:10.000Z',
      peersChanged: '2026-01-01T00:00:01.000Z',
      recentPeerChanges: 4,
      sought: ['10.0.0.9:80'],
      gate: { minimum: 3, size: 2, open: false, timeoutSeconds: 90 },
      lamportTime: 12,
      healthScore: 2,
    })
    expect(told.peers.map(({ name, lastSeen, stateSince }) => [name, lastSeen, stateSince])).toEqual([
      ['a', '2026-01-01T00:00:00.500Z', '2026-01-01T00:00:00.250Z'],
      ['b', '2026-01-01T00:00:10.000Z', '2026-01-01T00:00:00.250Z'],
      ['c', null, '2026-01-01T00:00:00.000Z'],
    ])
    expect(told.peers.map(({ suspect }) => suspect)).toEqual([true, false, false])
    expect(told.peers[0].announced).toEqual({
      version: '2',
      runtime: 'bun',
      configHash: 'ff',
      started: '2025-12-31T23:59:30.000Z',
    })
    expect(told.peers[2].announced).toBeNull()
    expect(isNodeReport(told)).toBe(true)
    // The wall clock jumps: what was a second ago still was.
    clock.setWall(START + 3_600_000)
    expect((await create()).peersChanged).toBe('2026-01-01T00:59:51.000Z')
  })

  it('says that it yields its name, and is not its own peer meanwhile', async () => {
    const rival = '10.0.0.9:80'
    const cluster = clusterOf(
      [peer('b', { address: rival })],
      {},
      {
        conflict: () => ({ name: 'b', rival }),
        hold: () => ({ kind: 'name-conflict', rival }),
      },
    )
    const told = await report({ cluster }).create()
    expect(told).toMatchObject({
      state: 'viewer',
      conflict: { name: 'b', rival },
      hold: { kind: 'name-conflict', rival },
    })
    expect(told.peers.map(({ self }) => self)).toEqual([false])
    expect(isNodeReport(told)).toBe(true)
  })

  it('takes no impossible time of a peer for one', async () => {
    const starts = [Number.MAX_VALUE, -1, 1e13, Number.NaN]
    const peers = starts.map((started, i) => peer(`p${i}`, { meta: { ...META, started } }))
    const told = await report({ cluster: clusterOf(peers) }).create()
    expect(told.peers.map(({ announced }) => announced?.started)).toEqual([
      '9999-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00.000Z',
    ])
    expect(isNodeReport(told)).toBe(true)
    expect(timestamp(START + 0.7)).toBe('2026-01-01T00:00:00.000Z')
  })

  it('leaves those out that are another node’s by now', async () => {
    const moved = { labels: new Map(), status: target('up', 600, 60), leaving: true }
    const jobs = [{ scraped: () => [moved] }, job(target('up', 10, 1))]
    expect((await report({ jobs }).create()).work).toMatchObject({ targets: 1, up: 1, samplesPerSecond: 10 })
  })

  it('counts what all jobs scrape', async () => {
    const jobs = [
      job(target('up', 600, 60), target('up', 10, 1), target('down', 600, 60)),
      job(),
      job(target('unknown', 0, 15)),
    ]
    expect((await report({ jobs }).create()).work).toEqual({
      targets: 4,
      up: 2,
      down: 1,
      unknown: 1,
      samplesPerSecond: 20,
    })
  })

  it('is put together in slices when there are many targets', async () => {
    const many = 50_000
    const status = target('up', 1, 1)
    let looks = 0
    let sinceTurn = 0
    let most = 0
    function* scraped(): Generator<ScrapedTarget> {
      for (let i = 0; i < many; i++) {
        looks++
        most = Math.max(most, ++sinceTurn)
        yield { labels: new Map(), status, leaving: false }
      }
    }
    const fake = createFakeClock({ now: START })
    // A thousand looks take a millisecond.
    const clock = {
      ...fake,
      monotonic: () => looks / 1_000,
      async turn() {
        sinceTurn = 0
      },
    }
    const { create } = report({ jobs: [{ scraped }], clock })
    expect((await create()).work).toMatchObject({ targets: many, up: many })
    expect(most).toBeLessThan(2 * MAX_SLICE_MS * 1_000)
  })
})
