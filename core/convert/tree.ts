/**
 * YAML as a tree whose every node knows its place: for the converter, which has to point at what it can't convert. Scalars
 * stay texts, because what they mean depends on the field. Aliases and merged keys are followed. Never throws.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Node as YamlNode,
} from 'yaml'
import { messageOf } from '../errors.ts'
import { MAX_CONVERTED_DEPTH, MAX_CONVERTED_VALUES } from '../limits.ts'
import { fail, type Place, type Report, warn } from './remarks.ts'

export type Tree = ScalarTree | ListTree | MapTree

export interface ScalarTree {
  readonly kind: 'scalar'
  readonly text: string
  /** Nothing, `null` or `~`: as if the field were not there. */
  readonly empty: boolean
  readonly place: Place
}

export interface ListTree {
  readonly kind: 'list'
  readonly items: readonly Tree[]
  readonly place: Place
}

export interface MapTree {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
  readonly place: Place
}

export interface Entry {
  /** Of the key. */
  readonly place: Place
  readonly value: Tree
}

/** The first document of the text; undefined when it can't be read, which has been reported then. */
export function readTree(file: string, text: string, report: Report): Tree | undefined {
  const lines = new LineCounter()
  const wide = /[\u0080-\uffff]/.test(text)
  const place = (offset: number): Place => placeAt(file, wide ? text : undefined, lines, offset)
  try {
    const [document, second] = parseAllDocuments(text, {
      schema: 'failsafe',
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'silent',
    })
    if (document === undefined) return empty(place(0))
    for (const { message, pos } of document.errors.slice(0, MAX_YAML_ERRORS))
      fail(report, place(pos[0]), `failed to parse YAML: ${withoutSource(message)}`)
    if (document.errors.length > 0) return undefined
    for (const { message, pos } of document.warnings.slice(0, MAX_YAML_ERRORS))
      warn(report, place(pos[0]), withoutSource(message), 'it is read as if it had no tag')
    if (second !== undefined)
      warn(report, place(second.range[0]), 'only the first document of a file is read', 'put the rest into that one')
    return createReader(place)(document.contents as YamlNode | null, 0, 0)
  } catch (error) {
    // Too much of something, or an endless nesting that the library gives up on.
    const summary = `failed to parse YAML: ${error instanceof RangeError ? 'it is nested too deeply' : messageOf(error)}`
    fail(report, place(0), summary)
    return undefined
  }
}

const MAX_YAML_ERRORS = 10

/** The library quotes the text it trips over, which may be a secret. */
function withoutSource(message: string): string {
  return message.split('\n')[0].replace(/(?:: .*|[:.])$/, '')
}

type Read = (node: YamlNode | null | undefined, depth: number, offset: number) => Tree

/** What an anchor stands for, and how many values that is; undefined as long as it is being read. */
type Anchored = { readonly tree: Tree; readonly values: number } | undefined

function createReader(place: (offset: number) => Place): Read {
  const anchors = new Map<string, Anchored>()
  let values = 0

  function count(more: number): void {
    values += more
    if (values > MAX_CONVERTED_VALUES) throw new Error(`it stands for more than ${MAX_CONVERTED_VALUES} values`)
  }

  const read: Read = (node, depth, offset) => {
    if (node === null || node === undefined) return empty(place(offset))
    const at = node.range?.[0] ?? offset
    if (isAlias(node)) return readAlias(node)
    count(1)
    if (depth > MAX_CONVERTED_DEPTH) throw new Error(`it is nested more than ${MAX_CONVERTED_DEPTH} levels deep`)
    const anchor = 'anchor' in node ? node.anchor : undefined
    if (anchor === undefined) return readPlain(node, depth, at)
    const before = values
    anchors.set(anchor, undefined)
    const tree = readPlain(node, depth, at)
    anchors.set(anchor, { tree, values: values - before + 1 })
    return tree
  }

  function readPlain(node: YamlNode, depth: number, at: number): Tree {
    if (isScalar(node)) {
      const text = String(node.value ?? '')
      const isEmpty = node.type === 'PLAIN' && /^(?:~|null|Null|NULL)?$/.test(text)
      return { kind: 'scalar', text, empty: isEmpty, place: place(at) }
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => read(item as YamlNode | null, depth + 1, at))
      return { kind: 'list', items, place: place(at) }
    }
    if (!isMap(node)) throw new Error('it has a value that is neither text, list nor map')
    return { kind: 'map', entries: readEntries(node.items as readonly Pair[], depth, at), place: place(at) }
  }

  /** The same tree again: what stands in many places is read once, but counts in each of them. */
  function readAlias({ source }: Alias): Tree {
    if (!anchors.has(source)) throw new Error('an alias has no anchor; a text that begins with * needs quotes')
    const anchored = anchors.get(source)
    if (anchored === undefined) throw new Error('the value of an anchor contains itself')
    count(anchored.values)
    return anchored.tree
  }

  /** What is merged in (`<<`) gives way to what stands there itself; of several sources the first wins. */
  function readEntries(pairs: readonly Pair[], depth: number, offset: number): ReadonlyMap<string, Entry> {
    const own = new Map<string, Entry>()
    const merged = new Map<string, Entry>()
    for (const { key, value } of pairs) {
      const at = key?.range?.[0] ?? offset
      const tree = read(value, depth + 1, key?.range?.[1] ?? at)
      if (isScalar(key) && key.type === 'PLAIN' && key.value === '<<') merge(tree, merged)
      else own.set(keyText(read(key, depth + 1, at)), { place: place(at), value: tree })
    }
    for (const [key, entry] of merged) if (!own.has(key)) own.set(key, entry)
    return own
  }

  return read
}

interface Pair {
  readonly key: YamlNode | null
  readonly value: YamlNode | null
}

function keyText(key: Tree): string {
  if (key.kind === 'scalar') return key.text
  throw new Error(`a key in line ${key.place.line} is a ${key.kind}; only texts can be keys`)
}

function merge(source: Tree, into: Map<string, Entry>): void {
  for (const one of source.kind === 'list' ? source.items : [source]) {
    if (one.kind !== 'map') throw new Error(`"<<" in line ${one.place.line} merges something that is not a map`)
    for (const [key, entry] of one.entries) if (!into.has(key)) into.set(key, entry)
  }
}

function empty(place: Place): ScalarTree {
  return { kind: 'scalar', text: '', empty: true, place }
}

/** `text` only where it has characters of several bytes: asked for every value, so the rest is worth avoiding. */
function placeAt(file: string, text: string | undefined, lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  // The library counts UTF-16 units; before parsing it knows no lines.
  if (line === 0) return { file, line: 1, column: 1 }
  if (text === undefined) return { file, line, column: col }
  const before = text.slice(offset - (col - 1), offset)
  return { file, line, column: new TextEncoder().encode(before).length + 1 }
}
