/** Random metric families: as plain descriptions, and as bytes by an encoder that isn't ours, with all liberties that protobuf allows. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import * as fc from 'fast-check'

export interface ExemplarModel {
  readonly labels: readonly (readonly [string, string])[]
  readonly value: number
  /** Milliseconds. */
  readonly timestamp: number | undefined
}

export interface NativeModel {
  readonly schema: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  /** Index and count, by index; counts may be 0. */
  readonly positive: readonly (readonly [number, number])[]
  readonly negative: readonly (readonly [number, number])[]
  readonly exemplars: readonly ExemplarModel[]
}

export interface MetricModel {
  readonly labels: readonly (readonly [string, string])[]
  readonly timestamp: number
  readonly start: number | undefined
  /** Value of a number, sum of the others. */
  readonly value: number
  /** Counts of histograms are fractions: half of what they say. */
  readonly float: boolean
  readonly count: number
  readonly exemplar: ExemplarModel | undefined
  /** Quantile and value, or bound and cumulative count. */
  readonly parts: readonly {
    readonly at: number
    readonly value: number
    readonly exemplar: ExemplarModel | undefined
  }[]
  readonly native: NativeModel | undefined
}

export type TypeName = 'counter' | 'gauge' | 'summary' | 'untyped' | 'histogram' | 'gaugehistogram'
export const TYPES: readonly TypeName[] = ['counter', 'gauge', 'summary', 'untyped', 'histogram', 'gaugehistogram']

export interface FamilyModel {
  readonly name: string
  readonly help: string
  readonly unit: string
  readonly type: TypeName
  readonly metrics: readonly MetricModel[]
}

const name = fc.oneof(
  fc.constantFrom('up', 'http_requests_total', 'a:b', '_x'),
  fc.string({ unit: fc.constantFrom('a', 'ä', '.', '"', '\\', '\n', '1', '😀', '{', ' '), minLength: 1, maxLength: 6 }),
)
const text = fc.string({ unit: fc.constantFrom('a', 'ä', '"', '\\', '\n', '😀', '\0', ',', '}', 'n'), maxLength: 8 })
const labels = fc.uniqueArray(fc.tuple(name, text), { maxLength: 4, selector: ([own]) => own })
const double = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY))
const millis = fc.oneof(fc.constant(0), fc.integer({ min: -1e13, max: 1e13 }))

const exemplar: fc.Arbitrary<ExemplarModel> = fc.record({
  labels: fc.uniqueArray(fc.tuple(name, text), { maxLength: 3, selector: ([own]) => own }),
  value: double,
  timestamp: fc.option(millis, { nil: undefined }),
})

const side = fc.uniqueArray(fc.tuple(fc.integer({ min: -20, max: 40 }), fc.oneof(fc.nat(5), fc.nat(2 ** 40))), {
  maxLength: 12,
  selector: ([index]) => index,
})

const native: fc.Arbitrary<NativeModel> = fc.record({
  schema: fc.integer({ min: -4, max: 8 }),
  zeroThreshold: fc.constantFrom(0, 1e-128, 0.5),
  zeroCount: fc.nat(9),
  positive: side,
  negative: side,
  exemplars: fc.array(exemplar, { maxLength: 3 }),
})

const metric: fc.Arbitrary<MetricModel> = fc.record({
  labels,
  timestamp: millis,
  start: fc.option(millis, { nil: undefined }),
  value: double,
  float: fc.boolean(),
  count: fc.oneof(fc.nat(), fc.integer({ min: 2 ** 31, max: 2 ** 52 })),
  exemplar: fc.option(exemplar, { nil: undefined }),
  parts: fc.array(fc.record({ at: double, value: fc.nat(1e9), exemplar: fc.option(exemplar, { nil: undefined }) }), {
    maxLength: 5,
  }),
  native: fc.option(native, { nil: undefined }),
})

export const families: fc.Arbitrary<FamilyModel[]> = fc.array(
  fc.record({
    name,
    help: text,
    unit: fc.constantFrom('', 'seconds'),
    type: fc.constantFrom(...TYPES),
    metrics: fc.array(metric, { maxLength: 3 }),
  }),
  { maxLength: 5 },
)

/** Any sequence of numbers below 1. */
export type Chance = () => number

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A field to be written, or several at once. */
interface Field {
  readonly number: number
  readonly write: (writer: BinaryWriter) => void
}

export function encodeBody(all: readonly FamilyModel[], chance: Chance): Uint8Array {
  const chunks = all.map((family) => {
    const body = encodeFamily(family, chance)
    return new BinaryWriter().bytes(body).finish()
  })
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.length
  }
  return joined
}

function encodeFamily(family: FamilyModel, chance: Chance): Uint8Array {
  const number = { counter: 0, gauge: 1, summary: 2, untyped: 3, histogram: 4, gaugehistogram: 5 }[family.type]
  const fields: Field[] = [
    textField(1, family.name),
    ...optional(family.help !== '' || chance() < 0.5, () => textField(2, family.help)),
    ...optional(number !== 0 || chance() < 0.5, () => varintField(3, number)),
    ...optional(family.unit !== '', () => textField(5, family.unit)),
    ...family.metrics.map((metric) => messageField(4, encodeMetric(family.type, metric, chance))),
  ]
  return message(fields, chance)
}

function encodeMetric(type: TypeName, metric: MetricModel, chance: Chance): Uint8Array {
  const inner = valueFields(type, metric, chance)
  const number = { counter: 3, gauge: 2, summary: 4, untyped: 5, histogram: 7, gaugehistogram: 7 }[type]
  // A message may come in parts, which add up.
  const cut = chance() < 0.3 ? Math.floor(chance() * (inner.length + 1)) : inner.length
  const fields: Field[] = [
    ...metric.labels.map((label) => messageField(1, encodeLabel(label, chance))),
    messageField(number, message(inner.slice(0, cut), chance)),
    ...optional(cut < inner.length, () => messageField(number, message(inner.slice(cut), chance))),
    ...optional(metric.timestamp !== 0, () => ({
      number: 6,
      write: (w) => w.tag(6, WireType.Varint).int64(metric.timestamp),
    })),
  ]
  return message(fields, chance)
}

function valueFields(type: TypeName, metric: MetricModel, chance: Chance): Field[] {
  const { value, start, count, parts, exemplar } = metric
  if (type === 'gauge' || type === 'untyped') return [doubleField(1, value)]
  const started = (number: number): Field[] =>
    start === undefined ? [] : [messageField(number, encodeInstant(start, chance))]
  if (type === 'counter') {
    return [
      doubleField(1, value),
      ...optional(exemplar !== undefined, () => messageField(2, encodeExemplar(exemplar as ExemplarModel, chance))),
      ...started(3),
    ]
  }
  if (type === 'summary') {
    const quantiles = parts.map(({ at, value: one }) =>
      messageField(3, message([doubleField(1, at), doubleField(2, one)], chance)),
    )
    return [varintField(1, count), doubleField(2, value), ...quantiles, ...started(4)]
  }
  return [...histogramFields(metric, chance), ...started(15)]
}

function histogramFields({ value, float, count, parts, native }: MetricModel, chance: Chance): Field[] {
  const fields: Field[] = [
    float ? doubleField(4, count / 2) : varintField(1, count),
    doubleField(2, value),
    ...parts.map((part) =>
      messageField(
        3,
        message(
          [
            float ? doubleField(4, part.value / 2) : varintField(1, part.value),
            doubleField(2, part.at),
            ...optional(part.exemplar !== undefined, () =>
              messageField(3, encodeExemplar(part.exemplar as ExemplarModel, chance)),
            ),
          ],
          chance,
        ),
      ),
    ),
  ]
  if (native === undefined) return fields
  const { schema, zeroThreshold, zeroCount, exemplars } = native
  fields.push(
    { number: 5, write: (w) => w.tag(5, WireType.Varint).sint32(schema) },
    doubleField(6, zeroThreshold),
    float ? doubleField(8, zeroCount / 2) : varintField(7, zeroCount),
    ...sideFields(native.negative, float, 9, chance),
    ...sideFields(native.positive, float, 12, chance),
    // The empty span that says: this is a native histogram.
    messageField(12, message([], chance)),
    ...exemplars.map((one) => messageField(16, encodeExemplar(one, chance))),
  )
  return fields
}

/** Spans broken off anywhere, gaps filled with empty buckets or not, counts packed or one by one. */
function sideFields(
  side: readonly (readonly [number, number])[],
  float: boolean,
  spanField: number,
  chance: Chance,
): Field[] {
  const spans: { offset: number; length: number }[] = []
  const counts: number[] = []
  let next = 0
  for (const [index, count] of [...side].sort(([a], [b]) => a - b)) {
    if (spans.length > 0 && index - next < 3 && chance() < 0.5) {
      for (; next < index; next++) {
        spans[spans.length - 1].length++
        counts.push(0)
      }
    }
    if (spans.length === 0 || index > next || chance() < 0.2) {
      if (chance() < 0.2) {
        const part = spans.length === 0 ? index : index > next ? 1 : 0
        spans.push({ offset: part, length: 0 })
        next += part
      }
      spans.push({ offset: index - next, length: 0 })
    }
    spans[spans.length - 1].length++
    counts.push(count)
    next = index + 1
  }
  const numbers = counts.map((count, i) => (float ? count / 2 : count - (counts[i - 1] ?? 0)))
  const write = (writer: BinaryWriter, number: number): unknown =>
    float ? writer.double(number) : writer.sint64(number)
  const field = spanField + (float ? 2 : 1)
  const fields: Field[] = spans.map(({ offset, length }) =>
    messageField(
      spanField,
      message(
        [
          ...optional(offset !== 0, () => ({ number: 1, write: (w) => w.tag(1, WireType.Varint).sint32(offset) })),
          ...optional(length !== 0, () => ({ number: 2, write: (w) => w.tag(2, WireType.Varint).uint32(length) })),
        ],
        chance,
      ),
    ),
  )
  for (let i = 0; i < numbers.length; ) {
    const run = chance() < 0.5 ? numbers.slice(i) : numbers.slice(i, i + 1)
    i += run.length
    if (chance() < 0.7) {
      const packed = new BinaryWriter()
      for (const number of run) write(packed, number)
      fields.push(messageField(field, packed.finish()))
    } else {
      for (const number of run) {
        const wire = float ? WireType.Bit64 : WireType.Varint
        fields.push({ number: field, write: (w) => void write(w.tag(field, wire), number) })
      }
    }
  }
  return fields
}

function encodeLabel([own, value]: readonly [string, string], chance: Chance): Uint8Array {
  return message([textField(1, own), ...optional(value !== '', () => textField(2, value))], chance)
}

function encodeExemplar({ labels: own, value, timestamp }: ExemplarModel, chance: Chance): Uint8Array {
  const fields = [...own.map((label) => messageField(1, encodeLabel(label, chance))), doubleField(2, value)]
  if (timestamp !== undefined) fields.push(messageField(3, encodeInstant(timestamp, chance)))
  return message(fields, chance)
}

function encodeInstant(millis: number, chance: Chance): Uint8Array {
  const seconds = Math.floor(millis / 1000)
  const nanos = (millis - seconds * 1000) * 1e6
  return message(
    [
      ...optional(seconds !== 0, () => ({ number: 1, write: (w) => w.tag(1, WireType.Varint).int64(seconds) })),
      ...optional(nanos !== 0, () => varintField(2, nanos)),
    ],
    chance,
  )
}

/** In any order, though of one number in the given one, with fields in between that nobody knows. */
function message(fields: readonly Field[], chance: Chance): Uint8Array {
  const places = fields.map(() => chance() < 0.8)
  const first = fields.filter((_, i) => places[i])
  const numbers = new Set(fields.filter((_, i) => !places[i]).map(({ number }) => number))
  const early = first.filter(({ number }) => !numbers.has(number))
  const writer = new BinaryWriter()
  for (const { write } of [...early, ...fields.filter((field) => !early.includes(field))]) {
    if (chance() < 0.1) unknownField(writer, chance)
    write(writer)
  }
  return writer.finish()
}

function unknownField(writer: BinaryWriter, chance: Chance): void {
  const number = chance() < 0.5 ? 77 : 2 ** 29 - 1
  if (chance() < 0.25) writer.tag(number, WireType.Varint).uint64(Math.floor(chance() * 2 ** 40))
  else if (chance() < 0.4) writer.tag(number, WireType.Bit64).double(chance())
  else if (chance() < 0.5) writer.tag(number, WireType.Bit32).float(chance())
  else writer.tag(number, WireType.LengthDelimited).string('anything')
}

function optional(condition: boolean, field: () => Field): Field[] {
  return condition ? [field()] : []
}

function textField(number: number, value: string): Field {
  return { number, write: (writer) => writer.tag(number, WireType.LengthDelimited).string(value) }
}

function messageField(number: number, bytes: Uint8Array): Field {
  return { number, write: (writer) => writer.tag(number, WireType.LengthDelimited).bytes(bytes) }
}

function varintField(number: number, value: number): Field {
  return { number, write: (writer) => writer.tag(number, WireType.Varint).uint64(value) }
}

function doubleField(number: number, value: number): Field {
  return { number, write: (writer) => writer.tag(number, WireType.Bit64).double(value) }
}
