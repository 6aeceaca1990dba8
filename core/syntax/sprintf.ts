/**
 * Go's fmt.Sprintf over values of the language, for `string.format`: the verbs v s q d f F e E g G t x X o b c U and %,
 * with flags, width and precision. What doesn't fit doesn't fail: it shows in the text, `%!d(string=a)`, as in Go.
 */

import { quote } from './quote.ts'
import { formatNumber, isArray, isObject, type Value } from './value.ts'

const VERB = /%([-+# 0]*)(\d+)?(?:\.(\d*))?(.)?/gsu
/** Padding beyond this isn't formatting any more. */
const MAX_WIDTH = 10_000

interface Flags {
  readonly minus: boolean
  readonly plus: boolean
  readonly sharp: boolean
  readonly space: boolean
  readonly zero: boolean
}

/** Secrets must have been refused before. */
export function sprintf(format: string, args: readonly Value[]): string {
  let used = 0
  const text = format.replace(
    VERB,
    (_: string, flagText: string, width: string | undefined, digits: string | undefined, verb: string | undefined) => {
      if (verb === undefined) return '%!(NOVERB)'
      if (verb === '%') return '%'
      if (used >= args.length) return `%!${verb}(MISSING)`
      const flags = parseFlags(flagText)
      const precision = digits === undefined ? undefined : Math.min(Number(digits), 100)
      const value = args[used++]
      const formatted = formatVerb(value, verb, flags, precision) ?? mismatch(value, verb)
      return pad(
        formatted,
        Math.min(Number(width ?? 0), MAX_WIDTH),
        flags,
        typeof value === 'bigint' || typeof value === 'number',
      )
    },
  )
  if (used === args.length) return text
  const extra = args.slice(used).map((value) => (value === null ? '<nil>' : `${goType(value)}=${plain(value)}`))
  return `${text}%!(EXTRA ${extra.join(', ')})`
}

function parseFlags(text: string): Flags {
  return {
    minus: text.includes('-'),
    plus: text.includes('+'),
    sharp: text.includes('#'),
    space: text.includes(' '),
    zero: text.includes('0') && !text.includes('-'),
  }
}

function mismatch(value: Value, verb: string): string {
  return value === null ? `%!${verb}(<nil>)` : `%!${verb}(${goType(value)}=${plain(value)})`
}

function pad(text: string, width: number, flags: Flags, isNumber: boolean): string {
  const missing = width - [...text].length
  if (missing <= 0) return text
  if (flags.minus) return text + ' '.repeat(missing)
  if (!flags.zero) return ' '.repeat(missing) + text
  const signed = isNumber && /^[-+ ]/.test(text)
  return signed ? text[0] + '0'.repeat(missing) + text.slice(1) : '0'.repeat(missing) + text
}

/** Undefined when the verb isn't for such a value. */
function formatVerb(value: Value, verb: string, flags: Flags, precision: number | undefined): string | undefined {
  if (verb === 'T') return goType(value)
  if (verb === 'v' && (typeof value !== 'number' || precision === undefined)) return signed(plain(value), value, flags)
  if (typeof value === 'string') return formatString(value, verb, precision)
  if (typeof value === 'boolean') return verb === 't' ? String(value) : undefined
  if (typeof value === 'bigint') return formatInteger(value, verb, flags)
  if (typeof value === 'number') return formatFloat(value, verb, flags, precision)
  if (isArray(value))
    return `[${value.map((item) => formatVerb(item, verb, flags, precision) ?? mismatch(item, verb)).join(' ')}]`
  return undefined
}

function formatString(value: string, verb: string, precision: number | undefined): string | undefined {
  const text = precision === undefined ? value : [...value].slice(0, precision).join('')
  if (verb === 's') return text
  if (verb === 'q') return quote(text)
  if (verb !== 'x' && verb !== 'X') return undefined
  const hex = Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return verb === 'x' ? hex : hex.toUpperCase()
}

const BASES: Readonly<Record<string, readonly [radix: number, prefix: string]>> = {
  d: [10, ''],
  b: [2, '0b'],
  o: [8, '0'],
  x: [16, '0x'],
  X: [16, '0X'],
}

function formatInteger(value: bigint, verb: string, flags: Flags): string | undefined {
  const base = BASES[verb]
  if (base !== undefined) {
    const digits = (value < 0n ? -value : value).toString(base[0])
    const text = (flags.sharp ? base[1] : '') + (verb === 'X' ? digits.toUpperCase() : digits)
    return signed(value < 0n ? `-${text}` : text, value, flags)
  }
  const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd
  if (verb === 'c') return String.fromCodePoint(code)
  if (verb === 'U') return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return undefined
}

function formatFloat(value: number, verb: string, flags: Flags, precision: number | undefined): string | undefined {
  if (!'vfFeEgG'.includes(verb)) return undefined
  if (!Number.isFinite(value)) return signed(formatNumber(value), value, flags)
  let text: string
  if (verb === 'f' || verb === 'F') text = formatFixed(value, precision ?? 6)
  else if (verb === 'e' || verb === 'E') text = withExponent(value.toExponential(precision ?? 6))
  else text = precision === undefined ? shortest(value) : general(value, precision)
  return signed(verb === 'E' || verb === 'G' ? text.toUpperCase() : text, value, flags)
}

function formatFixed(value: number, precision: number): string {
  // From 1e21 on toFixed writes exponents; such numbers are whole.
  if (Math.abs(value) < 1e21) return value.toFixed(precision)
  return `${BigInt(value)}${precision > 0 ? `.${'0'.repeat(precision)}` : ''}`
}

/** Go's exponents have two digits at least. */
function withExponent(text: string): string {
  return text.replace(/e([-+])(\d)$/, 'e$10$2')
}

/** %v of a float: the fewest digits that give the same number, exponents from 1e21 and below 1e-4. */
function shortest(value: number): string {
  const size = Math.abs(value)
  return size !== 0 && (size < 1e-4 || size >= 1e21) ? withExponent(value.toExponential()) : formatNumber(value)
}

function general(value: number, precision: number): string {
  const digits = Math.max(precision, 1)
  const rounded = value.toExponential(digits - 1)
  const exponent = Number(rounded.slice(rounded.indexOf('e') + 1))
  if (exponent < -4 || exponent >= digits) return withExponent(rounded.replace(/\.?0*e/, 'e'))
  const fixed = value.toFixed(Math.max(0, digits - 1 - exponent))
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed
}

function signed(text: string, value: Value, flags: Flags): string {
  if ((typeof value !== 'bigint' && typeof value !== 'number') || text.startsWith('-')) return text
  if (flags.plus) return text.startsWith('+') ? text : `+${text}`
  return flags.space ? ` ${text}` : text
}

/** %v */
function plain(value: Value): string {
  if (value === null) return '<nil>'
  if (typeof value === 'number') return shortest(value)
  if (isArray(value)) return `[${value.map(plain).join(' ')}]`
  if (isObject(value)) {
    const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1))
    return `map[${entries.map(([key, item]) => `${key}:${plain(item)}`).join(' ')}]`
  }
  return String(value)
}

function goType(value: Value): string {
  if (value === null) return '<nil>'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'number') return 'float64'
  if (typeof value === 'bigint') return 'int'
  return isArray(value) ? '[]interface {}' : isObject(value) ? 'map[string]interface {}' : 'capsule'
}
