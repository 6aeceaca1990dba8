/**
 * Prometheus's format of targets in files and HTTP answers: a list of `{"targets": ["host:port"], "labels": {"name": "value"}}`, as
 * JSON or YAML, nothing else in it. Owns the reading, in steps for core/time/slices; never reads a file or asks anybody.
 */
import { messageOf } from '../errors.ts'
import { jsonList } from './json-list.ts'
import { jsonPlace } from './json-place.ts'
import type { TargetGroup } from './source.ts'
import { yamlList } from './yaml-list.ts'

export interface TargetText {
  readonly bytes: Uint8Array
  readonly format: 'json' | 'yaml'
  /** What messages call it. */
  readonly name: string
}

/**
 * `<source>:0`, `<source>:1`, …; `added` are labels that win over those of the groups. Throws an Error for people, that begins with
 * name and line, when anything is wrong: no group is taken then.
 */
export function* readGroups(
  text: TargetText,
  source: string,
  added: ReadonlyMap<string, string>,
): Generator<undefined, readonly TargetGroup[]> {
  const read = { source, added, ...text }
  return text.format === 'json' ? yield* fromJson(read) : yield* fromYaml(read)
}

interface Reading extends TargetText {
  readonly source: string
  readonly added: ReadonlyMap<string, string>
}

/** Targets made in one step: some 0.2 ms. */
const TARGETS_PER_STEP = 512

function* fromJson(text: Reading): Generator<undefined, readonly TargetGroup[]> {
  const { bytes, name } = text
  let element: number | undefined
  try {
    const elements = yield* jsonList(bytes)
    const groups: TargetGroup[] = []
    for (const value of elements) {
      element = groups.length
      groups.push(yield* groupOf(value, undefined, text, element))
      yield
    }
    return groups
  } catch (thrown) {
    const place = yield* jsonPlace(new TextDecoder().decode(bytes), element)
    const problem = element === undefined ? 'is not a list of groups of targets' : messageOf(thrown)
    throw new Error(`${name}:${place?.line ?? 1}: ${place?.problem ?? problem}`)
  }
}

function* fromYaml(text: Reading): Generator<undefined, readonly TargetGroup[]> {
  const fail = (line: number, problem: string): Error => new Error(`${text.name}:${line}: ${problem}`)
  const elements = yield* yamlList(new TextDecoder().decode(text.bytes), fail)
  const groups: TargetGroup[] = []
  for (const { value, line } of elements) {
    try {
      groups.push(yield* groupOf(value, '', text, groups.length))
    } catch (thrown) {
      throw fail(line, messageOf(thrown))
    }
    yield
  }
  return groups
}

/** `nothing`: what stands for a field without a value, besides null. */
function* groupOf(
  value: unknown,
  nothing: '' | undefined,
  { source, added }: Reading,
  index: number,
): Generator<undefined, TargetGroup> {
  if (value === null || value === nothing) throw new Error('nil target group item found')
  if (!isObject(value)) throw new Error('a group of targets has the form {"targets": ["host:port"], "labels": {}}')
  let targets: readonly ReadonlyMap<string, string>[] = []
  let labels = added
  for (const [field, content] of Object.entries(value)) {
    const empty = content === null || content === nothing
    if (field === 'targets') targets = empty ? [] : yield* targetsOf(content)
    else if (field === 'labels') labels = empty ? added : labelsOf(content, added)
    else throw new Error(`unknown field ${JSON.stringify(field)}; a group of targets has targets and labels`)
  }
  return { source: `${source}:${index}`, targets, labels }
}

function* targetsOf(content: unknown): Generator<undefined, readonly ReadonlyMap<string, string>[]> {
  const wrong = 'targets must be a list of texts such as "host:port"'
  if (!Array.isArray(content)) throw new Error(wrong)
  const targets: ReadonlyMap<string, string>[] = []
  for (const address of content as readonly unknown[]) {
    if (typeof address !== 'string') throw new Error(wrong)
    targets.push(new Map([['__address__', address]]))
    if (targets.length % TARGETS_PER_STEP === 0) yield
  }
  return targets
}

function labelsOf(content: unknown, added: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (!isObject(content)) throw new Error('labels must be an object of texts')
  for (const [name, value] of Object.entries(content)) {
    if (name === '') throw new Error('a label must have a name')
    if (typeof value !== 'string') throw new Error(`the value of label ${JSON.stringify(name)} must be a text`)
  }
  return new Map([...Object.entries(content as Readonly<Record<string, string>>), ...added])
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
