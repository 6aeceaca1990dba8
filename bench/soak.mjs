// `npm run soak`: one skein under load, with a receiver that is down, hangs, resets or throttles by turns. What was served and
// what was delivered must be equal in the end, to the last bit of every value, and memory and disk bounded all along.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { killAll, start, startHelper, usage } from './processes.mjs'
import { findSkeinProgram } from './skein.mjs'
import { readOptions, USAGE } from './soak/options.mjs'

/** What it is given to end once it is told to; everything may be undelivered then, but not unwritten. */
const STOP_WITHIN_MS = 5000
const REPORT_EVERY_S = 10

const options = readCommandLine()
const workDir = mkdtempSync(join(tmpdir(), 'skein-soak-'))
const logFile = join(workDir, 'log')
process.on('exit', () => {
  killAll()
  if (!options.keep) rmSync(workDir, { recursive: true, force: true })
})
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

const { targets, series, interval, duration } = options
console.log(`soak: ${targets} targets x ${series} series every ${interval} s, ${duration} s on ${options.runtime}`)
const exporter = startHelper('./exporter.mjs', {})
const sink = startHelper('./soak/flapping-sink.mjs', {})
const [{ ports }, { port: sinkPort }] = await Promise.all([
  exporter.ask('prepare', { targets, series, versions: 8, seed: 1 }),
  sink.ask('prepare', { speed: options.speed }),
])

const file = join(workDir, 'config.alloy')
writeFileSync(file, config())
const skein = findSkein()
const flags = ['--server.http.listen-addr=127.0.0.1:0', `--storage.path=${join(workDir, 'data')}`]
const child = start(skein.program, [...skein.args, 'run', ...flags, file], { logFile, cwd: skein.cwd })
let ended
child.ended.then((how) => {
  ended = how
})

const history = []
const startedAt = performance.now()
console.log('\n  time  receiver         served  delivered   waiting  RSS MB  disk MB  CPU %')
while (ended === undefined && elapsed() < duration) await watch()
// Served from now on would be scrapes that the end cuts off.
await Promise.all([sink.ask('settle'), exporter.ask('rest')])
const settledAt = elapsed()
do await watch()
while (
  ended === undefined &&
  history.at(-1).delivered < history.at(-1).scraped &&
  elapsed() < settledAt + options.drain
)
const drained = elapsed() - settledAt
const stopAt = performance.now()
child.kill('SIGTERM')
const late = setTimeout(() => child.kill('SIGKILL'), 60_000)
await child.ended
clearTimeout(late)
finish(performance.now() - stopAt, ...(await Promise.all([exporter.ask('counts'), sink.ask('counts')])))

function readCommandLine() {
  try {
    const read = readOptions(process.argv.slice(2))
    if (read !== undefined) return read
    console.log(USAGE)
    process.exit(0)
  } catch (error) {
    console.error(`soak: ${error.message}`)
    process.exit(1)
  }
}

function findSkein() {
  const found = findSkeinProgram(options.runtime)
  if (found.missing === undefined) return found
  console.error(`soak: ${found.missing}`)
  process.exit(1)
}

function elapsed() {
  return (performance.now() - startedAt) / 1000
}

/** A second of it. */
async function watch() {
  await sleep(1000)
  if (ended !== undefined) return
  const [served, received] = await Promise.all([exporter.ask('counts'), sink.ask('counts')])
  const { rssBytes, cpuSeconds } = usage(child.pid)
  const at = elapsed()
  const now = {
    at,
    mood: received.mood,
    scraped: served.samples,
    delivered: received.samples,
    rssBytes,
    cpuSeconds,
    diskBytes: sizeOf(join(workDir, 'data')),
  }
  history.push(now)
  if (Math.floor(at / REPORT_EVERY_S) === Math.floor((history.at(-2)?.at ?? 0) / REPORT_EVERY_S)) return
  const before = history.at(-1 - REPORT_EVERY_S) ?? history[0]
  const cpu = ((now.cpuSeconds - before.cpuSeconds) / (now.at - before.at || 1)) * 100
  console.log(
    [
      at.toFixed(0).padStart(6),
      now.mood.padEnd(12),
      String(now.scraped).padStart(10),
      String(now.delivered).padStart(10),
      String(now.scraped - now.delivered).padStart(9),
      (rssBytes / 1e6).toFixed(0).padStart(7),
      (now.diskBytes / 1e6).toFixed(1).padStart(8),
      cpu.toFixed(0).padStart(6),
    ].join(' '),
  )
}

function finish(stopMs, served, received) {
  const peakRss = Math.max(...history.map(({ rssBytes }) => rssBytes))
  const peakDisk = Math.max(...history.map(({ diskBytes }) => diskBytes))
  const most = Math.max(...history.map(({ scraped, delivered }) => scraped - delivered))
  const wrong = []
  const missing = served.samples - received.samples
  if (missing < 0) wrong.push(`delivered ${-missing} samples more than were served`)
  if (missing > 0) wrong.push(`${missing} of ${served.samples} samples never arrived`)
  if (missing === 0 && served.checksum !== received.checksum) wrong.push('the delivered values are not the served ones')
  if (received.broken > 0) wrong.push(`${received.broken} requests could not be decoded`)
  if (peakRss > options.maxRss) wrong.push(`resident memory was ${(peakRss / 1e6).toFixed(0)} MB`)
  if (peakDisk > options.maxDisk) wrong.push(`the queue took ${(peakDisk / 1e6).toFixed(0)} MB of disk`)
  if (ended !== 'exit 0') wrong.push(`it ended with ${ended}. Its last words:\n${lastLines()}`)
  if (stopMs > STOP_WITHIN_MS) wrong.push(`it took ${(stopMs / 1000).toFixed(1)} s to stop`)
  const row = {
    served: served.samples,
    delivered: received.samples,
    missing,
    exact: missing === 0 && served.checksum === received.checksum,
    requests: received.requests,
    requestsTwice: received.twice,
    staleMarkers: received.stale,
    reports: received.reports,
    peakRssMB: Math.round(peakRss / 1e6),
    peakDiskMB: Math.round(peakDisk / 1e6),
    mostWaiting: most,
    wireBytesPerSample: Number((received.wireBytes / received.samples).toFixed(2)),
    drainSeconds: Number(drained.toFixed(1)),
    stopSeconds: Number((stopMs / 1000).toFixed(2)),
    answers: Object.entries(received.answers)
      .map(([mood, count]) => `${mood} ${count}`)
      .join(', '),
  }
  const width = Math.max(...Object.keys(row).map((name) => name.length))
  console.log(
    `\n${Object.entries(row)
      .map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
      .join('\n')}\n`,
  )
  for (const problem of wrong) console.log(`PROBLEM  ${problem}`)
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ options, row, wrong, history }, null, 2)}\n`)
  }
  if (options.keep) console.log(`soak: kept ${workDir}`)
  process.exit(wrong.length === 0 ? 0 : 1)
}

function config() {
  const { persistence, message } = options
  return `prometheus.scrape "soak" {
  job_name        = "soak"
  scrape_interval = "${interval}s"
  scrape_timeout  = "${interval}s"
  targets = [
${ports.map((port) => `    { "__address__" = "127.0.0.1:${port}" },`).join('\n')}
  ]
  forward_to = [prometheus.remote_write.sink.receiver]
}

prometheus.remote_write "sink" {
  endpoint {
    url = "http://127.0.0.1:${sinkPort}/write"
${message === undefined ? '' : `    protobuf_message = "${message}"\n`}  }
${persistence === undefined ? '' : `\n  wal {\n    persistence = "${persistence}"\n  }\n`}}
`
}

function sizeOf(folder) {
  let bytes = 0
  try {
    for (const name of readdirSync(folder, { recursive: true })) {
      try {
        bytes += statSync(join(folder, name)).size
      } catch {
        // Delivered meanwhile.
      }
    }
  } catch {
    // Nothing was written yet.
  }
  return bytes
}

function lastLines() {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}
