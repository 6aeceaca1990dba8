/**
 * What a configuration costs: `node bench/micro/configuration.mjs [components]`, 2,000 unless given.
 *
 *   load     from nothing: parse, evaluate, build and start real components, four to a pipeline
 *   reload   the same again with one argument changed: one component is updated, all others are left alone
 *
 * Wall clock and CPU time of each round, each in an agent of its own: on a busy machine only the best rounds mean something.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundled } from './bundle.mjs'

const PIPELINES = Math.ceil(Number(process.argv[2] ?? 2_000) / 4)
const ROUNDS = 5

const folder = mkdtempSync(join(tmpdir(), 'skein-bench-'))
const { createAgent, nodePorts, pipelines } = await bundled([
  'core/agent',
  'adapters/node/ports',
  'test/support/pipelines',
])

const silent = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent }
const configPath = join(folder, 'config.alloy')

async function taken(work) {
  const [from, cpu] = [performance.now(), process.cpuUsage()]
  const result = await work()
  if (!result.ok) throw new Error(result.text)
  const { user, system } = process.cpuUsage(cpu)
  return { wall: performance.now() - from, cpu: (user + system) / 1000 }
}

function best(rounds) {
  const least = (key) => Math.min(...rounds.map((round) => round[key])).toFixed(0)
  return `${least('wall').padStart(7)} ms  CPU ${least('cpu').padStart(6)} ms`
}

const loads = []
const reloads = []
for (let round = 0; round < ROUNDS; round++) {
  writeFileSync(configPath, pipelines(PIPELINES))
  const options = {
    configPath,
    listenAddress: '127.0.0.1:0',
    memoryAddress: 'skein.internal:12345',
    uiPathPrefix: '/',
    storagePath: folder,
    stability: 'generally-available',
    logger: silent,
    version: '0.0.0',
  }
  const agent = createAgent(options, nodePorts())
  loads.push(await taken(() => agent.load()))
  writeFileSync(configPath, pipelines(PIPELINES, 1))
  reloads.push(await taken(() => agent.reload()))
  await agent.stop()
}
rmSync(folder, { recursive: true })
console.log(`${PIPELINES * 4} components, best of ${ROUNDS}`)
console.log(`load    ${best(loads)}`)
console.log(`reload  ${best(reloads)}`)
