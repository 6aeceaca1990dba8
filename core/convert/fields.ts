/**
 * Reads the fields of one YAML map, each by the kind it must be. Every field that is asked for is known; `rest` reports all
 * others, so nothing in a configuration can be dropped in silence. Problems go to the report; a wrong field reads as absent.
 */
import { parseGoDuration, parsePrometheusDuration } from '../syntax/duration.ts'
import { pathJoin } from '../syntax/encoding.ts'
import { didYouMean } from '../syntax/suggest.ts'
import { fail, type Place, type Report, unsupported, warn } from './remarks.ts'
import { isNothing, type MapTree, type Tree } from './tree.ts'

/** What is the same for all fields of one file. */
export interface Scope {
  readonly report: Report
  /** Where relative paths begin; empty when that is the working directory. */
  readonly directory: string
}

export interface Fields {
  readonly scope: Scope
  /** Path of the map in the file, for messages: `scrape_configs[0].basic_auth`; empty for the file itself. */
  readonly path: string
  readonly place: Place
  /** Whether it is there, with a value. */
  has(name: string): boolean
  /** Of the field's key; of the map when there is no such field. */
  placeOf(name: string): Place
  tree(name: string): Tree | undefined
  text(name: string): string | undefined
  flag(name: string): boolean | undefined
  /** A whole number from 0. */
  count(name: string): number | undefined
  number(name: string): number | undefined
  /** Milliseconds; 0 reads as absent, as in Prometheus. */
  duration(name: string): number | undefined
  /** The same, written as Go does, without days. */
  goDuration(name: string): number | undefined
  texts(name: string): readonly string[] | undefined
  textMap(name: string): ReadonlyMap<string, string> | undefined
  /** Values may be a text or a list of texts. */
  textsMap(name: string): ReadonlyMap<string, readonly string[]> | undefined
  /** A path of a file: a relative one is joined to the directory. */
  file(name: string): string | undefined
  /** A map below this one. */
  section(name: string): Fields | undefined
  /** A list of maps; elements that are none are reported and left out. */
  sections(name: string): readonly Fields[]
  /** Says that a field has no counterpart, when it is there; `what` as in `remote_read`. Tells whether it is. */
  unsupported(name: string, what: string, weight: 'warning' | 'error', ...details: readonly string[]): boolean
  /** The names of all fields that nobody has asked for so far. */
  others(): readonly string[]
  /** Reports those; call it last. */
  rest(): void
}

export function fieldsOf(map: MapTree, path: string, scope: Scope): Fields {
  const { report } = scope
  const known = new Set<string>()

  function tree(name: string): Tree | undefined {
    known.add(name)
    const value = map.entries.get(name)?.value
    return value === undefined || isNothing(value) ? undefined : value
  }

  function wrong(name: string, value: Tree, wanted: string, shown = ''): undefined {
    fail(
      report,
      value.place,
      `${below(path, name)} must be ${wanted}, not ${shown === '' ? nameOf(value) : shorten(shown)}`,
    )
  }

  function text(name: string): string | undefined {
    const value = tree(name)
    if (value === undefined || value.kind === 'scalar') return value?.text
    return wrong(name, value, 'a text')
  }

  /** Reads a scalar by `parse`, whose undefined means that it is not one of the wanted kind. */
  function scalar<T>(name: string, wanted: string, parse: (text: string) => T | undefined): T | undefined {
    const value = tree(name)
    if (value === undefined) return undefined
    if (value.kind !== 'scalar') return wrong(name, value, wanted)
    return parse(value.text) ?? wrong(name, value, wanted, value.text)
  }

  function listOf(name: string, value: Tree): readonly string[] {
    if (value.kind !== 'list') {
      wrong(name, value, 'a list of texts')
      return []
    }
    return value.items.flatMap((item, index) => {
      if (item.kind === 'scalar') return [item.text]
      wrong(`${name}[${index}]`, item, 'a text')
      return []
    })
  }

  function mapOf<T>(name: string, read: (key: string, value: Tree) => T): ReadonlyMap<string, T> | undefined {
    const value = tree(name)
    if (value === undefined) return undefined
    if (value.kind !== 'map') return wrong(name, value, 'a map')
    return new Map([...value.entries].map(([key, entry]) => [key, read(`${name}.${key}`, entry.value)]))
  }

  function sectionOf(name: string, value: Tree): Fields | undefined {
    if (value.kind === 'map') return fieldsOf(value, below(path, name), scope)
    return wrong(name, value, 'a map')
  }

  function sections(name: string): readonly Fields[] {
    const value = tree(name)
    if (value === undefined) return []
    if (value.kind === 'list') return value.items.flatMap((item, index) => sectionOf(`${name}[${index}]`, item) ?? [])
    wrong(name, value, 'a list')
    return []
  }

  function others(): readonly string[] {
    return [...map.entries.keys()].filter((name) => !known.has(name))
  }

  return {
    scope,
    path,
    place: map.place,
    has: (name) => tree(name) !== undefined,
    placeOf: (name) => map.entries.get(name)?.key.place ?? map.place,
    tree,
    text,
    flag: (name) => scalar(name, 'true or false', readFlag),
    count: (name) => scalar(name, 'a whole number from 0', readCount),
    number: (name) => scalar(name, 'a number', (given) => (isNumber(given) ? Number(given) : undefined)),
    duration: (name) => scalar(name, 'a duration such as 30s or 1m30s', readDuration) || undefined,
    goDuration: (name) => scalar(name, 'a duration such as 30s or 1h30m', readGoDuration),
    texts(name) {
      const value = tree(name)
      return value && listOf(name, value)
    },
    textMap: (name) =>
      mapOf(name, (key, value) => (value.kind === 'scalar' ? value.text : (wrong(key, value, 'a text') ?? ''))),
    textsMap: (name) => mapOf(name, (key, value) => (value.kind === 'scalar' ? [value.text] : listOf(key, value))),
    file(name) {
      const given = text(name)
      return given && joinPath(scope.directory, given)
    },
    section(name) {
      const value = tree(name)
      return value && sectionOf(name, value)
    },
    sections,
    unsupported(name, what, weight, ...details) {
      const value = tree(name)
      if (value === undefined || isEmpty(value)) return false
      unsupported(report, map.entries.get(name)?.key.place ?? map.place, what, weight, ...details)
      return true
    },
    others,
    rest() {
      for (const name of others()) {
        const hint = didYouMean(
          name,
          [...known].filter((one) => !map.entries.has(one)),
        )
        const details = ['it was left out', ...(hint === undefined ? [] : [hint])]
        const where = path === '' ? '' : ` in ${path}`
        warn(
          report,
          map.entries.get(name)?.key.place ?? map.place,
          `unknown field ${JSON.stringify(name)}${where}`,
          ...details,
        )
      }
    },
  }
}

/** For a map where none is given. */
export function noFields(place: Place, path: string, scope: Scope): Fields {
  return fieldsOf({ kind: 'map', entries: new Map(), place }, path, scope)
}

/** As Prometheus joins paths: absolute ones stay, `.` and `..` are resolved. */
export function joinPath(directory: string, path: string): string {
  return path === '' || path.startsWith('/') || directory === '' ? path : pathJoin([directory, path])
}

/** `conf` of `conf/prometheus.yml`, `` of `prometheus.yml`, `/` of `/prometheus.yml`. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash === 0 ? '/' : path.slice(0, Math.max(slash, 0))
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function nameOf(value: Tree): string {
  return value.kind === 'scalar' ? 'a single value' : `a ${value.kind}`
}

function isEmpty(value: Tree): boolean {
  return (value.kind === 'list' && value.items.length === 0) || (value.kind === 'map' && value.entries.size === 0)
}

const MAX_SHOWN = 40

function shorten(value: string): string {
  return JSON.stringify(value.length <= MAX_SHOWN ? value : `${value.slice(0, MAX_SHOWN)}…`)
}

/** The words that Go's YAML takes for a field that must be true or false. */
function readFlag(given: string): boolean | undefined {
  const word = given.toLowerCase()
  if (['true', 'yes', 'on', 'y'].includes(word)) return true
  return ['false', 'no', 'off', 'n'].includes(word) ? false : undefined
}

function readCount(given: string): number | undefined {
  const digits = given.replaceAll('_', '')
  const count = /^(?:\d+|0x[\da-f]+)$/i.test(digits) ? Number(digits) : Number.NaN
  return Number.isSafeInteger(count) ? count : undefined
}

function isNumber(given: string): boolean {
  return given.trim() !== '' && Number.isFinite(Number(given))
}

function readDuration(given: string): number | undefined {
  const parsed = parsePrometheusDuration(given)
  return parsed.ok ? parsed.milliseconds : undefined
}

function readGoDuration(given: string): number | undefined {
  const parsed = parseGoDuration(given)
  return parsed.ok ? parsed.milliseconds : undefined
}
