/** Ten megabytes of one thing, and ten thousand levels of another: an answer within seconds, never a crash. */
import { describe, expect, it } from 'vitest'
import { formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { type ParseResult, parseExpression, parseFile } from '../../core/syntax/parser.ts'
import { printFile } from '../../core/syntax/printer.ts'

const TEN_MEGABYTES = 10_000_000
/** For what takes memory many times its size. */
const HALF_A_MEGABYTE = 500_000
const DEPTH = 10_000
/** It takes a second or two, but other tests run on the same cores. What is quadratic takes hours. */
const MOST_MS = 100_000

function filled(unit: string, size: number): string {
  return unit.repeat(Math.ceil(size / unit.length))
}

function timed<T>(run: () => T): T {
  const started = performance.now()
  const result = run()
  expect(performance.now() - started).toBeLessThan(MOST_MS)
  return result
}

function problemsOf(result: ParseResult): readonly string[] {
  return result.ok ? [] : result.diagnostics.map(formatDiagnostic)
}

describe('large files', () => {
  it.each<[string, (fill: (unit: string) => string) => string]>([
    ['one list', (fill) => `a = [${fill('{"__address__" = "host-1:9090"}, ')}]`],
    ['one string', (fill) => `a = "${fill('x')}"`],
    ['blocks with a long text each', (fill) => fill(`b "l" {\n\tlonger = "${'x'.repeat(1000)}"\n}\n`)],
  ])(
    'of ten megabytes of %s are read',
    (_, make) => {
      const text = make((unit) => filled(unit, TEN_MEGABYTES))
      expect(timed(() => problemsOf(parseFile('t', text)))).toEqual([])
    },
    120_000,
  )

  it.each<[string, (fill: (unit: string) => string) => string]>([
    ['one list', (fill) => `a = [${fill('{"__address__" = "host-1:9090"}, ')}]`],
    ['one object', (fill) => `a = {\n${fill('\tsome_name = "some value",\n')}}`],
    ['one call', (fill) => `a = array.concat(${fill('[one.two, 1 + 2], ')})`],
    ['blocks', (fill) => fill('b "l" {\n\tt = [1, 2]\n\tlonger = "x"\n}\n')],
    ['attributes', (fill) => fill('name = "value"\n')],
    ['one string', (fill) => `a = "${fill('x')}"`],
    ['one raw string of lines', (fill) => `a = \`${fill('line\n')}\``],
    ['one string of escapes', (fill) => `a = "${fill('\\u00e9\\n')}"`],
    ['one name', (fill) => `${fill('é')} = 1`],
    ['one number', (fill) => `a = 0${fill('7')}`],
    ['one comment', (fill) => `/*${fill('*')}*/`],
    ['comments in one list', (fill) => `a = [\n${fill('1, // c\n// d\n')}]`],
    ['blank lines', (fill) => fill('\n')],
  ])(
    'of half a megabyte of %s are read and formatted',
    (_, make) => {
      const text = make((unit) => filled(unit, HALF_A_MEGABYTE))
      timed(() => {
        const result = parseFile('t', text)
        if (!result.ok) throw new Error(formatDiagnostic(result.diagnostics[0]))
        printFile(result.file)
      })
    },
    120_000,
  )

  it.each<[string, (fill: (unit: string) => string) => string, number?]>([
    ['values that are missing', (fill) => fill('a =\n')],
    ['two statements on a line', (fill) => fill('a = 1 b = 2\n'), HALF_A_MEGABYTE],
    ['characters that are none', (fill) => fill('\u0000\ufeff@'), HALF_A_MEGABYTE],
    ['strings that do not end', (fill) => fill('a = "\n'), HALF_A_MEGABYTE],
    ['single quotes', (fill) => fill("'a' "), HALF_A_MEGABYTE],
    ['objects in the notation of JSON', (fill) => fill('{"a": [1, {"b": null}]}\n')],
    ['a comment that does not end', (fill) => `/*${fill('x')}`],
    ['commas', (fill) => `a = [${fill(',')}]`, HALF_A_MEGABYTE],
    ['dots', (fill) => `a = b${fill('.')}`, HALF_A_MEGABYTE],
    ['escapes that are none', (fill) => `a = "${fill('\\q')}"`, HALF_A_MEGABYTE],
    ['a list without commas', (fill) => `a = [${fill('1 ')}]`, HALF_A_MEGABYTE],
    ['brackets that close nothing', (fill) => fill(')]}'), HALF_A_MEGABYTE],
  ])(
    'of megabytes of %s give a bounded number of messages',
    (_, make, size = TEN_MEGABYTES) => {
      const text = make((unit) => filled(unit, size))
      const found = timed(() => problemsOf(parseFile('t', text)))
      expect(found.length).toBeGreaterThan(0)
      expect(found.length).toBeLessThanOrEqual(101)
      for (const line of found) expect(line.length).toBeLessThan(1_000)
    },
    120_000,
  )
})

describe('ten thousand levels', () => {
  const levels: readonly (readonly [string, string, string, string])[] = [
    ['of parentheses', '(', '1', ')'],
    ['of lists', '[', '1', ']'],
    ['of objects', '{a = ', '1', '}'],
    ['of calls', 'f(', '1', ')'],
    ['of indexes', 'a[', '1', ']'],
    ['of signs', '-', '1', ''],
    ['of negations', '!', 'true', ''],
    ['of powers', '2 ^ ', '2', ''],
    ['of sums', '1 + ', '1', ''],
    ['of sums to the left', '(1 + ', '1', ')'],
    ['of a mix', 'f([{a = (-b[', '1', '])}])'],
  ]

  it.each(levels)('%s, closed, open and closed only, are refused with a word', (_, open, middle, close) => {
    const [opened, closed] = [open.repeat(DEPTH), close.repeat(DEPTH)]
    for (const text of [opened + middle + closed, opened, opened + middle, middle + closed]) {
      const found = timed(() => [...problemsOf(parseFile('t', `a = ${text}`)), ...expressionProblems(text)])
      // Only `1` alone is fine.
      if (text !== middle) expect(found.length).toBeGreaterThan(0)
      expect(found.length).toBeLessThanOrEqual(202)
    }
  })

  it.each([
    ['of blocks', 'b {\n', '}\n'],
    ['of blocks on a line', 'b {', '}'],
    ['of blocks as values', 'a = b {\n', '}\n'],
    ['of objects as bodies', 'a {\n b = {\n', '}\n}\n'],
  ])('%s are refused with a word', (_, open, close) => {
    const [opened, closed] = [open.repeat(DEPTH), close.repeat(DEPTH)]
    for (const text of [opened + closed, opened, closed]) {
      const found = timed(() => problemsOf(parseFile('t', text)))
      expect(found.length).toBeGreaterThan(0)
      expect(found.length).toBeLessThanOrEqual(101)
    }
  })

  it.each([
    ['of fields', `a${'.b'.repeat(DEPTH)}`],
    ['of indexes one after the other', `a${'[0]'.repeat(DEPTH)}`],
    ['of calls one after the other', `a${'()'.repeat(DEPTH)}`],
  ])('%s are refused with a word', (_, text) => {
    expect(timed(() => expressionProblems(text)).length).toBeGreaterThan(0)
  })
})

function expressionProblems(text: string): readonly string[] {
  const result = parseExpression(text)
  return result.ok ? [] : result.diagnostics.map(formatDiagnostic)
}
