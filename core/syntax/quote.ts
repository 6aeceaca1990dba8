/** String literals: from their source form to text, and back. Go's rules, since Alloy's strings are Go's. */
import { decodeText } from './utf8.ts'

const LETTERS: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, '"': 34 }

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

/** Whether a character shows as itself (Go's unicode.IsPrint). */
export function isPrintable(char: string): boolean {
  return PRINTABLE.test(char)
}

/** In double quotes with Go's escapes (`%q`): one line, printable characters only. */
export function quote(text: string): string {
  let out = '"'
  for (const char of text) {
    const named = NAMED_ESCAPES[char]
    if (named !== undefined) {
      out += named
    } else if (isPrintable(char)) {
      out += char
    } else {
      const code = char.codePointAt(0) as number
      if (code < 0x80) out += `\\x${code.toString(16).padStart(2, '0')}`
      else if (code >= 0xd800 && code < 0xe000) out += '\\ufffd'
      else if (code < 0x10000) out += `\\u${code.toString(16).padStart(4, '0')}`
      else out += `\\U${code.toString(16).padStart(8, '0')}`
    }
  }
  return `${out}"`
}

/**
 * The text of a STRING token that the scanner accepted, quotes included. Escapes can name single bytes: what they make
 * together is read as UTF-8, and bytes that aren't UTF-8 become U+FFFD, because our strings hold text only.
 */
export function unquote(literal: string): string {
  const inner = literal.slice(1, -1)
  if (literal.startsWith('`')) return inner.replaceAll('\r', '')
  if (!inner.includes('\\')) return inner

  const encoder = new TextEncoder()
  const bytes: number[] = []
  for (let at = 0; at < inner.length; ) {
    const next = inner.indexOf('\\', at)
    if (next !== at) {
      const end = next === -1 ? inner.length : next
      for (const byte of encoder.encode(inner.slice(at, end))) bytes.push(byte)
      at = end
      continue
    }
    const letter = inner[at + 1]
    const named = LETTERS[letter]
    if (named !== undefined) {
      bytes.push(named)
      at += 2
    } else if (letter === 'x') {
      bytes.push(Number.parseInt(inner.slice(at + 2, at + 4), 16))
      at += 4
    } else if (letter === 'u' || letter === 'U') {
      const end = at + (letter === 'u' ? 6 : 10)
      const char = String.fromCodePoint(Number.parseInt(inner.slice(at + 2, end), 16))
      for (const byte of encoder.encode(char)) bytes.push(byte)
      at = end
    } else {
      bytes.push(Number.parseInt(inner.slice(at + 1, at + 4), 8))
      at += 4
    }
  }
  return decodeText(Uint8Array.from(bytes))
}
