/**
 * The end of `.ci/run`: `node scripts/tally.mjs folder` adds up what the steps left there (steps.tsv, and vitest's JSON
 * reports) and closes with the line `N passed, N failed`. A step that isn't a suite counts as one test; so does a suite
 * that broke without a failing test. Exits 1 when anything failed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTally } from './runtimes/vitest.mjs'

const folder = process.argv[2]
const total = { passed: 0, failed: 0, skipped: 0 }

console.log('\n==> summary')
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()) {
  const tally = readTally(join(folder, file))
  for (const kind of Object.keys(total)) total[kind] += tally[kind]
  const counts = `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`
  console.log(`    ${file.replace('.json', '').padEnd(16)} ${counts}`)
}

const failedTests = total.failed
for (const line of readFileSync(join(folder, 'steps.tsv'), 'utf8').trim().split('\n')) {
  const [name, status, seconds] = line.split('\t')
  const isSuite = name.startsWith('test')
  const passed = status === '0'
  if (!isSuite) total[passed ? 'passed' : 'failed']++
  else if (!passed && failedTests === 0) total.failed++
  console.log(`    ${name.padEnd(16)} ${passed ? 'ok' : `FAILED (${status})`}, ${seconds} s`)
}
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1
