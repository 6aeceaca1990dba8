/**
 * What is wrong with blocks that can't be evaluated, as far as their text alone shows it: because something they refer to is broken, because the
 * configuration is only looked at, or because nothing uses the module that they stand in.
 */
import { type Block, type Body, blockName, type Span } from '../syntax/ast.ts'
import { decodeBlock } from '../syntax/decode.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { scopeOf } from '../syntax/evaluate.ts'
import { type Reference, referencesOf, referenceText } from '../syntax/references.ts'
import { isIdentifier } from '../syntax/scanner.ts'
import type { Schema } from '../syntax/schema.ts'
import { didYouMean } from '../syntax/suggest.ts'
import { deepEqual, type ObjectValue } from '../syntax/value.ts'
import { foreachSchema } from './foreach.ts'
import type { Imported } from './imports.ts'
import { withoutTemplate } from './link.ts'
import { givenArguments, parametersOf } from './module.ts'
import { findCustom, type Names } from './names.ts'
import type { BodyPlan, PlannedBlock, Planner } from './plan.ts'
import type { Readable } from './readable.ts'

export interface Checking {
  readonly planner: Planner
  /** The standard library. What is called and may give something else elsewhere is in `uncertain`. */
  readonly globals: ObjectValue
  readonly uncertain?: ReadonlySet<string>
  /** What imports brought, by their blocks, as far as it is known. */
  readonly libraries?: ReadonlyMap<Block, Library>
}

export interface Library {
  readonly plan: BodyPlan
  readonly readable: Readable
}

/** All blocks of a body, and of the modules that it declares or uses by its own text. */
export function checkBody(
  plan: BodyPlan,
  readable: Pick<Readable, 'mayBeLost'>,
  checking: Checking,
): readonly Diagnostic[] {
  const found = plan.text.flatMap((one) => checkBlock(one, plan, readable, checking))
  for (const declare of plan.names.declares.values()) found.push(...checkDeclare(declare, plan, readable, checking))
  return found
}

/** A module that nothing uses. */
export function checkDeclare(
  declare: Block,
  { names }: BodyPlan,
  readable: Pick<Readable, 'mayBeLost'>,
  checking: Checking,
): readonly Diagnostic[] {
  const plan = checking.planner.declare(declare, names, readable)
  return [
    ...plan.diagnostics,
    ...parametersOf(plan, checking.globals).diagnostics,
    ...checkBody(plan, readable, checking),
  ]
}

export function checkBlock(
  planned: PlannedBlock,
  { names }: BodyPlan,
  readable: Pick<Readable, 'mayBeLost'>,
  checking: Checking,
): readonly Diagnostic[] {
  const { block } = planned
  switch (planned.kind) {
    case 'component':
    case 'import':
      return checkArguments(planned.definition.schema, block, checking)
    case 'foreach': {
      const found = [...checkArguments(foreachSchema, withoutTemplate(block), checking), ...foreachProblems(planned)]
      if (planned.template !== undefined) found.push(...checkBody(planned.template, readable, checking))
      return found
    }
    case 'custom':
      return checkInstance(block, names, readable, checking)
    case 'argument':
    case 'export':
      return []
  }
}

function checkInstance(
  block: Block,
  names: Names,
  readable: Pick<Readable, 'mayBeLost'>,
  { planner, globals, libraries }: Checking,
): readonly Diagnostic[] {
  const custom = findCustom(block, names)
  if (custom === undefined) return []
  if (custom.kind === 'declare') {
    const plan = planner.declare(custom.block, custom.at, readable)
    return givenArguments(block, parametersOf(plan, globals)).diagnostics
  }
  const library = libraries?.get(custom.at.imports.get(custom.label) as Block)
  if (library === undefined) return []
  const declare = library.plan.names.declares.get(block.name[1])
  if (declare === undefined) return [unknownDeclare(block, library.plan.names)]
  const plan = planner.declare(declare, library.plan.names, library.readable)
  return givenArguments(block, parametersOf(plan, globals)).diagnostics
}

/** An import brought none of this name; `known`: what it brought. */
export function unknownDeclare(block: Block, { declares }: Names): Diagnostic {
  const name = blockName(block)
  const known = [...declares.keys()].map((label) => `${block.name[0]}.${label}`)
  return errorAt(block.nameSpan, `cannot find the definition of component name "${name}"`, didYouMean(name, known))
}

/** An import with its arguments, as it brought a text. */
export type BroughtBy = Pick<Imported, 'definition' | 'args'>

/** Nothing ends when a text imports itself, be it through others. `around`: what brought the text that the import stands in. */
export function selfImport(
  { block, definition }: PlannedBlock & { readonly kind: 'import' },
  args: unknown,
  around: readonly BroughtBy[],
): Diagnostic | undefined {
  if (!around.some((one) => one.definition === definition && deepEqual(one.args, args))) return undefined
  return errorAt(block.nameSpan, 'the module imports itself', 'remove this import')
}

/** What must be right before a template can be read at all. */
export function foreachProblems({ block }: PlannedBlock): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  const templates = block.body.filter((one) => one.kind === 'block' && blockName(one) === 'template')
  if (templates.length === 0 && block.damaged !== true)
    found.push(errorAt(block.nameSpan, 'missing required block "template"'))
  for (const { span } of templates.slice(1)) found.push(errorAt(span, 'block "template" may only be specified once'))
  for (const statement of block.body) {
    if (statement.kind !== 'attribute' || statement.name.text !== 'var') continue
    const { value } = statement
    const literal = value.kind === 'literal' && value.type === 'string' ? value.text.slice(1, -1) : undefined
    if (literal !== undefined && isIdentifier(literal)) continue
    found.push(errorAt(value.span, 'var must be a name in quotes', 'write var = "each", and each in the template'))
  }
  return found
}

/**
 * What decoding finds without the exports of others. What an expression with such a reference would give is unknown, so nothing is said about it.
 */
function checkArguments(schema: Schema<unknown>, block: Block, checking: Checking): readonly Diagnostic[] {
  const decoded = decodeBlock(schema, block, scopeOf(checking.globals))
  if (decoded.ok) return []
  const unknown = unknownSpans(block, checking)
  return decoded.diagnostics.filter(
    ({ start }) =>
      start === undefined ||
      !unknown.some((span) => span.start.offset <= start.offset && start.offset <= span.end.offset),
  )
}

/** Whether all values in the block are known before anything is evaluated. */
export function isCertain(block: Block, checking: Checking): boolean {
  return unknownSpans(block, checking).length === 0
}

/** Where the attributes stand whose values aren't known. */
function unknownSpans(block: Block, { globals, uncertain }: Checking): readonly Span[] {
  const isUnknown = (reference: Reference): boolean =>
    !globals.has(reference.path[0].text) ||
    [1, 2].some((length) => uncertain?.has(referenceText(reference, length)) === true)
  const spans: Span[] = []
  const visit = (body: Body): void => {
    for (const statement of body) {
      if (statement.kind === 'block') visit(statement.body)
      else if (referencesOf(statement).some(isUnknown)) spans.push(statement.span)
    }
  }
  visit(block.body)
  return spans
}
