import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTextDecoder } from '../../core/exposition/decode-text.ts'
import type { Decoded, DecodeFailure, Decoder } from '../../core/exposition/decoded.ts'
import type { Format } from '../../core/exposition/lexer.ts'
import { parseExposition } from '../../core/exposition/parse.ts'
import { raw, utf8 } from './bodies.ts'
import { decode, PLAIN, type PlainRow, plainRows, sorted } from './decoded-rows.ts'
import { goFixtures } from './go-fixtures.ts'

const CONVERT = { ...PLAIN, convertClassic: true }

function text(body: string, options = CONVERT, format: Format = 'text'): Decoded | DecodeFailure {
  return decode(createTextDecoder(format, options), utf8(body))
}

function rows(body: string, options = CONVERT, format: Format = 'text'): PlainRow[] {
  const decoded = text(body, options, format)
  if ('error' in decoded) expect.fail(decoded.error)
  return plainRows(decoded)
}

function linesOf(body: string, options = CONVERT, format: Format = 'text'): string[] {
  return rows(body, options, format).map(
    ({ line, value, histogram }) => `${line} ${histogram ? `n=${histogram.count}` : value}`,
  )
}

describe('classic histograms of the text formats', () => {
  it('are converted in whatever order their series come', () => {
    const body = `# TYPE h histogram
h_sum{a="1"} 5
h_bucket{a="2",le="1"} 1
h_bucket{a="1",le="+Inf"} 9
h_count{a="2"} 4
h_bucket{a="1",le="1"} 3
h_sum{a="2"} 6
h_count{a="1"} 9
`
    expect(rows(body)).toMatchObject([
      { line: 'h{a="1"}', histogram: { count: 9, sum: 5, customValues: [1], positive: { counts: [3, 6] } } },
      { line: 'h{a="2"}', histogram: { count: 4, sum: 6, customValues: [1], positive: { counts: [1, 3] } } },
    ])
  })

  it('are the same with their labels in another order', () => {
    const body = `# TYPE h histogram
h_bucket{b="2",le="1",a="1",aa="3"} 3
h_bucket{a="1",aa="3",b="2",le="+Inf"} 9
h_sum{aa="3",b="2",a="1"} 5
h_count{b="2",aa="3",a="1"} 9
`
    const histogram = { count: 9, sum: 5, customValues: [1], positive: { counts: [3, 6] } }
    expect(rows(body)).toMatchObject([{ line: 'h{a="1",aa="3",b="2"}', histogram }])
  })

  it('are read in buffers that decoders lend each other, and families are known on', () => {
    const [one, other] = [createTextDecoder('text', CONVERT), createTextDecoder('text', CONVERT)]
    const linesRead = (decoder: Decoder, body: string): string[] => {
      const decoded = decode(decoder, utf8(body))
      if ('error' in decoded) expect.fail(decoded.error)
      const lines = plainRows(decoded).map(({ line }) => line)
      decoder.rest()
      expect(decoded).toMatchObject({ lines: { length: 0 }, families: [{ name: 'h' }] })
      return lines
    }
    for (let round = 0; round < 3; round++) {
      expect(linesRead(one, '# TYPE h histogram\nh_count 3\nh_count{a="1"} 4')).toEqual(['h', 'h{a="1"}'])
      expect(linesRead(other, '# TYPE h gauge\nlonger_name 4')).toEqual(['longer_name'])
    }
  })

  it('end with the body, though it has no newline', () => {
    const bytes = utf8('# TYPE h histogram\nh_bucket{le="1"} 3\nh_count 3\nh_count{a="1"} 4')
    expect(decode(createTextDecoder('text', CONVERT), bytes)).toMatchObject({ count: 2 })
  })

  it('that make no sense stay as they are, with their exemplars, and are counted', () => {
    const body = `# TYPE h histogram
h_bucket{a="1",le="1"} 3 # {t="x"} 1 1
h_bucket{a="1",le="2"} 1
h_count{a="1"} 3
h_bucket{a="2",le="1"} 1 # {t="y"} 1 1
h_count{a="2"} 1
after 1
# EOF
`
    const decoded = text(body, CONVERT, 'openmetrics')
    if ('error' in decoded) expect.fail(decoded.error)
    expect(decoded.unconverted).toBe(1)
    expect(plainRows(decoded).map(({ line, exemplars }) => [line, exemplars.length])).toEqual([
      ['h_bucket{a="1",le="1"}', 1],
      ['h_bucket{a="1",le="2"}', 0],
      ['h_count{a="1"}', 0],
      ['after', 0],
      ['h{a="2"}', 1],
    ])
  })

  it('give their exemplars with times to the converted histogram, the older first', () => {
    const body = `# TYPE h histogram
h_bucket{le="1"} 3 # {t="later"} 1 9
h_bucket{le="2"} 4 # {t="timeless"} 1
h_bucket{le="+Inf"} 4 # {t="earlier"} 1 8
# EOF
`
    const exemplars = [
      { labels: ['t', 'earlier'], value: 1, timestamp: 8000 },
      { labels: ['t', 'later'], value: 1, timestamp: 9000 },
    ]
    expect(rows(body, CONVERT, 'openmetrics')).toMatchObject([{ line: 'h', exemplars }])
    const kept = rows(body, { ...CONVERT, classicHistograms: true }, 'openmetrics')
    expect(kept.map(({ exemplars: own }) => own.length)).toEqual([0, 0, 0, 2])
  })

  it('begin anew with each TYPE line', () => {
    const body = '# TYPE h histogram\nh_bucket{le="1"} 1\n# TYPE h histogram\nh_bucket{le="1"} 2\n'
    expect(linesOf(body)).toEqual(['h n=1', 'h n=2'])
  })

  it('know their start by _created, before or behind them', () => {
    const body = `# TYPE h histogram
h_created{a="1"} 1.5
h_bucket{a="1",le="1"} 3
h_bucket{a="2",le="1"} 3
h_created{a="2"} 2.5
# TYPE c counter
c_total 1
c_created 3
# TYPE g gauge
g 1
g_created 7
# EOF
`
    const found = rows(body, CONVERT, 'openmetrics').map(({ line, start }) => [line, start])
    expect(found).toEqual([
      ['h_created{a="1"}', undefined],
      ['h_created{a="2"}', undefined],
      ['h{a="1"}', 1500],
      ['h{a="2"}', 2500],
      ['c_total', 3000],
      ['c_created', undefined],
      ['g', undefined],
      ['g_created', undefined],
    ])
    // The text format knows nothing of it.
    expect(rows('# TYPE c counter\nc_total 1\nc_created 3\n').every(({ start }) => start === undefined)).toBe(true)
  })

  it('fail the scrape when they have more buckets than allowed', () => {
    const body = 'a 1\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="2"} 2\nh_bucket{le="+Inf"} 3\n'
    expect(text(body, { ...CONVERT, bucketLimit: 2 })).toMatchObject({
      reason: 'bucket-limit',
      scraped: 4,
      error: /h.*2 buckets/,
    })
    expect(linesOf(body, { ...CONVERT, bucketLimit: 3 })).toEqual(['a 1', 'h n=3'])
  })

  it('are other series when le is missing or no number', () => {
    expect(
      linesOf('# TYPE h histogram\nh_bucket 1\nh_bucket{le="x"} 2\nh_bucket{le="NaN"} 3\nh_bucket{le="1"} 4\n'),
    ).toEqual(['h_bucket 1', 'h_bucket{le="x"} 2', 'h_bucket{le="NaN"} 3', 'h n=4'])
  })
})

describe('other series', () => {
  it('come through as they are, with what is said of them', () => {
    const body = `early 1
# HELP a Some \\\\ words
# TYPE a counter
a{x="1"} 2 1700000000000
# HELP h words
# TYPE h histogram
# HELP b other
b { y = "1" , } 3
`
    expect(rows(body)).toMatchObject([
      { line: 'early', value: 1, family: undefined },
      {
        line: 'a{x="1"}',
        value: 2,
        timestamp: 1700000000000,
        family: { name: 'a', type: 'counter', help: 'Some \\ words' },
      },
      {
        line: 'b { y = "1" , }',
        labels: ['__name__', 'b', 'y', '1'],
        family: { name: 'b', type: 'unknown', help: 'other' },
      },
    ])
  })

  it('stand on one line each, newlines in their labels or not', () => {
    const body = 'a{b="1\n2"} 1\n# TYPE h histogram\nh_bucket{b="1\n2",le="1"} 1\n'
    expect(rows(body)).toMatchObject([
      { line: 'a{b="1\\n2"}', labels: ['__name__', 'a', 'b', '1\n2'] },
      { line: 'h{b="1\\n2"}', labels: ['__name__', 'h', 'b', '1\n2'] },
    ])
  })

  it('are those that the lexer finds, in every body without histograms', () => {
    const line = fc.constantFrom(
      'a 1',
      'a{b="c"} 2.5',
      '{"d.e",f="g"} NaN 5',
      '# TYPE x gauge',
      '# HELP x y',
      '',
      '  z 1',
      'a{',
      'x y',
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (all) => {
        const body = `${all.join('\n')}\n`
        const parsed = parseExposition(utf8(body), 'text')
        const decoded = text(body)
        if (!parsed.ok) {
          expect(decoded).toMatchObject({ error: parsed.error, reason: 'parse', scraped: parsed.scraped })
          return
        }
        if ('error' in decoded) expect.fail(decoded.error)
        expect(plainRows(decoded).map(({ labels, value, timestamp }) => ({ labels, value, timestamp }))).toEqual(
          parsed.samples.map(({ labels, value, timestamp }) => ({
            labels: sorted(labels),
            value,
            timestamp: Number.isNaN(timestamp) ? undefined : timestamp,
          })),
        )
      }),
    )
  })
})

describe('on any bytes', () => {
  const bodies = goFixtures().filter(({ contentType }) => !contentType.includes('protobuf'))
  it('ends, without throwing, with as many rows as lines', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'\0\t\n "#,={}\\ae0.:+-_\xff\xc3'), fc.boolean()), {
      maxLength: 5,
    })
    let good = 0
    fc.assert(
      fc.property(fc.constantFrom(...bodies), edits, fc.boolean(), ({ body, contentType }, changes, classic) => {
        let mutated = atob(body)
        for (const [where, character, add] of changes) {
          const at = where % (mutated.length + 1)
          mutated = mutated.slice(0, at) + character + mutated.slice(at + (add ? 0 : 1))
        }
        const bytes = raw(mutated)
        const format = contentType.includes('openmetrics') ? 'openmetrics' : 'text'
        const decoded = decode(createTextDecoder(format, { ...CONVERT, classicHistograms: classic }), bytes)
        if ('error' in decoded) {
          expect(parseExposition(bytes, format).ok).toBe(false)
          return
        }
        good++
        expect(new TextDecoder().decode(decoded.lines.subarray(0, decoded.length)).split('\n').length).toBe(
          decoded.count + 1,
        )
        for (const row of decoded.histograms.keys()) expect(row).toBeLessThan(decoded.count)
        for (const { row } of decoded.exemplars) expect(row).toBeLessThan(decoded.count)
      }),
      { numRuns: 400 },
    )
    expect(good).toBeGreaterThan(20)
  })
})

describe('a step', () => {
  it('is short, in a family of any size', () => {
    let body = '# TYPE h histogram\n'
    for (let i = 0; i < 5000; i++)
      body += `h_bucket{a="${i % 2500}",le="${i < 2500 ? '1' : '+Inf'}"} ${i < 2500 ? 1 : 2}\n`
    const bytes = utf8(body)
    const decoder = createTextDecoder('text', CONVERT)
    decoder.begin(bytes, bytes.length)
    let steps = 1
    while (!decoder.step()) steps++
    expect(steps).toBeGreaterThan(2)
    const decoded = decoder.result()
    if ('error' in decoded) expect.fail(decoded.error)
    expect(decoded.count).toBe(2500)
    expect([...decoded.histograms.values()].every(({ count }) => count === 2)).toBe(true)
  })

  it('leaves nothing for the next body', () => {
    const decoder = createTextDecoder('text', CONVERT)
    decode(decoder, utf8('# HELP a b\n# TYPE h histogram\nh_bucket{le="1"} 1\nx{'))
    const decoded = decode(decoder, utf8('h_bucket{le="1"} 1\n'))
    expect(decoded).toMatchObject({ count: 1, families: [], unconverted: 0 })
    if (!('error' in decoded)) expect(decoded.histograms.size).toBe(0)
  })
})
