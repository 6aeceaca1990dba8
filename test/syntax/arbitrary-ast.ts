/**
 * Random trees, made as trees and not by parsing: everything that the grammar can say, with line numbers at random, since
 * the printer asks them which elements share a line.
 */
import * as fc from 'fast-check'
import type {
  BinaryOperator,
  Body,
  Expression,
  File,
  Literal,
  LiteralType,
  ObjectField,
  Position,
  Span,
  Statement,
} from '../../core/syntax/ast.ts'

const LINES = 3

function at(line: number): Position {
  return { offset: 0, line, column: 1 }
}

const span: fc.Arbitrary<Span> = fc
  .tuple(fc.integer({ min: 1, max: LINES }), fc.nat(LINES))
  .map(([line, more]) => ({ file: 't', start: at(line), end: at(line + more) }))
const nowhere: Span = { file: 't', start: at(1), end: at(1) }

const identifier: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('a', '_', 'x1', 'é', 'été_2', 'prometheus', 'trueish', '日本'),
  fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((name) => !/^(true|false|null)$/.test(name)),
)

const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 70n }).map(String),
  fc.constantFrom('007', '08'),
)
const floatText: fc.Arbitrary<string> = fc.constantFrom('1.', '.5', '2.25', '1e9', '1E-3', '1.5e+10', '08.5')
const stringText: fc.Arbitrary<string> = fc.oneof(
  fc
    .string()
    .filter((text) => !/[\n\u0000\ufeff]/.test(text))
    .map((text) => JSON.stringify(text).replaceAll('\u007f', '')),
  fc.constantFrom('"\\x41\\101\\u00e9\\U0001F600\\a\\v"', '`raw`', '``', '`two\nlines`', '`\ttab  \n `', '"\\\\"'),
)

const LITERAL_TEXTS: Readonly<Record<LiteralType, fc.Arbitrary<string>>> = {
  null: fc.constant('null'),
  bool: fc.constantFrom('true', 'false'),
  number: numberText,
  float: floatText,
  string: stringText,
}

const literal: fc.Arbitrary<Literal> = fc
  .constantFrom<LiteralType>('null', 'bool', 'number', 'float', 'string')
  .chain((type) => fc.tuple(LITERAL_TEXTS[type], span).map(([text, span]) => ({ kind: 'literal', type, text, span })))

/** How tightly each operator binds; 6 and 7 are `^` and what has a sign in front. */
const BINDING: Readonly<Record<BinaryOperator, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
}

function binding(expression: Expression): number {
  if (expression.kind === 'binary') return BINDING[expression.operator]
  return expression.kind === 'unary' ? 7 : 8
}

/** In parentheses where the grammar wants them. */
function binds(expression: Expression, least: number): Expression {
  return binding(expression) >= least ? expression : { kind: 'paren', inner: expression, span: nowhere }
}

function binary(left: Expression, operator: BinaryOperator, right: Expression, place: Span): Expression {
  const own = BINDING[operator]
  // ^ groups to the right, all others to the left.
  const [least, most] = operator === '^' ? [own + 1, own] : [own, own + 1]
  const operands = { left: binds(left, least), right: binds(right, most) }
  return { kind: 'binary', operator, operatorPosition: place.start, ...operands, span: place }
}

function name(text: string, place: Span = nowhere): { text: string; span: Span } {
  return { text, span: place }
}

const quotedKey: fc.Arbitrary<string> = fc.constantFrom(
  'a b',
  '__address__',
  'é',
  'x\\"y',
  'a.b',
  '//',
  '"',
  'two\nlines',
)

const trees: { readonly expression: fc.Arbitrary<Expression>; readonly field: fc.Arbitrary<ObjectField> } = fc.letrec<{
  expression: Expression
  field: ObjectField
}>((tie) => ({
  field: fc
    .tuple(
      fc.oneof(
        identifier.map((text) => [text, false] as const),
        quotedKey.map((text) => [text, true] as const),
      ),
      span,
      tie('expression'),
    )
    .map(([[text, quoted], place, value]) => ({ name: name(text, place), quoted, value })),
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'tree' },
    literal,
    fc.tuple(identifier, span).map(([name, span]): Expression => ({ kind: 'identifier', name, span })),
    fc
      .tuple(fc.array(tie('expression'), { maxLength: 4 }), span)
      .map(([elements, span]): Expression => ({ kind: 'array', elements, span })),
    fc
      .tuple(fc.array(tie('field'), { maxLength: 4 }), span)
      .map(([fields, span]): Expression => ({ kind: 'object', fields, span })),
    fc
      .tuple(tie('expression'), identifier, span)
      .map(([value, field, span]): Expression => ({ kind: 'access', value: binds(value, 8), name: name(field), span })),
    fc.tuple(tie('expression'), tie('expression'), span).map(
      ([value, index, span]): Expression => ({
        kind: 'index',
        value: binds(value, 8),
        index,
        open: span.start,
        span,
      }),
    ),
    fc
      .tuple(tie('expression'), fc.array(tie('expression'), { maxLength: 3 }), span)
      .map(
        ([value, args, span]): Expression => ({ kind: 'call', value: binds(value, 8), args, open: span.start, span }),
      ),
    fc
      .tuple(fc.constantFrom('!' as const, '-' as const), tie('expression'), span)
      .map(([operator, value, span]): Expression => ({ kind: 'unary', operator, value: binds(value, 7), span })),
    fc
      .tuple(tie('expression'), fc.constantFrom(...(Object.keys(BINDING) as BinaryOperator[])), tie('expression'), span)
      .map(([left, operator, right, place]) => binary(left, operator, right, place)),
    fc.tuple(tie('expression'), span).map(([inner, span]): Expression => ({ kind: 'paren', inner, span })),
  ),
}))

export const arbitraryExpression: fc.Arbitrary<Expression> = trees.expression

const { body } = fc.letrec<{ body: Body; statement: Statement }>((tie) => ({
  statement: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'body' },
    fc
      .tuple(identifier, arbitraryExpression, span)
      .map(([text, value, span]): Statement => ({ kind: 'attribute', name: name(text), value, span })),
    fc
      .tuple(
        fc.array(identifier, { minLength: 1, maxLength: 3 }),
        fc.option(identifier, { nil: '' }),
        tie('body'),
        span,
      )
      .map(
        ([words, label, inner, place]): Statement => ({
          kind: 'block',
          name: words,
          nameSpan: place,
          label,
          ...(label === '' ? {} : { labelSpan: place }),
          open: place.start,
          body: inner,
          span: place,
        }),
      ),
  ),
  body: fc.array(tie('statement'), { maxLength: 4 }),
}))

export const arbitraryFile: fc.Arbitrary<File> = body.map((statements) => ({
  kind: 'file',
  name: 't',
  body: statements,
  comments: [],
}))
