/** Bodies that are read into columns: protobuf, and text whose histograms are converted. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { createTextDecoder } from '../../../core/exposition/decode-text.ts'
import type { DecodeOptions, Decoder } from '../../../core/exposition/decoded.ts'
import { createProtobufDecoder } from '../../../core/exposition/protobuf/decoder.ts'
import { histogramProblem } from '../../../core/histograms/check.ts'
import { type Bytes, joined } from '../mutate.ts'
import { check, type Parser, texts } from '../parser.ts'

const EXPOSITION = 'core/exposition'

function message(write: (writer: BinaryWriter) => void): Bytes {
  const writer = new BinaryWriter()
  write(writer)
  return new Uint8Array(writer.finish())
}

function inside(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  write()
  writer.join()
}

function label(writer: BinaryWriter, name: string, value: string): void {
  inside(writer, 1, () => {
    writer.tag(1, WireType.LengthDelimited).string(name)
    writer.tag(2, WireType.LengthDelimited).string(value)
  })
}

/** A MetricFamily with its length in front. */
function family(name: string, type: number, metric: (writer: BinaryWriter) => void): Bytes {
  return message((writer) => {
    writer.fork()
    writer.tag(1, WireType.LengthDelimited).string(name)
    writer.tag(2, WireType.LengthDelimited).string('what it is')
    writer.tag(3, WireType.Varint).uint32(type)
    for (const value of ['a', 'b']) {
      inside(writer, 4, () => {
        label(writer, 'l', value)
        metric(writer)
      })
    }
    writer.join()
  })
}

const COUNTER = family('c_total', 0, (writer) =>
  inside(writer, 3, () => {
    writer.tag(1, WireType.Bit64).double(3)
    inside(writer, 2, () => {
      label(writer, 'trace', 'x')
      writer.tag(2, WireType.Bit64).double(1)
    })
  }),
)

const HISTOGRAM = family('h', 4, (writer) =>
  inside(writer, 7, () => {
    writer.tag(1, WireType.Varint).uint64(7)
    writer.tag(2, WireType.Bit64).double(9.5)
    for (const [bound, count] of [
      [0.5, 3],
      [1, 7],
    ]) {
      inside(writer, 3, () => {
        writer.tag(1, WireType.Varint).uint64(count)
        writer.tag(2, WireType.Bit64).double(bound)
      })
    }
    writer.tag(5, WireType.Varint).sint32(3)
    writer.tag(6, WireType.Bit64).double(0.001)
    writer.tag(7, WireType.Varint).uint64(1)
    for (const [offset, length] of [
      [0, 2],
      [3, 1],
    ]) {
      inside(writer, 12, () => {
        writer.tag(1, WireType.Varint).sint32(offset)
        writer.tag(2, WireType.Varint).uint32(length)
      })
    }
    for (const delta of [2, 0, 1]) writer.tag(13, WireType.Varint).sint64(delta)
  }),
)

const SUMMARY = family('s', 2, (writer) =>
  inside(writer, 4, () => {
    writer.tag(1, WireType.Varint).uint64(2)
    writer.tag(2, WireType.Bit64).double(5)
    inside(writer, 3, () => {
      writer.tag(1, WireType.Bit64).double(0.9)
      writer.tag(2, WireType.Bit64).double(4)
    })
  }),
)

const PROTOBUF_TOKENS: readonly string[] = [
  ...[
    '\x0a',
    '\x12',
    '\x1a',
    '\x22',
    '\x2a',
    '\x3a',
    '\x08',
    '\x10',
    '\x11',
    '\x0a\x00',
    '\x0b',
    '\x0c',
    '\x62',
    '\x6a',
    '\x7a',
  ],
  ...['\xff\xff\xff\xff\x0f', '\0\0\0\0\0\0\xf0\x7f', '\0\0\0\0\0\0\xf8\x7f', '\x80'],
]

const NATIVE: DecodeOptions = {
  nativeHistograms: true,
  classicHistograms: true,
  convertClassic: false,
  bucketLimit: 0,
  minBucketFactor: 0,
  leaveOutCreated: false,
}

const CONVERTING: DecodeOptions = {
  ...NATIVE,
  nativeHistograms: false,
  convertClassic: true,
  bucketLimit: 4,
  minBucketFactor: 1.5,
  leaveOutCreated: true,
}

/** Of rows above the first family. */
const NO_FAMILY = 0xffff_ffff

/** One after the other with the same decoder, as for one target. */
function reader(make: () => Decoder): (input: Bytes) => void {
  let decoder: Decoder | undefined
  return (input) => {
    decoder ??= make()
    decoder.begin(input, input.length)
    for (let steps = 0; !decoder.step(); steps++) check(steps <= input.length, 'every step gets on')
    const decoded = decoder.result()
    if ('error' in decoded) {
      check(decoded.error !== '' && decoded.scraped >= 0, 'a refusal has a reason')
      return
    }
    const { count, lines, length, families, family, histograms, exemplars, values } = decoded
    check(values.length >= count && family.length >= count && lines.length >= length, 'columns have all rows')
    let ends = 0
    for (let i = 0; i < length; i++) if (lines[i] === 0x0a) ends++
    check(ends === count, 'each row has a line')
    for (let row = 0; row < count; row++)
      check(family[row] < families.length || family[row] === NO_FAMILY, 'a row has a family or none')
    for (const [row, histogram] of histograms) {
      check(row < count, 'a histogram has a row')
      check(histogramProblem(histogram) === undefined, `a histogram makes sense: ${histogramProblem(histogram)}`)
    }
    for (const { row, labels } of exemplars) check(row < count && labels.length % 2 === 0, 'an exemplar has a row')
  }
}

const CLASSIC: readonly string[] = [
  '# TYPE h histogram\nh_bucket{a="x",le="1"} 1\nh_bucket{a="x",le="+Inf"} 3\nh_sum{a="x"} 2.5\nh_count{a="x"} 3\n',
  '# TYPE s summary\ns{quantile="0.9"} 1\ns_sum 2\ns_count 2\n# HELP g x\ng{le="1"} 5 1700000000000\n',
]

const CLASSIC_OPEN: readonly string[] = [
  '# TYPE h histogram\nh_bucket{le="1.0"} 1 # {t="x"} 0.5 2\nh_bucket{le="+Inf"} 3\nh_sum 2.5\nh_count 3\nh_created 1e9\n# EOF\n',
]

const CLASSIC_TOKENS: readonly string[] = [
  ...[
    'le="',
    '_bucket{',
    '_count',
    '_sum',
    '# TYPE h histogram\n',
    'NaN',
    '+Inf',
    '1e308',
    '\n',
    ',',
    '"',
    '\\',
    '{',
    '}',
    ' -1',
  ],
]

export const decodedParsers: readonly Parser[] = [
  {
    name: 'protobuf exposition',
    covers: [
      ...[`${EXPOSITION}/protobuf/decoder.ts:createProtobufDecoder`, `${EXPOSITION}/protobuf/exemplar.ts:readExemplar`],
      ...[
        `${EXPOSITION}/protobuf/exemplar.ts:readInstant`,
        `${EXPOSITION}/protobuf/histogram-fields.ts:readHistogramFields`,
      ],
      ...[`${EXPOSITION}/protobuf/wire.ts:readLength`, `${EXPOSITION}/protobuf/wire.ts:readVarint`],
    ],
    seeds: () => [joined(COUNTER, HISTOGRAM), SUMMARY, HISTOGRAM],
    tokens: PROTOBUF_TOKENS,
    read: reader(() => createProtobufDecoder(NATIVE)),
  },
  {
    name: 'protobuf exposition, converted and reduced',
    covers: [`${EXPOSITION}/protobuf/decoder.ts:createProtobufDecoder`],
    seeds: () => [HISTOGRAM, joined(HISTOGRAM, SUMMARY, COUNTER)],
    tokens: PROTOBUF_TOKENS,
    read: reader(() => createProtobufDecoder({ ...CONVERTING, nativeHistograms: true })),
  },
  {
    name: 'text with histograms to convert',
    covers: [`${EXPOSITION}/decode-text.ts:createTextDecoder`],
    seeds: texts(...CLASSIC),
    tokens: CLASSIC_TOKENS,
    read: reader(() => createTextDecoder('text', CONVERTING)),
  },
  {
    name: 'OpenMetrics with histograms to convert',
    covers: [`${EXPOSITION}/decode-text.ts:createTextDecoder`],
    seeds: texts(...CLASSIC_OPEN),
    tokens: CLASSIC_TOKENS,
    read: reader(() => createTextDecoder('openmetrics', CONVERTING)),
  },
]
