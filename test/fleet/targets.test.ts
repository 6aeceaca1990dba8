import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTargetsPage } from '../../core/api/shapes/targets.ts'
import type { TargetQuery, TargetRow, TargetSort, TargetsPage } from '../../core/api/targets.ts'
import { targetsPage } from '../../core/fleet/targets.ts'
import { hex64 } from '../../core/hash/u64.ts'
import { MAX_TARGETS_PAGED, MAX_TARGETS_PER_PAGE } from '../../core/limits.ts'
import type { TargetLabels } from '../../core/ownership/distribute.ts'
import { buildRing } from '../../core/ring/build.ts'
import { targetKey } from '../../core/ring/keys.ts'
import type { TargetStatus } from '../../core/scrape/loop.ts'
import { ALL, identity, type JobShape, type NodeShape, target, targetWorld } from './target-world.ts'

const SORTS: readonly TargetSort[] = ['url', 'job', 'component', 'owner', 'health', 'lastScrape', 'duration', 'samples']
const NOON = Date.UTC(2026, 0, 1, 12)

function addresses(count: number): TargetLabels[] {
  return Array.from({ length: count }, (_, i) => target(`10.0.${i >> 8}.${i & 255}:9100`))
}

function keyOf(labels: TargetLabels): string {
  const halves = new Uint32Array(2)
  targetKey(labels, halves, 0)
  return hex64({ hi: halves[0], lo: halves[1] })
}

function ownerOf(labels: TargetLabels, names: readonly string[]): string {
  const ring = buildRing(names)
  const halves = new Uint32Array(2)
  targetKey(labels, halves, 0)
  return ring.names[ring.owner(halves[0], halves[1])]
}

/** How the last scrape of a target went: the same wherever it is scraped. */
function madeUp(labels: TargetLabels): Partial<TargetStatus> {
  const number = Number.parseInt(keyOf(labels).slice(0, 6), 16)
  const health = (['up', 'down', 'unknown'] as const)[number % 3]
  return {
    health,
    lastError: health === 'down' ? 'connection refused' : '',
    lastScrape: health === 'unknown' ? 0 : NOON + (number % 5) * 1000,
    lastScrapeDurationSeconds: (number % 4) / 100,
    lastSamples: number % 7,
  }
}

const shared: JobShape = { component: 'prometheus.scrape.shared', shared: true, targets: addresses(60) }
const alone: JobShape = { component: 'prometheus.scrape.alone', shared: false, targets: addresses(7) }

describe('the targets of a node', () => {
  it('are told with all that is known of them', async () => {
    const labels = target('user:secret@db:80', {
      __metrics_path__: '/stats',
      team: 'http://me:secret@wiki',
      __meta_x: 'y',
    })
    const job: JobShape = { component: 'prometheus.scrape.db', shared: false, targets: [labels] }
    const world = targetWorld([{ name: 'a' }], [job], () => ({
      health: 'down',
      url: 'http://user:secret@db/stats',
      lastError: 'connect http://user:secret@db: refused',
      lastScrape: NOON,
      lastScrapeDurationSeconds: 0.25,
      lastSamples: 12,
      intervalSeconds: 15,
    }))
    const expected: TargetRow = {
      component: 'prometheus.scrape.db',
      key: keyOf(labels),
      job: 'prometheus.scrape.db',
      url: 'http://user:xxxxx@db/stats',
      labels: { instance: 'user:secret@db:80', job: 'prometheus.scrape.db', team: 'http://me:xxxxx@wiki' },
      owner: null,
      toldBy: 'a',
      health: 'down',
      lastScrape: '2026-01-01T12:00:00.000Z',
      durationSeconds: 0.25,
      samples: 12,
      intervalSeconds: 15,
      error: 'connect http://user:xxxxx@db: refused',
    }
    for (const scope of ['node', 'fleet'] as const) {
      expect(await world.ask('a', { scope })).toEqual({
        total: 1,
        matched: 1,
        health: { up: 0, down: 1, unknown: 0 },
        targets: [expected],
        components: ['prometheus.scrape.db'],
        owners: ['a'],
        unanswered: [],
      })
    }
    // A password must not be found out letter by letter.
    for (const search of ['team=http://me:s*', 'secret@wiki', 'user:secret@db/stats', 'secret@db:*refused']) {
      expect(await world.ask('a', { search })).toMatchObject({ matched: 0 })
    }
  })

  it('are told as they are, however often they were looked at before', async () => {
    const world = targetWorld([{ name: 'a' }], [{ ...alone, targets: [target('db:80')] }])
    const deps = world.deps('a')
    const [job] = deps.reports.jobs.all()
    const [one] = [...job.scraped()]
    const look = async (): Promise<TargetRow> => (await targetsPage(ALL, deps)).targets[0]
    expect((await look()).labels).toEqual({ instance: 'db:80', job: alone.component })
    Object.assign(one.status, { health: 'up', lastScrape: NOON, lastSamples: 3 })
    expect(await look()).toMatchObject({ health: 'up', samples: 3, lastScrape: '2026-01-01T12:00:00.000Z' })
    Object.assign(one.status, { labels: ['job', 'new'], url: 'http://db/new' })
    expect(await look()).toMatchObject({ labels: { job: 'new' }, url: 'http://db/new' })
  })

  it('leave out those that are another node’s by now', async () => {
    const world = targetWorld([{ name: 'a' }], [alone])
    const deps = world.deps('a')
    const [job] = deps.reports.jobs.all()
    const scraped = [...job.scraped()].map((one, i) => ({ ...one, leaving: i === 0 }))
    const jobs = { ...deps.reports.jobs, all: () => [{ ...job, scraped: () => scraped }] }
    expect(await targetsPage(ALL, { ...deps, reports: { jobs } })).toMatchObject({ total: 6, matched: 6 })
  })
})

describe('the targets of a fleet', () => {
  const three: NodeShape[] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]

  it('are each told of by their owner, and those that are not shared by every node', async () => {
    const page = await targetWorld(three, [shared, alone], madeUp).ask('b')
    expect(page).toMatchObject({ total: 60 + 21, matched: 60 + 21, owners: ['a', 'b', 'c'], unanswered: [] })
    expect(page.components).toEqual([alone.component, shared.component])
    const names = ['a', 'b', 'c']
    for (const labels of shared.targets) {
      const rows = page.targets.filter((row) => row.component === shared.component && row.key === keyOf(labels))
      expect(rows).toMatchObject([{ owner: ownerOf(labels, names), toldBy: ownerOf(labels, names) }])
    }
    for (const labels of alone.targets) {
      const rows = page.targets.filter((row) => row.component === alone.component && row.key === keyOf(labels))
      expect(rows.map(({ owner, toldBy }) => [owner, toldBy])).toEqual([...names.map((name) => [null, name])])
    }
  })

  it.each<[string, NodeShape, RegExp]>([
    ['runs Alloy', { name: 'c', kind: 'alloy' }, /it runs Alloy/],
    ['does not answer', { name: 'c', silent: true }, /connection refused/],
    [
      'is held',
      { name: 'c', hold: { kind: 'too-small', size: 3, minimum: 4 } },
      /has 3 of the 4 nodes that --cluster.wait/,
    ],
    ['is joining', { name: 'c', hold: { kind: 'joining' } }, /still joining/],
    [
      'has a rival',
      { name: 'c', hold: { kind: 'name-conflict', rival: '1.2.3.4:1' } },
      /1\.2\.3\.4:1 has the same name/,
    ],
  ])('of a node that %s are listed as unknown', async (_, node, reason) => {
    const world = targetWorld([{ name: 'a' }, { name: 'b' }, node], [shared], madeUp)
    for (const asked of node.hold === undefined ? ['a', 'b'] : ['a', 'b', 'c']) {
      const page = await world.ask(asked)
      expect(page.unanswered).toEqual([{ node: 'c', reason: expect.stringMatching(reason) }])
      expect(page).toMatchObject({ total: 60, matched: 60 })
      const lost = shared.targets.filter((labels) => ownerOf(labels, ['a', 'b', 'c']) === 'c')
      expect(lost.length).toBeGreaterThan(0)
      const untold = page.targets.filter(({ toldBy }) => toldBy === null)
      expect(untold.map(({ key }) => key).sort()).toEqual(lost.map(keyOf).sort())
      const address = lost[0].get('__address__') as string
      expect(untold).toContainEqual({
        component: shared.component,
        key: keyOf(lost[0]),
        job: shared.component,
        url: '',
        labels: { instance: address, job: shared.component },
        owner: 'c',
        toldBy: null,
        health: 'unknown',
        lastScrape: null,
        durationSeconds: 0,
        samples: 0,
        intervalSeconds: 0,
        error: '',
      })
      expect(await world.ask(asked, { search: `instance=${address}`, owner: 'c' })).toMatchObject({ matched: 1 })
      expect(await world.ask(asked, { owner: 'c', health: 'up' })).toMatchObject({ matched: 0 })
    }
  })

  it('are told by a node that is leaving, as long as the ring names it', async () => {
    const world = targetWorld([{ name: 'a' }, { name: 'b' }, { name: 'c', state: 'terminating' }], [shared], madeUp)
    const page = await world.ask('a')
    expect(page).toMatchObject({ total: 60, matched: 60, unanswered: [] })
    expect(new Set(page.targets.map(({ toldBy }) => toldBy))).toEqual(new Set(['a', 'b', 'c']))
    // By now others have what was its own.
    const left: NodeShape = { name: 'c', state: 'terminating', silent: true }
    const participants = ['a', 'b']
    const handed = targetWorld([{ name: 'a', participants }, { name: 'b', participants }, left], [shared], madeUp)
    expect(await handed.ask('a')).toMatchObject({ total: 60, unanswered: [] })
    expect(handed.questions).toEqual([expect.stringMatching(/^b /)])
  })

  it.each<[string, NodeShape, RegExp]>([
    ['is gone', { name: 'c', state: 'gone', silent: true }, /^it is not in the cluster any more$/],
    ['leaves in silence', { name: 'c', state: 'terminating', silent: true }, /connection refused/],
    ['runs Alloy and leaves', { name: 'c', state: 'terminating', kind: 'alloy' }, /it runs Alloy/],
  ])('of a node that %s are listed as unknown until the ring has changed', async (_, node, reason) => {
    const world = targetWorld([{ name: 'a' }, { name: 'b' }, node], [shared], madeUp)
    const page = await world.ask('a')
    expect(page.unanswered).toEqual([{ node: 'c', reason: expect.stringMatching(reason) }])
    expect(page).toMatchObject({ total: 60, matched: 60 })
    const lost = shared.targets.filter((labels) => ownerOf(labels, ['a', 'b', 'c']) === 'c')
    const untold = page.targets.filter(({ toldBy }) => toldBy === null)
    expect(untold.map(({ key }) => key).sort()).toEqual(lost.map(keyOf).sort())
  })

  it('of a node that is gone are listed while a job is still split as before', async () => {
    const world = targetWorld([{ name: 'a' }, { name: 'b' }, { name: 'c', state: 'gone', silent: true }], [shared])
    const deps = world.deps('a')
    const shares = { ...deps.ownership.shares(), ring: buildRing(['a', 'b']) }
    expect(await targetsPage(ALL, { ...deps, ownership: { shares: () => shares } })).toMatchObject({
      total: 60,
      unanswered: [{ node: 'c' }],
    })
  })

  it('are found by their URL, though nobody tells it', async () => {
    const job: JobShape = {
      component: 'prometheus.scrape.probes',
      shared: true,
      targets: [
        target('h:9100'),
        target('h:80', { __metrics_path__: '/stats' }),
        target('s:443', { __scheme__: 'https' }),
        target('ann:secret@db:1'),
        target('probe:9115', { __param_target: 'http://db', __metrics_path__: '/probe' }),
      ],
    }
    const world = targetWorld(
      [
        { name: 'a', participants: ['c'] },
        { name: 'c', silent: true },
      ],
      [job],
    )
    for (const search of [
      'http://h:9100/metrics',
      'http://h/stats',
      'https://s/metrics',
      'ann:xxxxx@db:1/metrics',
      'http://probe:9115/probe?target=http%3A%2F%2Fdb',
    ]) {
      expect([search, (await world.ask('a', { search })).matched]).toEqual([search, 1])
    }
    expect(await world.ask('a', { search: 'ann:secret@db:1/metrics' })).toMatchObject({ matched: 0 })
  })

  it('of which no URL is known are in the order of their keys', async () => {
    const world = targetWorld([{ name: 'a' }, { name: 'c', kind: 'alloy' }], [{ ...shared, targets: addresses(3000) }])
    const { targets } = await world.ask('a', { owner: 'c' })
    const keys = targets.map(({ key }) => key)
    expect(keys).toHaveLength(1000)
    expect(keys).toEqual([...keys].sort())
    const { targets: next } = await world.ask('a', { owner: 'c', offset: 1000, limit: 10 })
    expect(next[0].key > keys[999]).toBe(true)
  })

  it('lists a target once that two nodes tell of, by its owner’s word', async () => {
    // b has not heard yet that c is there, and still scrapes some of its targets.
    const world = targetWorld(
      [{ name: 'a' }, { name: 'b', participants: ['a', 'b'] }, { name: 'c' }],
      [shared],
      (labels) => ({
        lastSamples: Number.parseInt(keyOf(labels).slice(0, 4), 16),
      }),
    )
    const told = await world.ask('b', { scope: 'node' })
    const both = told.targets.filter(({ labels }) => ownerOf(target(labels['instance']), ['a', 'b', 'c']) === 'c')
    expect(both.length).toBeGreaterThan(0)
    const page = await world.ask('a')
    expect(page).toMatchObject({ total: 60, matched: 60, health: { up: 0, down: 0, unknown: 60 } })
    expect(new Set(page.targets.map(({ key }) => key)).size).toBe(60)
    for (const { key } of both) expect(page.targets.find((row) => row.key === key)?.toldBy).toBe('c')
  })

  it('are never fewer than none, whatever a peer counts', async () => {
    const { deps } = targetWorld([{ name: 'a' }, { name: 'b' }], [shared])
    const honest = deps('a')
    const page = await targetsPage(ALL, {
      ...honest,
      async ask(peer, path, is) {
        const told = await honest.ask(peer, path, is)
        if (!told.ok) return told
        const { targets } = told.value as unknown as TargetsPage
        const repeated = Array.from({ length: 900 }, (_, i) => ({ ...targets[i % targets.length] }))
        const health = { up: 0, down: Number.MAX_SAFE_INTEGER, unknown: 0 }
        const value = { ...told.value, total: 0, matched: 0, health, targets: repeated }
        return { ok: true, value }
      },
    })
    expect(isTargetsPage(JSON.parse(JSON.stringify(page)))).toBe(true)
    expect(new Set(page.targets.map(identity)).size).toBe(page.targets.length)
  })

  it('are believed of the node alone that was asked', async () => {
    const { deps } = targetWorld([{ name: 'a' }, { name: 'b' }, { name: 'c' }], [shared])
    const honest = deps('a')
    const page = await targetsPage(ALL, {
      ...honest,
      async ask(peer, path, is) {
        const told = await honest.ask(peer, path, is)
        if (!told.ok || peer.name !== 'b') return told
        const { targets } = told.value as unknown as TargetsPage
        const made = targets.map((row) => ({ ...row, toldBy: 'c', url: 'http://made.up/' }))
        return { ok: true, value: { ...told.value, targets: made } }
      },
    })
    const tellers = new Set(page.targets.map(({ toldBy }) => toldBy))
    expect([...tellers].sort()).toEqual(['a', 'c'])
    expect(page.targets.map(({ url }) => url)).not.toContain('http://made.up/')
  })

  it('are asked for in pieces only as far as a page needs them', async () => {
    const many: JobShape = { ...shared, targets: addresses(5000) }
    const world = targetWorld([{ name: 'a' }, { name: 'b' }], [many])
    await world.ask('a', { limit: 100 })
    expect(world.questions).toEqual(['b /api/v1/targets?scope=node&sort=url&order=asc&offset=0&limit=100'])
    const last = await world.ask('a', { offset: 4950, limit: 100 })
    expect(last.targets).toHaveLength(50)
    expect(world.questions.slice(1).map((question) => question.replace(/.*offset/, 'offset'))).toEqual([
      ...[0, 500, 1000, 1500, 2000].map((offset) => `offset=${offset}&limit=500`),
    ])
  })

  it('says which node stopped answering between two pieces', async () => {
    const many: JobShape = { ...shared, targets: addresses(5000) }
    const { deps } = targetWorld([{ name: 'a' }, { name: 'b' }], [many])
    const once = { ...deps('a') }
    const ask = once.ask
    let answers = 0
    const page = await targetsPage(
      { ...ALL, offset: 4000 },
      {
        ...once,
        ask: (peer, path, is) =>
          answers++ === 0 ? ask(peer, path, is) : Promise.resolve({ ok: false, reason: 'gone' }),
      },
    )
    expect(page.unanswered).toEqual([{ node: 'b', reason: 'gone' }])
    expect(page.total).toBe(5000)
  })

  it('counts without listing when no rows are wanted', async () => {
    const page = await targetWorld(three, [shared, alone], madeUp).ask('a', { limit: 0 })
    expect(page).toMatchObject({ total: 81, matched: 81, targets: [] })
  })

  it.each([
    [{ search: '"' }, /double quote/],
    [{ limit: MAX_TARGETS_PER_PAGE + 1 }, /limit is 1001; a page has 1000/],
    [{ offset: MAX_TARGETS_PAGED - 10, limit: 11 }, /ends at target 100001/],
  ])('refuses %j in a sentence', async (changes, message) => {
    const asked = targetWorld(three, [shared]).ask('a', changes)
    await expect(asked).rejects.toMatchObject({ code: 'config', message: expect.stringMatching(message) })
  })
})

const nodes: fc.Arbitrary<NodeShape[]> = fc
  .array(fc.constantFrom('skein', 'skein', 'skein', 'alloy', 'silent', 'held'), { minLength: 1, maxLength: 5 })
  .map((kinds) =>
    kinds.map((kind, i): NodeShape => {
      const name = `node-${i}`
      if (i === 0 || kind === 'skein') return { name }
      if (kind === 'held') return { name, hold: { kind: 'joining' } }
      return kind === 'alloy' ? { name, kind } : { name, silent: true }
    }),
  )

const jobs: fc.Arbitrary<JobShape[]> = fc
  .array(
    fc.record({
      shared: fc.boolean(),
      targets: fc.array(
        fc
          .tuple(fc.nat(40), fc.option(fc.constantFrom('x', 'y')), fc.option(fc.constantFrom('west', 'east')))
          .map(([host, job, zone]) => target(`h${host}:80`, { ...(job && { job }), ...(zone && { zone }) })),
        { maxLength: 60 },
      ),
    }),
    { maxLength: 3 },
  )
  .map((all) => all.map((job, i) => ({ ...job, component: `prometheus.scrape.j${i}` })))

const questions: fc.Arbitrary<Partial<TargetQuery>> = fc.record({
  search: fc.constantFrom('', 'zone=west', 'job!=x', 'h1*', '80', 'zone=* h2'),
  health: fc.constantFrom(undefined, undefined, 'up', 'down', 'unknown'),
  owner: fc.constantFrom(undefined, undefined, 'node-0', 'node-1'),
  component: fc.constantFrom(undefined, undefined, 'prometheus.scrape.j0'),
  sort: fc.constantFrom(...SORTS),
  descending: fc.boolean(),
})

describe('any page of any fleet', () => {
  it('is a piece of the one list in which each target stands once, and the counts are those of that list', async () => {
    await fc.assert(
      fc.asyncProperty(
        nodes,
        jobs,
        questions,
        fc.integer({ min: 1, max: 17 }),
        async (members, all, question, limit) => {
          const world = targetWorld(members, all, madeUp)
          const everything = await world.ask('node-0')
          expect(everything.total).toBe(everything.targets.length)
          expect(new Set(everything.targets.map(identity)).size).toBe(everything.total)
          expect(everything.targets.map(identity).sort()).toEqual(expectedTargets(members, all).sort())

          const list = everything.targets.filter((row) => matches(row, question)).sort(order(question))
          const paged: TargetRow[] = []
          for (let offset = 0; ; offset += limit) {
            const page = await world.ask('node-0', { ...question, offset, limit })
            expect(isTargetsPage(JSON.parse(JSON.stringify(page)))).toBe(true)
            expect(page).toMatchObject({ total: everything.total, matched: list.length, health: tally(list) })
            expect(page.components).toEqual(all.map(({ component }) => component))
            paged.push(...page.targets)
            if (page.targets.length < limit) break
          }
          expect(paged).toEqual(list)
        },
      ),
      { numRuns: 150 },
    )
  })
})

/** Each shared target once; those that aren't shared once for each node that tells. */
function expectedTargets(members: readonly NodeShape[], all: readonly JobShape[]): string[] {
  const telling = members.filter(({ kind, silent }) => kind !== 'alloy' && !silent)
  return all.flatMap(({ component, shared, targets }) => {
    const keys = [...new Set(targets.map(keyOf))]
    if (shared && members.length > 1) return keys.map((key) => `${component} ${key} `)
    return keys.flatMap((key) => telling.map(({ name }) => `${component} ${key} ${name}`))
  })
}

function matches(row: TargetRow, { search, health, owner, component }: Partial<TargetQuery>): boolean {
  const { labels, url } = row
  const words: Record<string, boolean> = {
    'zone=west': labels['zone'] === 'west',
    'job!=x': labels['job'] !== 'x',
    'h1*': [url, ...Object.values(labels)].some((text) => text.includes('h1')),
    '80': [url, ...Object.values(labels)].some((text) => text.includes('80')),
    'zone=* h2': [url, ...Object.values(labels)].some((text) => text.includes('h2')),
  }
  return (
    (search ? words[search] : true) &&
    (health === undefined || row.health === health) &&
    (owner === undefined || (row.owner ?? row.toldBy) === owner) &&
    (component === undefined || row.component === component)
  )
}

/** Written out anew. */
function order({ sort = 'url', descending = false }: Partial<TargetQuery>): (a: TargetRow, b: TargetRow) => number {
  const first: Record<TargetSort, (row: TargetRow) => string | number> = {
    url: ({ url }) => url,
    job: ({ job }) => job,
    component: ({ component }) => component,
    owner: ({ owner }) => owner ?? '',
    health: ({ health }) => ['down', 'unknown', 'up'].indexOf(health),
    lastScrape: ({ lastScrape }) => lastScrape ?? '',
    duration: ({ durationSeconds }) => durationSeconds,
    samples: ({ samples }) => samples,
  }
  const rest = [
    (row: TargetRow) => row.url,
    (row: TargetRow) => row.component,
    (row: TargetRow) => row.key,
    (row: TargetRow) => row.toldBy ?? '',
  ]
  return (a, b) => {
    const way = descending ? -1 : 1
    if (first[sort](a) !== first[sort](b)) return first[sort](a) < first[sort](b) ? -way : way
    for (const of of rest) if (of(a) !== of(b)) return of(a) < of(b) ? -1 : 1
    return 0
  }
}

function tally(rows: readonly TargetRow[]): Record<string, number> {
  const counts: Record<string, number> = { up: 0, down: 0, unknown: 0 }
  for (const { health } of rows) counts[health]++
  return counts
}
