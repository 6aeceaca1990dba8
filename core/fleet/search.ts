/**
 * The language of searches for targets, see TargetQuery: read once, asked of many. Owns what words mean. Whatever is typed, a
 * target is judged in time that grows with its texts alone: nothing is a regular expression, and no part of a text is looked at
 * again for another way to match.
 */
import { type Labels, labelValue } from '../labels/labels.ts'
import { MAX_SEARCH_CHARACTERS, MAX_SEARCH_WORDS } from '../limits.ts'
import { type Pattern, patternOf } from './pattern.ts'

/** What a search is asked of. */
export interface Searched {
  readonly url: string
  readonly labels: Labels
  readonly error: string
}

export interface Search {
  /** Nothing was typed: everything matches. */
  readonly everything: boolean
  /** `key`: 16 hexadecimal digits, asked for only when a word is about it, since finding it costs more than all else. */
  matches(target: Searched, key: () => string): boolean
}

export type ParsedSearch =
  | { readonly ok: true; readonly search: Search }
  /** `error` says in a sentence what is wrong and what is right. */
  | { readonly ok: false; readonly error: string }

type Test = (target: Searched, key: () => string) => boolean

/** Characters of a word: those in double quotes stand for themselves. */
interface Word {
  readonly text: string
  /** Of each character whether it was in quotes or behind a backslash. */
  readonly literal: readonly boolean[]
}

const NAME = /^[\p{L}\p{N}_.-]+$/u
const KEY = /^[0-9a-f]{16}$/i

export function parseSearch(text: string): ParsedSearch {
  if (text.length > MAX_SEARCH_CHARACTERS) {
    return problem(`the search has ${text.length} characters; it may have ${MAX_SEARCH_CHARACTERS}`)
  }
  const words = wordsOf(text)
  if (words === undefined)
    return problem('a double quote in the search has no second one; a quote itself is written \\"')
  if (words.length > MAX_SEARCH_WORDS) {
    return problem(`the search has ${words.length} words; it may have ${MAX_SEARCH_WORDS}`)
  }
  const tests: Test[] = []
  for (const word of words) {
    const read = readWord(word)
    if (typeof read === 'string') return problem(read)
    tests.push(read)
  }
  const matches: Test = (target, key) => {
    for (const test of tests) if (!test(target, key)) return false
    return true
  }
  return { ok: true, search: { everything: tests.length === 0, matches } }
}

/** A search that finds what has exactly this label, for whoever puts one together: `instance="10.0.0.7:9100"`. */
export function quoted(name: string, value: string): string {
  return `${name}="${value.replace(/["\\]/g, '\\$&')}"`
}

function problem(error: string): ParsedSearch {
  return { ok: false, error }
}

/** Undefined when a quote isn't closed. */
function wordsOf(text: string): Word[] | undefined {
  const words: Word[] = []
  let current: { text: string; literal: boolean[] } | undefined
  let inQuotes = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (!inQuotes && /\s/.test(c)) {
      current = undefined
      continue
    }
    if (current === undefined) words.push((current = { text: '', literal: [] }))
    if (c === '"') {
      inQuotes = !inQuotes
      continue
    }
    const escapes = inQuotes && c === '\\' && (text[i + 1] === '"' || text[i + 1] === '\\')
    current.text += escapes ? text[++i] : c
    current.literal.push(inQuotes)
  }
  return inQuotes ? undefined : words
}

/** A string says what is wrong. */
function readWord(word: Word): Test | string {
  const equals = findBare(word, '=')
  const negated = equals > 0 && word.text[equals - 1] === '!' && !word.literal[equals - 1]
  const nameEnd = negated ? equals - 1 : equals
  const name = word.text.slice(0, Math.max(0, nameEnd))
  const named = equals >= 0 && (name === '' || NAME.test(name) || word.literal[0])
  // In other places it belongs to a text that is looked for, as in `http://host/?a=b`.
  if (!named) return anywhere(patternOf(word.text, word.literal, 'within', true))
  if (name === '') {
    return `"${word.text}" has no label before the ${negated ? '!=' : '='}; write it as job=node, or in quotes to look for it as it is`
  }
  const from = equals + 1
  const value = word.text.slice(from)
  if (value.startsWith('~') && !word.literal[from]) {
    return `"${word.text}": there are no regular expressions here; write * for any characters, as in ${name}${negated ? '!=' : '='}web-*`
  }
  const pattern = patternOf(value, word.literal.slice(from), 'whole', false)
  const ofKey = name === 'key' && KEY.test(value) ? value.toLowerCase() : undefined
  return (target, key) =>
    (pattern.matches(labelValue(target.labels, name)) || (ofKey !== undefined && key() === ofKey)) !== negated
}

function anywhere(pattern: Pattern): Test {
  return ({ url, labels, error }) => {
    if (pattern.matches(url) || pattern.matches(error)) return true
    for (let i = 1; i < labels.length; i += 2) if (pattern.matches(labels[i])) return true
    return false
  }
}

/** Place of a character that isn't in quotes, or -1. */
function findBare({ text, literal }: Word, character: string): number {
  for (let i = 0; i < text.length; i++) if (text[i] === character && !literal[i]) return i
  return -1
}
