/** What the blocks of a body refer to, and whether each of these names leads somewhere. */
import type { Block, Span } from '../syntax/ast.ts'
import { blockName } from '../syntax/ast.ts'
import { type Diagnostic, errorAt, warningAt } from '../syntax/diagnostic.ts'
import { type Reference, referenceSpan, referencesOf, referenceText } from '../syntax/references.ts'
import { didYouMean } from '../syntax/suggest.ts'
import type { PlanOptions, SortedBlock } from './blocks.ts'
import { type Names, sees, visible } from './names.ts'
import type { Readable } from './readable.ts'
import { notStable } from './stability.ts'

export interface Linked {
  /** By id of the block, the names that the body knows; each once, in the order of the text. */
  readonly references: ReadonlyMap<string, readonly string[]>
  /** Those among all of them that the surrounding bodies know. */
  readonly outward: ReadonlySet<string>
  /** Ids of blocks with references that lead nowhere. */
  readonly broken: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

export function linkBlocks(
  blocks: ReadonlyMap<string, SortedBlock>,
  names: Names,
  readable: Pick<Readable, 'mayBeLost'>,
  options: PlanOptions,
): Linked {
  const references = new Map<string, readonly string[]>()
  const outward = new Set<string>()
  const broken = new Set<string>()
  const diagnostics: Diagnostic[] = []

  for (const [id, { block }] of blocks) {
    const found = new Set<string>()
    for (const reference of referencesOf(withoutTemplate(block))) {
      const name = resolve(reference, names)
      if (name === id) {
        broken.add(id)
        diagnostics.push(
          errorAt(reference.span, `self reference: ${id}`, 'a component can use the exports of others only'),
        )
      } else if (name !== undefined) {
        found.add(name)
        if (!names.own.has(name)) outward.add(name)
      } else if (!options.globals.has(reference.path[0].text)) {
        broken.add(id)
        if (!readable.mayBeLost(reference)) diagnostics.push(outOfScope(reference, names, options.globals))
      } else {
        const problem = globalProblem(reference, options)
        if (problem === undefined) continue
        if (problem.severity === 'error') broken.add(id)
        diagnostics.push(problem)
      }
    }
    references.set(id, [...found])
  }
  return { references, outward, broken, diagnostics }
}

/** The template of a `foreach` is a body of its own. */
export function withoutTemplate(block: Block): Block {
  if (blockName(block) !== 'foreach') return block
  return { ...block, body: block.body.filter((one) => one.kind === 'attribute' || blockName(one) !== 'template') }
}

/** The shortest beginning of the reference that names something. */
function resolve(reference: Reference, names: Names): string | undefined {
  for (let length = 1; length <= reference.path.length; length++) {
    const name = referenceText(reference, length)
    if (sees(names, name)) return name
  }
  return undefined
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
  const span: Span = referenceSpan(reference, 2)
  return notStable(span, `function "${member}"`, 'experimental', options.stability)
}

function outOfScope(reference: Reference, names: Names, globals: ReadonlySet<string>): Diagnostic {
  const name = referenceText(reference)
  const message = `component "${name}" does not exist or is out of scope`
  // The last part is the export more often than not, so what is like the name without it counts as well.
  const candidates = [...visible(names), ...globals]
  const hint =
    didYouMean(name, candidates) ?? didYouMean(referenceText(reference, reference.path.length - 1), candidates)
  return errorAt(reference.span, message, hint)
}
