/** Bytes that the exposition formats care about, their classes, and validity of UTF-8. */

export const TAB = 0x09
export const NEWLINE = 0x0a
export const CARRIAGE_RETURN = 0x0d
export const SPACE = 0x20
export const QUOTE = 0x22
export const HASH = 0x23
export const COMMA = 0x2c
export const EQUALS = 0x3d
export const BACKSLASH = 0x5c
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d

/** Bits of CLASS. */
export const NAME_START = 1
export const NAME = 2
export const LABEL_START = 4
export const LABEL = 8
/** What can't be part of a value: blank, newline, NUL and, in the text format, `{`. */
export const VALUE_END = 16
/** What needs a second look inside quotes: quote, backslash, newline, NUL, and all bytes that are not ASCII. */
export const QUOTED_SPECIAL = 32

/** Classes of each byte. */
export const CLASS: Uint8Array = classTable()

function classTable(): Uint8Array {
  const table = new Uint8Array(256)
  for (let letter = 0; letter < 26; letter++) {
    table[0x41 + letter] = NAME_START | NAME | LABEL_START | LABEL
    table[0x61 + letter] = NAME_START | NAME | LABEL_START | LABEL
  }
  table[0x5f] = NAME_START | NAME | LABEL_START | LABEL // _
  table[0x3a] = NAME_START | NAME // :
  for (let digit = 0x30; digit <= 0x39; digit++) table[digit] = NAME | LABEL
  for (const end of [0, TAB, NEWLINE, SPACE, OPEN_BRACE]) table[end] |= VALUE_END
  for (const special of [0, NEWLINE, QUOTE, BACKSLASH]) table[special] |= QUOTED_SPECIAL
  for (let byte = 0x80; byte < 256; byte++) table[byte] = QUOTED_SPECIAL
  return table
}

/** First position from `i` on that is neither blank nor tab, or `end`. */
export function skipBlanks(bytes: Uint8Array, i: number, end: number): number {
  while (i < end && (bytes[i] === SPACE || bytes[i] === TAB)) i++
  return i
}

/** Position of the newline at or after `i`, or `end`. */
export function lineEnd(bytes: Uint8Array, i: number, end: number): number {
  while (i < end && bytes[i] !== NEWLINE) i++
  return i
}

/** Whether `bytes[from..to)` is UTF-8 as Unicode defines it: shortest forms only, no surrogates, up to U+10FFFF. */
export function isUtf8(bytes: Uint8Array, from: number, to: number): boolean {
  let i = from
  while (i < to) {
    const lead = bytes[i++]
    if (lead < 0x80) continue
    if (lead < 0xc2 || lead > 0xf4) return false
    // Only the second byte has narrower limits, and only after these leads.
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (i >= to || bytes[i] < low || bytes[i] > high) return false
    i++
    for (let more = lead < 0xe0 ? 0 : lead < 0xf0 ? 1 : 2; more > 0; more--) {
      if (i >= to || (bytes[i] & 0xc0) !== 0x80) return false
      i++
    }
  }
  return true
}
