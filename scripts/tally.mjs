/**
 * The end of `.ci/run`: `node scripts/tally.mjs folder` adds up what the steps left there (steps.tsv, and vitest's JSON
 * reports), says which tests failed and how each of them begins to say why, and closes with the line `N passed, N failed`.
 * A step that isn't a suite counts as one test; so does a suite that broke without a failing test. Exits 1 when anything
 * failed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'
import { describeFailure, readTally } from './runtimes/vitest.mjs'

/** What is known of a failure by then is far above, or cut off: enough to see what it is, and not so much as to be cut off. */
const MOST_FAILURES = 40
const MOST_LINES = 6
const MOST_COLUMNS = 300

const folder = process.argv[2]
const total = { passed: 0, failed: 0, skipped: 0 }

const suites = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((file) => ({ name: file.replace('.json', ''), ...readTally(join(folder, file)) }))

const failures = suites.flatMap(({ name, failures }) => failures.map((failure) => ({ suite: name, ...failure })))
if (failures.length > 0) console.log('\n==> failed tests')
for (const { suite, title, text } of failures.slice(0, MOST_FAILURES)) {
  const described = { title: `${suite}: ${title.replaceAll(`${root}/`, '')}`, text: narrow(text) }
  console.log(`\n${describeFailure(described, MOST_LINES).replaceAll(/^/gm, '    ')}`)
}
if (failures.length > MOST_FAILURES) console.log(`\n    … and ${failures.length - MOST_FAILURES} more`)

console.log('\n==> summary')
for (const { name, ...tally } of suites) {
  for (const kind of Object.keys(total)) total[kind] += tally[kind]
  const counts = `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`
  console.log(`    ${name.padEnd(16)} ${counts}`)
}

for (const line of readFileSync(join(folder, 'steps.tsv'), 'utf8').trim().split('\n')) {
  const [name, status, seconds] = line.split('\t')
  const isSuite = name.startsWith('test')
  const passed = status === '0'
  if (!isSuite) total[passed ? 'passed' : 'failed']++
  else if (!passed && failures.length === 0) total.failed++
  console.log(`    ${name.padEnd(16)} ${passed ? 'ok' : `FAILED (${status})`}, ${seconds} s`)
}
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1

function narrow(text) {
  return text
    .split('\n')
    .map((line) => (line.length > MOST_COLUMNS ? `${line.slice(0, MOST_COLUMNS)}…` : line))
    .join('\n')
}
