/**
 * `npm run test:runtimes [-- [--all] [--only bun,deno] [--json folder] [vitest filters…]]`
 *
 * Runs the same vitest suite on the machine's Node, on Bun and on Deno (with --all on Node 22 and 24 as well), one
 * after the other, and prints a line for each. Needs only the machine's Node: the rest comes from npm, see
 * test/runtimes/. Exits 1 when anything failed, with the failing tests' output.
 */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { installRuntime, RUNTIME_NAMES, versionOf } from './runtimes/install.mjs'
import { describeFailure, runVitest } from './runtimes/vitest.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    config: { type: 'string' },
  },
})

const names = values.only?.split(',') ?? (values.all ? RUNTIME_NAMES : ['node', 'bun', 'deno'])
const unknown = names.filter((name) => !RUNTIME_NAMES.includes(name))
if (unknown.length > 0) {
  console.error(`unknown runtime ${unknown.join(', ')}: choose from ${RUNTIME_NAMES.join(', ')}`)
  process.exit(2)
}
if (values.json !== undefined) mkdirSync(values.json, { recursive: true })

let broken = false
for (const name of names) {
  const { line, failures } = await runOn(name)
  console.log(line)
  if (failures.length === 0) continue
  broken = true
  console.error(`\n${failures.map((failure) => describeFailure(failure)).join('\n\n')}\n`)
}
process.exitCode = broken ? 1 : 0

async function runOn(name) {
  let runtime
  try {
    runtime = installRuntime(name)
  } catch (error) {
    return { line: `${name.padEnd(7)}could not be installed`, failures: [{ title: name, text: error.message }] }
  }
  const config = values.config === undefined ? [] : ['--config', values.config]
  const options = { arguments: [...config, ...positionals] }
  if (values.json !== undefined) options.json = resolve(join(values.json, `${name}.json`))
  const { passed, failed, skipped, seconds, failures } = await runVitest(runtime, options)
  const counts = `${count(passed)} passed ${count(failed)} failed ${count(skipped)} skipped`
  return {
    line: `${name.padEnd(7)}${versionOf(runtime).padEnd(10)}${counts} ${seconds.toFixed(1).padStart(8)} s`,
    failures,
  }
}

function count(number) {
  return String(number).padStart(6)
}
