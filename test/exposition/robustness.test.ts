import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createCursor,
  type Format,
  LINE_END,
  LINE_ERROR,
  LINE_SAMPLE,
  type LineCursor,
  nextLine,
  reset,
  sampleTail,
} from '../../core/exposition/lexer.ts'
import { parseExposition } from '../../core/exposition/parse.ts'
import { raw, utf8 } from './bodies.ts'

const formats = fc.constantFrom<Format>('text', 'openmetrics')

const VALID: readonly string[] = [
  '# HELP a b\n# TYPE a counter\na_total{x="1",y="2"} 1.5 1700000000000\na 2\n{"q.r",s="t"} NaN\n',
  '# TYPE h histogram\n# UNIT h_s s\nh_bucket{le="1.0"} 1 1.5 # {t="x"} 0.5 2\nh_sum 1e+06\n# EOF\n',
]

const edits = fc.array(
  fc.tuple(
    fc.nat(200),
    fc.constantFrom('set', 'cut', 'add'),
    fc.constantFrom(...'\0\t\n\r "#,={}\\ae0.:+-\xff\x80\xc3'),
  ),
  {
    maxLength: 4,
  },
)

function mutated(body: string, changes: readonly (readonly [number, string, string])[]): Uint8Array {
  let text = body
  for (const [where, what, character] of changes) {
    const at = where % (text.length + 1)
    text = text.slice(0, at) + (what === 'cut' ? '' : character) + text.slice(what === 'add' ? at : at + 1)
  }
  return raw(text)
}

/** Reads to the end or the first error; fails when a line does not move on or points outside. */
function walk(cursor: LineCursor, bytes: Uint8Array): number {
  reset(cursor, bytes, bytes.length)
  for (;;) {
    const before = cursor.pos
    const kind = nextLine(cursor)
    if (kind === LINE_ERROR) {
      expect(cursor.error).not.toBe('')
      expect(cursor.errorAt).toBeGreaterThanOrEqual(before)
      expect(cursor.errorAt).toBeLessThanOrEqual(bytes.length)
      return kind
    }
    if (kind === LINE_END) return kind
    expect(cursor.pos).toBeGreaterThan(before)
    expect(cursor.pos).toBeLessThanOrEqual(bytes.length)
    if (kind !== LINE_SAMPLE) continue
    expect(cursor.lineStart).toBe(before)
    expect(before <= cursor.seriesStart && cursor.seriesStart < cursor.seriesEnd).toBe(true)
    expect(cursor.seriesEnd <= cursor.valueStart && cursor.valueStart < cursor.pos).toBe(true)
  }
}

describe('on any bytes', () => {
  it('ends, without throwing, and moves on with every line', () => {
    fc.assert(
      fc.property(formats, fc.uint8Array({ maxLength: 60 }), (format, bytes) => void walk(createCursor(format), bytes)),
      { numRuns: 3000 },
    )
  })

  it('does so on bodies that were valid once', () => {
    fc.assert(
      fc.property(formats, fc.constantFrom(...VALID), edits, (format, body, changes) => {
        const bytes = mutated(body, changes)
        const kind = walk(createCursor(format), bytes)
        const parsed = parseExposition(bytes, format)
        if (kind === LINE_ERROR) expect(parsed.ok).toBe(false)
      }),
      { numRuns: 5000 },
    )
  })

  it('reads valid bodies without edits', () => {
    expect(walk(createCursor('text'), utf8(VALID[0]))).toBe(LINE_END)
    expect(walk(createCursor('openmetrics'), utf8(VALID[1]))).toBe(LINE_END)
  })
})

describe('sampleTail', () => {
  const series = fc.constantFrom('a', 'a{b="c"}', '{"x"}', 'a{}')
  const tail = fc.oneof(
    fc.string({ unit: fc.constantFrom(...' \t\n\0.15e+-#{}"N\xff'), maxLength: 8 }),
    fc
      .tuple(
        fc.constantFrom('', ' ', '  ', '\t'),
        fc.constantFrom('1', '-2.5', '1e3', '0.30000000000000004', 'NaN', '+Inf', '1e999', 'x', ''),
        fc.constantFrom('', ' ', ' 5', ' 1.5', ' # {t="x"} 1', ' 5 # {} 1 2', '\r', '{'),
        fc.constantFrom('\n', '\n\n', '', '\nb 1\n'),
      )
      .map((parts) => parts.join('')),
  )

  function state(cursor: LineCursor): unknown[] {
    const { pos, valueStart, value, timestamp, exemplarStart, exemplarEnd } = cursor
    return [pos, valueStart, value, timestamp, exemplarStart, exemplarEnd]
  }

  it('agrees with nextLine whenever it says yes, and says yes to every plain line', () => {
    let agreed = 0
    fc.assert(
      fc.property(formats, series, tail, (format, name, rest) => {
        const bytes = raw(`${name}${rest}`)
        const whole = createCursor(format)
        reset(whole, bytes, bytes.length)
        const kind = nextLine(whole)
        const quick = createCursor(format)
        reset(quick, bytes, bytes.length)
        if (sampleTail(quick, name.length, name.endsWith('}'))) {
          agreed++
          expect(kind).toBe(LINE_SAMPLE)
          expect(whole.seriesEnd).toBe(name.length)
          expect(state(quick)).toEqual(state(whole))
        } else {
          expect(quick.pos).toBe(0)
          // It may decline anything but a line with one blank, a decimal and a newline.
          expect(/^ -?[0-9]+(\.[0-9]+)?\n/.test(rest) && rest.length < 16).toBe(false)
        }
      }),
      { numRuns: 10_000 },
    )
    expect(agreed).toBeGreaterThan(500)
  })

  it('declines what would make another series', () => {
    const cursor = createCursor('text')
    for (const body of ['a.5\n', 'ab 1\n', 'a {b="c"} 1\n', 'a{b="c"} 1\n', 'a\n', 'a ', 'a']) {
      const bytes = utf8(body)
      reset(cursor, bytes, bytes.length)
      expect(sampleTail(cursor, 1, false), body).toBe(false)
    }
  })
})
