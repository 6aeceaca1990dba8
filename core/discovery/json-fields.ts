/**
 * Fields of JSON that came over the network, by their path: whatever is missing or of another type counts as empty.
 * (core/kubernetes/json.ts reads objects field by field instead, and tells what is missing from what is empty.)
 */
import { labelName } from './label-text.ts'

/** The value of an object's field; undefined when there is no such object or field. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value
  for (const name of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined
    current = (current as Readonly<Record<string, unknown>>)[name]
  }
  return current
}

export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** An integer; 0 when there is none. */
export function wholeAt(value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path)
  return typeof found === 'number' && Number.isSafeInteger(found) ? found : 0
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The strings of a list. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((element) => typeof element === 'string')
}

/** Names and values of an object. */
export function entriesAt(value: unknown, ...path: readonly string[]): readonly (readonly [string, unknown])[] {
  const found = at(value, ...path)
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? Object.entries(found) : []
}

/** Adds a label `<prefix><name>` for each field of an object that is a string; names are made fit for labels. */
export function labelEach(labels: Map<string, string>, prefix: string, value: unknown, ...path: string[]): void {
  for (const [name, text] of entriesAt(value, ...path)) {
    if (typeof text === 'string') labels.set(prefix + labelName(name), text)
  }
}
