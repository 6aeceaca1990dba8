/** Whether a sender complies. */
import { expect } from 'vitest'
import type { Case } from './case.ts'
import type { Outcome } from './outcome.ts'

/** Throws when it doesn't. */
export function judge(one: Case, outcome: Outcome): void {
  judgeRun(one, outcome)
  one.check(outcome)
}

/** What is asked for in every case. */
export function judgeRun(one: Case, outcome: Outcome): void {
  const { requests, exit, output } = outcome
  if (one.scenario.elsewhere === undefined) expect(requests.length, `requests; it said:\n${output}`).toBeGreaterThan(0)
  for (const { error } of requests) expect(error).toBeUndefined()
  if (!refusesToStart(one)) expect(exit, `it said:\n${output}`).toMatchObject({ code: 0, signal: null })
}

/** A sender may end over a URL that is none. */
function refusesToStart({ scenario }: Case): boolean {
  return scenario.elsewhere?.startsWith('invalid:') ?? false
}
