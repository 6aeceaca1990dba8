/**
 * Expressions to values. Problems come back as diagnostics at the operand that causes them, in Alloy's words.
 *
 * Differs from Alloy on purpose: `&&` and `||` don't evaluate the right side when the left one decides, and an integer
 * to a negative power is a fraction (Alloy returns the base).
 */

import type { CallExpression, Expression, IndexExpression, Literal, Span } from './ast.ts'
import { type Diagnostic, errorAt } from './diagnostic.ts'
import { binaryOperation, unaryOperation } from './operators.ts'
import { printExpression } from './printer.ts'
import { unquote } from './quote.ts'
import {
  asObject,
  type Capsule,
  FunctionValue,
  formatNumber,
  isArray,
  isNumber,
  isObject,
  parseInteger,
  typeOf,
  type Value,
  ValueError,
} from './value.ts'

/** Where names are looked up. */
export interface Scope {
  /** Undefined when there is no such name. */
  lookup(name: string): Value | undefined
}

/** The first of the maps that has a name wins: components before the standard library. */
export function scopeOf(...maps: readonly ReadonlyMap<string, Value>[]): Scope {
  return {
    lookup(name) {
      for (const map of maps) {
        const value = map.get(name)
        if (value !== undefined) return value
      }
      return undefined
    },
  }
}

export type EvaluateResult =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly diagnostic: Diagnostic }

export interface EvaluateOptions {
  /** The expression makes a secret: keep its text out of messages. */
  readonly hideText?: boolean
}

/** Never throws for what a configuration can contain. */
export function evaluate(expression: Expression, scope: Scope, options: EvaluateOptions = {}): EvaluateResult {
  try {
    return { ok: true, value: compute(expression, { scope, hideText: options.hideText === true }) }
  } catch (thrown) {
    if (thrown instanceof Problem) return { ok: false, diagnostic: thrown.diagnostic }
    throw thrown
  }
}

interface Context {
  readonly scope: Scope
  readonly hideText: boolean
}

/** Unwinds the recursion; doesn't leave this file. */
class Problem extends Error {
  readonly diagnostic: Diagnostic

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.diagnostic = diagnostic
  }
}

const MAX_SHOWN = 60

/** What a message calls an expression: its text when that is short, otherwise just `value`. */
export function describeExpression(expression: Expression): string {
  const text = printExpression(expression)
  return text.length > MAX_SHOWN || text.includes('\n') ? 'value' : text
}

function problemAt(span: Span, message: string): never {
  throw new Problem(errorAt(span, message))
}

/** `<expression> <message>`, as Alloy words what is wrong with a value. */
function wrongValue(expression: Expression, context: Context, message: string, path = ''): never {
  const subject = context.hideText ? 'value' : describeExpression(expression)
  problemAt(expression.span, `${subject}${path} ${message}`)
}

/** Runs what may throw a ValueError about `operands`. */
function about(operands: readonly Expression[], whole: Expression, context: Context, run: () => Value): Value {
  try {
    return run()
  } catch (thrown) {
    if (!(thrown instanceof ValueError)) throw thrown
    const { argument, message, path } = thrown
    if (argument === undefined || operands[argument] === undefined) problemAt(whole.span, message)
    const { expression, rest } = nearest(operands[argument], path)
    wrongValue(expression, context, message, rest)
  }
}

/** Follows a way into a value (`[2].name`) through what the source spells out: the innermost expression, and what is left. */
function nearest(start: Expression, way: string): { readonly expression: Expression; readonly rest: string } {
  let expression = start
  let rest = way
  for (;;) {
    while (rest !== '' && expression.kind === 'paren') expression = expression.inner
    const [step = '', index, name] = /^(?:\[(\d+)\]|\.([^.[]+))/.exec(rest) ?? []
    let inner: Expression | undefined
    if (index !== undefined && expression.kind === 'array') inner = expression.elements[Number(index)]
    if (name !== undefined && expression.kind === 'object')
      inner = expression.fields.findLast((field) => field.name.text === name)?.value
    if (inner === undefined) return { expression, rest }
    expression = inner
    rest = rest.slice(step.length)
  }
}

function compute(expression: Expression, context: Context): Value {
  switch (expression.kind) {
    case 'literal':
      return literalValue(expression, context)
    case 'identifier': {
      const value = context.scope.lookup(expression.name)
      if (value === undefined) problemAt(expression.span, `identifier "${expression.name}" does not exist`)
      return value
    }
    case 'array':
      return expression.elements.map((element) => compute(element, context))
    case 'object':
      return new Map(expression.fields.map((field) => [field.name.text, compute(field.value, context)]))
    case 'paren':
      return compute(expression.inner, context)
    case 'access': {
      const value = compute(expression.value, context)
      const field = expression.name.text
      const object = asObject(value)
      if (object === undefined) wrongValue(expression.value, context, noAccess(value, field))
      const found = object.get(field)
      if (found === undefined) problemAt(expression.name.span, `field "${field}" does not exist`)
      return found
    }
    case 'index':
      return indexed(expression, compute(expression.value, context), compute(expression.index, context), context)
    case 'call':
      return called(expression, context)
    case 'unary': {
      const operand = compute(expression.value, context)
      return about([expression.value], expression, context, () => unaryOperation(expression.operator, operand))
    }
    case 'binary': {
      const left = compute(expression.left, context)
      if (expression.operator === '&&' && left === false) return false
      if (expression.operator === '||' && left === true) return true
      const right = compute(expression.right, context)
      const operands = [expression.left, expression.right]
      return about(operands, expression, context, () => binaryOperation(left, expression.operator, right))
    }
  }
}

const NO_INSIDE = 'expected object or array or a capsule convertible to an object, got capsule'

function noAccess(value: Value, field: string): string {
  const type = typeOf(value)
  return type === 'capsule' ? NO_INSIDE : `cannot access field "${field}" on value of type ${type}`
}

function indexed(expression: IndexExpression, value: Value, index: Value, context: Context): Value {
  if (isArray(value)) {
    if (!isNumber(index)) wrongValue(expression.index, context, `should be number, got ${typeOf(index)}`)
    const position = Math.trunc(Number(index))
    if (!(position >= 0 && position < value.length)) {
      wrongValue(
        expression.index,
        context,
        `index ${formatNumber(position)} is out of range of array with length ${value.length}`,
      )
    }
    return value[position]
  }
  const object = isObject(value) ? value : asObject(value as Capsule)
  if (object === undefined) {
    const type = typeOf(value)
    wrongValue(expression.value, context, type === 'capsule' ? NO_INSIDE : `expected object or array, got ${type}`)
  }
  if (typeof index !== 'string') wrongValue(expression.index, context, `should be string, got ${typeOf(index)}`)
  return object.get(index) ?? null
}

function called(expression: CallExpression, context: Context): Value {
  const callee = compute(expression.value, context)
  if (!(callee instanceof FunctionValue))
    wrongValue(expression.value, context, `should be function, got ${typeOf(callee)}`)
  const args = expression.args.map((arg) => compute(arg, context))
  const { least, most } = callee.parameters
  if (args.length < least || args.length > most) {
    const expected = least === most ? `${least}` : args.length < least ? `at least ${least}` : `at most ${most}`
    wrongValue(expression.value, context, `expected ${expected} args, got ${args.length}`)
  }
  return about(expression.args, expression, context, () => callee.call(args))
}

function literalValue(literal: Literal, context: Context): Value {
  const { type, text } = literal
  switch (type) {
    case 'null':
      return null
    case 'bool':
      return text === 'true'
    case 'string':
      return unquote(text)
    case 'float':
    case 'number': {
      const value = type === 'float' ? Number(text) : parseInteger(text)
      if (value === Number.POSITIVE_INFINITY) wrongValue(literal, context, 'is too large for a number')
      return value
    }
  }
}
