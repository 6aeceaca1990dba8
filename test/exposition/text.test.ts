import { describe, expect, it } from 'vitest'
import {
  createCursor,
  FAMILY_COUNTER,
  FAMILY_HISTOGRAM,
  FAMILY_UNKNOWN,
  LINE_END,
  LINE_ERROR,
  LINE_HELP,
  LINE_OTHER,
  LINE_SAMPLE,
  LINE_TYPE,
  nextLine,
  reset,
} from '../../core/exposition/lexer.ts'
import { lines, parse, raw, utf8 } from './bodies.ts'

const text = (body: string | Uint8Array): string[] | 'rejected' => lines(body, 'text')

describe('text format: accepted', () => {
  const rows: readonly (readonly [what: string, body: string | Uint8Array, expected: readonly string[]])[] = [
    ['no newline at the end', 'a 1\nb 2', ['a 1', 'b 2']],
    ['an empty body', '', []],
    ['only newlines', '\n\n', []],
    ['only comments', '# x\n#y\n#\n', []],
    ['lines of blanks', ' \n\t\n  ', []],
    ['blanks and tabs after the value', 'a 1 \t\n', ['a 1']],
    ['blanks and tabs after the timestamp', 'a 1 5 \t\n', ['a 1 @5']],
    ['several blanks between the parts', 'a \t 1 \t 5\n', ['a 1 @5']],
    ['empty braces', 'a{} 1\nb{ } 2\n', ['a 1', 'b 2']],
    ['a comma at the end of the labels', 'a{b="c",} 1\n', ['a{b="c"} 1']],
    ['labels without a comma between them', 'a{b="c" d="e"f="g"} 1\n', ['a{b="c",d="e",f="g"} 1']],
    ['blanks between all tokens of the labels', 'a{ b = "c" , d\t=\t"e" } 1\n', ['a{b="c",d="e"} 1']],
    ['a newline inside a label value', 'a{b="x\ny"} 1\nc 2\n', ['a{b="x\\ny"} 1', 'c 2']],
    ['escapes in a label value', 'a{b="\\\\ \\" \\n"} 1\n', ['a{b="\\\\ \\" \\n"} 1']],
    ['an unknown escape, kept as two characters', 'a{b="\\x"} 1\n', ['a{b="\\\\x"} 1']],
    ['a NUL byte inside a label value', 'a{b="x\0y"} 1\n', ['a{b="x\\u0000y"} 1']],
    ['a blank between name and brace', 'a {b="c"} 1\n', ['a{b="c"} 1']],
    ['no blank between brace and value', 'a{b="c"}1\n', ['a{b="c"} 1']],
    ['TYPE twice', '# TYPE a gauge\n# TYPE a counter\na 1\n', ['a 1']],
    ['TYPE after samples', 'a 1\n# TYPE a gauge\n', ['a 1']],
    ['HELP without a name', '# HELP\na 1\n', ['a 1']],
    ['HELP without a text', '# HELP a\na 1\n', ['a 1']],
    ['#TYPE, a comment', '#TYPE a foo\na 1\n', ['a 1']],
    ['words that only start like TYPE and HELP', '# TYPES a foo\n# HELPA\n# type a foo\na 1\n', ['a 1']],
    ['blanks before a TYPE line', ' #  TYPE\ta gauge\na 1\n', ['a 1']],
    ['# EOF anywhere', 'a 1\n# EOF\nb 2\n', ['a 1', 'b 2']],
    [
      'inf, Infinity and NaN in any letter case',
      'a inf\nb +Infinity\nc -iNf\nd NAN\n',
      ['a Infinity', 'b Infinity', 'c -Infinity', 'd NaN'],
    ],
    ['numbers that begin or end with a point', 'a .5\nb 5.\n', ['a 0.5', 'b 5']],
    ['the same series twice', 'a 1\na 2\n', ['a 1', 'a 2']],
    ['timestamp 0 and far-future timestamps', 'a 1 0\nb 1 9999999999999\n', ['a 1 @0', 'b 1 @9999999999999']],
    ['the largest timestamp, cut to what a double counts', 'a 1 9223372036854775807\n', ['a 1 @9007199254740991']],
    ['leading blanks, which mean nothing', '  a 1\n\tb{c="d"} 2\n', ['a 1', 'b{c="d"} 2']],
    ['characters beyond ASCII in values and HELP', '# HELP a 日本\na{b="日本"} 1\n', ['a{b="日本"} 1']],
    ['a byte order mark inside a value', 'a{b="\ufeffx"} 1\n', ['a{b="\ufeffx"} 1']],
    ['braces, commas and = inside a value', 'a{b="}{,=#"} 1\n', ['a{b="}{,=#"} 1']],
    ['colons in metric names', ':a:b_1 1\n', [':a:b_1 1']],
    ['a value right after the name', 'a.5\nb-1\nc+1\n', ['a 0.5', 'b -1', 'c 1']],
    ['a quoted metric name', '{"a.b"} 1\n', ['a.b 1']],
    ['a quoted metric name with labels', '{"a.b",x="1"} 1\n', ['a.b{x="1"} 1']],
    ['a quoted metric name behind its labels', '{ x="1" , "a b" , } 1\n', ['a b{x="1"} 1']],
    ['a quoted label name', 'a{"x.y"="1"} 1\n', ['a{x.y="1"} 1']],
    ['escapes in quoted names', '{"a\\"b","x\\\\y"="1"} 1\n', ['a"b{x\\y="1"} 1']],
    ['a body padded with NUL bytes', 'a 1\n\0\0\0', ['a 1']],
    ['a carriage return at the end of a HELP text', '# HELP a b\r\na 1\n', ['a 1']],
  ]
  it.each(rows)('%s', (_, body, expected) => expect(text(body)).toEqual(expected))
})

describe('text format: rejected', () => {
  const rows: readonly (readonly [what: string, body: string | Uint8Array, error: string, at: string])[] = [
    ['CRLF line ends', 'a 1\r\nb 2\r\n', 'carriage return', '1:3'],
    ['CRLF after nothing', 'a 1\n\r\n', 'start of a line', '2:1'],
    ['a comment after a sample', 'a 1 # hi\n', 'comments and exemplars', '1:5'],
    ['an exemplar', 'a_total 1 # {t="x"} 1\n', 'comments and exemplars', '1:11'],
    ['a comma before the labels', 'a{,b="c"} 1\n', 'expected a label name', '1:3'],
    ['a comma alone', 'a{,} 1\n', 'expected a label name', '1:3'],
    ['two commas', 'a{b="c",,d="e"} 1\n', 'expected a label name', '1:9'],
    ['single quotes', "a{b='c'} 1\n", 'double quotes', '1:5'],
    ['a label name with a colon', 'a{b:c="1"} 1\n', '"="', '1:4'],
    ['a name that starts with a digit', '1a 1\n', 'start of a line', '1:1'],
    ['a name with a dash', 'a-b 1\n', 'not a number', '1:2'],
    ['a name with a dot', 'a.b 1\n', 'not a number', '1:2'],
    ['a label name that starts with a digit', 'a{1="b"} 1\n', 'expected a label name', '1:3'],
    ['a quote that is never closed', 'a{b="c} 1\n', 'closing quote', '1:5'],
    ['a backslash before the last quote', 'a{b="\\"} 1\n', 'closing quote', '1:5'],
    ['a newline after a backslash', 'a{b="\\\n"} 1\n', 'backslash', '1:7'],
    ['invalid UTF-8 in a label value', raw('a{b="\xff"} 1\n'), 'not UTF-8', '1:5'],
    ['a surrogate in a label value', raw('a{b="\xed\xa0\x80"} 1\n'), 'not UTF-8', '1:5'],
    ['invalid UTF-8 in a label value, behind a backslash', raw('a{b="\\\xff"} 1\n'), 'not UTF-8', '1:5'],
    ['invalid UTF-8 in HELP', raw('# HELP a \xff\n'), 'not UTF-8', '1:10'],
    ['invalid UTF-8 in a quoted label name', raw('a{"\xff"="1"} 1\n'), 'not UTF-8', '1:1'],
    ['a NUL byte in a name', 'a\0b 1\n', 'expected a value', '1:2'],
    ['a NUL byte in a quoted name', '{"a\0b"} 1\n', 'NUL', '1:4'],
    ['a form feed for a blank', 'a\f1\n', 'not a number', '1:2'],
    ['a byte order mark', '\ufeffa 1\n', 'start of a line', '1:1'],
    ['no value', 'a\n', 'expected a value', '1:2'],
    ['no value behind labels', 'a{b="c"}\n', 'expected a value', '1:9'],
    ['only a value', '1\n', 'start of a line', '1:1'],
    ['three numbers', 'a 1 2 3\n', 'end of the line', '1:7'],
    ['an unknown type', '# TYPE a foo\n', 'type must be', '1:10'],
    ['type unknown, an OpenMetrics word', '# TYPE a unknown\n', 'type must be', '1:10'],
    ['type info, an OpenMetrics word', '# TYPE a info\n', 'type must be', '1:10'],
    ['TYPE without a type', '# TYPE a\n', 'type must be', '1:9'],
    ['TYPE with a blank for a type', '# TYPE a \n', 'type must be', '1:10'],
    ['a blank after the type', '# TYPE a gauge \n', 'type must be', '1:10'],
    ['two blanks before the type', '# TYPE a  gauge\n', 'type must be', '1:10'],
    ['TYPE without a name', '# TYPE \n', 'expected a metric name', '1:8'],
    ['a negative timestamp', 'a 1 -5\n', 'whole number', '1:5'],
    ['a timestamp with a plus sign', 'a 1 +5\n', 'whole number', '1:5'],
    ['a fractional timestamp', 'a 1 1.5\n', 'whole number', '1:6'],
    ['a timestamp with an exponent', 'a 1 1e3\n', 'whole number', '1:6'],
    ['a timestamp beyond int64', 'a 1 9223372036854775808\n', '64-bit', '1:5'],
    ['a long timestamp', 'a 1 99999999999999999999\n', '64-bit', '1:5'],
    ['a point for a value', 'a .\n', 'not a number', '1:3'],
    ['a hexadecimal integer', 'a 0x10\n', 'not a number', '1:3'],
    ['a hexadecimal float', 'a 0x1p4\n', 'not a number', '1:3'],
    ['digits with separators', 'a 1_0\n', 'not a number', '1:3'],
    ['a value too large', 'a 1e1000\n', 'not a number', '1:3'],
    ['+NaN', 'a +NaN\n', 'not a number', '1:3'],
    ['-nan', 'a -nan\n', 'not a number', '1:3'],
    ['StaleNaN', 'a StaleNaN\n', 'not a number', '1:3'],
    ['a brace for a value', 'a {1\n', 'expected a label name', '1:4'],
    ['a brace behind the value', 'a 1{}\n', 'whole number', '1:4'],
    ['a label name twice', 'a{b="1",b="2"} 1\n', 'not unique', '1:1'],
    ['a label twice, with the same value', 'a{b="1",b="1"} 1\n', 'not unique', '1:1'],
    ['__name__ beside a name', 'a{__name__="b"} 1\n', 'not unique', '1:1'],
    ['__name__ instead of a name', '{__name__="b"} 1\n', 'no metric name', '1:1'],
    ['braces without a name', '{} 1\n', 'no metric name', '1:1'],
    ['two metric names', 'a{"b"} 1\n', 'second metric name', '1:3'],
    ['two quoted metric names', '{"a","b"} 1\n', 'second metric name', '1:6'],
    ['an empty metric name', '{""} 1\n', 'metric name is empty', '1:1'],
    ['an empty label name', 'a{""="x"} 1\n', 'label name is empty', '1:1'],
    ['a label name without a value', 'a{b} 1\n', '"="', '1:4'],
    ['an error in a later line', 'a 1\nb 2\nc{ 3\n', 'expected a label name', '3:4'],
  ]
  it.each(rows)('%s', (_, body, error, at) => {
    const parsed = parse(body, 'text')
    if (parsed.ok) throw new Error('accepted')
    expect(parsed.error).toContain(error)
    expect(`${parsed.line}:${parsed.column}`).toBe(at)
  })
})

describe('nextLine on text', () => {
  it('says what each line is and where its parts stand', () => {
    const body = utf8('# HELP "a.b" some \\n text\n# TYPE a histogram\n\n a {b="c"}  1.5 7 \n#x\nd 2')
    const cursor = createCursor('text')
    reset(cursor, body, body.length)
    const slice = (from: number, to: number): string => new TextDecoder().decode(body.subarray(from, to))

    expect(nextLine(cursor)).toBe(LINE_HELP)
    expect(slice(cursor.nameStart, cursor.nameEnd)).toBe('a.b')
    expect(slice(cursor.textStart, cursor.textEnd)).toBe('some \\n text')
    expect(nextLine(cursor)).toBe(LINE_TYPE)
    expect([slice(cursor.nameStart, cursor.nameEnd), cursor.familyType]).toEqual(['a', FAMILY_HISTOGRAM])
    expect(nextLine(cursor)).toBe(LINE_OTHER)
    const start = cursor.pos
    expect(nextLine(cursor)).toBe(LINE_SAMPLE)
    expect(cursor.lineStart).toBe(start)
    expect(slice(cursor.seriesStart, cursor.seriesEnd)).toBe('a {b="c"}')
    expect(slice(cursor.valueStart, cursor.pos)).toBe('1.5 7 \n')
    expect([cursor.value, cursor.timestamp, cursor.exemplarEnd]).toEqual([1.5, 7, 0])
    expect(nextLine(cursor)).toBe(LINE_OTHER)
    expect(nextLine(cursor)).toBe(LINE_SAMPLE)
    expect([slice(cursor.seriesStart, cursor.seriesEnd), cursor.value, cursor.timestamp]).toEqual(['d', 2, Number.NaN])
    expect(cursor.pos).toBe(body.length)
    expect(nextLine(cursor)).toBe(LINE_END)
    expect(nextLine(cursor)).toBe(LINE_END)
  })

  it('never looks behind the end', () => {
    const body = utf8('a{b="c"} 12345 678\nb 1')
    const cursor = createCursor('text')
    for (let end = 0; end <= body.length; end++) {
      reset(cursor, body, end)
      const whole = nextLine(cursor)
      const copy = createCursor('text')
      reset(copy, body.slice(0, end), end)
      expect(nextLine(copy)).toBe(whole)
      if (whole === LINE_SAMPLE) expect([copy.value, copy.timestamp]).toEqual([cursor.value, cursor.timestamp])
      expect(copy.pos).toBe(cursor.pos)
    }
  })

  it('stays where the error is', () => {
    const body = utf8('a 1\nb x\nc 3\n')
    const cursor = createCursor('text')
    reset(cursor, body, body.length)
    nextLine(cursor)
    expect([nextLine(cursor), nextLine(cursor), cursor.pos, cursor.errorAt]).toEqual([LINE_ERROR, LINE_ERROR, 4, 6])
  })

  it('takes one byte after the name of a family for the blank, as Prometheus does', () => {
    const parsed = parse('# TYPE a{counter\n# HELP b.c d\n# HELP e   \n', 'text')
    expect(parsed.ok && parsed.families).toEqual([
      { name: 'a', type: FAMILY_COUNTER, help: '', unit: '' },
      { name: 'b', type: FAMILY_UNKNOWN, help: 'c d', unit: '' },
      { name: 'e', type: FAMILY_UNKNOWN, help: '', unit: '' },
    ])
  })
})
