/**
 * Patterns of relabel rules: Go's regular expressions (RE2), always matched against the whole text as `^(?s:…)$`.
 *
 * Owns the choice of how to match. Each pattern is parsed into our own tree (`parse.ts`) and then matched in the first
 * way that is sure to give Go's answer: plain string operations (`shapes.ts`), a JavaScript RegExp where backtracking is
 * bounded (`regexp.ts`), or a machine that is linear for everything (`pike.ts`). No text, however it is chosen, makes a
 * match slow. Never hands a pattern that a user wrote to JavaScript's RegExp as it stands.
 */
import { type Match, type Parsed, withoutOuterAnchors } from './ast.ts'
import { type PatternError, parsePattern } from './parse.ts'
import { pikeMatcher } from './pike.ts'
import { capturingRegExp, execRegExp, testingRegExp } from './regexp.ts'
import { shapesOf } from './shapes.ts'

export type { Match } from './ast.ts'
export type { PatternError } from './parse.ts'

export interface Pattern {
  readonly source: string
  /** Name of each capture group, '' for unnamed ones; index 0 is the whole match. Names may repeat, as in Go. */
  readonly groupNames: readonly string[]
  test(text: string): boolean
  /** Groups by index, undefined where one took no part. */
  match(text: string): Match | undefined
}

export type Compiled = { readonly ok: true; readonly pattern: Pattern } | PatternError

/** `source` as in a rule, without anchors. Errors are Go's, with the offset of the offending piece in UTF-16 units. */
export function compilePattern(source: string): Compiled {
  const result = parsePattern(source)
  if (!result.ok) return result
  const { groupNames } = result.parsed
  const parsed: Parsed = { root: withoutOuterAnchors(result.parsed.root), groupNames }
  const shapes = shapesOf(parsed)
  const linear = pikeMatcher(parsed)
  const pattern: Pattern = {
    source,
    groupNames,
    test: shapes?.test ?? testWith(parsed, linear.test),
    match: shapes?.match ?? matchWith(parsed, linear.match),
  }
  return { ok: true, pattern }
}

/** What the first group of this name that took part has matched. */
export function namedGroup(pattern: Pattern, match: Match, name: string): string | undefined {
  const index = pattern.groupNames.findIndex((groupName, i) => i > 0 && groupName === name && match[i] !== undefined)
  return index < 0 ? undefined : match[index]
}

function testWith(parsed: Parsed, linear: (text: string) => boolean): (text: string) => boolean {
  const bounded = testingRegExp(parsed)
  if (bounded === undefined) return linear
  const { regexp, maxLength } = bounded
  return (text) => (text.length <= maxLength ? regexp.test(text) : linear(text))
}

function matchWith(parsed: Parsed, linear: (text: string) => Match | undefined): (text: string) => Match | undefined {
  const bounded = capturingRegExp(parsed)
  if (bounded === undefined) return linear
  return (text) => (text.length <= bounded.maxLength ? execRegExp(bounded, text) : linear(text))
}
