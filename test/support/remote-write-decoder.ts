/**
 * Reads remote_write requests of both versions without any of the code that writes them: snappyjs for the compression,
 * @bufbuild/protobuf for the wire. Strict where a receiver may be, and where the specification says "must" or "should": labels
 * sorted, unique, not empty, a name present; symbols each once and the empty one first; samples or histograms, never both.
 */
import { createRequire } from 'node:module'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { type DecodedHistogram, readHistogram } from './histogram-decoder.ts'
import { eachField, message } from './protobuf-fields.ts'

const snappy = createRequire(import.meta.url)('snappyjs') as { uncompress(data: Uint8Array): Uint8Array }

export interface DecodedSample {
  readonly value: number
  /** The value's bits as 16 hexadecimal digits: a staleness marker is `7ff0000000000002`. */
  readonly bits: string
  /** Milliseconds; exact up to 2^53. */
  readonly timestamp: number
  /** When counting began; only there in 2.0, where it is known. */
  readonly start?: number
}

export interface DecodedExemplar {
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  readonly timestamp: number
}

/** What is said about a series itself, by 2.0. */
export interface DecodedDescription {
  readonly type: number
  readonly help: string
  readonly unit: string
}

export interface DecodedSeries {
  readonly labels: ReadonlyMap<string, string>
  readonly samples: readonly DecodedSample[]
}

export interface WholeSeries extends DecodedSeries {
  readonly histograms: readonly DecodedHistogram[]
  readonly exemplars: readonly DecodedExemplar[]
  readonly description: DecodedDescription | undefined
}

export interface DecodedMetadata extends DecodedDescription {
  readonly family: string
}

export interface DecodedWriteRequest {
  readonly series: readonly WholeSeries[]
  readonly metadata: readonly DecodedMetadata[]
}

export interface DecodedSecondRequest extends DecodedWriteRequest {
  readonly symbols: readonly string[]
}

export const STALE_BITS = '7ff0000000000002'

export function uncompress(body: Uint8Array): Uint8Array {
  // snappyjs takes a Buffer, which is a Uint8Array too, for something else than it wants.
  return snappy.uncompress(new Uint8Array(body))
}

/** 1.0. Throws on anything that a receiver would refuse. */
export function decodeWriteRequest(body: Uint8Array): DecodedWriteRequest {
  const series: WholeSeries[] = []
  const metadata: DecodedMetadata[] = []
  eachField(new BinaryReader(uncompress(body)), {
    1: (reader) => series.push(readSeries(message(reader))),
    3: (reader) => metadata.push(readMetadata(message(reader))),
  })
  return { series, metadata }
}

/** 2.0. Throws on anything that a receiver would refuse, and on symbols that nobody needs, or behind the series. */
export function decodeSecondRequest(body: Uint8Array): DecodedSecondRequest {
  const symbols: string[] = []
  const used = new Set<number>([0])
  const series: WholeSeries[] = []
  const symbol = (reference: number): string => {
    if (reference >= symbols.length) throw new Error(`reference ${reference} of ${symbols.length} symbols`)
    used.add(reference)
    return symbols[reference]
  }
  eachField(new BinaryReader(uncompress(body)), {
    4: (reader) => {
      if (series.length > 0) throw new Error('a symbol behind the series')
      symbols.push(reader.string())
    },
    5: (reader) => series.push(readSecondSeries(message(reader), symbol)),
  })
  if (symbols[0] !== '') throw new Error(`the first symbol is ${JSON.stringify(symbols[0])}`)
  if (new Set(symbols).size !== symbols.length) throw new Error('a symbol stands twice')
  if (used.size !== symbols.length) throw new Error(`${symbols.length - used.size} symbols are not used`)
  return { series, metadata: [], symbols }
}

/** `{__name__="up",job="x"}`: one string per label set, to compare and to look up. */
export function seriesKey(labels: ReadonlyMap<string, string>): string {
  return `{${[...labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}}`
}

function readSeries(reader: BinaryReader): WholeSeries {
  const labels: [string, string][] = []
  const samples: DecodedSample[] = []
  const exemplars: DecodedExemplar[] = []
  const histograms: DecodedHistogram[] = []
  eachField(reader, {
    1: (reader) => labels.push(readLabel(message(reader))),
    2: (reader) => samples.push(readSample(message(reader))),
    3: (reader) => exemplars.push(readExemplar(message(reader))),
    4: (reader) => histograms.push(readHistogram(message(reader))),
  })
  return checked({ labels: checkedLabels(labels), samples, histograms, exemplars, description: undefined })
}

function readSecondSeries(reader: BinaryReader, symbol: (reference: number) => string): WholeSeries {
  let labels: [string, string][] = []
  const samples: DecodedSample[] = []
  const exemplars: DecodedExemplar[] = []
  const histograms: DecodedHistogram[] = []
  let description: DecodedDescription | undefined
  eachField(reader, {
    1: (reader) => (labels = readReferences(reader, symbol)),
    2: (reader) => samples.push(readSample(message(reader))),
    3: (reader) => histograms.push(readHistogram(message(reader))),
    4: (reader) => exemplars.push(readSecondExemplar(message(reader), symbol)),
    5: (reader) => (description = readDescription(message(reader), symbol)),
  })
  return checked({ labels: checkedLabels(labels), samples, histograms, exemplars, description })
}

function checked(series: WholeSeries): WholeSeries {
  const { labels, samples, histograms } = series
  if (samples.length > 0 === histograms.length > 0) {
    throw new Error(`${samples.length} samples and ${histograms.length} histograms: ${seriesKey(labels)}`)
  }
  return series
}

function checkedLabels(pairs: readonly [name: string, value: string][]): Map<string, string> {
  const labels = new Map<string, string>()
  let last = ''
  for (const [name, value] of pairs) {
    if (name === '' || value === '') throw new Error(`empty label ${JSON.stringify(name)}=${JSON.stringify(value)}`)
    if (labels.size > 0 && compareBytes(last, name) >= 0) throw new Error(`label ${name} after ${last}`)
    last = name
    labels.set(name, value)
  }
  if (!labels.has('__name__')) throw new Error(`series without a name: ${seriesKey(labels)}`)
  return labels
}

function readReferences(reader: BinaryReader, symbol: (reference: number) => string): [string, string][] {
  const packed = message(reader)
  const pairs: [string, string][] = []
  while (packed.pos < packed.len) {
    const name = symbol(packed.uint32())
    if (packed.pos === packed.len) throw new Error('an odd number of references')
    pairs.push([name, symbol(packed.uint32())])
  }
  return pairs
}

function readLabel(reader: BinaryReader): [name: string, value: string] {
  let name = ''
  let value = ''
  eachField(reader, {
    1: (reader) => (name = reader.string()),
    2: (reader) => (value = reader.string()),
  })
  return [name, value]
}

function readSample(reader: BinaryReader): DecodedSample {
  let value = 0
  let bits = '0000000000000000'
  let timestamp = 0
  let start: number | undefined
  eachField(reader, {
    1: (reader) => {
      const raw = new Uint8Array(8)
      const view = new DataView(raw.buffer)
      view.setUint32(0, reader.fixed32(), true)
      view.setUint32(4, reader.fixed32(), true)
      value = view.getFloat64(0, true)
      bits = [...raw]
        .reverse()
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join('')
    },
    2: (reader) => (timestamp = Number(reader.int64())),
    3: (reader) => (start = Number(reader.int64())),
  })
  return { value, bits, timestamp, ...(start === undefined ? {} : { start }) }
}

function readExemplar(reader: BinaryReader): DecodedExemplar {
  const labels = new Map<string, string>()
  const exemplar = { labels, value: 0, timestamp: 0 }
  eachField(reader, {
    1: (reader) => labels.set(...readLabel(message(reader))),
    2: (reader) => (exemplar.value = reader.double()),
    3: (reader) => (exemplar.timestamp = Number(reader.int64())),
  })
  return exemplar
}

function readSecondExemplar(reader: BinaryReader, symbol: (reference: number) => string): DecodedExemplar {
  const exemplar = { labels: new Map<string, string>(), value: 0, timestamp: 0 }
  eachField(reader, {
    1: (reader) => (exemplar.labels = new Map(readReferences(reader, symbol))),
    2: (reader) => (exemplar.value = reader.double()),
    3: (reader) => (exemplar.timestamp = Number(reader.int64())),
  })
  return exemplar
}

function readDescription(reader: BinaryReader, symbol: (reference: number) => string): DecodedDescription {
  const description = { type: 0, help: '', unit: '' }
  eachField(reader, {
    1: (reader) => (description.type = reader.int32()),
    3: (reader) => (description.help = symbol(reader.uint32())),
    4: (reader) => (description.unit = symbol(reader.uint32())),
  })
  return description
}

function readMetadata(reader: BinaryReader): DecodedMetadata {
  const metadata = { type: 0, family: '', help: '', unit: '' }
  eachField(reader, {
    1: (reader) => (metadata.type = reader.int32()),
    2: (reader) => (metadata.family = reader.string()),
    4: (reader) => (metadata.help = reader.string()),
    5: (reader) => (metadata.unit = reader.string()),
  })
  return metadata
}

function compareBytes(a: string, b: string): number {
  const encoder = new TextEncoder()
  const x = encoder.encode(a)
  const y = encoder.encode(b)
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i] - y[i]
  return x.length - y.length
}
