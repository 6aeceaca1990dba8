/** Rule by rule: what parses, as what, and what is said of all else. */
import { describe, expect, it } from 'vitest'
import { parseFile } from '../../core/syntax/parser.ts'
import { formatted, problems, value } from './language.ts'

describe('statements', () => {
  it.each([
    ['a file may be empty', ''],
    ['or be of comments and blank lines', '\n// c\n\n'],
    ['attributes', 'a = 1\nb = 2'],
    ['blocks', 'a { }'],
    ['names of blocks have parts', 'a.b.c { }'],
    ['labels', 'a "b" { }'],
    ['an empty label is none', 'a "" { }'],
    ['one statement on the line of its block', 'a { b = 1 }'],
    ['blocks in blocks', 'a {\nb {\nc = 1\n}\n}'],
    ['a block in a block on one line', 'a { b { } }'],
    ['words of the language that are no keywords', 'declare "x" { }\nforeach = 1'],
    ['the same name twice', 'a = 1\na = 2'],
  ])('%s', (_, text) => {
    expect(problems(text)).toEqual([])
  })

  it.each<[string, string, string]>([
    ['two statements on a line', 'a = 1 b = 2', '1:7: expected TERMINATOR, got IDENT'],
    ['two in a block of one line', 'b { x = 1 y = 2 }', '1:11: expected TERMINATOR, got IDENT'],
    ['something else than a name', '1 = 2', '1:1: expected identifier, got NUMBER'],
    ['a keyword for a name', 'true = 1', '1:1: expected identifier, got BOOL'],
    ['a name alone', 'a', '1:2: expected block label, got TERMINATOR'],
    ['a name before something odd', 'a + 1', '1:3: expected block label, got +'],
    ['a label alone', 'a "b"', '1:6: expected block body, got TERMINATOR'],
    ['an attribute with parts', 'a.b = 1', '1:1: attribute names may only consist of a single identifier with no "."'],
    ['an attribute with a label', 'a "b" = 1', '1:3: attribute names may not have labels'],
    ['a raw label', 'a `b` { }', '1:3: expected block label to be a double quoted string, but got "`b`"'],
    ['a label that is no name', 'a "b c" { }', '1:3: expected block label to be a valid identifier, but got "b c"'],
    ['a label that is a keyword', 'a "null" { }', '1:3: expected block label to be a valid identifier, but got "null"'],
    ['a label with an escape', 'a "\\n" { }', '1:3: expected block label to be a valid identifier, but got "\\\\n"'],
    ['a part that is missing', 'a. { }', '1:4: expected identifier, got {'],
    ['a block that is not closed', 'a {', '1:1: expected }, got EOF'],
    ['a block for a value', 'a = b { }', '1:5: cannot use a block as an expression'],
    ['a block with a label for a value', 'a = b "c" {\nd = 1\n}', '1:5: cannot use a block as an expression'],
  ])('refused: %s', (_, text, expected) => {
    expect(problems(text)[0]).toBe(expected)
  })

  it('only the first problem of a line is told, but those of characters all', () => {
    expect(problems('a = 1 2 3')).toHaveLength(1)
    expect(problems('a = 1 2\nb = 3 4')).toHaveLength(2)
    expect(problems('a = "\\q\\q"')).toHaveLength(2)
  })

  it('no tree comes of a text with problems', () => {
    expect(parseFile('', 'a = 1\nb = ')).toMatchObject({ ok: false })
  })
})

describe('expressions', () => {
  it.each<[string, string, string]>([
    ['access binds tightest', '-{a = 2}.a ^ 2', '4'],
    ['signs bind before powers', '-2 ^ 2', '4'],
    ['powers group to the right', '2 ^ 3 ^ 2', '512'],
    ['powers before products', '2 * 3 ^ 2', '18'],
    ['products before sums', '1 + 2 * 3', '7'],
    ['sums before comparisons', '1 + 1 == 2', 'true'],
    ['comparisons before &&', '1 == 1 && 2 == 2', 'true'],
    ['&& before ||', 'true || false && false', 'true'],
    ['sums group to the left', '10 - 3 - 2', '5'],
    ['products group to the left', '100 / 10 / 5', '2'],
    ['comparisons chain to the left', '3 < 4 == true', 'true'],
    ['signs may be many', '!!true', 'true'],
    ['minus twice', '- -1', '1'],
    ['parentheses', '(1 + 2) * 3', '9'],
    ['lists, with a comma behind the last', '[1, 2,]', '[1, 2]'],
    ['empty lists', '[]', '[]'],
    ['objects', '{a = 1, "b c" = 2,}', '{\n\ta     = 1,\n\t"b c" = 2,\n}'],
    ['empty objects', '{}', '{}'],
    ['raw keys', '{`a b` = 1}["a b"]', '1'],
    ['escapes in keys stay', '{"a\\"b" = 1}[`a\\"b`]', '1'],
    ['an empty key is two quotes', '{"" = 1}[`""`]', '1'],
    ['the last of equal keys counts', '{a = 1, a = 2}.a', '2'],
    ['calls, with a comma behind the last', 'string.to_upper("a",)', '"A"'],
    ['chains of all', '{a = [{b = "c"}]}.a[0]["b"]', '"c"'],
    ['line ends within brackets', '[\n1,\n2,\n]', '[1, 2]'],
    ['line ends behind operators', '1 +\n2', '3'],
  ])('%s', (_, text, expected) => {
    expect(value(text)).toBe(expected)
  })

  it.each<[string, string, string]>([
    ['nothing', 'a = ', '1:5: expected expression, got EOF'],
    ['an operator in front', 'a = + 1', '1:5: expected expression, got +'],
    ['an operator behind', 'a = 1 +', '1:8: expected expression, got EOF'],
    ['no comma in a list', 'a = [1 2]', "1:8: missing ',' in expression list"],
    ['no comma in a call', 'a = f(1 2)', "1:9: missing ',' in expression list"],
    ['no comma in an object', 'a = {b = 1 c = 2}', "1:12: missing ',' in field list"],
    ['a comma alone', 'a = [,]', '1:6: expected expression, got ,'],
    ['a key that is none', 'a = {1 = 2}', '1:6: expected field name (string or identifier), got NUMBER'],
    ['a key without value', 'a = {b}', '1:7: expected =, got }'],
    ['a colon', 'a = {b: 1}', "1:7: illegal character U+003A ':'"],
    ['a number behind a dot', 'a = b.7', '1:6: expected TERMINATOR, got FLOAT'],
    ['a text behind a dot', 'a = b."c"', '1:7: expected IDENT, got STRING'],
    ['empty parentheses', 'a = ()', '1:6: expected expression, got )'],
    ['an index without value', 'a = b[]', '1:7: expected expression, got ]'],
    ['a question', 'a = b ? 1 : 2', "1:7: illegal character U+003F '?'"],
    ['a name behind a value', 'a = b c', '1:7: expected TERMINATOR, got IDENT'],
  ])('refused: %s', (_, text, expected) => {
    expect(problems(text)[0]).toBe(expected)
  })
})

describe('the formatter', () => {
  it.each<[string, string, string]>([
    [
      'indents with one tab for each level',
      'a {\nb {\nc = [\n1,\n]\n}\n}',
      'a {\n\tb {\n\t\tc = [\n\t\t\t1,\n\t\t]\n\t}\n}\n',
    ],
    ['aligns = of consecutive attributes', 'a = 1\nbcd = 2', 'a   = 1\nbcd = 2\n'],
    ['up to a blank line', 'a = 1\n\nbcd = 2', 'a = 1\n\nbcd = 2\n'],
    ['up to a block', 'a = 1\nb { }\nccc = 2', 'a = 1\n\nb { }\nccc = 2\n'],
    ['up to a statement of several lines', 'a = [\n1,\n]\nbcd = 2', 'a = [\n\t1,\n]\nbcd = 2\n'],
    ['aligns comments behind lines', 'a = 1 // x\nb = 123 // y', 'a = 1   // x\nb = 123 // y\n'],
    ['puts a blank line before a block', 'a { }\nb { }', 'a { }\n\nb { }\n'],
    ['but none before an attribute', 'a { }\nb = 1', 'a { }\nb = 1\n'],
    ['makes one of several blank lines', 'a = 1\n\n\n\nb = 1', 'a = 1\n\nb = 1\n'],
    ['drops those at the ends of a body', '\n\na {\n\nb = 1\n\n}\n\n', 'a {\n\tb = 1\n}\n'],
    ['writes empty bodies on one line', 'a "b" {\n}', 'a "b" { }\n'],
    ['opens all other bodies', 'a { b = 1 }', 'a {\n\tb = 1\n}\n'],
    ['keeps lists on one line', 'a = [ 1,2 ]', 'a = [1, 2]\n'],
    ['keeps lists over lines', 'a = [\n1, 2,\n3,\n]', 'a = [\n\t1, 2,\n\t3,\n]\n'],
    ['adds the last comma where a line ends', 'a = [1,\n]', 'a = [1,\n]\n'],
    ['drops it where none does', 'a = [1,]\nb = {c = 1,}\nd = f(1,)', 'a = [1]\nb = {c = 1}\nd = f(1)\n'],
    ['drops blank lines in lists', 'a = [\n1,\n\n2,\n]', 'a = [\n\t1,\n\t2,\n]\n'],
    ['writes empty brackets together', 'a = [ ]\nb = { }', 'a = []\nb = {}\n'],
    ['aligns = of fields', 'a = {\nb = 1,\nccc = 2,\n}', 'a = {\n\tb   = 1,\n\tccc = 2,\n}\n'],
    [
      'up to a field of several lines',
      'a = {\nbb = [\n1,\n],\nc = 2,\n}',
      'a = {\n\tbb = [\n\t\t1,\n\t],\n\tc = 2,\n}\n',
    ],
    ['puts one blank around operators', 'a=1+2', 'a = 1 + 2\n'],
    ['joins lines behind operators', 'a = 1 +\n2', 'a = 1 + 2\n'],
    ['puts none behind signs', 'a = - 1\nb = ! c', 'a = -1\nb = !c\n'],
    ['keeps parentheses', 'a = ((1))', 'a = ((1))\n'],
    ['keeps the spelling of literals', 'a = [01, 1E3, `r`, "\\x41"]', 'a = [01, 1E3, `r`, "\\x41"]\n'],
    ['keeps comments where they are', 'a = 1 /* b */ + 2', 'a = 1 /* b */ + 2\n'],
    ['keeps blocks open for comments', 'a {\n// b\n}', 'a {\n\t// b\n}\n'],
    ['ends with one line end', 'a = 1', 'a = 1\n'],
    ['writes labels with their quotes', 'a    "b"   { }', 'a "b" { }\n'],
    ['leaves out empty labels', 'a "" { }', 'a { }\n'],
  ])('%s', (_, text, expected) => {
    expect(formatted(text)).toBe(expected)
    expect(formatted(expected)).toBe(expected)
  })
})
