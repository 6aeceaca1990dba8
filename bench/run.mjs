// `npm run bench`: skein and its peers on the same work, one after the other, in one go. README.md says how to read it.
//
// This file owns the order of events. Bodies, agents, processes, counting and the table have their own files.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findAgent } from './agents.mjs'
import { readOptions, USAGE } from './options.mjs'
import { coreBusySeconds, killAll, pickCores, pinSelf, start, startHelper, stop, usage } from './processes.mjs'
import { failures, isSkein, lookingLines, median, summarise, table } from './report.mjs'
import { measureLooking } from './viewer.mjs'

const STOP_PATIENCE_MS = 70_000
/** Of CPU time in hundredths of a second, 1 % of a turn. */
const MIN_TURN_S = 10

const options = readCommandLine()

const workDir = mkdtempSync(join(tmpdir(), 'skein-bench-'))
process.on('exit', () => {
  killAll()
  if (!options.keep) rmSync(workDir, { recursive: true, force: true })
})
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => process.exit(code))
}

const cores = pickCores()
if (cores !== undefined) pinSelf(cores.rig)
const { agents, skipped } = findAgents()
const rig = await startRig()
const measurements = []

for (let round = 1; round <= options.rounds; round++) {
  for (const agent of agents) {
    process.stdout.write(`round ${round}/${options.rounds}  ${agent.name} ... `)
    const measured = await measure(agent, round).catch(fail)
    measurements.push(measured)
    console.log(`${measured.cpuSecondsPerMillion.toFixed(2)} CPU-s/M  ${(measured.rssMedianBytes / 1e6).toFixed(0)} MB`)
  }
}
finish()

function readCommandLine() {
  try {
    const read = readOptions(process.argv.slice(2))
    if (read !== undefined) return read
  } catch (error) {
    fail(error)
  }
  console.log(USAGE)
  process.exit(0)
}

// ---- before ---------------------------------------------------------------------------------------------------------

async function startRig() {
  const { targets, series, versions, seed, interval, duration } = options
  console.log(`bench: ${targets} targets x ${series} series every ${interval} s, ${duration} s measured, seed ${seed}`)
  console.log(
    cores === undefined
      ? 'bench: not pinned (needs taskset and two cores): expect noise'
      : `bench: agents on core ${cores.agent}, exporters and sink on core ${cores.rig}`,
  )
  const exporter = startHelper('./exporter.mjs', { core: cores?.rig })
  const sink = startHelper('./sink.mjs', { core: cores?.rig })
  const [bodies, { port }] = await Promise.all([
    exporter.ask('prepare', { targets, series, versions, seed }),
    sink.ask('prepare'),
  ])
  const text = bodies.textBytesPerSample.toFixed(1)
  console.log(`bench: bodies of ${text} B/sample as text, ${bodies.gzipBytesPerSample.toFixed(1)} B/sample gzipped`)
  return {
    exporter,
    sink,
    addresses: bodies.ports.map((one) => `127.0.0.1:${one}`),
    sinkUrl: `http://127.0.0.1:${port}/write`,
  }
}

function findAgents() {
  const found = options.peers.map(findOrFail)
  const missing = found.filter((agent) => agent.missing !== undefined)
  for (const { name, missing: why } of missing) console.log(`bench: SKIPPED ${name}: ${why}`)
  const present = found.filter((agent) => agent.missing === undefined)
  return { agents: present, skipped: missing }
}

function findOrFail(name) {
  try {
    return findAgent(name, options)
  } catch (error) {
    return fail(error)
  }
}

// ---- one agent, one round -------------------------------------------------------------------------------------------

async function measure(agent, round) {
  const dir = join(workDir, `${round}-${agent.name.replace(/\W+/g, '-')}`)
  mkdirSync(dir)
  const logFile = join(dir, 'log')
  await Promise.all([rig.exporter.ask('reset'), rig.sink.ask('reset')])

  const { addresses: targets, sinkUrl } = rig
  const port = await freePort()
  const [program, args] = agent.command({ dir, port, targets, interval: options.interval, sinkUrl })
  const child = start(program, args, { core: cores?.agent, logFile, cwd: dir })
  const gone = child.ended.then((how) => {
    throw new Error(`${agent.name} ended by itself (${how}). Its last words:\n${lastLines(logFile)}`)
  })
  gone.catch(() => {})

  await Promise.race([gone, untilAllTargetsAreDelivered(agent.name, logFile)])
  await Promise.race([gone, sleep(options.warmup * 1000)])
  const window = await Promise.race([gone, watchWindow(child.pid)])
  const looking = agent.isLookedAt ? await Promise.race([gone, look(child.pid, port)]) : undefined
  const ended = await stop(child, STOP_PATIENCE_MS)
  const [served, received] = await counts()

  const judged = judge({ window, served, received, ended })
  judged.problems.push(...(looking?.problems ?? []))
  const { name, version } = agent
  return { agent: name, version, looking, round, ended, ...judged }
}

async function untilAllTargetsAreDelivered(name, logFile) {
  const { targets, series, interval } = options
  const giveUpAt = performance.now() + (interval * 4 + 30) * 1000
  for (;;) {
    const [served, received] = await counts()
    if (served.targets === targets && received.samples >= targets * series) return
    if (performance.now() > giveUpAt) {
      throw new Error(
        `${name} has scraped ${served.targets} of ${targets} targets and delivered ${received.samples} samples. ` +
          `Its last words:\n${lastLines(logFile)}`,
      )
    }
    await sleep(200)
  }
}

/** Differences over the measured time. Its length is whole intervals, so each target is scraped equally often. */
async function watchWindow(pid) {
  const rss = []
  const before = await snapshot(pid)
  const end = performance.now() + options.duration * 1000
  while (performance.now() < end) {
    await sleep(Math.min(1000, end - performance.now()))
    rss.push(usage(pid).rssBytes)
  }
  const after = await snapshot(pid)
  const elapsed = (after.at - before.at) / 1000
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds
  return {
    seconds: elapsed,
    cpuSeconds,
    scraped: after.served.samples - before.served.samples,
    delivered: after.received.samples - before.received.samples,
    requests: after.received.requests - before.received.requests,
    wireBytes: after.received.wireBytes - before.received.wireBytes,
    otherLoad: (after.coreBusy - before.coreBusy - cpuSeconds) / elapsed,
    rigLoad: (after.rigSeconds - before.rigSeconds) / elapsed,
    rss,
  }
}

/** After the window, for as long again. A turn is whole intervals, as the window is. */
function look(pid, port) {
  const turnSeconds = options.interval * Math.ceil(MIN_TURN_S / options.interval)
  return measureLooking(port, { seconds: options.duration, turnSeconds, cpuSeconds: () => usage(pid).cpuSeconds })
}

async function snapshot(pid) {
  const { cpuSeconds } = usage(pid)
  const rigSeconds = usage(rig.exporter.pid).cpuSeconds + usage(rig.sink.pid).cpuSeconds
  const coreBusy = cores === undefined ? Number.NaN : coreBusySeconds(cores.agent)
  const at = performance.now()
  const [served, received] = await counts()
  return { at, cpuSeconds, rigSeconds, coreBusy, served, received }
}

function counts() {
  return Promise.all([rig.exporter.ask('counts'), rig.sink.ask('counts')])
}

/** The numbers of a round, and what is wrong with them. */
function judge({ window, served, received, ended }) {
  const oneRound = options.targets * options.series
  const lost = served.samples - received.samples
  const problems = []
  if (Math.abs(window.scraped - window.delivered) > oneRound) {
    problems.push(`scraped ${window.scraped} but delivered ${window.delivered} while measured: it doesn't keep up`)
  }
  if (window.scraped < (oneRound * window.seconds) / options.interval - oneRound) {
    problems.push(`scraped ${window.scraped} samples, less often than every ${options.interval} s`)
  }
  if (Math.abs(lost) > options.series) problems.push(`${served.samples} served, ${received.samples} delivered in total`)
  if (window.rigLoad > 0.8)
    problems.push(`exporters and sink are the bottleneck: ${Math.round(window.rigLoad * 100)} % busy`)
  if (received.broken > 0) problems.push(`${received.broken} requests could not be decoded`)
  if (ended !== 'exit 0') problems.push(`asked to end, it ended with ${ended}`)
  return {
    ...window,
    rss: undefined,
    cpuSecondsPerMillion: (window.cpuSeconds / window.delivered) * 1e6,
    rssMedianBytes: median(window.rss),
    rssPeakBytes: Math.max(...window.rss),
    wireBytesPerSample: window.wireBytes / window.delivered,
    samplesPerRequest: window.delivered / window.requests,
    samplesPerSecond: window.delivered / window.seconds,
    servedInTotal: served.samples,
    deliveredInTotal: received.samples,
    staleMarkers: received.stale,
    reportSamples: received.reports,
    lost,
    // Can only be told when nothing is missing.
    exactValues: lost === 0 ? served.checksum === received.checksum : undefined,
    problems,
  }
}

// ---- after ----------------------------------------------------------------------------------------------------------

function finish() {
  const rows = summarise(measurements)
  console.log(`\n${table(rows).join('\n')}\n`)
  for (const line of lookingLines(rows)) console.log(line)
  const wrong = [...skipped.filter(isSkein).map((agent) => agent.missing), ...failures(rows, options)]
  for (const problem of wrong) console.log(`PROBLEM  ${problem}`)
  for (const { name } of skipped) console.log(`skipped  ${name}`)
  if (options.json !== undefined) {
    writeFileSync(
      options.json,
      `${JSON.stringify({ options, cores, node: process.version, rows, measurements }, null, 2)}\n`,
    )
  }
  process.exit(wrong.length === 0 ? 0 : 1)
}

function fail(error) {
  console.error(`bench: ${error.message}`)
  process.exit(1)
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function lastLines(file) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}
