/**
 * Where a parser stands in a file: the current token, the comments passed, the problems found, and how deep it is. Bounds
 * all of them. Knows tokens and places, and nothing of the grammar.
 */

import type { Comment, CommentGroup, Name, Position, Span } from './ast.ts'
import { type Diagnostic, errorAt } from './diagnostic.ts'
import { createScanner, type Token, type TokenKind } from './scanner.ts'
import type { Source } from './source.ts'

/** Blocks, brackets and prefix operators inside each other. Deeper text is an error: recursion needs stack. */
export const MAX_NESTING = 200
/** Height of the tree of one expression; `a + b + c …` grows it without nesting. Whatever walks the tree recurses so deep. */
export const MAX_EXPRESSION_HEIGHT = 1000

/** After so many problems the rest of the file is not looked at: people mend the first, and memory is bounded. */
export const MAX_PROBLEMS = 100

/** Which kind of bracket, and whether it opens or closes. */
const PAIRS: Readonly<Partial<Record<TokenKind, readonly [pair: number, change: number]>>> = {
  '{': [0, 1],
  '}': [0, -1],
  '[': [1, 1],
  ']': [1, -1],
  '(': [2, 1],
  ')': [2, -1],
}

/** State of one pass over one file: the current token, what was found, and how deep we are. */
export class ParserState {
  readonly diagnostics: Diagnostic[] = []
  readonly comments: CommentGroup[] = []

  #source: Source
  #scan: () => Token
  /** The current one; never a comment. */
  token: Token
  #lastErrorLine = 0
  #nesting = 0
  /** Height of the expression parsed last. */
  height = 0
  #gaveUp = false

  constructor(source: Source) {
    this.#source = source
    this.#scan = createScanner(source, (offset, message, hint) => {
      this.report(this.span(offset, offset + 1), message, hint)
    })
    this.token = this.#scan()
    this.#skipComments()
  }

  // Places

  position(offset: number): Position {
    return this.#source.position(offset)
  }

  /** From the byte at `start` up to, not including, `end`. */
  span(start: number, end: number): Span {
    return { file: this.#source.file, start: this.position(start), end: this.position(Math.max(start, end - 1)) }
  }

  between(start: Position, end: Position): Span {
    return { file: this.#source.file, start, end }
  }

  name(token: Token): Name {
    return { text: token.text, span: this.span(token.start, token.end) }
  }

  // Tokens

  next(): void {
    this.token = this.#scan()
    this.#skipComments()
  }

  #skipComments(): void {
    while (this.token.kind === 'COMMENT') {
      const group: Comment[] = []
      let line = this.position(this.token.start).line
      while (this.token.kind === 'COMMENT' && this.position(this.token.start).line <= line + 1) {
        const span = this.span(this.token.start, this.token.end)
        group.push({ text: this.token.text, span })
        line = span.end.line
        this.token = this.#scan()
      }
      this.comments.push(group)
    }
  }

  skipTo(wanted: (kind: TokenKind) => boolean): void {
    while (this.token.kind !== 'EOF' && !wanted(this.token.kind)) this.next()
  }

  /** Takes the current token, which should be of `kind`. */
  expect(kind: TokenKind): Token {
    const token = this.token
    if (token.kind !== kind) this.fail(`expected ${kind}, got ${token.kind}`)
    this.next()
    return token
  }

  // Problems

  report(span: Span, message: string, hint?: string): void {
    if (this.#gaveUp) return
    this.diagnostics.push(errorAt(span, message, hint))
    if (this.diagnostics.length >= MAX_PROBLEMS)
      this.#giveUp(span, 'too many problems; the rest of the file was not read')
  }

  /** A problem at the current token; only the first on a line counts, what follows is mostly its echo. */
  fail(message: string, hint?: string): void {
    if (this.#gaveUp) return
    const { start } = this.token
    const span = this.span(start, start)
    if (this.#lastErrorLine === span.start.line) return
    this.#lastErrorLine = span.start.line
    this.report(span, message, hint)
  }

  /** Parses one level deeper, or gives up on the rest of the file. */
  nested<T>(parse: () => T, otherwise: () => T): T {
    if (this.#nesting >= MAX_NESTING) this.giveUpHere(`nested more than ${MAX_NESTING} levels deep`)
    if (this.#gaveUp) return otherwise()
    this.#nesting++
    const result = parse()
    this.#nesting--
    return result
  }

  giveUpHere(message: string): void {
    this.#giveUp(this.span(this.token.start, this.token.end), message)
  }

  /** Nothing after this can be trusted: report it whatever the line, and let everything see the end of the file. */
  #giveUp(span: Span, message: string): void {
    if (this.#gaveUp) return
    this.#gaveUp = true
    this.diagnostics.push(errorAt(span, message))
    const last = this.#source.bytes.length
    const end: Token = { kind: 'EOF', start: last, end: last, text: '' }
    this.token = end
    this.#scan = () => end
  }

  setHeight(height: number): void {
    this.height = height
    if (height > MAX_EXPRESSION_HEIGHT)
      this.giveUpHere(`expression has more than ${MAX_EXPRESSION_HEIGHT} operations in a row`)
  }

  /** To the end of the statement, over the lines of brackets that it opens. */
  skipStatement(): void {
    const open = [0, 0, 0]
    while (this.token.kind !== 'EOF') {
      const pair = PAIRS[this.token.kind]
      if (pair !== undefined) open[pair[0]] += pair[1]
      // Below zero when the statement stands inside of a pair.
      if (this.token.kind === 'TERMINATOR' && open.every((count) => count <= 0)) return
      this.next()
    }
  }
}
