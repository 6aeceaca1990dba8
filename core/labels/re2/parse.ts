/**
 * Reads the regular expressions of Go (RE2 syntax with Perl's flags) into a tree: accepts what regexp.Compile accepts,
 * with one exception (see `parsePattern`), rejects what it rejects, with its messages. Never touches JavaScript's own
 * RegExp syntax, which is another language.
 * Syntax: https://github.com/google/re2/wiki/Syntax and Go's package regexp/syntax.
 */
import { type Assertion, EMPTY, type Node, type Parsed, programSize } from './ast.ts'
import { type Cursor, fail, next, PatternProblem, parseBracketClass, parseClassEscape, parseEscape } from './escapes.ts'
import { ANY, foldCase, NO_NEWLINE } from './ranges.ts'

/** Go's own bounds: of a single repeat and of the product of nested ones, and of nesting. */
const MAX_REPEAT = 1000
const MAX_DEPTH = 1000
/** Steps of the compiled program, repeats written out. Go allows 3.3 million, which no relabelling survives. */
const MAX_PROGRAM = 200_000
/** The same times the number of groups: memory that matching may need, in words. */
const MAX_PROGRAM_CAPTURES = 10_000_000

interface State extends Cursor {
  multiLine: boolean
  dotAll: boolean
  ungreedy: boolean
  depth: number
  readonly names: string[]
}

export interface PatternError {
  readonly ok: false
  /** As Go's regexp.Compile words it. */
  readonly message: string
  /** Where in the source the offending piece starts, in UTF-16 units. */
  readonly offset: number
}

/**
 * `source` as written in a rule; it is read on its own and matched as `^(?s:source)$`. Go pastes the text into that
 * frame before it parses, and so takes `a)|(b`; here that is an error.
 */
export function parsePattern(source: string): { readonly ok: true; readonly parsed: Parsed } | PatternError {
  const state: State = {
    source,
    at: 0,
    foldCase: false,
    multiLine: false,
    dotAll: true,
    ungreedy: false,
    depth: 0,
    names: [''],
  }
  try {
    const lone = source.search(/\p{Surrogate}/u)
    if (lone >= 0) throw new PatternProblem('invalid UTF-8', '', lone)
    const root = parseAlternation(state)
    if (state.at < source.length) throw new PatternProblem('unexpected )', source, state.at)
    const size = programSize(root)
    if (size > MAX_PROGRAM || size * state.names.length > MAX_PROGRAM_CAPTURES) {
      throw new PatternProblem('expression too large', '', 0)
    }
    return { ok: true, parsed: { root, groupNames: state.names } }
  } catch (thrown) {
    if (thrown instanceof PatternProblem) return { ok: false, message: thrown.message, offset: thrown.offset }
    throw thrown
  }
}

/** Up to the end or an unmatched closing parenthesis. Flags that are set on the way hold to the end of the group. */
function parseAlternation(state: State): Node {
  const items = [parseConcat(state)]
  while (state.source[state.at] === '|') {
    state.at++
    items.push(parseConcat(state))
  }
  return items.length === 1 ? items[0] : { kind: 'alternate', items }
}

function parseConcat(state: State): Node {
  const { source } = state
  const items: Node[] = []
  let lastRepeat = -1
  while (state.at < source.length) {
    const start = state.at
    const char = source[start]
    if (char === '|' || char === ')') break
    const bounds = parseBounds(state)
    if (bounds === undefined) {
      lastRepeat = -1
      parseAtom(state, items)
      continue
    }
    const afterBounds = state.at
    let greedy = !state.ungreedy
    if (source[state.at] === '?') {
      state.at++
      greedy = !greedy
    }
    if (lastRepeat >= 0) fail(state, 'invalid nested repetition operator', lastRepeat)
    const body = items.pop()
    if (body === undefined) fail(state, 'missing argument to repetition operator', start)
    const [min, max] = bounds
    const node: Node = { kind: 'repeat', body, min, max, greedy }
    if ((min >= 2 || max >= 2) && repeatProduct(node) > MAX_REPEAT) {
      fail(state, 'invalid repeat count', start, afterBounds)
    }
    items.push(node)
    lastRepeat = start
  }
  return items.length === 0 ? EMPTY : items.length === 1 ? items[0] : { kind: 'concat', items }
}

/** A repetition operator as [min, max], max -1 for no bound; or undefined, the cursor unmoved, when there is none. */
function parseBounds(state: State): readonly [number, number] | undefined {
  switch (state.source[state.at]) {
    case '*':
      state.at++
      return [0, -1]
    case '+':
      state.at++
      return [1, -1]
    case '?':
      state.at++
      return [0, 1]
    case '{':
      break
    default:
      return undefined
  }
  BOUNDS.lastIndex = state.at
  const found = BOUNDS.exec(state.source)
  if (found === null) return undefined // a literal brace
  const min = Number(found[1])
  const max = found[2] === undefined ? min : found[2] === '' ? -1 : Number(found[2])
  const end = state.at + found[0].length
  if (min > MAX_REPEAT || max > MAX_REPEAT || (max >= 0 && min > max)) {
    fail(state, 'invalid repeat count', state.at, end)
  }
  state.at = end
  return [min, max]
}

/** Numbers with leading zeros make it a literal. */
const BOUNDS = /\{(0|[1-9][0-9]*)(?:,(0|[1-9][0-9]*|))?\}/y

/** Anything that a repetition operator could follow, or flags, which push nothing. */
function parseAtom(state: State, items: Node[]): void {
  const { source } = state
  switch (source[state.at]) {
    case '(':
      parseParenthesis(state, items)
      return
    case '[':
      items.push({ kind: 'class', ranges: parseBracketClass(state) })
      return
    case '.':
      state.at++
      items.push({ kind: 'class', ranges: state.dotAll ? ANY : NO_NEWLINE })
      return
    case '^':
      state.at++
      items.push({ kind: 'assert', what: state.multiLine ? 'lineStart' : 'textStart' })
      return
    case '$':
      state.at++
      items.push({ kind: 'assert', what: state.multiLine ? 'lineEnd' : 'textEnd' })
      return
    case '\\':
      parseBackslash(state, items)
      return
    default:
      items.push(literal(state, next(state)))
  }
}

function literal(state: State, code: number): Node {
  if (state.foldCase) {
    const ranges = foldCase([code, code])
    if (ranges.length > 2 || ranges[0] !== ranges[1]) return { kind: 'class', ranges }
  }
  return { kind: 'char', code }
}

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  A: 'textStart',
  z: 'textEnd',
  b: 'wordBoundary',
  B: 'noWordBoundary',
}

function parseBackslash(state: State, items: Node[]): void {
  const { source } = state
  const letter = source[state.at + 1]
  const what = ASSERTIONS[letter]
  if (what !== undefined) {
    state.at += 2
    items.push({ kind: 'assert', what })
    return
  }
  if (letter === 'Q') {
    state.at += 2
    const close = source.indexOf('\\E', state.at)
    const end = close < 0 ? source.length : close
    while (state.at < end) items.push(literal(state, next(state)))
    if (close >= 0) state.at += 2
    return
  }
  const ranges = parseClassEscape(state)
  items.push(ranges === undefined ? literal(state, parseEscape(state)) : { kind: 'class', ranges })
}

function parseParenthesis(state: State, items: Node[]): void {
  const { source } = state
  const start = state.at
  const { foldCase, multiLine, dotAll, ungreedy } = state
  let index = 0
  if (source[start + 1] !== '?') {
    state.at++
    index = state.names.push('') - 1
  } else if (source[start + 2] === '<' || source.startsWith('P<', start + 2)) {
    index = parseGroupName(state)
  } else if (parseFlags(state)) {
    return
  }
  if (++state.depth > MAX_DEPTH) throw new PatternProblem('expression nests too deeply', source, start)
  const body = parseAlternation(state)
  if (source[state.at] !== ')') throw new PatternProblem('missing closing )', source, start)
  state.at++
  state.depth--
  Object.assign(state, { foldCase, multiLine, dotAll, ungreedy })
  items.push(index === 0 ? body : { kind: 'group', index, body })
}

/** `(?P<name>` or `(?<name>`; look-behind ends here too, as an invalid name. */
function parseGroupName(state: State): number {
  const { source } = state
  const start = state.at
  const end = source.indexOf('>', start)
  if (end < 0) fail(state, 'invalid named capture', start, source.length)
  const name = source.slice(source.indexOf('<', start) + 1, end)
  if (!/^[0-9A-Za-z_]+$/.test(name)) fail(state, 'invalid named capture', start, end + 1)
  state.at = end + 1
  return state.names.push(name) - 1
}

/** `(?flags)`, which ends there and is true, or `(?flags:`, which opens a group. */
function parseFlags(state: State): boolean {
  const start = state.at
  state.at += 2
  let on = true
  let seen = false
  while (state.at < state.source.length) {
    switch (next(state)) {
      case 0x69: // i
        state.foldCase = on
        break
      case 0x6d: // m
        state.multiLine = on
        break
      case 0x73: // s
        state.dotAll = on
        break
      case 0x55: // U
        state.ungreedy = on
        break
      case 0x2d: // -
        if (!on) fail(state, 'invalid or unsupported Perl syntax', start)
        on = false
        seen = false
        continue
      case 0x3a: // :
      case 0x29: // )
        if (!on && !seen) fail(state, 'invalid or unsupported Perl syntax', start)
        return state.source[state.at - 1] === ')'
      default:
        fail(state, 'invalid or unsupported Perl syntax', start)
    }
    seen = true
  }
  return fail(state, 'invalid or unsupported Perl syntax', start)
}

/** The largest number of copies of anything inside, if all counted repeats were written out. */
function repeatProduct(node: Node): number {
  switch (node.kind) {
    case 'group':
      return repeatProduct(node.body)
    case 'concat':
    case 'alternate':
      return node.items.reduce((most, item) => Math.max(most, repeatProduct(item)), 1)
    case 'repeat': {
      if (node.max === 0) return 1
      const copies = node.max < 0 ? node.min : node.max
      return Math.max(copies, 1) * repeatProduct(node.body)
    }
    default:
      return 1
  }
}
