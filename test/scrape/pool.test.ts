import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HttpFailure, HttpRequest, HttpResponse } from '../../core/ports.ts'
import { createBodies } from '../../core/scrape/bodies.ts'
import { createScrapePool, type PoolSettings, type ScrapePool } from '../../core/scrape/pool.ts'
import { scheduleSeed } from '../../core/scrape/schedule.ts'
import type { TargetLabels } from '../../core/scrape/target.ts'
import type { Receiver } from '../../core/series/batch.ts'
import { createRegistry, type Registry } from '../../core/telemetry/registry.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers, type Timers } from '../../core/time/timers.ts'
import { codecs } from '../support/codecs.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { recordingLog } from '../support/recording-log.ts'
import { scrapeConfig } from '../support/scrape-config.ts'

const SEED = scheduleSeed('cluster')
const INTERVAL = 1000
const CONFIG = scrapeConfig({ scrapeInterval: INTERVAL, scrapeTimeout: 500 })

function target(name: string): TargetLabels {
  return new Map([['__address__', `${name}:80`]])
}

function okay(): HttpResponse {
  const header = (name: string): string | undefined =>
    name === 'content-type' ? 'text/plain; version=0.0.4' : undefined
  return { ok: true, status: 200, statusText: 'OK', header, body: new TextEncoder().encode('a 1\n') }
}

/** One node's pool; `scrapes` are the moments at which each host was asked, `delivered` what came of it. */
class Node {
  readonly registry: Registry = createRegistry()
  readonly log = recordingLog()
  readonly scrapes: { readonly host: string; readonly at: number }[] = []
  readonly delivered: { readonly host: string; readonly at: number; readonly stale: boolean }[] = []
  serve: (request: HttpRequest) => Promise<HttpResponse | HttpFailure> = async () => okay()
  readonly pool: ScrapePool
  readonly clock: FakeClock
  readonly receivers: readonly Receiver[]
  readonly client: PoolSettings['client']

  /**
   * `cost`: what each look at the clock adds to it, so that work takes time and is cut into slices. `turn`: what happens
   * between slices; time passes only there.
   */
  constructor(clock: FakeClock, timers: Timers, cost = 0, turn: () => Promise<void> = () => clock.turn()) {
    this.clock = clock
    let spent = 0
    const slices = createSlices({ turn, monotonic: () => clock.monotonic() + (spent += cost) })
    this.pool = createScrapePool(this.registry, {
      clock,
      timers,
      codecs,
      files: {} as never,
      bodies: createBodies(codecs, 0),
      log: this.log,
      userAgent: 'skein/test',
      hashSeed: 1,
      slices,
    })
    this.receivers = [this.receiver()]
    this.client = {
      send: (request) => {
        this.scrapes.push({ host: request.url.hostname, at: clock.now() })
        return this.serve(request)
      },
    }
  }

  update(targets: readonly TargetLabels[], changes: Partial<PoolSettings> = {}): Promise<void> {
    const { client, receivers } = this
    return this.pool.update({ config: CONFIG, client, receivers, scheduleSeed: SEED, targets, ...changes })
  }

  /** Timestamps of the scrapes of a host that arrived. */
  arrived(host: string): number[] {
    return this.delivered.filter((one) => one.host === host && !one.stale).map(({ at }) => at)
  }

  stale(host: string): number {
    return this.delivered.filter((one) => one.host === host && one.stale).length
  }

  metric(name: string, labels = ''): number {
    const line = this.registry
      .expose()
      .split('\n')
      .find((text) => text.startsWith(name) && !text.startsWith('#') && text.includes(labels))
    return Number(line?.slice(line.lastIndexOf(' ')))
  }

  private receiver(): Receiver {
    return {
      name: 'test',
      open: (source) => ({
        append: (batch) => {
          for (let i = 0; i < batch.count; i++) {
            const labels = source.labels(batch.slots[i])
            if (labels?.[labels.indexOf('__name__') + 1] !== 'up') continue
            const host = labels[labels.indexOf('instance') + 1].split(':')[0]
            this.delivered.push({ host, at: batch.timestamp, stale: batch.stale?.[i] === 1 })
          }
          return undefined
        },
        close: () => undefined,
      }),
    }
  }
}

function world(cost = 0, monotonic = 1000): { clock: FakeClock; node: Node; other: Node } {
  const clock = createFakeClock({ now: 1_000_000_000_000, monotonic })
  const timers = createTimers(clock)
  return { clock, node: new Node(clock, timers, cost), other: new Node(clock, timers, cost) }
}

describe('a target that moved to another node', () => {
  it('is scraped no more, gets no markers, and is counted; the others are left alone', async () => {
    const { clock, node } = world()
    const [a, b] = [target('a'), target('b')]
    void node.update([a, b])
    await clock.advance(3 * INTERVAL)
    void node.update([b], { moved: [a], at: clock.monotonic() })
    await clock.advance(5 * INTERVAL)
    expect(node.arrived('a')).toHaveLength(3)
    expect(node.arrived('b')).toHaveLength(8)
    expect(node.stale('a')).toBe(0)
    expect(node.metric('prometheus_scrape_targets_moved_total')).toBe(1)
    expect(node.metric('prometheus_scrape_targets_gauge')).toBe(1)
    await node.pool.stop('silently')
    await clock.advance(INTERVAL)
    expect(clock.pending).toBe(0)
  })

  it('is not confused with one that is gone', async () => {
    const { clock, node } = world()
    const [a, b] = [target('a'), target('b')]
    void node.update([a, b])
    await clock.advance(3 * INTERVAL)
    void node.update([], { moved: [a] })
    await clock.advance(5 * INTERVAL)
    expect([node.stale('a'), node.stale('b')]).toEqual([0, 1])
    expect(node.metric('prometheus_scrape_targets_moved_total')).toBe(1)
  })

  it('has its scrape under way finished and delivered', async () => {
    const { clock, node } = world()
    const a = target('a')
    let finish = (): void => undefined
    node.serve = () => new Promise((resolve) => (finish = () => resolve(okay())))
    void node.update([a])
    await clock.advance(INTERVAL)
    expect(node.scrapes).toHaveLength(1)
    void node.update([], { moved: [a], at: clock.monotonic() })
    await clock.advance(100)
    finish()
    await clock.advance(INTERVAL * 3)
    expect(node.arrived('a')).toHaveLength(1)
    expect(node.scrapes).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('has its scrape under way given up when the process stops', async () => {
    const { clock, node } = world()
    const a = target('a')
    let signal: AbortSignal | undefined
    node.serve = (request) => {
      signal = request.signal
      return new Promise((resolve) =>
        request.signal?.addEventListener('abort', () => resolve({ ok: false, reason: 'aborted', message: 'aborted' })),
      )
    }
    void node.update([a])
    await clock.advance(INTERVAL)
    void node.update([], { moved: [a] })
    await clock.settle()
    expect(signal?.aborted).toBe(false)
    await node.pool.stop('silently')
    expect(signal?.aborted).toBe(true)
    expect(node.delivered).toEqual([])
  })

  it('gets no markers either when the job is removed right after', async () => {
    const { clock, node } = world()
    const [a, b] = [target('a'), target('b')]
    void node.update([a, b])
    await clock.advance(2 * INTERVAL)
    void node.update([b], { moved: [a] })
    await node.pool.stop('at-once')
    expect([node.stale('a'), node.stale('b')]).toEqual([0, 1])
  })

  it('begins anew when it comes back', async () => {
    const { clock, node } = world()
    const a = target('a')
    void node.update([a])
    await clock.advance(2 * INTERVAL)
    void node.update([], { moved: [a] })
    void node.update([a], { at: clock.monotonic() })
    await clock.advance(2 * INTERVAL)
    expect(node.arrived('a')).toHaveLength(4)
    expect(node.stale('a')).toBe(0)
  })
})

describe('places in the grid', () => {
  /** Hands all targets over from one node to the other at `at`, work taking `cost` per step. */
  async function handOver(after: number, cost: number, monotonic: number, count: number): Promise<void> {
    const clock = createFakeClock({ now: 1_000_000_000_000, monotonic })
    const timers = createTimers(clock)
    const [node, other] = [new Node(clock, timers, cost), new Node(clock, timers, cost)]
    const targets = Array.from({ length: count }, (_, i) => target(`t${i}`))
    const at = clock.monotonic() + 3 * INTERVAL + after
    // Made before any loop is: it comes first of all that is due at the same moment.
    timers.at(at, () => {
      void node.update([], { moved: targets, at })
      void other.update(targets, { at })
    })
    void node.update(targets)
    void other.update([])
    await clock.advance(6 * INTERVAL + after)
    for (let i = 0; i < count; i++) {
      const all = [...node.arrived(`t${i}`), ...other.arrived(`t${i}`)].sort((a, b) => a - b)
      expect(all.length).toBeGreaterThanOrEqual(6)
      for (let n = 1; n < all.length; n++) expect(all[n] - all[n - 1]).toBe(INTERVAL)
    }
    await Promise.all([node.pool.stop('silently'), other.pool.stop('silently')])
  }

  it('are taken exactly once, whenever a target changes hands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: INTERVAL }), (after) => handOver(after, 0, 1000, 20)),
      { numRuns: 15 },
    )
  })

  it('are taken exactly once at every single moment around a place, fractions included', async () => {
    // With one target the place is the same in each run; look for it first.
    const { clock, node } = world()
    void node.update([target('t0')])
    await clock.advance(INTERVAL)
    const place = node.arrived('t0')[0] % INTERVAL
    await node.pool.stop('silently')
    for (const offset of [-1, -0.75, -0.001, 0, 0.001, 0.25, 1]) {
      for (const monotonic of [1000, 1000.625]) {
        for (const cost of [0, 5]) await handOver((place + offset + INTERVAL) % INTERVAL, cost, monotonic, 1)
      }
    }
  })

  it('are the same on all nodes with the same seed, and change when the seed does', async () => {
    const { clock, node, other } = world()
    void node.update([target('a')])
    await clock.advance(377)
    void other.update([target('a')])
    await clock.advance(3 * INTERVAL)
    expect(other.arrived('a').at(-1)).toBe(node.arrived('a').at(-1))
    void node.update([target('a')], { scheduleSeed: scheduleSeed('elsewhere') })
    await clock.advance(3 * INTERVAL)
    expect(other.arrived('a').at(-1)).not.toBe(node.arrived('a').at(-1))
    expect(node.stale('a')).toBe(0)
  })

  it('that passed before the loop began are made up for, when the target was this node’s by then', async () => {
    const { clock, node } = world()
    void node.update([])
    await clock.advance(INTERVAL)
    const at = clock.monotonic() - 900
    void node.update(
      Array.from({ length: 50 }, (_, i) => target(`t${i}`)),
      { at },
    )
    await clock.advance(0)
    // Nine of ten places lie in the last 900 ms.
    expect(node.scrapes.length).toBeGreaterThan(35)
    expect(node.scrapes.length).toBeLessThan(50)
  })
})

describe('an update of many targets', () => {
  const many = Array.from({ length: 300 }, (_, i) => target(`t${i}`))

  it('leaves the event loop free in between, and is finished all the same', async () => {
    const { clock, node } = world(0.5)
    let turns = 0
    const turn = clock.turn.bind(clock)
    clock.turn = () => {
      turns++
      return turn()
    }
    await node.update(many)
    expect(turns).toBeGreaterThan(2)
    await clock.advance(INTERVAL)
    expect(new Set(node.scrapes.map(({ host }) => host)).size).toBe(300)
    await node.update([])
    await clock.advance(INTERVAL * 4)
    expect(node.scrapes).toHaveLength(300)
    expect(clock.pending).toBe(0)
  })

  it('is overtaken by a newer one, wherever it stands', async () => {
    const lists = fc.array(fc.uniqueArray(fc.nat(299), { maxLength: 300 }), { minLength: 2, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(lists, fc.array(fc.nat(6), { minLength: 5, maxLength: 5 }), async (all, pauses) => {
        const { clock, node } = world(1)
        for (const [i, list] of all.entries()) {
          void node.update(list.map((one) => many[one]))
          for (let n = 0; n < pauses[i]; n++) await new Promise((resolve) => setImmediate(resolve))
        }
        await clock.settle()
        node.scrapes.length = 0
        await clock.advance(INTERVAL * 4)
        node.scrapes.length = 0
        await clock.advance(INTERVAL)
        const wanted = (all.at(-1) ?? []).map((i) => `t${i}`)
        expect(node.scrapes.map(({ host }) => host).sort()).toEqual(wanted.sort())
        expect(node.metric('prometheus_scrape_targets_gauge')).toBe(wanted.length)
        await node.pool.stop('silently')
        await clock.advance(INTERVAL)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 10 },
    )
  })

  describe('while it is carried out', () => {
    /** A node whose work stands still between slices until the gate is opened, for good. */
    function gated(): { clock: FakeClock; node: Node; open: () => void } {
      const clock = createFakeClock({ now: 1_000_000_000_000 })
      let opened = (): void => undefined
      let isOpen = true
      let gate = Promise.resolve()
      const node = new Node(clock, createTimers(clock), 1, async () => {
        await gate
        await clock.turn()
      })
      void node.update(many)
      return {
        clock,
        node,
        get open() {
          if (isOpen) gate = new Promise((resolve) => (opened = resolve))
          isOpen = false
          return opened
        },
      }
    }

    it('what moved is scraped no more, however long it takes', async () => {
      const world = gated()
      const { clock, node } = world
      await clock.advance(2 * INTERVAL)
      node.scrapes.length = 0
      const { open } = world
      void node.update([], { moved: many, at: clock.monotonic() })
      await clock.advance(2 * INTERVAL)
      expect(node.scrapes).toEqual([])
      open()
      await clock.advance(4 * INTERVAL)
      expect(node.scrapes).toEqual([])
      expect(clock.pending).toBe(0)
    })

    it('places are remembered, also when a newer one takes over', async () => {
      const world = gated()
      const { clock, node } = world
      await clock.advance(INTERVAL)
      const { open } = world
      const fresh = Array.from({ length: 40 }, (_, i) => target(`fresh${i}`))
      void node.update([...many, ...fresh], { at: clock.monotonic() })
      await clock.advance(INTERVAL - 1)
      void node.update([...many, ...fresh.slice(1)])
      open()
      await clock.advance(0)
      expect(node.scrapes.filter(({ host }) => host.startsWith('fresh')).length).toBeGreaterThan(35)
    })

    it('what moved gets no markers when the job is removed', async () => {
      const world = gated()
      const { clock, node } = world
      await clock.advance(2 * INTERVAL)
      const { open } = world
      // So much that is new that the update doesn't get as far as ending what moved.
      const fresh = Array.from({ length: 300 }, (_, i) => target(`fresh${i}`))
      void node.update([...many.slice(1), ...fresh], { moved: many.slice(0, 1) })
      const stopped = node.pool.stop('at-once')
      open()
      await stopped
      expect([node.stale('t0'), node.stale('t1')]).toEqual([0, 1])
    })
  })

  it('that is overtaken still counts for places and for what moved', async () => {
    const { clock, node, other } = world(1)
    void node.update(many)
    await clock.advance(3 * INTERVAL)
    const at = clock.monotonic()
    const rest = many.slice(0, 10)
    void node.update(rest, { moved: many.slice(10), at })
    // New targets from discovery, before the slices of the first update are done.
    const fresh = target('fresh')
    void node.update([...rest, fresh])
    void other.update(many.slice(10), { at })
    void other.update([...many.slice(10)])
    await clock.advance(3 * INTERVAL)
    for (const { host } of [...node.scrapes]) {
      if (host === 'fresh') continue
      expect(node.stale(host)).toBe(0)
      const arrived = [...node.arrived(host), ...other.arrived(host)].sort((a, b) => a - b)
      expect(arrived).toHaveLength(6)
      for (let n = 1; n < 6; n++) expect(arrived[n] - arrived[n - 1]).toBe(INTERVAL)
    }
    expect(node.metric('prometheus_scrape_targets_moved_total')).toBe(290)
    expect(node.arrived('fresh')).toHaveLength(3)
  })
})

describe('the metrics of a pool', () => {
  it('show targets by health', async () => {
    const { clock, node } = world()
    node.serve = async ({ url }) =>
      url.hostname === 'bad' ? { ok: false, reason: 'refused', message: 'refused' } : okay()
    void node.update([target('good'), target('bad'), target('fine')])
    const health = (): number[] =>
      ['up', 'down', 'unknown'].map((one) => node.metric('prometheus_target_scrape_pool_targets_by_health', `"${one}"`))
    expect(health()).toEqual([0, 0, 3])
    await clock.advance(INTERVAL)
    expect(health()).toEqual([2, 1, 0])
  })

  it('count targets that can not be scraped in every update, and say so once', async () => {
    const { clock, node } = world()
    const list = [target('a'), new Map([['job', 'x']])]
    void node.update(list)
    void node.update(list)
    void node.update([...list, new Map(list[0])])
    await clock.advance(INTERVAL)
    expect(node.metric('prometheus_target_sync_failed_total')).toBe(3)
    expect(node.log.messages().filter((message) => message === 'target left out')).toHaveLength(1)
    expect(node.arrived('a')).toHaveLength(1)
    expect(node.metric('prometheus_scrape_targets_gauge')).toBe(1)
  })
})

describe('what a pool tells of its targets', () => {
  it('is how each goes, with the labels as they were given', async () => {
    const { clock, node } = world()
    node.serve = async ({ url }) =>
      url.hostname === 'bad' ? { ok: false, reason: 'refused', message: 'refused' } : okay()
    const [good, bad] = [new Map([...target('good'), ['__meta_x', 'y'], ['job', 'own']]), target('bad')]
    void node.update([good, bad])
    const begin = clock.now()
    const before = [...node.pool.scraped()]
    expect(before.map(({ labels }) => labels)).toEqual([good, bad])
    expect(before[0].labels).toBe(good)
    expect(before[0].status).toMatchObject({ health: 'unknown', lastScrape: 0, since: begin })
    await clock.advance(INTERVAL)
    const [first, second] = [...node.pool.scraped()]
    expect(first.status).toEqual({
      job: 'own',
      url: 'http://good/metrics',
      health: 'up',
      labels: ['instance', 'good:80', 'job', 'own'],
      lastError: '',
      lastScrape: node.arrived('good')[0],
      lastScrapeDurationSeconds: 0,
      lastSamples: 1,
      intervalSeconds: INTERVAL / 1000,
      since: begin,
    })
    expect(second.status).toMatchObject({ health: 'down', lastError: expect.stringMatching(/refused/), lastSamples: 0 })
    // Looking makes nothing new: there may be thousands.
    expect(before[0].status).toBe(first.status)
    await node.pool.stop('silently')
  })

  it('follows a new interval, and other objects for the same targets', async () => {
    const { clock, node } = world()
    void node.update([target('a')])
    await clock.advance(INTERVAL)
    const again = target('a')
    void node.update([again], { config: scrapeConfig({ scrapeInterval: 5000, scrapeTimeout: 500 }) })
    const [one, ...others] = [...node.pool.scraped()]
    expect(others).toEqual([])
    expect(one.labels).toBe(again)
    expect(one.status).toMatchObject({ health: 'up', intervalSeconds: 5 })
    await node.pool.stop('silently')
    expect([...node.pool.scraped()]).toEqual([])
  })

  it('leaves no doubt about those that another node has', async () => {
    const { clock, node } = world(1)
    const many = Array.from({ length: 50 }, (_, i) => target(`t${i}`))
    await Promise.all([node.update(many), clock.advance(INTERVAL)])
    const moved = many.slice(0, 40)
    const done = node.update(many.slice(40), { moved, at: clock.monotonic() })
    // At once, although their loops end one after the other.
    const left = [...node.pool.scraped()].filter(({ leaving }) => !leaving)
    expect(left.map(({ labels }) => labels)).toEqual(many.slice(40))
    await Promise.all([done, clock.advance(INTERVAL)])
    expect([...node.pool.scraped()].map(({ labels }) => labels)).toEqual(many.slice(40))
    await node.pool.stop('silently')
  })
})
