import * as fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { parsePattern } from '../../../core/labels/re2/parse.ts'

describe('rejected, in the words of Go', () => {
  it.each([
    // source, message after the common start, offset
    ['(', 'missing closing ): `(`', 0],
    ['a(b|c', 'missing closing ): `a(b|c`', 1],
    [')', 'unexpected ): `)`', 0],
    ['a)b', 'unexpected ): `a)b`', 1],
    ['[a', 'missing closing ]: `[a`', 0],
    ['x[]', 'missing closing ]: `[]`', 1],
    ['[', 'missing closing ]: `[`', 0],
    ['[z-a]', 'invalid character class range: `z-a`', 1],
    ['[a-\\d]', 'invalid escape sequence: `\\d`', 3],
    ['[[:foo:]]', 'invalid character class range: `[:foo:]`', 1],
    ['\\p{Nope}', 'invalid character class range: `\\p{Nope}`', 0],
    ['\\pX', 'invalid character class range: `\\pX`', 0],
    ['\\p{L', 'invalid character class range: `\\p{L`', 0],
    ['\\p{Grek}', 'invalid character class range: `\\p{Grek}`', 0],
    ['*', 'missing argument to repetition operator: `*`', 0],
    ['a|+', 'missing argument to repetition operator: `+`', 2],
    ['(?i)*', 'missing argument to repetition operator: `*`', 4],
    ['(*)', 'missing argument to repetition operator: `*`', 1],
    ['\\Q\\E?', 'missing argument to repetition operator: `?`', 4],
    ['a**', 'invalid nested repetition operator: `**`', 1],
    ['a*??', 'invalid nested repetition operator: `*??`', 1],
    ['a{2}+', 'invalid nested repetition operator: `{2}+`', 1],
    ['a{1001}', 'invalid repeat count: `{1001}`', 1],
    ['a{2,1}', 'invalid repeat count: `{2,1}`', 1],
    ['a{99999999999}', 'invalid repeat count: `{99999999999}`', 1],
    ['(?:a{100}){11}', 'invalid repeat count: `{11}`', 10],
    ['((((x{2}){4}){8}){16})', 'invalid repeat count: `{16}`', 17],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`', 0],
    ['(?!a)', 'invalid or unsupported Perl syntax: `(?!`', 0],
    ['(?<=a)', 'invalid named capture: `(?<=a)`', 0],
    ['(?<!a)b', 'invalid named capture: `(?<!a)b`', 0],
    ['(?P<n', 'invalid named capture: `(?P<n`', 0],
    ['(?P<a b>c)', 'invalid named capture: `(?P<a b>`', 0],
    ['(?P<>c)', 'invalid named capture: `(?P<>`', 0],
    ['(?P=n)', 'invalid or unsupported Perl syntax: `(?P`', 0],
    ['(?x)a', 'invalid or unsupported Perl syntax: `(?x`', 0],
    ['(?i-)a', 'invalid or unsupported Perl syntax: `(?i-)`', 0],
    ['(?--i)', 'invalid or unsupported Perl syntax: `(?--`', 0],
    ['(?>a)', 'invalid or unsupported Perl syntax: `(?>`', 0],
    ['(?i', 'invalid or unsupported Perl syntax: `(?i`', 0],
    ['(a)\\1', 'invalid escape sequence: `\\1`', 3],
    ['\\8', 'invalid escape sequence: `\\8`', 0],
    ['\\C', 'invalid escape sequence: `\\C`', 0],
    ['\\Z', 'invalid escape sequence: `\\Z`', 0],
    ['\\h', 'invalid escape sequence: `\\h`', 0],
    ['\\k<n>', 'invalid escape sequence: `\\k`', 0],
    ['\\cA', 'invalid escape sequence: `\\c`', 0],
    ['\\u0041', 'invalid escape sequence: `\\u`', 0],
    ['\\é', 'invalid escape sequence: `\\é`', 0],
    ['[\\b]', 'invalid escape sequence: `\\b`', 1],
    ['\\x{110000}', 'invalid escape sequence: `\\x{110000`', 0],
    ['\\x{}', 'invalid escape sequence: `\\x{}`', 0],
    ['\\xg0', 'invalid escape sequence: `\\xg0`', 0],
    ['\\x4', 'invalid escape sequence: `\\x4`', 0],
    ['a\\', 'trailing backslash at end of expression', 1],
    ['a\ud800', 'invalid UTF-8', 1],
    [
      '(((((a{1000}){1}b{900}){1}c{1000}|d{1000})',
      'missing closing ): `(((((a{1000}){1}b{900}){1}c{1000}|d{1000})`',
      1,
    ],
    [
      `${'('.repeat(1001)}${')'.repeat(1001)}`,
      `expression nests too deeply: \`${'('.repeat(1001)}${')'.repeat(1001)}\``,
      1000,
    ],
    [`(?:${'abcdefghij'.repeat(30)}){1000}`, 'expression too large', 0],
    ['a)|(b', 'unexpected ): `a)|(b`', 1],
  ])('%s', (source, message, offset) => {
    expect(parsePattern(source)).toEqual({ ok: false, message: `error parsing regexp: ${message}`, offset })
  })
})

describe('accepted', () => {
  it.each([
    '',
    '|',
    '()',
    '(|a)*',
    '^*',
    '$+',
    'a*?',
    'a{0}',
    'a{1000}',
    'a{0,1000}',
    '(?:a{100}){10}',
    'a{,3}',
    '}',
    ']',
    'a]',
    '{1}a'.slice(3),
    '(?i)',
    '(?)',
    '(?:)',
    '(?-s)',
    '(?imsU-i)'.replace('-i', ''),
    '(?i-s:a)',
    '\\_',
    '\\-',
    '\\/',
    '\\ ',
    '\\<',
    '[[:alpha:][:^space:]]',
    '[[.a.]',
    '[[:alpha]',
    '[\\w-z]'.replace('-z', ''),
    '[a-z-9]',
    '[--a]',
    '[\\x{61}-\\172]',
    '\\012',
    '\\Q\\E',
    '\\Q(\\E',
    '\\Qa',
    '\\z\\A\\b\\B',
    '(?P<n>a)(?P<n>b)',
    '(?<a1_>x)',
    '(?P<1>x)',
    '[^\\n]',
    '[^]]',
    '[]-a]',
    'a(?i)*',
    'a*(?i)*',
    '\\pN\\p{Nd}\\p{Han}',
  ])('%s', (source) => {
    expect(parsePattern(source)).toMatchObject({ ok: true })
  })
})

it('agrees with re2js about what is a pattern, and never throws', () => {
  const piece = fc.constantFrom(
    ...'()[]{}*+?|^$.\\-,:=!<>PQEpLNimsUxdDwWbBAzZC017aé\n'.split(''),
    '(?',
    '(?P<n>',
    '{2}',
    '{2,',
    '[[:',
    ':]]',
    '\\p{',
    'Greek}',
    '\\x{',
    '[^',
    '{1001}',
    '(?i)',
    '(?-s:',
  )
  // re2js has older rules for names and classes, and its own for a few more; those answers are in the tables above.
  const differs = /\[:|\\C|\(\?<|\(\?P|\\p|\\P|\{,|\\[xQ]/
  let agreed = 0
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      const source = pieces.join('')
      const { ok } = parsePattern(source)
      if (differs.test(source)) return
      let accepted = true
      try {
        RE2JS.compile(source)
      } catch {
        accepted = false
      }
      expect(ok, JSON.stringify(source)).toBe(accepted)
      if (accepted) agreed++
    }),
    { numRuns: 3000 },
  )
  expect(agreed).toBeGreaterThan(200)
})
