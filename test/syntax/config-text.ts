/** Random configurations that parse: all forms of the grammar, with odd spacing, line breaks and comments. */

import * as fc from 'fast-check'

const space: fc.Arbitrary<string> = fc.constantFrom('', ' ', '  ', '\t')
const inline: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: space },
  { weight: 1, arbitrary: fc.constantFrom(' /* c */ ', '/**/') },
)
/** Where newlines are whitespace. */
const loose: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: space },
  { weight: 2, arbitrary: fc.constantFrom('\n', '\n\n\n', ' \n ') },
  { weight: 1, arbitrary: fc.constantFrom(' // c\n', '\n// c\n', ' /* a\n b */ ') },
)
const lineEnd: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('\n', ' \n', '\n\n', '\r\n', '\n\n\n\n') },
  { weight: 2, arbitrary: fc.constantFrom(' // c\n', '\n// c\n', ' /* c */\n', '\n\n// c\n// d\n\n', ' /* a\nb */\n') },
)
const name: fc.Arbitrary<string> = fc.constantFrom('a', 'bc', 'long_name', 'x1', 'é', 'prometheus', 'truth')
const literal: fc.Arbitrary<string> = fc.constantFrom(
  '1',
  '007',
  '2.5',
  '.5',
  '1e9',
  '"text"',
  '"\\n\\"\\u00e9"',
  '`raw\t \n text `',
  '``',
  'true',
  'null',
)
const binary: fc.Arbitrary<string> = fc.constantFrom('+', '-', '*', '/', '%', '^', '&&', '||', '==', '!=', '<', '>=')

function joined(...parts: (fc.Arbitrary<string> | string)[]): fc.Arbitrary<string> {
  return fc.tuple(...parts.map((p) => (typeof p === 'string' ? fc.constant(p) : p))).map((texts) => texts.join(''))
}

/** `element, element` with or without a last comma; the last element has none only on the line of the bracket. */
function listOf(element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(fc.tuple(loose, element, inline), { maxLength: 4 }), fc.boolean(), loose)
    .map(([elements, comma, end]) => {
      const list = elements.map((parts) => parts.join('')).join(',')
      return elements.length === 0 ? end : comma ? `${list},${end}` : list
    })
}

const { expression } = fc.letrec<{ expression: string; operand: string }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'expression' },
    literal,
    name,
    joined(tie('operand'), inline, '.', loose, name).filter((text) => !/\d\s*\./.test(text)),
    joined(name, '[', loose, tie('expression'), inline, ']'),
    joined(name, '(', listOf(tie('expression')), ')'),
    joined('(', loose, tie('expression'), inline, ')'),
    joined('[', listOf(tie('expression')), ']'),
    joined(
      '{',
      listOf(
        joined(
          fc.oneof(name, fc.constantFrom('"k"', '"a b"', '"\\t"', '`r`', '`"`')),
          inline,
          '=',
          loose,
          tie('expression'),
        ),
      ),
      '}',
    ),
  ),
  expression: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'expression' },
    tie('operand'),
    joined(fc.constantFrom('-', '!'), loose, tie('operand')),
    // Blanks around the operator: `1` and `/` and a comment would run together.
    joined(tie('operand'), inline, ' ', binary, ' ', loose, tie('expression')),
  ),
}))

const { body } = fc.letrec<{ body: string; statement: string }>((tie) => ({
  statement: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'body', withCrossShrink: true },
    joined(name, inline, '=', loose, expression),
    joined(name, ' {', tie('body'), '}'),
    joined(name, '.', name, space, '"label"', space, '{', tie('body'), '}'),
  ),
  body: fc
    .tuple(loose, fc.array(fc.tuple(tie('statement'), lineEnd), { maxLength: 5 }))
    .map(([start, statements]) => start + statements.map((parts) => parts.join('')).join('')),
}))

export const configText: fc.Arbitrary<string> = body
