/**
 * Text on the wire is bytes that should be UTF-8, and names are compared as bytes. Every byte string has exactly one text
 * here and every such text goes back to the same bytes: a byte that is not part of valid UTF-8 becomes the lone surrogate
 * U+DC80 to U+DCFF (as Python's `surrogateescape`). So two names are equal strings exactly when their bytes are equal.
 */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function decodeText(bytes: Uint8Array, from: number, to: number): string {
  for (let i = from; i < to; i++) if (bytes[i] >= 0x80) return decodeWide(bytes.subarray(from, to))
  return String.fromCharCode.apply(null, bytes.subarray(from, to) as unknown as number[])
}

function decodeWide(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    return decodeEscaped(bytes)
  }
}

function decodeEscaped(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i)
    text += length === 0 ? String.fromCharCode(0xdc00 | bytes[i]) : strict.decode(bytes.subarray(i, i + length))
    i += Math.max(1, length)
  }
  return text
}

/** Bytes of the valid sequence that begins at `i`; 0 when none does. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const first = bytes[i]
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  if (length < 2) return length
  if (i + length > bytes.length) return 0
  for (let k = 1; k < length; k++) if ((bytes[i + k] & 0xc0) !== 0x80) return 0
  const second = bytes[i + 1]
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  const bad =
    (first === 0xe0 && second < 0xa0) ||
    (first === 0xed && second > 0x9f) ||
    (first === 0xf0 && second < 0x90) ||
    (first === 0xf4 && second > 0x8f)
  return bad ? 0 : length
}

/** Bytes that `encodeTextInto` writes. */
export function textLength(text: string): number {
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x80) length++
    else if (c < 0x800) length += 2
    else if (isPair(text, i)) {
      length += 4
      i++
    } else length += isEscape(c) ? 1 : 3
  }
  return length
}

/** `out` has room for `textLength(text)` bytes at `at`. Returns where it ends. */
export function encodeTextInto(text: string, out: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i)
    if (c < 0x80) {
      out[at++] = c
    } else if (c < 0x800) {
      out[at++] = 0xc0 | (c >> 6)
      out[at++] = 0x80 | (c & 0x3f)
    } else if (isPair(text, i)) {
      c = 0x10000 + ((c & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff)
      out[at++] = 0xf0 | (c >> 18)
      out[at++] = 0x80 | ((c >> 12) & 0x3f)
      out[at++] = 0x80 | ((c >> 6) & 0x3f)
      out[at++] = 0x80 | (c & 0x3f)
    } else if (isEscape(c)) {
      out[at++] = c & 0xff
    } else {
      // Any other lone surrogate has no bytes; it can't come from the wire.
      if (c >= 0xd800 && c <= 0xdfff) c = 0xfffd
      out[at++] = 0xe0 | (c >> 12)
      out[at++] = 0x80 | ((c >> 6) & 0x3f)
      out[at++] = 0x80 | (c & 0x3f)
    }
  }
  return at
}

/** The bytes that a text has on the wire: what is hashed and compared. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(textLength(text))
  encodeTextInto(text, bytes, 0)
  return bytes
}

function isPair(text: string, i: number): boolean {
  if ((text.charCodeAt(i) & 0xfc00) !== 0xd800) return false
  return (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00
}

function isEscape(c: number): boolean {
  return c >= 0xdc80 && c <= 0xdcff
}
