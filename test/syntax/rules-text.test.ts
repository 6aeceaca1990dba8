/** Rule by rule: source text, tokens, and which line ends end a statement. */
import { describe, expect, it } from 'vitest'
import { parseFile } from '../../core/syntax/parser.ts'
import { problems, tokens, value } from './language.ts'

describe('source text', () => {
  it.each<[string, string, string]>([
    ['a byte order mark at the start is dropped', '\ufeffa', 'IDENT a TERMINATOR'],
    ['one anywhere else is an error', 'a\ufeff', 'IDENT a ILLEGAL \ufeff TERMINATOR !1:2 illegal byte order mark'],
    ['also in a string', '"\ufeff"', 'STRING "\ufeff" TERMINATOR !1:2 illegal byte order mark'],
    ['also in a comment', '//\ufeff', 'COMMENT //\ufeff !1:3 illegal byte order mark'],
    ['NUL is an error', 'a\u0000', 'IDENT a ILLEGAL \u0000 TERMINATOR !1:2 illegal character NUL'],
    ['blanks, tabs and carriage returns are skipped', ' \t\ra', 'IDENT a TERMINATOR'],
    ['a vertical tab is an error', '\va', 'ILLEGAL \v IDENT a TERMINATOR !1:1 illegal character U+000B'],
    ['a form feed is an error', '\fa', 'ILLEGAL \f IDENT a TERMINATOR !1:1 illegal character U+000C'],
  ])('%s', (_, text, expected) => {
    expect(tokens(text)).toBe(expected)
  })

  it.each([
    ['in names', [0x61, 0xff]],
    ['in strings', [0x22, 0xc3, 0x28, 0x22]],
    ['in comments', [0x2f, 0x2f, 0xe2, 0x82]],
    ['that is longer than needed', [0x22, 0xc0, 0x80, 0x22]],
    ['that is a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ])('broken UTF-8 %s is an error', (_, bytes) => {
    expect(tokens(new Uint8Array(bytes))).toContain('illegal UTF-8 encoding')
  })

  it('has lines from 1, and columns in bytes from 1', () => {
    expect(problems('é = 1\n"é" é')).toEqual(['2:1: expected identifier, got STRING'])
    expect(problems('a = "é" é')).toEqual(['1:10: expected TERMINATOR, got IDENT'])
    expect(problems('a = "😀" b')).toEqual(['1:12: expected TERMINATOR, got IDENT'])
  })
})

describe('tokens', () => {
  it.each<[string, string, string]>([
    ['names have letters, digits behind the first, and _', 'a_1 _x été', 'IDENT a_1 IDENT _x IDENT été'],
    ['letters and digits of any script count', '日本 x٣', 'IDENT 日本 IDENT x٣'],
    ['a digit of another script begins no name', '٣x', "ILLEGAL ٣ IDENT x !1:1 illegal character U+0663 '٣'"],
    ['keywords are three', 'true false null', 'BOOL true BOOL false NULL null'],
    ['all other words are names', 'declare foreach import True', 'IDENT declare IDENT foreach IDENT import IDENT True'],
    ['numbers', '0 12 007', 'NUMBER 0 NUMBER 12 NUMBER 007'],
    [
      'floats',
      '1. .5 1.5 1e3 1.e3 .5E-3 1e+3',
      'FLOAT 1. FLOAT .5 FLOAT 1.5 FLOAT 1e3 FLOAT 1.e3 FLOAT .5E-3 FLOAT 1e+3',
    ],
    ['numbers have no prefixes', '0x10', 'NUMBER 0 IDENT x10'],
    ['and no separators', '1_000', 'NUMBER 1 IDENT _000'],
    ['two dots are two', 'a..b', 'IDENT a . . IDENT b'],
    ['a dot and a digit are a float', 'a.7', 'IDENT a FLOAT .7'],
    ['operators are as long as can be', '|| && ! = == != < <= > >=', '|| && ! = == != < <= > >='],
    ['also without blanks', '<==!==', '<= = != ='],
    ['arithmetic', '+ - * / % ^', '+ - * / % ^'],
    ['brackets', '{ } ( ) [ ] , .', '{ } ( ) [ ] , .'],
    ['one | stands for two', 'a | b', 'IDENT a || IDENT b !1:4 missing second | in ||'],
    ['one & stands for two', 'a & b', 'IDENT a && IDENT b !1:4 missing second & in &&'],
    ['strings', '"a" ""', 'STRING "a" STRING ""'],
    ['raw strings, over lines too', '`a\n\\"`', 'STRING `a\n\\"`'],
    [
      'all escapes',
      '"\\a\\b\\f\\n\\r\\t\\v\\\\\\"\\101\\x41\\u00e9\\U0001F600"',
      'STRING "\\a\\b\\f\\n\\r\\t\\v\\\\\\"\\101\\x41\\u00e9\\U0001F600"',
    ],
    ['comments to the end of the line', '// a\n', 'COMMENT // a'],
    ['comments between marks do not nest', '/* a /* b */', 'COMMENT /* a /* b */'],
    ['comments lose carriage returns', '// a\r\n', 'COMMENT // a'],
    ['but none whose loss would end the comment', '/* a *\r/ b */', 'COMMENT /* a *\r/ b */'],
  ])('%s', (_, text, expected) => {
    expect(tokens(text).replace(/ TERMINATOR(?= !|$)/, '')).toBe(expected)
  })

  it.each([
    ['a line end in a string', '"a\n"', '1:1 string literal not terminated'],
    ['a raw string without end', '`a\n', '1:1 string literal not terminated'],
    ['a comment without end', '/* a', '1:1 block comment not terminated'],
    ['an unknown escape', '"\\q"', '1:3 unknown escape sequence'],
    ['an escaped single quote', '"\\\'"', '1:3 unknown escape sequence'],
    ['an octal escape above 255', '"\\400"', '1:3 escape sequence is invalid Unicode code point'],
    ['an escaped surrogate', '"\\ud800"', '1:3 escape sequence is invalid Unicode code point'],
    ['an escape beyond Unicode', '"\\U00110000"', '1:3 escape sequence is invalid Unicode code point'],
    ['an escape with a wrong digit', '"\\x4g"', "1:3 illegal character U+0067 'g' in escape sequence"],
    ['an exponent without digits', '1e+', '1:1 exponent has no digits'],
    ['single quotes', "'a'", '1:1 illegal single-quoted string; use double quotes'],
    ['#', '#', "1:1 illegal character U+0023 '#'"],
    ['@', '@', "1:1 illegal character U+0040 '@'"],
    [';', 'a;', "1:2 illegal character U+003B ';'"],
  ])('%s is an error', (_, text, expected) => {
    expect(tokens(text)).toContain(`!${expected}`)
  })

  it.each([
    ['a leading zero means octal', '01234567', '342391'],
    ['unless it can not', '08', '8'],
    ['\\x and octal escapes give bytes', '"\\xc3\\251" == "é"', 'true'],
    ['raw strings lose carriage returns', '`a\r\nb`', '"a\\nb"'],
  ])('%s', (_, text, expected) => {
    expect(value(text)).toBe(expected)
  })
})

describe('the end of a statement', () => {
  it.each([
    ['comes after a name', 'a\n'],
    ['a number', '1\n'],
    ['a float', '1.\n'],
    ['a string', '"a"\n'],
    ['a raw string', '`a`\n'],
    ['a truth', 'true\n'],
    ['null', 'null\n'],
    [')', '( )\n'],
    [']', '[ ]\n'],
    ['}', '{ }\n'],
    ['a string in the wrong quotes', "'a'\n"],
    ['at the end of the file as well', 'a'],
    ['before a comment to the line end', 'a // c\n'],
    ['before a comment over lines', 'a /* c\n */'],
    ['before comments that lead to the line end', 'a /* b */ /* c */ // d\n'],
    ['before a comment that leads to the end of the file', 'a /* b */'],
  ])('%s', (_, text) => {
    expect(tokens(text)).toMatch(/TERMINATOR/)
    expect(tokens(text).match(/TERMINATOR/g)).toHaveLength(1)
  })

  it.each([
    ['after an operator', 'a +\n b'],
    ['after =', 'a =\n b'],
    ['after a comma', 'a ,\n b'],
    ['after a dot', 'a .\n b'],
    ['after (', '( \n b'],
    ['after [', '[ \n b'],
    ['after {', '{ \n b'],
    ['after nothing', '\n\n b'],
    ['at a comment within the line', 'a /* c */ b'],
  ])('does not come %s', (_, text) => {
    expect(tokens(text).match(/TERMINATOR/g)).toHaveLength(1)
    expect(tokens(text)).toMatch(/TERMINATOR$/)
  })

  it('stands before the comment that makes it', () => {
    expect(tokens('a // c\nb')).toBe('IDENT a TERMINATOR COMMENT // c IDENT b TERMINATOR')
    expect(tokens('a /* c */ b')).toBe('IDENT a COMMENT /* c */ IDENT b TERMINATOR')
  })

  it.each([
    ['no operator begins a line', 'a = 1\n+ 2', ['2:1: expected identifier, got +']],
    ['also within parentheses', 'a = (1\n+ 2)', ['1:7: expected ), got TERMINATOR']],
    ['the last element of several lines needs its comma', 'a = [\n1\n]', ["2:2: missing ',' in expression list"]],
    ['as do fields', 'a = {\nb = 1\n}', ["2:6: missing ',' in field list"]],
    ['and arguments', 'a = f(\n1\n)', ["2:2: missing ',' in expression list"]],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected)
  })
})

describe('comments', () => {
  it('form groups of adjacent lines', () => {
    const result = parseFile('', '// a\n/* b */ // c\n\n// d\nx = 1 // e\n')
    expect(result.ok && result.file.comments.map((group) => group.length)).toEqual([3, 1, 1])
  })
})
