/**
 * YAML as Go programs read it (yaml.v3): the text is taken apart by a library, and what a plain scalar means is decided here.
 * Integers are exact, `yes` and `on` are texts, a date is the text of its moment. Of several documents the first one counts.
 */
import { MAX_YAML_BYTES } from '../limits.ts'
import { isNumber, LEAST_INTEGER, parseInteger, type Value, ValueError } from './value.ts'
import { type LineAndColumn, readYaml, type YamlScalar, type YamlTree } from './yaml-tree.ts'

export function fromYaml(text: string): Value {
  if (text.length > MAX_YAML_BYTES) throw new ValueError(`has more than ${MAX_YAML_BYTES} characters`, 0)
  const reading = readYaml(text, (at) => at)
  if (reading.ok) return reading.tree === undefined ? null : createEvaluation()(reading.tree)
  const [{ message, at }] = reading.problems
  throw notValid(message, at)
}

/** `problem` never quotes the text, which may hold secrets. */
function notValid(problem: string, { line, column }: LineAndColumn): ValueError {
  return new ValueError(`is not valid YAML: ${problem} at line ${line}, column ${column}`, 0)
}

type Tree = YamlTree<LineAndColumn>

/** What stands behind several aliases is one value in all places, too. */
function createEvaluation(): (tree: Tree) => Value {
  const values = new Map<Tree, Value>()

  function read(tree: Tree): Value {
    if (tree.kind === 'scalar') return scalar(tree)
    let value = values.get(tree)
    if (value === undefined) {
      value =
        tree.kind === 'list'
          ? tree.items.map(read)
          : new Map([...tree.entries.values()].map((entry) => [keyText(entry.key), read(entry.value)]))
      values.set(tree, value)
    }
    return value
  }

  return read
}

/** Numbers and the like are keys as they are written. */
function keyText(key: YamlScalar<LineAndColumn>): string {
  const value = scalar(key)
  return typeof value === 'string' ? value : key.text
}

function scalar({ text, plain, tag, place }: YamlScalar<LineAndColumn>): Value {
  if (tag === undefined) return plain ? plainScalar(text) : text
  const wanted = tag.startsWith(TAG) ? tag.slice(TAG.length) : ''
  if (!KINDS.has(wanted)) return text
  const meaning = plainScalar(text)
  if (wanted === 'float' && isNumber(meaning)) return Number(meaning)
  if (kindOf(meaning, text) === wanted) return meaning
  throw notValid(`the tag !!${wanted} does not fit the value`, place)
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
