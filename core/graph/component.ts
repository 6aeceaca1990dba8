/**
 * The contract between a component and the graph that runs it. A component is one file: the schema of its arguments,
 * the type of its exports, and a `build` that starts a domain of a floor below.
 *
 * The life of an instance:
 *
 *   build ──► prepare ──► (update)* ──► run ──► (update)* ──► aborted, or run ends by itself
 *     └─────────┴───────► dropped, never run: another component of the same configuration failed
 *
 * A configuration is put together aside while the old one runs, and only swapped in when nothing failed. Hence the one
 * rule that components must keep: **`build` starts nothing**. It validates, publishes what it exports and opens no
 * socket, file, timer or watch that would have to be closed; all that happens in `run` and ends when its signal aborts.
 */
import type { Ports } from '../ports.ts'
import type { Schema } from '../syntax/schema.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { Timers } from '../time/timers.ts'
import type { HealthState } from './health.ts'
import type { Services } from './lent.ts'

export type Stability = 'experimental' | 'public-preview' | 'generally-available'

/** What the reference says of a component besides its arguments, which say it themselves. */
export interface ComponentAbout {
  /** What it is for: whole sentences, Markdown. */
  readonly does: string
  readonly exports: readonly ExportAbout[]
}

export interface ExportAbout {
  readonly name: string
  /** As documentation writes types: `list(map(string))`. */
  readonly type: string
  readonly doc: string
}

export interface ComponentDefinition<Args, Exports = Record<string, never>> {
  /** As blocks are named: `prometheus.scrape`. */
  readonly name: string
  readonly about?: ComponentAbout
  readonly stability: Stability
  readonly schema: Schema<Args>
  /** Whether it shows what flows through it to whoever watches: see core/live. */
  readonly liveDebugging?: true
  /**
   * Makes an instance for valid arguments. May publish at once, and must when it exports anything: dependants of the
   * same configuration are evaluated right after it. Throws CodedError 'config' or 'unsupported' when the arguments
   * can't work.
   */
  build(context: ComponentContext<Exports>, args: Args): Component<Args>
}

export interface Component<Args> {
  /**
   * Does the work until `signal` aborts, then cleans up and resolves. Called once at most. Ending earlier is an end,
   * too: the component counts as exited, and the next successful load builds a new instance in its place. Rejecting
   * does the same, with the reason.
   */
  run(signal: AbortSignal): Promise<void>
  /**
   * Gets what `build` can't have, such as the first answer of a server: called once, after `build`, and awaited before dependants are evaluated with
   * what is exported then. Rejecting refuses the arguments. Leaves nothing open.
   */
  prepare?(signal: AbortSignal): Promise<void>
  /**
   * Takes new arguments, at once and wholly: when it throws, the old ones must still be in force, since the graph then
   * goes back to them (at a load by undoing the whole load). May come before `run`. Called only when arguments differ.
   */
  update(args: Args): void
  /** What this instance can tell about its inner state, for people; plain data without secrets. */
  debugInfo?(): unknown
  /** Serves `/api/v0/component/<id><path>`; `path` begins with `/`. */
  http?(request: Request, path: string): Response | Promise<Response>
}

/** What an instance is given to live with. */
export interface ComponentContext<Exports> {
  /** `prometheus.scrape.default`. */
  readonly id: string
  /** Its lines carry `component_path` and `component_id`. */
  readonly log: Logger
  /** Constant labels `component_path`, `component_id`; emptied when the instance ends. */
  readonly metrics: MetricScope
  /** Where this component may keep files; not created. */
  readonly storagePath: string
  readonly ports: Ports
  readonly timers: Timers
  /** What the agent lends to components by key, such as its place in the cluster. */
  readonly services: Services
  /** Has aborted by the time `run`'s signal does when everything stops; else the component alone is removed. */
  readonly shutdown: AbortSignal
  /**
   * Replaces the exports. Who refers to them is evaluated anew, soon but not within this call; the same exports again
   * change nothing. Values: see core/syntax/value.ts. Not heard any more after the instance ended.
   */
  publish(exports: Exports): void
  /** What the component itself says about how it is. Healthy until it says otherwise. */
  setHealth(state: Exclude<HealthState, 'exited'>, message: string): void
}

/** A definition whose types only its own file knows: what a list of definitions holds. */
export type AnyComponentDefinition = ComponentDefinition<unknown, unknown>

/**
 * Checks the definition's types against each other, then forgets them: the graph hands each definition only what its
 * own schema decoded.
 */
export function defineComponent<Args, Exports = Record<string, never>>(
  definition: ComponentDefinition<Args, Exports>,
): AnyComponentDefinition {
  return definition as unknown as AnyComponentDefinition
}
