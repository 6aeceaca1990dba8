/**
 * The types that arguments can have: from values of the language to what a component wants, with the conversions that
 * Alloy allows (number to text, text to number, null to the zero value, text to secret, never a secret to text). A type
 * tells every problem that it finds and then gives up on the value: `decode` returns undefined.
 */

import type { Expression } from './ast.ts'
import { formatGoDuration, parseGoDuration } from './duration.ts'
import {
  asObject,
  type Capsule,
  type CapsuleType,
  formatNumber,
  isArray,
  isNumber,
  OptionalSecret,
  Secret,
  targetCapsule,
  typeOf,
  type Value,
} from './value.ts'

/** Where a value comes from: an expression, and the way inside of what it evaluated to (`[2].name`). */
export interface Origin {
  readonly expression: Expression
  readonly path: string
}

/** Tells a problem of a value, worded to follow the value's text: `should be number, got string`. */
export type Fail = (origin: Origin, message: string, hint?: string) => void

export interface Type<T> {
  /** As documentation writes it: `list(string)`. */
  readonly name: string
  /** What null becomes. */
  readonly zero: T
  /** Whether its text must not be shown. */
  readonly secret: boolean
  /** Undefined after a problem was told. */
  decode(value: Value, origin: Origin, fail: Fail): T | undefined
  /** A default as documentation shows it. */
  format(value: T): string
}

export type TypeOf<X> = X extends Type<infer T> ? T : never

type Decode<T> = (value: Value, origin: Origin, fail: Fail) => T | undefined

function type<T>(name: string, zero: T, decode: Decode<T>, traits: Partial<Type<T>> = {}): Type<T> {
  return {
    name,
    zero,
    secret: false,
    format: (value) => JSON.stringify(value) ?? '',
    ...traits,
    decode: (value, origin, fail) => (value === null ? zero : decode(value, origin, fail)),
  }
}

function mismatch(expected: string, value: Value, origin: Origin, fail: Fail): undefined {
  fail(origin, `should be ${expected}, got ${typeOf(value)}`)
}

const NO_SECRETS = 'secrets may not be converted into strings'
const NO_SECRETS_HINT = 'convert.nonsensitive() turns a secret into plain text'

/** Text, or what converts to text; the problem is about `expected` otherwise. */
function toText(value: Value, expected: string, origin: Origin, fail: Fail): string | undefined {
  if (typeof value === 'string') return value
  if (isNumber(value)) return formatNumber(value)
  if (value instanceof OptionalSecret && !value.isSecret) return value.reveal()
  if (value instanceof Secret || value instanceof OptionalSecret) {
    fail(origin, NO_SECRETS, NO_SECRETS_HINT)
    return undefined
  }
  return mismatch(expected, value, origin, fail)
}

export const string: Type<string> = type('string', '', (value, origin, fail) => toText(value, 'string', origin, fail))

export const bool: Type<boolean> = type('bool', false, (value, origin, fail) =>
  typeof value === 'boolean' ? value : mismatch('bool', value, origin, fail),
)

/** A number of any kind, as a double. */
export const number: Type<number> = type('number', 0, (value, origin, fail) => {
  if (isNumber(value)) return Number(value)
  const text = typeof value === 'string' || value instanceof OptionalSecret ? toText(value, 'number', origin, fail) : ''
  if (text === undefined) return undefined
  return NUMBER.test(text) ? Number(text) : mismatch('number', value, origin, fail)
})

const NUMBER = /^(?:\+?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|-(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)$/

/** A whole number within ±2^53; fractions are cut off, as Alloy does. */
export const int: Type<number> = type('int', 0, (value, origin, fail) => {
  const decoded = number.decode(value, origin, fail)
  if (decoded === undefined) return undefined
  const whole = Math.trunc(decoded) + 0
  if (Number.isSafeInteger(whole)) return whole
  fail(origin, 'is out of range for an integer')
  return undefined
})

export const uint: Type<number> = type('uint', 0, (value, origin, fail) => {
  const decoded = int.decode(value, origin, fail)
  if (decoded === undefined || decoded >= 0) return decoded
  fail(origin, 'must not be negative')
  return undefined
})

/** Go's duration text, in milliseconds. */
export const duration: Type<number> = type(
  'duration',
  0,
  (value, origin, fail) => {
    const text = toText(value, 'string', origin, fail)
    if (text === undefined) return undefined
    const result = parseGoDuration(text)
    if (result.ok) return result.milliseconds
    fail(
      origin,
      `is not a duration: ${result.message}`,
      'write it like "30s", "1m30s" or "500ms"; the longest unit is h',
    )
    return undefined
  },
  { format: (value) => JSON.stringify(formatGoDuration(value)) },
)

const SIZE_UNITS = 'KMGTPE'

/** A size in bytes, like `"10MB"`; KB, MB, … count in 1024 just as KiB, MiB, … do. */
export const bytesSize: Type<number> = type(
  'size',
  0,
  (value, origin, fail) => {
    const text = toText(value, 'string', origin, fail)
    if (text === undefined) return undefined
    const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(?:([KMGTPE])i?)?B/g)]
    if (text !== '0' && (parts.length === 0 || parts.map(([part]) => part).join('') !== text)) {
      fail(origin, 'is not a size', 'write it like "512KB", "10MiB" or "0"')
      return undefined
    }
    let bytes = 0
    for (const [, count, unit] of parts) bytes += Number(count) * 1024 ** (unit ? SIZE_UNITS.indexOf(unit) + 1 : 0)
    if (Number.isSafeInteger(Math.trunc(bytes))) return Math.trunc(bytes)
    fail(origin, 'is out of range for a size')
    return undefined
  },
  { format: (value) => JSON.stringify(formatSize(value)) },
)

function formatSize(bytes: number): string {
  for (let power = SIZE_UNITS.length; power > 0; power--) {
    if (bytes > 0 && bytes % 1024 ** power === 0) return `${bytes / 1024 ** power}${SIZE_UNITS[power - 1]}iB`
  }
  return bytes === 0 ? '0' : `${bytes}B`
}

function secretText(value: Value, origin: Origin, fail: Fail): string | undefined {
  if (value instanceof Secret || value instanceof OptionalSecret) return value.reveal()
  if (typeof value === 'string') return value
  fail(origin, `should be string or secret, got ${typeOf(value)}`)
  return undefined
}

export const secret: Type<Secret> = type(
  'secret',
  new Secret(''),
  (value, origin, fail) => {
    if (value instanceof Secret) return value
    const text = secretText(value, origin, fail)
    return text === undefined ? undefined : new Secret(text)
  },
  { secret: true },
)

/** A secret or plain text, remembering which it was. */
export const optionalSecret: Type<OptionalSecret> = type(
  'secret | string',
  new OptionalSecret('', false),
  (value, origin, fail) => {
    if (value instanceof OptionalSecret) return value
    const text = secretText(value, origin, fail)
    return text === undefined ? undefined : new OptionalSecret(text, value instanceof Secret)
  },
  { secret: true },
)

/** Any value, as it is. */
export const any: Type<Value> = type<Value>('any', null, (value) => value)

export function list<T>(element: Type<T>): Type<readonly T[]> {
  return type<readonly T[]>(
    `list(${element.name})`,
    [],
    (value, origin, fail) => {
      if (!isArray(value)) return mismatch('array', value, origin, fail)
      const decoded = value.map((item, index) => element.decode(item, elementOrigin(origin, index), fail))
      return decoded.includes(undefined) ? undefined : (decoded as T[])
    },
    { secret: element.secret, format: (items) => `[${items.map((item) => element.format(item)).join(', ')}]` },
  )
}

export function map<T>(element: Type<T>): Type<ReadonlyMap<string, T>> {
  return type<ReadonlyMap<string, T>>(
    `map(${element.name})`,
    new Map(),
    (value, origin, fail) => {
      const object = asObject(value)
      if (object === undefined) return mismatch('object', value, origin, fail)
      const decoded = new Map<string, T>()
      for (const [key, item] of object) {
        const result = element.decode(item, fieldOrigin(origin, key), fail)
        if (result !== undefined) decoded.set(key, result)
      }
      return decoded.size === object.size ? decoded : undefined
    },
    { secret: element.secret, format: (items) => (items.size === 0 ? '{}' : '{…}') },
  )
}

/** The labels of a scrape target: an object whose values become text, or a target that a component exports. */
export const target: Type<ReadonlyMap<string, string>> = type<ReadonlyMap<string, string>>(
  'map(string)',
  new Map(),
  (value, origin, fail) => {
    if (targetCapsule.is(value)) return value.content
    const object = asObject(value)
    if (object === undefined) return mismatch('object', value, origin, fail)
    const labels = new Map<string, string>()
    for (const [key, item] of object) {
      const text = labelText(item, fieldOrigin(origin, key), fail)
      if (text !== undefined) labels.set(key, text)
    }
    return labels.size === object.size ? labels : undefined
  },
  { format: () => '{…}' },
)

function labelText(value: Value, origin: Origin, fail: Fail): string | undefined {
  return typeof value === 'boolean' ? String(value) : toText(value, 'string', origin, fail)
}

/** What a component exports for others to use, by kind. Null isn't one of them. */
export function capsule<T>(kind: CapsuleType<T>): Type<T> {
  return {
    ...type<T>(kind.name, undefined as T, () => undefined, { format: () => kind.name }),
    decode(value, origin, fail) {
      if (kind.is(value)) return value.content
      const got =
        typeOf(value) === 'capsule' && 'type' in (value as object) ? (value as Capsule).type.name : typeOf(value)
      fail(origin, `should be ${kind.name}, got ${got}`)
      return undefined
    },
  }
}

/** One of several words. */
export function oneOf<const T extends string>(...words: readonly T[]): Type<T> {
  return type<T>(words.map((word) => JSON.stringify(word)).join(' | '), words[0], (value, origin, fail) => {
    const text = toText(value, 'string', origin, fail)
    if (text === undefined) return undefined
    const word = words.find((candidate) => candidate === text)
    if (word === undefined) fail(origin, `should be one of ${words.map((w) => JSON.stringify(w)).join(', ')}`)
    return word
  })
}

/** Points at the element itself where the source spells the array out. */
function elementOrigin(origin: Origin, index: number): Origin {
  const inner = unwrapped(origin)
  if (inner?.kind === 'array') return { expression: inner.elements[index], path: '' }
  return { expression: origin.expression, path: `${origin.path}[${index}]` }
}

function fieldOrigin(origin: Origin, key: string): Origin {
  const inner = unwrapped(origin)
  const field = inner?.kind === 'object' ? inner.fields.findLast(({ name }) => name.text === key) : undefined
  if (field !== undefined) return { expression: field.value, path: '' }
  return { expression: origin.expression, path: `${origin.path}.${key}` }
}

function unwrapped({ expression, path }: Origin): Expression | undefined {
  if (path !== '') return undefined
  let current = expression
  while (current.kind === 'paren') current = current.inner
  return current
}
