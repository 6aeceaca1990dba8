/**
 * The values of the language. Plain JavaScript where that says everything: null, booleans, strings, arrays, maps;
 * numbers are bigints when they are integers (int64 or uint64) and JavaScript numbers when they are floats. Functions
 * and capsules (what only the host understands, secrets included) are objects made here.
 *
 * A secret's text leaves its object through `reveal()` only: neither printing, nor JSON, nor an error shows it.
 */

import { quote } from './quote.ts'
import { isIdentifier } from './scanner.ts'

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly Value[]
  | ObjectValue
  | FunctionValue
  | CapsuleValue

export type ObjectValue = ReadonlyMap<string, Value>
export type ValueType = 'null' | 'number' | 'string' | 'bool' | 'array' | 'object' | 'function' | 'capsule'

/** Something callable. `call` gets as many arguments as it allows, and throws ValueError for arguments that don't fit. */
export class FunctionValue {
  readonly name: string
  readonly parameters: { readonly least: number; readonly most: number }
  readonly call: (args: readonly Value[]) => Value

  constructor(name: string, parameters: { least: number; most: number }, call: (args: readonly Value[]) => Value) {
    this.name = name
    this.parameters = parameters
    this.call = call
  }
}

/** What is wrong with a value, to be told at the expression that it came from. */
export class ValueError extends Error {
  /** Which argument of a function it is about, and the way from there (`[2].name`). */
  readonly argument: number | undefined
  readonly path: string

  constructor(message: string, argument?: number, path = '') {
    super(message)
    this.name = 'ValueError'
    this.argument = argument
    this.path = path
  }
}

/** A kind of host values that configurations pass around; make one with `capsuleType`. */
export interface CapsuleType<T> {
  /** As documentation calls it: `MetricsReceiver`. */
  readonly name: string
  wrap(content: T): Capsule<T>
  is(value: Value): value is Capsule<T>
  equals(a: T, b: T): boolean
  /** Undefined for what can't be looked into. */
  toObject(content: T): ObjectValue | undefined
  /** Whether data goes to whoever exports it, against the direction of the reference. */
  readonly receives: boolean
  /** For people; undefined for what has no words but its type's. */
  describe(content: T): string | undefined
}

export class Capsule<T = unknown> {
  readonly type: CapsuleType<T>
  readonly content: T

  constructor(type: CapsuleType<T>, content: T) {
    this.type = type
    this.content = content
  }

  /** Capsules are never shown: what they hold isn't configuration. */
  toJSON(): string {
    return `capsule(${quote(this.type.name)})`
  }
}

export interface CapsuleTraits<T> {
  /** Identity by default. */
  readonly equals?: (a: T, b: T) => boolean
  /** Lets configurations look inside with `.name` and `["name"]`. */
  readonly toObject?: (content: T) => ObjectValue
  readonly receives?: boolean
  readonly describe?: (content: T) => string
}

export function capsuleType<T>(name: string, traits: CapsuleTraits<T> = {}): CapsuleType<T> {
  const type: CapsuleType<T> = {
    name,
    wrap: (content) => new Capsule(type, content),
    is: (value): value is Capsule<T> => value instanceof Capsule && (value.type as unknown) === type,
    equals: traits.equals ?? Object.is,
    toObject: traits.toObject ?? (() => undefined),
    receives: traits.receives ?? false,
    describe: traits.describe ?? (() => undefined),
  }
  return type
}

/** The labels of one scrape target, as discovery exports them: decoded without being copied. */
export const targetCapsule: CapsuleType<ReadonlyMap<string, string>> = capsuleType<ReadonlyMap<string, string>>(
  'Target',
  {
    equals: deepEqual,
    toObject: (labels) => labels,
  },
)

const HIDDEN = '(secret)'

/** Text that is never shown. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text, for the one place that sends it. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }
}

/** Text that may or may not be a secret; known only when the configuration is evaluated. */
export class OptionalSecret {
  readonly isSecret: boolean
  readonly #text: string

  constructor(text: string, isSecret: boolean) {
    this.#text = text
    this.isSecret = isSecret
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return this.isSecret ? HIDDEN : this.#text
  }

  toJSON(): string {
    return this.toString()
  }
}

export type CapsuleValue = Capsule | Secret | OptionalSecret

export function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

export function isObject(value: Value): value is ObjectValue {
  return value instanceof Map
}

export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

export function typeOf(value: Value): ValueType {
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'bigint':
    case 'number':
      return 'number'
    case 'string':
      return 'string'
    default:
      if (value === null) return 'null'
      if (isArray(value)) return 'array'
      if (isObject(value)) return 'object'
      return value instanceof FunctionValue ? 'function' : 'capsule'
  }
}

/** An object, also when it is in a capsule that lets look inside. */
export function asObject(value: Value): ObjectValue | undefined {
  if (isObject(value)) return value
  if (value instanceof Capsule) return (value as Capsule).type.toObject(value.content)
  return undefined
}

/** `==`: values of different types are never equal, functions neither; numbers compare by value, the rest deeply. */
export function equalValues(a: Value, b: Value): boolean {
  // Bounded from both sides, because an integer and a float are never ===.
  if (isNumber(a) && isNumber(b)) return a <= b && a >= b
  if (a instanceof FunctionValue || b instanceof FunctionValue) return false
  if (isArray(a) && isArray(b)) return a.length === b.length && a.every((element, i) => equalValues(element, b[i]))
  if (isObject(a) && isObject(b)) {
    if (a.size !== b.size) return false
    for (const [key, value] of a) {
      const other = b.get(key)
      if (other === undefined || !equalValues(value, other)) return false
    }
    return true
  }
  if (isSecretText(a) && (typeof b === 'string' || isSecretText(b))) return textOf(a) === textOf(b)
  if (isSecretText(b) && typeof a === 'string') return textOf(a) === textOf(b)
  return deepEqual(a, b)
}

export function isSecretText(value: unknown): value is Secret | OptionalSecret {
  return value instanceof Secret || value instanceof OptionalSecret
}

function textOf(value: string | Secret | OptionalSecret): string {
  return typeof value === 'string' ? value : value.reveal()
}

/**
 * Whether two decoded arguments, exports or values are the same: plain objects, arrays and maps deeply, secrets by
 * text, capsules as their type says, anything else by identity.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => deepEqual(x, b[i]))
  if (a instanceof Map) {
    if (!(b instanceof Map) || a.size !== b.size) return false
    for (const [key, value] of a) if (!b.has(key) || !deepEqual(value, b.get(key))) return false
    return true
  }
  if (a instanceof Secret) return b instanceof Secret && a.reveal() === b.reveal()
  if (a instanceof OptionalSecret) {
    return b instanceof OptionalSecret && a.isSecret === b.isSecret && a.reveal() === b.reveal()
  }
  if (a instanceof Capsule) {
    const { type } = a as Capsule<unknown>
    return b instanceof Capsule && b.type === type && type.equals(a.content, b.content)
  }
  if (!isPlain(a) || !isPlain(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key]))
  )
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Deeper data isn't taken: it would overflow the stack of whatever walks it. */
const MAX_DEPTH = 500

/**
 * A value from host data (the exports of a component, parsed JSON): plain objects and maps become objects, integers of
 * at most 53 bits become ints, undefined fields are left out. Throws ValueError for what no configuration can hold.
 */
export function toValue(data: unknown, depth = 0): Value {
  if (depth > MAX_DEPTH) throw new ValueError(`data is nested more than ${MAX_DEPTH} levels deep`)
  switch (typeof data) {
    case 'boolean':
    case 'bigint':
    case 'string':
      return data
    case 'number':
      return Number.isSafeInteger(data) && !Object.is(data, -0) ? BigInt(data) : data
    case 'undefined':
      return null
    case 'object':
      if (data === null || data instanceof FunctionValue || data instanceof Capsule || isSecretText(data)) return data
      if (Array.isArray(data)) return data.map((element) => toValue(element, depth + 1))
      if (data instanceof Map) return objectValue(data, depth)
      if (isPlain(data)) return objectValue(Object.entries(data), depth)
  }
  throw new ValueError(`a ${typeof data} can't be used in a configuration`)
}

function objectValue(entries: Iterable<readonly [unknown, unknown]>, depth: number): ObjectValue {
  const object = new Map<string, Value>()
  for (const [key, value] of entries) if (value !== undefined) object.set(String(key), toValue(value, depth + 1))
  return object
}

/** int64 and uint64 together. */
export const LEAST_INTEGER: bigint = -(2n ** 63n)
const MOST_INTEGER = 2n ** 64n - 1n
/** Of its characters: `0o` and 22 octal digits. */
const LONGEST_INTEGER = 24

/** int64, else uint64, else a float. A leading zero means octal, as in Go. */
export function parseInteger(text: string): bigint | number {
  const octal = /^0[0-7]+$/.test(text)
  if (!octal && /^0\d/.test(text)) return Number(text)
  const digits = octal ? `0o${text.replace(/^0+(?=\d)/, '')}` : text
  // Surely a float; a number of a million digits would take seconds as an integer.
  if (digits.length > LONGEST_INTEGER) return Number(digits)
  const value = BigInt(digits)
  return value >= LEAST_INTEGER && value <= MOST_INTEGER ? value : Number(value)
}

/** A float without exponent: `1e21` is `1000000000000000000000`. */
export function formatNumber(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN'
  const text = String(value)
  const [mantissa, exponent] = text.split('e')
  if (exponent === undefined) return Object.is(value, -0) ? '-0' : text
  const negative = mantissa.startsWith('-')
  const [whole, fraction = ''] = (negative ? mantissa.slice(1) : mantissa).split('.')
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  const plain = point <= 0 ? `0.${'0'.repeat(-point)}${digits}` : digits.padEnd(point, '0')
  return negative ? `-${plain}` : plain
}

/**
 * A value as configuration text: objects over several lines with sorted keys, arrays on one line, secrets hidden. What
 * has no text form prints as `capsule("Kind")` or `function`.
 */
export function formatValue(value: Value, indentation = ''): string {
  if (isNumber(value)) return formatNumber(value)
  if (typeof value === 'string') return quote(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof Secret) return HIDDEN
  if (value instanceof OptionalSecret) return value.isSecret ? HIDDEN : quote(value.reveal())
  if (value instanceof FunctionValue) return 'function'
  if (isArray(value)) return `[${value.map((element) => formatValue(element, indentation)).join(', ')}]`
  if (isObject(value)) return formatObject(value, indentation)
  const object = asObject(value)
  return object === undefined
    ? `capsule(${quote((value as Capsule<unknown>).type.name)})`
    : formatObject(object, indentation)
}

function formatObject(object: ObjectValue, indentation: string): string {
  if (object.size === 0) return '{}'
  const inner = `${indentation}\t`
  const keys = [...object.keys()].sort().map((key) => [key, isIdentifier(key) ? key : quote(key)] as const)
  const width = Math.max(...keys.map(([, text]) => text.length))
  const lines = keys.map(
    ([key, text]) => `${inner}${text.padEnd(width)} = ${formatValue(object.get(key) as Value, inner)},\n`,
  )
  return `{\n${lines.join('')}${indentation}}`
}
