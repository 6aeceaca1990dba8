import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DecodeOptions } from '../../../core/exposition/decoded.ts'
import { formatFloat } from '../../../core/exposition/number.ts'
import { createProtobufDecoder } from '../../../core/exposition/protobuf/decoder.ts'
import { decode, PLAIN, type PlainExemplar, type PlainRow, plainRows, sorted } from '../decoded-rows.ts'
import { chanceOf, type ExemplarModel, encodeBody, type FamilyModel, families, type MetricModel } from './families.ts'

/** What the family is as rows, in the order decoded. Nothing is converted. */
function rowsOf(family: FamilyModel, options: DecodeOptions): Partial<PlainRow>[] {
  const { name, help, unit } = family
  const about = { name, help, unit, type: family.type === 'untyped' ? 'unknown' : family.type }
  return family.metrics.flatMap((metric) => {
    const { labels, timestamp, start, exemplar, parts, count, float, native } = metric
    const row = (
      suffix: string,
      value: number,
      extra: string[] = [],
      exemplars: PlainExemplar[] = [],
    ): Partial<PlainRow> => ({
      labels: sorted(['__name__', name + suffix, ...labels.flat(), ...extra]),
      value,
      timestamp: timestamp === 0 ? undefined : timestamp,
      start: start === 0 || family.type === 'gauge' || family.type === 'untyped' ? undefined : start,
      family: about,
      histogram: undefined,
      exemplars,
    })
    if (family.type === 'summary') {
      const quantiles = parts.map(({ at, value }) => row('', value, ['quantile', formatFloat(at)]))
      return [row('_count', count), row('_sum', metric.value), ...quantiles]
    }
    if (family.type === 'counter') return [row('', metric.value, [], exemplar ? [plainExemplar(exemplar)] : [])]
    if (family.type === 'gauge' || family.type === 'untyped') return [row('', metric.value)]
    const total = float ? count / 2 : count
    const rows: Partial<PlainRow>[] = []
    if (options.nativeHistograms && native !== undefined) {
      const own = native.exemplars.length > 0 ? native.exemplars : parts.flatMap((part) => part.exemplar ?? [])
      const timed = own.filter((one) => one.timestamp !== undefined).map(plainExemplar)
      rows.push({
        ...row(
          '',
          Number.NaN,
          [],
          timed.sort((a, b) => (a.timestamp as number) - (b.timestamp as number)),
        ),
        histogram: nativeOf(metric, family.type === 'gaugehistogram'),
      })
      if (!options.classicHistograms || parts.length === 0) return rows
    }
    rows.push(row('_count', total), row('_sum', metric.value))
    for (const { at, value, exemplar: own } of parts) {
      const exemplars = own ? [plainExemplar(own)] : []
      rows.push(row('_bucket', float ? value / 2 : value, ['le', formatFloat(at)], exemplars))
      if (at === Number.POSITIVE_INFINITY) return rows
    }
    rows.push(row('_bucket', total, ['le', '+Inf']))
    return rows
  })
}

function plainExemplar({ labels, value, timestamp }: ExemplarModel): PlainExemplar {
  return { labels: sorted(labels.flat()), value, timestamp }
}

function nativeOf({ native, float, count, value }: MetricModel, gauge: boolean): PlainRow['histogram'] {
  if (native === undefined) return undefined
  const half = (number: number): number => (float ? number / 2 : number)
  const buckets = (side: readonly (readonly [number, number])[]): NonNullable<PlainRow['histogram']>['positive'] => {
    const filled = side.filter(([, one]) => one > 0).sort(([a], [b]) => a - b)
    const spans: [number, number][] = []
    filled.forEach(([index], i) => {
      const gap = i === 0 ? index : index - filled[i - 1][0] - 1
      if (i > 0 && gap === 0) spans[spans.length - 1][1]++
      else spans.push([gap, 1])
    })
    return { spans, counts: filled.map(([, one]) => half(one)) }
  }
  return {
    float,
    schema: native.schema,
    count: half(count),
    sum: value,
    zeroThreshold: native.zeroThreshold,
    zeroCount: half(native.zeroCount),
    positive: buckets(native.positive),
    negative: buckets(native.negative),
    customValues: [],
    reset: gauge ? 3 : 0,
  }
}

/** Native histograms get the count that makes them valid; a float one without any count would be read as an integer one. */
function withCounts(family: FamilyModel): FamilyModel {
  const metrics = family.metrics.map((metric): MetricModel => {
    const { native, float } = metric
    const labels = metric.labels.filter(([own]) => own !== '__name__' && own !== 'le' && own !== 'quantile')
    if (native === undefined || !family.type.endsWith('histogram')) return { ...metric, labels }
    const sum = [...native.positive, ...native.negative].reduce((total, [, count]) => total + count, native.zeroCount)
    return { ...metric, labels, count: sum, float: float && sum > 0 }
  })
  return { ...family, metrics }
}

const options = fc.record({ nativeHistograms: fc.boolean(), classicHistograms: fc.boolean() })

describe('protobuf bodies', () => {
  it('become the rows that an independent encoder was told', () => {
    fc.assert(
      fc.property(families, options, fc.integer(), (models, chosen, seed) => {
        const all = models.map(withCounts)
        const settings = { ...PLAIN, ...chosen }
        const decoded = decode(createProtobufDecoder(settings), encodeBody(all, chanceOf(seed)))
        if ('error' in decoded) expect.fail(decoded.error)
        const rows = plainRows(decoded).map(({ line, ...row }) => row)
        expect(rows).toEqual(all.flatMap((family) => rowsOf(family, settings)))
      }),
      { numRuns: 500 },
    )
  })

  it('become the same lines whatever was decoded before', () => {
    const decoder = createProtobufDecoder(PLAIN)
    fc.assert(
      fc.property(families, families, fc.integer(), (before, after, seed) => {
        decode(decoder, encodeBody(before.map(withCounts), chanceOf(seed + 1)))
        const body = encodeBody(after.map(withCounts), chanceOf(seed))
        const again = decode(decoder, body)
        const fresh = decode(createProtobufDecoder(PLAIN), body)
        if ('error' in again || 'error' in fresh) expect.fail(JSON.stringify([again, fresh]))
        expect(plainRows(again)).toEqual(plainRows(fresh))
      }),
      { numRuns: 100 },
    )
  })
})
