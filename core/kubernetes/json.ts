/**
 * Reading JSON that somebody else wrote: whatever is missing or of another type is empty. Never throws, so that no object of
 * a cluster, however odd, stops the others.
 */

export type Fields = Readonly<Record<string, unknown>>

const NONE: Fields = Object.freeze(Object.create(null) as Record<string, unknown>)

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : NONE
}

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function optionalBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

/** A port as text; undefined when there is none. */
export function optionalPort(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? String(value) : undefined
}

/** The entries of an object whose values are texts. */
export function textsOf(value: unknown): readonly (readonly [key: string, text: string])[] {
  return Object.entries(fieldsOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}

/** Undefined for what is not JSON. */
export function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
