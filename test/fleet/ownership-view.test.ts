import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOwnershipViews, type OwnershipViews } from '../../core/fleet/ownership-view.ts'
import { createReports, type ScrapeJob } from '../../core/fleet/reports.ts'
import { createRingViews } from '../../core/fleet/ring-view.ts'
import { MAX_NAMES_IN_CHANGES, MAX_RING_ARCS } from '../../core/limits.ts'
import { decide } from '../../core/ownership/decide.ts'
import { distribute, keysOf, NO_TARGETS, type TargetLabels } from '../../core/ownership/distribute.ts'
import type { Hold, ShareRecord, Shares } from '../../core/ownership/types.ts'
import { buildRing, EMPTY_RING } from '../../core/ring/build.ts'
import type { Ring } from '../../core/ring/types.ts'
import type { Slices } from '../../core/time/slices.ts'
import { CONFIG, scrapedOf } from './explain-nodes.ts'
import { atOnce, target } from './target-world.ts'

const JOINING: Hold = { kind: 'joining' }

function sharesOf(names: readonly string[], changes: Partial<Shares> = {}): Shares {
  return { clustered: true, self: 'a', ring: buildRing(names), hold: undefined, version: 1, ...changes }
}

function whole<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

function jobOf(
  component: string,
  targets: readonly TargetLabels[],
  shares: Shares | undefined,
  shared = true,
): ScrapeJob {
  const distribution = shares && whole(distribute(whole(keysOf(targets, NO_TARGETS)), shares))
  return {
    component,
    shared: () => shared,
    config: () => CONFIG,
    distribution: () => distribution,
    given: () => targets,
    scraped: () => [],
  }
}

function viewsOf(
  shares: Shares,
  jobs: readonly ScrapeJob[],
  records: readonly ShareRecord[] = [],
  slices: Slices = atOnce,
): OwnershipViews {
  const reports = createReports()
  for (const job of jobs) reports.jobs.add(job)
  const ownership = { shares: () => shares, subscribe: () => () => undefined, history: () => records }
  return createOwnershipViews({ reports, ownership, slices })
}

const targets = Array.from({ length: 40 }, (_, i) => target(`h:${i % 36}`))

describe('the view of ownership', () => {
  it('counts what every node has, of every job', async () => {
    const shares = sharesOf(['a', 'b', 'c'])
    const views = viewsOf(shares, [
      jobOf('prometheus.scrape.x', targets, shares),
      jobOf('prometheus.scrape.y', targets.slice(0, 5), shares),
      jobOf('prometheus.scrape.z', targets, undefined, false),
      jobOf('prometheus.scrape.split', targets, undefined, true),
    ])
    const view = await views.view()
    expect(view).toMatchObject({ node: 'a', clustered: true, hold: null })
    const [unsplit, x, y, z] = view.jobs
    expect(x).toMatchObject({ component: 'prometheus.scrape.x', clustered: true, total: 40, held: 0, duplicate: 4 })
    expect(x.local + x.foreign).toBe(36)
    expect(x.byOwner['a']).toBe(x.local)
    expect(Object.values(x.byOwner).reduce((sum, count) => sum + count)).toBe(36)
    expect(z).toMatchObject({ clustered: false, total: 40, local: 0, duplicate: 4, byOwner: {} })
    expect(unsplit).toMatchObject({ clustered: true, total: 40, local: 0, held: 40, byOwner: {} })
    const sums = await views.sharesByOwner()
    expect([...sums.keys()]).toEqual(['a', 'b', 'c'])
    for (const [name, count] of sums) expect(count).toBe(x.byOwner[name] + y.byOwner[name])
  })

  it('counts of a job that is not shared what is scraped', async () => {
    const given = [...targets, new Map([['app', 'no address']])]
    const scraped = targets.slice(0, 36).flatMap((labels) => scrapedOf(labels, 0) ?? [])
    const leaving = scraped.slice(0, 1).map((one) => ({ ...one, leaving: true }))
    const job = { ...jobOf('x', given, undefined, false), scraped: () => [...scraped, ...leaving] }
    const [counts] = (await viewsOf(sharesOf(['a']), [job]).view()).jobs
    expect(counts).toMatchObject({ clustered: false, total: 41, local: 36, foreign: 0, held: 0, duplicate: 4 })
  })

  it('says who would have them while this node is held, and nothing while nobody participates', async () => {
    const held = sharesOf(['a', 'b'], { hold: JOINING })
    const view = await viewsOf(held, [jobOf('x', targets, held)]).view()
    expect(view.hold).toEqual(JOINING)
    expect(view.jobs[0]).toMatchObject({
      local: 0,
      held: 36,
      byOwner: { a: expect.any(Number), b: expect.any(Number) },
    })
    const nobody = sharesOf([])
    const empty = viewsOf(nobody, [jobOf('x', targets, nobody)])
    expect((await empty.view()).jobs[0]).toMatchObject({ local: 36, byOwner: {} })
    expect(await empty.sharesByOwner()).toEqual(new Map())
  })

  it('counts once, however often it is looked at', async () => {
    let works = 0
    const counting: Slices = {
      run(work) {
        works++
        return atOnce.run(work)
      },
    }
    const shares = sharesOf(['a', 'b'])
    const views = viewsOf(shares, [jobOf('x', targets, shares)], [], counting)
    await Promise.all([views.view(), views.sharesByOwner(), views.view()])
    await views.view()
    expect(works).toBe(1)
  })

  it('lists changes, the newest first, with who came and went', async () => {
    const records: ShareRecord[] = [
      { at: 0, participants: [], hold: JOINING, version: 0 },
      { at: 1000, participants: ['b', 'c'], hold: JOINING, version: 1 },
      { at: 2000, participants: ['a', 'b'], hold: undefined, version: 2 },
    ]
    expect((await viewsOf(sharesOf(['a']), [], records).view()).changes).toEqual([
      { at: '1970-01-01T00:00:02.000Z', participants: ['a', 'b'], joined: ['a'], left: ['c'], hold: null },
      { at: '1970-01-01T00:00:01.000Z', participants: ['b', 'c'], joined: ['b', 'c'], left: [], hold: JOINING },
      { at: '1970-01-01T00:00:00.000Z', participants: [], joined: [], left: [], hold: JOINING },
    ])
  })

  it('lists fewer changes of large clusters', async () => {
    const crowd = Array.from({ length: MAX_NAMES_IN_CHANGES / 4 }, (_, i) => `n${i}`)
    const records = Array.from(
      { length: 10 },
      (_, i): ShareRecord => ({ at: i, participants: crowd, hold: undefined, version: i }),
    )
    expect((await viewsOf(sharesOf(['a']), [], records).view()).changes).toHaveLength(4)
    const giant = Array.from({ length: 2 * MAX_NAMES_IN_CHANGES }, (_, i) => `n${i}`)
    const one = await viewsOf(sharesOf(['a']), [], [{ at: 1, participants: giant, hold: undefined, version: 1 }]).view()
    expect(one.changes).toHaveLength(1)
  })
})

/** Shares of the key space with whole numbers of any size. */
function exactShares(ring: Ring): Map<string, number> {
  const token = (place: number): bigint => {
    const { hi, lo } = ring.at(place).token
    return (BigInt(hi) << 32n) | BigInt(lo)
  }
  const sums = new Map(ring.names.map((name) => [name, 0n]))
  for (let place = 0; place < ring.size; place++) {
    const name = ring.names[ring.at(place).owner]
    const width = place === 0 ? token(0) - token(ring.size - 1) + (1n << 64n) : token(place) - token(place - 1)
    sums.set(name, (sums.get(name) as bigint) + width)
  }
  return new Map([...sums].map(([name, sum]) => [name, Number((sum * 10n ** 15n) >> 64n) / 1e15]))
}

describe('the view of the ring', () => {
  it('is empty when nobody participates', async () => {
    const view = await createRingViews(atOnce).view('a', EMPTY_RING, new Map())
    expect(view).toEqual({ node: 'a', nodes: [], arcs: [] })
  })

  it('gives a single node everything', async () => {
    const view = await createRingViews(atOnce).view('a', buildRing(['a']), new Map([['a', 7]]))
    expect(view.nodes).toEqual([{ name: 'a', tokens: 512, share: 1, targets: 7 }])
    expect(view.arcs).toEqual([{ to: 1, node: 0 }])
  })

  it('has exact shares, and arcs that say for each place whose it is', async () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 })
    const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), {
      minLength: 1,
      maxLength: 50,
    })
    await fc.assert(
      fc.asyncProperty(names, places, async (some, looked) => {
        const ring = buildRing(some)
        const { nodes, arcs } = await createRingViews(atOnce).view('a', ring, new Map())
        const exact = exactShares(ring)
        expect(nodes.map(({ name }) => name)).toEqual(ring.names)
        for (const { name, share, tokens } of nodes) {
          expect(share).toBeCloseTo(exact.get(name) as number, 12)
          expect(tokens).toBe(512)
        }
        expect(arcs.length).toBeLessThanOrEqual(MAX_RING_ARCS)
        expect(arcs.at(-1)?.to).toBe(1)
        arcs.slice(1).forEach(({ to, node }, i) => {
          expect(to).toBeGreaterThan(arcs[i].to)
          expect(node).not.toBe(arcs[i].node)
        })
        for (const place of looked) {
          const hi = Math.floor(place * 2 ** 32)
          const { owner } = decide(hi, 0, { clustered: true, self: 'x', ring, hold: undefined, version: 1 })
          const arc = arcs.find(({ to }) => hi / 2 ** 32 <= to)
          expect(ring.names[arc?.node ?? -1]).toBe(owner)
        }
      }),
      { numRuns: 25 },
    )
  })

  it('shows large rings by a sample that keeps to the shares', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `node-${i}`)
    const { nodes, arcs } = await createRingViews(atOnce).view('a', buildRing(names), new Map())
    expect(arcs.length).toBeLessThanOrEqual(MAX_RING_ARCS)
    expect(arcs.length).toBeGreaterThan(MAX_RING_ARCS / 2)
    expect(nodes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
    const shown = nodes.map(() => 0)
    let from = 0
    for (const { to, node } of arcs) {
      shown[node] += to - from
      from = to
    }
    expect(from).toBe(1)
    nodes.forEach(({ share }, i) => {
      expect(Math.abs(shown[i] - share)).toBeLessThan(0.03)
    })
  })

  it('draws a ring once', async () => {
    let works = 0
    const views = createRingViews({
      run(work) {
        works++
        return atOnce.run(work)
      },
    })
    const ring = buildRing(['a', 'b'])
    await Promise.all([views.view('a', ring, new Map()), views.view('a', ring, new Map())])
    expect(works).toBe(1)
  })
})
