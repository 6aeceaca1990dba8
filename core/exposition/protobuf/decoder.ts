/**
 * Decodes delimited protobuf bodies (io.prometheus.client.MetricFamily) into rows, straight from their bytes.
 *
 * Owns how families and metrics follow each other, and the time that a step takes. What it accepts is what Prometheus 3 accepts,
 * but for what is too large (limits.ts); any error refuses the body. Keeps nothing between bodies but its buffers.
 */
import { MAX_METRIC_BYTES } from '../../limits.ts'
import { isUtf8 } from '../bytes.ts'
import type { Growth } from '../column-growth.ts'
import { histogramRules, shownName } from '../decode-histograms.ts'
import { beginFamily, clearRows, createRows, growthOf, isOversized, restRows } from '../decode-rows.ts'
import type { Decoded, DecodeFailure, DecodeOptions, Decoder } from '../decoded.ts'
import { decodeUtf8 } from '../strings.ts'
import { addMetric, FAMILY_TYPES } from './metric.ts'
import type { MetricReader } from './reader.ts'
import { createSeriesWriter, nameSeries } from './series.ts'
import { BYTES, createWire, expectType, nextField, readLength, reject, resetWire, VARINT } from './wire.ts'

/** Work of one step: bytes read and written, and some more for each row and field; a few ms. */
const STEP_COST = 384 * 1024
const ROW_COST = 48
const FIELD_COST = 12

const NO_BYTES = new Uint8Array(0)

interface Family {
  end: number
  nameFrom: number
  nameTo: number
  helpFrom: number
  helpTo: number
  unitFrom: number
  unitTo: number
  type: number
  /** Where its first metric stands, -1 when it has none. */
  firstMetric: number
}

export function createProtobufDecoder(options: DecodeOptions): Decoder {
  const wire = createWire()
  const rows = createRows()
  const { decoded } = rows
  const writer = createSeriesWriter(wire, rows)
  const reader: MetricReader = {
    wire,
    writer,
    options,
    rules: histogramRules(options),
    type: 0,
    familyName: () => decoded.families[decoded.families.length - 1].name,
    reason: 'parse',
  }
  const family: Family = {
    end: 0,
    nameFrom: 0,
    nameTo: 0,
    helpFrom: 0,
    helpTo: 0,
    unitFrom: 0,
    unitTo: 0,
    type: 0,
    firstMetric: -1,
  }
  let length = 0
  /** 0: before a family, 1: looking for its own fields, 2: at its metrics. */
  let place = 0
  let failed = false
  let growth: Growth | undefined

  function begin(bytes: Uint8Array, end: number): void {
    resetWire(wire, bytes)
    clearRows(rows)
    length = end
    place = 0
    failed = false
    growth = undefined
    reader.reason = 'parse'
  }

  function step(): boolean {
    let cost = 0
    while (cost < STEP_COST) {
      growth ??= growthOf(rows)
      if (growth !== undefined) {
        if (!growth()) return false
        growth = undefined
        cost += STEP_COST >> 1
        continue
      }
      const before = wire.pos
      const rowsBefore = decoded.count
      const textBefore = decoded.length + rows.objects
      if (place === 0) {
        if (wire.pos >= length) return true
        if (!openFamily()) return fail()
      } else if (place === 1) {
        if (wire.pos < family.end) {
          if (!readOwnField()) return fail()
          cost += FIELD_COST
          continue
        }
        if (!beginMetrics()) return fail()
      } else if (wire.pos < family.end) {
        if (!nextField(wire, family.end)) return fail()
        if (wire.field === 4) {
          const after = wire.pos
          if (!addMetric(reader, wire.start, wire.stop)) return fail()
          wire.pos = after
        }
      } else {
        place = 0
      }
      if (isOversized(rows)) return fail('the decoded body takes too much memory')
      // Where metrics begin, it goes back to the first.
      cost += FIELD_COST + Math.max(0, wire.pos - before)
      cost += (decoded.count - rowsBefore) * ROW_COST + decoded.length + rows.objects - textBefore
    }
    return false
  }

  function openFamily(): boolean {
    if (!readLength(wire, length)) return false
    family.end = wire.stop
    family.nameFrom = family.nameTo = family.helpFrom = family.helpTo = family.unitFrom = family.unitTo = 0
    family.type = 0
    family.firstMetric = -1
    place = 1
    return true
  }

  /** Fields may come in any order, so all are looked at before the first metric is. */
  function readOwnField(): boolean {
    const at = wire.pos
    if (!nextField(wire, family.end)) return false
    const { field } = wire
    if (field === 3) {
      if (!expectType(wire, VARINT, 'MetricFamily')) return false
      family.type = wire.low
      return true
    }
    if (field > 5) return true
    if (!expectType(wire, BYTES, 'MetricFamily')) return false
    if (field === 4) {
      if (family.firstMetric < 0) family.firstMetric = at
      return true
    }
    if (wire.stop - wire.start > MAX_METRIC_BYTES) {
      return reject(wire, at, `the name, help or unit of a family has more than ${MAX_METRIC_BYTES} bytes`)
    }
    if (field === 1) {
      family.nameFrom = wire.start
      family.nameTo = wire.stop
    } else if (field === 2) {
      family.helpFrom = wire.start
      family.helpTo = wire.stop
    } else {
      family.unitFrom = wire.start
      family.unitTo = wire.stop
    }
    return true
  }

  function beginMetrics(): boolean {
    // A family without metrics says nothing, whatever it is.
    place = family.firstMetric < 0 ? 0 : 2
    if (place === 0) return true
    const { bytes } = wire
    if (!nameSeries(writer, family.nameFrom, family.nameTo)) return false
    const name = decodeUtf8(bytes, family.nameFrom, family.nameTo) ?? ''
    if (!isUtf8(bytes, family.helpFrom, family.helpTo)) {
      return reject(wire, family.helpFrom, `the help text of ${shownName(name)} is not UTF-8`)
    }
    const type = FAMILY_TYPES[family.type]
    if (type === undefined) {
      return reject(wire, family.firstMetric, `${shownName(name)} has the unknown type ${family.type}`)
    }
    reader.type = type
    const help = decodeUtf8(bytes, family.helpFrom, family.helpTo) ?? ''
    const unit = decodeUtf8(bytes, family.unitFrom, family.unitTo) ?? ''
    beginFamily(rows, { name, type, help, unit })
    wire.pos = family.firstMetric
    return true
  }

  function fail(error?: string): true {
    failed = true
    if (error !== undefined) reject(wire, wire.pos, error)
    return true
  }

  function result(): Decoded | DecodeFailure {
    const error = `protobuf, byte ${wire.errorAt}: ${wire.error}`
    // The body is somebody else's from now on.
    resetWire(wire, NO_BYTES)
    if (!failed) return decoded
    return { error, reason: reader.reason, scraped: decoded.count }
  }

  return { begin, step, result, rest: () => restRows(rows) }
}
