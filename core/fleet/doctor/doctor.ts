/**
 * What is wrong with the cluster, by what its nodes say of themselves and each other: one check for each trouble, each pure, in a
 * file of its own. Owns the order of the checks and the verdict of the whole; asks nobody (cluster-view.ts does) and mends nothing.
 *
 * Where it isn't sure it says so: a difference that is younger than news take to get around is a warning, and what nobody could
 * tell is unknown, not well.
 */
import type { Check, Diagnosis, TroubleId, Verdict } from '../../api/doctor.ts'
import type { Timestamp } from '../../api/node.ts'
import type { FleetReports } from '../fleet-reports.ts'
import { unanswered } from './answers.ts'
import { notConverging } from './convergence.ts'
import { configurationDrift } from './drift.ts'
import { type Examine, factsOf } from './facts.ts'
import { unhealthyNode } from './health.ts'
import { lamportClock } from './lamport.ts'
import { nameConflict } from './names.ts'
import { tooSmall } from './size.ts'
import { splitBrain } from './split-brain.ts'
import { stuckTerminating } from './terminating.ts'
import { THRESHOLDS, type Thresholds } from './thresholds.ts'
import { evidenceOf, plain } from './words.ts'

interface Trouble {
  readonly id: TroubleId
  readonly title: string
  readonly examine: Examine
}

const TROUBLES: readonly Trouble[] = [
  { id: 'not-converging', title: 'Not converging', examine: notConverging },
  { id: 'split-brain', title: 'Split brain', examine: splitBrain },
  { id: 'configuration-drift', title: 'Configuration drift', examine: configurationDrift },
  { id: 'name-conflict', title: 'Name conflict', examine: nameConflict },
  { id: 'stuck-terminating', title: 'Stuck in terminating', examine: stuckTerminating },
  { id: 'lamport-clock', title: 'Lamport clock stuck or drifting', examine: lamportClock },
  { id: 'too-small', title: 'Too small', examine: tooSmall },
  { id: 'unhealthy-node', title: 'Unhealthy node', examine: unhealthyNode },
  { id: 'unanswered', title: 'Nodes that do not answer', examine: unanswered },
]

/** From best to worst. */
const VERDICTS: readonly Verdict[] = ['ok', 'unknown', 'warning', 'trouble']

/**
 * `at` is only passed on: ages are by the clock of the node that told them, so that clocks that differ do no harm. Takes some
 * 4 ms for 240 nodes, and hardly more for more: of those not all lists of peers are compared.
 */
export function diagnose(reports: FleetReports, at: Timestamp, thresholds: Thresholds = THRESHOLDS): Diagnosis {
  const { own } = reports
  const checks = own.clustered ? examined(reports, thresholds) : TROUBLES.map(withoutCluster)
  return { at, by: own.name, verdict: worst(checks), checks }
}

function examined(reports: FleetReports, thresholds: Thresholds): readonly Check[] {
  const facts = factsOf(reports, thresholds)
  return TROUBLES.map(({ id, title, examine }) => {
    const { verdict, sentence, evidence = [], remedy = [] } = examine(facts)
    return { id, title, verdict, sentence: plain(sentence), evidence: evidenceOf(evidence), remedy: remedy.map(plain) }
  })
}

function withoutCluster({ id, title }: Trouble): Check {
  const sentence = 'This node runs without a cluster: --cluster.enabled is off.'
  return { id, title, verdict: 'ok', sentence, evidence: [], remedy: [] }
}

function worst(checks: readonly Check[]): Verdict {
  return checks.reduce<Verdict>(
    (found, { verdict }) => (VERDICTS.indexOf(verdict) > VERDICTS.indexOf(found) ? verdict : found),
    'ok',
  )
}
