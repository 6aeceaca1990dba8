/**
 * Queries of JSON by JSONPath (RFC 9535). Alloy's dialect may leave out the `$` at the beginning; its other extensions, such as
 * `=~`, have a standard form: `search(@.name, "^x")`.
 */
import { JSONPathError, type JSONValue, query } from 'json-p3'
import { messageOf } from '../errors.ts'
import { readExactly } from './encoding.ts'
import { isArray, isObject, type Value, ValueError } from './value.ts'

/** What the path finds, in the order of the document. */
export function jsonPath(text: string, path: string): readonly Value[] {
  const { rounded, exact } = readExactly(text)
  try {
    const found = query(rooted(path), rounded as JSONValue)
    // Doubles are good enough to compare with, but not to hand out.
    return [...found].map(({ location }) => location.reduce(member, exact))
  } catch (thrown) {
    if (!(thrown instanceof JSONPathError)) throw thrown
    throw new ValueError(`is not a valid JSONPath: ${messageOf(thrown)}`, 1)
  }
}

function rooted(path: string): string {
  if (path.startsWith('$')) return path
  if (path.startsWith('@')) return `$${path.slice(1)}`
  if (path === '' || path.startsWith('.') || path.startsWith('[')) return `$${path}`
  return `$.${path}`
}

function member(value: Value, key: string | number): Value {
  if (isArray(value)) return value[key as number] as Value
  return isObject(value) ? (value.get(key as string) ?? null) : null
}
