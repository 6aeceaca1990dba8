/**
 * Checks whether what came as JSON has a shape, before anybody reads it: the server may be of another version, or no skein at
 * all. The compiler holds a record against its type, so that a shape and its check can't drift apart. What is more than a
 * record asks for is let through: newer servers may say more.
 */

export type Shape<T> = (value: unknown) => value is T

export const isText: Shape<string> = (value) => typeof value === 'string'
export const isNumber: Shape<number> = (value) => typeof value === 'number'
export const isFlag: Shape<boolean> = (value) => typeof value === 'boolean'

/** One of some words; any is taken, since a newer server may know more of them, and is shown as it is. */
export function isWord<T extends string>(value: unknown): value is T {
  return typeof value === 'string'
}

export function isNullOr<T>(shape: Shape<T>): Shape<T | null> {
  return (value): value is T | null => value === null || shape(value)
}

export function isListOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(shape)
}

/** A record whose names are free. */
export function isMapOf<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> => isObject(value) && Object.values(value).every(shape)
}

export function isRecord<T extends object>(fields: { readonly [Name in keyof T]-?: Shape<T[Name]> }): Shape<T> {
  const shapes = Object.entries(fields) as [string, Shape<unknown>][]
  return (value): value is T => isObject(value) && shapes.every(([name, shape]) => shape(value[name]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
