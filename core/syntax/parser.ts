/**
 * Tokens to a tree, and to all the problems at once. Follows the grammar of the Alloy configuration language, with
 * Alloy's messages, so that the same mistakes get the same answers:
 *
 *   File       = Body
 *   Body       = [ Statement { TERMINATOR Statement } ]
 *   Statement  = IDENT "=" Expression | BlockName "{" Body "}"
 *   BlockName  = IDENT { "." IDENT } [ STRING ]
 *
 * Expressions are in expression-parser.ts. Never throws, whatever the text. Differs from Alloy in two things: nesting is
 * bounded; and an error costs the statement that it is in and no other (recovery.ts), so that the rest can be checked.
 * A file that ends inside a block is read once more, with the layout as witness of which block lacks its end.
 */

import type { Attribute, Block, Body, Expression, File, Position, Statement } from './ast.ts'
import type { Diagnostic } from './diagnostic.ts'
import { ExpressionParser } from './expression-parser.ts'
import { ParserState, Unreadable } from './parser-state.ts'
import { quote } from './quote.ts'
import { type Beginning, skipStatement } from './recovery.ts'
import { isIdentifier, type Token, type TokenKind } from './scanner.ts'
import { isSecretName } from './secret-text.ts'
import { createSource, type Source } from './source.ts'

export type ParseResult =
  | { readonly ok: true; readonly file: File }
  | {
      readonly ok: false
      /** In the order in which they were found: nearly that of the text. */
      readonly diagnostics: readonly Diagnostic[]
      /** The statements without errors. Blocks that miss some are marked as damaged. */
      readonly partial: File
      /** All words of the text that may have declared blocks and could not be read. */
      readonly lost: ReadonlySet<string>
    }

export type ParseExpressionResult =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** Parses a whole file; `name` is what diagnostics call it. Takes text or its UTF-8 bytes. */
export function parseFile(name: string, content: string | Uint8Array): ParseResult {
  const source = createSource(name, content)
  let pass = parseOnce(source, false)
  if (pass.unclosed) pass = parseOnce(source, true)
  const { state, body } = pass
  const file: File = { kind: 'file', name, body, comments: state.comments }
  if (state.diagnostics.length === 0) return { ok: true, file }
  return { ok: false, diagnostics: state.diagnostics, partial: file, lost: state.lost }
}

interface Pass {
  readonly state: ParserState
  readonly body: Body
  /** The file ended inside a block. */
  readonly unclosed: boolean
}

function parseOnce(source: Source, byLayout: boolean): Pass {
  const state = new ParserState(source, byLayout)
  const parser = new Parser(state)
  const body = parser.parseFile()
  return { state, body, unclosed: parser.unclosed }
}

/** Parses text that is one expression. */
export function parseExpression(text: string, name = ''): ParseExpressionResult {
  const state = new ParserState(createSource(name, text))
  try {
    const expression = new Parser(state).expressions.parse()
    state.expect('TERMINATOR')
    if (state.diagnostics.length === 0) return { ok: true, expression }
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown
  }
  return { ok: false, diagnostics: state.diagnostics }
}

interface Head {
  readonly parts: readonly string[]
  readonly start: Token
  readonly end: Token
  readonly label: string
  readonly labelToken: Token | undefined
  /** Whether `=` or `{` followed. */
  complete: boolean
}

/** A body that is being read. */
interface Open {
  /** `{` of its block; undefined of a file. */
  readonly token: Token | undefined
  /** Of the first token of the line that its block begins on; 0 of a file. */
  readonly column: number
  /** Whether its statements are indented deeper than that, from the first on. */
  readonly indented: boolean
  /** Statements were lost. */
  damaged: boolean
}

/** Bodies and their statements: one method for each part of the grammar. */
class Parser {
  readonly #state: ParserState
  readonly expressions: ExpressionParser
  /** The file ended inside a block. */
  unclosed = false
  /** The one whose statements are read. */
  #current: Beginning | undefined

  constructor(state: ParserState) {
    this.#state = state
    this.expressions = new ExpressionParser(state, (value) => this.#misplacedBlock(value))
  }

  parseFile(): Body {
    const open: Open = { token: undefined, column: 0, indented: true, damaged: false }
    return this.#body('EOF', open)
  }

  #body(until: TokenKind, open: Open): Statement[] {
    const body: Statement[] = []
    while (this.#state.token.kind !== until && this.#state.token.kind !== 'EOF' && !this.#leftByLayout(open)) {
      if (this.#state.token.kind === '}') this.#strayBrace(body)
      else this.#statement(until, open, body)
      if (this.#state.token.kind === 'TERMINATOR') this.#state.next()
    }
    return body
  }

  /** The block of this body lacks its end, going by what comes here; asked only when one is known to lack it. */
  #leftByLayout({ token: brace, column, indented }: Open): boolean {
    const { token } = this.#state
    if (!this.#state.byLayout || brace === undefined || !indented || !token.first) return false
    const here = this.#state.column(token)
    return token.kind === '}' ? here < column : token.kind === 'IDENT' && here <= column
  }

  /** One too many: a block before ended too early, and what came after it belongs into it. */
  #strayBrace(body: Statement[]): void {
    const { token } = this.#state
    const column = this.#state.column(token)
    this.#state.complain('expected identifier, got }', 'there is one } too many here or before')
    let from = token.start
    let last = body.pop()
    const isInner = (statement: Statement): boolean =>
      statement.kind === 'attribute' || statement.name.length === 1 || statement.span.start.column > column
    while (last !== undefined && isInner(last)) {
      from = last.span.start.offset
      last = body.pop()
    }
    if (last?.kind === 'block') body.push({ ...last, damaged: true })
    this.#state.lose(from)
    this.#state.next()
  }

  #statement(until: TokenKind, open: Open, body: Statement[]): void {
    const state = this.#state
    const { brackets, nesting, damage } = state.checkpoint()
    const { token, lineStart } = state
    const column = state.column(lineStart)
    const from: Beginning = { brackets, nesting, damage, token, column, enclosing: open.token }
    const { guesses } = state
    const outer = { damage: state.statementDamage, column: state.statementColumn, current: this.#current }
    state.statementDamage = from.damage
    state.statementColumn = from.column
    this.#current = from
    let head: Head | undefined
    let statement: Statement | undefined
    try {
      head = this.#head()
      statement = this.#rest(head)
      // After a block without its end comes the first token of another line.
      const { kind, first } = state.token
      if (kind !== 'TERMINATOR' && kind !== until && !first)
        state.fail(`expected TERMINATOR, got ${kind}`, this.#missingValue(from))
    } catch (thrown) {
      if (!(thrown instanceof Unreadable)) throw thrown
      if (statement?.kind !== 'block') statement = undefined
      const before = state.token
      skipStatement(state, from, head?.complete !== true)
      // However little could be made of it: no statement without a step forward.
      if (state.token === before && before === from.token) state.next()
    }
    state.statementDamage = outer.damage
    state.statementColumn = outer.column
    this.#current = outer.current

    const guessed = state.guesses > guesses
    if (statement !== undefined && (statement.kind === 'block' || state.damage === from.damage)) body.push(statement)
    else if (state.damage > from.damage) {
      open.damaged = true
      if (guessed || open.token === undefined) state.lose(from.token.start)
    }
    if (guessed) open.damaged = true
  }

  /** `name =` without a value takes the name on the next line for one, and stumbles over the `=` behind that. */
  #missingValue({ token }: Beginning): string | undefined {
    const { token: here, lineStart } = this.#state
    return here.kind === '=' && lineStart !== token ? `the value of "${token.text}" is missing before it` : undefined
  }

  #rest(head: Head): Statement | undefined {
    const state = this.#state
    if (state.token.kind === '=') return this.#attribute(head)
    if (state.token.kind === '{')
      return state.nested<Statement | undefined>(
        () => this.#block(head),
        () => undefined,
      )
    const couldBeAttribute = head.parts.length === 1 && head.label === ''
    state.fail(
      `expected ${couldBeAttribute ? 'attribute assignment or block body' : 'block body'}, got ${state.token.kind}`,
    )
  }

  #attribute(head: Head): Attribute {
    const state = this.#state
    head.complete = true
    state.next()
    const { parts, start, end, labelToken } = head
    if (parts.length > 1) {
      state.report(
        state.span(start.start, end.end),
        'attribute names may only consist of a single identifier with no "."',
      )
    } else if (labelToken !== undefined) {
      state.report(state.span(labelToken.start, labelToken.end), 'attribute names may not have labels')
    }
    // Whether what follows is a value, or a block that should have no =, is not known: nothing in it is looked at.
    if (parts.length > 1 || labelToken !== undefined) state.fail('')
    const name = state.name(head.start)
    const value = this.expressions.parse()
    return { kind: 'attribute', name, value, span: state.between(name.span.start, value.span.end) }
  }

  #block(head: Head): Block {
    const state = this.#state
    head.complete = true
    const { guesses } = state
    const brackets = state.brackets.length
    const column = state.column(state.lineStart)
    const brace = state.expect('{')
    const { token } = state
    const open: Open = { token: brace, column, indented: token.first && state.column(token) > column, damaged: false }
    const body = this.#body('}', open)
    const nameSpan = state.span(head.start.start, head.end.end)
    const end = state.token
    if (end.kind === '}') state.next()
    else this.#unclosedBlock(nameSpan.start, brace, state.guesses > guesses)
    state.brackets.length = Math.min(state.brackets.length, brackets)
    return {
      kind: 'block',
      name: head.parts,
      nameSpan,
      label: head.label,
      ...(head.labelToken && { labelSpan: state.span(head.labelToken.start, head.labelToken.end) }),
      open: state.position(brace.start),
      // Without its end and without layout nothing tells which of these statements are its own.
      body: end.kind === '}' || open.indented ? body : [],
      ...((open.damaged || end.kind !== '}') && { damaged: true as const }),
      span: state.between(nameSpan.start, state.position(end.start)),
    }
  }

  /** `guessed`: its end may have been taken for another bracket's, which was told already. */
  #unclosedBlock(start: Position, brace: Token, guessed: boolean): void {
    const state = this.#state
    const atEnd = state.token.kind === 'EOF'
    state.lose(brace.start)
    if (!guessed && !(atEnd && this.unclosed)) {
      const at = state.position(brace.start)
      const hint = `this block was opened at line ${at.line} and is not closed: add a }`
      state.report(state.between(start, at), 'expected }, got EOF', hint)
    }
    if (atEnd) this.unclosed = true
  }

  /** What an attribute or a block begins with. */
  #head(): Head {
    const state = this.#state
    const start = state.token
    if (start.kind !== 'IDENT') state.fail(`expected identifier, got ${start.kind}`)
    const parts = [start.text]
    let end = start
    state.next()
    while (state.token.kind === '.') {
      state.next()
      end = state.token
      if (end.kind !== 'IDENT') state.fail(`expected identifier, got ${end.kind}`)
      parts.push(end.text)
      state.next()
    }
    const { kind } = state.token
    if (kind === '=' || kind === '{') return { parts, start, end, label: '', labelToken: undefined, complete: false }
    const labelToken = state.token
    const label = this.#label(end.text)
    return { parts, start, end, label, labelToken: label === '' ? undefined : labelToken, complete: false }
  }

  /** A wrong label is told, and the block read all the same. `name`: what stands before it. */
  #label(name: string): string {
    const state = this.#state
    const { kind, text } = state.token
    if (kind === 'IDENT' && state.peek() === '{') {
      state.complain(`expected block label, got ${kind}`, `write "${text}", in quotes`)
      state.next()
      return text
    }
    if (kind !== 'STRING') state.fail(`expected block label, got ${kind}`)
    const label = text.slice(1, -1)
    const isName = label === '' || isIdentifier(label)
    if (isSecretName(name) && !(isName && text.startsWith('"'))) {
      // Most likely = is missing, and the text is a secret.
      state.complain('expected block label to be a valid identifier', `write ${name} = …`)
    } else if (!text.startsWith('"')) {
      state.complain(`expected block label to be a double quoted string, but got ${quote(text)}`)
    } else if (!isName) {
      state.complain(
        `expected block label to be a valid identifier, but got ${quote(label)}`,
        'labels are made of letters, digits and underscores, and do not start with a digit',
      )
    }
    state.next()
    return label
  }

  /** `name = value "label" { … }` or `name = value { … }`: reads the block to say what is wrong. */
  #misplacedBlock(value: Expression): void {
    const state = this.#state
    const { lineStart } = state
    const from = this.#current
    if (from !== undefined && lineStart.start === value.span.start.offset && state.column(lineStart) <= from.column) {
      // The value is missing, and this is the statement after it.
      const span = state.between(value.span.start, state.position(state.token.start))
      if (lineStart !== from.token) {
        const hint = `what was begun with "${from.token.text}" before it is not complete`
        if (state.damage === from.damage) state.report(span, MISPLACED_BLOCK, hint)
        state.fail('')
      }
    }
    state.nested(
      () => {
        if (state.token.kind === 'STRING') state.next()
        const brace = state.expect('{')
        const { guesses } = state
        this.#body('}', { token: brace, column: state.column(state.lineStart), indented: false, damaged: false })
        const close = state.token
        if (close.kind === '}') state.next()
        else this.#unclosedBlock(value.span.start, brace, state.guesses > guesses)
        const span = state.between(value.span.start, state.position(close.start))
        if (close.kind === '}') state.report(span, MISPLACED_BLOCK, 'a block is written without =')
      },
      () => {},
    )
  }
}

const MISPLACED_BLOCK = 'cannot use a block as an expression'
