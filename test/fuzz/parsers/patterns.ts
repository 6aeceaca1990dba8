/** Patterns and rules of relabelling, what strangers write that they are matched against, and passwords in what they write. */
import { startWithoutPasswords, withoutPasswords } from '../../../core/errors.ts'
import { compilePattern } from '../../../core/labels/re2/pattern.ts'
import { compileRules, relabel } from '../../../core/labels/relabel.ts'
import { compileTemplate, expandTemplate } from '../../../core/labels/template.ts'
import type { Bytes } from '../mutate.ts'
import { check, type Parser, text, texts } from '../parser.ts'

const PATTERNS: readonly string[] = [
  '(.*)\nabc',
  '(?i:a+b|c{2,5})x?\nAAbx',
  '([^;]+);(?P<n>\\d+)\\.(.*)\na;1.b',
  '(a|b|ab)*c\nababababababd',
  '(x+x+)+y\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  '\\pL[[:alpha:]]\\Q.*\\E^$\\b\né',
  'prod-(eu|us)-.*|dev.*\nprod-eu-1',
]

const PATTERN_TOKENS: readonly string[] = [
  ...[
    '(',
    ')',
    '(?:',
    '(?P<a>',
    '(?i)',
    '[',
    ']',
    '[^',
    '[[:word:]]',
    '\\pL',
    '\\p{Greek}',
    '\\x{10ffff}',
    '\\Q',
    '\\E',
    '|',
  ],
  ...[
    '*',
    '+',
    '?',
    '*?',
    '{2}',
    '{0,}',
    '{1000}',
    '{10,1000}',
    '.',
    '^',
    '$',
    '\\b',
    '\\d',
    'a',
    'x',
    '\n',
    'aaaaaaaaaa',
  ],
]

/** The pattern, a line feed, and what it is matched against. */
function readPattern(input: Bytes): void {
  const whole = text(input)
  const at = whole.indexOf('\n')
  const source = at < 0 ? whole : whole.slice(0, at)
  const subject = at < 0 ? '' : whole.slice(at + 1)
  const compiled = compilePattern(source)
  if (!compiled.ok) {
    check(compiled.message !== '' && compiled.offset <= source.length, 'a refusal has a text and a place')
    return
  }
  const { pattern } = compiled
  const match = pattern.match(subject)
  check(pattern.test(subject) === (match !== undefined), 'test and match agree')
  check(match === undefined || match[0] === subject, 'a match is of the whole text')
  if (match !== undefined) expandTemplate(compileTemplate('$1-$2-$n', pattern.groupNames), match)
}

/** A rule as JSON would have it, applied to labels that are in it as well. */
function readRule(input: Bytes): void {
  const [regex = '', replacement = '', targetLabel = '', value = ''] = text(input).split('\n')
  for (const action of ['replace', 'keep', 'labelmap', 'hashmod', 'labeldrop'] as const) {
    const dropsLabels = action === 'labeldrop' || action === 'labelmap'
    const compiled = compileRules([
      {
        action,
        regex,
        ...(dropsLabels ? {} : { sourceLabels: ['a', 'b'], targetLabel }),
        ...(action === 'labeldrop' ? {} : { replacement }),
        ...(action === 'hashmod' ? { modulus: 7 } : {}),
      },
    ])
    if (!compiled.ok) {
      check(
        compiled.problems.every(({ message }) => message !== ''),
        'a problem has a text',
      )
      continue
    }
    const labels = relabel(['a', value, 'b', 'x', 'job', 'j'], compiled.rules)
    check(labels === undefined || labels.length % 2 === 0, 'labels are pairs')
  }
}

const usualPatterns = [
  '(.*)',
  '([^:]+)(?::\\d+)?',
  '(.+);(.+)',
  '.*-(eu|us)-.*',
  '(x+x+)+y',
  '(?i)host.*|.*x',
  '(a|b|ab)*c',
  '.*a.*b.*c.*',
].map((source) => {
  const compiled = compilePattern(source)
  if (!compiled.ok) throw new Error(compiled.message)
  return compiled.pattern
})

const PASSWORD = 'correcthorse7'
const MOST_SHOWN = 512

/** Whatever else a text says: the password of a URL in it, on a line of its own, is shown to nobody. */
function readShown(input: Bytes): string {
  const given = `${text(input)}\nhttp://prober:${PASSWORD}@10.0.0.7:9115/probe\n`
  const shown = withoutPasswords(given)
  check(!shown.includes(PASSWORD), 'a password is not shown')
  const start = startWithoutPasswords(given, MOST_SHOWN)
  check(!start.shown.includes(PASSWORD.slice(0, 4)), 'nor a part of it')
  check(start.rest >= given.length - MOST_SHOWN, 'what is left out is counted')
  return `${shown} ${start.shown}`
}

export const patternParsers: readonly Parser[] = [
  {
    name: 'passwords in texts',
    covers: ['core/errors.ts:withoutPasswords', 'core/errors.ts:startWithoutPasswords'],
    seeds: texts(
      'Get "https://u:p@h/m?target=http%3A%2F%2Fu%3Ap%40h": connection refused',
      'postgres://u:p%40@[::1]:5432/db, http://h:80/@x',
      "amqp:\\\\u:a'b`@h http%3A//u%3Ap%40h",
    ),
    tokens: ['://', ':', '@', '%40', '%3A', '%2F', '/', '?', '#', '[', ']', '"', ' ', 'http:', 'http%3A%2F%2F', '80'],
    read: readShown,
  },
  {
    name: 'pattern and what it is matched against',
    covers: [
      ...['core/labels/re2/pattern.ts:compilePattern', 'core/labels/re2/parse.ts:parsePattern'],
      ...['core/labels/re2/escapes.ts:parseEscape', 'core/labels/re2/escapes.ts:parseBracketClass'],
      ...['core/labels/re2/escapes.ts:parseClassEscape', 'core/labels/template.ts:compileTemplate'],
    ],
    seeds: texts(...PATTERNS),
    tokens: PATTERN_TOKENS,
    // A machine of n steps walks over a text of m characters in n * m; both are in the input.
    longest: 4 * 1024,
    microsPerByte: 200,
    inputs: 150,
    allocates: 64 * 1024 * 1024,
    read: readPattern,
  },
  {
    name: 'long texts for usual patterns',
    covers: ['core/labels/re2/pattern.ts:compilePattern'],
    seeds: texts('host-1.example.org:9100', 'aaaa;bbbb', 'xxxxxxxxxxy'),
    tokens: [';', ':', '.', 'x', 'a', '-', 'ab', '\n', 'é'],
    longest: 64 * 1024,
    microsPerByte: 40,
    read(input) {
      for (const pattern of usualPatterns) pattern.match(text(input))
    },
  },
  {
    name: 'relabel rule',
    covers: ['core/labels/relabel.ts:compileRules', 'core/labels/rules.ts:checkRule'],
    seeds: texts('(.+);(.+)\n$1-$2\ntarget\nv', '__meta_(.*)\n$1\nlabel_$1\nw', '(a*)*\n$$$x\n\n'),
    tokens: [...PATTERN_TOKENS, '$1', '${', '}', '$$'],
    longest: 4 * 1024,
    microsPerByte: 400,
    inputs: 150,
    allocates: 64 * 1024 * 1024,
    read: readRule,
  },
]
