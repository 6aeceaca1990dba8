/**
 * Reads remote_write 1.0 requests without any of the code that writes them: snappyjs for the compression,
 * @bufbuild/protobuf for the wire. Strict where a receiver may be: labels sorted, unique and not empty, a name present.
 */
import { createRequire } from 'node:module'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

const snappy = createRequire(import.meta.url)('snappyjs') as { uncompress(data: Uint8Array): Uint8Array }

export interface DecodedSample {
  readonly value: number
  /** The value's bits as 16 hexadecimal digits: a staleness marker is `7ff0000000000002`. */
  readonly bits: string
  /** Milliseconds; exact up to 2^53. */
  readonly timestamp: number
}

export interface DecodedSeries {
  readonly labels: ReadonlyMap<string, string>
  readonly samples: readonly DecodedSample[]
}

export interface DecodedMetadata {
  readonly type: number
  readonly family: string
  readonly help: string
  readonly unit: string
}

export interface DecodedWriteRequest {
  readonly series: readonly DecodedSeries[]
  readonly metadata: readonly DecodedMetadata[]
}

export const STALE_BITS = '7ff0000000000002'

export function uncompress(body: Uint8Array): Uint8Array {
  // snappyjs takes a Buffer, which is a Uint8Array too, for something else than it wants.
  return snappy.uncompress(new Uint8Array(body))
}

/** Throws on anything that a receiver would refuse. */
export function decodeWriteRequest(body: Uint8Array): DecodedWriteRequest {
  const series: DecodedSeries[] = []
  const metadata: DecodedMetadata[] = []
  eachField(new BinaryReader(uncompress(body)), {
    1: (reader) => series.push(readSeries(message(reader))),
    3: (reader) => metadata.push(readMetadata(message(reader))),
  })
  return { series, metadata }
}

/** `{__name__="up",job="x"}`: one string per label set, to compare and to look up. */
export function seriesKey(labels: ReadonlyMap<string, string>): string {
  return `{${[...labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}}`
}

function readSeries(reader: BinaryReader): DecodedSeries {
  const labels = new Map<string, string>()
  const samples: DecodedSample[] = []
  let last = ''
  eachField(reader, {
    1: (reader) => {
      const [name, value] = readLabel(message(reader))
      if (name === '' || value === '') throw new Error(`empty label ${JSON.stringify(name)}=${JSON.stringify(value)}`)
      if (labels.size > 0 && compareBytes(last, name) >= 0) throw new Error(`label ${name} after ${last}`)
      last = name
      labels.set(name, value)
    },
    2: (reader) => samples.push(readSample(message(reader))),
  })
  if (!labels.has('__name__')) throw new Error(`series without a name: ${seriesKey(labels)}`)
  return { labels, samples }
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
  })
  return { value, bits, timestamp }
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

type Fields = Readonly<Record<number, (reader: BinaryReader) => unknown>>

function eachField(reader: BinaryReader, fields: Fields): void {
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const read = fields[number]
    if (read === undefined) throw new Error(`unexpected field ${number} of wire type ${WireType[wireType]}`)
    read(reader)
  }
}

function message(reader: BinaryReader): BinaryReader {
  return new BinaryReader(reader.bytes())
}

function compareBytes(a: string, b: string): number {
  const encoder = new TextEncoder()
  const x = encoder.encode(a)
  const y = encoder.encode(b)
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i] - y[i]
  return x.length - y.length
}
