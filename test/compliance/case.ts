/** What a compliance case is: a scenario, and what has to be seen of the sender then. */
import type { Outcome } from './outcome.ts'
import type { Scenario } from './scenario.ts'

export const LEVELS = ['MUST', 'SHOULD', 'MAY', 'RECOMMENDED'] as const
export type Level = (typeof LEVELS)[number]

export interface Case {
  readonly generation: 'A' | 'B' | 'C'
  /** Name of the test function of the original. */
  readonly test: string
  readonly name: string
  /** Undefined where the original has none. */
  readonly level: Level | undefined
  readonly scenario: Scenario
  /** Throws when the sender doesn't comply. */
  check(outcome: Outcome): void
  /** What is different from the original, for the table: stricter, or a body repaired. */
  readonly note?: string
  /** It makes sense in 2.0 only: senders that don't know it are not judged. */
  readonly secondOnly: boolean
  /** Not of the original: only skein is judged by it. */
  readonly ours?: true
  /** Why skein fails it, and is meant to. */
  readonly deliberate?: string
}

type Check = (outcome: Outcome) => void

/** What a case has besides its name, level, scenario and check. */
export type Extra = Pick<Partial<Case>, 'note' | 'secondOnly' | 'deliberate' | 'ours'>

/** Cases of one test function of generation A. */
export function casesOf(test: string): (level: Level, name: string, on: Scenario, check: Check, extra?: Extra) => Case {
  return (level, name, scenario, check, extra = {}) => ({
    ...{ generation: 'A', test, name, level, scenario, check, secondOnly: false },
    ...extra,
  })
}

/** Five seconds of 2.0, to a receiver that takes everything. */
export function exposing(text: string, more: Partial<Scenario> = {}): Scenario {
  return { speak: '2.0', expose: { text }, receive: {}, seconds: 5, ...more }
}

/** The same for a body that is OpenMetrics without showing it. */
export function openmetrics(text: string): Scenario {
  return exposing('', { expose: { text, type: 'openmetrics' } })
}

/** What most cases expose. */
export const PLAIN: Scenario = exposing('test_metric 42\n')

export const SECOND_ONLY: Extra = { secondOnly: true }

/** Its name in the results: `A TestHTTPMethod/post_method`. */
export function titleOf({ generation, test, name }: Pick<Case, 'generation' | 'test' | 'name'>): string {
  return `${generation} ${test}${name === '' ? '' : `/${name}`}`
}
