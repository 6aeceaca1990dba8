/**
 * Tokens to a tree, or to all the problems at once. Follows the grammar of the Alloy configuration language, with
 * Alloy's messages and its way of going on after an error, so that the same mistakes get the same answers:
 *
 *   File       = Body
 *   Body       = [ Statement { TERMINATOR Statement } ]
 *   Statement  = IDENT "=" Expression | BlockName "{" Body "}"
 *   BlockName  = IDENT { "." IDENT } [ STRING ]
 *
 * Expressions are in expression-parser.ts. Never throws, whatever the text. Differs from Alloy in one thing: nesting is
 * bounded.
 */

import type { Attribute, Block, Body, Expression, File, Statement } from './ast.ts'
import type { Diagnostic } from './diagnostic.ts'
import { ExpressionParser } from './expression-parser.ts'
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
  const expression = new Parser(state).expressions.parse()
  state.expect('TERMINATOR')
  if (state.diagnostics.length > 0) return { ok: false, diagnostics: state.diagnostics }
  return { ok: true, expression }
}

interface Head {
  readonly parts: readonly string[]
  readonly start: Token
  readonly end: Token
  readonly label: string
  readonly labelToken: Token | undefined
}

/** Bodies and their statements: one method for each part of the grammar. */
class Parser {
  readonly #state: ParserState
  readonly expressions: ExpressionParser

  constructor(state: ParserState) {
    this.#state = state
    this.expressions = new ExpressionParser(state, (value) => this.#misplacedBlock(value))
  }

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
    const value = this.expressions.parse()
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
}
