/** Decoding agrees with Prometheus 3.13's parsers, for every fixture and each way of treating histograms. */
import { describe, expect, it } from 'vitest'
import { createTextDecoder } from '../../core/exposition/decode-text.ts'
import type { DecodeOptions } from '../../core/exposition/decoded.ts'
import { createProtobufDecoder } from '../../core/exposition/protobuf/decoder.ts'
import { fromBase64 } from './bodies.ts'
import { decode, PLAIN, type PlainHistogram, type PlainRow, plainRows, sorted } from './decoded-rows.ts'
import { type GoFixture, type GoHistogram, type GoResult, type GoRow, goFixtures } from './go-fixtures.ts'

/** The order in which series stand is each one's own: a histogram comes before its classic series here and behind them there. */
function ordered(rows: readonly PlainRow[]): PlainRow[] {
  return rows.map((row) => ({ ...row, line: '' })).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/**
 * Prometheus forgets to look at the buckets' exemplars of native histograms behind the first one of a family; here they are found.
 */
function withoutForgotten(rows: readonly PlainRow[], theirs: readonly PlainRow[]): PlainRow[] {
  return rows.map((row, i) =>
    row.histogram !== undefined && theirs[i]?.exemplars.length === 0 ? { ...row, exemplars: [] } : row,
  )
}

/** Asked for start times, Prometheus leaves out the series that say them. */
function withoutCreated(rows: readonly PlainRow[]): PlainRow[] {
  return rows.filter(({ labels }) => !labels[1].endsWith('_created'))
}

function keyOf({ labels }: { labels: readonly string[] }): string {
  return labels.join('\xff')
}

function expected(rows: readonly GoRow[]): PlainRow[] {
  let family: PlainRow['family']
  const plain = rows.map((row): PlainRow => {
    if (row.family !== undefined || row.type !== undefined) {
      family = { name: row.family ?? '', type: row.type ?? '', help: row.help ?? '', unit: row.unit ?? '' }
    }
    const { labels, value, timestamp, start, histogram, exemplars } = row
    return {
      line: '',
      labels: sorted(labels),
      value: number(value ?? 'NaN'),
      timestamp,
      start: start === 0 ? undefined : start,
      family,
      histogram: histogram && goHistogram(histogram),
      exemplars: (exemplars ?? [])
        .map((one) => ({ labels: sorted(one.labels), value: number(one.value), timestamp: one.timestamp }))
        // Prometheus leaves it to the scrape to drop and to sort those of histograms.
        .filter((one) => histogram === undefined || one.timestamp !== undefined)
        .sort((a, b) => (histogram === undefined ? 0 : (a.timestamp as number) - (b.timestamp as number))),
    }
  })
  return ordered(plain)
}

function goHistogram(go: GoHistogram): PlainHistogram {
  return {
    float: go.float,
    schema: go.schema,
    count: number(go.count),
    sum: number(go.sum),
    zeroThreshold: number(go.zeroThreshold),
    zeroCount: number(go.zeroCount),
    positive: { spans: go.positiveSpans, counts: go.positiveCounts.map(number) },
    negative: { spans: go.negativeSpans, counts: go.negativeCounts.map(number) },
    customValues: go.customValues.map(number),
    reset: go.gauge ? 3 : 0,
  }
}

function number(text: string): number {
  return text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text)
}

function optionsOf({ options }: GoResult): DecodeOptions {
  return {
    ...PLAIN,
    nativeHistograms: options.native,
    classicHistograms: options.classic,
    convertClassic: options.convert,
  }
}

function decoderFor({ contentType }: GoFixture, options: DecodeOptions): ReturnType<typeof createProtobufDecoder> {
  if (contentType.includes('protobuf')) return createProtobufDecoder(options)
  return createTextDecoder(contentType.includes('openmetrics') ? 'openmetrics' : 'text', options)
}

describe('bodies decoded as Prometheus parses them', () => {
  for (const fixture of goFixtures()) {
    it(fixture.name, () => {
      const body = fromBase64(fixture.body)
      for (const result of fixture.results) {
        const name = JSON.stringify(result.options)
        const decoded = decode(decoderFor(fixture, optionsOf(result)), body)
        if (result.error === undefined) {
          if ('error' in decoded) expect.fail(`${name}: ${decoded.error}`)
          const rows = expected(result.rows ?? [])
          expect(withoutForgotten(withoutCreated(ordered(plainRows(decoded))), rows), name).toEqual(rows)
        } else if ('error' in decoded) {
          expect(decoded.reason, name).toBe('parse')
        } else {
          // What can't be converted fails the scrape there, and stays classic here.
          expect(result.options.convert, `${name}: ${result.error}`).toBe(true)
          expect(decoded.unconverted, `${name}: ${result.error}`).toBeGreaterThan(0)
        }
      }
    })
  }

  it('has fixtures of all kinds', () => {
    const results = goFixtures().flatMap((fixture) => fixture.results)
    expect(results.length).toBeGreaterThan(300)
    expect(results.filter(({ error }) => error !== undefined).length).toBeGreaterThan(20)
    expect(results.flatMap(({ rows }) => rows ?? []).filter(({ histogram }) => histogram).length).toBeGreaterThan(300)
  })
})
