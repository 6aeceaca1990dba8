/**
 * YAML as a tree whose every node knows its place. A library takes the text apart; this reads what it found: aliases and merged
 * keys are followed, everything has a bound, and no message quotes the text. What a scalar means is for others. Never throws.
 */
import { type Alias, isAlias, isMap, isScalar, isSeq, LineCounter, type Scalar, type Node as YamlNode } from 'yaml'
import { MAX_YAML_VALUES } from '../limits.ts'
import { MAX_DEPTH } from './encoding.ts'
import { decodeText } from './utf8.ts'
import { firstDocuments, type YamlProblem } from './yaml-documents.ts'

/** `P` is what a place is: the caller says so. */
export type YamlTree<P> = YamlScalar<P> | YamlList<P> | YamlMap<P>

export interface YamlScalar<P> {
  readonly kind: 'scalar'
  readonly text: string
  /** Without quotes and not as a block: only then it may be something else than a text. */
  readonly plain: boolean
  /** In full; undefined when none is given. */
  readonly tag: string | undefined
  readonly place: P
}

/** What stands behind aliases is the same object in all places, with the place of its anchor. */
export interface YamlList<P> {
  readonly kind: 'list'
  readonly items: readonly YamlTree<P>[]
  readonly place: P
}

export interface YamlMap<P> {
  readonly kind: 'map'
  /** By the text of the key. */
  readonly entries: ReadonlyMap<string, YamlEntry<P>>
  readonly place: P
}

export interface YamlEntry<P> {
  readonly key: YamlScalar<P>
  readonly value: YamlTree<P>
}

/** Line and column from 1, both; columns count UTF-16 units. */
export interface LineAndColumn {
  readonly line: number
  readonly column: number
}

export interface YamlRemark {
  /** One line, without full stop and without anything of the text but tags. */
  readonly message: string
  readonly at: LineAndColumn
}

export type YamlReading<P> =
  | {
      readonly ok: true
      /** The first document; undefined when there is none. */
      readonly tree: YamlTree<P> | undefined
      readonly warnings: readonly YamlRemark[]
      /** Where a second document begins. */
      readonly second: LineAndColumn | undefined
    }
  | {
      readonly ok: false /** At least one, at most `MAX_PROBLEMS`. */
      readonly problems: readonly [YamlRemark, ...YamlRemark[]]
    }

const MAX_PROBLEMS = 10

/** `placeAt` is asked once for each node. */
export function readYaml<P>(text: string, placeAt: (at: LineAndColumn) => P): YamlReading<P> {
  const lines = new LineCounter()
  const at = (offset: number): LineAndColumn => {
    const { line, col } = lines.linePos(offset)
    // Before parsing, the library knows no lines.
    return line === 0 ? START : { line, column: col }
  }
  try {
    const { documents, gaveUp } = firstDocuments(text, lines, MAX_PROBLEMS)
    const remark = ({ message, offset }: YamlProblem): YamlRemark => ({
      message: withoutSource(message),
      at: at(offset),
    })
    if (gaveUp !== undefined) return { ok: false, problems: [remark(gaveUp[0]), ...gaveUp.slice(1).map(remark)] }
    const [document, second] = documents
    if (document === undefined) return { ok: true, tree: undefined, warnings: [], second: undefined }
    const remarks = (found: typeof document.errors | typeof document.warnings): YamlRemark[] =>
      found.slice(0, MAX_PROBLEMS).map(({ message, pos }) => remark({ message, offset: pos[0] }))
    const [first, ...others] = remarks(document.errors)
    if (first !== undefined) return { ok: false, problems: [first, ...others] }
    const read = createReader((offset) => placeAt(at(offset)))
    return {
      ok: true,
      tree: read(document.contents as YamlNode | null, 0, 0),
      warnings: remarks(document.warnings),
      second: second && at(second.range[0]),
    }
  } catch (thrown) {
    if (thrown instanceof Stop) return { ok: false, problems: [{ message: thrown.message, at: at(thrown.offset) }] }
    // An endless nesting that the library gives up on.
    const message = thrown instanceof RangeError ? 'it is nested too deeply' : 'it can not be read'
    return { ok: false, problems: [{ message, at: START }] }
  }
}

const START: LineAndColumn = { line: 1, column: 1 }

/** The library quotes the text it trips over, which may be a secret. */
function withoutSource(message: string): string {
  return message.split('\n')[0].replace(/(?:: .*|[:.])$/, '')
}

/** Ends the reading of a text; stays in this file. */
class Stop extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** What an anchor stands for, how many values that is, and how many levels; undefined as long as it is being read. */
type Anchored<P> = { readonly tree: YamlTree<P>; readonly values: number; readonly levels: number } | undefined

type Read<P> = (node: YamlNode | null | undefined, depth: number, offset: number) => YamlTree<P>

function createReader<P>(placeOf: (offset: number) => P): Read<P> {
  const anchors = new Map<string, Anchored<P>>()
  let values = 0
  /** Levels, those behind aliases as well: whoever walks the tree goes down there, too. */
  let deepest = 0

  function count(more: number, depth: number, offset: number): void {
    values += more
    if (values > MAX_YAML_VALUES) throw new Stop(`it stands for more than ${MAX_YAML_VALUES} values`, offset)
    if (depth > MAX_DEPTH) throw new Stop(`it is nested more than ${MAX_DEPTH} levels deep`, offset)
    if (depth > deepest) deepest = depth
  }

  const read: Read<P> = (node, depth, offset) => {
    const at = node?.range?.[0] ?? offset
    if (isAlias(node)) return readAlias(node, depth, at)
    count(1, depth, at)
    if (node === null || node === undefined || node.anchor === undefined) return readPlain(node, depth, at)
    const before = { values, deepest }
    deepest = depth
    anchors.set(node.anchor, undefined)
    const tree = readPlain(node, depth, at)
    anchors.set(node.anchor, { tree, values: values - before.values + 1, levels: deepest - depth })
    deepest = Math.max(deepest, before.deepest)
    return tree
  }

  function readPlain(node: Exclude<YamlNode, Alias> | null | undefined, depth: number, at: number): YamlTree<P> {
    if (node === null || node === undefined) return { ...NOTHING, place: placeOf(at) }
    if (isScalar(node)) return scalarOf(node, placeOf(at))
    if (isSeq(node)) {
      const items = node.items.map((item) => read(item as YamlNode | null, depth + 1, at))
      return { kind: 'list', items, place: placeOf(at) }
    }
    if (!isMap(node)) throw new Stop('it has a value that is neither text, list nor map', at)
    return { kind: 'map', entries: readEntries(node.items as readonly Pair[], depth, at), place: placeOf(at) }
  }

  /** The same tree again: what stands in many places is read once, but counts in each of them. */
  function readAlias({ source }: Alias, depth: number, at: number): YamlTree<P> {
    if (!anchors.has(source)) throw new Stop('an alias has no anchor; a text that begins with * needs quotes', at)
    const anchored = anchors.get(source)
    if (anchored === undefined) throw new Stop('the value of an anchor contains itself', at)
    count(anchored.values, depth + anchored.levels, at)
    return anchored.tree
  }

  /** What is merged in (`<<`) gives way to what stands there itself. */
  function readEntries(pairs: readonly Pair[], depth: number, offset: number): ReadonlyMap<string, YamlEntry<P>> {
    const own = new Map<string, YamlEntry<P>>()
    let merged: Map<string, YamlEntry<P>> | undefined
    for (const pair of pairs) {
      const at = pair.key?.range?.[0] ?? offset
      const key = read(pair.key, depth + 1, at)
      const value = read(pair.value, depth + 1, pair.key?.range?.[1] ?? at)
      if (key.kind !== 'scalar') throw new Stop(`a key is a ${key.kind}; only texts can be keys`, at)
      if (isMergeKey(pair.key) ? merged !== undefined : own.has(key.text)) throw new Stop('Map keys must be unique', at)
      if (isMergeKey(pair.key)) merged = mergedFrom(value, at)
      else own.set(key.text, { key, value })
    }
    for (const [key, entry] of merged ?? []) if (!own.has(key)) own.set(key, entry)
    return own
  }

  return read
}

interface Pair {
  readonly key: YamlNode | null
  readonly value: YamlNode | null
}

const NOTHING = { kind: 'scalar', text: '', plain: true, tag: undefined } as const

function scalarOf<P>({ value, type, tag }: Scalar, place: P): YamlScalar<P> {
  const text = value instanceof Uint8Array ? decodeText(value) : String(value ?? '')
  return { kind: 'scalar', text, plain: type === 'PLAIN', tag, place }
}

function isMergeKey(key: YamlNode | null): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.value === '<<'
}

/** Of several sources of a key the first wins. */
function mergedFrom<P>(source: YamlTree<P>, at: number): Map<string, YamlEntry<P>> {
  const into = new Map<string, YamlEntry<P>>()
  for (const one of source.kind === 'list' ? source.items : [source]) {
    if (one.kind !== 'map') throw new Stop('"<<" merges something that is neither a map nor a list of maps', at)
    for (const [key, entry] of one.entries) if (!into.has(key)) into.set(key, entry)
  }
  return into
}
