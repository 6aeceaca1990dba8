/**
 * Lists as JSON that may be long: taken apart into their elements, each parsed by itself, so that no list however long holds
 * the event loop. Owns nothing but that; what the elements mean is for others.
 */

/** Elements are parsed one at a time; bytes that are passed over between two looks at the clock when one is large. */
const STEP_BYTES = 64 * 1024

/**
 * The elements of a JSON array in UTF-8; `null` is an empty list, as Go writes it. A work for Slices. Throws an Error, whose
 * message says what is wrong, for anything else.
 */
export function* jsonList(bytes: Uint8Array): Generator<undefined, readonly unknown[]> {
  let at = afterBlanks(bytes, 0)
  if (bytes[at] !== OPEN_LIST) {
    if (bytes.length - at < 16 && new TextDecoder().decode(bytes.subarray(at)).trim() === 'null') return []
    throw new Error('the answer is not a JSON list')
  }
  const elements: unknown[] = []
  at = afterBlanks(bytes, at + 1)
  if (bytes[at] === CLOSE_LIST && afterBlanks(bytes, at + 1) === bytes.length) return elements
  for (;;) {
    const end: number = yield* endOfElement(bytes, at)
    elements.push(jsonValue(bytes.subarray(at, end)))
    yield
    if (bytes[end] === CLOSE_LIST) {
      if (afterBlanks(bytes, end + 1) !== bytes.length) throw new Error('the answer goes on after its JSON list')
      return elements
    }
    if (bytes[end] !== COMMA) throw new Error(NOT_JSON)
    at = end + 1
  }
}

/** A JSON value in one piece: for what is small, such as an element or a list of names. Throws an Error for people. */
export function jsonValue(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new Error(NOT_JSON)
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const NOT_JSON = 'the answer is not JSON'

/** Index of the comma, or of the bracket that nothing opened, after the element at `from`. */
function* endOfElement(bytes: Uint8Array, from: number): Generator<undefined, number> {
  let depth = 0
  let pause = from + STEP_BYTES
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at)
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++
    else if (byte === COMMA && depth === 0) return at
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      if (depth === 0) return at
      depth--
    }
    if (at > pause) {
      pause = at + STEP_BYTES
      yield
    }
  }
  throw new Error('the answer ends in the middle of its JSON list')
}

/** Index of the closing quote; the end of the bytes when there is none. */
function endOfString(bytes: Uint8Array, open: number): number {
  for (let at = open + 1; ; at++) {
    at = bytes.indexOf(QUOTE, at)
    if (at < 0) return bytes.length
    let escapes = 0
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return at
  }
}

function afterBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++
  return at
}
