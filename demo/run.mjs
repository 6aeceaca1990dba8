// `npm run demo [-- --duration 20s] [--chaos]`: twenty exporters, a cluster of three skein nodes that share them and scrape
// each once a second, and one receiver that checks every sample it gets against what was served. With --chaos a node is
// killed now and then, and comes back. All on loopback; nothing to install.
//
//   exporters.mjs --scrape--> cluster.mjs (skein, three times) --remote_write--> receiver.mjs
//        '------- what was served ---------> check.mjs <--------- what arrived ------'
//
// Exits with 0 when everything has arrived as it was served, but for what chaos explains: a killed node takes what it hasn't
// sent yet with it, and its targets wait until the others have noticed. Otherwise with 1.

import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startChaos } from './chaos.mjs'
import { createCheck } from './check.mjs'
import { startCluster } from './cluster.mjs'
import { MODELS, startExporter } from './exporters.mjs'
import { startReceiver } from './receiver.mjs'
import { openScreen, total } from './screen.mjs'

const EACH_MODEL = 4
/** A scrape that is just being served. */
const IN_FLIGHT_MS = 1000

const { duration, chaos: wantsChaos } = readOptions()

// Exporters and receiver, wired to the check.
let check
const exporters = []
for (const model of MODELS) {
  for (let instance = 1; instance <= EACH_MODEL; instance++) {
    exporters.push(await startExporter(model, instance, (scrape) => check.served(scrape)))
  }
}
check = createCheck(exporters)
const receiver = await startReceiver({ onSeries: check.delivered, onViolation: check.report })

// The cluster, and what disturbs it.
const cluster = await startCluster({ targets: exporters, receiverUrl: receiver.url }).catch(fail)
process.on('exit', () => cluster.destroy())
const chaos = wantsChaos
  ? startChaos(cluster, { duration, onKill: (node, at) => check.killed(node.sender, at) })
  : undefined

// Watch until time is up, Ctrl-C, or the unexpected end of a node.
const startedAt = performance.now()
const secondsSoFar = () => (performance.now() - startedAt) / 1000
const screen = openScreen(() => ({
  seconds: secondsSoFar(),
  nodes: cluster.nodes,
  kills: chaos?.kills ?? [],
  receiverUrl: receiver.url,
  traffic: receiver.traffic,
  states: check.states,
  senderNamed: check.senderNamed,
  missed: check.missedSoFar(),
  wrong: check.wrong(),
}))
if (!process.stdout.isTTY) {
  const where = cluster.nodes.map(({ name, address }) => `${name} http://${address}/metrics`).join(', ')
  console.log(`skein demo: ${where}, receiver ${receiver.url}`)
}
const endedEarly = await Promise.race([interruption(), timeIsUp(), cluster.ended])

// Stop the nodes, which send what they still have; only then can anything be called lost.
chaos?.stop()
let stoppedAt = Date.now()
const badEnds = await cluster.stop({
  onLast() {
    stoppedAt = Date.now()
  },
})
for (const exporter of exporters) exporter.close()
receiver.close()
screen.close()
process.exit(summary() ? 0 : 1)

// ---------------------------------------------------------------------------------------------------------------------

/** Prints what happened; true when all is well. */
function summary() {
  const { states, problems } = check
  const { good, bad } = screen.paint
  const hadTime = duration !== undefined || secondsSoFar() > 5
  const sum = check.finish({ stoppedAt, hadTime, scrapedUntil: stoppedAt - IN_FLIGHT_MS })
  const { lost, wrong, cutByStop, lostByKill, missed, missedByKill, doubled } = sum
  const scrapes = total(states, 'scrapesDelivered')

  for (const { node, how, lastWords } of badEnds)
    problems.unshift(`asked to end, ${node.name} ended with ${how}:\n${lastWords}`)
  if (endedEarly !== undefined) {
    problems.unshift(`${endedEarly.node.name} ended by itself (${endedEarly.how}):\n${endedEarly.lastWords}`)
  }
  // A busy machine may make a scrape come late now and then, not often.
  if (missed > scrapes / 10) problems.unshift(`${missed} scrapes didn't take place`)

  console.log('')
  console.log(
    `served     ${total(states, 'samplesServed')} samples in ${total(states, 'scrapesServed')} scrapes of ${states.length} targets`,
  )
  console.log(
    `delivered  ${total(states, 'samplesDelivered')} samples and ${total(states, 'markersDelivered')} staleness markers in ${receiver.traffic.requests} requests`,
  )
  for (const line of chaosLines(states)) console.log(line)
  if (chaos !== undefined) {
    console.log(
      `           ${missedByKill} scrapes missed until the others took over, ${lostByKill} samples lost unsent`,
    )
  }
  if (cutByStop > 0) console.log(`           ${cutByStop} scrapes were cut by the stop and left out as a whole`)
  if (missed > 0) console.log(`           ${missed} scrapes didn't take place in time`)
  if (doubled > 0) console.log(`           ${doubled} scrapes were done twice while targets moved`)
  for (const problem of problems) console.log(bad(`problem    ${problem}`))
  console.log(`result     ${(lost + wrong === 0 ? good : bad)(`${lost} lost, ${wrong} wrong`)}`)
  return problems.length === 0 && lost + wrong === 0
}

/** One line per kill: how many targets waited how long. */
function chaosLines(states) {
  return (chaos?.kills ?? []).map(({ node, sender, at }) => {
    const waits = states
      .flatMap(({ gaps }) => gaps.filter((gap) => gap.by === sender && gap.to > at))
      .map((gap) => (gap.to - at) / 1000)
    const longest = Math.max(0, ...waits)
    return `killed     ${node.name}: ${waits.length} targets waited for up to ${longest.toFixed(1)} s`
  })
}

function interruption() {
  return new Promise((resolve) => {
    let firstAt
    const onSignal = () => {
      firstAt ??= performance.now()
      // npm passes Ctrl-C on a second time. Somebody who insists later on doesn't want to wait.
      if (performance.now() - firstAt > 1000) process.exit(130)
      resolve(undefined)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}

function timeIsUp() {
  return duration === undefined ? new Promise(() => {}) : sleep(duration)
}

/** --duration as milliseconds; undefined: until Ctrl-C. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: { duration: { type: 'string' }, chaos: { type: 'boolean', default: false } },
    })
    if (values.duration === undefined) return { chaos: values.chaos }
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m)?$/.exec(values.duration) ?? []
    if (amount === undefined) throw new Error(`--duration takes a time such as 20s or 1m, not "${values.duration}"`)
    return { duration: Number(amount) * (unit === 'm' ? 60_000 : 1000), chaos: values.chaos }
  } catch (error) {
    return fail(error)
  }
}

function fail(error) {
  console.error(`skein demo: ${error.message}`)
  process.exit(1)
}
