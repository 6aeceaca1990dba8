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

/** Columns count bytes. This is asked for every value, and a file may be one long line: so no part of it is measured twice. */
function createPlaces(file: string, text: string): (at: LineAndColumn) => Place {
  if (!/[\u0080-\uffff]/.test(text)) return ({ line, column }) => ({ file, line, column })
  const bytesBefore = new Uint32Array(text.length + 1)
  const lineStarts = [0]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    bytesBefore[i + 1] = bytesBefore[i] + utf8LengthOfUnit(code)
    if (code === LINE_FEED) lineStarts.push(i + 1)
  }
  return ({ line, column }) => {
    const start = lineStarts[line - 1] ?? text.length
    const at = Math.min(start + column - 1, text.length)
    return { file, line, column: bytesBefore[at] - bytesBefore[start] + 1 }
  }
}

const LINE_FEED = 10

/** Of a UTF-16 unit; each half of a pair counts for two of the four bytes. */
function utf8LengthOfUnit(code: number): number {
  if (code < 0x80) return 1
  return code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3
}
