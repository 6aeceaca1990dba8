/** What a run came to. */
import type { Plan } from './plan.ts'
import type { Violation } from './watch.ts'

export interface RunResult {
  readonly seed: string
  readonly nodes: number
  readonly plan: Plan
  readonly violations: readonly Violation[]
  /** Last lines before the first violation, and what every node knew then. */
  readonly timeline: readonly string[]
  readonly digest: string
  readonly simMs: number
  readonly happenings: number
  /** From the end of all faults until all agreed, ms; undefined when they never did. */
  readonly agreedAfterMs: number | undefined
  readonly suspicions: number
  readonly falseDeaths: number
  readonly detections: readonly number[]
}
