/** What the operators do with values. Throws ValueError that names the operand: 0 the left (or only) one, 1 the right. */

import type { BinaryOperator, UnaryOperator } from './ast.ts'
import {
  equalValues,
  isNumber,
  isSecretText,
  OptionalSecret,
  Secret,
  typeOf,
  type Value,
  ValueError,
  type ValueType,
} from './value.ts'

const ACCEPTED: Readonly<Partial<Record<BinaryOperator, readonly ValueType[]>>> = {
  '||': ['bool'],
  '&&': ['bool'],
  '+': ['number', 'string', 'capsule'],
  '-': ['number'],
  '*': ['number'],
  '/': ['number'],
  '%': ['number'],
  '^': ['number'],
  '<': ['number', 'string'],
  '>': ['number', 'string'],
  '<=': ['number', 'string'],
  '>=': ['number', 'string'],
}

export function unaryOperation(operator: UnaryOperator, value: Value): Value {
  if (operator === '!') {
    if (typeof value !== 'boolean') throw new ValueError(`should be bool, got ${typeOf(value)}`, 0)
    return !value
  }
  if (typeof value === 'bigint') return asInteger(-value, false)
  if (typeof value !== 'number') throw new ValueError(`should be number, got ${typeOf(value)}`, 0)
  return -value
}

export function binaryOperation(left: Value, operator: BinaryOperator, right: Value): Value {
  if (operator === '==') return equalValues(left, right)
  if (operator === '!=') return !equalValues(left, right)
  if (operator === '+') {
    const joined = joinSecrets(left, right)
    if (joined !== undefined) return joined
  }

  const accepted = ACCEPTED[operator] ?? []
  for (const [index, value] of [left, right].entries()) {
    const type = typeOf(value)
    if (!accepted.includes(type)) {
      throw new ValueError(`should be one of [${accepted.join(' ')}] for binop ${operator}, got ${type}`, index)
    }
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return operator === '&&' ? left && right : left || right
  if (typeof left === 'string' && typeof right === 'string') return strings(left, operator, right)
  if (isNumber(left) && isNumber(right)) return numbers(left, operator, right)
  if (typeOf(left) !== typeOf(right)) throw new ValueError(`should be ${typeOf(left)}, got ${typeOf(right)}`, 1)
  throw new ValueError(`could not perform binop ${operator} for unknown types lhs capsule rhs capsule`, 0)
}

/** Text with a secret in it is a secret; undefined when neither side is one. */
function joinSecrets(left: Value, right: Value): Value | undefined {
  if (!isSecretText(left) && !isSecretText(right)) return undefined
  if (!isText(left) || !isText(right)) return undefined
  const text = (typeof left === 'string' ? left : left.reveal()) + (typeof right === 'string' ? right : right.reveal())
  if (left instanceof Secret || right instanceof Secret) return new Secret(text)
  if ([left, right].some((side) => side instanceof OptionalSecret && side.isSecret))
    return new OptionalSecret(text, true)
  return typeof left === 'string' || typeof right === 'string' ? text : new OptionalSecret(text, false)
}

function isText(value: Value): value is string | Secret | OptionalSecret {
  return typeof value === 'string' || isSecretText(value)
}

function strings(left: string, operator: BinaryOperator, right: string): Value {
  if (operator === '+') return left + right
  return compared(operator, compareBytes(left, right))
}

function numbers(left: number | bigint, operator: BinaryOperator, right: number | bigint): Value {
  if (operator === '<' || operator === '>' || operator === '<=' || operator === '>=') {
    return compared(operator, left < right ? -1 : left > right ? 1 : left >= right ? 0 : Number.NaN)
  }
  if ((operator === '/' || operator === '%') && Number(right) === 0) throw new ValueError('divide by zero error', 1)
  if (typeof left === 'bigint' && typeof right === 'bigint') return integers(left, operator, right)
  return floats(Number(left), operator, Number(right))
}

function floats(left: number, operator: BinaryOperator, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
    default:
      return left ** right
  }
}

const INT64_MAX = 2n ** 63n - 1n

/** 64-bit arithmetic: too large results wrap around, silently, as in Go. */
function integers(left: bigint, operator: BinaryOperator, right: bigint): Value {
  const unsigned = left > INT64_MAX && right > INT64_MAX
  switch (operator) {
    case '+':
      return asInteger(left + right, unsigned)
    case '-':
      return asInteger(left - right, unsigned)
    case '*':
      return asInteger(left * right, unsigned)
    case '/':
      return asInteger(left / right, unsigned)
    case '%':
      return asInteger(left % right, unsigned)
    default:
      return right < 0n ? Number(left) ** Number(right) : asInteger(power(left, right), unsigned)
  }
}

function asInteger(value: bigint, unsigned: boolean): bigint {
  return unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)
}

/** By squaring and modulo 2^64, so that no exponent takes long. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = BigInt.asIntN(64, result * square)
    square = BigInt.asIntN(64, square * square)
  }
  return result
}

function compared(operator: BinaryOperator, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0
    case '>':
      return order > 0
    case '<=':
      return order <= 0
    default:
      return order >= 0
  }
}

/** Order of the UTF-8 forms, which is the order of the code points. */
function compareBytes(left: string, right: string): number {
  const a = new TextEncoder().encode(left)
  const b = new TextEncoder().encode(right)
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return a.length - b.length
}
