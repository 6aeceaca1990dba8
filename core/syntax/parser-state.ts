/**
 * Where a parser stands in a file: the current token, the brackets around it, the comments passed, the problems found,
 * and how deep it is. Bounds all of them. Knows tokens and places, and nothing of the grammar.
 */

import type { Comment, CommentGroup, Name, Position, Span } from './ast.ts'
import { type Diagnostic, errorAt } from './diagnostic.ts'
import { createScanner, type Scanner, type Token, type TokenKind } from './scanner.ts'
import type { Source } from './source.ts'

/** Blocks, brackets and prefix operators inside each other. Deeper text is an error: recursion needs stack. */
export const MAX_NESTING = 200
/** Height of the tree of one expression; `a + b + c …` grows it without nesting. Whatever walks the tree recurses so deep. */
export const MAX_EXPRESSION_HEIGHT = 1000

/** After so many problems the rest of the file is not looked at: people mend the first, and memory is bounded. */
export const MAX_PROBLEMS = 100

const CLOSES: Readonly<Partial<Record<TokenKind, TokenKind>>> = { '}': '{', ']': '[', ')': '(' }

/** Unwinds to the statement that can't be read; caught by the parser of statements, and by nothing else. */
export class Unreadable extends Error {}

const UNREADABLE = new Unreadable()

/** What is put back when a statement is left in the middle. */
export interface Checkpoint {
  readonly brackets: number
  readonly nesting: number
  readonly damage: number
}

/** State of one pass over one file: the current token, what was found, and how deep we are. */
export class ParserState {
  readonly diagnostics: Diagnostic[] = []
  readonly comments: CommentGroup[] = []
  /** Brackets that are open before the current token, outermost first; those of blocks, too. */
  readonly brackets: Token[] = []
  /** Whether a block is known to lack its end, so that the layout has to tell where things end. */
  readonly byLayout: boolean
  /** Of the line on which the current statement begins. */
  statementColumn = 1
  /** The current token begins another statement, whatever brackets are open. */
  atNextStatement = false
  /** Grows with every problem that makes what is read around it unusable. */
  damage = 0
  /** Grows when the end of a bracket had to be guessed: what stands around it may be another thing than it seems. */
  guesses = 0
  /** All words of text that could not be read and may have held blocks. */
  readonly lost: Set<string> = new Set()

  #source: Source
  #scanner: Scanner
  /** The current one; never a comment. */
  token: Token
  /** The last one that was the first of its line, and the brackets before it: the current one, or before it. */
  lineStart: Token
  lineStartBrackets = 0
  #previousEnd = 0
  #lostRange: readonly [from: number, to: number] = [0, 0]
  #lastErrorLine = 0
  #nesting = 0
  /** Height of the expression parsed last. */
  height = 0
  #gaveUp = false

  constructor(source: Source, byLayout = false) {
    this.byLayout = byLayout
    this.#source = source
    this.#scanner = createScanner(source, (offset, message, hint) => this.#scannerProblem(offset, message, hint))
    this.token = this.#scanner.scan()
    this.#skipComments()
    this.lineStart = this.token
  }

  // Places

  position(offset: number): Position {
    return this.#source.position(offset)
  }

  column(token: Token): number {
    return this.position(token.start).column
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
    const { kind, end } = this.token
    if (kind === '{' || kind === '[' || kind === '(') this.brackets.push(this.token)
    else if (CLOSES[kind] !== undefined && this.brackets.at(-1)?.kind === CLOSES[kind]) this.brackets.pop()
    if (kind !== 'TERMINATOR' && kind !== 'EOF') this.#previousEnd = end
    this.#read()
  }

  /** Looks at one token more. */
  peek(): TokenKind {
    return this.#gaveUp ? 'EOF' : this.#scanner.peek()
  }

  /** Makes the first token of the line that the current one stands on the current one. */
  backToLineStart(): void {
    if (this.#gaveUp) return
    this.#scanner.goBack(this.lineStart)
    this.brackets.length = this.lineStartBrackets
    this.#read()
  }

  #read(): void {
    this.token = this.#scanner.scan()
    this.#skipComments()
    if (!this.token.first) return
    this.lineStart = this.token
    this.lineStartBrackets = this.brackets.length
  }

  #skipComments(): void {
    while (this.token.kind === 'COMMENT') {
      const group: Comment[] = []
      let line = this.position(this.token.start).line
      while (this.token.kind === 'COMMENT' && this.position(this.token.start).line <= line + 1) {
        const span = this.span(this.token.start, this.token.end)
        group.push({ text: this.token.text, span })
        line = span.end.line
        this.token = this.#scanner.scan()
      }
      this.comments.push(group)
    }
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
    this.damage++
    this.diagnostics.push(errorAt(span, message, hint))
    if (this.diagnostics.length >= MAX_PROBLEMS)
      this.#giveUp(span, 'too many problems; the rest of the file was not read')
  }

  #scannerProblem(offset: number, message: string, hint?: string): void {
    const { damage } = this
    this.#lastErrorLine = this.position(offset).line
    this.report(this.span(offset, offset + 1), message, hint)
    const lead = this.#source.bytes[offset]
    if (lead === HASH && !this.#gaveUp) this.damage = damage // nothing but a comment is lost
    if (lead === SLASH || (lead === BACK_QUOTE && message.includes('not terminated'))) this.#loseRest(offset)
  }

  /** A problem at the current token; only the first on a line counts, what follows is mostly its echo. */
  complain(message: string, hint?: string): void {
    this.damage++
    // The scanner told what is illegal about it.
    if (this.#gaveUp || this.token.kind === 'ILLEGAL') return
    const at = this.#place()
    if (this.#lastErrorLine === at.line) return
    this.#lastErrorLine = at.line
    this.report(this.between(at, at), message, hint)
  }

  /** Where the current token starts; when the file ends, where its last line ends. */
  #place(): Position {
    const here = this.position(this.token.start)
    if (this.token.kind !== 'EOF') return here
    const last = this.position(this.#previousEnd)
    return last.line < here.line ? last : here
  }

  /** Gives up on the statement, with a problem unless it had one before: one that follows is mostly its echo. */
  fail(message: string, hint?: string): never {
    if (this.damage === this.statementDamage) this.complain(message, hint)
    this.damage++
    throw UNREADABLE
  }

  /** `damage` when the current statement began. */
  statementDamage = 0

  checkpoint(): Checkpoint {
    return { brackets: this.brackets.length, nesting: this.#nesting, damage: this.damage }
  }

  restore({ brackets, nesting }: Checkpoint): void {
    if (this.brackets.length > brackets) this.brackets.length = brackets
    this.#nesting = nesting
  }

  /** The text from `start` up to the current token was not read. */
  lose(start: number): void {
    this.#lose(start, this.token.start)
  }

  /** Statements inside each other are lost from the innermost to the outermost: what was looked at isn't again. */
  #lose(start: number, end: number): void {
    const [from, to] = this.#lostRange
    const overlaps = start <= to && end >= from
    const pieces = overlaps
      ? [
          [start, from],
          [to, end],
        ]
      : [[start, end]]
    for (const [first, last] of pieces) {
      if (first >= last) continue
      for (const [word] of this.#source.text(first, last).matchAll(WORDS)) this.lost.add(word)
    }
    this.#lostRange = overlaps ? [Math.min(start, from), Math.max(end, to)] : [start, end]
  }

  #loseRest(start: number): void {
    this.guesses++
    this.#lose(start, this.#source.bytes.length)
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
    this.damage++
    this.diagnostics.push(errorAt(span, message))
    this.#loseRest(span.start.offset)
    const last = this.#source.bytes.length
    const end: Token = { kind: 'EOF', start: last, end: last, text: '', first: true }
    this.token = end
    this.#scanner = { scan: () => end, peek: () => 'EOF', goBack: () => {} }
  }

  setHeight(height: number): void {
    this.height = height
    if (height > MAX_EXPRESSION_HEIGHT)
      this.giveUpHere(`expression has more than ${MAX_EXPRESSION_HEIGHT} operations in a row`)
  }
}

const HASH = 35
const SLASH = 47
const BACK_QUOTE = 96
const WORDS = /[\p{L}_][\p{L}\p{Nd}_]*/gu
