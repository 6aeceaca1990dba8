/**
 * Text to tokens. Works on bytes, since positions are bytes; reports what no token may contain and goes on, so that one
 * pass finds all problems. Newlines end statements here, as in Go: after a token that can end one, the next newline (or
 * a comment that reaches it) gives a TERMINATOR.
 */

import { decode, describe, digitValue, isDecimal, isDigit, isLetter, sequenceLength } from './characters.ts'
import type { Source } from './source.ts'

/** Kinds are named as messages name them: operators by their text. */
export type TokenKind =
  | 'ILLEGAL'
  | 'EOF'
  | 'TERMINATOR'
  | 'COMMENT'
  | 'IDENT'
  | 'NUMBER'
  | 'FLOAT'
  | 'STRING'
  | 'BOOL'
  | 'NULL'
  | '||'
  | '&&'
  | '!'
  | '='
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '{'
  | '}'
  | '('
  | ')'
  | '['
  | ']'
  | ','
  | '.'

export interface Token {
  readonly kind: TokenKind
  readonly start: number
  /** Offset after the last byte. */
  readonly end: number
  /** As written; empty for TERMINATOR and EOF. Comments lose their carriage returns. */
  readonly text: string
  /** Whether no other token stands before it on its line; comments and TERMINATOR don't count. */
  readonly first: boolean
}

export interface Scanner {
  /** One token after the other, EOF for ever at the end. */
  scan(): Token
  /** Goes back to a token that is the first of its line: the next one to come is that token again. */
  goBack(token: Token): void
  /** The kind of the token after the one that was read last, which stays the next. */
  peek(): TokenKind
}

export type ReportProblem = (offset: number, message: string, hint?: string) => void

const EOF = -1
const BOM = 0xfeff
const INVALID = 0xfffd

const KEYWORDS: Readonly<Record<string, TokenKind>> = { true: 'BOOL', false: 'BOOL', null: 'NULL' }
const SINGLE: Readonly<Record<string, TokenKind>> = Object.fromEntries(
  [...'+-*/%^{}()[],.'].map((operator) => [operator, operator as TokenKind]),
)
/** The ones that another `=` makes longer. */
const BEFORE_EQUALS: Readonly<Record<string, readonly [TokenKind, TokenKind]>> = {
  '!': ['!', '!='],
  '=': ['=', '=='],
  '<': ['<', '<='],
  '>': ['>', '>='],
}
const DOUBLED: Readonly<Record<string, TokenKind>> = { '|': '||', '&': '&&' }

/** How many digits an escape takes. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }
const UNKNOWN_ESCAPE = 'unknown escape sequence'
const UNTERMINATED_ESCAPE = 'escape sequence not terminated'

const HINTS: Readonly<Record<string, string>> = {
  ':': 'use = between a name and its value',
  ';': 'statements end at the end of the line',
}

const COMMENT_HINT = 'comments start with // or stand between /* and */'

/** What was scanned twice, after going back or a peek, is reported once. */
export function createScanner(source: Source, tell: ReportProblem): Scanner {
  const { bytes } = source
  let offset = 0 // of `char`
  let after = 0 // offset behind `char`
  let char = EOF
  let seen = -1 // up to where bad characters have been reported, as looking ahead reads them twice
  let terminatorDue = false
  let first = true // nothing on this line yet
  let scanned = 0 // everything before has been scanned, and its problems told

  advance()
  if (char === BOM) advance()

  function report(at: number, problem: string, hint?: string): void {
    if (at >= scanned) tell(at, problem, hint)
  }

  function advance(): void {
    offset = after
    if (offset >= bytes.length) {
      char = EOF
      return
    }
    const byte = bytes[offset]
    let problem = ''
    if (byte < 0x80) {
      char = byte
      after = offset + 1
      if (byte === 0) problem = 'illegal character NUL'
    } else {
      const length = sequenceLength(bytes, offset)
      after = offset + Math.max(length, 1)
      char = length === 0 ? INVALID : decode(bytes, offset, length)
      if (length === 0) problem = 'illegal UTF-8 encoding'
      else if (char === BOM && offset > 0) problem = 'illegal byte order mark'
    }
    if (problem !== '' && offset > seen) {
      seen = offset
      report(offset, problem)
    }
  }

  /** Asks without narrowing the type: `char` changes with every advance(). */
  function is(code: number): boolean {
    return char === code
  }

  function rewind(to: number): void {
    after = to
    advance()
  }

  function token(kind: TokenKind, start: number, endsStatement: boolean): Token {
    terminatorDue = endsStatement
    const isOperator = kind < 'A' || kind > 'Z'
    const made = { kind, start, end: offset, text: isOperator ? kind : source.text(start, offset), first }
    if (kind !== 'COMMENT') first = false
    return made
  }

  function terminator(start: number): Token {
    terminatorDue = false
    return { kind: 'TERMINATOR', start, end: start, text: '', first: false }
  }

  function scan(): Token {
    const found = scanToken()
    scanned = Math.max(scanned, offset)
    return found
  }

  function scanToken(): Token {
    skipBlanks()
    const start = offset
    const lead = char

    if (isLetter(lead)) {
      while (isLetter(char) || isDigit(char)) advance()
      const word = token('IDENT', start, true)
      const keyword = Object.hasOwn(KEYWORDS, word.text) ? KEYWORDS[word.text] : undefined
      return keyword === undefined ? word : { ...word, kind: keyword }
    }
    if (isDecimal(lead) || (lead === 46 && isDecimal(bytes[after] ?? EOF))) return scanNumber(start)
    if (lead === EOF) return terminatorDue ? terminator(start) : token('EOF', start, false)

    advance()
    if (lead === 10) {
      first = true
      return terminator(start)
    }
    if (lead === 34) return scanString(start, 34, 'STRING')
    if (lead === 96) return scanString(start, 96, 'STRING')
    if (lead === 39) {
      report(start, 'illegal single-quoted string; use double quotes')
      return scanString(start, 39, 'ILLEGAL')
    }
    if (lead === 47 && (char === 47 || char === 42)) {
      if (terminatorDue && commentsReachLineEnd()) {
        rewind(start)
        return terminator(start)
      }
      rewind(start)
      advance()
      return scanComment(start)
    }

    const text = String.fromCodePoint(lead)
    const doubled = DOUBLED[text]
    if (doubled !== undefined) {
      if (char === lead) advance()
      else report(offset, `missing second ${text} in ${doubled}`)
      return token(doubled, start, false)
    }
    const beforeEquals = BEFORE_EQUALS[text]
    if (beforeEquals !== undefined) {
      const longer = char === 61
      if (longer) advance()
      return token(beforeEquals[longer ? 1 : 0], start, false)
    }
    const single = SINGLE[text]
    if (single !== undefined) return token(single, start, text === '}' || text === ')' || text === ']')

    // NUL, misplaced byte order marks and broken UTF-8 have been reported while reading them.
    if (seen !== start) report(start, `illegal character ${describe(lead)}`, HINTS[text])
    return token('ILLEGAL', start, terminatorDue)
  }

  function goBack(to: Token): void {
    terminatorDue = false
    first = true
    rewind(to.start)
  }

  function peek(): TokenKind {
    const [at, due, fresh] = [offset, terminatorDue, first]
    const { kind } = scan()
    terminatorDue = due
    first = fresh
    rewind(at)
    return kind
  }

  /** A line after # is passed over as the comment that it was meant to be: one problem, and nothing is lost. */
  function skipBlanks(): void {
    for (;;) {
      if (char === 35) skipHashComment()
      if (char === 10 && !terminatorDue) first = true
      else if (char !== 32 && char !== 9 && char !== 13) return
      advance()
    }
  }

  function skipHashComment(): void {
    report(offset, `illegal character ${describe(35)}`, COMMENT_HINT)
    while (!is(10) && !is(EOF)) advance()
  }

  function scanNumber(start: number): Token {
    let kind: TokenKind = 'NUMBER'
    while (isDecimal(char)) advance()
    if (char === 46) {
      kind = 'FLOAT'
      advance()
      while (isDecimal(char)) advance()
    }
    if (char === 101 || char === 69) {
      kind = 'FLOAT'
      advance()
      if (is(43) || is(45)) advance()
      if (!isDecimal(char)) report(start, 'exponent has no digits')
      while (isDecimal(char)) advance()
    }
    return token(kind, start, true)
  }

  /** The opening quote has been read. Back-quoted strings span lines and know no escapes. */
  function scanString(start: number, quote: number, kind: TokenKind): Token {
    const raw = quote === 96
    for (;;) {
      const current = char
      if (current === EOF || (current === 10 && !raw)) {
        report(start, 'string literal not terminated')
        break
      }
      advance()
      if (current === quote) break
      if (current === 92 && !raw) scanEscape()
    }
    return token(kind, start, true)
  }

  /** The backslash has been read. Stops at what doesn't belong, without reading it. */
  function scanEscape(): void {
    const start = offset
    const problem = readEscape()
    if (problem === UNKNOWN_ESCAPE) report(start, problem, 'write \\\\ for a backslash, or use a `raw string`')
    else if (problem !== '') report(start, problem)
  }

  function readEscape(): string {
    if (char === EOF) return UNTERMINATED_ESCAPE
    const letter = String.fromCodePoint(char)
    if ('abfnrtv\\"'.includes(letter)) {
      advance()
      return ''
    }
    const octal = char >= 48 && char <= 55
    const digits = octal ? 3 : HEX_DIGITS[letter]
    if (digits === undefined) return UNKNOWN_ESCAPE
    if (!octal) advance()

    let code = 0
    for (let read = 0; read < digits; read++) {
      const digit = digitValue(char)
      if (digit >= (octal ? 8 : 16)) {
        return is(EOF) ? UNTERMINATED_ESCAPE : `illegal character ${describe(char)} in escape sequence`
      }
      code = code * (octal ? 8 : 16) + digit
      advance()
    }
    const valid = octal ? code <= 255 : code <= 0x10ffff && (code < 0xd800 || code >= 0xe000)
    return valid ? '' : 'escape sequence is invalid Unicode code point'
  }

  /** The first slash has been read. A comment never ends a statement: if one was due, it came before. */
  function scanComment(start: number): Token {
    const closed = skipComment()
    if (!closed) report(start, 'block comment not terminated')
    const { text, ...rest } = token('COMMENT', start, false)
    return { ...rest, text: withoutCarriageReturns(text) }
  }

  /** Reads past a comment whose first slash has been read; false when its end is missing. */
  function skipComment(): boolean {
    if (char === 47) {
      while (!is(10) && !is(EOF)) advance()
      return true
    }
    advance()
    while (char !== EOF) {
      const current = char
      advance()
      if (current === 42 && char === 47) {
        advance()
        return true
      }
    }
    return false
  }

  /** Whether nothing but comments and blanks is left on this line; the first slash of the first comment has been read. */
  function commentsReachLineEnd(): boolean {
    for (;;) {
      if (char === 47) return true
      const start = offset
      skipComment()
      if (bytes.subarray(start, offset).includes(10)) return true
      while (char === 32 || char === 9 || char === 13) advance()
      if (char === EOF || char === 10) return true
      if (char !== 47) return false
      advance()
      if (char !== 47 && char !== 42) return false
    }
  }

  return { scan, goBack, peek }
}

/** Whether `text` lexes as exactly one IDENT. */
export function isIdentifier(text: string): boolean {
  if (Object.hasOwn(KEYWORDS, text)) return false
  let first = true
  for (const char of text) {
    const code = char.codePointAt(0) as number
    if (!isLetter(code) && (first || !isDigit(code))) return false
    first = false
  }
  return !first
}

function withoutCarriageReturns(text: string): string {
  if (!text.includes('\r')) return text
  return text.replace(/\r+/g, (run: string, at: number) => {
    // One that keeps `*` and `/` apart inside a block comment must stay.
    const splitsEnd = at > 2 && text.startsWith('/*') && text[at - 1] === '*' && text[at + run.length] === '/'
    return splitsEnd ? '\r' : ''
  })
}
