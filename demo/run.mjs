// `npm run demo [-- --duration 20s]`: five exporters, one skein agent that scrapes them each second, and one receiver that
// checks every sample it gets against what was served. All on loopback; nothing to install.
//
//   exporters.mjs --scrape--> agent.mjs (skein) --remote_write--> receiver.mjs
//        '------ what was served ------> check.mjs <------ what arrived ------'
//
// Exits with 0 when everything has arrived as it was served, otherwise with 1.

import { parseArgs } from 'node:util'
import { startAgent } from './agent.mjs'
import { createCheck } from './check.mjs'
import { MODELS, startExporter } from './exporters.mjs'
import { startReceiver } from './receiver.mjs'
import { openScreen, total } from './screen.mjs'

const duration = readDuration()

// Exporters and receiver, wired to the check.
let check
const exporters = await Promise.all(MODELS.map((model) => startExporter(model, (scrape) => check.served(scrape))))
check = createCheck(exporters)
const receiver = await startReceiver({ onSeries: check.delivered, onViolation: check.report })

// The agent.
const agent = await startAgent({ targets: exporters, receiverUrl: receiver.url }).catch(fail)
process.on('exit', () => agent.kill())

// Watch until time is up, Ctrl-C, or the agent's unexpected end.
const startedAt = performance.now()
const secondsSoFar = () => (performance.now() - startedAt) / 1000
const screen = openScreen(() => ({
  seconds: secondsSoFar(),
  agentAddress: agent.address,
  receiverUrl: receiver.url,
  traffic: receiver.traffic,
  states: check.states,
  wrong: check.wrong(),
}))
if (!process.stdout.isTTY) {
  console.log(`skein demo: agent http://${agent.address}/metrics, receiver ${receiver.url}`)
}
const endedEarly = await Promise.race([interruption(), timeIsUp(), agent.ended])

// Stop the agent, which sends what it still has; only then can anything be called lost.
const stoppedAt = Date.now()
const ending = await agent.stop()
for (const exporter of exporters) exporter.close()
receiver.close()
screen.close()
process.exit(summary() ? 0 : 1)

// ---------------------------------------------------------------------------------------------------------------------

/** Prints what happened; true when all is well. */
function summary() {
  const { states, problems } = check
  const { good, bad } = screen.paint
  const { lost, wrong, cutByStop } = check.finish({ stoppedAt, hadTime: duration !== undefined || secondsSoFar() > 5 })
  const missed = total(states, 'missed')
  const scrapes = total(states, 'scrapesDelivered')

  if (endedEarly !== undefined) problems.unshift(`the agent ended by itself (${endedEarly}):\n${agent.lastWords()}`)
  else if (ending !== 'exit 0') problems.unshift(`asked to end, the agent ended with ${ending}:\n${agent.lastWords()}`)
  // A busy machine may make a scrape come late now and then, not often.
  if (missed > scrapes / 10) problems.unshift(`${missed} scrapes didn't take place`)

  console.log('')
  console.log(
    `served     ${total(states, 'samplesServed')} samples in ${total(states, 'scrapesServed')} scrapes of ${states.length} targets`,
  )
  console.log(
    `delivered  ${total(states, 'samplesDelivered')} samples and ${total(states, 'markersDelivered')} staleness markers in ${receiver.traffic.requests} requests`,
  )
  if (cutByStop > 0) console.log(`           ${cutByStop} scrapes were cut by the stop and left out as a whole`)
  if (missed > 0) console.log(`           ${missed} scrapes didn't take place in time`)
  for (const problem of problems) console.log(bad(`problem    ${problem}`))
  console.log(`result     ${(lost + wrong === 0 ? good : bad)(`${lost} lost, ${wrong} wrong`)}`)
  return problems.length === 0 && lost + wrong === 0
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
  return new Promise((resolve) => {
    if (duration !== undefined) setTimeout(() => resolve(undefined), duration)
  })
}

/** --duration as milliseconds; undefined: until Ctrl-C. */
function readDuration() {
  try {
    const { values } = parseArgs({ options: { duration: { type: 'string' } } })
    if (values.duration === undefined) return undefined
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m)?$/.exec(values.duration) ?? []
    if (amount === undefined) throw new Error(`--duration takes a time such as 20s or 1m, not "${values.duration}"`)
    return Number(amount) * (unit === 'm' ? 60_000 : 1000)
  } catch (error) {
    return fail(error)
  }
}

function fail(error) {
  console.error(`skein demo: ${error.message}`)
  process.exit(1)
}
