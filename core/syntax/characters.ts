/** Code points as the scanner sees them: which class they are of, how UTF-8 writes them, what messages call them. */

import { isPrintable } from './quote.ts'

const LETTER = /^\p{L}$/u
const DIGIT = /^\p{Nd}$/u

/** `U+0023 '#'` */
export function describe(code: number): string {
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  const char = String.fromCodePoint(code)
  return isPrintable(char) ? `${name} '${char}'` : name
}

export function isDecimal(code: number): boolean {
  return code >= 48 && code <= 57
}

export function isLetter(code: number): boolean {
  if (code < 0x80) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95
  return LETTER.test(String.fromCodePoint(code))
}

export function isDigit(code: number): boolean {
  return isDecimal(code) || (code >= 0x80 && DIGIT.test(String.fromCodePoint(code)))
}

/** 16, more than any digit, for what isn't one. */
export function digitValue(code: number): number {
  if (isDecimal(code)) return code - 48
  const lower = code | 32
  return code > 0 && lower >= 97 && lower <= 102 ? lower - 87 : 16
}

/** Length of the well-formed UTF-8 sequence at `at`, which starts with a byte above 0x7f; 0 when it isn't well-formed. */
export function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0
  if (length === 0 || at + length > bytes.length) return 0
  for (let i = 1; i < length; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0
  const second = bytes[at + 1]
  if (first === 0xe0 && second < 0xa0) return 0 // longer than needed
  if (first === 0xed && second >= 0xa0) return 0 // a surrogate
  if (first === 0xf0 && second < 0x90) return 0 // longer than needed
  if (first === 0xf4 && second >= 0x90) return 0 // beyond U+10FFFF
  return length
}

export function decode(bytes: Uint8Array, at: number, length: number): number {
  let code = bytes[at] & (0xff >> (length + 1))
  for (let i = 1; i < length; i++) code = (code << 6) | (bytes[at + i] & 0x3f)
  return code
}
