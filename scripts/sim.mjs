/**
 * Runs simulated clusters (test/sim) by seed, in several processes. Exits 1 when any seed had a violation.
 *
 *   npm run sim -- [--seeds N] [--first-seed S] [--nodes 3-30] [--parallel 2] [--verbose]
 *                  [--no-faults | --only loss,crash,… | --without partition,…] [--duration SECONDS]
 *   npm run sim -- --runtimes node,bun,deno --seeds N …     whether all come to the same digests
 *   npm run sim -- --scale 1000                             cost and speed at 100, 300 and 1,000 nodes
 *
 * The same seed, number of nodes and options give the same run. --duration is how long faults happen.
 */
import { fork, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { root } from './root.mjs'
import { installRuntime } from './runtimes/install.mjs'

const KINDS = [
  ...['loss', 'duplication', 'reordering', 'delay', 'partition', 'cut', 'pause', 'slow', 'wall-jump'],
  ...['crash', 'leave', 'newcomer', 'rival', 'blind'],
]
/** Failures printed whole; the rest of them in a line each. */
const SHOWN_FAILURES = 3
const SEEDS_PER_LINE = 100

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    'first-seed': { type: 'string', default: '1' },
    nodes: { type: 'string', default: '3-30' },
    parallel: { type: 'string', default: '2' },
    duration: { type: 'string' },
    'no-faults': { type: 'boolean', default: false },
    only: { type: 'string' },
    without: { type: 'string' },
    runtimes: { type: 'string' },
    scale: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

const folder = mkdtempSync(join(tmpdir(), 'skein-sim-'))
try {
  if (values.scale !== undefined) await scale()
  else if (values.runtimes !== undefined) await runtimes(values.runtimes.split(','))
  else await seeds()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Node 20 can't run TypeScript. */
async function bundled(name) {
  const outfile = join(folder, `${name}.mjs`)
  await build({
    absWorkingDir: root,
    entryPoints: [`test/sim/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
  })
  return outfile
}

async function scale() {
  const script = await bundled('scale-command')
  const child = spawn(process.execPath, ['--expose-gc', '--enable-source-maps', script, values.scale], {
    stdio: 'inherit',
  })
  process.exitCode = await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
}

/** Each runtime runs the same seeds; what they print must be the same. */
async function runtimes(names) {
  const script = await bundled('command')
  const first = whole('first-seed')
  const task = JSON.stringify({ ...taskOf(), seeds: Array.from({ length: whole('seeds') }, (_, i) => first + i) })
  const printed = new Map()
  for (const name of names) {
    const { program, vitest } = installRuntime(name)
    const before = name === 'deno' ? vitest : []
    const { status, stdout, stderr } = spawnSync(program, [...before, script, 'digests', task], { encoding: 'utf8' })
    if (status !== 0) fail(`${name} ended with ${status}:\n${stderr}`)
    printed.set(name, stdout)
  }
  console.log(printed.get(names[0]))
  const different = names.filter((name) => printed.get(name) !== printed.get(names[0]))
  for (const name of different) console.log(`${name} differs:\n${printed.get(name)}`)
  if (different.length === 0) console.log(`the same on ${names.join(', ')}`)
  process.exitCode = different.length === 0 ? 0 : 1
}

function taskOf() {
  const [least, greatest = least] = values.nodes.split('-').map(Number)
  if (!(least >= 2 && greatest >= least)) fail(`--nodes ${values.nodes}: a number from 2, or a range such as 3-30`)
  const task = { nodes: [least, greatest], kinds: kinds(), journal: values.verbose }
  if (values.duration !== undefined) task.faultsMs = whole('duration') * 1000
  return task
}

async function seeds() {
  const script = await bundled('command')
  const first = whole('first-seed')
  const count = whole('seeds')
  const task = taskOf()
  const total = {
    seeds: 0,
    violations: 0,
    failed: [],
    simMs: 0,
    detections: [],
    agreed: [],
    falseDeaths: 0,
    suspicions: 0,
  }
  const started = performance.now()
  let line = { from: first, seeds: 0, violations: 0, simMs: 0, at: started }
  let next = first

  function over(outcome) {
    total.seeds++
    total.violations += outcome.violations
    total.simMs += outcome.simMs
    total.detections.push(...outcome.detections)
    total.falseDeaths += outcome.falseDeaths
    total.suspicions += outcome.suspicions
    if (outcome.agreedAfterMs !== undefined) total.agreed.push(outcome.agreedAfterMs)
    if (outcome.violations > 0 || values.verbose) {
      if (outcome.violations > 0) total.failed.push(outcome)
      if (total.failed.length <= SHOWN_FAILURES) console.log(`${outcome.failure}\n`)
      else console.log(`seed ${outcome.seed}, ${outcome.nodes} nodes: ${outcome.checks.join(', ')}`)
    }
    if (values.verbose) console.log(`seed ${outcome.seed}: digest ${outcome.digest}, ${outcome.happenings} happenings`)
    line.seeds++
    line.violations += outcome.violations
    line.simMs += outcome.simMs
    if (line.seeds < SEEDS_PER_LINE && total.seeds < count) return
    const now = performance.now()
    console.log(
      `${line.seeds} seeds (${total.seeds} of ${count}): ${line.violations} violations, ` +
        `${hours(line.simMs)} h simulated in ${seconds(now - line.at)} s`,
    )
    line = { seeds: 0, violations: 0, simMs: 0, at: now }
  }

  await Promise.all(Array.from({ length: Math.min(whole('parallel'), count) }, worker))

  console.log(
    `\n${total.seeds} seeds, ${total.violations} violations in ${total.failed.length} seeds, ` +
      `${hours(total.simMs)} h simulated, ${seconds(performance.now() - started)} s`,
  )
  console.log(`agreement after healing: ${spread(total.agreed)}`)
  console.log(`crashes noticed by all, in fair conditions: ${spread(total.detections)}`)
  console.log(`suspicions of live nodes: ${total.suspicions}, of which taken for dead: ${total.falseDeaths}`)
  if (total.failed.length > 0)
    console.log(`failed seeds: ${total.failed.map(({ seed, nodes }) => `${seed} (${nodes} nodes)`).join(', ')}`)
  process.exitCode = total.failed.length > 0 || total.seeds < count ? 1 : 0

  function worker() {
    return new Promise((resolve) => {
      const child = fork(script, { execArgv: ['--enable-source-maps'] })
      const give = () => (next < first + count ? child.send({ ...task, seed: next++ }) : child.disconnect())
      child.on('message', (outcome) => {
        over(outcome)
        give()
      })
      child.on('exit', resolve)
      give()
    })
  }
}

function kinds() {
  if (values['no-faults']) return []
  const list = (text) => {
    const named = text.split(',')
    for (const kind of named)
      if (!KINDS.includes(kind)) fail(`no fault is called ${kind}: choose from ${KINDS.join(', ')}`)
    return named
  }
  if (values.only !== undefined) return list(values.only)
  if (values.without === undefined) return undefined
  const without = list(values.without)
  return KINDS.filter((kind) => !without.includes(kind))
}

function whole(name) {
  const value = Number(values[name])
  if (!Number.isInteger(value) || value < 0) fail(`--${name} ${values[name]}: a whole number is wanted`)
  return value
}

function fail(message) {
  console.error(message)
  rmSync(folder, { recursive: true, force: true })
  process.exit(2)
}

function spread(ms) {
  if (ms.length === 0) return 'none'
  const sorted = [...ms].sort((a, b) => a - b)
  const at = (share) => seconds(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))])
  return `${ms.length}, median ${at(0.5)} s, 95 % ${at(0.95)} s, worst ${at(1)} s`
}

function hours(ms) {
  return (ms / 3_600_000).toFixed(1)
}

function seconds(ms) {
  return (ms / 1000).toFixed(1)
}
