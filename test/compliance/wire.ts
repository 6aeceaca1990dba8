/**
 * Reads remote_write requests of both versions for the compliance suite, without any of the code that writes them. Keeps everything
 * as it came (references, order, duplicates), so that cases can judge it; throws only on what is no message of that version.
 */
import { createRequire } from 'node:module'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

const snappy = createRequire(import.meta.url)('snappyjs') as { uncompress(data: Uint8Array): Uint8Array }

export type Pairs = readonly (readonly [name: string, value: string])[]

export interface WireSample {
  readonly value: number
  /** 16 hexadecimal digits. */
  readonly bits: string
  readonly timestamp: number
  /** 0: not said. */
  readonly start: number
}

export interface WireExemplar {
  readonly refs: readonly number[]
  readonly labels: Pairs
  readonly value: number
  readonly timestamp: number
}

export interface WireHistogram {
  readonly count: number
  readonly sum: number
  readonly schema: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  readonly negativeSpans: readonly WireSpan[]
  readonly negativeDeltas: readonly number[]
  readonly positiveSpans: readonly WireSpan[]
  readonly positiveDeltas: readonly number[]
  readonly customValues: readonly number[]
  readonly timestamp: number
  readonly start: number
}

export interface WireSpan {
  readonly offset: number
  readonly length: number
}

export interface WireMetadata {
  readonly type: number
  /** In 1.0 only. */
  readonly family: string
  readonly help: string
  readonly unit: string
  /** In 2.0 only: 0 is the empty string. */
  readonly helpRef: number
  readonly unitRef: number
}

export interface WireSeries {
  /** In 2.0 only. */
  readonly refs: readonly number[]
  readonly labels: Pairs
  readonly samples: readonly WireSample[]
  readonly histograms: readonly WireHistogram[]
  readonly exemplars: readonly WireExemplar[]
  /** In 2.0 only, if it is said. */
  readonly metadata: WireMetadata | undefined
}

export interface WireRequest {
  readonly version: '1.0' | '2.0'
  /** In 2.0 only. */
  readonly symbols: readonly string[]
  readonly series: readonly WireSeries[]
  /** In 1.0 only. */
  readonly metadata: readonly WireMetadata[]
}

/** A snappy block as the content type says. Throws on what can't be read. */
export function readRequest(body: Uint8Array, contentType: string): WireRequest {
  // snappyjs takes a Buffer for something else than it wants.
  const message = new BinaryReader(snappy.uncompress(new Uint8Array(body)))
  return contentType.includes('proto=io.prometheus.write.v2.Request') ? readSecond(message) : readFirst(message)
}

type Open = { -readonly [Key in keyof WireSeries]: WireSeries[Key] }

function readFirst(reader: BinaryReader): WireRequest {
  const series: WireSeries[] = []
  const metadata: WireMetadata[] = []
  each(reader, {
    1: () =>
      series.push(
        readSeries(reader, (open) => ({
          1: () => push(open.labels, readPair(reader)),
          2: () => push(open.samples, readSample(reader)),
          3: () => push(open.exemplars, readExemplar(reader)),
          4: () => push(open.histograms, readHistogram(reader)),
        })),
      ),
    3: () => metadata.push(readMetadata(reader, { 1: 'type', 2: 'family', 4: 'help', 5: 'unit' })),
  })
  return { version: '1.0', symbols: [], series, metadata }
}

function readSecond(reader: BinaryReader): WireRequest {
  const symbols: string[] = []
  const open: Open[] = []
  each(reader, {
    4: () => symbols.push(reader.string()),
    5: () =>
      open.push(
        readSeries(reader, (series) => ({
          1: (type) => push(series.refs, ...numbers(reader, type, () => reader.uint32())),
          2: () => push(series.samples, readSample(reader)),
          3: () => push(series.histograms, readHistogram(reader)),
          4: () => push(series.exemplars, readReferring(reader)),
          5: () => (series.metadata = readMetadata(reader, { 1: 'type', 3: 'helpRef', 4: 'unitRef' })),
        })),
      ),
  })
  // Only now are all symbols known.
  const text = (ref: number): string => symbols[ref] ?? `<no symbol ${ref}>`
  const pairs = (refs: readonly number[]): Pairs =>
    Array.from({ length: Math.ceil(refs.length / 2) }, (_, i) => [text(refs[2 * i]), text(refs[2 * i + 1])] as const)
  const series = open.map((one) => ({
    ...one,
    labels: pairs(one.refs),
    exemplars: one.exemplars.map((exemplar) => ({ ...exemplar, labels: pairs(exemplar.refs) })),
    metadata: one.metadata && { ...one.metadata, help: text(one.metadata.helpRef), unit: text(one.metadata.unitRef) },
  }))
  return { version: '2.0', symbols, series, metadata: [] }
}

type Fields = Readonly<Record<number, (type: WireType) => unknown>>

/** Fields of a message; `length`: of an embedded one, that begins here. */
function each(reader: BinaryReader, fields: Fields, length?: number): void {
  const end = length === undefined ? reader.len : reader.pos + length
  while (reader.pos < end) {
    const [number, type] = reader.tag()
    const read = fields[number]
    if (read === undefined) throw new Error(`unknown field ${number} of wire type ${WireType[type]}`)
    read(type)
  }
  if (reader.pos !== end) throw new Error('a message ends in the middle of a field')
}

function embedded(reader: BinaryReader, fields: Fields): void {
  each(reader, fields, reader.uint32())
}

function readSeries(reader: BinaryReader, fields: (open: Open) => Fields): Open {
  const open: Open = { refs: [], labels: [], samples: [], histograms: [], exemplars: [], metadata: undefined }
  embedded(reader, fields(open))
  return open
}

function readPair(reader: BinaryReader): [name: string, value: string] {
  const pair: [string, string] = ['', '']
  embedded(reader, { 1: () => (pair[0] = reader.string()), 2: () => (pair[1] = reader.string()) })
  return pair
}

function readSample(reader: BinaryReader): WireSample {
  const sample = { value: 0, bits: '0000000000000000', timestamp: 0, start: 0 }
  embedded(reader, {
    1: () => Object.assign(sample, readDouble(reader)),
    2: () => (sample.timestamp = Number(reader.int64())),
    3: () => (sample.start = Number(reader.int64())),
  })
  return sample
}

/** Bits and all: engines rewrite the payload of a NaN. */
function readDouble(reader: BinaryReader): { value: number; bits: string } {
  const view = new DataView(new ArrayBuffer(8))
  const low = reader.fixed32()
  const high = reader.fixed32()
  view.setUint32(0, high)
  view.setUint32(4, low)
  return { value: view.getFloat64(0), bits: [high, low].map((half) => half.toString(16).padStart(8, '0')).join('') }
}

function readExemplar(reader: BinaryReader): WireExemplar {
  const labels: [string, string][] = []
  const exemplar = { refs: [], labels, value: 0, timestamp: 0 }
  embedded(reader, {
    1: () => labels.push(readPair(reader)),
    2: () => (exemplar.value = reader.double()),
    3: () => (exemplar.timestamp = Number(reader.int64())),
  })
  return exemplar
}

function readReferring(reader: BinaryReader): WireExemplar {
  const exemplar = { refs: [] as number[], labels: [], value: 0, timestamp: 0 }
  embedded(reader, {
    1: (type) => exemplar.refs.push(...numbers(reader, type, () => reader.uint32())),
    2: () => (exemplar.value = reader.double()),
    3: () => (exemplar.timestamp = Number(reader.int64())),
  })
  return exemplar
}

function readMetadata(reader: BinaryReader, names: Readonly<Record<number, keyof WireMetadata>>): WireMetadata {
  const metadata: WireMetadata = { type: 0, family: '', help: '', unit: '', helpRef: 0, unitRef: 0 }
  const read = (name: keyof WireMetadata) => () => {
    Object.assign(metadata, { [name]: typeof metadata[name] === 'number' ? reader.uint32() : reader.string() })
  }
  embedded(reader, Object.fromEntries(Object.entries(names).map(([number, name]) => [number, read(name)])))
  return metadata
}

function readHistogram(reader: BinaryReader): WireHistogram {
  const h = {
    ...{ count: 0, sum: 0, schema: 0, zeroThreshold: 0, zeroCount: 0, timestamp: 0, start: 0 },
    ...{ negativeSpans: [] as WireSpan[], negativeDeltas: [] as number[] },
    ...{ positiveSpans: [] as WireSpan[], positiveDeltas: [] as number[], customValues: [] as number[] },
  }
  const double = (): number => reader.double()
  const sint64 = (): number => Number(reader.sint64())
  embedded(reader, {
    1: () => (h.count = Number(reader.uint64())),
    2: () => (h.count = reader.double()),
    3: () => (h.sum = reader.double()),
    4: () => (h.schema = reader.sint32()),
    5: () => (h.zeroThreshold = reader.double()),
    6: () => (h.zeroCount = Number(reader.uint64())),
    7: () => (h.zeroCount = reader.double()),
    8: () => h.negativeSpans.push(readSpan(reader)),
    9: (type) => h.negativeDeltas.push(...numbers(reader, type, sint64)),
    10: (type) => h.negativeDeltas.push(...deltas(numbers(reader, type, double))),
    11: () => h.positiveSpans.push(readSpan(reader)),
    12: (type) => h.positiveDeltas.push(...numbers(reader, type, sint64)),
    13: (type) => h.positiveDeltas.push(...deltas(numbers(reader, type, double))),
    14: () => reader.int32(),
    15: () => (h.timestamp = Number(reader.int64())),
    16: (type) => h.customValues.push(...numbers(reader, type, double)),
    17: () => (h.start = Number(reader.int64())),
  })
  return h
}

function readSpan(reader: BinaryReader): WireSpan {
  const span = { offset: 0, length: 0 }
  embedded(reader, { 1: () => (span.offset = reader.sint32()), 2: () => (span.length = reader.uint32()) })
  return span
}

/** A repeated number, packed or not. */
function numbers(reader: BinaryReader, type: WireType, read: () => number): number[] {
  if (type !== WireType.LengthDelimited) return [read()]
  const end = reader.uint32() + reader.pos
  const found: number[] = []
  while (reader.pos < end) found.push(read())
  return found
}

function deltas(counts: readonly number[]): number[] {
  return counts.map((count, i) => count - (counts[i - 1] ?? 0))
}

function push<T>(list: readonly T[], ...items: readonly T[]): void {
  ;(list as T[]).push(...items)
}
