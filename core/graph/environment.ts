/**
 * Modules as they are taken apart: the configuration itself, each instance of a `declare`, each item of a `foreach`, each import. Knows what names
 * mean in them; evaluates nothing.
 */
import type { Attribute, Block } from '../syntax/ast.ts'
import { referencesOf, referenceText } from '../syntax/references.ts'
import type { ObjectValue } from '../syntax/value.ts'
import type { BroughtBy } from './check.ts'
import { type Custom, findCustom, type Names } from './names.ts'
import type { BodyPlan, PlannedBlock } from './plan.ts'
import type { Readable } from './readable.ts'

export interface Module {
  /** Empty for the configuration itself, else the id of what made it: `shop.default`, `foreach.each/foreach_web_1`. */
  readonly path: string
  readonly plan: BodyPlan
  /** Of the text that it comes from. */
  readonly readable: Pick<Readable, 'mayBeLost'>
  /** Where its text stands: its declares and imports are known here, too, and in a template its components. */
  readonly around: Module | undefined
  /** What its imports brought, by label. */
  readonly libraries: Map<string, Module>
  /** The standard library and `module_path`. */
  readonly globals: ObjectValue
  /** Whether its components show their metrics. */
  readonly showsMetrics: boolean
  /** Whether the text came over the network. */
  readonly fromNetwork: boolean
  /** Of the text of an import: the imports that brought it, outermost first. */
  readonly broughtBy: readonly BroughtBy[]
  /** How many modules are around it. */
  readonly depth: number
  /** The modules that its blocks became, by id of the block. */
  readonly children: Map<string, Module[]>
}

export type NewModule = Omit<Module, 'libraries' | 'children' | 'depth' | 'showsMetrics' | 'broughtBy'> &
  Partial<Pick<Module, 'depth' | 'showsMetrics' | 'broughtBy'>>

export function newModule(module: NewModule): Module {
  return { depth: 0, showsMetrics: true, broughtBy: [], ...module, libraries: new Map(), children: new Map() }
}

export function withModulePath(globals: ObjectValue, path: string): ObjectValue {
  return new Map([...globals, ['module_path', path]])
}

/** `shop.default/prometheus.scrape.web`. */
export function idIn(path: string, id: string): string {
  return path === '' ? id : `${path}/${id}`
}

/** The id of the vertex that the module calls by this name. */
export function vertexId(name: string, module: Module): string {
  const { names } = module.plan
  const own = names.own.has(name) || names.variable === name || module.around === undefined
  return own ? idIn(module.path, name) : vertexId(name, module.around)
}

/** Ids of the vertices behind all names that a block of the module uses. */
export function namesOf({ refersTo }: PlannedBlock, module: Module): ReadonlyMap<string, string> {
  return new Map(refersTo.map((name) => [name, vertexId(name, module)]))
}

/** Those names among them that this part of the block uses. */
export function namesIn(part: Attribute, names: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const texts = referencesOf(part).map((reference) => `${referenceText(reference)}.`)
  return new Map([...names].filter(([name]) => texts.some((text) => text.startsWith(`${name}.`))))
}

/** The declare behind a custom component, and the module that it stands in. */
export type Found =
  | { readonly kind: 'found'; readonly declare: Block; readonly at: Module }
  /** Its import could not be loaded, or it contains itself: both were told. */
  | { readonly kind: 'unknown' }
  /** The import is there and has nothing of this name. */
  | { readonly kind: 'missing'; readonly known: Names }

const UNKNOWN: Found = { kind: 'unknown' }

/** Of a block that `findCustom` knows. */
export function findDeclare(block: Block, module: Module): Found {
  const custom = findCustom(block, module.plan.names) as Custom
  let at = module
  while (at.plan.names !== custom.at) at = at.around as Module
  if (custom.kind === 'declare') return found(custom.block, at)
  const library = at.libraries.get(custom.label)
  if (library === undefined) return UNKNOWN
  const { names } = library.plan
  const declare = names.declares.get(block.name[1])
  return declare === undefined ? { kind: 'missing', known: names } : found(declare, library)
}

function found(declare: Block, at: Module): Found {
  return at.plan.recursive.has(declare) ? UNKNOWN : { kind: 'found', declare, at }
}
