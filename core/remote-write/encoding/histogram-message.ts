/**
 * Native histograms as both versions of remote_write have them (prometheus.Histogram; io.prometheus.write.v2.Histogram adds
 * the start timestamp). Counts come in absolute numbers and leave as differences between neighbours when they are whole numbers.
 */
import type { Buckets, Histogram } from '../../histograms/histogram.ts'
import { type Bytes, reserve } from './bytes.ts'
import { writeValue } from './sample.ts'
import {
  closeLength,
  MAX_VARINT_BYTES,
  openLength,
  writeInt64,
  writeSint32,
  writeSint64,
  writeVarint,
} from './varint.ts'

/** All fields but those that repeat. */
const FIXED_BYTES = 128
const SPAN_BYTES = 14
const COUNT_BYTES = 10

/** What the message takes at most. */
export function histogramBytes({ positive, negative, customValues }: Histogram): number {
  const spans = positive.spans.length + negative.spans.length
  return (
    FIXED_BYTES +
    SPAN_BYTES * spans +
    COUNT_BYTES * (positive.counts.length + negative.counts.length + customValues.length)
  )
}

/** Tag, length and message. A start of NaN or 0 is not known; in 1.0 it always is. Makes room for itself. */
export function appendHistogram(out: Bytes, tag: number, histogram: Histogram, timestamp: number, start: number): void {
  reserve(out, histogramBytes(histogram))
  out.bytes[out.length++] = tag
  const from = openLength(out)
  appendCount(out, 0x08, 0x11, histogram.count, histogram.float)
  appendDouble(out, 0x19, histogram.sum)
  out.bytes[out.length++] = 0x20
  writeSint32(out, histogram.schema)
  appendDouble(out, 0x29, histogram.zeroThreshold)
  appendCount(out, 0x30, 0x39, histogram.zeroCount, histogram.float)
  appendBuckets(out, 0x42, histogram.negative, histogram.float)
  appendBuckets(out, 0x5a, histogram.positive, histogram.float)
  out.bytes[out.length++] = 0x70
  writeVarint(out, histogram.reset)
  out.bytes[out.length++] = 0x78
  writeInt64(out, timestamp)
  if (histogram.customValues.length > 0) appendDoubles(out, 0x0182, histogram.customValues)
  if (!Number.isNaN(start) && start !== 0) {
    out.bytes[out.length++] = 0x88
    out.bytes[out.length++] = 0x01
    writeInt64(out, start)
  }
  closeLength(out, from)
}

function appendCount(out: Bytes, wholeTag: number, floatTag: number, count: number, float: boolean): void {
  if (float) {
    appendDouble(out, floatTag, count)
    return
  }
  out.bytes[out.length++] = wholeTag
  writeInt64(out, count)
}

function appendDouble(out: Bytes, tag: number, value: number): void {
  out.bytes[out.length++] = tag
  writeValue(out.view, out.length, value, false)
  out.length += 8
}

/** Spans, and behind them, in the next field, the differences of whole numbers; those of fractions in the one after that. */
function appendBuckets(out: Bytes, spansTag: number, { spans, counts }: Buckets, float: boolean): void {
  for (const { offset, length } of spans) {
    out.bytes[out.length++] = spansTag
    const from = openLength(out)
    out.bytes[out.length++] = 0x08
    writeSint32(out, offset)
    out.bytes[out.length++] = 0x10
    writeVarint(out, length)
    closeLength(out, from)
  }
  if (counts.length === 0) return
  if (float) {
    appendDoubles(out, spansTag + 0x10, counts)
    return
  }
  out.bytes[out.length++] = spansTag + 0x08
  const from = openLength(out)
  let before = 0
  for (let i = 0; i < counts.length; i++) {
    reserve(out, MAX_VARINT_BYTES)
    writeSint64(out, counts[i] - before)
    before = counts[i]
  }
  closeLength(out, from)
}

/** A packed field; the tag's second byte, where it has one, stands above the first. */
function appendDoubles(out: Bytes, tag: number, values: Float64Array): void {
  out.bytes[out.length++] = tag & 0xff
  if (tag > 0xff) out.bytes[out.length++] = tag >> 8
  writeVarint(out, 8 * values.length)
  for (let i = 0; i < values.length; i++) {
    writeValue(out.view, out.length, values[i], false)
    out.length += 8
  }
}
