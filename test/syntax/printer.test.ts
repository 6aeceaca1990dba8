import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { File } from '../../core/syntax/ast.ts'
import { formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { parseExpression, parseFile } from '../../core/syntax/parser.ts'
import { printExpression, printFile } from '../../core/syntax/printer.ts'
import { configText } from './config-text.ts'
import { withoutPlaces } from './without-places.ts'

function parse(text: string): File {
  const result = parseFile('t', text)
  if (!result.ok) throw new Error(`${result.diagnostics.map(formatDiagnostic).join('\n')}\nin\n${text}`)
  return result.file
}

function format(text: string): string {
  const formatted = printFile(parse(text))
  expect(printFile(parse(formatted)), 'formatting again').toBe(formatted)
  return formatted
}

describe('statements', () => {
  it.each([
    ['aligns = over one-line attributes', 'a=1\nlonger=2\n', 'a      = 1\nlonger = 2\n'],
    ['ends a run at a blank line', 'a=1\n\n\n\nlonger=2', 'a = 1\n\nlonger = 2\n'],
    ['ends a run after several lines', 'longest = [\n1,\n]\na=1', 'longest = [\n\t1,\n]\na = 1\n'],
    ['puts a blank line before a block', 'a = 1\nb {\nc = 1\n}\nd = 2', 'a = 1\n\nb {\n\tc = 1\n}\nd = 2\n'],
    ['expands a block', 'a.b "c" { d = 1 }', 'a.b "c" {\n\td = 1\n}\n'],
    ['keeps an empty block on one line', 'a "b" {\n\n\n}', 'a "b" { }\n'],
    ['drops blank lines at the ends of a body', 'a {\n\n\nb = 1\n\n\n}', 'a {\n\tb = 1\n}\n'],
    ['indents by tabs', 'a {\nb {\nc {\nd=1\n}\n}\n}', 'a {\n\tb {\n\t\tc {\n\t\t\td = 1\n\t\t}\n\t}\n}\n'],
    ['ends runs at blocks', 'a=1\nlong { }\nlonger=2', 'a = 1\n\nlong { }\nlonger = 2\n'],
    ['leaves an empty file empty', '\n\n', ''],
    ['counts characters, not bytes', 'é=1\nab=2', 'é  = 1\nab = 2\n'],
  ])('%s', (_, text, expected) => {
    expect(format(text)).toBe(expected)
  })
})

describe('expressions', () => {
  it.each([
    ['spaces', 'a=1+2*-3', 'a = 1 + 2 * -3\n'],
    ['lists', 'a=[ 1,2 , 3,]', 'a = [1, 2, 3]\n'],
    ['empty brackets', 'a=[ ]\nb={ }\nc=f( )', 'a = []\nb = {}\nc = f()\n'],
    ['one-line objects', 'a={b=1,"c d"=2}', 'a = {b = 1, "c d" = 2}\n'],
    ['elements that share lines', 'a=[\n1,2,\n3,4]', 'a = [\n\t1, 2,\n\t3, 4]\n'],
    ['trailing commas', 'a=[1,\n2,\n]', 'a = [1,\n\t2,\n]\n'],
    ['blank lines in lists', 'a=[\n\n1,\n\n\n2,\n\n]', 'a = [\n\t1,\n\t2,\n]\n'],
    ['aligned fields', 'a={\nb=1,\nlonger=2,\n}', 'a = {\n\tb      = 1,\n\tlonger = 2,\n}\n'],
    [
      'fields after one of several lines',
      'a={\nb={\nc=1,\n},\nlonger=2,\nd=3,\n}',
      'a = {\n\tb = {\n\t\tc = 1,\n\t},\n\tlonger = 2,\n\td      = 3,\n}\n',
    ],
    ['calls over lines', 'a=f(\n1,2,\n)', 'a = f(\n\t1, 2,\n)\n'],
    ['empty calls over lines', 'a=f(\n)', 'a = f()\n'],
    ['joined operators', 'a=1+\n2', 'a = 1 + 2\n'],
    ['parentheses', 'a=( 1 )', 'a = (1)\n'],
    ['access', 'a=b . c [ 0 ] ( d )', 'a = b.c[0](d)\n'],
    ['a number before a dot', 'a=1 .b', 'a = 1 .b\n'],
    ['number spellings', 'a=[01, 1., .5, 1E3]', 'a = [01, 1., .5, 1E3]\n'],
    ['raw strings, tabs and trailing blanks included', 'b {\na=`x\ty  \n  z\t`\n}', 'b {\n\ta = `x\ty  \n  z\t`\n}\n'],
    ['escapes in keys', 'a={"x\\"\\\\"=1}', 'a = {"x\\"\\\\" = 1}\n'],
    ['raw keys', 'a={`x y`=1, `q"`=2}', 'a = {"x y" = 1, `q"` = 2}\n'],
    [
      'raw keys that would be wrong escapes',
      'a={`\\400`=1, `\\ud800`=2, `\\U00110000`=3, `\\377`=4}',
      'a = {`\\400` = 1, `\\ud800` = 2, `\\U00110000` = 3, "\\377" = 4}\n',
    ],
  ])('%s', (_, text, expected) => {
    expect(format(text)).toBe(expected)
  })
})

describe('comments', () => {
  it.each([
    ['align at line ends', 'a=1 // x\nlonger=22 // y', 'a      = 1  // x\nlonger = 22 // y\n'],
    ['keep one blank line', '// a\n\n\n\n// b\nx=1', '// a\n\n// b\nx = 1\n'],
    ['are indented', 'b {\n// c\nx=1\n   // d\n}', 'b {\n\t// c\n\tx = 1\n\t// d\n}\n'],
    ['keep an empty block open', 'b {\n// c\n}', 'b {\n\t// c\n}\n'],
    ['in the middle of a line', 'a=1/*x*/+/*y*/2', 'a = 1 /*x*/ + /*y*/ 2\n'],
    ['in lists', 'a=[ // x\n1, // y\n// z\n]', 'a = [ // x\n\t1, // y\n\t// z\n]\n'],
    ['in calls', 'a=f( // x\n1, // y\n// z\n)', 'a = f( // x\n\t1, // y\n\t// z\n)\n'],
    ['in objects', 'a={\n// x\nb=1, // y\n// z\n}', 'a = {\n\t// x\n\tb = 1, // y\n\t// z\n}\n'],
    ['at the end', 'a=1\n\n\n// x\n\n', 'a = 1\n\n// x\n'],
    ['alone', '// x', '// x\n'],
    ['over lines', '/* a\n   b */\nx=1', '/* a\n   b */\nx = 1\n'],
  ])('%s', (_, text, expected) => {
    expect(format(text)).toBe(expected)
  })
})

describe('expressions alone', () => {
  it('hides secrets', () => {
    const result = parseExpression('f("hunter2", "public")')
    if (!result.ok || result.expression.kind !== 'call') throw new Error('not a call')
    const secrets = new Set([result.expression.args[0]])
    expect(printExpression(result.expression, { secrets })).toBe('f("(secret)", "public")')
  })
})

describe('deep trees', () => {
  it.each([
    ['lists', 'a = ', '[', '1', ']', 190],
    ['objects', 'a = ', '{b = ', '1', '}', 190],
    ['a mix of all', 'a = ', 'f({b = [(', '1', ')],})', 45],
    ['blocks', '', 'b {\n', '', '}\n', 190],
  ])('of %s take no longer than their size', (_, start, open, middle, close, depth) => {
    format(start + open.repeat(depth) + middle + close.repeat(depth))
  })
})

describe('whatever the configuration', () => {
  it('keeps its meaning and its comments, and formats to itself', () => {
    fc.assert(
      fc.property(configText, (text) => {
        const file = parse(text)
        const formatted = printFile(file)
        const again = parse(formatted)
        expect(withoutPlaces(again.body)).toEqual(withoutPlaces(file.body))
        const comments = (f: File): string[] => f.comments.flat().map((c) => c.text)
        expect(comments(again)).toEqual(comments(file))
        expect(printFile(again)).toBe(formatted)
      }),
      { numRuns: 200 },
    )
  })
})
