/** Decoded bodies as plain objects, to be compared with what oracles say. */
import type { Decoded, DecodeFailure, DecodeOptions, Decoder } from '../../core/exposition/decoded.ts'
import { exposedLabels } from '../../core/exposition/labels.ts'
import { FAMILY_NAMES } from '../../core/exposition/lexer.ts'
import type { Buckets, Histogram } from '../../core/histograms/histogram.ts'

export const PLAIN: DecodeOptions = {
  nativeHistograms: true,
  classicHistograms: false,
  convertClassic: false,
  bucketLimit: 0,
  minBucketFactor: 0,
  leaveOutCreated: false,
}

export interface PlainExemplar {
  readonly labels: readonly string[]
  readonly value: number
  readonly timestamp: number | undefined
}

export interface PlainHistogram {
  readonly float: boolean
  readonly schema: number
  readonly count: number
  readonly sum: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  readonly positive: PlainBuckets
  readonly negative: PlainBuckets
  readonly customValues: readonly number[]
  readonly reset: number
}

export interface PlainBuckets {
  readonly spans: readonly (readonly [offset: number, length: number])[]
  readonly counts: readonly number[]
}

export interface PlainRow {
  readonly line: string
  /** Sorted by name, without empty ones. */
  readonly labels: readonly string[]
  readonly value: number
  readonly timestamp: number | undefined
  readonly start: number | undefined
  readonly family:
    | { readonly name: string; readonly type: string; readonly help: string; readonly unit: string }
    | undefined
  readonly histogram: PlainHistogram | undefined
  readonly exemplars: readonly PlainExemplar[]
}

/** Runs the decoder over the body to its end. */
export function decode(decoder: Decoder, body: Uint8Array): Decoded | DecodeFailure {
  decoder.begin(body, body.length)
  // No step may be for nothing: a body has no more steps than bytes.
  for (let steps = 0; !decoder.step(); steps++) if (steps > body.length + 10) throw new Error('it does not end')
  return decoder.result()
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

export function plainRows(decoded: Decoded): PlainRow[] {
  const text = utf8.decode(decoded.lines.subarray(0, decoded.length))
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length !== decoded.count)
    throw new Error(`${decoded.count} rows, but ${lines.length} lines`)
  const bytes = new TextEncoder()
  return lines.map((line, row) => {
    const series = bytes.encode(line)
    const family = decoded.families[decoded.family[row]]
    const labels = exposedLabels(series, 0, series.length, 'text', family?.type ?? 0)
    if (!Array.isArray(labels)) throw new Error(`${line}: ${labels.error}`)
    const histogram = decoded.histograms.get(row)
    return {
      line,
      labels: sorted(labels),
      value: decoded.values[row],
      timestamp: known(decoded.timestamps[row]),
      start: known(decoded.starts[row]),
      family: family && { ...family, type: FAMILY_NAMES[family.type] },
      histogram: histogram && plainHistogram(histogram),
      exemplars: decoded.exemplars
        .filter((exemplar) => exemplar.row === row)
        .map(({ labels: own, value, timestamp }) => ({ labels: sorted(own), value, timestamp: known(timestamp) })),
    }
  })
}

export function plainHistogram(histogram: Histogram): PlainHistogram {
  const { positive, negative, customValues, ...rest } = histogram
  return {
    ...rest,
    positive: plainBuckets(positive),
    negative: plainBuckets(negative),
    customValues: [...customValues],
  }
}

function plainBuckets({ spans, counts }: Buckets): PlainBuckets {
  return { spans: spans.map(({ offset, length }) => [offset, length] as const), counts: [...counts] }
}

export function known(number: number): number | undefined {
  return Number.isNaN(number) ? undefined : number
}

/** By name; empty values are no labels. */
export function sorted(labels: readonly string[]): string[] {
  const pairs: [string, string][] = []
  for (let i = 0; i < labels.length; i += 2) if (labels[i + 1] !== '') pairs.push([labels[i], labels[i + 1]])
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1)).flat()
}
