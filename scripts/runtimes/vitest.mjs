/** Runs vitest under a given runtime and reads its result from the JSON reporter. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../root.mjs'

/**
 * @typedef {object} Tally
 * @property {number} passed tests
 * @property {number} failed tests, and files that could not be loaded
 * @property {number} skipped tests, to-dos included
 * @property {Failure[]} failures one per failed test or file
 */

/**
 * @typedef {object} Failure for people
 * @property {string} title lines: the file, and the test in it
 * @property {string} text why, of any length
 */

/** Longest a whole suite may take before it counts as hung. */
const SUITE_DEADLINE_MS = 10 * 60_000

/** How much of vitest's own output is shown when it ends without a result. */
const OUTPUT_TAIL = 8_000

/**
 * @param {import('./install.mjs').Runtime} runtime
 * @param {{ arguments: string[], json?: string }} options arguments for vitest (filters, --config); where to keep its JSON
 * @returns {Promise<Tally & { seconds: number }>}
 */
export async function runVitest(runtime, options) {
  const folder = mkdtempSync(join(tmpdir(), 'skein-suite-'))
  const json = options.json ?? join(folder, 'result.json')
  const script = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [...runtime.vitest, script, 'run', '--reporter=json', `--outputFile=${json}`, ...options.arguments]
  const started = performance.now()
  try {
    const { exit, output } = await run(runtime.program, args)
    const seconds = (performance.now() - started) / 1000
    const tally = readTally(json)
    if (exit !== 0 && tally.failed === 0) {
      tally.failed = 1
      tally.failures.push({ title: `vitest ended with ${exit}`, text: output.slice(-OUTPUT_TAIL) })
    }
    return { ...tally, seconds }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Starts the program in a process group of its own, so that vitest's workers end with it. */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, DENO_NO_UPDATE_CHECK: '1' }
    const child = spawn(program, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const end = (signal) => {
      try {
        process.kill(-child.pid, signal)
      } catch {
        // gone already
      }
    }
    const stop = () => {
      end('SIGKILL')
      process.exit(130)
    }
    let output = ''
    let hung = false
    const collect = (chunk) => {
      output = (output + chunk).slice(-4 * OUTPUT_TAIL)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    const deadline = setTimeout(() => {
      hung = true
      end('SIGKILL')
    }, SUITE_DEADLINE_MS)
    process.on('SIGINT', stop).on('SIGTERM', stop)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(deadline)
      process.off('SIGINT', stop).off('SIGTERM', stop)
      end('SIGKILL')
      resolve({ exit: hung ? `nothing after ${SUITE_DEADLINE_MS / 60_000} minutes` : (code ?? signal), output })
    })
  })
}

/**
 * @param {string} json path of vitest's JSON report
 * @returns {Tally} all zero when there is no report
 */
export function readTally(json) {
  const tally = { passed: 0, failed: 0, skipped: 0, failures: [] }
  let report
  try {
    report = JSON.parse(readFileSync(json, 'utf8'))
  } catch {
    return tally
  }
  for (const file of report.testResults) {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed')
    for (const { fullName, failureMessages } of failed) {
      tally.failures.push({ title: `${file.name}\n  ${fullName}`, text: failureMessages.join('\n') })
    }
    // A file that can't be loaded has no tests to fail.
    if (file.status === 'failed' && failed.length === 0) tally.failures.push({ title: file.name, text: file.message })
    tally.passed += file.assertionResults.filter(({ status }) => status === 'passed').length
    tally.skipped += file.assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed').length
  }
  tally.failed = tally.failures.length
  return tally
}

/**
 * @param {Failure} failure
 * @param {number} [most] lines of its text
 */
export function describeFailure({ title, text }, most = Number.POSITIVE_INFINITY) {
  const lines = text.trim().split('\n')
  const shown = lines.slice(0, most).map((line) => `    ${line}`)
  if (lines.length > most) shown.push(`    … ${lines.length - most} more lines`)
  return [title, ...shown].join('\n')
}
