/**
 * YAML as a tree for the converter, which has to point at what it can't convert. Scalars stay texts, because what they mean
 * depends on the field. Never throws.
 */
import { type LineAndColumn, readYaml, type YamlMap, type YamlTree } from '../syntax/yaml-tree.ts'
import { fail, type Place, type Report, warn } from './remarks.ts'

export type Tree = YamlTree<Place>
export type MapTree = YamlMap<Place>

/** The first document of the text; undefined when it can't be read, which has been reported then. */
export function readTree(file: string, text: string, report: Report): Tree | undefined {
  const place = createPlaces(file, text)
  const reading = readYaml(text, place)
  if (!reading.ok) {
    for (const { message, at } of reading.problems) fail(report, place(at), `failed to parse YAML: ${message}`)
    return undefined
  }
  for (const { message, at } of reading.warnings) warn(report, place(at), message, 'it is read as if it had no tag')
  if (reading.second !== undefined)
    warn(report, place(reading.second), 'only the first document of a file is read', 'put the rest into that one')
  return reading.tree ?? { kind: 'scalar', text: '', plain: true, tag: undefined, place: { file, line: 1, column: 1 } }
}

/** Nothing, `null` or `~`: as if the field were not there. */
export function isNothing(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.plain && /^(?:~|null|Null|NULL)?$/.test(tree.text)
}

/** Columns count bytes. The lines are only looked at where the text has characters of several: this is asked for every value. */
function createPlaces(file: string, text: string): (at: LineAndColumn) => Place {
  if (!/[\u0080-\uffff]/.test(text)) return ({ line, column }) => ({ file, line, column })
  const lines = text.split('\n')
  return ({ line, column }) => {
    const before = (lines[line - 1] ?? '').slice(0, column - 1)
    return { file, line, column: new TextEncoder().encode(before).length + 1 }
  }
}
