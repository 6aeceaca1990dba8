/**
 * Where something stands in a JSON text, for messages: parsers of runtimes don't agree on telling it. Used only when something is
 * wrong, so it is simple rather than fast. Never makes values.
 */

export interface JsonPlace {
  /** From 1. */
  readonly line: number
  /** What is wrong there; undefined for a place that was asked for. */
  readonly problem: string | undefined
}

const BLANKS = /[ \t\r\n]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const TOKENS_PER_STEP = 1024

type Expected = 'a value' | 'a value or ]' | 'a key' | 'a key or }' | '":"' | '"," or ]' | '"," or }' | 'the end'

/**
 * The first place where the text is not JSON, or where the element with this index of the outermost list begins, whichever comes
 * first; undefined when there is neither. A work for Slices.
 */
export function* jsonPlace(text: string, element?: number): Generator<undefined, JsonPlace | undefined> {
  const open: string[] = []
  let expected: Expected = 'a value'
  let index = 0
  let at = 0

  function taken(pattern: RegExp): boolean {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found !== null) at = pattern.lastIndex
    return found !== null && found[0] !== ''
  }

  /** By hand: a pattern takes the engine's stack for each character, and megabytes overflow it. */
  function takenString(): boolean {
    const end = text[at] === '"' ? endOfString(text, at) : -1
    if (end >= 0) at = end
    return end >= 0
  }

  function afterValue(): Expected {
    const inside = open[open.length - 1]
    return inside === undefined ? 'the end' : inside === '[' ? '"," or ]' : '"," or }'
  }

  /** Undefined when something else stands there. */
  function next(): Expected | undefined {
    const character = text[at]
    if (expected === '"," or ]' || expected === '"," or }') {
      if (character === ',') {
        at++
        if (open.length === 1) index++
        return expected === '"," or ]' ? 'a value' : 'a key'
      }
      return character === expected.at(-1) ? close() : undefined
    }
    if (expected === '":"') return character === ':' ? after('a value') : undefined
    if (expected === 'a key or }' && character === '}') return close()
    if (expected === 'a value or ]' && character === ']') return close()
    if (expected === 'a key' || expected === 'a key or }') return takenString() ? '":"' : undefined
    if (character === '[' || character === '{') {
      open.push(character)
      return after(character === '[' ? 'a value or ]' : 'a key or }')
    }
    return takenString() || taken(SCALAR) ? afterValue() : undefined
  }

  function after(what: Expected): Expected {
    at++
    return what
  }

  function close(): Expected {
    at++
    open.pop()
    return afterValue()
  }

  for (let tokens = 0; ; tokens++) {
    if (tokens % TOKENS_PER_STEP === 0) yield
    taken(BLANKS)
    const isElement = open.length === 1 && (expected === 'a value' || expected === 'a value or ]')
    if (isElement && index === element) return { line: lineAt(text, at), problem: undefined }
    if (expected === 'the end' && at === text.length) return undefined
    const follows: Expected | undefined = expected === 'the end' ? undefined : next()
    if (follows === undefined) return { line: lineAt(text, at), problem: `is not valid JSON: expected ${expected}` }
    expected = follows
  }
}

/** Behind the closing quote; -1 when there is none, or something that may not be in a string. */
function endOfString(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at]
    if (character === '"') return at + 1
    if (character < ' ') return -1
    if (character !== '\\') continue
    ESCAPE.lastIndex = at
    if (!ESCAPE.test(text)) return -1
    at = ESCAPE.lastIndex - 1
  }
  return -1
}

function lineAt(text: string, at: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line++
  return line
}
