/**
 * From source texts to a plan: which components the configuration asks for, what each refers to, in which order they
 * can be evaluated. Purely static: nothing is evaluated or built here. Finds every problem there is, not just the
 * first, and marks what it concerns as broken so that later steps pass over it without reporting the same thing again
 * in other words. What the parser could not read is passed over, and so is what may be wrong for no other reason.
 *
 * Follows the rules of Alloy's loader for blocks, ids and references. Modules (`declare`, `import.*`, `foreach`) are
 * refused.
 */
import { type Block, blockId, blockName, type Span, type Statement } from '../syntax/ast.ts'
import { type Diagnostic, errorAt, formatPosition, warningAt } from '../syntax/diagnostic.ts'
import { type Reference, referenceSpan, referencesOf, referenceText } from '../syntax/references.ts'
import { didYouMean } from '../syntax/suggest.ts'
import type { AnyComponentDefinition, Stability } from './component.ts'
import { type Dependencies, orderByDependency, reverse } from './order.ts'
import { type Readable, readSyntax } from './readable.ts'
import type { Source } from './sources.ts'

export interface PlannedComponent {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly definition: AnyComponentDefinition
  readonly block: Block
  /** Ids of the components it refers to, each once, in the order of the text. */
  readonly dependencies: readonly string[]
}

export interface Plan {
  /** By id, dependencies before dependants. */
  readonly components: ReadonlyMap<string, PlannedComponent>
  readonly dependants: Dependencies
  /** The same ids in the order of the text. */
  readonly ids: readonly string[]
  readonly logging: Block | undefined
  readonly http: Block | undefined
}

export interface PlanResult {
  readonly plan: Plan
  readonly diagnostics: readonly Diagnostic[]
  /** Ids in the plan that can't be evaluated, for reasons that are among the diagnostics. */
  readonly broken: ReadonlySet<string>
  /** False when text could not be read: the plan is good for checks then, not for evaluating. */
  readonly complete: boolean
}

export interface PlanOptions {
  readonly definitions: ReadonlyMap<string, AnyComponentDefinition>
  /** Names that every expression knows: the standard library. */
  readonly globals: ReadonlySet<string>
  /** Those among them that have a new name, and what it is. */
  readonly deprecated: ReadonlyMap<string, string>
  /** Those among them, with their namespace, that are experimental. */
  readonly experimental: ReadonlySet<string>
  /** The least stable level that is allowed. */
  readonly stability: Stability
}

/** Blocks of Alloy that stand for something else than a component. */
const UNSUPPORTED_BLOCKS: ReadonlySet<string> = new Set([
  ...['tracing', 'livedebugging', 'remotecfg', 'declare', 'argument', 'export', 'foreach'],
  ...['import.file', 'import.git', 'import.http', 'import.string'],
])

const STABILITY: readonly Stability[] = ['experimental', 'public-preview', 'generally-available']

export function planConfiguration(sources: readonly Source[], options: PlanOptions): PlanResult {
  const readable = readSyntax(sources, options.definitions)
  const declared = declareBlocks(readable.statements, options)
  const linked = link(declared, readable, options)
  const diagnostics = [...readable.diagnostics, ...declared.diagnostics, ...linked.diagnostics]

  const { order, cycles } = orderByDependency(linked.dependencies)
  const broken = new Set(linked.broken)
  for (const cycle of cycles) {
    for (const id of cycle) broken.add(id)
    const { nameSpan } = declared.blocks.get(cycle[0]) as Block
    diagnostics.push(errorAt(nameSpan, `cycle detected: ${cycle.join(', ')}`, CYCLE_HINT))
  }

  const components = new Map<string, PlannedComponent>()
  for (const id of order) {
    const definition = declared.definitions.get(id)
    const block = declared.blocks.get(id) as Block
    if (definition === undefined) continue
    const dependencies = linked.dependencies.get(id) as readonly string[]
    components.set(id, { id, name: definition.name, label: block.label, definition, block, dependencies })
  }
  const ids = [...declared.blocks.keys()].filter((id) => components.has(id))
  const { logging, http } = declared.settings
  const plan = { components, ids, dependants: reverse(linked.dependencies), logging, http }
  return { plan, diagnostics, broken, complete: readable.diagnostics.length === 0 }
}

const CYCLE_HINT = 'components can only refer to each other in one direction: remove one of the references'

/** Blocks of which there is one, and which aren't components. */
interface SettingsBlocks {
  logging?: Block
  http?: Block
}

function isSettings(name: string): name is keyof SettingsBlocks {
  return name === 'logging' || name === 'http'
}

interface Declared {
  /** Every block that looks like a component, by id; also those whose definition is missing or not allowed. */
  readonly blocks: ReadonlyMap<string, Block>
  readonly definitions: ReadonlyMap<string, AnyComponentDefinition>
  readonly settings: SettingsBlocks
  readonly diagnostics: readonly Diagnostic[]
}

function declareBlocks(statements: readonly Statement[], options: PlanOptions): Declared {
  const blocks = new Map<string, Block>()
  const definitions = new Map<string, AnyComponentDefinition>()
  const diagnostics: Diagnostic[] = []
  const settings: SettingsBlocks = {}

  function declareComponent(block: Block): void {
    const id = blockId(block)
    const earlier = blocks.get(id)
    if (earlier !== undefined) {
      diagnostics.push(alreadyDeclared(id, block, earlier))
      return
    }
    blocks.set(id, block)
    const definition = options.definitions.get(blockName(block))
    const problem = definition === undefined ? unknownComponent(block, options) : notAllowed(block, definition, options)
    if (problem !== undefined) diagnostics.push(problem)
    else if (definition !== undefined) definitions.set(id, definition)
  }

  for (const statement of statements) {
    const name = statement.kind === 'block' ? blockName(statement) : ''
    if (statement.kind === 'attribute') {
      const hint = 'outside of blocks there are no settings: put it into the block it belongs to'
      diagnostics.push(errorAt(statement.name.span, `unrecognized attribute ${statement.name.text}`, hint))
    } else if (isSettings(name)) {
      const earlier = settings[name]
      if (earlier !== undefined) diagnostics.push(alreadyDeclared(name, statement, earlier))
      else settings[name] = statement
    } else if (UNSUPPORTED_BLOCKS.has(name)) {
      const message = `${name} blocks are not supported by this version of skein yet`
      diagnostics.push(errorAt(statement.nameSpan, message, 'remove the block, or run this configuration with Alloy'))
    } else {
      declareComponent(statement)
    }
  }
  return { blocks, definitions, settings, diagnostics }
}

function alreadyDeclared(id: string, block: Block, earlier: Block): Diagnostic {
  const place = formatPosition(earlier.span.file, earlier.span.start)
  const hint = block.label === '' ? 'keep one of the two' : 'give one of the two another label'
  return errorAt(block.nameSpan, `block ${id} already declared at ${place}`, hint)
}

function unknownComponent(block: Block, { definitions }: PlanOptions): Diagnostic {
  const name = blockName(block)
  const hint =
    didYouMean(name, definitions.keys()) ?? `this version of skein has ${[...definitions.keys()].sort().join(', ')}`
  return errorAt(block.nameSpan, `cannot find the definition of component name "${name}"`, hint)
}

function notAllowed(
  block: Block,
  { name, stability }: AnyComponentDefinition,
  options: PlanOptions,
): Diagnostic | undefined {
  if (block.label === '') {
    const hint = `write ${name} "default" { … }, with a label of your choice`
    return errorAt(block.nameSpan, `component "${name}" must have a label`, hint)
  }
  return notStable(block.nameSpan, `component "${name}"`, stability, options)
}

function notStable(
  span: Span,
  what: string,
  stability: Stability,
  { stability: allowed }: PlanOptions,
): Diagnostic | undefined {
  if (STABILITY.indexOf(stability) >= STABILITY.indexOf(allowed)) return undefined
  const message = `${what} is at stability level "${stability}", which is below the minimum allowed stability level "${allowed}"`
  return errorAt(span, message, `start skein with --stability.level=${stability} to allow it`)
}

interface Linked {
  /** Of every block that was declared, known component or not. */
  readonly dependencies: Dependencies
  readonly broken: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

function link({ blocks }: Declared, readable: Readable, options: PlanOptions): Linked {
  const { globals } = options
  const dependencies = new Map<string, readonly string[]>()
  const broken = new Set<string>()
  const diagnostics: Diagnostic[] = []

  for (const [id, block] of blocks) {
    const found = new Set<string>()
    for (const reference of referencesOf(block)) {
      const target = resolve(reference, blocks)
      if (target === id) {
        broken.add(id)
        diagnostics.push(
          errorAt(reference.span, `self reference: ${id}`, 'a component can use the exports of others only'),
        )
      } else if (target !== undefined) {
        found.add(target)
      } else if (!globals.has(reference.path[0].text)) {
        broken.add(id)
        if (!readable.mayBeLost(reference)) diagnostics.push(outOfScope(reference, blocks, globals))
      } else {
        const problem = globalProblem(reference, options)
        if (problem === undefined) continue
        if (problem.severity === 'error') broken.add(id)
        diagnostics.push(problem)
      }
    }
    dependencies.set(id, [...found])
  }
  return { dependencies, broken, diagnostics }
}

/** What is to be said of the use of a name of the standard library. */
function globalProblem(reference: Reference, options: PlanOptions): Diagnostic | undefined {
  const name = referenceText(reference, 1)
  const successor = options.deprecated.get(name)
  if (successor !== undefined) {
    return warningAt(referenceSpan(reference, 1), `"${name}" is deprecated, use "${successor}"`)
  }
  const member = referenceText(reference, 2)
  if (!options.experimental.has(member)) return undefined
  return notStable(referenceSpan(reference, 2), `function "${member}"`, 'experimental', options)
}

/** The shortest beginning of the reference that names a block. */
function resolve(reference: Reference, blocks: ReadonlyMap<string, Block>): string | undefined {
  for (let length = 1; length <= reference.path.length; length++) {
    const id = referenceText(reference, length)
    if (blocks.has(id)) return id
  }
  return undefined
}

function outOfScope(
  reference: Reference,
  blocks: ReadonlyMap<string, Block>,
  globals: ReadonlySet<string>,
): Diagnostic {
  const name = referenceText(reference)
  const message = `component "${name}" does not exist or is out of scope`
  // The last part is the export more often than not, so what is like the name without it counts as well.
  const candidates = [...blocks.keys(), ...globals]
  const hint =
    didYouMean(name, candidates) ?? didYouMean(referenceText(reference, reference.path.length - 1), candidates)
  return errorAt(reference.span, message, hint)
}
