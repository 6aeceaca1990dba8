// `npm run outage`: what agents lose when their receiver is down and they are restarted meanwhile. All of them at once, each
// with a target and a receiver of its own. README.md says how to read the table.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { findPeer, findSkein } from './outage/agents.mjs'
import { runOutage } from './outage/experiment.mjs'
import { failuresOf, table } from './outage/verdict.mjs'
import { killAll } from './processes.mjs'

const USAGE = `Usage: npm run outage -- [options]

  --outage 60       seconds for which receivers answer 503 (60)
  --agents A,B      of node, bun, deno, prometheus, vmagent (all)
  --modes A,B       skein's ways to keep what it couldn't deliver (always,spill,off)
  --json FILE       also write everything as JSON
  --keep            keep configurations, data and logs of the agents`

/** They start one after the other, so that two cores suffice for all of them. */
const STAGGER_MS = 1000
const HEALTHY_MS = 8000
const AFTER_MS = 25_000
const SIGNALS = ['SIGTERM', 'SIGKILL']
const PEERS = ['prometheus', 'vmagent']

const options = readCommandLine()
const workDir = mkdtempSync(join(tmpdir(), 'skein-outage-'))
process.on('exit', () => {
  killAll()
  if (!options.keep) rmSync(workDir, { recursive: true, force: true })
})
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

const found = options.agents.flatMap((name) =>
  PEERS.includes(name) ? [findPeer(name)] : options.modes.map((mode) => findSkein(name, mode)),
)
const missing = found.filter((agent) => agent.missing !== undefined)
const runs = found
  .filter((agent) => agent.missing === undefined)
  .flatMap((agent) => SIGNALS.map((signal) => ({ agent, signal })))
for (const agent of missing) console.log(`outage: SKIPPED ${agent.name} ${agent.mode}: ${agent.missing}`)
console.log(`outage: ${runs.length} agents at once, receivers down for ${options.outage} s`)

const wrong = []
const rows = await Promise.all(
  runs.map(async ({ agent, signal }, n) => {
    await sleep(n * STAGGER_MS)
    try {
      const row = await runOutage(agent, {
        signal,
        dir: join(workDir, String(n)),
        times: { healthy: HEALTHY_MS, outage: options.outage * 1000, after: AFTER_MS },
      })
      wrong.push(...failuresOf(row, agent.mayLoseMs))
      return row
    } catch (error) {
      wrong.push(error.message)
      return undefined
    }
  }),
)
const complete = rows.filter((row) => row !== undefined)
console.log(`\n${table(complete).join('\n')}\n`)
for (const problem of wrong) console.log(`PROBLEM  ${problem}`)
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ options, node: process.version, rows: complete, wrong }, null, 2)}\n`)
}
if (options.keep) console.log(`outage: kept ${workDir}`)
process.exit(wrong.length > 0 || missing.some(({ name }) => name.startsWith('skein')) ? 1 : 0)

function readCommandLine() {
  const { values } = parseArgs({
    options: {
      outage: { type: 'string', default: '60' },
      agents: { type: 'string', default: 'node,bun,deno,prometheus,vmagent' },
      modes: { type: 'string', default: 'always,spill,off' },
      json: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(USAGE)
    process.exit(0)
  }
  return {
    ...values,
    outage: Number.parseInt(values.outage, 10),
    agents: values.agents.split(','),
    modes: values.modes.split(','),
  }
}
