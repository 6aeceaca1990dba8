/** Texts in other notations, and paths, as the standard library reads and writes them. */

import { asObject, formatNumber, isArray, isNumber, typeOf, type Value, ValueError } from './value.ts'

const MAX_DEPTH = 200

/** Numbers become floats. */
export function fromJson(text: string): Value {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new ValueError('is not valid JSON', 0)
  }
  return jsonValue(parsed, 0)
}

function jsonValue(data: unknown, depth: number): Value {
  if (depth > MAX_DEPTH) throw new ValueError(`is nested more than ${MAX_DEPTH} levels deep`, 0)
  if (Array.isArray(data)) return data.map((item) => jsonValue(item, depth + 1))
  if (typeof data === 'object' && data !== null) {
    return new Map(Object.entries(data).map(([key, item]) => [key, jsonValue(item, depth + 1)]))
  }
  return data as null | boolean | number | string
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
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0))
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
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
