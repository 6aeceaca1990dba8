/** Sorts the blocks of a body by what they are, and refuses those that have no place in it. */
import { CodedError } from '../errors.ts'
import { type Block, blockId, blockName, type Statement } from '../syntax/ast.ts'
import { type Diagnostic, errorAt, formatPosition } from '../syntax/diagnostic.ts'
import { didYouMean } from '../syntax/suggest.ts'
import type { ObjectValue } from '../syntax/value.ts'
import type { AnyComponentDefinition, Stability } from './component.ts'
import type { AnyImportDefinition } from './import.ts'
import { customNames, findCustom, type Names } from './names.ts'
import type { Readable } from './readable.ts'
import { notStable } from './stability.ts'

/** The configuration itself, the body of a `declare`, that of a `foreach`, an imported file, or a configuration from afar. */
export type BodyKind = 'root' | 'module' | 'template' | 'library' | 'remote'

export interface BodySource {
  readonly kind: BodyKind
  readonly statements: readonly Statement[]
  /** What surrounds the body: its declares and imports can be used in it. */
  readonly outer: Names | undefined
  /** Of a template: how it calls the item. */
  readonly variable?: string
  /** Of the text that the body comes from. */
  readonly readable: Pick<Readable, 'mayBeLost'>
}

export interface PlanOptions {
  readonly definitions: ReadonlyMap<string, AnyComponentDefinition>
  readonly imports: ReadonlyMap<string, AnyImportDefinition>
  /** Names that every expression knows: the standard library. */
  readonly globals: ReadonlySet<string>
  /** Those among them that have a new name, and what it is. */
  readonly deprecated: ReadonlyMap<string, string>
  /** Those among them, with their namespace, that are experimental. */
  readonly experimental: ReadonlySet<string>
  /** The least stable level that is allowed. */
  readonly stability: Stability
}

/** What there is to be used in a configuration. */
export interface Vocabulary {
  readonly definitions: readonly AnyComponentDefinition[]
  /** Blocks that bring modules from elsewhere. */
  readonly imports?: readonly AnyImportDefinition[]
  /** What every expression can use besides the exports of components: the standard library, by name. */
  readonly globals: ObjectValue
  /** Old names of the standard library and what they are called now: using one is a warning. */
  readonly deprecated?: ReadonlyMap<string, string>
  /** Names of the standard library that only `stability` 'experimental' allows. */
  readonly experimental?: ReadonlySet<string>
  /** The least stable components and functions that are allowed; `generally-available` unless told. */
  readonly stability?: Stability
}

export function planOptions(vocabulary: Vocabulary): PlanOptions {
  return {
    definitions: byName(vocabulary.definitions),
    imports: byName(vocabulary.imports ?? []),
    globals: new Set([...vocabulary.globals.keys(), 'module_path']),
    deprecated: vocabulary.deprecated ?? new Map<string, string>(),
    experimental: vocabulary.experimental ?? new Set<string>(),
    stability: vocabulary.stability ?? 'generally-available',
  }
}

function byName<T extends { readonly name: string }>(definitions: readonly T[]): ReadonlyMap<string, T> {
  const found = new Map<string, T>()
  for (const definition of definitions) {
    if (found.has(definition.name)) throw new CodedError('internal', `component ${definition.name} is defined twice`)
    found.set(definition.name, definition)
  }
  return found
}

/** Blocks of which there is one, and which aren't part of the graph. */
const SETTINGS = ['logging', 'tracing', 'http', 'livedebugging', 'remotecfg'] as const

export type SettingsBlocks = { readonly [name in (typeof SETTINGS)[number]]?: Block }

export interface SortedBlock {
  /** `unknown`: looks like a component, and is none that may be used. */
  readonly kind: 'component' | 'custom' | 'import' | 'foreach' | 'argument' | 'export' | 'unknown'
  readonly block: Block
  readonly definition: AnyComponentDefinition | AnyImportDefinition | undefined
}

export interface SortedBlocks {
  /** What becomes part of the graph, by id, in the order of the text. */
  readonly blocks: ReadonlyMap<string, SortedBlock>
  readonly names: Names
  readonly settings: SettingsBlocks
  readonly diagnostics: readonly Diagnostic[]
}

export function sortBlocks(source: BodySource, options: PlanOptions): SortedBlocks {
  const diagnostics: Diagnostic[] = []
  const settings: { -readonly [name in keyof SettingsBlocks]: Block } = {}
  const modules = new Map<string, Block>()
  const places = new Map<string, Block>()
  const declares = new Map<string, Block>()
  const imports = new Map<string, Block>()
  const rest = new Map<string, Block>()

  /** False when there is one of this id already, which is told. */
  function isNew(id: string, block: Block): boolean {
    const earlier = places.get(id)
    if (earlier !== undefined) diagnostics.push(alreadyDeclared(id, block, earlier))
    else places.set(id, block)
    return earlier === undefined
  }

  for (const statement of source.statements) {
    if (statement.kind === 'attribute') {
      const hint = 'outside of blocks there are no settings: put it into the block it belongs to'
      diagnostics.push(errorAt(statement.name.span, `unrecognized attribute ${statement.name.text}`, hint))
      continue
    }
    const problem = misplaced(statement, source.kind)
    if (problem !== undefined) {
      diagnostics.push(problem)
      continue
    }
    const name = blockName(statement)
    if (isSettings(name)) {
      if (isNew(name, statement)) settings[name] = statement
      continue
    }
    const id = blockId(statement)
    if (!isNew(id, statement)) continue
    if (name === 'declare') declares.set(statement.label, statement)
    else rest.set(id, statement)
    if (name === 'declare' || !options.imports.has(name)) continue
    const other = modules.get(statement.label)
    if (other !== undefined) diagnostics.push(alreadyDeclared(statement.label, statement, other))
    else imports.set(statement.label, statement)
    modules.set(statement.label, statement)
  }
  for (const [label, block] of declares) {
    const other = imports.get(label)
    if (other !== undefined) diagnostics.push(alreadyDeclared(label, block, other))
  }

  const names: Names = {
    // What a module exports is seen from outside only.
    own: new Set([...rest.keys()].filter((id) => !id.startsWith('export.'))),
    variable: source.variable,
    declares,
    imports,
    outer: source.outer,
    transparent: source.kind === 'template',
  }
  const blocks = new Map<string, SortedBlock>()
  for (const [id, block] of rest) {
    const sorted = sort(block, names, options)
    blocks.set(id, sorted)
    if (sorted.problem !== undefined) diagnostics.push(sorted.problem)
  }
  return { blocks, names, settings, diagnostics }
}

function isSettings(name: string): name is keyof SettingsBlocks {
  return (SETTINGS as readonly string[]).includes(name)
}

function sort(block: Block, names: Names, options: PlanOptions): SortedBlock & { readonly problem?: Diagnostic } {
  const name = blockName(block)
  if (name === 'argument' || name === 'export') return { kind: name, block, definition: undefined }
  const span = block.nameSpan
  if (name === 'foreach') {
    const problem = notStable(span, `block "${name}"`, 'experimental', options.stability)
    return problem === undefined
      ? { kind: name, block, definition: undefined }
      : { kind: 'unknown', block, definition: undefined, problem }
  }
  const definition = options.imports.get(name)
  if (definition !== undefined) return { kind: 'import', block, definition }
  if (findCustom(block, names) !== undefined) return { kind: 'custom', block, definition: undefined }
  const component = options.definitions.get(name)
  const problem = component === undefined ? unknown(block, names, options) : notAllowed(block, component, options)
  if (problem !== undefined) return { kind: 'unknown', block, definition: undefined, problem }
  return { kind: 'component', block, definition: component }
}

/** What is wrong with a block at this place, whatever is in it. */
function misplaced(block: Block, kind: BodyKind): Diagnostic | undefined {
  const name = blockName(block)
  const modular = name === 'declare' || name.startsWith('import.')
  if (kind === 'library' && !modular) {
    const hint = 'put it into a declare block, and use that'
    return errorAt(
      block.nameSpan,
      `only declare and import blocks are allowed in a module, got ${blockId(block)}`,
      hint,
    )
  }
  if ((name === 'argument' || name === 'export') && kind !== 'module') {
    return errorAt(block.nameSpan, `${name} blocks only allowed inside a module`, 'put it into a declare block')
  }
  if (isSettings(name) && kind !== 'root') {
    const hint = 'put it at the top of the configuration'
    return errorAt(block.nameSpan, `${name} blocks are not allowed inside a module`, hint)
  }
  if (name === 'import.git') {
    const hint = 'clone the repository beside skein and use import.file, or serve it and use import.http'
    return errorAt(block.nameSpan, 'import.git blocks are not supported by this version of skein', hint)
  }
  if (!modular && name !== 'argument' && name !== 'export' && name !== 'foreach') return undefined
  if (block.label === '') return errorAt(block.nameSpan, `block "${name}" requires non-empty label`)
  if (name === 'declare' && block.label === 'declare')
    return errorAt(block.labelSpan ?? block.nameSpan, "'declare' is not a valid label for a declare block")
  return undefined
}

function alreadyDeclared(id: string, block: Block, earlier: Block): Diagnostic {
  const place = formatPosition(earlier.span.file, earlier.span.start)
  const hint = block.label === '' ? 'keep one of the two' : 'give one of the two another label'
  return errorAt(block.nameSpan, `block ${id} already declared at ${place}`, hint)
}

function unknown(block: Block, names: Names, { definitions }: PlanOptions): Diagnostic {
  const name = blockName(block)
  const hint =
    didYouMean(name, [...definitions.keys(), ...customNames(names)]) ?? whatThereIs(block.name[0], definitions)
  return errorAt(block.nameSpan, `cannot find the definition of component name "${name}"`, hint)
}

/** Namespaces of Alloy's that are about something else than metrics. */
const OTHER_SIGNALS: ReadonlySet<string> = new Set(['loki', 'otelcol', 'pyroscope', 'faro', 'beyla'])

function whatThereIs(namespace: string, definitions: PlanOptions['definitions']): string {
  if (OTHER_SIGNALS.has(namespace))
    return `skein is about metrics, and has nothing of ${namespace}.*: leave that to Alloy`
  const all = [...definitions.keys()].sort()
  const alike = all.filter((name) => name.startsWith(`${namespace}.`))
  return `this version of skein has ${(alike.length === 0 ? all : alike).join(', ')}`
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
  return notStable(block.nameSpan, `component "${name}"`, stability, options.stability)
}
