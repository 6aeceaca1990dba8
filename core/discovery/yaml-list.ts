/**
 * Lists as YAML that may be long: taken apart where an element begins, each parsed by itself, since the parser needs a second for
 * half a megabyte. All scalars are texts, as those who read targets want them. What the elements mean is for others.
 */
import { MAX_UNSPLIT_YAML_CHARACTERS } from '../limits.ts'
import { readYaml, type YamlTree } from '../syntax/yaml-tree.ts'

export interface YamlElement {
  /** On which it begins, from 1. */
  readonly line: number
  /** Objects, arrays and texts. A scalar that stands for nothing is the empty text. */
  readonly value: unknown
}

/** Some 1 ms of the parser's time. */
const PIECE_CHARACTERS = 1024

/** The elements of the list that is the first document; none when there is nothing. A work for Slices. */
export function* yamlList(
  text: string,
  fail: (line: number, problem: string) => Error,
): Generator<undefined, readonly YamlElement[]> {
  const elements: YamlElement[] = []
  const body = withoutMark(text)
  if (!splits(body)) {
    if (body.length > MAX_UNSPLIT_YAML_CHARACTERS) throw fail(1, TOO_LONG)
    elements.push(...parsePiece(body, 1, fail))
    return elements
  }
  let line = 1
  for (const piece of pieces(body)) {
    elements.push(...parsePiece(piece, line, fail))
    line += piece.split('\n').length - 1
    yield
  }
  return elements
}

/** The mark that begins the document is as good as a blank line. Line by line: one pattern for all of them overflows the stack. */
function withoutMark(text: string): string {
  let at = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
    const line = text.slice(at, end)
    if (/^---[ \t]*\r?$/.test(line)) return `${text.slice(0, at)}   ${text.slice(at + 3)}`
    if (!/^[ \t]*(?:#.*)?\r?$/.test(line)) return text
    at = end + 1
  }
  return text
}

const TOO_LONG = `is too long for YAML like this: begin each group with "- " at the start of a line, use no anchors, or write JSON`

/**
 * Whether every line that isn't indented begins an element, or is a comment: then nothing can reach across elements but
 * anchors and what belongs to a whole document.
 */
function splits(text: string): boolean {
  return !/^(?![ \t\r\n#]|- |-\r?$)./m.test(text) && !/(?:^|[\s,[{:-])[&*!][^\s]/.test(text)
}

function* pieces(text: string): Generator<string> {
  let from = 0
  for (let at = text.indexOf('\n-'); at >= 0; at = text.indexOf('\n-', at + 1)) {
    if (at + 1 - from < PIECE_CHARACTERS) continue
    yield text.slice(from, at + 1)
    from = at + 1
  }
  yield text.slice(from)
}

function parsePiece(
  text: string,
  firstLine: number,
  fail: (line: number, problem: string) => Error,
): readonly YamlElement[] {
  const lineOf = (line: number): number => firstLine - 1 + line
  const reading = readYaml(text, ({ line }) => lineOf(line))
  if (!reading.ok) {
    const [{ message, at }] = reading.problems
    throw fail(lineOf(at.line), `is not valid YAML: ${message}`)
  }
  const { tree } = reading
  if (tree === undefined || (tree.kind === 'scalar' && ['', '~', 'null'].includes(tree.text))) return []
  if (tree.kind !== 'list') throw fail(tree.place, 'is not a list')
  return tree.items.map((item) => ({ line: item.place, value: plain(item) }))
}

function plain(tree: YamlTree<number>): unknown {
  if (tree.kind === 'scalar') return tree.text
  if (tree.kind === 'list') return tree.items.map(plain)
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]))
}
