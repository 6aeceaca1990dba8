/**
 * YAML as Go programs read it (yaml.v3): the text is taken apart by a library, and what a plain scalar means is decided here.
 * Integers are exact, `yes` and `on` are texts, a date is the text of its moment. Of several documents the first one counts.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type Scalar,
} from 'yaml'
import { MAX_DEPTH } from './encoding.ts'
import { decodeText } from './utf8.ts'
import { isNumber, isObject, LEAST_INTEGER, parseInteger, typeOf, type Value, ValueError } from './value.ts'

/** Values that one text may stand for: aliases of aliases multiply. */
const MAX_VALUES = 1_000_000

export function fromYaml(text: string): Value {
  const [document] = parseAllDocuments(text, { schema: 'failsafe', prettyErrors: true, logLevel: 'silent' })
  if (document === undefined) return null
  const [error] = document.errors
  if (error !== undefined)
    throw new ValueError(`is not valid YAML: ${error.message.split('\n')[0].replace(/:$/, '')}`, 0)
  return createReader(document)(document.contents as Node | null, 0)
}

function createReader(document: Document): (node: Node | null, depth: number) => Value {
  const within = new Set<Node>()
  let values = 0

  function read(node: Node | null, depth: number): Value {
    if (++values > MAX_VALUES) throw new ValueError(`stands for more than ${MAX_VALUES} values`, 0)
    if (depth > MAX_DEPTH) throw new ValueError(`is nested more than ${MAX_DEPTH} levels deep`, 0)
    if (node === null) return null
    if (isAlias(node)) return readAlias(node, depth)
    if (isScalar(node)) return scalar(node)
    if (isSeq(node)) return node.items.map((item) => read(item as Node | null, depth + 1))
    if (isMap(node)) return readMap(node.items as Entry[], depth)
    throw new ValueError('is not valid YAML', 0)
  }

  function readAlias(alias: Alias, depth: number): Value {
    const target = alias.resolve(document) as Node | undefined
    if (target === undefined) throw new ValueError(`unknown anchor '${alias.source}' referenced`, 0)
    if (within.has(target)) throw new ValueError(`anchor '${alias.source}' value contains itself`, 0)
    within.add(target)
    const value = read(target, depth + 1)
    within.delete(target)
    return value
  }

  /** What is merged in (`<<`) gives way to what stands there itself. */
  function readMap(entries: readonly Entry[], depth: number): Value {
    const own = new Map<string, Value>()
    const merged = new Map<string, Value>()
    for (const { key, value } of entries) {
      if (isScalar(key) && key.type === 'PLAIN' && key.value === '<<') merge(read(value, depth + 1), merged)
      else own.set(keyText(key), read(value, depth + 1))
    }
    for (const [key, value] of merged) if (!own.has(key)) own.set(key, value)
    return own
  }

  function keyText(key: Node | null): string {
    const value = read(key, 0)
    if (typeof value === 'string') return value
    if (isNumber(value) || typeof value === 'boolean' || value === null)
      return isScalar(key) ? String(key.value) : 'null'
    throw new ValueError(`has a mapping key of type ${typeOf(value)}; only texts can be keys`, 0)
  }

  return read
}

interface Entry {
  readonly key: Node | null
  readonly value: Node | null
}

/** The first of several sources of a key wins. */
function merge(source: Value, into: Map<string, Value>): void {
  const sources = Array.isArray(source) ? (source as readonly Value[]) : [source]
  for (const one of sources) {
    if (!isObject(one)) throw new ValueError('map merge requires map or sequence of maps as the value', 0)
    for (const [key, value] of one) if (!into.has(key)) into.set(key, value)
  }
}

function scalar({ value, type, tag }: Scalar): Value {
  if (value instanceof Uint8Array) return decodeText(value)
  const text = String(value ?? '')
  if (tag === undefined) return type === 'PLAIN' ? plainScalar(text) : text
  const wanted = tag.startsWith(TAG) ? tag.slice(TAG.length) : ''
  if (!KINDS.has(wanted)) return text
  const meaning = plainScalar(text)
  if (wanted === 'float' && isNumber(meaning)) return Number(meaning)
  if (kindOf(meaning, text) === wanted) return meaning
  throw new ValueError(`is not valid YAML: cannot decode "${text}" as a !!${wanted}`, 0)
}

const TAG = 'tag:yaml.org,2002:'
const KINDS: ReadonlySet<string> = new Set(['null', 'bool', 'int', 'float', 'timestamp'])

function kindOf(value: Value, text: string): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'bool'
  if (isNumber(value)) return typeof value === 'bigint' ? 'int' : 'float'
  return timestamp(text) === undefined ? 'str' : 'timestamp'
}

const WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
])

const INTEGER = /^([-+]?)(0|[1-9]\d*|0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+)$/
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/

function plainScalar(text: string): Value {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  if (!/^[-+.\d]/.test(text)) return text
  const moment = timestamp(text)
  if (moment !== undefined) return moment
  const digits = text.replaceAll('_', '')
  const integer = INTEGER.exec(digits)
  if (integer !== null) {
    const [, sign, number] = integer
    const magnitude = parseInteger(number)
    const value = sign === '-' ? -magnitude : magnitude
    if (typeof value === 'bigint' && value >= LEAST_INTEGER) return value
  }
  return FLOAT.test(digits) ? Number(digits) : text
}

const TIMESTAMP = /^(\d{4})-(\d\d?)-(\d\d?)(?:([Tt ])(\d\d?):(\d\d?):(\d\d?)(?:[.,](\d{1,9})\d*)?(Z|[-+]\d\d:\d\d)?)?$/

/** As Go prints it: `2020-01-01T00:00:00Z`. */
function timestamp(text: string): string | undefined {
  const found = TIMESTAMP.exec(text)
  if (found === null) return undefined
  const [, year, month, day, separator, hour = '0', minute = '0', second = '0', fraction = '', zone] = found
  // With a zone only after a T, without one only after a space.
  if (separator !== undefined && (separator === ' ') !== (zone === undefined)) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined
  const two = (digits: string): string => digits.padStart(2, '0')
  const rest = fraction.replace(/0+$/, '')
  const offset = zone === undefined || /00:00$/.test(zone) ? 'Z' : zone
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${rest && `.${rest}`}${offset}`
}
