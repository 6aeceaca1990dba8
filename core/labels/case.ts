/**
 * Upper and lower case as Go's strings.ToUpper and ToLower have it: each code point on its own, by Unicode's simple
 * mapping to one code point. JavaScript maps whole texts and to several characters (`ß` to `SS`, a final `Σ` to `ς`).
 */

export function goLowerCase(text: string): string {
  return isAscii(text) ? text.toLowerCase() : mapEach(text, lowerOf)
}

export function goUpperCase(text: string): string {
  return isAscii(text) ? text.toUpperCase() : mapEach(text, upperOf)
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

function mapEach(text: string, map: (char: string) => string): string {
  let mapped = ''
  for (const char of text) mapped += map(char)
  return mapped
}

function lowerOf(char: string): string {
  // The only letter whose full lower case has several characters though its simple one exists.
  if (char === '\u0130') return 'i'
  return char.toLowerCase()
}

function upperOf(char: string): string {
  const upper = char.toUpperCase()
  return isOneCodePoint(upper) ? upper : simpleUpperOf(char)
}

function isOneCodePoint(text: string): boolean {
  const code = text.codePointAt(0) as number
  return text.length === (code > 0xffff ? 2 : 1)
}

/** For letters whose full upper case has several characters: only Greek ones with iota subscript have a simple one too. */
function simpleUpperOf(char: string): string {
  const code = char.charCodeAt(0)
  if (code >= 0x1f80 && code <= 0x1faf) return String.fromCharCode(code | 8)
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCharCode(code + 9)
  return char
}
