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
  Expression,
  File,
  IndexExpression,
  Literal,
  LiteralType,
  ObjectExpression,
  ObjectField,
  ParenExpression,
  Statement,
  UnaryExpression,
} from './ast.ts'
import type { Diagnostic } from './diagnostic.ts'
import { ParserState } from './parser-state.ts'
import { quote } from './quote.ts'
import { isIdentifier, type Token, type TokenKind } from './scanner.ts'
import { createSource } from './source.ts'

export type ParseResult =
  | { readonly ok: true; readonly file: File }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

export type ParseExpressionResult =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** Parses a whole file; `name` is what diagnostics call it. Takes text or its UTF-8 bytes. */
export function parseFile(name: string, content: string | Uint8Array): ParseResult {
  const state = new ParserState(createSource(name, content))
  const body = new Parser(state).parseBody('EOF')
  if (state.diagnostics.length > 0) return { ok: false, diagnostics: state.diagnostics }
  return { ok: true, file: { kind: 'file', name, body, comments: state.comments } }
}

/** Parses text that is one expression. */
export function parseExpression(text: string, name = ''): ParseExpressionResult {
  const state = new ParserState(createSource(name, text))
  const expression = new Parser(state).parseExpression()
  state.expect('TERMINATOR')
  if (state.diagnostics.length > 0) return { ok: false, diagnostics: state.diagnostics }
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
const LAST_COMMA_HINT = 'in a list that spans several lines the last element needs a comma too'

interface Head {
  readonly parts: readonly string[]
  readonly start: Token
  readonly end: Token
  readonly label: string
  readonly labelToken: Token | undefined
}

/** The grammar: one method for each of its parts. */
class Parser {
  readonly #state: ParserState

  constructor(state: ParserState) {
    this.#state = state
  }

  // Statements

  parseBody(until: TokenKind): Body {
    const body: Statement[] = []
    while (this.#state.token.kind !== until && this.#state.token.kind !== 'EOF') {
      const statement = this.#statement()
      if (statement !== undefined) body.push(statement)
      if (this.#state.token.kind === until) break
      if (this.#state.token.kind !== 'TERMINATOR') {
        this.#state.fail(`expected TERMINATOR, got ${this.#state.token.kind}`)
        this.#state.skipStatement()
      }
      this.#state.next()
    }
    return body
  }

  #statement(): Statement | undefined {
    const head = this.#head()
    if (head === undefined) {
      this.#state.skipTo((kind) => kind === 'IDENT')
      return undefined
    }
    if (this.#state.token.kind === '=') return this.#attribute(head)
    if (this.#state.token.kind === '{')
      return this.#state.nested<Statement | undefined>(
        () => this.#block(head),
        () => undefined,
      )

    const couldBeAttribute = head.parts.length === 1 && head.label === ''
    this.#state.fail(
      `expected ${couldBeAttribute ? 'attribute assignment or block body' : 'block body'}, got ${this.#state.token.kind}`,
    )
    this.#state.skipTo((kind) => kind === 'IDENT')
    return undefined
  }

  #attribute(head: Head): Attribute {
    this.#state.next()
    if (head.parts.length > 1) {
      this.#state.report(
        this.#state.span(head.start.start, head.end.end),
        'attribute names may only consist of a single identifier with no "."',
      )
    } else if (head.labelToken !== undefined) {
      this.#state.report(
        this.#state.span(head.labelToken.start, head.labelToken.end),
        'attribute names may not have labels',
      )
    }
    const name = this.#state.name(head.start)
    const value = this.parseExpression()
    return { kind: 'attribute', name, value, span: this.#state.between(name.span.start, value.span.end) }
  }

  #block(head: Head): Block {
    const open = this.#state.expect('{')
    const body = this.parseBody('}')
    const close = this.#state.expect('}')
    const nameSpan = this.#state.span(head.start.start, head.end.end)
    return {
      kind: 'block',
      name: head.parts,
      nameSpan,
      label: head.label,
      ...(head.labelToken && { labelSpan: this.#state.span(head.labelToken.start, head.labelToken.end) }),
      open: this.#state.position(open.start),
      body,
      span: this.#state.between(nameSpan.start, this.#state.position(close.start)),
    }
  }

  /** What an attribute or a block begins with. */
  #head(): Head | undefined {
    const start = this.#state.token
    if (start.kind !== 'IDENT') {
      this.#state.fail(`expected identifier, got ${start.kind}`)
      return undefined
    }
    const parts = [start.text]
    let end = start
    this.#state.next()
    while (this.#state.token.kind === '.') {
      this.#state.next()
      end = this.#state.token
      if (end.kind !== 'IDENT') this.#state.fail(`expected identifier, got ${end.kind}`)
      parts.push(end.text)
      this.#state.next()
    }

    const token = this.#state.token
    if (token.kind === '=' || token.kind === '{') return { parts, start, end, label: '', labelToken: undefined }
    let label = ''
    if (token.kind !== 'STRING') {
      this.#state.fail(`expected block label, got ${token.kind}`)
    } else {
      if (!token.text.startsWith('"')) {
        this.#state.fail(`expected block label to be a double quoted string, but got ${quote(token.text)}`)
      }
      label = token.text.slice(1, -1)
      if (label !== '' && !isIdentifier(label)) {
        this.#state.fail(
          `expected block label to be a valid identifier, but got ${quote(label)}`,
          'labels are made of letters, digits and underscores, and do not start with a digit',
        )
      }
    }
    this.#state.next()
    return { parts, start, end, label, labelToken: token.kind === 'STRING' && label !== '' ? token : undefined }
  }

  // Expressions

  parseExpression(): Expression {
    return this.#state.nested(
      () => this.#binary(1),
      () => this.#missing(),
    )
  }

  #binary(lowest: number): Expression {
    let left = this.#power()
    for (;;) {
      const operator = this.#state.token
      const precedence = PRECEDENCE[operator.kind] ?? 0
      if (precedence < lowest) return left
      const leftHeight = this.#state.height
      this.#state.next()
      const right = this.#binary(precedence + 1)
      left = this.#operation(left, operator, right)
      this.#state.setHeight(Math.max(leftHeight, this.#state.height) + 1)
    }
  }

  #power(): Expression {
    const left = this.#unary()
    const operator = this.#state.token
    if (operator.kind !== '^') return left
    const leftHeight = this.#state.height
    this.#state.next()
    const right = this.#state.nested(
      () => this.#power(),
      () => this.#missing(),
    )
    this.#state.setHeight(Math.max(leftHeight, this.#state.height) + 1)
    return this.#operation(left, operator, right)
  }

  #operation(left: Expression, operator: Token, right: Expression): BinaryExpression {
    return {
      kind: 'binary',
      operator: operator.kind as BinaryOperator,
      operatorPosition: this.#state.position(operator.start),
      left,
      right,
      span: this.#state.between(left.span.start, right.span.end),
    }
  }

  #unary(): Expression {
    const operator = this.#state.token
    if (operator.kind !== '!' && operator.kind !== '-') return this.#operand()
    this.#state.next()
    const value = this.#state.nested(
      () => this.#unary(),
      () => this.#missing(),
    )
    this.#state.setHeight(this.#state.height + 1)
    const span = this.#state.between(this.#state.position(operator.start), value.span.end)
    return { kind: 'unary', operator: operator.kind, value, span } satisfies UnaryExpression
  }

  #operand(): Expression {
    let value = this.#primary()
    let height = this.#state.height
    for (;;) {
      switch (this.#state.token.kind) {
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
      height = Math.max(height, this.#state.height) + 1
      this.#state.setHeight(height)
    }
  }

  #access(value: Expression): AccessExpression {
    this.#state.next()
    const name = this.#state.name(this.#state.expect('IDENT'))
    this.#state.height = 0
    return { kind: 'access', value, name, span: this.#state.between(value.span.start, name.span.end) }
  }

  #index(value: Expression): IndexExpression {
    const open = this.#state.position(this.#state.expect('[').start)
    const index = this.parseExpression()
    const close = this.#state.position(this.#state.expect(']').start)
    return { kind: 'index', value, index, open, span: this.#state.between(value.span.start, close) }
  }

  #call(value: Expression): CallExpression {
    const open = this.#state.position(this.#state.expect('(').start)
    const args = this.#list(')')
    const close = this.#state.position(this.#state.expect(')').start)
    return { kind: 'call', value, args, open, span: this.#state.between(value.span.start, close) }
  }

  /** `name = value "label" { … }` or `name = value { … }`: reads the block to say what is wrong. False to give up. */
  #misplacedBlock(value: Expression): boolean {
    return this.#state.nested(
      () => {
        if (this.#state.token.kind === 'STRING') this.#state.next()
        if (this.#state.expect('{').kind !== '{') {
          this.#state.skipStatement()
          return false
        }
        this.parseBody('}')
        const close = this.#state.expect('}')
        if (close.kind !== '}') {
          this.#state.skipStatement()
          return false
        }
        const span = this.#state.between(value.span.start, this.#state.position(close.start))
        this.#state.report(span, 'cannot use a block as an expression', 'a block is written without =')
        return true
      },
      () => false,
    )
  }

  #primary(): Expression {
    const token = this.#state.token
    this.#state.height = 1
    const literal = LITERALS[token.kind]
    if (literal !== undefined) {
      this.#state.next()
      return { kind: 'literal', type: literal, text: token.text, span: this.#state.span(token.start, token.end) }
    }
    switch (token.kind) {
      case 'IDENT':
        this.#state.next()
        return { kind: 'identifier', name: token.text, span: this.#state.span(token.start, token.end) }
      case '(':
        return this.#paren()
      case '[':
        return this.#array()
      case '{':
        return this.#object()
      default: {
        this.#state.fail(`expected expression, got ${token.kind}`)
        this.#state.skipTo((kind) => EXPRESSION_ENDS.has(kind))
        return this.#missing()
      }
    }
  }

  /** Stands for an expression that isn't there; the tree is thrown away. */
  #missing(): Literal {
    this.#state.height = 1
    const { start } = this.#state.token
    return { kind: 'literal', type: 'null', text: 'null', span: this.#state.span(start, start) }
  }

  #paren(): ParenExpression {
    const open = this.#state.expect('(')
    const inner = this.parseExpression()
    this.#state.setHeight(this.#state.height + 1)
    const close = this.#state.expect(')')
    return { kind: 'paren', inner, span: this.#state.span(open.start, close.start + 1) }
  }

  #array(): ArrayExpression {
    const open = this.#state.expect('[')
    const elements = this.#list(']')
    const close = this.#state.expect(']')
    return { kind: 'array', elements, span: this.#state.span(open.start, close.start + 1) }
  }

  #object(): ObjectExpression {
    const open = this.#state.expect('{')
    const fields: ObjectField[] = []
    this.#separated('}', "missing ',' in field list", () => fields.push(this.#field()))
    const close = this.#state.expect('}')
    return { kind: 'object', fields, span: this.#state.span(open.start, close.start + 1) }
  }

  #field(): ObjectField {
    const token = this.#state.token
    let name = this.#state.name(token)
    const quoted = token.kind === 'STRING' && token.text.length > 2
    if (token.kind === 'STRING' || token.kind === 'IDENT') {
      if (quoted) name = { text: token.text.slice(1, -1), span: name.span }
      this.#state.next()
    } else {
      this.#state.fail(`expected field name (string or identifier), got ${token.kind}`)
      this.#state.skipTo((kind) => kind === '=')
    }
    this.#state.expect('=')
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
    while (this.#state.token.kind !== until && this.#state.token.kind !== 'EOF') {
      parseElement()
      height = Math.max(height, this.#state.height)
      if (this.#state.token.kind === until) break
      if (this.#state.token.kind !== ',') {
        this.#state.fail(missingComma, this.#state.token.kind === 'TERMINATOR' ? LAST_COMMA_HINT : undefined)
      }
      this.#state.next()
    }
    this.#state.setHeight(height + 1)
  }
}
