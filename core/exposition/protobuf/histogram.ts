/** Histograms of protobuf bodies: native as one row, classic as several, classic converted to native. */
import { compactBuckets } from '../../histograms/buckets.ts'
import {
  addClassicBucket,
  type ClassicHistogram,
  convertClassic,
  createClassic,
  resetClassic,
} from '../../histograms/classic.ts'
import { type Buckets, type Histogram, NO_BUCKETS, RESET_GAUGE, RESET_UNKNOWN } from '../../histograms/histogram.ts'
import { MAX_METRIC_TEXT_BYTES } from '../../limits.ts'
import { FAMILY_GAUGE_HISTOGRAM } from '../cursor.ts'
import { admitHistogram } from '../decode-histograms.ts'
import { setHistogram, sortExemplars } from '../decode-rows.ts'
import { instantMillis, readExemplar } from './exemplar.ts'
import type { HistogramFields, Side } from './histogram-fields.ts'
import type { MetricReader } from './reader.ts'
import { addLabelledSeries, addSeries, BUCKET, COUNT, LE, lineBound, NO_SUFFIX, SUM } from './series.ts'
import { reject } from './wire.ts'

const classic: ClassicHistogram = createClassic()

/** Adds the rows of the histogram whose fields were read. False when the body is to be refused. */
export function addHistogram(reader: MetricReader, fields: HistogramFields): boolean {
  const { options, writer } = reader
  writer.start = fields.start.present ? instantMillis(fields.start) || Number.NaN : Number.NaN
  if ((fields.bounds.length + 3) * lineBound(writer) > MAX_METRIC_TEXT_BYTES) {
    return reject(
      reader.wire,
      reader.wire.pos,
      `the series of a histogram take more than ${MAX_METRIC_TEXT_BYTES} bytes`,
    )
  }
  if (options.nativeHistograms && isNative(fields)) {
    if (!addNative(reader, fields)) return false
    return !options.classicHistograms || fields.bounds.length === 0 || addClassicSeries(reader, fields)
  }
  if (!options.convertClassic) return addClassicSeries(reader, fields)
  const converted = convertedOf(fields, reader.type === FAMILY_GAUGE_HISTOGRAM)
  if (converted === undefined) writer.rows.decoded.unconverted++
  const kept = converted === undefined || options.classicHistograms
  if (kept && !addClassicSeries(reader, fields)) return false
  return converted === undefined || addRow(reader, fields, converted)
}

/** A histogram without observations and thresholds says by an empty span that it is a native one. */
function isNative({ positive, negative, zeroThreshold, zeroCount, zeroCountFloat }: HistogramFields): boolean {
  return (
    positive.spans.length > 0 || negative.spans.length > 0 || zeroThreshold > 0 || zeroCount > 0 || zeroCountFloat > 0
  )
}

function addNative(reader: MetricReader, fields: HistogramFields): boolean {
  const { wire } = reader
  const float = fields.countFloat > 0 || fields.zeroCountFloat > 0
  const positive = bucketsOf(fields.positive, float)
  const negative = bucketsOf(fields.negative, float)
  if (typeof positive === 'string') return reject(wire, wire.pos, `positive side: ${positive}`)
  if (typeof negative === 'string') return reject(wire, wire.pos, `negative side: ${negative}`)
  return addRow(reader, fields, {
    // Whole numbers that are too large for a double to be exact are doubles all the same.
    float: float || !areExact(fields, positive, negative),
    schema: fields.schema,
    count: float ? fields.countFloat : fields.count,
    sum: fields.sum,
    zeroThreshold: fields.zeroThreshold,
    zeroCount: float ? fields.zeroCountFloat : fields.zeroCount,
    positive,
    negative,
    customValues: NO_BUCKETS.counts,
    reset: reader.type === FAMILY_GAUGE_HISTOGRAM ? RESET_GAUGE : RESET_UNKNOWN,
  })
}

/** The histogram's row, with its exemplars: those of the whole where it has them, else those of its classic buckets. */
function addRow(reader: MetricReader, fields: HistogramFields, histogram: Histogram): boolean {
  const { writer, rules } = reader
  const admitted = admitHistogram(histogram, rules, reader.familyName())
  if ('error' in admitted) {
    reader.reason = admitted.reason
    return reject(reader.wire, reader.wire.pos, admitted.error)
  }
  if (!addSeries(writer, NO_SUFFIX, Number.NaN)) return false
  const { rows } = writer
  const row = rows.decoded.count - 1
  setHistogram(rows, row, admitted)
  const first = rows.decoded.exemplars.length
  const { exemplars, bucketExemplars } = fields
  for (let k = 0; k < exemplars.length; k += 2) if (!readExemplar(writer, exemplars, k, 1, row, true)) return false
  if (exemplars.length === 0) {
    for (let k = 0; k < bucketExemplars.length; ) {
      const parts = partsAt(fields, k)
      if (!readExemplar(writer, bucketExemplars, k, parts, row, true)) return false
      k += 2 * parts
    }
  }
  sortExemplars(rows, first)
  return true
}

/** In how many parts the exemplar of a bucket came, the first of which is at `k`. */
function partsAt({ exemplarOwners }: HistogramFields, k: number): number {
  const owner = exemplarOwners.at[k / 2]
  let parts = 1
  while (k / 2 + parts < exemplarOwners.length && exemplarOwners.at[k / 2 + parts] === owner) parts++
  return parts
}

function addClassicSeries({ writer }: MetricReader, fields: HistogramFields): boolean {
  const { bounds, bucketCounts, bucketExemplars, exemplarOwners } = fields
  const count = fields.countFloat === 0 ? fields.count : fields.countFloat
  if (!addSeries(writer, COUNT, count) || !addSeries(writer, SUM, fields.sum)) return false
  let exemplar = 0
  for (let i = 0; i < bounds.length; i++) {
    if (!addLabelledSeries(writer, BUCKET, LE, bounds.at[i], bucketCounts.at[i])) return false
    if (2 * exemplar < bucketExemplars.length && exemplarOwners.at[exemplar] === i) {
      const parts = partsAt(fields, 2 * exemplar)
      const row = writer.rows.decoded.count - 1
      if (!readExemplar(writer, bucketExemplars, 2 * exemplar, parts, row, false)) return false
      exemplar += parts
    }
    // Whatever comes behind it is no bucket.
    if (bounds.at[i] === Number.POSITIVE_INFINITY) return true
  }
  return addLabelledSeries(writer, BUCKET, LE, Number.POSITIVE_INFINITY, count)
}

function convertedOf(fields: HistogramFields, gauge: boolean): Histogram | undefined {
  resetClassic(classic, gauge)
  classic.count = fields.countFloat === 0 ? fields.count : fields.countFloat
  classic.sum = fields.sum
  for (let i = 0; i < fields.bounds.length; i++) {
    addClassicBucket(classic, fields.bounds.at[i], fields.bucketCounts.at[i])
  }
  return convertClassic(classic)
}

/** Absolute counts, or what is wrong. */
function bucketsOf({ spans, deltas, counts }: Side, float: boolean): Buckets | string {
  const given = float ? counts : deltas
  const absolute = given.at.slice(0, given.length)
  if (!float) for (let i = 1; i < absolute.length; i++) absolute[i] += absolute[i - 1]
  const runs: { offset: number; length: number }[] = []
  let length = 0
  for (let k = 0; k < spans.length; k += 2) {
    const offset = spans.at[k]
    if (k > 0 && offset < 0) return `span ${k / 2 + 1} begins before the end of the one before (${offset})`
    runs.push({ offset, length: spans.at[k + 1] })
    length += spans.at[k + 1]
  }
  if (length !== absolute.length) return `spans require ${length} buckets, have ${absolute.length}`
  return compactBuckets(runs, absolute, 0)
}

function areExact({ count, zeroCount }: HistogramFields, positive: Buckets, negative: Buckets): boolean {
  return (
    count <= Number.MAX_SAFE_INTEGER && zeroCount <= Number.MAX_SAFE_INTEGER && isSafe(positive) && isSafe(negative)
  )
}

function isSafe({ counts }: Buckets): boolean {
  for (let i = 0; i < counts.length; i++) if (!Number.isSafeInteger(counts[i])) return false
  return true
}
