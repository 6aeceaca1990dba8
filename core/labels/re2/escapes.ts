/**
 * Backslash escapes and bracket classes of Go's regexp/syntax (Perl flags), read at a cursor. What is not in that
 * language is an error in Go's words, with the offset of the offending piece.
 */
import { DIGIT, foldCase, negate, normalise, POSIX, type Ranges, SPACE, WORD } from './ranges.ts'
import { unicodeClass } from './unicode.ts'

export interface Cursor {
  readonly source: string
  /** In UTF-16 units, as are all offsets. */
  at: number
  /** `(?i)` holds here. */
  foldCase: boolean
}

/** Thrown inside the parser only; `parsePattern` turns it into a result. */
export class PatternProblem extends Error {
  readonly offset: number
  constructor(code: string, piece: string, offset: number) {
    super(`error parsing regexp: ${code}${piece === '' ? '' : `: \`${piece}\``}`)
    this.offset = offset
  }
}

export function fail(cursor: Cursor, code: string, from: number, to: number = cursor.at): never {
  throw new PatternProblem(code, cursor.source.slice(from, to), from)
}

/** The code point at the cursor, which moves past it; -1 at the end. */
export function next(cursor: Cursor): number {
  const code = cursor.source.codePointAt(cursor.at)
  if (code === undefined) return -1
  cursor.at += code > 0xffff ? 2 : 1
  return code
}

export function withFolding(cursor: Cursor, ranges: Ranges): Ranges {
  return cursor.foldCase ? foldCase(ranges) : ranges
}

/** A class that starts with a backslash (`\d`, `\pL`, `\P{Greek}`), or undefined, the cursor unmoved. */
export function parseClassEscape(cursor: Cursor): Ranges | undefined {
  if (cursor.source[cursor.at] !== '\\') return undefined
  const letter = cursor.source[cursor.at + 1]
  if (letter === 'p' || letter === 'P') return parseUnicodeClass(cursor, letter === 'P')
  const positive = PERL.get(letter?.toLowerCase())
  if (positive === undefined) return undefined
  cursor.at += 2
  const ranges = withFolding(cursor, positive)
  return letter === letter.toLowerCase() ? ranges : negate(ranges)
}

const PERL: ReadonlyMap<string | undefined, Ranges> = new Map([
  ['d', DIGIT],
  ['s', SPACE],
  ['w', WORD],
])

function parseUnicodeClass(cursor: Cursor, upper: boolean): Ranges {
  const start = cursor.at
  let negated = upper
  let name: string
  if (cursor.source[start + 2] === '{') {
    const end = cursor.source.indexOf('}', start)
    if (end < 0) fail(cursor, 'invalid character class range', start, cursor.source.length)
    name = cursor.source.slice(start + 3, end)
    cursor.at = end + 1
  } else {
    cursor.at += 2
    next(cursor)
    name = cursor.source.slice(start + 2, cursor.at)
  }
  const bare = name.startsWith('^') ? name.slice(1) : name
  if (bare !== name) negated = !negated
  const ranges = unicodeClass(bare)
  if (ranges === undefined) fail(cursor, 'invalid character class range', start)
  const folded = withFolding(cursor, ranges)
  return negated ? negate(folded) : folded
}

/** `[…]`, the cursor on the opening bracket. */
export function parseBracketClass(cursor: Cursor): Ranges {
  const { source } = cursor
  const start = cursor.at
  cursor.at++
  const negated = source[cursor.at] === '^'
  if (negated) cursor.at++
  const pairs: number[] = []
  // A bracket that comes first is a member.
  for (let first = true; first || source[cursor.at] !== ']'; first = false) {
    const group = parsePosixClass(cursor) ?? parseClassEscape(cursor)
    if (group !== undefined) {
      for (const code of group) pairs.push(code)
      continue
    }
    const from = cursor.at
    const lo = parseMember(cursor, start)
    let hi = lo
    if (source[cursor.at] === '-' && cursor.at + 1 < source.length && source[cursor.at + 1] !== ']') {
      cursor.at++
      hi = parseMember(cursor, start)
      if (hi < lo) fail(cursor, 'invalid character class range', from)
    }
    if (cursor.foldCase) for (const code of foldCase([lo, hi])) pairs.push(code)
    else pairs.push(lo, hi)
  }
  cursor.at++
  const ranges = normalise(pairs)
  return negated ? negate(ranges) : ranges
}

function parseMember(cursor: Cursor, start: number): number {
  if (cursor.at >= cursor.source.length) fail(cursor, 'missing closing ]', start)
  return cursor.source[cursor.at] === '\\' ? parseEscape(cursor) : next(cursor)
}

/** `[:alpha:]` or `[:^alpha:]` inside brackets, or undefined, the cursor unmoved. */
function parsePosixClass(cursor: Cursor): Ranges | undefined {
  const { source, at } = cursor
  if (!source.startsWith('[:', at)) return undefined
  const end = source.indexOf(':]', at + 2)
  if (end < 0) return undefined
  const negated = source[at + 2] === '^'
  const ranges = POSIX.get(source.slice(negated ? at + 3 : at + 2, end))
  if (ranges === undefined) fail(cursor, 'invalid character class range', at, end + 2)
  cursor.at = end + 2
  const folded = withFolding(cursor, ranges)
  return negated ? negate(folded) : folded
}

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }

/** An escape that stands for one character, the cursor on the backslash. */
export function parseEscape(cursor: Cursor): number {
  const { source } = cursor
  const start = cursor.at
  cursor.at++
  const code = next(cursor)
  if (code < 0) throw new PatternProblem('trailing backslash at end of expression', '', start)
  const letter = source.slice(start + 1, cursor.at)
  if (code < 0x80 && !/[0-9A-Za-z]/.test(letter)) return code
  const control = CONTROLS[letter]
  if (control !== undefined) return control
  if (letter === 'x') {
    const hex = parseHex(cursor)
    if (hex !== undefined) return hex
  } else if (letter === '0' || (letter >= '1' && letter <= '7' && isOctal(source[cursor.at]))) {
    // A digit other than 0 on its own would be a back-reference, which this language does not have.
    let value = code - 0x30
    for (let digits = 1; digits < 3 && isOctal(source[cursor.at]); digits++) {
      value = value * 8 + (source.charCodeAt(cursor.at++) - 0x30)
    }
    return value
  }
  return fail(cursor, 'invalid escape sequence', start)
}

function isOctal(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '7'
}

/** The cursor behind `\x`. Moves past what was looked at also when it is wrong, for the message. */
function parseHex(cursor: Cursor): number | undefined {
  const first = next(cursor)
  if (first !== 0x7b) {
    const value = digitValue(first) * 16 + digitValue(next(cursor))
    return Number.isNaN(value) ? undefined : value
  }
  let value = 0
  for (let digits = 0; ; digits++) {
    const code = next(cursor)
    if (code === 0x7d) return digits > 0 ? value : undefined
    value = value * 16 + digitValue(code)
    if (!(value <= 0x10ffff)) return undefined
  }
}

/** Of a hexadecimal digit; NaN for anything else, which spoils every sum that it enters. */
function digitValue(code: number): number {
  const char = code < 0 ? '' : String.fromCodePoint(code)
  return /^[0-9A-Fa-f]$/.test(char) ? Number.parseInt(char, 16) : Number.NaN
}
