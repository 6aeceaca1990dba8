import { describe, expect, it } from 'vitest'
import { type Block, type Body, blockId, type Expression } from '../../core/syntax/ast.ts'
import { formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { parseExpression, parseFile } from '../../core/syntax/parser.ts'

function problems(text: string | Uint8Array): string[] {
  const result = parseFile('t', text)
  return result.ok ? [] : result.diagnostics.map(formatDiagnostic)
}

/** Brackets around every operation, to see what binds to what. */
function shape(node: Expression): string {
  switch (node.kind) {
    case 'literal':
      return node.text
    case 'identifier':
      return node.name
    case 'array':
      return `[${node.elements.map(shape).join(' ')}]`
    case 'object':
      return `{${node.fields.map((f) => `${f.name.text}:${shape(f.value)}`).join(' ')}}`
    case 'access':
      return `${shape(node.value)}.${node.name.text}`
    case 'index':
      return `${shape(node.value)}[${shape(node.index)}]`
    case 'call':
      return `${shape(node.value)}(${node.args.map(shape).join(' ')})`
    case 'unary':
      return `(${node.operator}${shape(node.value)})`
    case 'binary':
      return `(${shape(node.left)} ${node.operator} ${shape(node.right)})`
    case 'paren':
      return `<${shape(node.inner)}>`
  }
}

function expression(text: string): string {
  const result = parseExpression(text)
  return result.ok ? shape(result.expression) : result.diagnostics.map(formatDiagnostic).join('; ')
}

describe('statements', () => {
  it('reads blocks, labels and attributes with their places', () => {
    const result = parseFile('f.alloy', 'one.two "label" {\n\té = 1\n}\n')
    if (!result.ok) throw new Error('does not parse')
    const block = result.file.body[0] as Block
    expect(blockId(block)).toBe('one.two.label')
    expect(block.nameSpan.end.column).toBe(7)
    expect(block.labelSpan?.start.column).toBe(9)
    expect(block.open).toEqual({ offset: 16, line: 1, column: 17 })
    expect(block.span.end).toEqual({ offset: 26, line: 3, column: 1 })
    const attribute = block.body[0]
    if (attribute.kind !== 'attribute') throw new Error('not an attribute')
    // é takes two bytes: columns count bytes.
    expect(attribute.name.span).toEqual({
      file: 'f.alloy',
      start: { offset: 19, line: 2, column: 2 },
      end: { offset: 20, line: 2, column: 3 },
    })
    expect(attribute.value.span.start.column).toBe(7)
  })

  it.each([
    ['', 'an empty file'],
    ['b { }', 'an empty body'],
    ['b { x = 1 }', 'one statement on the line of its block'],
    ['b "" { }', 'an empty label is none'],
    ['\ufeffa = 1', 'a byte order mark at the start'],
    ['a = 1\r\nb = 2\r\n', 'line ends of Windows'],
    ['a = [\n1,\n2,\n]', 'a comma behind the last element'],
    ['a = 1 +\n2', 'an operator at the end of a line'],
    ['a =\n1', 'a value on the next line'],
    ['a = f(\n)', 'an empty call over lines'],
    ['a = 1 /* x */ // y\nb = 2', 'comments up to the end of the line'],
    ['a = 1 /* over\nlines */ b = 2', 'a comment with a newline ends the statement'],
    ['a = `x\ny`', 'a raw string over lines'],
  ])('takes %j: %s', (text) => {
    expect(problems(text)).toEqual([])
  })

  it('groups comments on adjacent lines', () => {
    const result = parseFile('t', '// a\n// b\n\n/* c */ // d\nx = 1 // e\n')
    if (!result.ok) throw new Error('does not parse')
    expect(result.file.comments.map((group) => group.map((c) => c.text))).toEqual([
      ['// a', '// b'],
      ['/* c */', '// d'],
      ['// e'],
    ])
  })
})

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3 ^ 4', '(1 + (2 * (3 ^ 4)))'],
    ['2 ^ 3 ^ 4', '(2 ^ (3 ^ 4))'],
    ['-2 ^ 2', '((-2) ^ 2)'],
    ['3 < 4 == true', '((3 < 4) == true)'],
    ['a || b && c', '(a || (b && c))'],
    ['1 - 2 - 3', '((1 - 2) - 3)'],
    ['!!a.b[0].c(1, 2,)', '(!(!a.b[0].c(1 2)))'],
    ['(1 + 2) * 3', '(<(1 + 2)> * 3)'],
    ['{a = 1, "b c" = [x, y]}', '{a:1 b c:[x y]}'],
    ['{"a\\"b" = 1}', '{a\\"b:1}'],
    ['.5 + 1. + 1e3', '((.5 + 1.) + 1e3)'],
    ['x.7', '1:2: expected TERMINATOR, got FLOAT'],
    ['0x10', '1:2: expected TERMINATOR, got IDENT'],
    ['1 2', '1:3: expected TERMINATOR, got NUMBER'],
    ['', '1:1: expected expression, got EOF; 1:1: expected TERMINATOR, got EOF'],
  ])('reads %j as %s', (text, expected) => {
    // The second message of a line is dropped; the empty text has only one.
    expect(expression(text)).toBe(expected.split('; ')[0])
  })
})

describe('problems', () => {
  it.each([
    ['a = 1 b = 2', ['t:1:7: expected TERMINATOR, got IDENT']],
    ['b { x = 1 y = 2 }', ['t:1:11: expected TERMINATOR, got IDENT']],
    ['a', ['t:1:2: expected block label, got TERMINATOR']],
    ['a = ', ['t:1:5: expected expression, got EOF']],
    ['1 = 2', ['t:1:1: expected identifier, got NUMBER']],
    ['a.b = 1', ['t:1:1: attribute names may only consist of a single identifier with no "."']],
    ['a "x" = 1', ['t:1:3: attribute names may not have labels']],
    ['b `x` { }', ['t:1:3: expected block label to be a double quoted string, but got "`x`"']],
    ['b "x y" { }', ['t:1:3: expected block label to be a valid identifier, but got "x y"']],
    ['b "true" { }', ['t:1:3: expected block label to be a valid identifier, but got "true"']],
    ['a = [1 2]', ["t:1:8: missing ',' in expression list"]],
    ['a = [1,\n2\n]', ["t:2:2: missing ',' in expression list"]],
    ['a = {x = 1\n}', ["t:1:11: missing ',' in field list"]],
    ['a = {1 = 2}', ['t:1:6: expected field name (string or identifier), got NUMBER']],
    ['a = b {\n}\n', ['t:1:5: cannot use a block as an expression']],
    ['a = b "l" { x = 1 }', ['t:1:5: cannot use a block as an expression']],
    ["a = 'x'", ['t:1:5: illegal single-quoted string; use double quotes']],
    ['a = "x', ['t:1:5: string literal not terminated']],
    ['a = `x\ny', ['t:1:5: string literal not terminated']],
    ['/* x', ['t:1:1: block comment not terminated']],
    ['a = "\\q"', ['t:1:7: unknown escape sequence']],
    ['a = "\\\'"', ['t:1:7: unknown escape sequence']],
    ['a = "\\400"', ['t:1:7: escape sequence is invalid Unicode code point']],
    ['a = "\\ud800"', ['t:1:7: escape sequence is invalid Unicode code point']],
    ['a = "\\xg0"', ["t:1:7: illegal character U+0067 'g' in escape sequence"]],
    ['a = 1e', ['t:1:5: exponent has no digits']],
    ['a = b | c', ['t:1:8: missing second | in ||']],
    ['a = b & c', ['t:1:8: missing second & in &&']],
    ['a = 1\u0000', ['t:1:6: illegal character NUL']],
    ['a = "\u0000"', ['t:1:6: illegal character NUL']],
    ['a = "\ufeff"', ['t:1:6: illegal byte order mark']],
    ['a = 1 /* x */ b = 2', ['t:1:15: expected TERMINATOR, got IDENT']],
    ['a = (1\n+ 2)', ['t:1:7: expected ), got TERMINATOR']],
  ])('of %j', (text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  it('finds all of them in one pass', () => {
    const found = problems('a = 1 2\nb.c = 3\n\nd = [1,\n"e\n]\n# f\ng = 4\n')
    expect(found.map((line) => line.split(':')[1])).toEqual(['1', '2', '5', '7'])
  })

  it('reports broken UTF-8, in strings and comments too', () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('a = "x'), 0xff, 0x22, 0x0a, 0x2f, 0x2f, 0xc0, 0x80])
    expect(problems(bytes)).toEqual([
      't:1:7: illegal UTF-8 encoding',
      't:2:3: illegal UTF-8 encoding',
      't:2:4: illegal UTF-8 encoding',
    ])
  })
})

/** What could be read: names with labels, bodies in braces, ! where something is missing. */
function outline(body: Body): string {
  return body
    .map((statement) => {
      if (statement.kind === 'attribute') return statement.name.text
      return `${blockId(statement)}${statement.damaged ? '!' : ''}{${outline(statement.body)}}`
    })
    .join(' ')
}

describe('after an error', () => {
  const AFTER = '\nb { z = 1 }\n'

  it.each([
    ['a value is missing', 'a {\n  t =\n}', ['3:1: expected expression, got }'], 'a!{}'],
    ['a value is missing before a line', 'a {\n  t =\n  z = 1\n}', ['3:5: expected TERMINATOR, got ='], 'a!{z}'],
    [
      'a value is missing before a block',
      'a {\n  t =\n  r {\n    q = 1\n  }\n}',
      ['3:3: cannot use a block as an expression'],
      'a!{r{q}}',
    ],
    ['a bracket is open', 'a {\n  t = [\n    {x = 1},\n  f = 1\n}', ["4:5: missing ',' in expression list"], 'a!{f}'],
    ['a call is open', 'a {\n  t = f(1\n  f = 1\n}', ["2:10: missing ',' in expression list"], 'a!{f}'],
    ['an object is open', 'a {\n  t = {\n    x = 1,\n  f = 1\n}', ['4:3: expected }, got IDENT'], 'a!{f}'],
    ['a bracket is of the wrong kind', 'a {\n  t = [{x = 1]\n  f = 1\n}', ["2:14: missing ',' in field list"], 'a!{f}'],
    ['a brace closes a list', 'a {\n  t = [1, 2}\n  f = 1\n}', ["2:12: missing ',' in expression list"], 'a!{f}'],
    ['a bracket is too many', 'a {\n  t = [1]]\n  f = 1\n}', ['2:10: expected TERMINATOR, got ]'], 'a!{f}'],
    ['a list ends with the block', 'a { t = [1 }', ["1:12: missing ',' in expression list"], 'a!{}'],
    ['a block is open', 'a {\n  r {\n    q = 1\n\n  f = 1\n}', ['2:3: expected }, got EOF'], 'a{r!{q} f}'],
    ['an outer block is open', 'a {\n  q = 1\n', ['1:1: expected }, got EOF'], 'a!{q}'],
    ['a brace is too many', 'a.b {\n  r {\n  }}\n  f = 1\n}', ['5:1: expected identifier, got }'], 'a.b!{r{}}'],
    ['a label lacks quotes', 'a x {\n  q = 1\n}', ['1:3: expected block label, got IDENT'], 'a.x{q}'],
    ['a block lacks its brace', 'a\n  q = 1\n  r {\n  }\n}', ['1:2: expected block label, got TERMINATOR'], ''],
    ['an inner block lacks it', 'a {\n  r\n    q = 1\n  }\n}', ['2:4: expected block label, got TERMINATOR'], 'a!{}'],
    ['a comment is in another language', 'a {\n  q = 1 # [ \'"\n}', ["2:9: illegal character U+0023 '#'"], 'a{q}'],
    ['an object is JSON', 'a {\n  t = {"x": [1]}\n  f = 1\n}', ["2:11: illegal character U+003A ':'"], 'a!{f}'],
    [
      'commas are missing',
      'a {\n  t = [1\n    2\n  ]\n}',
      ["2:9: missing ',' in expression list", "3:6: missing ',' in expression list"],
      'a!{}',
    ],
  ])('%s: the rest is read and nothing else is wrong', (_, text, expected, rest) => {
    const result = parseFile('t', text + AFTER)
    if (result.ok) throw new Error('parses')
    expect(result.diagnostics.map(formatDiagnostic)).toEqual(expected.map((line) => `t:${line}`))
    expect(outline(result.partial.body)).toBe(`${rest} b{z}`.trim())
  })

  it('tells which names may stand in what was lost', () => {
    const result = parseFile('t', 'a.b "c" = {\n}\nd {\n  e = 1 2\n}\n')
    expect(!result.ok && [...result.lost].sort()).toEqual(['a', 'b', 'c'])
  })

  it('points at a block that is never closed, and not past the end', () => {
    const result = parseFile('t', 'a "b" {\n  c = 1\n')
    expect(!result.ok && result.diagnostics[0].hint).toBe('this block was opened at line 1 and is not closed: add a }')
    expect(problems('a = [1,\n\n\n')).toEqual(['t:1:8: expected ], got EOF'])
  })

  it('says nothing of a text that ends inside of a string', () => {
    expect(problems('a {\n  b = `c\n}\n')).toEqual(['t:2:7: string literal not terminated'])
  })
})

describe('bounds', () => {
  it.each([
    ['brackets', `a = ${'['.repeat(10_000)}`],
    ['parentheses', `a = ${'('.repeat(10_000)}1${')'.repeat(10_000)}`],
    ['objects', `a = ${'{b = '.repeat(10_000)}1`],
    ['calls', `a = ${'f('.repeat(10_000)}1`],
    ['indexes', `a = ${'f['.repeat(10_000)}1`],
    ['blocks', 'a {\n'.repeat(10_000)],
    ['prefix operators', `a = ${'!-'.repeat(10_000)}1`],
    ['powers', `a = ${'2^'.repeat(10_000)}2`],
    ['sums', `a = ${'1+'.repeat(10_000)}1`],
    ['accessors', `a = b${'.c'.repeat(10_000)}`],
    ['blocks as values', `a = b ${'{\nc = d '.repeat(10_000)}`],
  ])('refuse deep %s with one message', (_, text) => {
    const found = problems(text)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/nested more than 200 levels deep|more than 1000 operations in a row/)
  })

  it('stop after a hundred problems', () => {
    for (const text of ['\u0000'.repeat(100_000), 'a = "\n'.repeat(10_000), `a = "${'\u0000'.repeat(100_000)}"`]) {
      const found = problems(text)
      expect(found).toHaveLength(101)
      expect(found.at(-1)).toContain('too many problems')
    }
  })

  it.each([
    ['ordinary blocks', 'b "l" {\n  t = [{"__address__" = "localhost:9090", x = 1 + 2}] // c\n}\n'],
    ['comments on one line', 'a /* */ /* */ '],
    ['open brackets', 'a = [\n'],
    ['unterminated strings', 'a = "\n'],
    ['long chains of names', 'a.b'],
    ['broken bytes', '\u0000'],
    ['braces too many', '}'],
    ['brackets too many on one line', 'a = ]'],
    ['blocks without a brace', 'a\n  b\n'],
    ['values that are missing', 'a =\n'],
    ['blocks in open lists', 'a = [\nb {\n}\n'],
    ['blocks with a brace too many', 'a.b {\n}}\n'],
    ['comments of another language', '# a = [\n'],
  ])('take time in proportion to a megabyte of %s', (_, unit) => {
    const small = unit.repeat(Math.ceil(100_000 / unit.length))
    const large = unit.repeat(Math.ceil(1_000_000 / unit.length))
    parseFile('t', small)
    const started = performance.now()
    parseFile('t', large)
    // Quadratic behaviour would take minutes.
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
