/**
 * What remote_write costs per sample, stage by stage and by both versions, on label sets like those of node-exporter,
 * kube-state-metrics and an application's histograms: `node --expose-gc bench/micro/remote-write.mjs [targets] [rounds] [parts]`.
 * Prints the median and the best round.
 *
 *   take        resolve, check order; in 1.0 patch values and timestamps in the template
 *   block       write (2.0) or copy what doesn't fill a fragment (1.0), compress, cut into requests
 *   snappy      of that, in 1.0: compressing alone
 *   plan        take with another layout in every batch: nothing new to encode, all slots looked up again
 *   2.0 to 1.0  a finished request turned for a receiver that doesn't know 2.0
 *   encode      take of sources never seen before
 */
import { bundled } from './bundle.mjs'

const TARGETS = Number(process.argv[2] ?? 40)
const ROUNDS = Number(process.argv[3] ?? 30)
/** Whether the open block gives its parts, as it does with a queue that is always on disk. */
const PARTS = process.argv[4] === 'parts'
const {
  createTemplate,
  createIdentity,
  createEncoding,
  createOpenBlock,
  compressFragment,
  createBytes,
  FRAGMENT_BYTES,
  toFirstProtocol,
} = await bundled(
  ['template', 'identity', 'encoding', 'open-block', 'snappy', 'bytes', 'transcode'].map(
    (room) => `core/remote-write/encoding/${room}`,
  ),
)

const series = Array.from({ length: TARGETS }, (_, target) => seriesOf(target))
const samples = series.reduce((sum, { length }) => sum + length, 0)
console.log(`${TARGETS} targets, ${samples} series, ${process.version}, ${ROUNDS} rounds; ns per sample`)
let now = 1_763_700_000_000
/** Both versions in turns, so that what else happens on the machine happens to both. */
const runs = ['1.0', '2.0'].map(createRun)
for (let round = 0; round < ROUNDS; round++) for (const run of runs) run.take()
for (let round = 0; round < ROUNDS; round++) for (const run of runs) run.plan()
for (const run of runs) run.print()
process.exit()

function createRun(protocol) {
  const encoding = createEncoding({
    protocol,
    labels: (labels) => labels,
    exemplars: true,
    histograms: true,
    metadata: protocol === '2.0',
  })
  const identity = createIdentity(() => 0)
  const before = memory()
  const sources = series.map((labels, target) => createSource(identity, target, labels))
  const start = process.hrtime.bigint()
  for (const { template, batch } of sources) template.take(batch, encoding)
  const encode = Number(process.hrtime.bigint() - start) / samples
  const held = memory() - before
  const total = { bytes: 0, requests: 0, raw: 0 }
  let last
  const open = createOpenBlock(
    () => ({ maxSamples: 2000, maxRawBytes: 2 ** 24 }),
    () => 0,
    {
      opened: () => undefined,
      parts: () => PARTS,
      grew: () => undefined,
      finished(block) {
        total.bytes += block.body.length
        total.requests++
        total.raw += block.rawBytes
        if (last !== undefined) open.recycle(last.body)
        last = block
      },
    },
  )
  const rows = { take: [], block: [], snappy: [], plan: [], '2.0 to 1.0': [] }

  function take() {
    now += 5000
    for (const { batch } of sources) changeValues(batch)
    let takeNs = 0
    let blockNs = 0
    for (const { template, batch } of sources) {
      batch.timestamp = now
      let start = process.hrtime.bigint()
      const taken = template.take(batch, encoding)
      let end = process.hrtime.bigint()
      takeNs += Number(end - start)
      start = end
      open.begin(taken.patched, { orders: template.orders, minTimestamp: now, maxTimestamp: now })
      while (open.step());
      end = process.hrtime.bigint()
      blockNs += Number(end - start)
      if (taken.accepted !== batch.count) throw new Error(`${taken.accepted} of ${batch.count} samples accepted`)
    }
    rows.take.push(takeNs / samples)
    rows.block.push(blockNs / samples)
    if (protocol === '1.0') rows.snappy.push(snappyAlone(sources, encoding))
    else {
      const start = process.hrtime.bigint()
      toFirstProtocol(last)
      rows['2.0 to 1.0'].push(Number(process.hrtime.bigint() - start) / last.counts.samples)
    }
  }

  function plan() {
    now += 5000
    const start = process.hrtime.bigint()
    for (const { template, batch } of sources) {
      batch.timestamp = now
      batch.layout++
      template.take(batch, encoding)
    }
    rows.plan.push(Number(process.hrtime.bigint() - start) / samples)
  }

  function print() {
    console.log(`\nremote_write ${protocol}`)
    for (const [stage, times] of Object.entries(rows)) {
      if (times.length === 0) continue
      const sorted = times.toSorted((a, b) => a - b)
      const [best, median] = [sorted[0], sorted[sorted.length >> 1]]
      console.log(`${stage.padEnd(11)} median ${median.toFixed(1).padStart(7)}   best ${best.toFixed(1).padStart(7)}`)
    }
    console.log(
      `encode      once   ${encode.toFixed(1).padStart(7)}, ${(held / samples).toFixed(0)} B of memory per series`,
    )
    const perSample = (bytes) => (bytes / (samples * ROUNDS)).toFixed(1)
    console.log(
      `raw ${perSample(total.raw)} B/sample, compressed ${perSample(total.bytes)} B/sample, ${total.requests} requests`,
    )
  }

  return { take, plan, print }
}

function memory() {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** What compressing whole arenas takes: the part of `block` that nobody can take away. */
function snappyAlone(sources, encoding) {
  const out = createBytes(1 << 20)
  let snappyNs = 0
  for (const { template, batch } of sources) {
    batch.timestamp = ++now
    const { arena } = template.take(batch, encoding).patched
    const start = process.hrtime.bigint()
    out.length = 0
    for (let at = 0; at < arena.length; at += FRAGMENT_BYTES) {
      compressFragment(arena, at, Math.min(arena.length, at + FRAGMENT_BYTES), out)
    }
    snappyNs += Number(process.hrtime.bigint() - start)
  }
  return snappyNs / samples
}

function createSource(identity, target, labels) {
  const count = labels.length
  const families = new Map()
  const source = {
    name: `target ${target}`,
    labels: (slot) => labels[slot - 1],
    metadata(slot) {
      const family = labels[slot - 1][1]
      let metadata = families.get(family)
      if (metadata === undefined) {
        metadata = {
          family,
          type: 1 + (family.length % 3),
          help: `How many ${family} there were, by what they were.`,
          unit: '',
        }
        families.set(family, metadata)
      }
      return metadata
    },
    generations: new Uint32Array(count + 1),
    version: 0,
  }
  const batch = {
    count,
    slots: Uint32Array.from({ length: count }, (_, i) => i + 1),
    values: new Float64Array(count).map((_, i) => firstValue(i)),
    stale: undefined,
    timestamp: 1_763_600_000_000,
    timestamps: undefined,
    starts: undefined,
    histograms: undefined,
    exemplars: undefined,
    layout: 1,
    repeats: false,
  }
  return { batch, template: createTemplate(source, identity, target, [1, 2]) }
}

function firstValue(i) {
  return i % 10 < 4 ? 0 : i % 10 < 6 ? 1 : i % 10 < 8 ? Math.floor(Math.random() * 1e6) : Math.random() * 1e5
}

/** About one value in eight changes from scrape to scrape. */
function changeValues(batch) {
  for (let i = Math.floor(Math.random() * 8); i < batch.count; i += 8) batch.values[i] += 1
}

function seriesOf(target) {
  const all = []
  const pod = (p) => `payments-api-7c9f8d6b5${p % 10}-${((p * 2654435761) >>> 0).toString(36).slice(0, 5)}`
  const uid = (p) =>
    `${(p * 40503).toString(16).padStart(8, '0')}-1b2c-4d3e-9f00-${(p * 7919).toString(16).padStart(12, 'a')}`
  const image = (p) => `registry.example.com/team/payments-api:v1.42.${p % 5}`
  const add = (name, labels) => {
    const entries = Object.entries({
      __name__: name,
      cluster: 'prod-eu-west-1',
      env: 'production',
      instance: `10.32.${target >> 4}.${(target * 7) % 250}:9100`,
      job: 'integrations/node_exporter',
      ...labels,
    })
    all.push(entries.sort(([a], [b]) => (a < b ? -1 : 1)).flat())
  }
  for (let cpu = 0; cpu < 16; cpu++) {
    for (const mode of ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user']) {
      add('node_cpu_seconds_total', { cpu: String(cpu), mode })
    }
  }
  for (const what of ['reads_completed_total', 'read_bytes_total', 'written_bytes_total', 'io_time_seconds_total']) {
    for (let disk = 0; disk < 8; disk++) add(`node_disk_${what}`, { device: `nvme${disk}n1` })
  }
  for (const what of ['avail_bytes', 'device_error', 'files', 'files_free', 'free_bytes', 'readonly', 'size_bytes']) {
    for (const mountpoint of ['/', '/boot', '/run', '/var/lib/docker', '/var/lib/kubelet', '/tmp']) {
      add(`node_filesystem_${what}`, { device: `/dev/nvme0n1p${mountpoint.length}`, fstype: 'ext4', mountpoint })
    }
  }
  for (let p = 0; p < 170; p++) {
    for (const phase of ['Pending', 'Succeeded', 'Failed', 'Unknown', 'Running']) {
      add('kube_pod_status_phase', { pod: pod(p), phase, uid: uid(p) })
    }
    for (const what of ['memory_working_set_bytes', 'cpu_usage_seconds_total']) {
      add(`container_${what}`, { pod: pod(p), container: 'payments-api', image: image(p) })
    }
  }
  for (const handler of ['/api/v1/orders', '/api/v1/orders/{id}', '/api/v1/users', '/healthz', '/login', '/metrics']) {
    for (const status of ['200', '404', '500', '302', '400']) {
      for (const le of ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1.0', '2.5', '5.0', '10.0', '+Inf']) {
        add('http_request_duration_seconds_bucket', { handler, method: 'GET', status, le })
      }
    }
  }
  for (let i = 0; all.length < 2000; i++) add('go_sched_latencies_seconds_bucket', { le: String(i / 1000) })
  return all.slice(0, 2000)
}
