/**
 * Checks the rules of the house (docs/architecture.md) by machine: `npm run architecture`. Needs no build; Node 20 runs
 * it as it is. Prints each broken rule with its place and how to mend it, and exits 1 when there are any.
 * test/architecture/ plants one violation per rule and proves that each is found.
 */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkArchitecture } from './architecture/check.mjs'
import { show } from './architecture/report.mjs'

const root = process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url)))
const { files, violations } = checkArchitecture(root)
for (const violation of violations) console.error(show(violation))
console.log(`architecture: ${files} files, ${violations.length} broken rules`)
process.exitCode = violations.length === 0 ? 0 : 1
