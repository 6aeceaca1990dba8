/**
 * Where to go on after a statement that can't be read. Brackets alone don't tell when one of them is missing, so the
 * layout helps: people indent what is inside, and begin statements at the beginning of lines. What these guesses can
 * cost is told by `ParserState.guesses`. No token is looked at more than twice.
 */
import type { Checkpoint, ParserState } from './parser-state.ts'
import type { Token } from './scanner.ts'

/** A statement that is being read. */
export interface Beginning extends Checkpoint {
  /** Its first token. */
  readonly token: Token
  /** Of the first token of the line that it begins on. */
  readonly column: number
  /** `{` of the block that it stands in; undefined outside of blocks. */
  readonly enclosing: Token | undefined
}

/**
 * From the token that could not be read to the end of its statement: the current token is then the TERMINATOR of it, `}`
 * of the block around it, the first token of the next statement, or EOF. `headless`: no `{` was found, so that lines
 * which are indented deeper are its body, and `}` after them its end.
 */
export function skipStatement(state: ParserState, from: Beginning, headless: boolean): void {
  if (startedAnother(state, from)) state.backToLineStart()
  else if (!state.atNextStatement) skip(state, from, headless)
  state.atNextStatement = false
  if (state.brackets.length > from.brackets) state.guesses++
  state.restore(from)
}

function skip(state: ParserState, from: Beginning, headless: boolean): void {
  while (state.token.kind !== 'EOF') {
    const { token, brackets } = state
    const open = brackets.length > from.brackets
    if (token.kind === '}' && closesEnclosing(state, from)) break
    if (open && token !== from.token && beginsAnother(state, from)) break
    if (token.kind === '}' || token.kind === ']' || token.kind === ')') closeGuessing(state, from)
    if (token.kind === 'TERMINATOR' && !open && !(headless && bodyFollows(state, from))) return
    else if (token.kind !== 'TERMINATOR' || open) state.next()
  }
}

/** The line that could not be read begins with a statement of its own, so what was missing is in the one before. */
function startedAnother(state: ParserState, from: Beginning): boolean {
  const { lineStart, lineStartBrackets, token } = state
  if (lineStart.start <= from.token.start || lineStart.kind !== 'IDENT' || token === lineStart) return false
  if (state.column(lineStart) > from.column || lineStartBrackets < from.brackets) return false
  return token.kind === '=' || token.kind === '{' || token.kind === 'STRING'
}

/** Whether a line begins here, no deeper than the statement, that looks like another statement inside of brackets. */
function beginsAnother(state: ParserState, from: Beginning): boolean {
  const { token } = state
  if (!token.first || token.kind !== 'IDENT' || state.column(token) > from.column) return false
  const after = state.peek()
  if (state.brackets.at(-1)?.kind === '{') return after === '{' || after === 'STRING' || after === '.'
  return after === '=' || after === '{' || after === 'STRING'
}

function closesEnclosing(state: ParserState, from: Beginning): boolean {
  const { token, brackets } = state
  if (from.enclosing === undefined) return false
  if (brackets.length <= from.brackets) return true
  if (token.first) return state.column(token) < from.column || from.column === 1
  if (brackets.at(-1)?.kind === '{') return false
  return lineOf(state, from.enclosing) === lineOf(state, token)
}

/** A bracket of the wrong kind closes the innermost of its kind, or else the innermost: most likely a slip. */
function closeGuessing(state: ParserState, from: Beginning): void {
  const { token, brackets } = state
  if (brackets.length <= from.brackets) {
    state.guesses++
    return
  }
  const kind = token.kind === '}' ? '{' : token.kind === ']' ? '[' : '('
  if (brackets.at(-1)?.kind === kind) return
  state.guesses++
  let at = brackets.length - 1
  while (at > from.brackets && brackets[at].kind !== kind) at--
  // next() takes the one that fits; of another kind it is taken here.
  if (brackets[at].kind === kind) brackets.length = at + 1
  else brackets.pop()
}

/** At the end of a line: takes it, and whether the next belongs to the same statement. Takes `}` of a body without `{`. */
function bodyFollows(state: ParserState, from: Beginning): boolean {
  if (!from.token.first) return false
  if (state.peek() === 'EOF') return false
  state.next()
  const { token } = state
  if (!token.first) return false
  if (state.column(token) > from.column) return true
  if (token.kind === '}' && state.column(token) === from.column) state.next()
  return false
}

function lineOf(state: ParserState, token: Token): number {
  return state.position(token.start).line
}
