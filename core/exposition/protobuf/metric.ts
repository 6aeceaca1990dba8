/** One Metric message as rows: a counter, a gauge, an untyped value, a summary; histograms are histogram.ts's. */
import { MAX_METRIC_BUCKETS, MAX_METRIC_BYTES, MAX_METRIC_TEXT_BYTES } from '../../limits.ts'
import {
  FAMILY_COUNTER,
  FAMILY_GAUGE,
  FAMILY_GAUGE_HISTOGRAM,
  FAMILY_HISTOGRAM,
  FAMILY_SUMMARY,
  FAMILY_UNKNOWN,
} from '../cursor.ts'
import { clampMillis, clearInstant, createInstant, instantMillis, readExemplar, readInstant } from './exemplar.ts'
import { addHistogram } from './histogram.ts'
import { clearHistogramFields, createHistogramFields, readHistogramFields } from './histogram-fields.ts'
import { createDoubles, createIntegers, pushDouble, pushInteger } from './lists.ts'
import type { MetricReader } from './reader.ts'
import { addLabelledSeries, addSeries, beginMetric, COUNT, lineBound, NO_SUFFIX, QUANTILE, SUM } from './series.ts'
import {
  BYTES,
  doubleAt,
  expectType,
  FIXED64,
  nextField,
  reject,
  toSigned,
  toUnsigned,
  VARINT,
  type Wire,
} from './wire.ts'

/** Types of families as bodies number them, as FAMILY_*. */
export const FAMILY_TYPES: readonly number[] = [
  FAMILY_COUNTER,
  FAMILY_GAUGE,
  FAMILY_SUMMARY,
  FAMILY_UNKNOWN,
  FAMILY_HISTOGRAM,
  FAMILY_GAUGE_HISTOGRAM,
]

/** By FAMILY_*: the field of Metric that holds the value. */
const VALUE_FIELDS: readonly number[] = valueFields()

function valueFields(): number[] {
  const fields: number[] = []
  fields[FAMILY_COUNTER] = 3
  fields[FAMILY_GAUGE] = 2
  fields[FAMILY_SUMMARY] = 4
  fields[FAMILY_UNKNOWN] = 5
  fields[FAMILY_HISTOGRAM] = 7
  fields[FAMILY_GAUGE_HISTOGRAM] = 7
  return fields
}

// Shared by all decoders: they are done with one metric before they turn to the next.
/** Where the message with the value stands, start and end of each part. */
const parts = createIntegers()
const exemplars = createIntegers()
const start = createInstant()
const histogramFields = createHistogramFields()
const quantiles = createDoubles()

/** Adds the rows of the metric in `bytes[from..end)`. False when the body is to be refused; the wire has the error. */
export function addMetric(reader: MetricReader, from: number, end: number): boolean {
  const { wire, writer } = reader
  if (end - from > MAX_METRIC_BYTES) return reject(wire, from, `a metric has more than ${MAX_METRIC_BYTES} bytes`)
  const valueField = VALUE_FIELDS[reader.type]
  parts.length = 0
  beginMetric(writer)
  wire.pos = from
  while (wire.pos < end) {
    if (!nextField(wire, end)) return false
    if (wire.field === 1) {
      if (!expectType(wire, BYTES, 'Metric')) return false
      pushInteger(writer.pairs, wire.start)
      pushInteger(writer.pairs, wire.stop)
      // Escapes may double every byte; quotes, equals sign and comma come on top.
      writer.labelsBound += 2 * (wire.stop - wire.start) + 6
    } else if (wire.field === valueField) {
      if (!expectType(wire, BYTES, 'Metric')) return false
      pushInteger(parts, wire.start)
      pushInteger(parts, wire.stop)
    } else if (wire.field === 6) {
      if (!expectType(wire, VARINT, 'Metric')) return false
      // Without the difference between 0 and nothing, 0 is nothing.
      writer.timestamp = clampMillis(toSigned(wire)) || Number.NaN
    }
  }
  if (lineBound(writer) > MAX_METRIC_TEXT_BYTES) {
    return reject(wire, from, `a series takes more than ${MAX_METRIC_TEXT_BYTES} bytes`)
  }
  if (valueField === 7) {
    clearHistogramFields(histogramFields)
    for (let k = 0; k < parts.length; k += 2) {
      wire.pos = parts.at[k]
      if (!readHistogramFields(wire, parts.at[k + 1], histogramFields)) return false
    }
    return addHistogram(reader, histogramFields)
  }
  return valueField === 4 ? addSummary(reader) : addNumber(reader, valueField === 3)
}

/** Gauge and Untyped have a value alone, Counter an exemplar and a start as well. */
function addNumber({ wire, writer }: MetricReader, counter: boolean): boolean {
  let value = 0
  exemplars.length = 0
  clearInstant(start)
  for (let k = 0; k < parts.length; k += 2) {
    const end = parts.at[k + 1]
    wire.pos = parts.at[k]
    while (wire.pos < end) {
      if (!nextField(wire, end)) return false
      if (wire.field === 1) {
        if (!expectType(wire, FIXED64, 'a value')) return false
        value = doubleAt(wire, wire.start)
      } else if (!counter) {
      } else if (wire.field === 2) {
        if (!expectType(wire, BYTES, 'Counter')) return false
        pushInteger(exemplars, wire.start)
        pushInteger(exemplars, wire.stop)
      } else if (wire.field === 3 && !readInstant(wire, start)) return false
    }
  }
  if (start.present) writer.start = instantMillis(start) || Number.NaN
  if (!addSeries(writer, NO_SUFFIX, value)) return false
  const row = writer.rows.decoded.count - 1
  return exemplars.length === 0 || readExemplar(writer, exemplars, 0, exemplars.length / 2, row, false)
}

function addSummary({ wire, writer }: MetricReader): boolean {
  let count = 0
  let sum = 0
  quantiles.length = 0
  clearInstant(start)
  for (let k = 0; k < parts.length; k += 2) {
    const end = parts.at[k + 1]
    wire.pos = parts.at[k]
    while (wire.pos < end) {
      if (!nextField(wire, end)) return false
      if (wire.field === 1) {
        if (!expectType(wire, VARINT, 'Summary')) return false
        count = toUnsigned(wire)
      } else if (wire.field === 2) {
        if (!expectType(wire, FIXED64, 'Summary')) return false
        sum = doubleAt(wire, wire.start)
      } else if (wire.field === 3) {
        if (!readQuantile(wire)) return false
      } else if (wire.field === 4 && !readInstant(wire, start)) return false
    }
  }
  if ((quantiles.length / 2 + 2) * lineBound(writer) > MAX_METRIC_TEXT_BYTES) {
    return reject(wire, wire.pos, `the series of a summary take more than ${MAX_METRIC_TEXT_BYTES} bytes`)
  }
  if (start.present) writer.start = instantMillis(start) || Number.NaN
  if (!addSeries(writer, COUNT, count) || !addSeries(writer, SUM, sum)) return false
  for (let k = 0; k < quantiles.length; k += 2) {
    if (!addLabelledSeries(writer, NO_SUFFIX, QUANTILE, quantiles.at[k], quantiles.at[k + 1])) return false
  }
  return true
}

function readQuantile(wire: Wire): boolean {
  if (!expectType(wire, BYTES, 'Summary')) return false
  if (quantiles.length === 2 * MAX_METRIC_BUCKETS) {
    return reject(wire, wire.pos, `a summary has more than ${MAX_METRIC_BUCKETS} quantiles`)
  }
  const end = wire.stop
  let quantile = 0
  let value = 0
  wire.pos = wire.start
  while (wire.pos < end) {
    if (!nextField(wire, end)) return false
    if (wire.field > 2) continue
    if (!expectType(wire, FIXED64, 'Quantile')) return false
    if (wire.field === 1) quantile = doubleAt(wire, wire.start)
    else value = doubleAt(wire, wire.start)
  }
  pushDouble(quantiles, quantile)
  pushDouble(quantiles, value)
  return true
}
