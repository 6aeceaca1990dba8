/** A body of the delimited protobuf exposition, written field by field, whose numbers follow from the number of the scrape. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

export const CONTENT_TYPE: string =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'

/** When counters began, unless told: ms since the epoch. */
export const CREATED_MS: number = 1_790_000_000_250

/** Of exemplars, ms; a different one for each scrape, since what was sent before is not sent again. */
export const exemplarTimestamp = (serial: number, created: number = CREATED_MS): number => created + serial * 1000

const TYPE = { counter: 0, gauge: 1, histogram: 4, gaugeHistogram: 5 }

type Write = (writer: BinaryWriter) => void
type Family = (serial: number, created: number) => Write

export function protoExposition(serial: number, created: number = CREATED_MS): Uint8Array {
  const body = new BinaryWriter()
  const families: readonly Family[] = [counter, gauge, exponential, floating, custom]
  for (const family of families) body.bytes(part(family(serial, created)))
  return body.finish()
}

function counter(serial: number, created: number): Write {
  return family('judged_requests_total', TYPE.counter, 'Requests.', 'requests', (metric) =>
    field(metric, 3, (writer) => {
      double(writer, 1, serial)
      field(writer, 2, exemplar(serial, created))
      field(writer, 3, timestamp(created))
    }),
  )
}

function gauge(serial: number): Write {
  return family('judged_level', TYPE.gauge, 'A level, "quoted" and\nin two lines: €.', '', (metric) =>
    field(metric, 2, (writer) => double(writer, 1, -serial / 3)),
  )
}

/** Schema 0: one observation at zero, `serial` in 0.5..1, twice as many in 1..2, one in -8..-4. */
function exponential(serial: number, created: number): Write {
  return family('judged_latency_seconds', TYPE.histogram, 'Latency.', 'seconds', (metric) =>
    field(metric, 7, (writer) => {
      writer.tag(1, WireType.Varint).uint64(3 * serial + 2)
      double(writer, 2, serial * 1.5)
      writer.tag(5, WireType.Varint).sint32(0)
      double(writer, 6, 0.001)
      writer.tag(7, WireType.Varint).uint64(1)
      field(writer, 9, span(3, 1))
      writer.tag(10, WireType.Varint).sint64(1)
      field(writer, 12, span(0, 2))
      writer.tag(13, WireType.Varint).sint64(serial)
      writer.tag(13, WireType.Varint).sint64(serial)
      field(writer, 15, timestamp(created))
      field(writer, 16, exemplar(serial, created))
    }),
  )
}

/** Schema 3, of floats: `serial` / 2 in the bucket that ends at 1. */
function floating(serial: number): Write {
  return family('judged_sizes', TYPE.gaugeHistogram, 'Sizes.', '', (metric) =>
    field(metric, 7, (writer) => {
      double(writer, 2, 0.25)
      double(writer, 4, serial / 2)
      writer.tag(5, WireType.Varint).sint32(3)
      field(writer, 12, span(0, 1))
      double(writer, 14, serial / 2)
    }),
  )
}

/** A classic one, to be converted: `serial` up to 1, as many in 1..5, none above. */
function custom(serial: number): Write {
  return family('judged_classic', TYPE.histogram, 'Classic.', '', (metric) =>
    field(metric, 7, (writer) => {
      writer.tag(1, WireType.Varint).uint64(2 * serial)
      double(writer, 2, serial * 3)
      const bounds = [1, 5, Number.POSITIVE_INFINITY]
      bounds.forEach((bound, n) => {
        field(writer, 3, (bucket) => {
          bucket.tag(1, WireType.Varint).uint64(Math.min(n + 1, 2) * serial)
          double(bucket, 2, bound)
        })
      })
    }),
  )
}

// ---- messages of io.prometheus.client ---------------------------------------------------------------------------------

function family(name: string, type: number, help: string, unit: string, metric: Write): Write {
  return (writer) => {
    writer.tag(1, WireType.LengthDelimited).string(name)
    writer.tag(2, WireType.LengthDelimited).string(help)
    writer.tag(3, WireType.Varint).int32(type)
    field(writer, 4, (one) => {
      field(one, 1, label('path', '/a"b\\c'))
      metric(one)
    })
    if (unit !== '') writer.tag(5, WireType.LengthDelimited).string(unit)
  }
}

function label(name: string, value: string): Write {
  return (writer) => {
    writer.tag(1, WireType.LengthDelimited).string(name)
    writer.tag(2, WireType.LengthDelimited).string(value)
  }
}

function exemplar(serial: number, created: number): Write {
  return (writer) => {
    field(writer, 1, label('trace_id', `trace-${serial}`))
    double(writer, 2, 0.75)
    field(writer, 3, timestamp(exemplarTimestamp(serial, created)))
  }
}

function timestamp(ms: number): Write {
  return (writer) => {
    writer.tag(1, WireType.Varint).int64(Math.floor(ms / 1000))
    writer.tag(2, WireType.Varint).int32((ms % 1000) * 1e6)
  }
}

function span(offset: number, length: number): Write {
  return (writer) => {
    writer.tag(1, WireType.Varint).sint32(offset)
    writer.tag(2, WireType.Varint).uint32(length)
  }
}

function double(writer: BinaryWriter, number: number, value: number): void {
  writer.tag(number, WireType.Bit64).double(value)
}

function field(writer: BinaryWriter, number: number, write: Write): void {
  writer.tag(number, WireType.LengthDelimited).bytes(part(write))
}

function part(write: Write): Uint8Array {
  const writer = new BinaryWriter()
  write(writer)
  return writer.finish()
}
