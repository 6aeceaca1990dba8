/**
 * What GET /api/v1/targets costs the node that is asked: `node bench/micro/targets.mjs [targets]`, 10,000 unless given.
 *
 *   own      all of them are scraped by the asked node, which is alone
 *   untold   a fifth is, the others belong to nodes that can't tell how they are: Alloy's
 *   merged   a third is, the others are told by two peers (whose own work is not counted, but reading their JSON is)
 *
 * CPU time of one answer without writing it as JSON, the best of some rounds, and the longest time in one turn of the event
 * loop, which counts only on a quiet machine.
 */
import { bundled } from './bundle.mjs'

const TARGETS = Number(process.argv[2] ?? 10_000)
const ROUNDS = 15

const core = await bundled(['core/fleet/targets', 'core/ring/build', 'core/ownership/distribute', 'core/time/slices'])

const clock = {
  monotonic: () => performance.now(),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}

/** Slices that note how long the event loop was held. */
function watched() {
  let longest = 0
  let started = performance.now()
  const slices = core.createSlices({
    monotonic: clock.monotonic,
    async turn() {
      longest = Math.max(longest, performance.now() - started)
      await clock.turn()
      started = performance.now()
    },
  })
  return {
    slices,
    begin: () => (started = performance.now()),
    end: () => (longest = Math.max(longest, performance.now() - started)),
    longest: () => longest,
  }
}

function given(i) {
  const address = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}:${8000 + (i % 1000)}`
  return new Map([
    ['__address__', address],
    ['__meta_kubernetes_namespace', 'production'],
    ['instance', address],
    ['job', `production/service-${i % 40}`],
    ['namespace', 'production'],
    ['pod', `service-${i % 40}-${i}`],
  ])
}

function scraped(labels, i) {
  const flat = [...labels].filter(([name]) => !name.startsWith('__')).flat()
  const status = {
    job: labels.get('job'),
    url: `http://${labels.get('__address__')}/metrics`,
    health: i % 50 === 0 ? 'down' : 'up',
    labels: flat,
    lastError: i % 50 === 0 ? 'connection refused' : '',
    lastScrape: 1_800_000_000_000 + (i % 15_000),
    lastScrapeDurationSeconds: (i % 97) / 1000,
    lastSamples: i % 1013,
    intervalSeconds: 15,
    since: 1_700_000_000_000,
  }
  return { labels, status, leaving: false }
}

const all = Array.from({ length: TARGETS }, (_, i) => given(i))

function run(work) {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

function node(self, names, slices, ask) {
  const ring = core.buildRing(names)
  const shares = { clustered: names.length > 1, self, ring, hold: undefined, version: 1 }
  const distribution = run(core.distribute(run(core.keysOf(all, core.NO_TARGETS)), shares))
  const own = names.length > 1 ? Array.from(distribution.local, (i) => scraped(all[i], i)) : all.map(scraped)
  const job = {
    component: 'prometheus.scrape.pods',
    shared: () => names.length > 1,
    config: () => ({ jobName: 'prometheus.scrape.pods' }),
    distribution: () => (names.length > 1 ? distribution : undefined),
    given: () => all,
    scraped: () => own,
  }
  const peers = names.map((name) => ({ name, address: name, state: 'participant', self: name === self, meta: {} }))
  return {
    self,
    reports: { jobs: { all: () => [job] } },
    ownership: { shares: () => shares },
    peers: () => peers,
    ask,
    slices,
    clock,
  }
}

const PAGE = { search: '', sort: 'url', descending: false, offset: 0, limit: 100, scope: 'fleet' }

/** What peers answer is made before anything is measured. */
async function answersOf(names) {
  const texts = new Map()
  const ask = async ({ name }, path, is) => {
    const text = texts.get(`${name} ${path}`)
    if (text !== undefined) {
      // Answers come from the network one after the other.
      await clock.turn()
      const value = JSON.parse(text)
      return is(value) ? { ok: true, value } : { ok: false, reason: 'wrong' }
    }
    const query = new URL(path, 'http://node').searchParams
    const question = {
      ...PAGE,
      search: query.get('search') ?? '',
      sort: query.get('sort'),
      descending: query.get('order') === 'desc',
      offset: Number(query.get('offset')),
      limit: Number(query.get('limit')),
      scope: 'node',
    }
    const value = await core.targetsPage(question, others.get(name))
    texts.set(`${name} ${path}`, JSON.stringify(value))
    return { ok: true, value }
  }
  const others = new Map(names.map((name) => [name, node(name, names, core.createSlices(clock), ask)]))
  return ask
}

const QUESTIONS = [
  ['the first 100', {}],
  ['a word in all texts', { search: 'service-7-' }],
  ['a label with *', { search: 'job=production/service-1* pod!=*9' }],
  ['by health', { sort: 'health' }],
  ['by owner', { sort: 'owner', descending: true }],
  ['by samples, the last 1000', { sort: 'samples', offset: TARGETS - 1000, limit: 1000 }],
]

async function measure(what, names, ask) {
  for (const [title, changes] of QUESTIONS) {
    let best = Number.POSITIVE_INFINITY
    let held = Number.POSITIVE_INFINITY
    let matched = 0
    for (let round = 0; round < ROUNDS; round++) {
      const watch = watched()
      const deps = node('a', names, watch.slices, ask)
      if (round === 0) await core.targetsPage({ ...PAGE, ...changes }, deps)
      watch.begin()
      const start = process.cpuUsage()
      ;({ matched } = await core.targetsPage({ ...PAGE, ...changes }, deps))
      const { user, system } = process.cpuUsage(start)
      watch.end()
      best = Math.min(best, (user + system) / 1000)
      held = Math.min(held, watch.longest())
    }
    const figures = `${best.toFixed(1).padStart(6)} ms   longest turn ${held.toFixed(1)} ms   ${matched} match`
    console.log(`${what.padEnd(8)}${title.padEnd(28)}${figures}`)
  }
}

await measure('own', ['a'], undefined)
await measure('untold', ['a', 'b', 'c', 'd', 'e'], async () => ({ ok: false, reason: 'it runs Alloy' }))
const three = ['a', 'b', 'c']
await measure('merged', three, await answersOf(three))
