/** Which kind of file this is, when it isn't the one that was announced: so that people hear it in one sentence. */
import { nearestName } from '../syntax/suggest.ts'
import { isNothing, type Tree } from './tree.ts'

/** Something between a name and an opening brace at the end of a line, as Alloy's blocks begin. */
const ALLOY_BLOCK = /^[ \t]*[a-z_]\w*(?:\.[a-z_]\w*)*[ \t]*(?:"[^"\n]*"[ \t]*)?\{[ \t]*(?:\/\/[^\n]*)?\r?$/m

export function looksLikeAlloy(text: string): boolean {
  return ALLOY_BLOCK.test(text)
}

export interface Misfit {
  readonly summary: string
  readonly hint: string
}

/** What the other formats are recognised by, and what to do with them. */
const OTHERS: readonly (readonly [fields: readonly string[], is: string, hint: string])[] = [
  [['apiVersion', 'kind'], 'a Kubernetes manifest', 'convert the file that is inside it, or mounted by it'],
  [['receivers', 'exporters'], 'a configuration of the OpenTelemetry Collector', 'skein does not read these'],
  [['route', 'receivers'], 'a configuration of Alertmanager', 'give the one of Prometheus'],
  [['groups'], 'a file of Prometheus rules', 'give prometheus.yml itself'],
  [['clients', 'positions'], 'a configuration of Promtail', 'skein collects metrics, not logs'],
  [['services'], 'a Compose file', 'give the prometheus.yml that it mounts'],
  [['modules'], 'a configuration of an exporter', 'give the one of Prometheus'],
]

/**
 * Undefined for the announced kind: a map with at least one field that it can have, or with one that was meant to be it, or
 * nothing at all. `siblings`: fields of another format of ours, and what is said about it.
 */
export function misfit(
  tree: Tree,
  text: string,
  wanted: { readonly name: string; readonly fields: readonly string[] },
  sibling: { readonly name: string; readonly fields: readonly string[]; readonly flag: string },
): Misfit | undefined {
  if (isNothing(tree)) return undefined
  const keys = tree.kind === 'map' ? [...tree.entries.keys()] : []
  if (keys.some((key) => wanted.fields.includes(key))) return undefined
  const not = `, not ${wanted.name}`
  if (keys.some((key) => sibling.fields.includes(key)))
    return { summary: `this is ${sibling.name}${not}`, hint: `say that it is: ${sibling.flag}` }
  if (looksLikeAlloy(text)) return alloyInstead(not)
  const other = OTHERS.find(([fields]) => fields.every((field) => keys.includes(field)))
  if (other !== undefined) return { summary: `this is ${other[1]}${not}`, hint: other[2] }
  if (keys.some((key) => nearestName(key, wanted.fields) !== undefined)) return undefined
  const expected = `it should have fields such as ${wanted.fields.slice(0, 3).join(', ')}`
  if (tree.kind === 'map' && keys.length === 0) return undefined
  const kind = /^\s*[[{]/.test(text)
    ? 'JSON'
    : tree.kind === 'map'
      ? 'YAML'
      : `a YAML ${tree.kind === 'list' ? 'list' : 'text'}`
  return { summary: `this is ${kind}, but not ${wanted.name}`, hint: expected }
}

export function alloyInstead(not: string): Misfit {
  return {
    summary: `this is a configuration in the Alloy language${not}`,
    hint: 'it needs no conversion: run it as it is, with --config.format=alloy',
  }
}
