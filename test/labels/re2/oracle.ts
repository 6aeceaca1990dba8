/** An independent engine (re2js, a port of Go's) behind the same questions, and random patterns to ask it about. */
import * as fc from 'fast-check'
import { RE2JS } from 're2js'
import type { Match } from '../../../core/labels/re2/pattern.ts'

export interface Oracle {
  match(text: string): Match | undefined
}

export function oracleFor(source: string): Oracle | undefined {
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(`^(?s:${source})$`)
  } catch {
    return undefined
  }
  return {
    match(text) {
      const matcher = compiled.matcher(text)
      if (!matcher.find()) return undefined
      const groups: (string | undefined)[] = []
      for (let i = 0; i <= matcher.groupCount(); i++) groups.push(matcher.group(i) ?? undefined)
      return groups
    },
  }
}

const atom = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', '-', '0', 'foo', 'é', '😀', '\\n') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('.', '[ab]', '[^a]', '\\d', '\\w', '\\W', '[a-c0]', '\\pL', '[[:alpha:]-]', '\\s'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('^', '$', '\\b', '\\B', '(?m:^)', '(?m:$)', '(?-s:.)', '(?i:B)', '(?i:[k])', '()'),
  },
)
const quantifier = fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,}', '{1,3}?', '{0}')

/** Any of the language, small but nested. */
export const anyPattern: fc.Arbitrary<string> = fc.letrec<{ node: string; repeated: string }>((tie) => ({
  repeated: fc.tuple(tie('node'), quantifier).map(([body, times]) => `(?:${body})${times}`),
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    atom,
    fc.tuple(atom, quantifier).map(([body, times]) => `(?:${body})${times}`),
    tie('repeated'),
    tie('node').map((body) => `(${body})`),
    fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map((items) => items.join('')),
    fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map((items) => `(?:${items.join('|')})`),
    tie('node').map((body) => `(|${body})`),
  ),
})).node

/** Of the kind that string operations take. */
export const simplePattern: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'a',
        'b',
        'ab',
        'foo',
        '-',
        '(a)',
        '(a|ab)',
        '(foo|b|)',
        '(?:a|b)',
        '[ab]',
        '(?:ab)?',
        '(b)?',
        '😀',
      ),
      fc.constantFrom('.*', '(.*)', '.+', '(.+)', '.*?', '(.+?)', '(.*a)', '(b.*)', '(.*-.*)'),
      fc.constantFrom('|', '^', '$'),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(''))

/** Gaps and literals by turns: where greedy and lazy gaps compete for the same literals. */
export const gappedPattern: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', 'a', '(a)?', '(a)??', '(?:(a)|ab){1,2}?', '(?:(a)|b){0,2}', '(a|ab)', '(|a)'),
    fc.array(
      fc.tuple(fc.constantFrom('(.*)', '(.+)', '(.*?)', '(.+?)', '.*'), fc.constantFrom('a', '-', '(b)', 'ab', '')),
      { minLength: 1, maxLength: 3 },
    ),
    fc.constantFrom('', '(.*)', '(.+?)', '(a|b)', '|(a.*)'),
  )
  .map(([start, turns, end]) => start + turns.flat().join('') + end)

export const anyText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('a', 'b', 'c', 'A', 'B', 'k', '\u212a', '-', '0', 'foo', 'é', '😀', '\n', ' ', 'ab'), {
    maxLength: 7,
  })
  .map((parts) => parts.join(''))
