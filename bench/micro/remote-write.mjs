/**
 * What remote_write costs per sample, stage by stage, on label sets like those of node-exporter, kube-state-metrics and
 * an application's histograms: `node bench/micro/remote-write.mjs [targets] [rounds]`. Prints the median and the best round.
 *
 *   take    resolve, check order, patch values and timestamps in the template
 *   block   copy what doesn't fill a fragment, compress, cut into requests
 *   plan    take with another layout in every batch: nothing new to encode, all slots looked up again
 *   encode  take of a source never seen before
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const TARGETS = Number(process.argv[2] ?? 40)
const ROUNDS = Number(process.argv[3] ?? 30)
const folder = mkdtempSync(join(tmpdir(), 'skein-bench-'))
const outfile = join(folder, 'remote-write.mjs')
const rooms = ['template', 'identity', 'block', 'snappy', 'bytes']
await build({
  stdin: {
    contents: rooms.map((room) => `export * from './core/remote-write/${room}.ts'`).join('\n'),
    resolveDir: join(import.meta.dirname, '../..'),
  },
  bundle: true,
  format: 'esm',
  outfile,
  logLevel: 'error',
})
const { createTemplate, createIdentity, createOpenBlock, compressFragment, createBytes, FRAGMENT_BYTES } = await import(
  pathToFileURL(outfile).href
)
rmSync(folder, { recursive: true })

const encoding = { labels: (labels) => labels }
const identity = createIdentity(() => 0)
const sources = Array.from({ length: TARGETS }, (_, target) => createSource(target))
const samples = sources.reduce((sum, { batch }) => sum + batch.count, 0)
let body = { bytes: 0, requests: 0, raw: 0 }
const open = createOpenBlock(
  () => ({ maxSamples: 2000 }),
  () => 0,
  () => undefined,
  (block) => {
    body = {
      bytes: body.bytes + block.body.length,
      requests: body.requests + 1,
      raw: body.raw + block.rawBytes,
    }
    open.recycle(block.body)
  },
)

let now = 1_763_700_000_000
const rows = { take: [], block: [], snappy: [], copy: [], plan: [] }
for (let round = 0; round < ROUNDS; round++) {
  now += 5000
  for (const source of sources) changeValues(source.batch)
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
  measureSnappy()
}
for (let round = 0; round < ROUNDS; round++) {
  now += 5000
  const start = process.hrtime.bigint()
  for (const { template, batch } of sources) {
    batch.timestamp = now
    batch.layout++
    template.take(batch, encoding)
  }
  rows.plan.push(Number(process.hrtime.bigint() - start) / samples)
}

console.log(`${TARGETS} targets, ${samples} series, ${process.version}, ${ROUNDS} rounds; ns per sample`)
for (const [stage, times] of Object.entries(rows)) {
  const sorted = times.toSorted((a, b) => a - b)
  const [best, median] = [sorted[0], sorted[sorted.length >> 1]]
  console.log(`${stage.padEnd(8)} median ${median.toFixed(1).padStart(7)}   best ${best.toFixed(1).padStart(7)}`)
}
{
  const fresh = sources.map(({ labels }, i) => createSource(i + 1000, labels))
  const start = process.hrtime.bigint()
  for (const { template, batch } of fresh) template.take(batch, encoding)
  console.log(`encode   once   ${(Number(process.hrtime.bigint() - start) / samples).toFixed(1).padStart(7)}`)
}
const perSample = (bytes) => (bytes / (samples * ROUNDS)).toFixed(1)
console.log(
  `raw ${perSample(body.raw)} B/sample, compressed ${perSample(body.bytes)} B/sample, ${body.requests} requests`,
)

function measureSnappy() {
  const out = createBytes(1 << 20)
  let copyNs = 0
  let snappyNs = 0
  for (const { template, batch } of sources) {
    batch.timestamp = ++now
    const { arena } = template.take(batch, encoding).patched
    let start = process.hrtime.bigint()
    const copy = createdOnce(arena.length)
    copy.bytes.set(arena.bytes.subarray(0, arena.length))
    let end = process.hrtime.bigint()
    copyNs += Number(end - start)
    start = end
    out.length = 0
    for (let at = 0; at < arena.length; at += FRAGMENT_BYTES) {
      compressFragment(copy, at, Math.min(arena.length, at + FRAGMENT_BYTES), out)
    }
    end = process.hrtime.bigint()
    snappyNs += Number(end - start)
  }
  rows.copy.push(copyNs / samples)
  rows.snappy.push(snappyNs / samples)
}

function createdOnce(size) {
  createdOnce.bytes ??= createBytes(2 << 20)
  if (createdOnce.bytes.bytes.length < size) createdOnce.bytes = createBytes(2 * size)
  return createdOnce.bytes
}

function createSource(target, known) {
  const labels = known ?? seriesOf(target)
  const count = labels.length
  const source = {
    name: `target ${target}`,
    labels: (slot) => labels[slot - 1],
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
    layout: 1,
    repeats: false,
  }
  return { labels, batch, template: createTemplate(source, identity, target, [1, 2]) }
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
