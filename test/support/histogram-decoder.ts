/** Native histograms of remote_write as they were before they were encoded: counts in absolute numbers. */
import type { BinaryReader } from '@bufbuild/protobuf/wire'
import { eachField, message } from './protobuf-fields.ts'

export interface DecodedBuckets {
  readonly spans: readonly { readonly offset: number; readonly length: number }[]
  readonly counts: readonly number[]
}

export interface DecodedHistogram {
  readonly float: boolean
  readonly count: number
  readonly sum: number
  readonly schema: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  readonly negative: DecodedBuckets
  readonly positive: DecodedBuckets
  readonly reset: number
  readonly timestamp: number
  readonly customValues: readonly number[]
  /** Only there in 2.0, where it is known. */
  readonly start?: number
}

export function readHistogram(reader: BinaryReader): DecodedHistogram {
  const count: Count = { whole: undefined, float: undefined }
  const zero: Count = { whole: undefined, float: undefined }
  const sides = { negative: emptySide(), positive: emptySide() }
  const rest = { sum: 0, schema: 0, zeroThreshold: 0, reset: 0, timestamp: 0, customValues: [] as number[] }
  let start: number | undefined
  eachField(reader, {
    1: (reader) => (count.whole = Number(reader.uint64())),
    2: (reader) => (count.float = reader.double()),
    3: (reader) => (rest.sum = reader.double()),
    4: (reader) => (rest.schema = reader.sint32()),
    5: (reader) => (rest.zeroThreshold = reader.double()),
    6: (reader) => (zero.whole = Number(reader.uint64())),
    7: (reader) => (zero.float = reader.double()),
    8: (reader) => sides.negative.spans.push(readSpan(message(reader))),
    9: (reader) => sides.negative.deltas.push(...packed(reader, (reader) => Number(reader.sint64()))),
    10: (reader) => sides.negative.counts.push(...packed(reader, (reader) => reader.double())),
    11: (reader) => sides.positive.spans.push(readSpan(message(reader))),
    12: (reader) => sides.positive.deltas.push(...packed(reader, (reader) => Number(reader.sint64()))),
    13: (reader) => sides.positive.counts.push(...packed(reader, (reader) => reader.double())),
    14: (reader) => (rest.reset = reader.int32()),
    15: (reader) => (rest.timestamp = Number(reader.int64())),
    16: (reader) => (rest.customValues = packed(reader, (reader) => reader.double())),
    17: (reader) => (start = Number(reader.int64())),
  })
  const float = count.float !== undefined
  if (float === (count.whole !== undefined)) throw new Error('not exactly one kind of count')
  if (float ? zero.whole !== undefined : zero.float !== undefined) throw new Error('another kind of zero count')
  return {
    float,
    count: count.float ?? count.whole ?? 0,
    zeroCount: zero.float ?? zero.whole ?? 0,
    negative: finished(sides.negative, float),
    positive: finished(sides.positive, float),
    ...rest,
    ...(start === undefined ? {} : { start }),
  }
}

interface Count {
  whole: number | undefined
  float: number | undefined
}

interface Side {
  readonly spans: { offset: number; length: number }[]
  readonly deltas: number[]
  readonly counts: number[]
}

function emptySide(): Side {
  return { spans: [], deltas: [], counts: [] }
}

function finished({ spans, deltas, counts }: Side, float: boolean): DecodedBuckets {
  if (float ? deltas.length > 0 : counts.length > 0) throw new Error('buckets of the other kind')
  let sum = 0
  const absolute = float ? counts : deltas.map((delta) => (sum += delta))
  const buckets = spans.reduce((total, { length }) => total + length, 0)
  if (buckets !== absolute.length) throw new Error(`${absolute.length} counts for ${buckets} buckets`)
  return { spans, counts: absolute }
}

function readSpan(reader: BinaryReader): { offset: number; length: number } {
  const span = { offset: 0, length: 0 }
  eachField(reader, {
    1: (reader) => (span.offset = reader.sint32()),
    2: (reader) => (span.length = reader.uint32()),
  })
  return span
}

function packed(reader: BinaryReader, read: (reader: BinaryReader) => number): number[] {
  const inner = message(reader)
  const values: number[] = []
  while (inner.pos < inner.len) values.push(read(inner))
  return values
}
