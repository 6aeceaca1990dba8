/**
 * The YAML library, told when to stop: it would go on through any number of problems, each with a stack trace of its own that
 * takes ten microseconds, and through any number of documents, of which nobody wants more than two. Knows nothing of what is in them.
 */
import { Composer, type CST, type Document, type LineCounter, Parser } from 'yaml'
import { MAX_YAML_LINES } from '../limits.ts'

export interface YamlProblem {
  /** As the library says it: behind a colon it may quote the text. */
  readonly message: string
  /** In UTF-16 units. */
  readonly offset: number
}

export interface YamlDocuments {
  /** The first two, as far as they are there. */
  readonly documents: readonly Document.Parsed[]
  /** So many were found that the rest was not read; undefined otherwise, even if documents have some. */
  readonly gaveUp: readonly [YamlProblem, ...YamlProblem[]] | undefined
}

/** What the library calls for each problem of what it composes. */
type OnError = (source: ErrorSource, code: string, message: string, warning?: boolean) => void
type ErrorSource = number | readonly [number, number] | { readonly offset: number }

/** Takes the text apart until the first document has `maxProblems`. Throws what the library throws for endless nesting. */
export function firstDocuments(text: string, lines: LineCounter, maxProblems: number): YamlDocuments {
  if (hasTooManyLines(text)) {
    return { documents: [], gaveUp: [{ message: `it has more than ${MAX_YAML_LINES} lines`, offset: 0 }] }
  }
  const problems: YamlProblem[] = []
  let warnings = 0
  let begun = 0
  // Its own search for keys that stand twice takes the square of their number.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
  // Nothing public ends it early: test/syntax/yaml-bounds.test.ts notices when this does not either any more.
  const inside = composer as unknown as { onError: OnError }
  const note = inside.onError
  inside.onError = (source, code, message, warning) => {
    // What is wrong with the second document is nobody's business.
    if (begun > 1 || (warning === true && ++warnings > maxProblems)) return
    if (warning !== true) count({ message, offset: offsetOf(source) })
    note(source, code, message, warning)
  }

  function count(problem: YamlProblem): void {
    // The library takes what is thrown for another problem once on its way out.
    if (problems.length < maxProblems) problems.push(problem)
    if (problems.length === maxProblems) throw new Enough()
  }

  function* tokens(): Generator<CST.Token, void> {
    for (const token of new Parser(lines.addNewLine).parse(text)) {
      if (token.type === 'error') count(token)
      else if (token.type === 'document') begun++
      yield token
      if (begun === 2) return
    }
  }

  try {
    return { documents: [...composer.compose(tokens())], gaveUp: undefined }
  } catch (thrown) {
    const [first, ...others] = problems
    if (!(thrown instanceof Enough) || first === undefined) throw thrown
    return { documents: [], gaveUp: [first, ...others] }
  }
}

/** Ends the composing; stays in this file. */
class Enough extends Error {}

function offsetOf(source: ErrorSource): number {
  if (typeof source === 'number') return source
  return 'offset' in source ? source.offset : source[0]
}

function hasTooManyLines(text: string): boolean {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) if (++count > MAX_YAML_LINES) return true
  return false
}
