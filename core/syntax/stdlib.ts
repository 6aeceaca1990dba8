/**
 * The functions and constants that every configuration can use. A table: a name, the types of the parameters, and what
 * it does with them; arguments are converted like those of components.
 */

import type { Host } from '../ports.ts'
import type { Identifier } from './ast.ts'
import {
  fromBase64,
  fromJson,
  fromUrlBase64,
  pathJoin,
  toBase64,
  toJson,
  toUrlBase64,
  urlDecode,
  urlEncode,
} from './encoding.ts'
import { jsonPath } from './json-path.ts'
import { combineMaps, groupBy } from './map-lists.ts'
import { sprintf } from './sprintf.ts'
import { any, bool, list, map, optionalSecret, string, type Type, type TypeOf } from './types.ts'
import { FunctionValue, isArray, isObject, isSecretText, type ObjectValue, type Value, ValueError } from './value.ts'
import { fromYaml } from './yaml.ts'

export interface StandardLibraryOptions {
  /** What `constants` shows: hostname, os, arch, version. */
  readonly constants: Readonly<Record<'hostname' | 'os' | 'arch' | 'version', string>>
  /** What `sys.env` reads. */
  readonly environment: ReadonlyMap<string, string>
}

export interface StandardLibrary {
  /** By first name: `string` is an object of functions, `coalesce` a function. The last of the maps given to `scopeOf`. */
  readonly values: ReadonlyMap<string, Value>
  /** Old flat names and what they are called now: `concat` → `array.concat`. They work, with a warning. */
  readonly deprecated: ReadonlyMap<string, string>
  /** Functions that need --stability.level=experimental. */
  readonly experimental: ReadonlySet<string>
}

/** As a configuration on this host has it. `version`: without a leading `v`. */
export function standardLibraryOf(
  { env, hostname, os, arch }: Pick<Host, 'env' | 'hostname' | 'os' | 'arch'>,
  version: string,
): StandardLibrary {
  const environment = new Map(Object.entries(env))
  return createStandardLibrary({ environment, constants: { hostname, os, arch, version: `v${version}` } })
}

export function createStandardLibrary(options: StandardLibraryOptions): StandardLibrary {
  const functions: Readonly<Record<string, FunctionValue>> = {
    ...FUNCTIONS,
    'sys.env': define('sys.env', [string], (name) => options.environment.get(name) ?? ''),
  }
  const values = new Map<string, Value>([['constants', new Map(Object.entries(options.constants))]])
  for (const [name, value] of Object.entries(functions)) {
    const [namespace, member] = name.split('.')
    if (member === undefined) {
      values.set(name, value)
      continue
    }
    const members = (values.get(namespace) as Map<string, Value> | undefined) ?? new Map<string, Value>()
    values.set(namespace, members.set(member, value))
  }
  for (const [alias, name] of DEPRECATED) values.set(alias, functions[name])
  return { values, deprecated: DEPRECATED, experimental: EXPERIMENTAL }
}

type Arguments<P extends readonly Type<unknown>[]> = { [K in keyof P]: TypeOf<P[K]> }

/** A function of fixed parameters; those after the first `least` may be left out, and have the zero value then. */
function define<const P extends readonly Type<unknown>[]>(
  name: string,
  parameters: P,
  run: (...args: Arguments<P>) => Value,
  least: number = parameters.length,
): FunctionValue {
  return new FunctionValue(name, { least, most: parameters.length }, (args) =>
    run(...(parameters.map((type, index) => convert(type, args[index] ?? null, index)) as Arguments<P>)),
  )
}

/** A function whose last parameter can come any number of times. */
function defineVariadic<F extends readonly Type<unknown>[], R>(
  name: string,
  fixed: F,
  rest: Type<R>,
  run: (fixed: Arguments<F>, rest: readonly R[]) => Value,
): FunctionValue {
  const parameters = { least: fixed.length, most: Number.POSITIVE_INFINITY }
  return new FunctionValue(name, parameters, (args) => {
    const converted = args.map((arg, index) => convert(fixed[index] ?? rest, arg, index))
    return run(converted.slice(0, fixed.length) as unknown as Arguments<F>, converted.slice(fixed.length) as R[])
  })
}

/** Types point at expressions; functions know their arguments by number only. */
const NOWHERE: Identifier = {
  kind: 'identifier',
  name: '',
  span: { file: '', start: { offset: 0, line: 1, column: 1 }, end: { offset: 0, line: 1, column: 1 } },
}

function convert(type: Type<unknown>, value: Value, argument: number): unknown {
  return type.decode(value, { expression: NOWHERE, path: '' }, (origin, message) => {
    throw new ValueError(message, argument, origin.path)
  })
}

/** Null is not an empty list here, as it is elsewhere. */
const anyList: Type<readonly Value[]> = {
  ...list(any),
  decode(value, origin, fail) {
    if (value !== null) return list(any).decode(value, origin, fail)
    fail(origin, 'should be array, got null')
    return undefined
  },
}
const maps: Type<readonly ObjectValue[]> = list(map(any))

const FUNCTIONS: Readonly<Record<string, FunctionValue>> = {
  'array.combine_maps': define('array.combine_maps', [maps, maps, list(string), bool], combineMaps, 3),
  'array.concat': defineVariadic('array.concat', [], anyList, (_, lists) => lists.flat(1)),
  'array.group_by': define('array.group_by', [maps, string, bool], groupBy),
  coalesce: defineVariadic(
    'coalesce',
    [],
    any,
    (_, values) => values.find((value) => !isZero(value)) ?? values.at(-1) ?? null,
  ),
  'convert.nonsensitive': define('convert.nonsensitive', [optionalSecret], (secret) => secret.reveal()),
  'encoding.from_base64': define('encoding.from_base64', [string], fromBase64),
  'encoding.from_json': define('encoding.from_json', [string], fromJson),
  'encoding.from_URLbase64': define('encoding.from_URLbase64', [string], fromUrlBase64),
  'encoding.from_yaml': define('encoding.from_yaml', [string], fromYaml),
  'encoding.to_URLbase64': define('encoding.to_URLbase64', [string], toUrlBase64),
  'encoding.to_base64': define('encoding.to_base64', [string], toBase64),
  'encoding.to_json': define('encoding.to_json', [any], (value) => {
    refuseSecrets(value, 0)
    return toJson(value)
  }),
  'encoding.url_decode': define('encoding.url_decode', [string], urlDecode),
  'encoding.url_encode': define('encoding.url_encode', [string], urlEncode),
  'file.path_join': defineVariadic('file.path_join', [], string, (_, parts) => pathJoin(parts)),
  json_path: define('json_path', [string, string], jsonPath),
  'string.format': defineVariadic('string.format', [string], any, ([format], values) => {
    for (const [index, value] of values.entries()) refuseSecrets(value, index + 1)
    return sprintf(format, values)
  }),
  'string.join': define('string.join', [list(string), string], (parts, separator) => parts.join(separator)),
  'string.replace': define('string.replace', [string, string, string], (text, old, replacement) =>
    old === '' ? ['', ...text, ''].join(replacement) : text.split(old).join(replacement),
  ),
  'string.split': define('string.split', [string, string], (text, separator) =>
    separator === '' ? [...text] : text.split(separator),
  ),
  'string.to_lower': define('string.to_lower', [string], (text) => eachChar(text, (char) => char.toLowerCase())),
  'string.to_upper': define('string.to_upper', [string], (text) => eachChar(text, (char) => char.toUpperCase())),
  'string.trim': define('string.trim', [string, string], trim),
  'string.trim_prefix': define('string.trim_prefix', [string, string], (text, prefix) =>
    text.startsWith(prefix) ? text.slice(prefix.length) : text,
  ),
  'string.trim_space': define('string.trim_space', [string], (text) => trim(text, SPACES)),
  'string.trim_suffix': define('string.trim_suffix', [string, string], (text, suffix) =>
    text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  ),
}

const EXPERIMENTAL: ReadonlySet<string> = new Set(['array.combine_maps', 'array.group_by'])

const DEPRECATED: ReadonlyMap<string, string> = new Map([
  ['base64_decode', 'encoding.from_base64'],
  ['concat', 'array.concat'],
  ['env', 'sys.env'],
  ['format', 'string.format'],
  ['join', 'string.join'],
  ['json_decode', 'encoding.from_json'],
  ['nonsensitive', 'convert.nonsensitive'],
  ['replace', 'string.replace'],
  ['split', 'string.split'],
  ['to_lower', 'string.to_lower'],
  ['to_upper', 'string.to_upper'],
  ['trim', 'string.trim'],
  ['trim_prefix', 'string.trim_prefix'],
  ['trim_space', 'string.trim_space'],
  ['trim_suffix', 'string.trim_suffix'],
  ['yaml_decode', 'encoding.from_yaml'],
])

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true
  if (isArray(value)) return value.length === 0
  return isObject(value) ? value.size === 0 : isSecretText(value) && value.reveal() === ''
}

function refuseSecrets(value: Value, argument: number, path = ''): void {
  if (isSecretText(value)) throw new ValueError('secrets may not be converted into strings', argument, path)
  if (isArray(value)) for (const [index, item] of value.entries()) refuseSecrets(item, argument, `${path}[${index}]`)
  else if (isObject(value)) refuseSecretsIn(value, argument, path)
}

function refuseSecretsIn(object: ObjectValue, argument: number, path: string): void {
  for (const [key, item] of object) refuseSecrets(item, argument, `${path}.${key}`)
}

/** Unicode's White_Space, which is what Go trims. */
const SPACES =
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000'

function trim(text: string, cutset: string): string {
  const cut = new Set(cutset)
  const chars = [...text]
  let start = 0
  let end = chars.length
  while (start < end && cut.has(chars[start])) start++
  while (end > start && cut.has(chars[end - 1])) end--
  return chars.slice(start, end).join('')
}

/** Character by character: none becomes several, unlike in JavaScript (`ß`, and `İ`, of which the dot above is left out). */
function eachChar(text: string, change: (char: string) => string): string {
  let out = ''
  for (const char of text) {
    const [first, ...more] = change(char)
    out += more.length === 0 || char === 'İ' ? first : char
  }
  return out
}
