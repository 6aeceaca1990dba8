/**
 * The component graph: takes a configuration, keeps its components running, carries exports from one to the next. Owns
 * the plan that is in force and the instances that belong to it; knows no concrete component (definitions are passed
 * in) and no expression (core/syntax evaluates).
 *
 * Loading is atomic by design, where Alloy's isn't. A configuration is planned and staged aside; only when every
 * component of it could be evaluated and built, the swap happens, within one turn of the event loop. Any problem leaves
 * the old graph exactly as it was, and all problems are reported together.
 *
 * Otherwise follows Alloy's controller: evaluation order, health, propagation of exports, stop before start, metrics.
 */
import { CodedError, messageOf } from '../errors.ts'
import type { Ports } from '../ports.ts'
import type { Block } from '../syntax/ast.ts'
import {
  type Diagnostic,
  formatDiagnostic,
  formatDiagnostics,
  hasErrors,
  renderDiagnostics,
} from '../syntax/diagnostic.ts'
import { deepEqual, type ObjectValue } from '../syntax/value.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { MetricScope } from '../telemetry/registry.ts'
import type { Timers } from '../time/timers.ts'
import { checkArguments, type Evaluated, type ExportsOf, evaluateArguments } from './arguments.ts'
import { commitUpdates } from './commit.ts'
import type { AnyComponentDefinition, Stability } from './component.ts'
import { HEALTH_STATES } from './health.ts'
import { type HttpSettings, httpProblem, httpSettings, NO_HTTP_SETTINGS } from './http-settings.ts'
import { type ComponentDetails, type ComponentInfo, componentDetails, componentInfo } from './info.ts'
import { createInstance, type Instance, type Surroundings } from './instance.ts'
import { type ProvidedService, services } from './lent.ts'
import { stopAll, within } from './lifecycle.ts'
import { type LoggingSettings, loggingSettings } from './logging.ts'
import { graphMetrics } from './metrics.ts'
import type { Dependencies } from './order.ts'
import { type Plan, type PlannedComponent, planConfiguration } from './plan.ts'
import { createPropagation } from './propagation.ts'
import { hashSources, type Source } from './sources.ts'
import { checkAll, type Stage, stage } from './stage.ts'

/** How long new components wait for removed ones to end. Longer endings (a queue that flushes) go on beside them. */
const STOP_GRACE_MS = 5_000

export interface GraphOptions {
  readonly definitions: readonly AnyComponentDefinition[]
  readonly ports: Ports
  readonly timers: Timers
  readonly log: Logger
  /** Where the graph's metrics and those of its components are registered. */
  readonly metrics: MetricScope
  /** Each component gets the directory `<storagePath>/<id>`. */
  readonly storagePath: string
  /** What every expression can use besides the exports of components: the standard library, by name. */
  readonly globals: ObjectValue
  /** Old names of the standard library and what they are called now: using one is a warning. */
  readonly deprecated?: ReadonlyMap<string, string>
  /** Names of the standard library that only `stability` 'experimental' allows. */
  readonly experimental?: ReadonlySet<string>
  /** What components find in their context under `services`. */
  readonly services?: readonly ProvidedService[]
  /** The least stable components and functions that are allowed; `generally-available` unless told. */
  readonly stability?: Stability
  readonly clusterName?: string
  /** Called with the `logging` block's settings, or the defaults, whenever a configuration takes effect. */
  readonly onLogging?: (settings: LoggingSettings) => void
  /**
   * Applies the `http` block's settings, or the defaults, before a configuration takes effect; resolves to what is wrong with
   * them, and has changed nothing then.
   */
  readonly applyHttp?: (settings: HttpSettings) => Promise<string | undefined>
}

export type { ComponentDetails, ComponentInfo } from './info.ts'

export interface LoadCounts {
  readonly added: number
  readonly updated: number
  readonly removed: number
  readonly unchanged: number
}

export type LoadResult =
  | { readonly ok: true; readonly sha256: string; readonly counts: LoadCounts }
  | {
      readonly ok: false
      /** In the order of the text; at least one. */
      readonly diagnostics: readonly Diagnostic[]
      /** The same for people, with the lines of the source. */
      readonly text: string
    }

export interface Graph {
  /**
   * Makes this the running configuration, or changes nothing. Resolves when new components were started; loads that
   * overlap take effect one after the other. Never rejects for what a configuration contains.
   */
  load(sources: readonly Source[]): Promise<LoadResult>
  /** For the metrics: a configuration couldn't even be read, so there was nothing to `load`. */
  unreadable(): void
  /** All components in the order of the text. */
  components(): readonly ComponentInfo[]
  /** One of them with everything that there is to tell. */
  component(id: string): ComponentDetails | undefined
  /** What the component serves over HTTP; undefined when it doesn't exist or serves nothing. */
  http(id: string): ((request: Request, path: string) => Response | Promise<Response>) | undefined
  /** Stops all components, dependants first, and resolves when they have ended. Nothing can be loaded afterwards. */
  stop(): Promise<void>
}

/** Evaluations from this long on are counted as slow. Alloy's number. */
const SLOW_SECONDS = 60

const NOTHING: Plan = { components: new Map(), dependants: new Map(), ids: [], logging: undefined, http: undefined }

export function createGraph(options: GraphOptions): Graph {
  const { ports, timers, log, globals } = options
  const { clock } = ports
  const metrics = graphMetrics(options.metrics, options.clusterName ?? '')
  const stopped = new AbortController()
  const surroundings: Surroundings = {
    ports,
    timers,
    log,
    metrics: options.metrics,
    services: services(options.services ?? []),
    shutdown: stopped.signal,
    storagePath: options.storagePath,
  }
  const planOptions = {
    definitions: definitionsByName(options.definitions),
    globals: new Set(globals.keys()),
    deprecated: options.deprecated ?? new Map<string, string>(),
    experimental: options.experimental ?? new Set<string>(),
    stability: options.stability ?? 'generally-available',
  }

  let plan = NOTHING
  let instances: ReadonlyMap<string, Instance> = new Map()
  let http = NO_HTTP_SETTINGS
  let sha256: string | undefined
  /** Removed ones that haven't ended yet. */
  const leaving = new Map<string, Promise<void>>()
  let lastLoad: Promise<unknown> = Promise.resolve()

  const propagation = createPropagation({
    clock,
    metrics,
    dependantsOf(ids) {
      const affected = new Set(ids.flatMap((id) => plan.dependants.get(id) ?? []))
      return [...plan.components.keys()].filter((id) => affected.has(id))
    },
    evaluate: (id) => timed(id, () => evaluateAgain(id)),
  })
  options.metrics.beforeCollect(() => {
    for (const state of HEALTH_STATES) metrics.components.with(state).set(0)
    for (const instance of instances.values()) metrics.components.with(instance.health.state).inc()
  })

  function load(sources: readonly Source[]): Promise<LoadResult> {
    const result = lastLoad.then(() => loadNow(sources))
    lastLoad = result.catch(() => undefined)
    return result
  }

  async function loadNow(sources: readonly Source[]): Promise<LoadResult> {
    const replaced = await replaceBy(sources)
    if (!replaced.ok) {
      countFailure()
      return failure(replaced.diagnostics, sources)
    }
    const hash = hashSources(sources)
    if (sha256 !== undefined) metrics.configHash.remove(sha256)
    metrics.configHash.with(hash).set(1)
    sha256 = hash
    metrics.lastLoadSuccessful.set(1)
    metrics.lastLoadSuccessTimestamp.set(clock.now() / 1000)
    log.info('configuration loaded', { ...replaced.counts, sha256: hash })
    await start(replaced.added, stopRemoved(replaced.removed, replaced.dependants))
    return { ok: true, sha256: hash, counts: replaced.counts }
  }

  function countFailure(): void {
    metrics.lastLoadSuccessful.set(0)
    metrics.loadFailures.inc()
  }

  async function replaceBy(sources: readonly Source[]): Promise<Replaced> {
    const planned = planConfiguration(sources, planOptions)
    const logging = loggingSettings(planned.plan.logging, globals)
    const nextHttp = httpSettings(planned.plan.http, globals)
    const ofSettings = [...logging.diagnostics, ...nextHttp.diagnostics]
    if (!planned.complete) {
      const found = await checkAll(planned.plan, check, clock)
      return { ok: false, diagnostics: [...planned.diagnostics, ...found, ...ofSettings] }
    }
    // An instance that still flushes owns the files and the metrics of its id.
    await Promise.all(planned.plan.ids.map((id) => leaving.get(id)))
    await propagation.pause()
    metrics.evaluating.set(1)
    try {
      const staged = await stage({ ...planned, running: instances, clock, timed, evaluate, check, build })
      const problems = [...planned.diagnostics, ...staged.diagnostics, ...ofSettings]
      if (stopped.signal.aborted) problems.push({ severity: 'error', file: '', message: 'skein is stopping' })
      if (!hasErrors(problems)) problems.push(...(await applyHttp(nextHttp.settings, planned.plan.http)))
      if (!hasErrors(problems)) {
        problems.push(...commitUpdates(staged.updates, log))
        if (hasErrors(problems)) await options.applyHttp?.(http)
        else http = nextHttp.settings
      }
      if (hasErrors(problems)) {
        for (const instance of staged.added.values()) await instance.stop()
        return { ok: false, diagnostics: problems }
      }
      for (const problem of problems) log.warn(formatDiagnostic(problem))
      const installed = install(planned.plan, staged)
      options.onLogging?.(logging.settings)
      return installed
    } finally {
      metrics.evaluating.set(0)
      propagation.resume()
    }
  }

  async function applyHttp(settings: HttpSettings, block: Block | undefined): Promise<readonly Diagnostic[]> {
    const problem = await options.applyHttp?.(settings)
    return problem === undefined ? [] : [httpProblem(block, problem)]
  }

  function install(next: Plan, { instances: staged, added, updates }: Stage): Replaced & { readonly ok: true } {
    const removed = new Map([...instances].filter(([id, instance]) => staged.get(id) !== instance))
    const { dependants } = plan
    const counts = {
      added: added.size,
      updated: updates.length,
      removed: removed.size,
      unchanged: staged.size - added.size - updates.length,
    }
    forEachConnection(plan, (from, to) => metrics.connections.remove(from, to))
    forEachConnection(next, (from, to) => metrics.connections.with(from, to).set(1))
    plan = next
    instances = staged
    for (const instance of instances.values()) instance.evaluated(undefined)
    return { ok: true, counts, added, removed, dependants }
  }

  function stopRemoved(removed: ReadonlyMap<string, Instance>, dependants: Dependencies): Promise<void> {
    const { done, each } = stopAll(removed, dependants, timers, log)
    for (const [id, ended] of each) {
      leaving.set(id, ended)
      void ended.then(() => leaving.delete(id))
    }
    return done
  }

  async function start(added: ReadonlyMap<string, Instance>, removedEnded: Promise<void>): Promise<void> {
    await within(removedEnded, STOP_GRACE_MS, timers, stopped.signal)
    if (stopped.signal.aborted) return
    for (const instance of added.values()) instance.start()
  }

  function build({ id, definition }: PlannedComponent, args: unknown): Instance {
    return createInstance({ id, definition, args, surroundings, exportsChanged: () => propagation.changed(id) })
  }

  function evaluate(component: PlannedComponent, exports: ExportsOf): Evaluated {
    return evaluateArguments(component, exports, globals)
  }

  function check(component: PlannedComponent): readonly Diagnostic[] {
    return checkArguments(component, globals)
  }

  function exportsOf(id: string): ObjectValue | undefined {
    return instances.get(id)?.exports
  }

  /** Something that this component refers to has other exports now. Failing leaves it with its last good arguments. */
  function evaluateAgain(id: string): void {
    const component = plan.components.get(id)
    const instance = instances.get(id)
    if (component === undefined || instance === undefined || instance.exited) return
    const evaluated = evaluate(component, exportsOf)
    if (!evaluated.ok) {
      evaluationFailed(instance, formatDiagnostics(evaluated.diagnostics))
      return
    }
    try {
      if (!deepEqual(instance.args, evaluated.args)) instance.update(evaluated.args)
      instance.evaluated(undefined)
    } catch (error) {
      evaluationFailed(instance, messageOf(error))
    }
  }

  function evaluationFailed(instance: Instance, reason: string): void {
    instance.evaluated(reason)
    log.error('failed to evaluate component', { component_id: instance.id, err: reason })
  }

  function timed<T>(id: string, work: () => T): T {
    const from = clock.monotonic()
    try {
      return work()
    } finally {
      const seconds = (clock.monotonic() - from) / 1000
      metrics.evaluationSeconds.observe(seconds)
      if (seconds >= SLOW_SECONDS) metrics.slowSeconds.with(id).inc(seconds)
    }
  }

  return {
    load,
    unreadable: countFailure,
    components: () =>
      plan.ids.map((id) =>
        componentInfo(plan, plan.components.get(id) as PlannedComponent, instances.get(id) as Instance),
      ),
    component(id) {
      const component = plan.components.get(id)
      const instance = instances.get(id)
      if (component === undefined || instance === undefined) return undefined
      return componentDetails(plan, component, instance, exportsOf, globals)
    },
    http(id) {
      const component = instances.get(id)?.component
      return component?.http?.bind(component)
    },
    async stop() {
      stopped.abort()
      await lastLoad
      await propagation.pause()
      await stopAll(instances, plan.dependants, timers, log).done
      await Promise.all(leaving.values())
    },
  }
}

type Replaced =
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly ok: true
      readonly counts: LoadCounts
      readonly added: ReadonlyMap<string, Instance>
      readonly removed: ReadonlyMap<string, Instance>
      /** Of the plan that was replaced: in what order `removed` must end. */
      readonly dependants: Dependencies
    }

function definitionsByName(
  definitions: readonly AnyComponentDefinition[],
): ReadonlyMap<string, AnyComponentDefinition> {
  const byName = new Map<string, AnyComponentDefinition>()
  for (const definition of definitions) {
    if (byName.has(definition.name)) throw new CodedError('internal', `component ${definition.name} is defined twice`)
    byName.set(definition.name, definition)
  }
  return byName
}

function forEachConnection(plan: Plan, visit: (from: string, to: string) => void): void {
  for (const { id, dependencies } of plan.components.values()) for (const to of dependencies) visit(id, to)
}

function failure(diagnostics: readonly Diagnostic[], sources: readonly Source[]): LoadResult {
  const rank = new Map(sources.map(({ file }, i) => [file, i]))
  const place = ({ file }: Diagnostic): number => rank.get(file) ?? -1
  const sorted = [...diagnostics].sort(
    (a, b) => place(a) - place(b) || (a.start?.offset ?? -1) - (b.start?.offset ?? -1),
  )
  const text = renderDiagnostics(sorted, new Map(sources.map(({ file, content }) => [file, content])))
  return { ok: false, diagnostics: sorted, text }
}
