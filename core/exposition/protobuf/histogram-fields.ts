/** One Histogram message taken apart: numbers into columns that all decoders share, since only one metric is at hand at a time. */
import { MAX_METRIC_BUCKETS } from '../../limits.ts'
import { clearInstant, createInstant, type Instant, readInstant } from './exemplar.ts'
import { createDoubles, createIntegers, type Doubles, type Integers, pushDouble, pushInteger } from './lists.ts'
import {
  BYTES,
  doubleAt,
  expectType,
  FIXED64,
  nextField,
  readVarint,
  reject,
  toUnsigned,
  toZigzag,
  toZigzag32,
  VARINT,
  type Wire,
} from './wire.ts'

export interface Side {
  /** Offset and length of each span. */
  readonly spans: Doubles
  readonly deltas: Doubles
  readonly counts: Doubles
}

export interface HistogramFields {
  count: number
  countFloat: number
  sum: number
  schema: number
  zeroThreshold: number
  zeroCount: number
  zeroCountFloat: number
  readonly start: Instant
  /** Classic buckets; counts are cumulative. */
  readonly bounds: Doubles
  readonly bucketCounts: Doubles
  readonly negative: Side
  readonly positive: Side
  /** Start and end of each. */
  readonly exemplars: Integers
  /** Of classic buckets: start and end of each, and its bucket in `exemplarOwners`. */
  readonly bucketExemplars: Integers
  readonly exemplarOwners: Integers
}

export function createHistogramFields(): HistogramFields {
  return {
    count: 0,
    countFloat: 0,
    sum: 0,
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    zeroCountFloat: 0,
    start: createInstant(),
    bounds: createDoubles(),
    bucketCounts: createDoubles(),
    negative: { spans: createDoubles(), deltas: createDoubles(), counts: createDoubles() },
    positive: { spans: createDoubles(), deltas: createDoubles(), counts: createDoubles() },
    exemplars: createIntegers(),
    bucketExemplars: createIntegers(),
    exemplarOwners: createIntegers(),
  }
}

export function clearHistogramFields(fields: HistogramFields): void {
  fields.count = fields.countFloat = fields.sum = fields.schema = 0
  fields.zeroThreshold = fields.zeroCount = fields.zeroCountFloat = 0
  clearInstant(fields.start)
  fields.bounds.length = fields.bucketCounts.length = 0
  for (const side of [fields.negative, fields.positive]) side.spans.length = side.deltas.length = side.counts.length = 0
  fields.exemplars.length = fields.bucketExemplars.length = fields.exemplarOwners.length = 0
}

const MESSAGE = 'Histogram'

/** Reads `wire.pos` to `end` into the fields, adding to what an earlier part of the message has set. */
export function readHistogramFields(wire: Wire, end: number, fields: HistogramFields): boolean {
  while (wire.pos < end) {
    if (!nextField(wire, end)) return false
    switch (wire.field) {
      case 1:
        if (!expectType(wire, VARINT, MESSAGE)) return false
        fields.count = toUnsigned(wire)
        break
      case 2:
        if (!expectType(wire, FIXED64, MESSAGE)) return false
        fields.sum = doubleAt(wire, wire.start)
        break
      case 3:
        if (!readBucket(wire, fields)) return false
        break
      case 4:
        if (!expectType(wire, FIXED64, MESSAGE)) return false
        fields.countFloat = doubleAt(wire, wire.start)
        break
      case 5:
        if (!expectType(wire, VARINT, MESSAGE)) return false
        fields.schema = toZigzag32(wire)
        break
      case 6:
        if (!expectType(wire, FIXED64, MESSAGE)) return false
        fields.zeroThreshold = doubleAt(wire, wire.start)
        break
      case 7:
        if (!expectType(wire, VARINT, MESSAGE)) return false
        fields.zeroCount = toUnsigned(wire)
        break
      case 8:
        if (!expectType(wire, FIXED64, MESSAGE)) return false
        fields.zeroCountFloat = doubleAt(wire, wire.start)
        break
      case 9:
        if (!readSpan(wire, fields.negative.spans)) return false
        break
      case 10:
        if (!readDeltas(wire, fields.negative.deltas)) return false
        break
      case 11:
        if (!readDoubles(wire, fields.negative.counts)) return false
        break
      case 12:
        if (!readSpan(wire, fields.positive.spans)) return false
        break
      case 13:
        if (!readDeltas(wire, fields.positive.deltas)) return false
        break
      case 14:
        if (!readDoubles(wire, fields.positive.counts)) return false
        break
      case 15:
        if (!readInstant(wire, fields.start)) return false
        break
      case 16:
        if (!expectType(wire, BYTES, MESSAGE) || !hasRoom(wire, fields.exemplars.length / 2)) return false
        pushInteger(fields.exemplars, wire.start)
        pushInteger(fields.exemplars, wire.stop)
        break
    }
  }
  return true
}

function readBucket(wire: Wire, fields: HistogramFields): boolean {
  const { bounds, bucketCounts } = fields
  if (!expectType(wire, BYTES, MESSAGE) || !hasRoom(wire, bounds.length)) return false
  const end = wire.stop
  let count = 0
  let countFloat = 0
  let bound = 0
  wire.pos = wire.start
  while (wire.pos < end) {
    if (!nextField(wire, end)) return false
    if (wire.field === 1) {
      if (!expectType(wire, VARINT, 'Bucket')) return false
      count = toUnsigned(wire)
    } else if (wire.field === 2) {
      if (!expectType(wire, FIXED64, 'Bucket')) return false
      bound = doubleAt(wire, wire.start)
    } else if (wire.field === 3) {
      if (!expectType(wire, BYTES, 'Bucket')) return false
      pushInteger(fields.bucketExemplars, wire.start)
      pushInteger(fields.bucketExemplars, wire.stop)
      pushInteger(fields.exemplarOwners, bounds.length)
    } else if (wire.field === 4) {
      if (!expectType(wire, FIXED64, 'Bucket')) return false
      countFloat = doubleAt(wire, wire.start)
    }
  }
  pushDouble(bounds, bound)
  // Which of the two is set says whether counts are fractions; 0 is 0 in both.
  pushDouble(bucketCounts, countFloat === 0 ? count : countFloat)
  return true
}

function readSpan(wire: Wire, spans: Doubles): boolean {
  if (!expectType(wire, BYTES, MESSAGE) || !hasRoom(wire, spans.length / 2)) return false
  const end = wire.stop
  let offset = 0
  let length = 0
  wire.pos = wire.start
  while (wire.pos < end) {
    if (!nextField(wire, end)) return false
    if (wire.field > 2) continue
    if (!expectType(wire, VARINT, 'BucketSpan')) return false
    if (wire.field === 1) offset = toZigzag32(wire)
    else length = wire.low >>> 0
  }
  pushDouble(spans, offset)
  pushDouble(spans, length)
  return true
}

/** One number, or many packed into one field. */
function readDeltas(wire: Wire, deltas: Doubles): boolean {
  if (wire.type === VARINT) {
    if (!hasRoom(wire, deltas.length)) return false
    pushDouble(deltas, toZigzag(wire))
    return true
  }
  if (!expectType(wire, BYTES, MESSAGE)) return false
  const end = wire.stop
  wire.pos = wire.start
  while (wire.pos < end) {
    if (!hasRoom(wire, deltas.length) || !readVarint(wire, end)) return false
    pushDouble(deltas, toZigzag(wire))
  }
  return true
}

function readDoubles(wire: Wire, counts: Doubles): boolean {
  if (wire.type !== FIXED64 && !expectType(wire, BYTES, MESSAGE)) return false
  const { start, stop } = wire
  if ((stop - start) % 8 !== 0) return reject(wire, start, `field ${wire.field} of ${MESSAGE} is cut off`)
  for (let at = start; at < stop; at += 8) {
    if (!hasRoom(wire, counts.length)) return false
    pushDouble(counts, doubleAt(wire, at))
  }
  return true
}

function hasRoom(wire: Wire, length: number): boolean {
  return (
    length < MAX_METRIC_BUCKETS || reject(wire, wire.pos, `a histogram has more than ${MAX_METRIC_BUCKETS} buckets`)
  )
}
