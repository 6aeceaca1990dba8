/**
 * Which names a body gives to its blocks and modules, and which it sees of the bodies around it. A module sees declares and imports of what
 * surrounds it but none of its components; the template of a `foreach` sees those as well.
 */
import { type Block, type Body, blockName } from '../syntax/ast.ts'
import { orderByDependency } from './order.ts'

export interface Names {
  /** Ids of this body's blocks. */
  readonly own: ReadonlySet<string>
  /** Of a template: how it calls the item. */
  readonly variable: string | undefined
  readonly declares: ReadonlyMap<string, Block>
  /** By label. */
  readonly imports: ReadonlyMap<string, Block>
  /** Where declares and imports are looked for that aren't here. */
  readonly outer: Names | undefined
  /** Whether components of `outer` are seen, too. */
  readonly transparent: boolean
}

/** Whether expressions of this body can use the name. */
export function sees(names: Names, name: string): boolean {
  if (names.own.has(name) || names.variable === name) return true
  return names.transparent && names.outer !== undefined && sees(names.outer, name)
}

/** All names that expressions of this body can use. */
export function visible(names: Names): readonly string[] {
  const own = [...names.own, ...(names.variable === undefined ? [] : [names.variable])]
  return names.transparent && names.outer !== undefined ? [...own, ...visible(names.outer)] : own
}

/** Custom components that can be used in this body; of an import only its namespace is known. */
export function customNames(names: Names | undefined): readonly string[] {
  if (names === undefined) return []
  return [...names.declares.keys(), ...customNames(names.outer)]
}

/** Where the first word of a block's name leads: to a declare, into an import, or to neither. */
export type Custom =
  | { readonly kind: 'declare'; readonly block: Block; readonly at: Names }
  | { readonly kind: 'import'; readonly label: string; readonly at: Names }

export function findCustom(block: Block, names: Names): Custom | undefined {
  const [first] = block.name
  for (let at: Names | undefined = names; at !== undefined; at = at.outer) {
    if (at.imports.has(first) && block.name.length === 2) return { kind: 'import', label: first, at }
    const declare = block.name.length === 1 ? at.declares.get(first) : undefined
    if (declare !== undefined) return { kind: 'declare', block: declare, at }
  }
  return undefined
}

/** Ids of this body's imports that must be there before the block can be taken apart. */
export function importsUsed(block: Block, names: Names): readonly string[] {
  const found = new Set<string>()
  const seen = new Set<Block>()

  function visit(one: Block, at: Names): void {
    const name = blockName(one)
    if (name === 'foreach' || name === 'template' || name === 'declare') {
      visitAll(one.body, at)
      return
    }
    const custom = findCustom(one, at)
    if (custom === undefined) return
    if (custom.kind === 'import') {
      const imported = custom.at.imports.get(custom.label) as Block
      if (custom.at === names) found.add(`${blockName(imported)}.${custom.label}`)
    } else if (!seen.has(custom.block)) {
      seen.add(custom.block)
      visitAll(custom.block.body, custom.at)
    }
  }

  function visitAll(body: Body, at: Names): void {
    for (const statement of body) if (statement.kind === 'block') visit(statement, at)
  }

  visit(block, names)
  return [...found]
}

/** Declares of this body that contain themselves, directly or through each other. */
export function recursions(names: Names): readonly { readonly labels: readonly string[]; readonly block: Block }[] {
  const uses = new Map<string, readonly string[]>()
  for (const [label, block] of names.declares) uses.set(label, declaresUsed(block.body, names))
  const { cycles } = orderByDependency(uses)
  const alone = [...uses].filter(([label, used]) => used.includes(label) && !cycles.some((one) => one.includes(label)))
  return [...cycles, ...alone.map(([label]) => [label])].map((labels) => ({
    labels,
    block: names.declares.get(labels[0]) as Block,
  }))
}

/** `hidden`: what bodies around this one declare under the same names. */
function declaresUsed(body: Body, names: Names, hidden: ReadonlySet<string> = NONE): readonly string[] {
  const blocks = body.filter((statement) => statement.kind === 'block')
  const declared = blocks.filter((block) => blockName(block) === 'declare').map(({ label }) => label)
  const inside = declared.length === 0 ? hidden : new Set([...hidden, ...declared])
  const found = new Set<string>()
  for (const block of blocks) {
    const name = blockName(block)
    if (names.declares.has(name) && !inside.has(name)) found.add(name)
    if (name === 'declare' || name === 'foreach' || name === 'template')
      for (const inner of declaresUsed(block.body, names, inside)) found.add(inner)
  }
  return [...found]
}

const NONE: ReadonlySet<string> = new Set()
