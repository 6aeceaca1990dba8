/**
 * Tokens to a tree, or to all the problems at once. Follows the grammar of the Alloy configuration language, with
 * Alloy's messages and its way of going on after an error, so that the same mistakes get the same answers:
 *
 *   File       = Body
 *   Body       = [ Statement { TERMINATOR Statement } ]
 *   Statement  = IDENT "=" Expression | BlockName "{" Body "}"
 *   BlockName  = IDENT { "." IDENT } [ STRING ]
 *   Expression = Pow { binary Pow }            (left-associative, by precedence)
 *   Pow        = Unary [ "^" Pow ]
 *   Unary      = ( "!" | "-" ) Unary | Primary { "." IDENT | "[" Expression "]" | "(" [ List ] ")" }
 *   Primary    = IDENT | literal | "(" Expression ")" | "[" [ List ] "]" | "{" [ Fields ] "}"
 *
 * It never throws, whatever the text. Differs from Alloy in one thing: nesting is bounded.
 */

import type {
  AccessExpression,
  ArrayExpression,
  Attribute,
  BinaryExpression,
  BinaryOperator,
  Block,
  Body,
  CallExpression,
  Comment,
  CommentGroup,
  Expression,
  File,
  IndexExpression,
  Literal,
  LiteralType,
  Name,
  ObjectExpression,
  ObjectField,
  ParenExpression,
  Position,
  Span,
  Statement,
  UnaryExpression,
} from './ast.ts'
import { type Diagnostic, errorAt } from './diagnostic.ts'
import { quote } from './quote.ts'
import { createScanner, isIdentifier, type Token, type TokenKind } from './scanner.ts'
import { createSource, type Source } from './source.ts'

/** Blocks, brackets and prefix operators inside each other. Deeper text is an error: recursion needs stack. */
export const MAX_NESTING = 200
/** Height of the tree of one expression; `a + b + c …` grows it without nesting. Whatever walks the tree recurses so deep. */
export const MAX_EXPRESSION_HEIGHT = 1000

/** After so many problems the rest of the file is not looked at: people mend the first, and memory is bounded. */
export const MAX_PROBLEMS = 100

export type ParseResult =
  | { readonly ok: true; readonly file: File }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

export type ParseExpressionResult =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** Parses a whole file; `name` is what diagnostics call it. Takes text or its UTF-8 bytes. */
export function parseFile(name: string, content: string | Uint8Array): ParseResult {
  const parser = new Parser(createSource(name, content))
  const body = parser.parseBody('EOF')
  if (parser.diagnostics.length > 0) return { ok: false, diagnostics: parser.diagnostics }
  return { ok: true, file: { kind: 'file', name, body, comments: parser.comments } }
}

/** Parses text that is one expression. */
export function parseExpression(text: string, name = ''): ParseExpressionResult {
  const parser = new Parser(createSource(name, text))
  const expression = parser.parseExpression()
  parser.expect('TERMINATOR')
  if (parser.diagnostics.length > 0) return { ok: false, diagnostics: parser.diagnostics }
  return { ok: true, expression }
}

const PRECEDENCE: Readonly<Partial<Record<TokenKind, number>>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
}

const LITERALS: Readonly<Partial<Record<TokenKind, LiteralType>>> = {
  STRING: 'string',
  NUMBER: 'number',
  FLOAT: 'float',
  BOOL: 'bool',
  NULL: 'null',
}

const EXPRESSION_ENDS: ReadonlySet<TokenKind> = new Set<TokenKind>(['TERMINATOR', ')', '}', ']', ','])
const PAIRS: Readonly<Partial<Record<TokenKind, readonly [pair: number, change: number]>>> = {
  '{': [0, 1],
  '}': [0, -1],
  '[': [1, 1],
  ']': [1, -1],
  '(': [2, 1],
  ')': [2, -1],
}

const LAST_COMMA_HINT = 'in a list that spans several lines the last element needs a comma too'

interface Head {
  readonly parts: readonly string[]
  readonly start: Token
  readonly end: Token
  readonly label: string
  readonly labelToken: Token | undefined
}

/** State of one pass over one file: the current token, what was found, and how deep we are. */
class Parser {
  readonly diagnostics: Diagnostic[] = []
  readonly comments: CommentGroup[] = []

  #source: Source
  #scan: () => Token
  #token: Token
  #lastErrorLine = 0
  #nesting = 0
  /** Height of the expression parsed last. */
  #height = 0
  #gaveUp = false

  constructor(source: Source) {
    this.#source = source
    this.#scan = createScanner(source, (offset, message, hint) => {
      this.#report(this.#span(offset, offset + 1), message, hint)
    })
    this.#token = this.#scan()
    this.#skipComments()
  }

  // Places

  #position(offset: number): Position {
    return this.#source.position(offset)
  }

  /** From the byte at `start` up to, not including, `end`. */
  #span(start: number, end: number): Span {
    return { file: this.#source.file, start: this.#position(start), end: this.#position(Math.max(start, end - 1)) }
  }

  #between(start: Position, end: Position): Span {
    return { file: this.#source.file, start, end }
  }

  #name(token: Token): Name {
    return { text: token.text, span: this.#span(token.start, token.end) }
  }

  // Tokens

  #next(): void {
    this.#token = this.#scan()
    this.#skipComments()
  }

  #skipComments(): void {
    while (this.#token.kind === 'COMMENT') {
      const group: Comment[] = []
      let line = this.#position(this.#token.start).line
      while (this.#token.kind === 'COMMENT' && this.#position(this.#token.start).line <= line + 1) {
        const span = this.#span(this.#token.start, this.#token.end)
        group.push({ text: this.#token.text, span })
        line = span.end.line
        this.#token = this.#scan()
      }
      this.comments.push(group)
    }
  }

  #skipTo(wanted: (kind: TokenKind) => boolean): void {
    while (this.#token.kind !== 'EOF' && !wanted(this.#token.kind)) this.#next()
  }

  /** Takes the current token, which should be of `kind`. */
  expect(kind: TokenKind): Token {
    const token = this.#token
    if (token.kind !== kind) this.#fail(`expected ${kind}, got ${token.kind}`)
    this.#next()
    return token
  }

  // Problems

  #report(span: Span, message: string, hint?: string): void {
    if (this.#gaveUp) return
    this.diagnostics.push(errorAt(span, message, hint))
    if (this.diagnostics.length >= MAX_PROBLEMS)
      this.#giveUp(span, 'too many problems; the rest of the file was not read')
  }

  /** A problem at the current token; only the first on a line counts, what follows is mostly its echo. */
  #fail(message: string, hint?: string): void {
    if (this.#gaveUp) return
    const { start } = this.#token
    const span = this.#span(start, start)
    if (this.#lastErrorLine === span.start.line) return
    this.#lastErrorLine = span.start.line
    this.#report(span, message, hint)
  }

  /** Parses one level deeper, or gives up on the rest of the file. */
  #nested<T>(parse: () => T, otherwise: () => T): T {
    if (this.#nesting >= MAX_NESTING) this.#giveUpHere(`nested more than ${MAX_NESTING} levels deep`)
    if (this.#gaveUp) return otherwise()
    this.#nesting++
    const result = parse()
    this.#nesting--
    return result
  }

  #giveUpHere(message: string): void {
    this.#giveUp(this.#span(this.#token.start, this.#token.end), message)
  }

  /** Nothing after this can be trusted: report it whatever the line, and let everything see the end of the file. */
  #giveUp(span: Span, message: string): void {
    if (this.#gaveUp) return
    this.#gaveUp = true
    this.diagnostics.push(errorAt(span, message))
    const last = this.#source.bytes.length
    const end: Token = { kind: 'EOF', start: last, end: last, text: '' }
    this.#token = end
    this.#scan = () => end
  }

  #setHeight(height: number): void {
    this.#height = height
    if (height > MAX_EXPRESSION_HEIGHT)
      this.#giveUpHere(`expression has more than ${MAX_EXPRESSION_HEIGHT} operations in a row`)
  }

  // Statements

  parseBody(until: TokenKind): Body {
    const body: Statement[] = []
    while (this.#token.kind !== until && this.#token.kind !== 'EOF') {
      const statement = this.#statement()
      if (statement !== undefined) body.push(statement)
      if (this.#token.kind === until) break
      if (this.#token.kind !== 'TERMINATOR') {
        this.#fail(`expected TERMINATOR, got ${this.#token.kind}`)
        this.#skipStatement()
      }
      this.#next()
    }
    return body
  }

  /** To the end of the statement, over the lines of brackets that it opens. */
  #skipStatement(): void {
    const open = [0, 0, 0]
    while (this.#token.kind !== 'EOF') {
      const pair = PAIRS[this.#token.kind]
      if (pair !== undefined) open[pair[0]] += pair[1]
      // Below zero when the statement stands inside of a pair.
      if (this.#token.kind === 'TERMINATOR' && open.every((count) => count <= 0)) return
      this.#next()
    }
  }

  #statement(): Statement | undefined {
    const head = this.#head()
    if (head === undefined) {
      this.#skipTo((kind) => kind === 'IDENT')
      return undefined
    }
    if (this.#token.kind === '=') return this.#attribute(head)
    if (this.#token.kind === '{')
      return this.#nested<Statement | undefined>(
        () => this.#block(head),
        () => undefined,
      )

    const couldBeAttribute = head.parts.length === 1 && head.label === ''
    this.#fail(
      `expected ${couldBeAttribute ? 'attribute assignment or block body' : 'block body'}, got ${this.#token.kind}`,
    )
    this.#skipTo((kind) => kind === 'IDENT')
    return undefined
  }

  #attribute(head: Head): Attribute {
    this.#next()
    if (head.parts.length > 1) {
      this.#report(
        this.#span(head.start.start, head.end.end),
        'attribute names may only consist of a single identifier with no "."',
      )
    } else if (head.labelToken !== undefined) {
      this.#report(this.#span(head.labelToken.start, head.labelToken.end), 'attribute names may not have labels')
    }
    const name = this.#name(head.start)
    const value = this.parseExpression()
    return { kind: 'attribute', name, value, span: this.#between(name.span.start, value.span.end) }
  }

  #block(head: Head): Block {
    const open = this.expect('{')
    const body = this.parseBody('}')
    const close = this.expect('}')
    const nameSpan = this.#span(head.start.start, head.end.end)
    return {
      kind: 'block',
      name: head.parts,
      nameSpan,
      label: head.label,
      ...(head.labelToken && { labelSpan: this.#span(head.labelToken.start, head.labelToken.end) }),
      open: this.#position(open.start),
      body,
      span: this.#between(nameSpan.start, this.#position(close.start)),
    }
  }

  /** What an attribute or a block begins with. */
  #head(): Head | undefined {
    const start = this.#token
    if (start.kind !== 'IDENT') {
      this.#fail(`expected identifier, got ${start.kind}`)
      return undefined
    }
    const parts = [start.text]
    let end = start
    this.#next()
    while (this.#token.kind === '.') {
      this.#next()
      end = this.#token
      if (end.kind !== 'IDENT') this.#fail(`expected identifier, got ${end.kind}`)
      parts.push(end.text)
      this.#next()
    }

    const token = this.#token
    if (token.kind === '=' || token.kind === '{') return { parts, start, end, label: '', labelToken: undefined }
    let label = ''
    if (token.kind !== 'STRING') {
      this.#fail(`expected block label, got ${token.kind}`)
    } else {
      if (!token.text.startsWith('"')) {
        this.#fail(`expected block label to be a double quoted string, but got ${quote(token.text)}`)
      }
      label = token.text.slice(1, -1)
      if (label !== '' && !isIdentifier(label)) {
        this.#fail(
          `expected block label to be a valid identifier, but got ${quote(label)}`,
          'labels are made of letters, digits and underscores, and do not start with a digit',
        )
      }
    }
    this.#next()
    return { parts, start, end, label, labelToken: token.kind === 'STRING' && label !== '' ? token : undefined }
  }

  // Expressions

  parseExpression(): Expression {
    return this.#nested(
      () => this.#binary(1),
      () => this.#missing(),
    )
  }

  #binary(lowest: number): Expression {
    let left = this.#power()
    for (;;) {
      const operator = this.#token
      const precedence = PRECEDENCE[operator.kind] ?? 0
      if (precedence < lowest) return left
      const leftHeight = this.#height
      this.#next()
      const right = this.#binary(precedence + 1)
      left = this.#operation(left, operator, right)
      this.#setHeight(Math.max(leftHeight, this.#height) + 1)
    }
  }

  #power(): Expression {
    const left = this.#unary()
    const operator = this.#token
    if (operator.kind !== '^') return left
    const leftHeight = this.#height
    this.#next()
    const right = this.#nested(
      () => this.#power(),
      () => this.#missing(),
    )
    this.#setHeight(Math.max(leftHeight, this.#height) + 1)
    return this.#operation(left, operator, right)
  }

  #operation(left: Expression, operator: Token, right: Expression): BinaryExpression {
    return {
      kind: 'binary',
      operator: operator.kind as BinaryOperator,
      operatorPosition: this.#position(operator.start),
      left,
      right,
      span: this.#between(left.span.start, right.span.end),
    }
  }

  #unary(): Expression {
    const operator = this.#token
    if (operator.kind !== '!' && operator.kind !== '-') return this.#operand()
    this.#next()
    const value = this.#nested(
      () => this.#unary(),
      () => this.#missing(),
    )
    this.#setHeight(this.#height + 1)
    const span = this.#between(this.#position(operator.start), value.span.end)
    return { kind: 'unary', operator: operator.kind, value, span } satisfies UnaryExpression
  }

  #operand(): Expression {
    let value = this.#primary()
    let height = this.#height
    for (;;) {
      switch (this.#token.kind) {
        case '.':
          value = this.#access(value)
          break
        case '[':
          value = this.#index(value)
          break
        case '(':
          value = this.#call(value)
          break
        case 'STRING':
        case '{':
          if (!this.#misplacedBlock(value)) return value
          continue
        default:
          return value
      }
      height = Math.max(height, this.#height) + 1
      this.#setHeight(height)
    }
  }

  #access(value: Expression): AccessExpression {
    this.#next()
    const name = this.#name(this.expect('IDENT'))
    this.#height = 0
    return { kind: 'access', value, name, span: this.#between(value.span.start, name.span.end) }
  }

  #index(value: Expression): IndexExpression {
    const open = this.#position(this.expect('[').start)
    const index = this.parseExpression()
    const close = this.#position(this.expect(']').start)
    return { kind: 'index', value, index, open, span: this.#between(value.span.start, close) }
  }

  #call(value: Expression): CallExpression {
    const open = this.#position(this.expect('(').start)
    const args = this.#list(')')
    const close = this.#position(this.expect(')').start)
    return { kind: 'call', value, args, open, span: this.#between(value.span.start, close) }
  }

  /** `name = value "label" { … }` or `name = value { … }`: reads the block to say what is wrong. False to give up. */
  #misplacedBlock(value: Expression): boolean {
    return this.#nested(
      () => {
        if (this.#token.kind === 'STRING') this.#next()
        if (this.expect('{').kind !== '{') {
          this.#skipStatement()
          return false
        }
        this.parseBody('}')
        const close = this.expect('}')
        if (close.kind !== '}') {
          this.#skipStatement()
          return false
        }
        const span = this.#between(value.span.start, this.#position(close.start))
        this.#report(span, 'cannot use a block as an expression', 'a block is written without =')
        return true
      },
      () => false,
    )
  }

  #primary(): Expression {
    const token = this.#token
    this.#height = 1
    const literal = LITERALS[token.kind]
    if (literal !== undefined) {
      this.#next()
      return { kind: 'literal', type: literal, text: token.text, span: this.#span(token.start, token.end) }
    }
    switch (token.kind) {
      case 'IDENT':
        this.#next()
        return { kind: 'identifier', name: token.text, span: this.#span(token.start, token.end) }
      case '(':
        return this.#paren()
      case '[':
        return this.#array()
      case '{':
        return this.#object()
      default: {
        this.#fail(`expected expression, got ${token.kind}`)
        this.#skipTo((kind) => EXPRESSION_ENDS.has(kind))
        return this.#missing()
      }
    }
  }

  /** Stands for an expression that isn't there; the tree is thrown away. */
  #missing(): Literal {
    this.#height = 1
    const { start } = this.#token
    return { kind: 'literal', type: 'null', text: 'null', span: this.#span(start, start) }
  }

  #paren(): ParenExpression {
    const open = this.expect('(')
    const inner = this.parseExpression()
    this.#setHeight(this.#height + 1)
    const close = this.expect(')')
    return { kind: 'paren', inner, span: this.#span(open.start, close.start + 1) }
  }

  #array(): ArrayExpression {
    const open = this.expect('[')
    const elements = this.#list(']')
    const close = this.expect(']')
    return { kind: 'array', elements, span: this.#span(open.start, close.start + 1) }
  }

  #object(): ObjectExpression {
    const open = this.expect('{')
    const fields: ObjectField[] = []
    this.#separated('}', "missing ',' in field list", () => fields.push(this.#field()))
    const close = this.expect('}')
    return { kind: 'object', fields, span: this.#span(open.start, close.start + 1) }
  }

  #field(): ObjectField {
    const token = this.#token
    let name = this.#name(token)
    const quoted = token.kind === 'STRING' && token.text.length > 2
    if (token.kind === 'STRING' || token.kind === 'IDENT') {
      if (quoted) name = { text: token.text.slice(1, -1), span: name.span }
      this.#next()
    } else {
      this.#fail(`expected field name (string or identifier), got ${token.kind}`)
      this.#skipTo((kind) => kind === '=')
    }
    this.expect('=')
    return { name, quoted, value: this.parseExpression() }
  }

  #list(until: TokenKind): readonly Expression[] {
    const elements: Expression[] = []
    this.#separated(until, "missing ',' in expression list", () => elements.push(this.parseExpression()))
    return elements
  }

  /** Elements between commas up to `until`, which stays; leaves the height of the highest element, and one more. */
  #separated(until: TokenKind, missingComma: string, parseElement: () => void): void {
    let height = 0
    while (this.#token.kind !== until && this.#token.kind !== 'EOF') {
      parseElement()
      height = Math.max(height, this.#height)
      if (this.#token.kind === until) break
      if (this.#token.kind !== ',') {
        this.#fail(missingComma, this.#token.kind === 'TERMINATOR' ? LAST_COMMA_HINT : undefined)
      }
      this.#next()
    }
    this.#setHeight(height + 1)
  }
}
