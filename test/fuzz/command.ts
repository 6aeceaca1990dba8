/** The working side of `npm run fuzz`: scripts/fuzz.mjs bundles this file. Goes round all parsers, with new seeds, until the time is up. */
import { describeFinding, type Finding, fuzz, withRejections } from './harness.ts'
import { PARSERS } from './parsers.ts'

interface Task {
  readonly seconds: number
  /** Part of a name; empty for all. */
  readonly only: string
  readonly seed: string
}

const task = JSON.parse(process.argv[2]) as Task
const chosen = PARSERS.filter(({ name }) => name.includes(task.only))
if (chosen.length === 0) {
  console.error(
    `no parser is called ${JSON.stringify(task.only)}; there are:\n${PARSERS.map(({ name }) => `  ${name}`).join('\n')}`,
  )
  process.exit(2)
}

const end = performance.now() + task.seconds * 1000
const seen = new Map<string, Finding>()
const counts = new Map<string, number>()
let rounds = 0
// Lengths up to what can come: a regular expression may be fine with a megabyte and run out of stack at sixteen.
const PUMP_BYTES: readonly number[] = [64 * 1024, 1024 * 1024, 64 * 1024, 16 * 1024 * 1024]

for (; performance.now() < end; rounds++) {
  for (const parser of chosen) {
    if (performance.now() >= end) break
    const seed = `${task.seed}/${rounds}`
    const inputs = Math.min(1000, 3 * (parser.inputs ?? 1000))
    const plan = { seed, inputs, pumps: 12, pumpBytes: PUMP_BYTES[rounds % PUMP_BYTES.length], findings: 2 }
    for (const finding of await withRejections(parser.name, () => fuzz(parser, plan))) {
      // The same trouble with other inputs is told once.
      const key = `${parser.name} ${finding.trouble} ${finding.message.replace(/\d+/g, 'n').slice(0, 160)}`
      if (seen.has(key)) continue
      seen.set(key, finding)
      console.log(`${describeFinding(finding)}\n  seed ${seed}\n`)
    }
    counts.set(parser.name, (counts.get(parser.name) ?? 0) + inputs)
  }
}
const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
console.log(`${counts.size} parsers, ${rounds} rounds, some ${total} damaged inputs, ${seen.size} findings`)
process.exit(seen.size === 0 ? 0 : 1)
