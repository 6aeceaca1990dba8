import { describe, expect, it } from 'vitest'
import {
  createCursor,
  FAMILY_NAMES,
  LINE_END,
  LINE_ERROR,
  LINE_HELP,
  LINE_SAMPLE,
  LINE_TYPE,
  LINE_UNIT,
  nextLine,
  reset,
} from '../../core/exposition/lexer.ts'
import { lines, parse, raw, utf8 } from './bodies.ts'

const EOF = '# EOF\n'

describe('OpenMetrics: accepted', () => {
  const rows: readonly (readonly [what: string, body: string, expected: readonly string[]])[] = [
    ['an empty body, which is an empty scrape', '', []],
    ['the end mark alone', EOF, []],
    ['the end mark without a newline', 'a 1\n# EOF', ['a 1']],
    ['padding with NUL bytes behind the end mark', 'a 1\n# EOF\n\0\0', ['a 1']],
    ['seconds, made milliseconds by cutting', `a 1 1.0019\nb 1 -1.0019\n${EOF}`, ['a 1 @1001', 'b 1 @-1001']],
    [
      'timestamps with exponents and signs',
      `a 1 1e9\nb 1 -5\nc 1 +5\n${EOF}`,
      ['a 1 @1000000000000', 'b 1 @-5000', 'c 1 @5000'],
    ],
    ['timestamps beyond what a double counts', `a 1 1e300\n${EOF}`, ['a 1 @9007199254740991']],
    ['a tiny negative timestamp, which is 0', `a 1 -0.0001\n${EOF}`, ['a 1 @0']],
    ['a comma at the end of the labels', `a{b="c",} 1\n${EOF}`, ['a{b="c"} 1']],
    ['empty braces', `a{} 1\n${EOF}`, ['a 1']],
    ['escapes', `a{b="\\\\\\"\\n"} 1\n${EOF}`, ['a{b="\\\\\\"\\n"} 1']],
    ['an unknown escape, kept as two characters', `a{b="\\x"} 1\n${EOF}`, ['a{b="\\\\x"} 1']],
    ['a quoted metric name', `{"a.b",x="1"} 1\n${EOF}`, ['a.b{x="1"} 1']],
    ['a counter without _total', `# TYPE a counter\na 1\n${EOF}`, ['a 1']],
    ['TYPE twice', `# TYPE a gauge\n# TYPE a gauge\na 1\n${EOF}`, ['a 1']],
    ['families that interleave', `a 1\nb 1\na{x="1"} 1\n${EOF}`, ['a 1', 'b 1', 'a{x="1"} 1']],
    ['an exemplar on a gauge', `# TYPE a gauge\na 1 # {x="y"} 1\n${EOF}`, ['a 1']],
    ['an exemplar without labels', `a_total 1 # {} 1\n${EOF}`, ['a_total 1']],
    ['an exemplar behind a timestamp', `a_total 1 5 # {x="y"} 1 7.5\n${EOF}`, ['a_total 1 @5000']],
    ['_created as a series', `# TYPE a counter\na_total 1\na_created 5\n${EOF}`, ['a_total 1', 'a_created 5']],
    ['a HELP text that is empty', `# HELP a \na 1\n${EOF}`, ['a 1']],
    ['an empty UNIT', `# UNIT a \na 1\n${EOF}`, ['a 1']],
    ['a carriage return at the end of a HELP text', `# HELP a b\r\na 1\n${EOF}`, ['a 1']],
  ]
  it.each(rows)('%s', (_, body, expected) => expect(lines(body, 'openmetrics')).toEqual(expected))

  it('knows all eight types', () => {
    const types = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset']
    const parsed = parse(`${types.map((type) => `# TYPE ${type} ${type}\n`).join('')}${EOF}`, 'openmetrics')
    expect(parsed.ok && parsed.families.map(({ name, type }) => [name, FAMILY_NAMES[type]])).toEqual(
      types.map((type) => [type, type]),
    )
  })
})

describe('OpenMetrics: rejected', () => {
  const rows: readonly (readonly [what: string, body: string | Uint8Array, error: string, at: string])[] = [
    ['no end mark', 'a 1\n', '# EOF', '2:1'],
    ['a sample without newline at the end', 'a 1', '# EOF', '1:4'],
    ['anything behind the end mark', `a 1\n${EOF}b 1\n`, 'data after', '3:1'],
    ['a blank line behind the end mark', `${EOF}\n`, 'data after', '2:1'],
    ['a blank behind the end mark', '# EOF ', 'data after', '1:6'],
    ['a second end mark', EOF + EOF, 'data after', '2:1'],
    ['blank lines', `a 1\n\n${EOF}`, 'blank lines', '2:1'],
    ['comments', `# hello\n${EOF}`, 'only TYPE', '1:1'],
    ['a comment without a blank', `#hello\n${EOF}`, 'only TYPE', '1:1'],
    ['two blanks before TYPE', `#  TYPE a gauge\n${EOF}`, 'only TYPE', '1:1'],
    ['CRLF', 'a 1\r\n# EOF\r\n', 'carriage return', '1:3'],
    ['CRLF behind the end mark', 'a 1\n# EOF\r\n', 'data after', '2:6'],
    ['a blank after the value', `a 1 \n${EOF}`, 'end of the line', '1:5'],
    ['a blank after the timestamp', `a 1 2 \n${EOF}`, 'end of the line', '1:6'],
    ['two blanks before the value', `a  1\n${EOF}`, 'expected a number', '1:3'],
    ['two blanks before the timestamp', `a 1  2\n${EOF}`, 'end of the line', '1:5'],
    ['a tab for a blank', `a\t1\n${EOF}`, 'one blank', '1:2'],
    ['a leading blank', ` a 1\n${EOF}`, 'start of a line', '1:1'],
    ['a blank before the braces', `a {b="c"} 1\n${EOF}`, 'not a number', '1:3'],
    ['a blank inside the braces', `a{ b="c"} 1\n${EOF}`, 'label name', '1:3'],
    ['no comma between labels', `a{b="c"d="e"} 1\n${EOF}`, '"," or "}"', '1:8'],
    ['no blank between brace and value', `a{b="c"}1\n${EOF}`, 'one blank', '1:9'],
    ['a newline in a label value', `a{b="x\ny"} 1\n${EOF}`, 'newline', '1:7'],
    ['invalid UTF-8 in a label value', raw(`a{b="\xff"} 1\n${EOF}`), 'not UTF-8', '1:5'],
    ['invalid UTF-8 in HELP', raw(`# HELP a \xff\n${EOF}`), 'not UTF-8', '1:10'],
    ['a NaN timestamp', `a 1 NaN\n${EOF}`, 'finite', '1:5'],
    ['an infinite timestamp', `a 1 -Inf\n${EOF}`, 'finite', '1:5'],
    ['type untyped, a word of the text format', `# TYPE a untyped\n${EOF}`, 'type must be', '1:10'],
    ['HELP without a text and without a blank', `# HELP a\n${EOF}`, 'one blank', '1:9'],
    ['HELP without newline at the end', '# HELP a b', '# EOF', '1:11'],
    ['a unit that the name does not end in', `# UNIT a seconds\n${EOF}`, '"_" and the unit', '1:10'],
    ['a unit that is the whole name', `# UNIT seconds seconds\n${EOF}`, '"_" and the unit', '1:16'],
    ['a unit without underscore', `# UNIT aseconds seconds\n${EOF}`, '"_" and the unit', '1:17'],
    ['composite values of OpenMetrics 2', `a {count:1,sum:1,bucket:[+Inf:1]}\n${EOF}`, 'not a number', '1:3'],
    ['start timestamps of OpenMetrics 2', `a_total 1 st@1520430000.123\n${EOF}`, 'not a number', '1:11'],
    ['an end mark behind a sample', 'a 1 # EOF\n', 'not a number', '1:5'],
    ['an exemplar without a value', `a 1 # {x="y"}\n${EOF}`, 'labels of the exemplar', '1:14'],
    ['a metric name in an exemplar', `a 1 # {"x"} 1\n${EOF}`, 'needs a value', '1:8'],
    ['a NUL byte in an exemplar', `a 1 # {x="\0"} 1\n${EOF}`, 'NUL', '1:11'],
    ['a NaN timestamp of an exemplar', `a 1 # {} 1 NaN\n${EOF}`, 'finite', '1:12'],
    ['two exemplars', `a 1 # {} 1 # {} 1\n${EOF}`, 'not a number', '1:12'],
    ['a label name twice', `a{b="1",b="2"} 1\n${EOF}`, 'not unique', '1:1'],
  ]
  it.each(rows)('%s', (_, body, error, at) => {
    const parsed = parse(body, 'openmetrics')
    if (parsed.ok) throw new Error('accepted')
    expect(parsed.error).toContain(error)
    expect(`${parsed.line}:${parsed.column}`).toBe(at)
  })
})

describe('nextLine on OpenMetrics', () => {
  it('says what each line is and where its parts stand', () => {
    const body = utf8(
      '# TYPE a_s histogram\n# HELP a_s x \\"y\\"\n# UNIT a_s s\na_s_bucket{le="1.0"} 2 3 # {t="1"} 0.5 4\nb 1\n# EOF',
    )
    const cursor = createCursor('openmetrics')
    reset(cursor, body, body.length)
    const slice = (from: number, to: number): string => new TextDecoder().decode(body.subarray(from, to))
    const meta = (): string[] => [slice(cursor.nameStart, cursor.nameEnd), slice(cursor.textStart, cursor.textEnd)]

    expect([nextLine(cursor), ...meta()]).toEqual([LINE_TYPE, 'a_s', 'histogram'])
    expect([nextLine(cursor), ...meta()]).toEqual([LINE_HELP, 'a_s', 'x \\"y\\"'])
    expect([nextLine(cursor), ...meta()]).toEqual([LINE_UNIT, 'a_s', 's'])
    expect(nextLine(cursor)).toBe(LINE_SAMPLE)
    expect(slice(cursor.seriesStart, cursor.seriesEnd)).toBe('a_s_bucket{le="1.0"}')
    expect(slice(cursor.exemplarStart, cursor.exemplarEnd)).toBe('{t="1"} 0.5 4')
    expect([cursor.value, cursor.timestamp]).toEqual([2, 3000])
    expect([nextLine(cursor), cursor.exemplarEnd, cursor.sawEof]).toEqual([LINE_SAMPLE, 0, false])
    expect([nextLine(cursor), cursor.sawEof, cursor.pos]).toEqual([LINE_END, true, body.length])
    expect(nextLine(cursor)).toBe(LINE_END)
    reset(cursor, body, body.length - 1)
    while (nextLine(cursor) !== LINE_ERROR) expect(cursor.pos).toBeLessThan(body.length)
  })

  it('reports a stray blank after the value one step late, for the sample counts as scraped', () => {
    const parsed = parse('a 1\nb 1 \n# EOF\n', 'openmetrics')
    expect(!parsed.ok && parsed.scraped).toBe(2)
  })
})
