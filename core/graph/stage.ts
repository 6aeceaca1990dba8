/**
 * Puts a new configuration together beside the one that runs: takes modules apart, dependencies first, evaluates all
 * arguments, and builds what is new. What runs is only read. So whatever goes wrong here, dropping the stage leaves no
 * trace.
 *
 * New components publish while they are built, so their dependants see their exports. A running component whose
 * arguments are about to change still has its old exports here; if the update changes them, its dependants follow as
 * they always do.
 */
import { MAX_MODULE_DEPTH, MAX_SLICE_MS, MAX_VERTICES } from '../limits.ts'
import type { Clock } from '../ports.ts'
import { type Block, blockName } from '../syntax/ast.ts'
import { type Diagnostic, errorAt, formatDiagnostics, hasErrors } from '../syntax/diagnostic.ts'
import {
  type Checking,
  checkBlock,
  checkBody,
  checkDeclare,
  foreachProblems,
  selfImport,
  unknownDeclare,
} from './check.ts'
import {
  findDeclare,
  idIn,
  type Module,
  type NewModule,
  namesIn,
  namesOf,
  newModule,
  withModulePath,
} from './environment.ts'
import { type ForeachArgs, itemsOf } from './foreach.ts'
import type { Imported, Obtained } from './imports.ts'
import { withoutSecretTexts } from './load-result.ts'
import { givenArguments, parametersOf } from './module.ts'
import { type Dependencies, reverse } from './order.ts'
import { createPlacing, type Placed, type Placing, type PlacingOptions } from './placing.ts'
import type { BodyPlan, PlannedBlock } from './plan.ts'
import type { Source } from './sources.ts'
import type { ArgumentVertex, ComponentVertex, CustomVertex, ImportVertex, Vertex } from './vertex.ts'

export interface Stage extends Placed, Pick<Placing, 'added' | 'updates' | 'stale' | 'late' | 'awaited'> {
  readonly dependants: Dependencies
  /** Ids of what people see, in the order of the text: a module is followed by what is in it. */
  readonly shown: readonly string[]
  readonly imported: ReadonlyMap<string, Imported>
  /** All texts, imported ones included. */
  readonly sources: readonly Source[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface StageOptions extends Checking, Omit<PlacingOptions, 'tell' | 'explain'> {
  /** The configuration, and what came from afar. */
  readonly roots: readonly Module[]
  readonly sources: readonly Source[]
  readonly clock: Clock
  /** Measures the evaluation of one vertex, building included. */
  readonly timed: <T>(id: string, work: () => T) => T
  /** Aborts when nobody waits for the stage any more. */
  readonly signal: AbortSignal
  readonly obtain: (vertex: ImportVertex, args: unknown) => Promise<Obtained>
}

/** Ends the walk: the configuration is larger than anything sane. */
class TooLarge extends Error {}

export async function stage(options: StageOptions): Promise<Stage> {
  const { planner, clock } = options
  const imported = new Map<string, Imported>()
  const sources = [...options.sources]
  const diagnostics: Diagnostic[] = []
  const placing = createPlacing({
    ...options,
    tell: (...problems) => diagnostics.push(...problems),
    explain: (problems) => formatDiagnostics(withoutSecretTexts(problems, sources)),
  })
  const { vertices, placeCell } = placing
  /** Plans whose problems were told, and declares that something uses. */
  const told = new Set<BodyPlan>()
  const used = new Set<Block>()
  const modules: Module[] = []
  let sliceStart = clock.monotonic()

  /** Dependencies first, in slices: nothing blocks the event loop for long. */
  async function unfold(module: Module): Promise<void> {
    const { plan } = module
    modules.push(module)
    if (vertices.size > MAX_VERTICES) throw new TooLarge()
    if (!told.has(plan)) {
      told.add(plan)
      diagnostics.push(...plan.diagnostics)
    }
    for (const planned of plan.vertices) {
      if (vertices.size > MAX_VERTICES) throw new TooLarge()
      await place(planned, module)
      if (clock.monotonic() - sliceStart < MAX_SLICE_MS) continue
      await clock.turn()
      sliceStart = clock.monotonic()
    }
  }

  function place(planned: PlannedBlock, module: Module): Promise<void> | undefined {
    switch (planned.kind) {
      case 'component':
        return placeComponent(planned, module)
      case 'custom':
        return placeInstance(planned, module)
      case 'foreach':
        return placeForeach(planned, module)
      case 'import':
        return placeImport(planned, module)
      case 'argument':
      case 'export':
        // Part of the instance that the module belongs to.
        return undefined
    }
  }

  function placeComponent(planned: PlannedBlock & { kind: 'component' }, module: Module): Promise<void> | undefined {
    const vertex: ComponentVertex = { ...baseOf(planned, module), kind: 'component', definition: planned.definition }
    const sound = !module.plan.broken.has(planned.id)
    const place = (): boolean => placing.placeComponent(vertex, sound, module.showsMetrics)
    if (options.timed(vertex.id, place)) return placing.prepared(vertex, options.signal)
    // What can't be evaluated may have more problems, which its text alone shows.
    diagnostics.push(...checkBlock(planned, module.plan, module.readable, options))
    return undefined
  }

  async function placeInstance(planned: PlannedBlock, module: Module): Promise<void> {
    const { block } = planned
    const found = findDeclare(block, module)
    if (found.kind === 'missing') diagnostics.push(unknownDeclare(block, found.known))
    if (found.kind !== 'found') return
    used.add(found.declare)
    const plan = planner.declare(found.declare, found.at.plan.names, found.at.readable)
    const inner = enter(module, planned, {
      path: idIn(module.path, planned.id),
      plan,
      readable: found.at.readable,
      around: found.at,
      globals: found.at.globals,
      fromNetwork: found.at.fromNetwork,
    })
    if (inner === undefined) return

    const parameters = parametersOf(plan, inner.globals)
    const given = givenArguments(block, parameters)
    diagnostics.push(...parameters.diagnostics, ...given.diagnostics)
    const base = baseOf(planned, module)
    for (const [name, { optional, fallback }] of parameters.byName) {
      const attribute = given.byName.get(name)
      const names = attribute === undefined ? NO_NAMES : namesIn(attribute, base.names)
      const vertex: ArgumentVertex = {
        ...base,
        kind: 'argument',
        id: idIn(inner.path, `argument.${name}`),
        names,
        dependencies: [...new Set(names.values())],
        expression: attribute?.value,
        fallback,
      }
      placeCell(vertex, !module.plan.broken.has(planned.id) && (optional || attribute !== undefined))
    }

    await unfold(inner)
    const exports = plan.text.filter(({ kind }) => kind === 'export')
    const names = new Map(exports.flatMap((one) => [...namesOf(one, inner)]))
    const vertex: CustomVertex = {
      ...base,
      kind: 'custom',
      exports: exports.map((one) => one.block),
      inside: { names, globals: inner.globals },
      dependencies: [...new Set(names.values())],
    }
    placeCell(vertex, !exports.some(({ id }) => plan.broken.has(id)))
  }

  async function placeForeach(planned: PlannedBlock & { kind: 'foreach' }, module: Module): Promise<void> {
    const { template } = planned
    const problems = foreachProblems(planned)
    const vertex: Vertex = { ...baseOf(planned, module), kind: 'foreach' }
    const args = placeCell(vertex, !module.plan.broken.has(planned.id)) as ForeachArgs | undefined
    diagnostics.push(...problems)
    if (template === undefined || problems.length > 0) return
    told.add(template)
    if (args === undefined || args.collection.length === 0)
      diagnostics.push(...checkBody(template, module.readable, options))
    for (const item of args === undefined ? [] : itemsOf(args)) {
      const inner = enter(module, planned, {
        path: idIn(vertex.id, item.id),
        plan: template,
        readable: module.readable,
        around: module,
        globals: module.globals,
        fromNetwork: module.fromNetwork,
        showsMetrics: module.showsMetrics && (args as ForeachArgs).enable_metrics,
      })
      if (inner === undefined) return
      const id = idIn(inner.path, (args as ForeachArgs).var)
      placeCell({ ...vertex, kind: 'item', id, names: NO_NAMES, dependencies: [], value: item.value }, true)
      await unfold(inner)
    }
  }

  async function placeImport(planned: PlannedBlock & { kind: 'import' }, module: Module): Promise<void> {
    const { block, definition } = planned
    const vertex: ImportVertex = { ...baseOf(planned, module), kind: 'import', definition }
    const args = placeCell(vertex, !module.plan.broken.has(planned.id))
    if (args === undefined) return
    if (module.fromNetwork && definition.origin === 'machine') {
      const message = `${definition.name} is not allowed in a module that came over the network`
      diagnostics.push(errorAt(block.nameSpan, message, 'use import.http'))
      return
    }
    const circle = selfImport(planned, args, module.broughtBy)
    if (circle !== undefined) {
      diagnostics.push(circle)
      return
    }
    const obtained = await options.obtain(vertex, args)
    if (!obtained.ok) {
      diagnostics.push(errorAt(block.nameSpan, `failed to load module: ${obtained.message}`))
      return
    }
    const { content, readable } = obtained.imported
    const library = enter(module, planned, {
      path: vertex.id,
      plan: planner.text('library', readable),
      readable,
      around: undefined,
      globals: content.modulePath === undefined ? module.globals : withModulePath(module.globals, content.modulePath),
      fromNetwork: module.fromNetwork || definition.origin === 'network',
      broughtBy: [...module.broughtBy, { definition, args }],
    })
    if (library === undefined) return
    imported.set(vertex.id, obtained.imported)
    sources.push(...content.sources)
    diagnostics.push(...readable.diagnostics)
    module.libraries.set(block.label, library)
    await unfold(library)
  }

  /** A module that a block becomes; undefined when there are too many inside of each other. */
  function enter(module: Module, { id, block }: PlannedBlock, inner: NewModule): Module | undefined {
    if (module.depth >= MAX_MODULE_DEPTH) {
      const message = `modules are nested more than ${MAX_MODULE_DEPTH} deep`
      diagnostics.push(errorAt(block.nameSpan, message, 'does this module contain itself?'))
      return undefined
    }
    const entered = newModule({ showsMetrics: module.showsMetrics, ...inner, depth: module.depth + 1 })
    const siblings = module.children.get(id)
    if (siblings === undefined) module.children.set(id, [entered])
    else siblings.push(entered)
    return entered
  }

  try {
    for (const root of options.roots) await unfold(root)
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    const message = `the configuration comes to more than ${MAX_VERTICES} components`
    diagnostics.push({ severity: 'error', file: '', message })
  }
  for (const { plan, readable } of modules) {
    for (const declare of plan.names.declares.values()) {
      if (used.has(declare)) continue
      used.add(declare)
      diagnostics.push(...checkDeclare(declare, plan, readable, options))
    }
  }
  // Whatever can't be evaluated must have been explained: a silent gap would be a configuration half in force.
  const gap = [...vertices.keys()].find((id) => !placing.has(id))
  if (gap !== undefined && !hasErrors(diagnostics))
    diagnostics.push({ severity: 'error', file: '', message: `${gap} could not be evaluated` })

  const edges = [...vertices].map(([id, { dependencies }]) => [id, dependencies] as const)
  return {
    ...placing,
    dependants: reverse(new Map(edges)),
    shown: options.roots.flatMap((root) => shownIn(root, vertices)),
    imported,
    sources,
    diagnostics: withoutSecretTexts(diagnostics, sources),
  }
}

const NO_NAMES: ReadonlyMap<string, string> = new Map()

function baseOf(planned: PlannedBlock, module: Module): Omit<ImportVertex, 'kind' | 'definition'> {
  const { block } = planned
  const names = namesOf(planned, module)
  return {
    id: idIn(module.path, planned.id),
    name: blockName(block),
    label: block.label,
    module: module.path,
    block,
    names,
    globals: module.globals,
    dependencies: [...new Set(names.values())],
  }
}

function shownIn(module: Module, vertices: ReadonlyMap<string, Vertex>): readonly string[] {
  return module.plan.text.flatMap(({ id: local, kind }) => {
    if (kind === 'argument' || kind === 'export') return []
    const id = idIn(module.path, local)
    const inside = (module.children.get(local) ?? []).flatMap((child) => shownIn(child, vertices))
    return vertices.has(id) ? [id, ...inside] : inside
  })
}
