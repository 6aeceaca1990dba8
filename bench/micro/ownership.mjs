/**
 * What sharing targets costs: `node bench/micro/ownership.mjs [targets] [nodes]`, 1,000,000 and 1,000 unless given.
 *
 *   keys     hash the label sets of all targets (and the ratio to copying their bytes alone)
 *   ring     from nothing; with one node more; with one less
 *   owners   of all targets from their keys; by the plain ring, and by decide() as the jobs do it
 *   change   a scrape job of 100,000 targets whose cluster changes: how long the event loop was held at most
 *   memory   of a target that another node owns, beside the labels that discovery holds anyway
 *
 * Throughput is CPU time, the event loop is watched by the wall clock: on a busy machine only the best rounds mean something.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bundled } from './bundle.mjs'

const TARGETS = Number(process.argv[2] ?? 1_000_000)
const NODES = Number(process.argv[3] ?? 1_000)
const JOB_TARGETS = 100_000
const ROUNDS = 5

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
const core = await bundled([
  'core/limits',
  'core/ring/build',
  'core/ring/keys',
  'core/ownership/decide',
  'core/ownership/distribute',
  'core/ownership/sharing',
  'core/ownership/shares',
  'core/scrape/pool',
  'core/scrape/bodies',
  'core/time/slices',
  'core/time/timers',
  'core/telemetry/registry',
])

const names = Array.from({ length: NODES }, (_, i) => `skein-${i}.skein.monitoring.svc.cluster.local`)

/** As Kubernetes discovery makes them after relabelling: 146 bytes are hashed. */
function labelsOf(i) {
  return new Map([
    ['__address__', `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}:${8000 + (i % 1000)}`],
    ['__meta_kubernetes_namespace', 'production'],
    ['__metrics_path__', '/metrics'],
    ['__scheme__', 'http'],
    ['instance', `pod-${i}`],
    ['job', 'production/api-gateway'],
    ['namespace', 'production'],
  ])
}

function run(work) {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** By CPU time, so that what else the machine does counts little. */
function timed(body) {
  const start = process.cpuUsage()
  const result = body()
  const { user, system } = process.cpuUsage(start)
  return { ms: (user + system) / 1000, result }
}

/** The best of some rounds: the machine's noise only ever adds. */
function best(rounds, body) {
  return Array.from({ length: rounds }, () => timed(body)).reduce((a, b) => (a.ms <= b.ms ? a : b))
}

function row(what, text) {
  console.log(`${what.padEnd(44)}${text}`)
}

function each(ms, count) {
  return `${ms.toFixed(1)} ms   ${((ms * 1e6) / count).toFixed(0)} ns each`
}

// First, while the heap holds only what such a node would hold: a full heap makes the collector's pauses longer.
await changes(3, 4)
await changes(10, 11)
await changes(NODES, NODES + 1)

const targets = Array.from({ length: TARGETS }, (_, i) => labelsOf(i))
const keys = best(3, () => run(core.keysOf(targets, core.NO_TARGETS)))
const copied = best(3, () => {
  const buffer = new Uint8Array(1024)
  let sum = 0
  for (const labels of targets) {
    let at = 0
    for (const [name, value] of labels) {
      for (let i = 0; i < name.length; i++) buffer[at++] = name.charCodeAt(i)
      for (let i = 0; i < value.length; i++) buffer[at++] = value.charCodeAt(i)
    }
    sum += at
  }
  return sum
})
row(
  `keys of ${TARGETS} label sets`,
  `${each(keys.ms, TARGETS)}   ${(keys.ms / copied.ms).toFixed(1)} x copying the bytes`,
)

const fromNothing = best(3, () => run(core.createRingBuilder().build(names)))
row(`ring of ${NODES} nodes`, `${fromNothing.ms.toFixed(1)} ms`)
const builder = core.createRingBuilder()
run(builder.build(names))
const rounds = Array.from({ length: 5 }, () => [
  timed(() => run(builder.build([...names, 'one-more']))).ms,
  timed(() => run(builder.build(names))).ms,
])
const [more, less] = [0, 1].map((i) => Math.min(...rounds.map((round) => round[i])))
row('  one node more, one less', `${more.toFixed(1)} ms, ${less.toFixed(1)} ms`)

const ring = fromNothing.result
const { keys: halves } = keys.result
const owners = best(5, () => {
  let sum = 0
  for (let i = 0; i < TARGETS; i++) sum += ring.owner(halves[2 * i], halves[2 * i + 1])
  return sum
})
row(`owners of ${TARGETS} keys`, each(owners.ms, TARGETS))
const shares = { clustered: true, self: names[0], ring, hold: undefined, version: 1 }
const split = best(5, () => run(core.distribute(keys.result, shares)))
row('  by decide(), split into local and foreign', each(split.ms, TARGETS))
row(
  'owners in total: from keys / from label sets',
  `${(fromNothing.ms + split.ms).toFixed(0)} / ${(fromNothing.ms + keys.ms + split.ms).toFixed(0)} ms (bar: 2000)`,
)

const counts = new Float64Array(NODES)
for (let i = 0; i < TARGETS; i++) counts[ring.owner(halves[2 * i], halves[2 * i + 1])]++
row('most loaded node, by the mean', (Math.max(...counts) / (TARGETS / NODES)).toFixed(2))

await memory()
process.exit(0)

/** The longest that the event loop was held, watched from the first await to `stop`. */
function watch() {
  let longest = 0
  let last = performance.now()
  let running = true
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (running) setImmediate(look)
  }
  setImmediate(look)
  return () => {
    running = false
    return Math.max(longest, performance.now() - last)
  }
}

async function changes(before, after) {
  const clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    wake(at, wakeUp) {
      const timer = setTimeout(wakeUp, Math.max(0, Math.ceil(at - performance.now())))
      return () => clearTimeout(timer)
    },
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  }
  const timers = core.createTimers(clock)
  /** Slices begin and end with a look at the clock, and so does each step in them. */
  let slice = { from: Number.NaN, last: Number.NaN, longest: 0, step: 0 }
  const endSlice = () => {
    if (slice.last >= slice.from) slice.longest = Math.max(slice.longest, slice.last - slice.from)
    slice.from = Number.NaN
  }
  const slices = core.createSlices({
    monotonic() {
      const now = performance.now()
      if (Number.isNaN(slice.from)) slice.from = now
      else slice.step = Math.max(slice.step, now - slice.last)
      slice.last = now
      // Work that is done within its first turn ends without another one.
      queueMicrotask(endSlice)
      return now
    },
    turn: clock.turn,
  })
  const listeners = new Set()
  const node = (i) => ({ name: `node-${String(i).padStart(4, '0')}`, state: 'participant', self: i === 0 })
  let peers = Array.from({ length: before }, (_, i) => node(i))
  const cluster = {
    peers: () => peers,
    hold: () => undefined,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const ownership = core.createShares({ cluster, clock, timers, slices, self: node(0).name })
  await ownership.settled()
  const pool = core.createScrapePool(core.createRegistry(), {
    clock,
    timers,
    codecs: {},
    files: {},
    bodies: core.createBodies({}, 0),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    userAgent: 'bench',
    hashSeed: 1,
    slices,
  })
  const config = scrapeConfig()
  const job = {
    config,
    client: { send: () => Promise.resolve({ ok: false, reason: 'refused', message: 'refused' }) },
    receivers: [],
    scheduleSeed: { hi: 1, lo: 2 },
  }
  let local = 0
  let updated = Promise.resolve()
  let takenAt = 0
  const sharing = core.createSharing({
    ownership,
    slices,
    prepare: ({ local }) => pool.prepare(local),
    take(change) {
      takenAt = performance.now()
      local = change.local.length
      updated = pool.update({ ...job, targets: change.local, moved: change.moved, at: change.at })
    },
  })
  const list = Array.from({ length: JOB_TARGETS }, (_, i) => labelsOf(i))
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

  const start = watch()
  const from = performance.now()
  sharing.setTargets(list)
  while (takenAt === 0) await wait(1)
  await updated
  const started = performance.now() - from
  const startHeld = start()
  const startSlice = slice.longest
  await wait(100)
  const was = local
  gc()

  // The best of some rounds here, too: whatever else runs on the machine only ever adds.
  const results = { join: [], leave: [] }
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const [text, size] = round % 2 === 0 ? ['join', after] : ['leave', before]
    const next = Array.from({ length: size }, (_, i) => node(i))
    peers = next
    const stop = watch()
    const learnt = performance.now()
    takenAt = 0
    slice = { from: Number.NaN, last: Number.NaN, longest: 0, step: 0 }
    for (const listener of listeners) listener()
    while (takenAt === 0) await wait(1)
    const late = takenAt - learnt - core.HANDOVER_DELAY_MS
    await updated
    const done = performance.now() - takenAt
    await wait(50)
    results[text].push([slice.step, slice.longest, stop(), late, done])
    gc()
    await wait(20)
  }
  const idle = watch()
  await wait(500)
  row(
    `change, ${list.length} targets, ${before} nodes, ${was} local`,
    `start: longest slice ${startSlice.toFixed(1)} ms, held ${startHeld.toFixed(1)} ms, ${started.toFixed(0)} ms in all`,
  )
  for (const [text, all] of Object.entries(results)) {
    const [step, longest, held, late, done] = all[0].map((_, i) => Math.min(...all.map((one) => one[i])))
    const worst = Math.max(...all.map((one) => one[1]))
    row(
      `  ${text}, best of ${ROUNDS}`,
      `longest step ${step.toFixed(1)}, slice ${longest.toFixed(1)} (worst round ${worst.toFixed(1)}), loop held ${held.toFixed(1)} ms; ` +
        `taken ${late.toFixed(1)} ms late, carried out in ${done.toFixed(0)} ms`,
    )
  }
  row('', `nothing at all for 500 ms: held ${idle().toFixed(1)} ms (scrapes that are due, and the machine)`)
  sharing.close()
  ownership.close()
  await pool.stop('silently')
}

async function memory() {
  const slices = core.createSlices({
    monotonic: () => performance.now(),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  })
  const owned = { ...shares, self: 'nobody' }
  await settled()
  const before = process.memoryUsage()
  let kept
  const sharing = core.createSharing({
    ownership: { shares: () => owned, subscribe: () => () => {} },
    slices,
    prepare: async () => {},
    take: (change) => (kept = change.local.length),
  })
  sharing.setTargets(targets)
  while (kept === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
  await settled()
  const after = process.memoryUsage()
  const bytes = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers
  const labels = weight(() => Array.from({ length: 100_000 }, (_, i) => labelsOf(i)))
  row(
    `memory per foreign target (${kept} of ${TARGETS} local)`,
    `${(bytes / TARGETS).toFixed(1)} bytes; its labels, held by discovery: ${(labels / 100_000).toFixed(0)}`,
  )
  sharing.close()
}

/** Freed buffers are given back in the background. */
async function settled() {
  for (let i = 0; i < 3; i++) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function weight(make) {
  gc()
  const before = process.memoryUsage().heapUsed
  const made = make()
  gc()
  const bytes = process.memoryUsage().heapUsed - before
  return made.length > 0 ? bytes : 0
}

function scrapeConfig() {
  return {
    jobName: 'bench',
    scrapeInterval: 60_000,
    scrapeTimeout: 10_000,
    metricsPath: '/metrics',
    scheme: 'http',
    params: {},
    honorLabels: false,
    honorTimestamps: true,
    trackTimestampsStaleness: false,
    extraMetrics: false,
    scrapeProtocols: ['PrometheusText0.0.4'],
    fallbackProtocol: 'PrometheusText0.0.4',
    enableCompression: true,
    bodySizeLimit: 0,
    sampleLimit: 0,
    targetLimit: 0,
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
    names: 'legacy',
    escaping: 'underscores',
    failureLogFile: '',
  }
}
