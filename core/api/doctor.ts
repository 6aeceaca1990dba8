/** GET /api/v1/doctor: what is wrong with the cluster, by what its nodes say. */
import type { Timestamp } from './node.ts'

export type TroubleId =
  | 'not-converging'
  | 'split-brain'
  | 'configuration-drift'
  | 'name-conflict'
  | 'stuck-terminating'
  | 'lamport-clock'
  | 'too-small'
  | 'unhealthy-node'
  | 'unanswered'

/** `unknown`: it could not be checked. `warning`: it may pass by itself. */
export type Verdict = 'ok' | 'warning' | 'trouble' | 'unknown'

export interface Check {
  readonly id: TroubleId
  /** Such as "Split brain". */
  readonly title: string
  readonly verdict: Verdict
  /** What was found, in one or two sentences. */
  readonly sentence: string
  /** The facts that it rests on, a line each: who said what. */
  readonly evidence: readonly string[]
  /** What to do, a step each; empty when all is well. */
  readonly remedy: readonly string[]
}

export interface Diagnosis {
  readonly at: Timestamp
  /** The node that looked. */
  readonly by: string
  /** The worst of all checks; `unknown` counts as less than a warning. */
  readonly verdict: Verdict
  /** One for each trouble that there is a check for, always in the same order. */
  readonly checks: readonly Check[]
}
