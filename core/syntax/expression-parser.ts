/**
 * The half of the grammar that has values:
 *
 *   Expression = Pow { binary Pow }            (left-associative, by precedence)
 *   Pow        = Unary [ "^" Pow ]
 *   Unary      = ( "!" | "-" ) Unary | Primary { "." IDENT | "[" Expression "]" | "(" [ List ] ")" }
 *   Primary    = IDENT | literal | "(" Expression ")" | "[" [ List ] "]" | "{" [ Fields ] "}"
 */

import type {
  AccessExpression,
  ArrayExpression,
  BinaryExpression,
  BinaryOperator,
  CallExpression,
  Expression,
  IndexExpression,
  Literal,
  LiteralType,
  ObjectExpression,
  ObjectField,
  ParenExpression,
  UnaryExpression,
} from './ast.ts'
import type { ParserState } from './parser-state.ts'
import type { Token, TokenKind } from './scanner.ts'

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

const ELEMENT_STARTS: ReadonlySet<TokenKind> = new Set<TokenKind>([
  ...Object.keys(LITERALS),
  'IDENT',
  '{',
  '[',
] as TokenKind[])
const LAST_COMMA_HINT = 'in a list that spans several lines the last element needs a comma too'

/** Expressions: one method for each part of the grammar. */
export class ExpressionParser {
  readonly #state: ParserState
  readonly #misplacedBlock: (value: Expression) => void

  /** `misplacedBlock` is called when a block follows a value; it reads the block. */
  constructor(state: ParserState, misplacedBlock: (value: Expression) => void) {
    this.#state = state
    this.#misplacedBlock = misplacedBlock
  }

  parse(): Expression {
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
          this.#misplacedBlock(value)
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
    const index = this.parse()
    const close = this.#state.position(this.#state.expect(']').start)
    return { kind: 'index', value, index, open, span: this.#state.between(value.span.start, close) }
  }

  #call(value: Expression): CallExpression {
    const open = this.#state.position(this.#state.expect('(').start)
    const args = this.#list(')')
    const close = this.#state.position(this.#state.expect(')').start)
    return { kind: 'call', value, args, open, span: this.#state.between(value.span.start, close) }
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
      case 'ILLEGAL':
        // A single-quoted string, for instance: told by the scanner, and what follows is read as if it were fine.
        if (!token.text.startsWith("'")) break
        this.#state.next()
        return this.#missing()
    }
    this.#state.fail(`expected expression, got ${token.kind}`)
  }

  /** Stands for an expression that isn't there; its statement is thrown away. */
  #missing(): Literal {
    this.#state.height = 1
    const { start } = this.#state.token
    return { kind: 'literal', type: 'null', text: 'null', span: this.#state.span(start, start) }
  }

  #paren(): ParenExpression {
    const open = this.#state.expect('(')
    const inner = this.parse()
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
    const indented = this.#beginsDeeper()
    this.#separated('}', "missing ',' in field list", () => {
      if (indented) this.#stayInside()
      fields.push(this.#field())
    })
    const close = this.#state.expect('}')
    return { kind: 'object', fields, span: this.#state.span(open.start, close.start + 1) }
  }

  #beginsDeeper(): boolean {
    const { byLayout, token, statementColumn } = this.#state
    return byLayout && token.first && this.#state.column(token) > statementColumn
  }

  /** When a brace is known to be missing, a line that is no deeper than the statement is another statement. */
  #stayInside(): void {
    const { token, statementColumn } = this.#state
    if (!token.first || token.kind !== 'IDENT' || this.#state.column(token) > statementColumn) return
    this.#state.atNextStatement = true
    this.#state.fail(`expected }, got ${token.kind}`, 'the object that was begun before is not closed')
  }

  #field(): ObjectField {
    const token = this.#state.token
    let name = this.#state.name(token)
    const quoted = token.kind === 'STRING' && token.text.length > 2
    if (token.kind !== 'STRING' && token.kind !== 'IDENT')
      this.#state.fail(`expected field name (string or identifier), got ${token.kind}`)
    if (quoted) name = { text: token.text.slice(1, -1), span: name.span }
    this.#state.next()
    this.#state.expect('=')
    return { name, quoted, value: this.parse() }
  }

  #list(until: TokenKind): readonly Expression[] {
    const elements: Expression[] = []
    this.#separated(until, "missing ',' in expression list", () => elements.push(this.parse()))
    return elements
  }

  /** Elements between commas up to `until`, which stays; leaves the height of the highest element, and one more. */
  #separated(until: TokenKind, missingComma: string, parseElement: () => void): void {
    let height = 0
    while (this.#state.token.kind !== until && this.#state.token.kind !== 'EOF') {
      parseElement()
      height = Math.max(height, this.#state.height)
      if (this.#state.token.kind === until) break
      if (this.#state.token.kind === ',') this.#state.next()
      else this.#missingComma(missingComma)
    }
    this.#state.setHeight(height + 1)
  }

  /** The next element is read all the same when it looks like one: several commas may be missing. */
  #missingComma(message: string): void {
    const { kind } = this.#state.token
    const lineEnds = kind === 'TERMINATOR'
    if (!lineEnds && !ELEMENT_STARTS.has(kind)) this.#state.fail(message)
    this.#state.complain(message, lineEnds ? LAST_COMMA_HINT : undefined)
    if (lineEnds) this.#state.next()
  }
}
