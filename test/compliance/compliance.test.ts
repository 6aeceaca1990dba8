/**
 * The compliance suites for senders of remote_write, as tests: see docs/compliance.md, which this suite checks and writes.
 * All runs of the sender go by a schedule of their own, several at a time; a test waits for the one that it judges.
 *
 *   SKEIN_COMPLIANCE_SENDER=prometheus|vmagent   judges another sender, and keeps what was seen in measured.json
 *   SKEIN_COMPLIANCE_RUNTIME=bun|deno            skein on another runtime
 *   SKEIN_COMPLIANCE_ONLY=pattern                only cases whose title matches
 *   SKEIN_COMPLIANCE_WRITE=1                     writes docs/compliance.md
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { endEverything } from '../e2e/support/processes.ts'
import { titleOf } from './case.ts'
import { CASES } from './cases.ts'
import { judge, judgeRun } from './judge.ts'
import { createRuns } from './run.ts'
import { senderFromEnvironment } from './senders.ts'
import { keepMeasured, renderTable, TABLE_FILE } from './table.ts'

const sender = senderFromEnvironment()
const only = process.env['SKEIN_COMPLIANCE_ONLY']
const isSkein = sender.name === 'skein'
const runs = createRuns(sender)
const results = new Map<string, boolean | undefined>()

const wanted = CASES.filter((one) => only === undefined || new RegExp(only).test(titleOf(one)))

afterAll(endEverything)

describe.skipIf(sender.missing !== undefined)(
  `remote-write compliance of ${sender.name} ${sender.missing ?? sender.version}`,
  () => {
    for (const one of wanted) {
      const title = `${titleOf(one)}${one.level === undefined ? '' : ` [${one.level}]`}`
      if ((one.secondOnly && !sender.knowsSecond) || (one.ours && !isSkein)) {
        it.skip(`${title}: not for ${sender.name}`)
        continue
      }
      const outcome = runs.add(one.scenario)
      if (isSkein && one.deliberate !== undefined) {
        it(`${title}: deliberately not`, async () => {
          const known = await outcome()
          judgeRun(one, known)
          expect(() => one.check(known)).toThrow()
        })
        continue
      }
      it(title, async () => {
        results.set(titleOf(one), false)
        judge(one, await outcome())
        results.set(titleOf(one), true)
      })
    }

    it.skipIf(only !== undefined)('keeps the table', () => {
      if (!isSkein) {
        keepMeasured(sender.name, sender.version, results)
        return
      }
      const table = renderTable(CASES, results)
      if (process.env['SKEIN_COMPLIANCE_WRITE'] !== undefined) writeFileSync(TABLE_FILE, table)
      expect(existsSync(TABLE_FILE) ? readFileSync(TABLE_FILE, 'utf8') : '').toBe(table)
    })
  },
)
