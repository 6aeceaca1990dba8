/**
 * How a target came to its labels: which discovery.relabel made it, out of what, and so on back to what was discovered. Found
 * by trying: no record is kept while targets are relabelled, since nobody may ever ask. Owns the search; what a rule does is
 * core/labels' business.
 */
import type { RelabelStage } from '../api/targets.ts'
import { type Labels, labelsFromMap, sameLabels } from '../labels/labels.ts'
import { type CompiledRule, relabel } from '../labels/relabel.ts'
import { MAX_RELABELLINGS_TRIED } from '../limits.ts'
import type { TargetLabels } from '../ownership/distribute.ts'
import type { Slices } from '../time/slices.ts'
import { relabelStage } from './relabel-stage.ts'
import type { SignedIn, TargetRelabelling } from './reports.ts'

export interface TracingDeps {
  readonly relabellings: Pick<SignedIn<TargetRelabelling>, 'get'>
  /** Ids of all that the values of this one are made of; arguments and instances of modules count as well. */
  readonly sourcesOf: (id: string) => readonly string[]
  readonly slices: Slices
}

export interface Tracing {
  /**
   * What happened to a target before the component was given it with these labels, beginning with what was discovered; empty
   * when it came as it is. Where several have come to the same labels it is one of them.
   */
  stagesBefore(component: string, labels: TargetLabels): Promise<readonly RelabelStage[]>
  /** Every discovery.relabel that what a component is given may have gone through. */
  relabellingsBefore(component: string): readonly TargetRelabelling[]
}

/** Between two yields: comparing costs 0.1 µs, applying rules some 10 µs. */
const COMPARISONS_PER_STEP = 1024
const COMPARISONS_PER_TRY = 64

/** What was found out, for as long as the rules are these. */
interface Remembered {
  readonly rules: readonly CompiledRule[]
  readonly input: TargetLabels | undefined
}

interface Made {
  readonly relabelling: TargetRelabelling
  readonly input: TargetLabels
}

export function createTracing({ relabellings, sourcesOf, slices }: TracingDeps): Tracing {
  /** By what a relabelling was given, then by what came out: gone when those are. */
  const remembered = new WeakMap<readonly TargetLabels[], WeakMap<TargetLabels, Remembered>>()

  /** Those that hand on to this one with no other between. */
  function nearest(id: string): readonly TargetRelabelling[] {
    const found: TargetRelabelling[] = []
    const ids = new Set(sourcesOf(id))
    // Grows as it is gone through.
    for (const source of ids) {
      const relabelling = relabellings.get(source)
      if (relabelling !== undefined) found.push(relabelling)
      else for (const further of sourcesOf(source)) ids.add(further)
    }
    return found
  }

  async function inputOf(relabelling: TargetRelabelling, labels: TargetLabels): Promise<TargetLabels | undefined> {
    const given = relabelling.given()
    const rules = relabelling.rules()
    let known = remembered.get(given)
    if (known === undefined) remembered.set(given, (known = new WeakMap()))
    const before = known.get(labels)
    if (before?.rules === rules) return before.input
    const input = await slices.run(findInput(given, rules, labels))
    known.set(labels, { rules, input })
    return input
  }

  /** What handed a target with these labels on to this component, and what it had made it of. */
  async function madeBy(id: string, labels: TargetLabels): Promise<Made | undefined> {
    for (const relabelling of nearest(id)) {
      const input = await inputOf(relabelling, labels)
      if (input !== undefined) return { relabelling, input }
    }
    return undefined
  }

  return {
    async stagesBefore(component, labels) {
      const stages: RelabelStage[] = []
      let id = component
      let current: TargetLabels | undefined = labels
      while (current !== undefined) {
        const from = await madeBy(id, current)
        if (from !== undefined) {
          id = from.relabelling.component
          stages.unshift(relabelStage(id, from.input, from.relabelling.rules()))
        }
        current = from?.input
      }
      return stages
    },
    relabellingsBefore(component) {
      const ids = new Set(sourcesOf(component))
      for (const source of ids) for (const further of sourcesOf(source)) ids.add(further)
      return [...ids].flatMap((id) => relabellings.get(id) ?? [])
    },
  }
}

/** First among those with the same address, which few rules change; then among all others. */
function* findInput(
  given: readonly TargetLabels[],
  rules: readonly CompiledRule[],
  wanted: TargetLabels,
): Generator<undefined, TargetLabels | undefined> {
  const output = labelsFromMap(wanted)
  const address = wanted.get('__address__')
  let effort = 0
  let tried = 0
  for (const sameAddress of [true, false]) {
    for (const input of given) {
      if ((input.get('__address__') === address) === sameAddress) {
        if (++tried > MAX_RELABELLINGS_TRIED) return undefined
        if (becomes(input, rules, output)) return input
        effort += COMPARISONS_PER_TRY
      }
      if (++effort < COMPARISONS_PER_STEP) continue
      effort = 0
      yield
    }
  }
  return undefined
}

function becomes(input: TargetLabels, rules: readonly CompiledRule[], output: Labels): boolean {
  const relabelled = relabel(labelsFromMap(input), rules)
  return relabelled !== undefined && sameLabels(relabelled, output)
}
