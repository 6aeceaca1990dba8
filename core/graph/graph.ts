/**
 * The component graph: takes a configuration, keeps its components running, carries exports from one to the next. Owns
 * the texts that are in force, and in what order they are replaced; what runs of them is in running.ts. Knows no concrete
 * component (definitions are passed in) and no expression (core/syntax evaluates).
 *
 * Loading is atomic by design, where Alloy's isn't. A configuration is planned (plan.ts) and staged aside (stage.ts), its
 * modules taken apart; only when every component of it could be evaluated and built, the swap happens, within one turn of
 * the event loop. Any problem leaves the old graph exactly as it was, and all problems are reported together. The same is
 * done again when an import or the collection of a `foreach` changes which components there are.
 *
 * Otherwise follows Alloy's controller: evaluation order, health, propagation of exports, stop before start, metrics.
 */
import { type Diagnostic, formatDiagnostic, formatDiagnostics, hasErrors } from '../syntax/diagnostic.ts'
import { createRegistry } from '../telemetry/registry.ts'
import { createApplySettings } from './apply-settings.ts'
import { planOptions } from './blocks.ts'
import { checkBody } from './check.ts'
import { commitUpdates } from './commit.ts'
import { type Module, newModule, withModulePath } from './environment.ts'
import { HEALTH_STATES } from './health.ts'
import { createImports } from './imports.ts'
import { type ComponentDetails, type ComponentInfo, componentDetails, componentInfo } from './info.ts'
import { createInstance, type Instance, type Surroundings } from './instance.ts'
import { createLeaving } from './leaving.ts'
import { services } from './lent.ts'
import { SHUTDOWN_DEADLINE_MS, stopAll, within } from './lifecycle.ts'
import { distinct, failure, type LoadCounts, type LoadResult } from './load-result.ts'
import { graphMetrics } from './metrics.ts'
import type { GraphOptions } from './options.ts'
import { type BodyPlan, createPlanner } from './plan.ts'
import { createPropagation } from './propagation.ts'
import { type Readable, readSyntax } from './readable.ts'
import { createRunning } from './running.ts'
import { type DecodeRemote, readSettings } from './settings.ts'
import { directoryOf, hashSources, type Source } from './sources.ts'
import { type Stage, type StageOptions, stage } from './stage.ts'
import type { ComponentVertex, Vertex } from './vertex.ts'

/** How long new components wait for removed ones to end. Longer endings (a queue that flushes) go on beside them. */
const STOP_GRACE_MS = 5_000

export type { ComponentDetails, ComponentInfo } from './info.ts'
export type { LoadCounts, LoadResult } from './load-result.ts'
export type { GraphOptions } from './options.ts'

export interface Graph {
  /**
   * Makes this the running configuration, or changes nothing. Resolves when new components were started; loads that
   * overlap take effect one after the other. Never rejects for what a configuration contains.
   */
  load(sources: readonly Source[]): Promise<LoadResult>
  /**
   * Makes this text run besides the configuration, under the path `remotecfg`, or changes nothing; undefined: nothing any
   * more. What runs of it goes on when the configuration is loaded again.
   */
  loadRemote(
    text: string | undefined,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }>
  /** For the metrics: a configuration couldn't even be read, so there was nothing to `load`. */
  unreadable(): void
  /** All components in the order of the text. */
  components(): readonly ComponentInfo[]
  /** One of them in short. */
  info(id: string): ComponentInfo | undefined
  /** Ids of all whose values this one is made of, what flows in and out of modules included. */
  sourcesOf(id: string): readonly string[]
  /** One of them with everything that there is to tell. */
  component(id: string): ComponentDetails | undefined
  /** What the component serves over HTTP; undefined when it doesn't exist or serves nothing. */
  http(id: string): ((request: Request, path: string) => Response | Promise<Response>) | undefined
  /** Stops all components, dependants first, and resolves when they have ended. Nothing can be loaded afterwards. */
  stop(): Promise<void>
}

/** Evaluations from this long on are counted as slow. Alloy's number. */
const SLOW_SECONDS = 60

/** The texts that a load is about. */
interface Texts {
  readonly main: Text
  /** What came from afar. */
  readonly remote: Text | undefined
}

interface Text {
  readonly sources: readonly Source[]
  readonly readable: Readable
  readonly modulePath: string
}

/** Ids of what came from afar begin with it, as in Alloy. */
const REMOTE_PATH = 'remotecfg'
const NO_IDS: ReadonlySet<string> = new Set()
const PASSED_OVER: DecodeRemote = () => ({ settings: undefined, diagnostics: [] })

export function createGraph(options: GraphOptions): Graph {
  const { ports, timers, log, globals } = options
  const { clock } = ports
  const metrics = graphMetrics(options.metrics, options.clusterName ?? '')
  const stopped = new AbortController()
  const patience = { timers, log, deadlineMs: options.shutdownDeadlineMs ?? SHUTDOWN_DEADLINE_MS }
  const surroundings: Surroundings = {
    ports,
    timers,
    log,
    metrics: options.metrics,
    unseenMetrics: createRegistry(),
    services: services(options.services ?? []),
    shutdown: stopped.signal,
    storagePath: options.storagePath,
  }
  const known = planOptions(options)
  const { definitions } = known
  const planner = createPlanner(known)

  const decodeRemote = options.remote?.decode ?? PASSED_OVER
  let texts: Texts | undefined
  const applySettings = createApplySettings(options)
  let sha256: string | undefined
  const leaving = createLeaving(patience)
  /** Vertices whose change decides which vertices there are. */
  const restless = new Set<string>()
  let lastLoad: Promise<unknown> = Promise.resolve()

  const imports = createImports({ surroundings, definitions, changed: restructure })
  const propagation = createPropagation({
    clock,
    metrics,
    dependantsOf(ids) {
      const affected = new Set(ids.flatMap((id) => running.dependants.get(id) ?? []))
      return [...running.vertices.keys()].filter((id) => affected.has(id))
    },
    evaluate: (id) => timed(id, () => running.evaluateAgain(id)),
  })
  const running = createRunning({
    clock,
    log,
    changed: (id) => propagation.changed(id),
    restructure,
    contentHealth: (id) => imports.health(id),
  })
  options.metrics.beforeCollect(() => {
    for (const state of HEALTH_STATES) metrics.components.with(state).set(0)
    for (const { health } of components()) metrics.components.with(health.state).inc()
  })

  /** One after the other, whatever asks for it. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = lastLoad.then(work)
    lastLoad = result.catch(() => undefined)
    return result
  }

  async function loadNow(sources: readonly Source[]): Promise<LoadResult> {
    const next = { main: textOf(sources), remote: texts?.remote }
    const replaced = await replaceBy(next, 'loaded')
    if (!replaced.ok) {
      countFailure()
      return failure(replaced.diagnostics, replaced.sources)
    }
    texts = next
    const hash = hashSources(sources)
    if (sha256 !== undefined) metrics.configHash.remove(sha256)
    metrics.configHash.with(hash).set(1)
    sha256 = hash
    metrics.lastLoadSuccessful.set(1)
    metrics.lastLoadSuccessTimestamp.set(clock.now() / 1000)
    log.info('configuration loaded', { ...replaced.counts, sha256: hash })
    await start(replaced)
    return { ok: true, sha256: hash, counts: replaced.counts }
  }

  function textOf(sources: readonly Source[]): Text {
    return { sources, readable: readSyntax(sources, definitions), modulePath: directoryOf(sources) }
  }

  function countFailure(): void {
    metrics.lastLoadSuccessful.set(0)
    metrics.loadFailures.inc()
  }

  /** Something changed that decides which components there are: the same configuration is taken apart anew. */
  function restructure(id: string): void {
    restless.add(id)
    if (restless.size === 1) void inTurn(restructureNow)
  }

  async function restructureNow(): Promise<void> {
    const ids = new Set(restless)
    restless.clear()
    const together = await renew(ids)
    if (together === undefined) return
    // One of them that is wrong must not keep the others from changing.
    for (const id of ids) {
      const reason = ids.size === 1 ? together : await renew(new Set([id]))
      if (reason !== undefined && !imports.refused(id, reason)) running.evaluationFailed(id, reason)
    }
  }

  /** Resolves to why these can't change. */
  async function renew(ids: ReadonlySet<string>): Promise<string | undefined> {
    if (texts === undefined || stopped.signal.aborted) return undefined
    const replaced = await replaceBy(texts, ids)
    if (!replaced.ok) return formatDiagnostics(replaced.diagnostics.filter(({ severity }) => severity === 'error'))
    log.info('modules changed', { ...replaced.counts, because_of: [...ids].join(', ') })
    await start(replaced)
    return undefined
  }

  async function loadRemoteNow(content: string | undefined): ReturnType<Graph['loadRemote']> {
    if (texts === undefined) return { ok: false, message: 'no configuration is loaded' }
    const remote = content === undefined ? undefined : textOf([{ file: REMOTE_PATH, content }])
    const next = { main: texts.main, remote }
    const replaced = await replaceBy(next, new Set())
    if (!replaced.ok) return { ok: false, message: failure(replaced.diagnostics, replaced.sources).text }
    texts = next
    log.info('remote configuration loaded', { ...replaced.counts })
    await start(replaced)
    return { ok: true }
  }

  /**
   * `cause`: somebody loaded the configuration, or these ids changed. What nobody loaded and can't be evaluated just now goes on
   * as it is.
   */
  async function replaceBy(next: Texts, cause: 'loaded' | ReadonlySet<string>): Promise<Replaced> {
    const isLoad = cause === 'loaded'
    const renewed = isLoad ? NO_IDS : cause
    const patient = (id: string): boolean => !isLoad || id.startsWith(`${REMOTE_PATH}/`)
    const { readable, sources } = next.main
    const root = rootModule('', planner.text('root', readable), next.main)
    const { settings, diagnostics } = readSettings(root.plan.settings, root.globals, decodeRemote)
    if (readable.diagnostics.length > 0) {
      const found = checkBody(root.plan, readable, { planner, globals: root.globals })
      return {
        ok: false,
        diagnostics: [...readable.diagnostics, ...root.plan.diagnostics, ...found, ...diagnostics],
        sources,
      }
    }
    const { remote } = next
    if (remote !== undefined && remote.readable.diagnostics.length > 0)
      return { ok: false, diagnostics: remote.readable.diagnostics, sources: remote.sources }
    const roots = [root]
    if (remote !== undefined) roots.push(rootModule(REMOTE_PATH, planner.text('remote', remote.readable), remote))
    await propagation.pause()
    metrics.evaluating.set(1)
    const staging: StageOptions = {
      roots,
      sources: [...sources, ...(remote?.sources ?? [])],
      running,
      clock,
      planner,
      globals: root.globals,
      patient,
      renewed,
      occupied: (id) => leaving.has(id),
      timed,
      signal: stopped.signal,
      build,
      obtain({ id, ...vertex }, args) {
        const look = !patient(id) ? 'again' : renewed.has(id) ? 'news' : 'known'
        return imports.obtain({ id, ...vertex }, args, look)
      },
    }
    try {
      let staged = await stage(staging)
      while (staged.awaited.size > 0) {
        await drop(staged)
        // Exports are carried on meanwhile.
        propagation.resume()
        await leaving.gone(staged.awaited)
        await propagation.pause()
        staged = await stage(staging)
      }
      const problems = [...staged.diagnostics, ...diagnostics]
      if (stopped.signal.aborted) problems.push({ severity: 'error', file: '', message: 'skein is stopping' })
      const applied = isLoad && !hasErrors(problems) ? await applySettings(settings, root.plan.settings) : undefined
      problems.push(...(applied?.problems ?? []))
      const committed = hasErrors(problems) ? undefined : commitUpdates(staged.updates, log)
      problems.push(...(committed?.refusals ?? []))
      if (committed === undefined || hasErrors(problems)) {
        await applied?.undo()
        await drop(staged)
        return { ok: false, diagnostics: problems, sources: staged.sources }
      }
      if (isLoad) for (const problem of distinct(problems)) log.warn(formatDiagnostic(problem))
      applied?.commit()
      return install({ ...staged, stale: new Map([...staged.stale, ...committed.kept]) })
    } finally {
      metrics.evaluating.set(0)
      propagation.resume()
    }
  }

  function rootModule(path: string, plan: BodyPlan, { readable, modulePath }: Text): Module {
    const inside = withModulePath(globals, modulePath)
    return newModule({ path, plan, readable, around: undefined, globals: inside, fromNetwork: path === REMOTE_PATH })
  }

  async function drop({ added }: Stage): Promise<void> {
    for (const instance of added.values()) await instance.stop()
  }

  function install(staged: Stage): Replaced & { readonly ok: true } {
    const { instances, added, updates } = staged
    const removed = new Map([...running.instances].filter(([id, instance]) => instances.get(id) !== instance))
    const { dependants } = running
    const counts = {
      added: added.size,
      updated: updates.length,
      removed: removed.size,
      unchanged: instances.size - added.size - updates.length,
    }
    for (const [from, to] of connections(running.vertices)) metrics.connections.remove(from, to)
    for (const [from, to] of connections(staged.vertices)) metrics.connections.with(from, to).set(1)
    running.install(staged)
    imports.install(staged.imported)
    for (const id of staged.late) restructure(id)
    return { ok: true, counts, added, ended: leaving.stop(removed, dependants) }
  }

  async function start({ added, ended }: Replaced & { readonly ok: true }): Promise<void> {
    await within(ended, STOP_GRACE_MS, timers, stopped.signal)
    if (stopped.signal.aborted) return
    for (const instance of added.values()) instance.start()
  }

  function build({ id, definition }: ComponentVertex, args: unknown, showsMetrics: boolean): Instance {
    const exportsChanged = (): void => propagation.changed(id)
    return createInstance({ id, definition, args, surroundings, showsMetrics, exportsChanged })
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

  function components(): readonly ComponentInfo[] {
    return running.shown.flatMap((id) => componentInfo(id, running) ?? [])
  }

  return {
    load: (sources) => inTurn(() => loadNow(sources)),
    loadRemote: (text) => inTurn(() => loadRemoteNow(text)),
    unreadable: countFailure,
    components,
    info: (id) => componentInfo(id, running),
    sourcesOf: (id) => running.vertices.get(id)?.dependencies ?? [],
    component: (id) => componentDetails(id, running),
    http(id) {
      const component = running.instances.get(id)?.component
      return component?.http?.bind(component)
    },
    async stop() {
      stopped.abort()
      await lastLoad
      await propagation.pause()
      await imports.stop()
      await stopAll(running.instances, running.dependants, patience).done
      await leaving.gone()
    },
  }
}

type Replaced =
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly sources: readonly Source[] }
  | {
      readonly ok: true
      readonly counts: LoadCounts
      readonly added: ReadonlyMap<string, Instance>
      /** What was removed has ended, or was given up. */
      readonly ended: Promise<void>
    }

function* connections(vertices: ReadonlyMap<string, Vertex>): Iterable<readonly [from: string, to: string]> {
  for (const { id, dependencies } of vertices.values()) for (const to of dependencies) yield [id, to]
}
