/**
 * What checks of answers are made of. An answer comes as JSON from a peer or a server, which may be of another version, or no skein
 * at all: before anybody reads it, it is held against its shape here. The compiler holds the shape against its type, so that
 * the two can't drift apart: a field that is new, gone or of another type stops the build until the check follows.
 *
 * Everything has a bound. What is there besides, such as of a newer version, passes and is never read.
 */
import { MAX_TOLD_ELEMENTS, MAX_TOLD_NAME_CHARACTERS, MAX_TOLD_TEXT_CHARACTERS } from '../../limits.ts'

export interface Shape<T> {
  (value: unknown): value is T
  /** Never there: without it a check of strings would do where null may be as well. */
  readonly exactly?: (value: T) => T
}

/** A shape for each field of a record. */
export type Fields<T> = { readonly [Name in keyof T]-?: Shape<T[Name]> }

/** Of nodes, their addresses, versions and hashes. */
export const isName: Shape<string> = (value): value is string =>
  typeof value === 'string' && value.length <= MAX_TOLD_NAME_CHARACTERS

/** Whatever targets, configurations and people say. */
export const isText: Shape<string> = (value): value is string =>
  typeof value === 'string' && value.length <= MAX_TOLD_TEXT_CHARACTERS

export const isFlag: Shape<boolean> = (value): value is boolean => typeof value === 'boolean'

/** Nothing that is measured is below zero; JSON has no NaN, but it has 1e999. */
export const isAmount: Shape<number> = (value): value is number =>
  typeof value === 'number' && value >= 0 && value < Infinity

export const isCount: Shape<number> = (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

/** One that is there in every month: a report of 200 peers has 600, and looking into the calendar takes longer than all else. */
const PLAIN_TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/

/** A moment as Timestamp says it. */
export const isTime: Shape<string> = (value): value is string =>
  typeof value === 'string' && (PLAIN_TIME.test(value) || (TIME.test(value) && !Number.isNaN(Date.parse(value))))

/** 16 hexadecimal digits. */
export const isKey: Shape<string> = (value): value is string =>
  typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)

/** Which words may stand where there is a choice of some. */
export type Words = <T extends string>(known: Readonly<Record<T, true>>) => Shape<T>

/** For whoever acts by what a word means. */
export const knownWords: Words = <T extends string>(known: Readonly<Record<T, true>>): Shape<T> => {
  const words = new Set<unknown>(Object.keys(known))
  return (value): value is T => words.has(value)
}

/** For whoever shows them: one that only a newer version knows is shown as it is. */
export const anyWords: Words =
  <T extends string>(): Shape<T> =>
  (value): value is T =>
    isName(value)

export function isNullOr<T>(shape: Shape<T>): Shape<T | null> {
  return (value): value is T | null => value === null || shape(value)
}

export function isListOf<T>(shape: Shape<T>, most: number = MAX_TOLD_ELEMENTS): Shape<readonly T[]> {
  return (value): value is readonly T[] => {
    if (!Array.isArray(value) || value.length > most) return false
    for (let i = 0; i < value.length; i++) if (!shape(value[i])) return false
    return true
  }
}

/** A record whose names are free. */
export function isMapOf<T>(shape: Shape<T>, most: number = MAX_TOLD_ELEMENTS): Shape<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> => {
    if (!isObject(value)) return false
    const names = Object.keys(value)
    if (names.length > most) return false
    for (const name of names) if (!isText(name) || !shape(value[name])) return false
    return true
  }
}

export function isRecord<T extends object>(fields: Fields<T>): Shape<T> {
  const names = Object.keys(fields)
  const shapes = Object.values(fields) as Shape<unknown>[]
  return (value): value is T => {
    if (!isObject(value)) return false
    for (let i = 0; i < names.length; i++) if (!shapes[i](value[names[i]])) return false
    return true
  }
}

/**
 * Records that differ by the word in one field. `other` judges words that no variant has; it refuses them when left out.
 */
export function isVariantOf<Key extends string, T extends { readonly [K in Key]: string }>(
  key: Key,
  variants: { readonly [Word in T[Key]]: Shape<Extract<T, { readonly [K in Key]: Word }>> },
  other: Shape<string> = knownWords<string>({}),
): Shape<T> {
  const shapes = new Map<unknown, Shape<unknown>>(Object.entries(variants) as [string, Shape<unknown>][])
  return (value): value is T => {
    if (!isObject(value)) return false
    const word = value[key]
    const shape = shapes.get(word)
    return shape === undefined ? other(word) : shape(value)
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
