/**
 * What the arguments of a component came to when they were last evaluated, for people who look at them: evaluating again may take
 * long, and would show what the component doesn't have. Owns how much of it is kept; of long lists, no more than is ever printed.
 */
import { MAX_PRINTED_ELEMENTS } from '../limits.ts'
import type { Expression } from '../syntax/ast.ts'
import { isArray, type Value } from '../syntax/value.ts'

export interface ArgumentValue {
  readonly value: Value
  /** Elements that `value` had, and that were not kept. */
  readonly leftOut: number
}

/** By the expression of the attribute, also of those in blocks. */
export type ArgumentValues = ReadonlyMap<Expression, ArgumentValue>

export function keptValues(evaluated: ReadonlyMap<Expression, Value>): ArgumentValues {
  return new Map(Array.from(evaluated, ([expression, value]) => [expression, keptValue(value)]))
}

function keptValue(value: Value): ArgumentValue {
  if (!isArray(value) || value.length <= MAX_PRINTED_ELEMENTS) return { value, leftOut: 0 }
  return { value: value.slice(0, MAX_PRINTED_ELEMENTS), leftOut: value.length - MAX_PRINTED_ELEMENTS }
}
