import { describe, expect, it } from 'vitest'
import type { ExplainAnswer, TargetExplanation } from '../../core/api/targets.ts'
import type { NodeState } from '../../core/cluster/wire/types.ts'
import type { Ask } from '../../core/fleet/ask.ts'
import { createExplain, type Explain } from '../../core/fleet/explain.ts'
import { aloneSinceWords, sinceWords } from '../../core/fleet/explain-words.ts'
import { createLocating } from '../../core/fleet/locate.ts'
import { createReports, type Reports, type ScrapeJob } from '../../core/fleet/reports.ts'
import { targetsPage } from '../../core/fleet/targets.ts'
import { compileRules } from '../../core/labels/relabel.ts'
import { MAX_EXPLAINED_MATCHES } from '../../core/limits.ts'
import { createAloneOwnership } from '../../core/ownership/alone.ts'
import { distribute, keysOf, NO_TARGETS, type TargetLabels } from '../../core/ownership/distribute.ts'
import type { OwnerChange } from '../../core/ownership/since.ts'
import type { Hold, RecordedOwnership, Shares } from '../../core/ownership/types.ts'
import { buildRing } from '../../core/ring/build.ts'
import { createWorld } from '../components/world.ts'
import { CONFIG, createTestNodes, JOB, keyText, scrapedOf, type TestNode, type TestNodes } from './explain-nodes.ts'
import { atOnce, target } from './target-world.ts'

const ALL = Array.from({ length: 6 }, (_, i) =>
  target(`10.0.0.${i}:9100`, { __meta_zone: 'z', app: i % 2 === 0 ? 'shop' : 'web' }),
)

function explanationIn(answer: ExplainAnswer): TargetExplanation {
  if (answer.found !== 'one') throw new Error(`found ${answer.found}`)
  return answer.explanation
}

/** Two nodes that see each other. */
async function pair(): Promise<TestNodes & { readonly a: TestNode; readonly b: TestNode }> {
  const world = createTestNodes()
  const states = new Map<string, NodeState>([['a', 'participant']])
  const a = world.add('a', new Map(), ALL)
  a.see(states, undefined)
  await world.clock.advance(5_000)
  states.set('b', 'participant')
  const b = world.add('b', states, ALL)
  for (const node of [a, b]) node.see(states, undefined)
  await world.clock.advance(5_000)
  return { ...world, a, b }
}

/** A target of the first node, and one of the second. */
function one(node: TestNode): TargetLabels {
  const [first] = node.scraped()
  if (first === undefined) throw new Error('it has none')
  return first
}

describe('the explanation of a shared target', () => {
  it('tells of one of its own without asking anybody', async () => {
    const { a, asked } = await pair()
    const labels = one(a)
    const told = explanationIn(await a.explain({ component: JOB, key: keyText(labels) }))
    expect(asked).toEqual([])
    expect(told).toMatchObject({
      by: 'a',
      local: true,
      reason: 'owner',
      hold: null,
      runnersUp: ['b'],
      unanswered: null,
      target: { owner: 'a', toldBy: 'a', health: 'up', labels: { app: labels.get('app'), job: JOB } },
      since: { at: '2026-01-01T00:00:00.000Z', before: null, joined: ['a'], left: [] },
    })
    expect(told.token).toMatch(/^[0-9a-f]{16}$/)
    expect(told.relabelling.map(({ component }) => component)).toEqual([JOB])
    expect(told.relabelling[0].output).toEqual(told.target.labels)
  })

  it('asks the owner of another how it is, and nobody else', async () => {
    const { a, b, asked } = await pair()
    const told = explanationIn(await a.explain({ component: JOB, key: keyText(one(b)) }))
    expect(asked).toHaveLength(1)
    expect(told).toMatchObject({
      local: false,
      reason: 'other-owner',
      target: { owner: 'b', toldBy: 'b', samples: 7 },
      since: { before: 'a', joined: ['b'], left: [] },
    })
    expect(told.since.sentence).toBe(
      "It has been b's since 2026-01-01T00:00:05.500Z, when b joined; before, it was a's.",
    )
  })

  it('tells what it knows when the owner does not answer, and why that did not', async () => {
    const { a, b, silent } = await pair()
    silent.set('b', "it runs Alloy, which can't tell")
    const labels = one(b)
    const told = explanationIn(await a.explain({ component: JOB, key: keyText(labels) }))
    expect(told.unanswered).toBe("it runs Alloy, which can't tell")
    expect(told.target).toMatchObject({
      owner: 'b',
      toldBy: null,
      health: 'unknown',
      lastScrape: null,
      url: `http://${labels.get('__address__')}/metrics`,
      labels: { instance: labels.get('__address__') },
    })
  })

  it('says that one without an address can not be scraped, instead of asking its owner', async () => {
    const { a, b, asked, clock } = await pair()
    const broken: TargetLabels[] = Array.from({ length: 8 }, (_, i) => new Map([['n', String(i)]]))
    for (const node of [a, b]) node.setTargets(broken)
    await clock.advance(5_000)
    for (const labels of broken) {
      const told = explanationIn(await a.explain({ component: JOB, key: keyText(labels) }))
      expect(told).toMatchObject({ local: false, target: { toldBy: null }, unanswered: null })
      expect(told.sentence).toMatch(`${JOB} can't scrape it: no address`)
      expect(['a', 'b']).toContain(told.target.owner)
    }
    expect(asked).toEqual([])
  })

  it('tells when the owner is gone, or does not scrape it', async () => {
    const { a, b } = await pair()
    const key = keyText(one(b))
    b.setTargets([])
    expect(explanationIn(await a.explain({ component: JOB, key })).unanswered).toMatch(/does not scrape it/)
    a.see(new Map([['a', 'participant']]), undefined)
    expect(explanationIn(await a.explain({ component: JOB, key })).unanswered).toBe('it is not in the cluster any more')
  })

  it('goes by the split that is carried out, not by shares that are not yet', async () => {
    const [before, after] = [sharesOf(['a'], 1), sharesOf(['b'], 2)]
    const ownership: RecordedOwnership = {
      shares: () => after,
      subscribe: () => () => undefined,
      history: () => [
        { at: 1000, participants: ['a'], hold: undefined, version: 1 },
        { at: 2000, participants: ['b'], hold: undefined, version: 2 },
      ],
    }
    const explain = alone(ownership, [jobOf({ shared: () => true, distribution: () => split(before) })])
    const told = explanationIn(await explain({ component: JOB, key: keyText(ALL[0]) }))
    expect(told).toMatchObject({ local: true, reason: 'owner', since: { at: null } })
    // Not split yet: by what there is.
    const unsplit = alone(ownership, [jobOf({ shared: () => true, distribution: () => undefined })])
    expect(explanationIn(await unsplit({ component: JOB, key: keyText(ALL[0]) }))).toMatchObject({
      local: false,
      target: { owner: 'b' },
      since: { at: '1970-01-01T00:00:02.000Z', before: 'a', joined: ['b'], left: ['a'] },
    })
  })
})

describe('the explanation of a target that is not shared', () => {
  it('is that this node scrapes what it finds', async () => {
    const explain = alone(createAloneOwnership('a'), [jobOf({})])
    const told = explanationIn(await explain({ component: JOB, key: keyText(ALL[0]) }))
    expect(told).toMatchObject({
      by: 'a',
      local: true,
      reason: 'not-clustered',
      token: null,
      runnersUp: [],
      sentence: 'a scrapes it: it takes part in no cluster.',
      target: { owner: null, toldBy: 'a', health: 'up' },
      since: { at: '1970-01-01T00:00:05.000Z' },
    })
    const clustered: RecordedOwnership = { ...createAloneOwnership('a'), shares: () => sharesOf(['a', 'b'], 1) }
    const other = explanationIn(await alone(clustered, [jobOf({})])({ component: JOB, key: keyText(ALL[0]) }))
    expect(other.sentence).toBe(
      `a scrapes it: ${JOB} has no clustering block that is enabled, so each node that runs it scrapes all that it finds.`,
    )
  })

  it('is that nobody can scrape it, when its labels make no target', async () => {
    const broken: TargetLabels = new Map([['__address__', '']])
    const job = { given: () => [broken], scraped: () => [] }
    const told = explanationIn(
      await alone(createAloneOwnership('a'), [jobOf(job)])({ component: JOB, key: keyText(broken) }),
    )
    expect(told).toMatchObject({
      local: false,
      target: { toldBy: null, error: expect.stringMatching(/^no address/) },
      since: { sentence: 'It is not scraped.' },
      unanswered: null,
    })
    expect(told.sentence).toBe(`${JOB} can't scrape it: ${told.target.error}.`)
  })

  it('is left to the node that has it, when another does', async () => {
    const mine = alone(createAloneOwnership('b'), [jobOf({})])
    const theirs = explanationIn(await mine({ component: JOB, key: keyText(ALL[0]) })).target
    const key = theirs.key
    const reports = createReports()
    const explain = createExplain({
      ...depsOf(createAloneOwnership('a'), reports),
      targets: async (query) => {
        expect(query).toMatchObject({ scope: 'fleet', search: `key=${key}`, component: JOB })
        return { ...NO_PAGE, matched: 1, targets: [{ ...theirs, toldBy: 'b' }] }
      },
    })
    const told = explanationIn(await explain({ component: JOB, key }))
    expect(told).toMatchObject({ by: 'a', local: false, relabelling: [], target: { toldBy: 'b' } })
    expect(told.sentence).toMatch(/^b scrapes it; .* ask b for the reasons/)
  })
})

describe('searching for a target to be explained', () => {
  it('explains when one is meant, lists when several are', async () => {
    const { a, b, asked } = await pair()
    const address = one(b).get('__address__')
    const told = explanationIn(await a.explain({ search: `instance=${address}`, component: undefined }))
    expect(told.target).toMatchObject({ owner: 'b', toldBy: 'b' })
    // What the search brought is not asked for again.
    expect(asked).toHaveLength(1)
    const several = await a.explain({ search: 'app=shop', component: JOB })
    expect(several).toMatchObject({ found: 'several', matched: 3 })
    expect(several.found === 'several' && several.targets.map(({ labels }) => labels['app'])).toEqual([
      'shop',
      'shop',
      'shop',
    ])
  })

  it('takes what several nodes scrape, each for itself, for one', async () => {
    const explain = alone(createAloneOwnership('a'), [jobOf({})])
    const { target: row } = explanationIn(await explain({ component: JOB, key: keyText(ALL[0]) }))
    const reports = createReports()
    reports.jobs.add(jobOf({}))
    const both = createExplain({
      ...depsOf(createAloneOwnership('a'), reports),
      targets: async ({ scope }) =>
        scope === 'node'
          ? { ...NO_PAGE, matched: 1, targets: [row] }
          : { ...NO_PAGE, matched: 2, targets: [{ ...row, toldBy: 'b' }, row] },
    })
    expect(explanationIn(await both({ search: 'x', component: undefined })).target.toldBy).toBe('a')
  })

  it('names what relabelling dropped, when nothing is found, and what can not be scraped', async () => {
    const reports = createReports()
    const found = [
      target('10.0.0.1:9100', { __meta_app: 'db' }),
      target('10.0.0.2:9100', { __meta_app: 'web' }),
      target('10.0.0.3:9100', { __meta_app: 'db', __param_target: 'http://ann:geheim@db' }),
    ]
    const compiled = compileRules([
      { sourceLabels: ['__meta_app'], targetLabel: 'app' },
      { action: 'keep', sourceLabels: ['app'], regex: 'web' },
      { targetLabel: 'never' },
    ])
    if (!compiled.ok) throw new Error('wrong rules')
    reports.relabellings.add({ component: 'discovery.relabel.x', given: () => found, rules: () => compiled.rules })
    reports.relabellings.add({
      component: 'discovery.relabel.other',
      given: () => found.slice(0, 1),
      rules: () => compiled.rules,
    })
    reports.jobs.add(jobOf({ given: () => [new Map([['app', 'broken']])], scraped: () => [] }))
    const explain = createExplain({
      ...depsOf(createAloneOwnership('a'), reports),
      sourcesOf: (id) => (id === JOB ? ['discovery.relabel.x'] : []),
    })
    const dropped = async (search: string, component?: string): Promise<readonly (readonly [string, string])[]> => {
      const answer = await explain({ search, component })
      if (answer.found !== 'none') throw new Error(`found ${answer.found}`)
      return answer.dropped.map(({ stages, sentence }) => [stages[0].input['__address__'] ?? '', sentence])
    }
    const sentence = (id: string): string => `discovery.relabel.${id} drops it by its rule 2, keep [app] web.`
    expect(await dropped('__meta_app=db')).toEqual([
      ['10.0.0.1:9100', sentence('other')],
      ['10.0.0.1:9100', sentence('x')],
      ['10.0.0.3:9100', sentence('x')],
    ])
    expect(await dropped('__meta_app=db', JOB)).toHaveLength(2)
    expect(await dropped('instance=10.0.0.3:9100')).toHaveLength(1)
    expect(await dropped('http://10.0.0.3:9100/met*')).toHaveLength(1)
    // Nobody finds out a password by trying what is found.
    expect([await dropped('geheim'), await dropped('ann')]).toMatchObject([[], { length: 1 }])
    // One that is kept is none of them.
    expect(await dropped('10.0.0.2:9100')).toEqual([])
    expect(await dropped('app=broken')).toEqual([['', expect.stringMatching(`^${JOB} can't scrape it: no address`)]])
  })

  it('names some when thousands were dropped', async () => {
    const reports = createReports()
    const found = Array.from({ length: 5_000 }, (_, i) => target(`h:${i}`))
    const compiled = compileRules([{ action: 'drop', regex: '' }])
    if (!compiled.ok) throw new Error('wrong rules')
    reports.relabellings.add({ component: 'discovery.relabel.x', given: () => found, rules: () => compiled.rules })
    const answer = await createExplain(depsOf(createAloneOwnership('a'), reports))({ search: '', component: undefined })
    expect(answer.found === 'none' && answer.dropped.length).toBe(MAX_EXPLAINED_MATCHES)
  })

  it('finds nothing behind a key that nobody has, or that is none', async () => {
    const explain = alone(createAloneOwnership('a'), [jobOf({})])
    for (const key of ['0000000000000000', 'x', '']) {
      expect(await explain({ component: JOB, key })).toEqual({ found: 'none', dropped: [], unanswered: [] })
    }
    expect(await explain({ component: 'prometheus.scrape.none', key: keyText(ALL[0]) })).toEqual({
      found: 'none',
      dropped: [],
      unanswered: [],
    })
  })

  it('says who could not be asked, when nothing is found', async () => {
    const { a, b, silent } = await pair()
    silent.set('b', 'it wants other credentials')
    const unanswered = [{ node: 'b', reason: 'it wants other credentials' }]
    const none = { found: 'none', dropped: [], unanswered }
    expect(await a.explain({ search: 'app=none', component: undefined })).toEqual(none)
    expect(await a.explain({ component: JOB, key: '0000000000000000' })).toEqual(none)
    const url = `http://${one(b).get('__address__')}/metrics`
    const told = explanationIn(await a.explain({ search: url, component: undefined }))
    expect(told).toMatchObject({ target: { owner: 'b', url }, unanswered: 'it wants other credentials' })
  })
})

describe('locating a target', () => {
  it('goes by all of the key', async () => {
    const keyed = { targets: ALL.slice(0, 3), keys: Uint32Array.of(1, 5, 2, 5, 2, 6), duplicates: [] }
    const shares = sharesOf(['a'], 1)
    const distribution = { shares, keyed, local: Uint32Array.of(0, 1, 2), counts: NO_COUNTS }
    const locating = createLocating(atOnce)
    const job = jobOf({ shared: () => true, distribution: () => distribution })
    const found = async (key: string): Promise<TargetLabels | undefined> => (await locating.find(job, key))?.labels
    expect(await found('0000000200000005')).toBe(ALL[1])
    expect(await found('0000000200000006')).toBe(ALL[2])
    expect(await found('0000000100000006')).toBeUndefined()
  })
})

describe('in a running configuration', () => {
  const CONFIGURATION = `
    discovery.relabel "pods" {
      targets = [{ "__address__" = "a:1", "__meta_pod" = "web-1" }, { "__address__" = "b:1", "__meta_pod" = "db-1" }]
      rule {
        source_labels = ["__meta_pod"]
        regex         = "web-.*"
        action        = "keep"
      }
      rule {
        source_labels = ["__meta_pod"]
        target_label  = "pod"
      }
    }
    prometheus.scrape "web" {
      targets    = discovery.relabel.pods.output
      forward_to = [test.sink.default.receiver]
    }
    test.sink "default" {}`

  it('tells how a target came to its labels, and which were dropped, until the components end', async () => {
    const world = createWorld()
    await world.load(CONFIGURATION)
    const sources = new Map(world.graph.components().map(({ id, referencesTo }) => [id, referencesTo]))
    const explain = createExplain({
      ...depsOf(createAloneOwnership('box'), world.reports),
      sourcesOf: (id) => sources.get(id) ?? [],
    })
    const told = explanationIn(await explain({ search: 'pod=web-1', component: undefined }))
    expect(told.target.labels).toEqual({ instance: 'a:1', job: 'prometheus.scrape.web', pod: 'web-1' })
    expect(told.relabelling.map(({ component }) => component)).toEqual([
      'discovery.relabel.pods',
      'prometheus.scrape.web',
    ])
    const [pods, scrape] = told.relabelling
    expect(pods.input).toEqual({ __address__: 'a:1', __meta_pod: 'web-1' })
    expect(pods.output).toEqual(scrape.input)
    expect(scrape.output).toEqual(told.target.labels)
    const none = await explain({ search: 'b:1', component: 'prometheus.scrape.web' })
    expect(none).toMatchObject({ found: 'none', dropped: [{ stages: [{ output: null }] }] })
    await world.stop()
    expect(world.reports.relabellings.all()).toEqual([])
  })
})

describe('the words about since when', () => {
  const T = Date.UTC(2026, 0, 1)
  const change = (changes: Partial<OwnerChange>): OwnerChange => ({
    at: T,
    known: T,
    owner: 'b',
    before: 'a',
    joined: [],
    left: [],
    ...changes,
  })
  const small: Hold = { kind: 'too-small', size: 1, minimum: 3 }
  const free = { hold: undefined, at: undefined, before: undefined }
  const date = '2026-01-01T00:00:00.000Z'

  it.each<[Partial<OwnerChange>, string]>([
    [{ joined: ['b'] }, `It has been b's since ${date}, when b joined; before, it was a's.`],
    [{ left: ['a'] }, `It has been b's since ${date}, when a left; before, it was a's.`],
    [{ left: ['a', 'c'] }, `It has been b's since ${date}, when a and c left; before, it was a's.`],
    [
      { left: ['a', 'c', 'd', 'e', 'f'], joined: ['b'] },
      `It has been b's since ${date}, when a, c, d and 2 more left and b joined; before, it was a's.`,
    ],
    [
      { before: undefined, joined: ['b'] },
      `It has been b's since ${date}, when b joined; before, nobody participated.`,
    ],
    [{ owner: undefined, left: ['a'] }, `Nobody has participated since ${date}, when a left.`],
    [{ at: undefined }, `It has been b's for as long as this node remembers, which is since ${date}.`],
    [
      { at: undefined, owner: undefined },
      `Nobody has participated for as long as this node remembers, which is since ${date}.`,
    ],
    [{ at: undefined, known: undefined }, 'Nothing is remembered of how the work was shared.'],
  ])('of %j', (changes, sentence) => {
    expect(sinceWords(change(changes), free, 'x').sentence).toBe(sentence)
  })

  it('tell of a hold that began or ended later than that', () => {
    const later = T + 1000
    const words = (...[held, self]: [Parameters<typeof sinceWords>[1], string]): string =>
      sinceWords(change({ left: ['a'] }), held, self).sentence.replace(/^.*?it was a's\./, '')
    expect(words({ hold: small, at: later, before: undefined }, 'x')).toBe(
      ' This node has been held back since 2026-01-01T00:00:01.000Z: the cluster was too small, 1 of 3 nodes.',
    )
    const ended = { hold: undefined, at: later, before: { kind: 'joining' } } as const
    expect(words(ended, 'b')).toBe(
      ' This node has scraped it since 2026-01-01T00:00:01.000Z; until then it was held back: it was joining the cluster.',
    )
    expect(words(ended, 'x')).toBe('')
    expect(words({ ...ended, at: T }, 'b')).toBe('')
  })

  it('of what is not shared', () => {
    expect(aloneSinceWords(T)).toMatchObject({ at: date, sentence: expect.stringContaining(date) })
    expect(aloneSinceWords(undefined)).toMatchObject({ at: null, sentence: 'It is not scraped.' })
  })
})

const NO_COUNTS = { local: 3, foreign: 0, held: 0, duplicate: 0 } as const

const NO_PAGE = {
  total: 0,
  matched: 0,
  health: { up: 0, down: 0, unknown: 0 },
  targets: [],
  components: [],
  owners: [],
  unanswered: [],
} as const

const nobody: Ask = () => Promise.reject(new Error('nobody is to be asked'))

function depsOf(ownership: RecordedOwnership, reports: Reports): Parameters<typeof createExplain>[0] {
  const { self } = ownership.shares()
  const deps = {
    reports,
    ownership,
    self,
    peers: () => [],
    ask: nobody,
    slices: atOnce,
    clock: { turn: async () => undefined },
  }
  return { ...deps, sourcesOf: () => [], targets: (query) => targetsPage(query, deps) }
}

function alone(ownership: RecordedOwnership, jobs: readonly ScrapeJob[]): Explain {
  const reports = createReports()
  for (const job of jobs) reports.jobs.add(job)
  const deps = depsOf(ownership, reports)
  return createExplain({ ...deps, ask: async () => ({ ok: false, reason: 'connection refused' }) })
}

function jobOf(changes: Partial<ScrapeJob>): ScrapeJob {
  return {
    component: JOB,
    shared: () => false,
    config: () => CONFIG,
    distribution: () => undefined,
    given: () => ALL,
    scraped: () => ALL.flatMap((labels) => scrapedOf(labels, 5_000) ?? []),
    ...changes,
  }
}

function sharesOf(names: readonly string[], version: number): Shares {
  return { clustered: true, self: 'a', ring: buildRing(names), hold: undefined, version }
}

function split(shares: Shares): ReturnType<ScrapeJob['distribution']> {
  const keyed = whole(keysOf(ALL, NO_TARGETS))
  return whole(distribute(keyed, shares))
}

function whole<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}
