import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withoutOuterAnchors } from '../../../core/labels/re2/ast.ts'
import { parsePattern } from '../../../core/labels/re2/parse.ts'
import { compilePattern, type Match, namedGroup, type Pattern } from '../../../core/labels/re2/pattern.ts'
import { pikeMatcher } from '../../../core/labels/re2/pike.ts'
import { capturingRegExp, execRegExp, testingRegExp } from '../../../core/labels/re2/regexp.ts'
import { shapesOf } from '../../../core/labels/re2/shapes.ts'
import { leastEffort } from '../../support/effort.ts'
import { anyPattern, anyText, gappedPattern, oracleFor, simplePattern } from './oracle.ts'

function compiled(source: string): Pattern {
  const result = compilePattern(source)
  if (!result.ok) throw new Error(result.message)
  return result.pattern
}

type Path = 'strings' | 'RegExp' | 'machine'
interface Forced {
  readonly test?: (text: string) => boolean
  readonly match?: (text: string) => Match | undefined
}

/** One way of matching, and nothing but it; empty where it declines the pattern. */
function forced(source: string, path: Path): Forced {
  const result = parsePattern(source)
  if (!result.ok) throw new Error(result.message)
  const parsed = { ...result.parsed, root: withoutOuterAnchors(result.parsed.root) }
  if (path === 'strings') return shapesOf(parsed) ?? {}
  if (path === 'machine') return pikeMatcher(parsed)
  const testing = testingRegExp(parsed)
  const capturing = capturingRegExp(parsed)
  return {
    ...(testing && { test: (text: string) => testing.regexp.test(text) }),
    ...(capturing && { match: (text: string) => execRegExp(capturing, text) }),
  }
}

/** Counts how often a path really answered, so that a path that declines everything doesn't pass. */
function compare(path: Path, patterns: fc.Arbitrary<string>, numRuns: number): { tests: number; captures: number } {
  const answered = { tests: 0, captures: 0 }
  fc.assert(
    fc.property(patterns, fc.array(anyText, { minLength: 5, maxLength: 12 }), (source, texts) => {
      const oracle = oracleFor(source)
      if (oracle === undefined) {
        expect(compilePattern(source).ok).toBe(false)
        return
      }
      const way = forced(source, path)
      for (const text of texts) {
        const expected = oracle.match(text)
        if (way.test) {
          expect(way.test(text), `/${source}/ on ${JSON.stringify(text)}`).toBe(expected !== undefined)
          if (expected) answered.tests++
        }
        if (way.match) {
          const match = way.match(text)
          expect(match && [...match], `/${source}/ on ${JSON.stringify(text)}`).toEqual(expected)
          if (expected && expected.length > 1) answered.captures++
        }
      }
    }),
    { numRuns },
  )
  return answered
}

describe('every path gives the answers of re2js, captures included', () => {
  it.each(['machine', 'RegExp', 'strings'] as const)('%s, any pattern', (path) => {
    const { tests, captures } = compare(path, anyPattern, 800)
    expect(tests).toBeGreaterThan(50)
    expect(captures).toBeGreaterThan(path === 'strings' ? 5 : 30)
  })

  it.each(['machine', 'RegExp', 'strings'] as const)('%s, everyday patterns', (path) => {
    const { tests, captures } = compare(path, fc.oneof(simplePattern, gappedPattern), 1200)
    expect(tests).toBeGreaterThan(100)
    expect(captures).toBeGreaterThan(50)
  })
})

describe('the path that is chosen', () => {
  // Worth pinning down: the everyday patterns must not slip to a slower way unnoticed.
  it.each([
    'foo',
    'foo|bar',
    '(foo|bar)_total',
    'a(b|c)d',
    '.*',
    '(.*)',
    '.+',
    '(.+)',
    'foo.*',
    '.*foo',
    '.*foo.*',
    'a(.*)b',
    '^foo.*$',
    '(.+):(.+)',
    '([^:]+)'.replace('[^:]', '.'),
    '(foo|bar);(.*)',
    '__meta_kubernetes_pod_label_(.+)',
    'go_.*|process_.*',
    '(?i)get|post',
    '(.*?)-(.*?)-x',
    '/(.*)/',
    'node[0-9]',
  ])('strings: %s', (source) => {
    const shapes = shapesOfSource(source)
    expect(shapes?.test).toBeDefined()
    expect(shapes?.match).toBeDefined()
  })

  it.each(['.*(foo|bar).*', '.*(foo|bar)', '(.*)(?:a|b)'])('strings for the test only: %s', (source) => {
    expect(shapesOfSource(source)?.test).toBeDefined()
    expect(shapesOfSource(source)?.match).toBeUndefined()
  })

  it.each([
    ['([^:]+)(?::\\d+)?', 65_536],
    ['[a-z]+[0-9]*', 65_536],
    ['(?:[a-z]+-)*[0-9]?', 65_536],
    ['\\w+', 65_536],
    ['(a|ab)[0-9]+', 65_536],
    ['([a-z0-9-]+)-[a-z0-9]{8,10}-[a-z0-9]{5}', 1000],
    ['.*\\d+.*\\d', 31],
    ['(?:pet|put).*\\d', 707],
  ])('RegExp: %s up to %i', (source, maxLength) => {
    expect(regExpOf(source).testing?.maxLength).toBe(maxLength)
  })

  it.each([
    '(a+)+',
    '(?:a|a)*b',
    '(.*)*x',
    '(?:a|ab)*c',
    '(?:a*)*',
    '(?:[ab]+a)*',
    '(?:a?){30}a{30}',
    '(?:.*a){12}',
    '(?:a|b|ab)*c',
    '.*a.*a.*a.*[ab]',
    '(?:a+b?)+c',
    '(?:(?:ab)+(?:ab)+)+',
  ])('no RegExp: %s', (source) => {
    const regexp = regExpOf(source)
    const shortest = Math.min(regexp.testing?.maxLength ?? 0, regexp.capturing?.maxLength ?? 0)
    expect(shortest).toBeLessThanOrEqual(40)
  })

  it.each(['(?:(a)|b)*', '(a*)?', '((a)?b)+', '(?:(a)|b){2}', '(?:()|a)+'])(
    'RegExp captures would differ: %s',
    (source) => {
      expect(regExpOf(source).capturing).toBeUndefined()
    },
  )

  function shapesOfSource(source: string) {
    const result = parsePattern(source)
    if (!result.ok) throw new Error(result.message)
    return shapesOf({ ...result.parsed, root: withoutOuterAnchors(result.parsed.root) })
  }

  function regExpOf(source: string) {
    const result = parsePattern(source)
    if (!result.ok) throw new Error(result.message)
    return { testing: testingRegExp(result.parsed), capturing: capturingRegExp(result.parsed) }
  }
})

describe('compilePattern', () => {
  it('equals re2js whichever path it takes', () => {
    fc.assert(
      fc.property(fc.oneof(anyPattern, simplePattern), anyText, (source, text) => {
        const oracle = oracleFor(source)
        fc.pre(oracle !== undefined)
        const pattern = compiled(source)
        const match = pattern.match(text)
        expect(match && [...match]).toEqual(oracle?.match(text))
        expect(pattern.test(text)).toBe(match !== undefined)
      }),
      { numRuns: 1500 },
    )
  })

  it.each([
    // source, text, groups
    ['(?i)straße', 'STRAẞE', ['STRAẞE']],
    ['(?i)k', '\u212a', ['\u212a']],
    ['(?i)σ', 'ς', ['ς']],
    ['(?i)i', 'İ', undefined],
    ['(?i)\\w', 'ſ', ['ſ']],
    ['\\w', 'ſ', undefined],
    ['(?i)[^k]', '\u212a', undefined],
    ['(?i)\\pLu', 'AU', ['AU']],
    ['(?i)\\p{Lu}', 'a', ['a']],
    ['.', '😀', ['😀']],
    ['.', '\n', ['\n']],
    ['(?-s).', '\n', undefined],
    ['(?-s:.*)\\n.', 'ab\n\n', ['ab\n\n']],
    ['\\Qa.b\\E+', 'a.bbb', ['a.bbb']],
    ['\\Qa.b', 'axb', undefined],
    ['\\x{1F600}\\x41\\101\\a\\0', '😀AA\x07\0', ['😀AA\x07\0']],
    ['[]a]+', ']a', [']a']],
    ['[^]a]', 'b', ['b']],
    ['[a-]+', 'a-', ['a-']],
    ['a{,2}', 'a{,2}', ['a{,2}']],
    ['{', '{', ['{']],
    ['a{2', 'a{2', ['a{2']],
    ['a{02}', 'a{02}', ['a{02}']],
    ['[[:word:]]+[[:^digit:]]', 'a1_-', ['a1_-']],
    ['\\p{Greek}\\P{Greek}\\p{^Greek}', 'αaa', ['αaa']],
    ['\\pL\\PL\\p{L}', 'a1b', ['a1b']],
    ['\\p{letter}\\p{ old-italic }', 'a𐌀', ['a𐌀']],
    ['\\p{Any}\\p{ASCII}\\p{Assigned}', 'éaé', ['éaé']],
    ['[\\d\\pL-]+', '1-é', ['1-é']],
    ['(?U)(a*)(a*)', 'aa', ['aa', '', 'aa']],
    ['(?U)(a*?)(a*)', 'aa', ['aa', 'aa', '']],
    ['(?P<n>a)|(?<n>b)', 'b', ['b', undefined, 'b']],
    ['(?:(a)|b)*', 'ab', ['ab', 'a']],
    ['(a|ab)(c|bcd)(d*)', 'abcd', ['abcd', 'a', 'bcd', '']],
    ['(|a)*', 'aa', ['aa', 'a']],
    ['(|a)*(a*)', 'aa', ['aa', '', 'aa']],
    ['(.*?)-(.*)-(.*)', 'a-b-c-d', ['a-b-c-d', 'a', 'b-c', 'd']],
    ['(.*?)-(.*?)-(.*)', 'a-b-c-d', ['a-b-c-d', 'a', 'b', 'c-d']],
    ['(.*)-(.*)-(.*)', 'a-b-c-d', ['a-b-c-d', 'a-b', 'c', 'd']],
    ['(a)??(.*)', 'aa', ['aa', undefined, 'aa']],
    ['(|a)+', 'aa', ['aa', 'a']],
    ['(?i', '', null],
    ['a(?i)b|c(?-i)d', 'aB', ['aB']],
    ['a(?i)b|c(?-i)d', 'Cd', ['Cd']],
    ['a(?i)b|c(?-i)d', 'CD', undefined],
    ['(?im)^A$', 'a', ['a']],
    ['\\bfoo\\b.*', 'foo-', ['foo-']],
    ['\\bfoo\\b.*', 'foos', undefined],
  ] as const)('%s on %j', (source, text, groups) => {
    if (groups === null) return expect(compilePattern(source).ok).toBe(false)
    const oracle = oracleFor(source)?.match(text)
    if (oracle) expect(oracle).toEqual(groups)
    const match = compiled(source).match(text)
    expect(match && [...match]).toEqual(groups)
  })

  it('a name that stands twice is the group that took part', () => {
    const pattern = compiled('(?P<n>a)|(?<n>b)')
    expect(pattern.groupNames).toEqual(['', 'n', 'n'])
    expect(namedGroup(pattern, pattern.match('b') as Match, 'n')).toBe('b')
    expect(namedGroup(pattern, pattern.match('a') as Match, 'n')).toBe('a')
    expect(namedGroup(pattern, pattern.match('a') as Match, '')).toBeUndefined()
  })

  it('text that is not well formed breaks nothing', () => {
    for (const source of ['.', '(.*)x(.*)', '[^a]+', '(?:a|.)*']) {
      const pattern = compiled(source)
      for (const text of ['\ud800', '\udc00x\ud800', '\ud800\ud800']) expect(() => pattern.match(text)).not.toThrow()
    }
  })
})

describe('no text makes a match slow', () => {
  const length = 50_000
  it.each([
    ['(a+)+', 'a', '!'],
    ['(a|a)*b', 'a', ''],
    ['(.*)*x', 'a', 'y'],
    ['(?:a|ab)*c', 'ab', ''],
    ['.*a.*a.*a.*b', 'a', ''],
    ['(.*)a(.*)a(.*)b', 'a', ''],
    ['.*\\d.*\\d.*\\d.*x', '1', ''],
    ['([a-z]+)*[0-9]', 'a', '!'],
    ['\\w+\\w+\\w+!', 'a', ''],
    ['(?:a?){50}a{50}', 'a', ''],
    ['(?i).*(error|warn|fatal).*(x|y)', 'error', 'z'],
    ['([^,]*,)*[^,]*;', 'a,', ''],
    ['(x+x+)+y', 'x', ''],
  ])('%s', (source, unit, end) => {
    const pattern = compiled(source)
    const text = unit.repeat(length / unit.length) + end
    for (const size of [10, 100, 700, 1000, length]) {
      const piece = text.slice(text.length - size)
      const limit = size === length ? 200 : 50
      expect(leastEffort(() => pattern.test(piece))).toBeLessThan(limit)
      expect(leastEffort(() => pattern.match(piece))).toBeLessThan(limit)
    }
  })
})
