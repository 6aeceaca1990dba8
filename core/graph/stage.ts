/**
 * Puts a new configuration together beside the one that runs: evaluates all arguments, dependencies first, and builds
 * what is new. What runs is only read. So whatever goes wrong here, dropping the stage leaves no trace.
 *
 * New components publish while they are built, so their dependants see their exports. A running component whose
 * arguments are about to change still has its old exports here; if the update changes them, its dependants follow as
 * they always do.
 */
import { CodedError, messageOf } from '../errors.ts'
import { MAX_SLICE_MS } from '../limits.ts'
import type { Clock } from '../ports.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { deepEqual } from '../syntax/value.ts'
import type { Evaluated } from './arguments.ts'
import type { Instance } from './instance.ts'
import type { Plan, PlannedComponent } from './plan.ts'

export interface Update {
  readonly instance: Instance
  readonly args: unknown
  readonly component: PlannedComponent
}

export interface Stage {
  /** All components of the plan that could be evaluated and built, dependencies first. */
  readonly instances: ReadonlyMap<string, Instance>
  /** Those among them that were built here. */
  readonly added: ReadonlyMap<string, Instance>
  /** Running ones whose arguments differ from now on. */
  readonly updates: readonly Update[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface StageOptions {
  readonly plan: Plan
  readonly broken: ReadonlySet<string>
  readonly running: ReadonlyMap<string, Instance>
  readonly clock: Clock
  /** Measures the evaluation of one component, building included. */
  readonly timed: (id: string, work: () => void) => void
  /** Evaluates and decodes the arguments with the exports that the components before it have. */
  readonly evaluate: (component: PlannedComponent, exportsOf: (id: string) => Instance['exports']) => Evaluated
  /** For what can't be evaluated because something it refers to failed: what its text alone shows. */
  readonly check: (component: PlannedComponent) => readonly Diagnostic[]
  readonly build: (component: PlannedComponent, args: unknown) => Instance
}

export async function stage(options: StageOptions): Promise<Stage> {
  const { plan, broken, running, clock } = options
  const instances = new Map<string, Instance>()
  const added = new Map<string, Instance>()
  const updates: Update[] = []
  const diagnostics: Diagnostic[] = []
  const exportsOf = (id: string): Instance['exports'] => instances.get(id)?.exports

  function place(component: PlannedComponent): void {
    if (broken.has(component.id) || !component.dependencies.every((id) => instances.has(id))) {
      diagnostics.push(...options.check(component))
      return
    }
    const evaluated = options.evaluate(component, exportsOf)
    if (!evaluated.ok) {
      diagnostics.push(...evaluated.diagnostics)
      return
    }
    const instance = running.get(component.id)
    if (instance === undefined || instance.exited) {
      const built = buildOrExplain(component, evaluated.args)
      if (built === undefined) return
      instances.set(component.id, built)
      added.set(component.id, built)
      return
    }
    instances.set(component.id, instance)
    if (!deepEqual(instance.args, evaluated.args)) updates.push({ instance, args: evaluated.args, component })
  }

  function buildOrExplain(component: PlannedComponent, args: unknown): Instance | undefined {
    try {
      return options.build(component, args)
    } catch (error) {
      diagnostics.push(refused(component, error))
      return undefined
    }
  }

  await forEach(plan, clock, (component) => options.timed(component.id, () => place(component)))
  return { instances, added, updates, diagnostics }
}

/** What the texts of all components show to be wrong, of a plan that must not be evaluated. */
export async function checkAll(plan: Plan, check: StageOptions['check'], clock: Clock): Promise<readonly Diagnostic[]> {
  const diagnostics: Diagnostic[] = []
  await forEach(plan, clock, (component) => diagnostics.push(...check(component)))
  return diagnostics
}

/** Dependencies first, in slices: nothing blocks the event loop for long. */
async function forEach(plan: Plan, clock: Clock, work: (component: PlannedComponent) => void): Promise<void> {
  let sliceStart = clock.monotonic()
  for (const component of plan.components.values()) {
    work(component)
    if (clock.monotonic() - sliceStart < MAX_SLICE_MS) continue
    await clock.turn()
    sliceStart = clock.monotonic()
  }
}

/** A component didn't accept its arguments. */
export function refused({ id, block }: PlannedComponent, error: unknown): Diagnostic {
  const expected = error instanceof CodedError && error.code !== 'internal'
  return errorAt(block.nameSpan, expected ? messageOf(error) : `${id} failed: ${messageOf(error)}`)
}
