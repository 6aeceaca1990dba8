/**
 * Sets of code points as flat pairs `lo, hi, lo, hi, …`: inclusive, sorted, neither overlapping nor touching.
 * Case folding asks the JavaScript engine, whose `iu` matching uses the same simple folding (CaseFolding.txt, C and S) as
 * Go's unicode.SimpleFold, so no table has to be carried along.
 */

export type Ranges = readonly number[]

export const MAX_CODE_POINT = 0x10ffff
export const ANY: Ranges = [0, MAX_CODE_POINT]
export const NO_NEWLINE: Ranges = [0, 9, 11, MAX_CODE_POINT]

export const DIGIT: Ranges = [0x30, 0x39]
export const SPACE: Ranges = [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20]
export const WORD: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]

/** The POSIX classes, all ASCII. */
export const POSIX: ReadonlyMap<string, Ranges> = new Map([
  ['alnum', [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]],
  ['alpha', [0x41, 0x5a, 0x61, 0x7a]],
  ['ascii', [0x00, 0x7f]],
  ['blank', [0x09, 0x09, 0x20, 0x20]],
  ['cntrl', [0x00, 0x1f, 0x7f, 0x7f]],
  ['digit', [0x30, 0x39]],
  ['graph', [0x21, 0x7e]],
  ['lower', [0x61, 0x7a]],
  ['print', [0x20, 0x7e]],
  ['punct', [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e]],
  ['space', [0x09, 0x0d, 0x20, 0x20]],
  ['upper', [0x41, 0x5a]],
  ['word', WORD],
  ['xdigit', [0x30, 0x39, 0x41, 0x46, 0x61, 0x66]],
])

/** Sorts and joins pairs given in any order. */
export function normalise(pairs: Ranges): Ranges {
  const order: number[] = []
  for (let i = 0; i < pairs.length; i += 2) order.push(i)
  order.sort((a, b) => pairs[a] - pairs[b])
  const joined: number[] = []
  for (const i of order) {
    const last = joined.length - 1
    if (last > 0 && pairs[i] <= joined[last] + 1) joined[last] = Math.max(joined[last], pairs[i + 1])
    else joined.push(pairs[i], pairs[i + 1])
  }
  return joined
}

export function negate(ranges: Ranges): Ranges {
  const rest: number[] = []
  let next = 0
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i] > next) rest.push(next, ranges[i] - 1)
    next = ranges[i + 1] + 1
  }
  if (next <= MAX_CODE_POINT) rest.push(next, MAX_CODE_POINT)
  return rest
}

export function intersects(a: Ranges, b: Ranges): boolean {
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    if (a[i + 1] < b[j]) i += 2
    else if (b[j + 1] < a[i]) j += 2
    else return true
  }
  return false
}

export function includes(ranges: Ranges, code: number): boolean {
  let low = 0
  let high = ranges.length >> 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (code > ranges[2 * middle + 1]) low = middle + 1
    else high = middle
  }
  return low < ranges.length >> 1 && code >= ranges[2 * low]
}

export function isAny(ranges: Ranges): boolean {
  return ranges.length === 2 && ranges[0] === 0 && ranges[1] === MAX_CODE_POINT
}

/** How many code points, counting no further than `limit`. */
export function countUpTo(ranges: Ranges, limit: number): number {
  let count = 0
  for (let i = 0; i < ranges.length && count < limit; i += 2) count += ranges[i + 1] - ranges[i] + 1
  return Math.min(count, limit)
}

/** Adds everything that differs from a member by case only. */
export function foldCase(ranges: Ranges): Ranges {
  if (isAny(ranges) || ranges.length === 0) return ranges
  const folded: number[] = [...ranges]
  for (const found of casedLetters().match(new RegExp(classSource(ranges), 'giu')) ?? []) {
    const code = found.codePointAt(0) as number
    folded.push(code, code)
  }
  return normalise(folded)
}

/** A class in JavaScript's syntax under the `u` flag. */
export function classSource(ranges: Ranges): string {
  if (isAny(ranges)) return '[^]'
  let source = '['
  for (let i = 0; i < ranges.length; i += 2) {
    source += escapedCode(ranges[i])
    if (ranges[i + 1] > ranges[i]) source += '-' + escapedCode(ranges[i + 1])
  }
  return source + ']'
}

export function escapedCode(code: number): string {
  return `\\u{${code.toString(16)}}`
}

let letters: string | undefined

/** Every character that has another case, as one text; about 3,000 and all below U+20000. Made on the first `(?i)`. */
function casedLetters(): string {
  if (letters === undefined) {
    const cased = /[\p{Changes_When_Casefolded}\p{Changes_When_Casemapped}]/u
    letters = ''
    for (let code = 0; code < 0x20000; code++) {
      if (code >= 0x3400 && code < 0xa640) continue // ideographs
      if (code >= 0xac00 && code < 0xfb00) continue // Hangul, surrogates, private use
      const char = String.fromCodePoint(code)
      if (cased.test(char)) letters += char
    }
  }
  return letters
}
