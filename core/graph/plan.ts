/**
 * From the text of one body (the configuration, a `declare`, the template of a `foreach`, an imported file) to a plan:
 * which blocks it has, what each refers to, in which order they can be evaluated. Purely static: nothing is evaluated,
 * read or built here, and one plan serves all instances of a module. Finds every problem there is, not just the first,
 * and marks what it concerns as broken so that later steps pass over it without reporting the same thing again in other
 * words. What the parser could not read is passed over, and so is what may be wrong for no other reason.
 *
 * Follows the rules of Alloy's loader for blocks, ids and references.
 */
import { type Block, blockName } from '../syntax/ast.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { type BodyKind, type BodySource, type PlanOptions, type SettingsBlocks, sortBlocks } from './blocks.ts'
import type { AnyComponentDefinition } from './component.ts'
import type { AnyImportDefinition } from './import.ts'
import { linkBlocks } from './link.ts'
import { importsUsed, type Names, recursions } from './names.ts'
import { orderByDependency } from './order.ts'
import type { Readable } from './readable.ts'

export interface BodyPlan {
  readonly kind: BodyKind
  /** Dependencies before dependants. */
  readonly vertices: readonly PlannedBlock[]
  /** The same in the order of the text. */
  readonly text: readonly PlannedBlock[]
  readonly names: Names
  /** Names of the surrounding bodies that this one refers to: only templates see any. */
  readonly outward: readonly string[]
  readonly settings: SettingsBlocks
  /** Declares that contain themselves, which is among the diagnostics. */
  readonly recursive: ReadonlySet<Block>
  /** Ids that can't be evaluated, for reasons that are among the diagnostics. */
  readonly broken: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

/** A block of a body that becomes a vertex of the graph, once for each instance of the body. */
export type PlannedBlock =
  | (Planned & { readonly kind: 'component'; readonly definition: AnyComponentDefinition })
  | (Planned & { readonly kind: 'import'; readonly definition: AnyImportDefinition })
  | (Planned & { readonly kind: 'foreach'; readonly template: BodyPlan | undefined })
  | (Planned & { readonly kind: 'custom' | 'argument' | 'export' })

interface Planned {
  /** Within the body: `prometheus.scrape.default`. */
  readonly id: string
  readonly block: Block
  /** What it refers to, as the body calls it, each once, in the order of the text. */
  readonly refersTo: readonly string[]
}

const CYCLE_HINT = 'components can only refer to each other in one direction: remove one of the references'
const RECURSION_HINT = 'a module can not contain itself: remove one of the blocks that use it'

/** Plans each body once, however many instances it has: as long as its text is the same, so is the plan. */
export interface Planner {
  /** The whole text of a configuration or of an import. */
  text(kind: 'root' | 'library' | 'remote', readable: Readable): BodyPlan
  /** A `declare` that stands among these names. */
  declare(block: Block, outer: Names, readable: Pick<Readable, 'mayBeLost'>): BodyPlan
}

export function createPlanner(options: PlanOptions): Planner {
  const plans = new WeakMap<object, BodyPlan>()

  function once(key: object, source: () => BodySource): BodyPlan {
    let plan = plans.get(key)
    if (plan === undefined) plans.set(key, (plan = planBody(source(), options)))
    return plan
  }

  return {
    text: (kind, readable) =>
      once(readable, () => ({ kind, statements: readable.statements, outer: undefined, readable })),
    declare: (block, outer, readable) =>
      once(block, () => ({ kind: 'module', statements: block.body, outer, readable })),
  }
}

function planBody(source: BodySource, options: PlanOptions): BodyPlan {
  const sorted = sortBlocks(source, options)
  const { blocks, names } = sorted
  const templates = new Map<string, BodyPlan>()
  const diagnostics = [...sorted.diagnostics]
  for (const [id, { kind, block }] of blocks) {
    const template = kind === 'foreach' ? planTemplate(block, names, source, options) : undefined
    if (template === undefined) continue
    templates.set(id, template)
    diagnostics.push(...template.diagnostics)
  }

  const linked = linkBlocks(blocks, names, source.readable, options)
  diagnostics.push(...linked.diagnostics)
  const broken = new Set(linked.broken)

  const dependencies = new Map<string, readonly string[]>()
  for (const [id, { block }] of blocks) {
    const all = [...(linked.references.get(id) ?? []), ...importsUsed(block, names)]
    all.push(...(templates.get(id)?.outward ?? []))
    dependencies.set(
      id,
      [...new Set(all)].filter((name) => blocks.has(name) && name !== id),
    )
  }
  const { order, cycles } = orderByDependency(dependencies)
  for (const cycle of cycles) {
    for (const id of cycle) broken.add(id)
    const { nameSpan } = (blocks.get(cycle[0]) as { block: Block }).block
    diagnostics.push(errorAt(nameSpan, `cycle detected: ${cycle.join(', ')}`, CYCLE_HINT))
  }
  const recursive = new Set<Block>()
  for (const { labels, block } of recursions(names)) {
    const circle = labels.map((label) => `declare.${label}`).join(', ')
    diagnostics.push(errorAt(block.nameSpan, `cycle detected: ${circle}`, RECURSION_HINT))
    for (const label of labels) recursive.add(names.declares.get(label) as Block)
  }

  const planned = new Map<string, PlannedBlock>()
  for (const [id, { kind, block, definition }] of blocks) {
    if (kind === 'unknown') continue
    const refersTo = linked.references.get(id) as readonly string[]
    planned.set(id, { id, kind, block, refersTo, definition, template: templates.get(id) } as PlannedBlock)
  }
  const outward = new Set([...linked.outward, ...[...templates.values()].flatMap((template) => template.outward)])
  for (const name of [...outward]) if (blocks.has(name) || name === source.variable) outward.delete(name)
  return {
    kind: source.kind,
    vertices: order.flatMap((id) => planned.get(id) ?? []),
    text: [...planned.values()],
    names,
    outward: [...outward],
    settings: sorted.settings,
    recursive,
    broken,
    diagnostics,
  }
}

/** Of a `foreach`; undefined when it has none, or two, which decoding tells. */
function planTemplate(
  block: Block,
  outer: Names,
  { readable }: BodySource,
  options: PlanOptions,
): BodyPlan | undefined {
  const templates = block.body.filter((one): one is Block => one.kind === 'block' && blockName(one) === 'template')
  const variable = variableOf(block)
  if (templates.length !== 1 || variable === undefined) return undefined
  return planBody({ kind: 'template', statements: templates[0].body, outer, variable, readable }, options)
}

/** `var` must be known before anything is evaluated: it decides what the names in the template mean. */
function variableOf(block: Block): string | undefined {
  for (const statement of block.body) {
    if (statement.kind !== 'attribute' || statement.name.text !== 'var') continue
    const { value } = statement
    if (value.kind === 'literal' && value.type === 'string') return value.text.slice(1, -1)
  }
  return undefined
}
