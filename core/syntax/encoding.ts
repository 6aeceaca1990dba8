/** Texts in other notations, and paths, as the standard library reads and writes them. */

import { decodeText } from './utf8.ts'
import { asObject, formatNumber, isArray, isNumber, parseInteger, typeOf, type Value, ValueError } from './value.ts'

/** Of what texts in other notations hold. */
export const MAX_DEPTH = 200

/** Numbers become floats. */
export function fromJson(text: string): Value {
  return jsonValue(parseJson(text), AS_IT_IS, 0)
}

/** The data as JavaScript reads it, all numbers doubles, and as a value whose integers stay integers. */
export function readExactly(text: string): { readonly rounded: unknown; readonly exact: Value } {
  const rounded = parseJson(text)
  return { rounded, exact: jsonValue(parseJson(marked(text)), MARKED, 0) }
}

/**
 * Numbers travel as texts; a letter in front tells them from those that are texts. `text` is valid JSON. By hand: a regular
 * expression for strings takes the engine's stack for each character, and megabytes of them overflow it.
 */
function marked(text: string): string {
  let out = ''
  let done = 0
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      out += `${text.slice(done, at)}"s`
      done = at + 1
      at = closingQuote(text, at) + 1
    } else if (code === MINUS || isDigit(code)) {
      let end = at + 1
      while (isOfNumber(text.charCodeAt(end))) end++
      out += `${text.slice(done, at)}"n${text.slice(at, end)}"`
      done = end
      at = end
    } else at++
  }
  return out + text.slice(done)
}

const QUOTE = 0x22
const MINUS = 0x2d
const BACKSLASH = 0x5c

function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); ; at = text.indexOf('"', at + 1)) {
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return at
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** Digits, sign, point, exponent; NaN, behind the end, is none. */
function isOfNumber(code: number): boolean {
  return isDigit(code) || code === MINUS || code === 0x2b || code === 0x2e || (code | 0x20) === 0x65
}

interface Reading {
  key(text: string): string
  leaf(data: null | boolean | number | string): Value
}

const AS_IT_IS: Reading = { key: (text) => text, leaf: (data) => data }

const MARKED: Reading = {
  key: (text) => text.slice(1),
  leaf(data) {
    if (typeof data !== 'string') return data
    const text = data.slice(1)
    if (data.startsWith('s')) return text
    return /^-?\d+$/.test(text) ? parseInteger(text) : Number(text)
  },
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ValueError('is not valid JSON', 0)
  }
}

function jsonValue(data: unknown, reading: Reading, depth: number): Value {
  if (depth > MAX_DEPTH) throw new ValueError(`is nested more than ${MAX_DEPTH} levels deep`, 0)
  if (Array.isArray(data)) return data.map((item) => jsonValue(item, reading, depth + 1))
  if (typeof data === 'object' && data !== null) {
    return new Map(Object.entries(data).map(([key, item]) => [reading.key(key), jsonValue(item, reading, depth + 1)]))
  }
  return reading.leaf(data as null | boolean | number | string)
}

/** Of objects only, keys sorted, and safe to stand in HTML, as Go writes it. */
export function toJson(value: Value): string {
  if (asObject(value) === undefined) throw new ValueError(`should be object, got ${typeOf(value)}`, 0)
  return jsonText(value, '')
}

function jsonText(value: Value, path: string): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return jsonString(value)
  if (isNumber(value)) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new ValueError(`${formatNumber(value)} has no form in JSON`, 0, path)
    }
    return String(value)
  }
  if (isArray(value)) return `[${value.map((item, index) => jsonText(item, `${path}[${index}]`)).join(',')}]`
  const object = asObject(value)
  if (object === undefined) throw new ValueError(`should be a value with a form in JSON, got ${typeOf(value)}`, 0, path)
  const entries = [...object].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([key, item]) => `${jsonString(key)}:${jsonText(item, `${path}.${key}`)}`).join(',')}}`
}

function jsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export function toBase64(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** Looks for what must not be there: a pattern of groups of four overflows the engine's stack on megabytes. */
function isBase64(text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(text.slice(0, text.length - padding))
}

/** Padding is required, line breaks are ignored; bytes that aren't UTF-8 become U+FFFD. */
export function fromBase64(text: string): string {
  const packed = text.replace(/[\r\n]/g, '')
  if (!isBase64(packed)) throw new ValueError('is not valid base64', 0)
  const binary = atob(packed)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
  return decodeText(bytes)
}

/** The alphabet that needs no escapes in URLs, with padding. */
export function toUrlBase64(text: string): string {
  return toBase64(text).replaceAll('+', '-').replaceAll('/', '_')
}

export function fromUrlBase64(text: string): string {
  if (/[+/]/.test(text)) throw new ValueError('is not valid base64 of URLs', 0)
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'))
}

/** As in queries: a space is a plus. */
export function urlEncode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(/%20|[!'()*]/g, (char) =>
    char === '%20' ? '+' : `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Bytes that aren't UTF-8 become U+FFFD. */
export function urlDecode(text: string): string {
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/su.exec(text)
  if (wrong !== null) throw new ValueError(`has an invalid URL escape "${wrong[0]}"`, 0)
  const spaced = text.replaceAll('+', ' ')
  let out = ''
  let done = 0
  for (let at = spaced.indexOf('%'); at >= 0; at = spaced.indexOf('%', done)) {
    let end = at
    while (spaced[end] === '%') end += 3
    out += spaced.slice(done, at) + decodeText(escapedBytes(spaced, at, end))
    done = end
  }
  return out + spaced.slice(done)
}

/** Of escapes that stand side by side: together they may be one character. */
function escapedBytes(text: string, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array((to - from) / 3)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(from + 3 * i + 1, from + 3 * i + 3), 16)
  return bytes
}

/** Joins what isn't empty with slashes and resolves `.` and `..`. */
export function pathJoin(parts: readonly string[]): string {
  const joined = parts.filter((part) => part !== '').join('/')
  if (joined === '') return ''
  const rooted = joined.startsWith('/')
  const kept: string[] = []
  for (const part of joined.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') kept.push(part)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (!rooted) kept.push(part)
  }
  return rooted ? `/${kept.join('/')}` : kept.join('/') || '.'
}
