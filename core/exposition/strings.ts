/** Strings from bytes, for the few places that need them: labels of new series, metadata. */

/** `ignoreBOM` keeps U+FEFF, which is an ordinary character inside a value. */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Label names and many values repeat from series to series. A small direct-mapped cache finds them again by their bytes,
 * faster than they can be decoded, and series then share one string. Power of two; at most SLOTS * LONGEST characters.
 */
const SLOTS = 1024
const LONGEST = 48
const recent: string[] = new Array<string>(SLOTS).fill('')

/** Undefined when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, from: number, to: number): string | undefined {
  const length = to - from
  if (length === 0) return ''
  if (length > LONGEST) return decodeAny(bytes, from, to)
  let hash = length
  let seen = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i]
    seen |= byte
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  if (seen >= 0x80) return decodeAny(bytes, from, to)
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
  const known = recent[slot]
  if (known.length === length) {
    let i = 0
    while (i < length && known.charCodeAt(i) === bytes[from + i]) i++
    if (i === length) return known
  }
  const text = strict.decode(bytes.subarray(from, to))
  recent[slot] = text
  return text
}

function decodeAny(bytes: Uint8Array, from: number, to: number): string | undefined {
  try {
    return strict.decode(bytes.subarray(from, to))
  } catch {
    return undefined
  }
}

/** Undoes `\\`, `\"` and `\n`; any other pair stays as it is, backslash included. */
export function unescapeLabel(text: string): string {
  return text.includes('\\') ? text.replace(/\\([\\"n])/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped)) : text
}

/** The text format escapes no quotes in HELP texts, so `\"` stays there. */
export function unescapeHelp(text: string): string {
  return text.includes('\\') ? text.replace(/\\([\\n])/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped)) : text
}
