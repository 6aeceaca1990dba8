/**
 * Blocks to arguments, with the schema of a component: evaluates the attributes, converts what they give, fills in
 * defaults, and finds every problem of the block at once (Alloy stops at the first). Messages are Alloy's.
 */

import type { Attribute, Block, Body, Expression, Name, Span } from './ast.ts'
import { blockName } from './ast.ts'
import { type Diagnostic, errorAt, hasErrors } from './diagnostic.ts'
import { describeExpression, evaluate, type Scope } from './evaluate.ts'
import type { AttributeField, BlockField, Field, Fields, Schema, UnavailableField } from './schema.ts'
import { didYouMean } from './suggest.ts'
import type { Type } from './types.ts'
import { deepEqual, type Value } from './value.ts'

export type DecodeResult<Args> =
  | {
      readonly ok: true
      readonly args: Args
      /** Literals given to secret arguments: the printer hides them. */
      readonly secrets: ReadonlySet<Expression>
      /** What the expression of each attribute came to, also in blocks. Not to be shown where the schema says that it is secret. */
      readonly values: ReadonlyMap<Expression, Value>
    }
  | {
      readonly ok: false
      /** Empty when all that is wrong was told by the parser. */
      readonly diagnostics: readonly Diagnostic[]
    }

/** The arguments of a top-level block. Its label is its name in the graph, and not looked at here. */
export function decodeBlock<Args>(schema: Schema<Args>, block: Block, scope: Scope): DecodeResult<Args> {
  const pass: Pass = { scope, diagnostics: [], secrets: new Set(), values: new Map(), damaged: 0 }
  const args = decodeFields(schema, block, headSpan(block), block.label, pass)
  if (hasErrors(pass.diagnostics) || pass.damaged > 0) return { ok: false, diagnostics: pass.diagnostics }
  return { ok: true, args: args as Args, secrets: pass.secrets, values: pass.values }
}

/** What is written in one pass over a block and all blocks in it. */
interface Pass {
  readonly scope: Scope
  readonly diagnostics: Diagnostic[]
  readonly secrets: Set<Expression>
  readonly values: Map<Expression, Value>
  /** Blocks that miss statements for errors of syntax: what they lack, and what does not go together, is not known. */
  damaged: number
}

/** The statements of one block by name, and what is known of them. */
interface Written {
  readonly damaged: boolean
  readonly attributes: Map<string, Attribute>
  readonly blocks: Map<string, Block[]>
}

type Values = Record<string, unknown>

/** Undefined when something was wrong. */
function decodeFields(
  schema: Schema<unknown>,
  { body, damaged = false }: { readonly body: Body; readonly damaged?: boolean },
  place: Span,
  label: string,
  pass: Pass,
): unknown | undefined {
  const before = problemsOf(pass)
  if (damaged) pass.damaged++
  const written = { ...gather(flatten(schema.fields), body, pass), damaged }
  return readFields(schema, written, place, label, pass, before)
}

/** All fields that a block can have, squashed ones included; found once for each schema. */
function flatten(fields: Fields): ReadonlyMap<string, Field<unknown>> {
  let flat = FLAT.get(fields)
  if (flat === undefined) FLAT.set(fields, (flat = new Map(entriesOf(fields))))
  return flat
}

const FLAT = new WeakMap<Fields, ReadonlyMap<string, Field<unknown>>>()

function entriesOf(fields: Fields): readonly (readonly [name: string, field: Field<unknown>])[] {
  return Object.entries(fields).flatMap(([name, field]): readonly (readonly [string, Field<unknown>])[] =>
    field.kind === 'squash' ? entriesOf(field.schema.fields) : [[name, field]],
  )
}

/** Grows when anything is wrong. */
function problemsOf({ diagnostics, damaged }: Pass): number {
  return diagnostics.length + damaged
}

/** Sorts the statements by name and refuses those that don't belong. */
function gather(known: ReadonlyMap<string, Field<unknown>>, body: Body, pass: Pass): Omit<Written, 'damaged'> {
  const attributes = new Map<string, Attribute>()
  const blocks = new Map<string, Block[]>()
  for (const statement of body) {
    const isBlock = statement.kind === 'block'
    const name = isBlock ? blockName(statement) : statement.name.text
    const span = isBlock ? statement.nameSpan : statement.name.span
    const field = known.get(name)
    if (field === undefined) {
      const kind = isBlock ? 'block' : 'attribute'
      pass.diagnostics.push(errorAt(span, `unrecognized ${kind} name "${name}"`, didYouMean(name, known.keys())))
    } else if (isBlock && isAttribute(field)) {
      const hint = `write ${name} = …`
      pass.diagnostics.push(errorAt(span, `"${name}" must be an attribute, but is used as a block`, hint))
    } else if (!isBlock && !isAttribute(field)) {
      const hint = `write ${name} { … }`
      pass.diagnostics.push(errorAt(span, `"${name}" must be a block, but is used as an attribute`, hint))
    } else if (isBlock) {
      const others = blocks.get(name)
      if (others === undefined) blocks.set(name, [statement])
      else others.push(statement)
    } else if (attributes.has(name)) {
      pass.diagnostics.push(errorAt(span, `attribute "${name}" may only be provided once`))
    } else {
      attributes.set(name, statement)
    }
  }
  return { attributes, blocks }
}

function isAttribute(field: Field<unknown>): boolean {
  return field.kind === 'attribute' || (field.kind === 'unavailable' && field.attribute !== undefined)
}

function readFields(
  schema: Schema<unknown>,
  written: Written,
  place: Span,
  label: string,
  pass: Pass,
  before: number,
): unknown {
  const values: Values = schema.labelled ? { label } : {}
  for (const [name, field] of Object.entries(schema.fields)) {
    switch (field.kind) {
      case 'attribute':
        values[name] = readAttribute(name, field, written, place, pass)
        break
      case 'block':
        values[name] = readBlocks(name, field, written, place, pass)
        break
      case 'squash':
        values[name] = readFields(field.schema, written, place, '', pass, problemsOf(pass))
        break
      case 'unavailable':
        refuse(name, field, written, pass)
    }
  }
  if (written.damaged || problemsOf(pass) > before) return undefined

  schema.validate(values, (message, field, hint) => {
    const attribute = field === undefined ? undefined : written.attributes.get(field)
    const block = field === undefined ? undefined : written.blocks.get(field)?.[0]
    pass.diagnostics.push(errorAt(attribute?.span ?? (block && headSpan(block)) ?? place, message, hint))
  })
  return values
}

function readAttribute(
  name: string,
  field: AttributeField<unknown>,
  { attributes, damaged }: Written,
  place: Span,
  pass: Pass,
): unknown {
  const attribute = attributes.get(name)
  if (attribute === undefined) {
    if (field.required && !damaged) pass.diagnostics.push(errorAt(place, `missing required attribute "${name}"`))
    return field.fallback
  }
  return decodeValue(attribute.name, attribute.value, field.type, field.required ? undefined : field, pass)
}

/** The value of an expression. Null is like absent: the fallback, or, without one, what the type makes of it. */
function decodeValue(
  name: Name,
  expression: Expression,
  type: Type<unknown>,
  ifNull: { readonly fallback: unknown } | undefined,
  pass: Pass,
): unknown {
  if (type.secret) collectLiterals(expression, pass.secrets)
  const result = evaluate(expression, pass.scope, { hideText: type.secret })
  if (!result.ok) {
    pass.diagnostics.push(result.diagnostic)
    return undefined
  }
  pass.values.set(expression, result.value)
  if (result.value === null && ifNull !== undefined) return ifNull.fallback
  return type.decode(result.value, { expression, path: '' }, (origin, message, hint) => {
    const subject = type.secret ? `attribute "${name.text}"` : describeExpression(origin.expression)
    pass.diagnostics.push(errorAt(origin.expression.span, `${subject}${origin.path} ${message}`, hint))
  })
}

function readBlocks(
  name: string,
  { schema, occurs }: BlockField<unknown>,
  written: Written,
  place: Span,
  pass: Pass,
): unknown {
  const blocks = written.blocks.get(name) ?? []
  if (occurs === 'repeated') return blocks.map((block) => readBlock(schema, block, pass))
  for (const extra of blocks.slice(1)) {
    pass.diagnostics.push(errorAt(headSpan(extra), `block "${name}" may only be specified once`))
  }
  if (blocks.length > 0) return readBlock(schema, blocks[0], pass)
  if (occurs === 'required' && !written.damaged)
    pass.diagnostics.push(errorAt(place, `missing required block "${name}"`))
  return occurs === 'defaulted' ? decodeFields(schema, { body: [] }, place, '', pass) : undefined
}

function readBlock(schema: Schema<unknown>, block: Block, pass: Pass): unknown {
  const name = blockName(block)
  if (schema.labelled && block.label === '') {
    pass.diagnostics.push(errorAt(headSpan(block), `block "${name}" requires non-empty label`))
  } else if (!schema.labelled && block.label !== '') {
    pass.diagnostics.push(errorAt(headSpan(block), `block "${name}" does not support specifying labels`))
  }
  return decodeFields(schema, block, headSpan(block), block.label, pass)
}

/** An attribute that we don't have yet may say what happens anyway. */
function refuse(name: string, { attribute: known, reason }: UnavailableField, written: Written, pass: Pass): void {
  for (const block of written.blocks.get(name) ?? []) {
    pass.diagnostics.push(errorAt(headSpan(block), `block "${name}" ${NOT_YET}: ${reason}`))
  }
  const attribute = written.attributes.get(name)
  if (attribute === undefined || known === undefined) return
  const before = pass.diagnostics.length
  const value = decodeValue(attribute.name, attribute.value, known.type, known, pass)
  if (pass.diagnostics.length > before || deepEqual(value, known.fallback)) return
  pass.diagnostics.push(errorAt(attribute.span, `attribute "${name}" ${NOT_YET}: ${reason}`))
}

const NOT_YET = 'is not supported by this version of skein yet'

/** From the name to the label, or just the name. */
function headSpan(block: Block): Span {
  return block.labelSpan === undefined ? block.nameSpan : { ...block.nameSpan, end: block.labelSpan.end }
}

function collectLiterals(expression: Expression, into: Set<Expression>): void {
  switch (expression.kind) {
    case 'literal':
      if (expression.type === 'string') into.add(expression)
      return
    case 'array':
      for (const element of expression.elements) collectLiterals(element, into)
      return
    case 'object':
      for (const field of expression.fields) collectLiterals(field.value, into)
      return
    case 'call':
      for (const arg of expression.args) collectLiterals(arg, into)
      return
    case 'binary':
      collectLiterals(expression.left, into)
      collectLiterals(expression.right, into)
      return
    case 'paren':
      collectLiterals(expression.inner, into)
  }
}
