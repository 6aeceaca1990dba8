/**
 * What keeping the queue on disk costs per sample, with real files: `node bench/micro/queue.mjs [blocks] [rounds]`. Blocks of 2,000
 * samples as large as remote_write makes them, in parts of 500, delivered a moment later. Prints CPU time of the whole process, threads
 * and kernel included, and how long the event loop was held; the median of the rounds, whose modes take turns.
 *
 *   off      memory only
 *   spill    memory, and the disk when a block has waited: here none does
 *   always   everything is written as it comes
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundled } from './bundle.mjs'

const BLOCKS = Number(process.argv[2] ?? 1000)
const ROUNDS = Number(process.argv[3] ?? 9)
const SAMPLES = 2000
const PARTS = 4
const folder = mkdtempSync(join(tmpdir(), 'skein-bench-'))
const { createQueue, createTimers, clock, segments } = await bundled([
  'core/remote-write/queue/queue',
  'core/time/timers',
  'adapters/shared/clock',
  'adapters/shared/segments',
])
const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: console.error, error: console.error, with: () => log }

console.log(`${BLOCKS} blocks of ${SAMPLES} samples, ${process.version}, ${ROUNDS} rounds; ns per sample`)
for (const [protocol, bytesPerSample] of [
  ['1.0', 34],
  ['2.0', 12],
]) {
  const rows = { off: [], spill: [], always: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const persistence of Object.keys(rows))
      rows[persistence].push(await run(persistence, protocol, bytesPerSample))
  }
  for (const [persistence, times] of Object.entries(rows)) {
    const median = (key) => times.map((time) => time[key]).sort((a, b) => a - b)[times.length >> 1]
    const [cpu, held] = [median('cpu'), median('held')].map((ns) => ns.toFixed(1).padStart(6))
    console.log(`${protocol}  ${persistence.padEnd(7)} CPU ${cpu}   event loop ${held}`)
  }
}
rmSync(folder, { recursive: true })

async function run(persistence, protocol, bytesPerSample) {
  const settings = {
    persistence,
    spillDelay: 1000,
    syncInterval: 1000,
    maxMemoryBytes: 128 * 2 ** 20,
    maxDiskBytes: 2 ** 30,
    maxAge: 3_600_000,
  }
  const path = join(folder, persistence)
  const events = { lost: () => console.error('lost'), changed: nothing }
  const queue = createQueue(
    () => settings,
    () => segments.open(path),
    events,
    { clock, timers: createTimers(clock), log },
  )
  while (queue.disk === 'opening') await clock.turn()
  const bytes = new Uint8Array(SAMPLES * bytesPerSample).map(() => Math.random() * 256)
  const facts = {
    protocol,
    counts: { samples: SAMPLES, histograms: 0, exemplars: 0, metadata: 0 },
    minTimestamp: clock.now(),
    maxTimestamp: clock.now(),
    orders: new Set([1, 2, 3, 4]),
    createdAt: clock.now(),
  }
  const size = bytes.length / PARTS
  const part = {
    ...facts,
    counts: { ...facts.counts, samples: SAMPLES / PARTS },
    head: bytes.subarray(0, 0),
    headRawBytes: 0,
    tail: bytes.subarray(0, size),
    tailRawBytes: 6 * size,
  }
  const cpu = process.cpuUsage()
  let held = 0
  for (let i = 0; i < BLOCKS; i++) {
    const start = process.hrtime.bigint()
    let given = 0
    while (given < PARTS - 1 && queue.wantsParts) {
      queue.grow(part)
      given++
    }
    queue.append({ ...facts, body: bytes, rawBytes: 6 * bytes.length }, given > 0 ? part : undefined)
    if (i >= 4) queue.acknowledge(queue.peek(0))
    held += Number(process.hrtime.bigint() - start)
    await clock.turn()
  }
  while (queue.blocks > 0) queue.acknowledge(queue.peek(0))
  await queue.close(10_000)
  const { user, system } = process.cpuUsage(cpu)
  return { cpu: ((user + system) * 1000) / (BLOCKS * SAMPLES), held: held / (BLOCKS * SAMPLES) }
}
