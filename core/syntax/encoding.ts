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
  // Numbers travel as texts; a letter in front tells them from those that are texts.
  const marked = text.replace(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') ? `"s${token.slice(1)}` : `"n${token}"`,
  )
  return { rounded, exact: jsonValue(parseJson(marked), MARKED, 0) }
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g

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

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Padding is required, line breaks are ignored; bytes that aren't UTF-8 become U+FFFD. */
export function fromBase64(text: string): string {
  const packed = text.replace(/[\r\n]/g, '')
  if (!BASE64.test(packed)) throw new ValueError('is not valid base64', 0)
  return decodeText(Uint8Array.from(atob(packed), (char) => char.charCodeAt(0)))
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
  return text
    .replaceAll('+', ' ')
    .replace(/(?:%[0-9a-fA-F]{2})+/g, (escapes) =>
      decodeText(Uint8Array.from(escapes.slice(1).split('%'), (hex) => Number.parseInt(hex, 16))),
    )
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
