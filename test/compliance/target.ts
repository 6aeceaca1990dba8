/** What the sender scrapes in a compliance run: one body, on every path. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { serve } from '../e2e/support/exporter.ts'
import type { Exposing, Family } from './scenario.ts'

const TEXT = 'text/plain; version=0.0.4'
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'
/** What Go's servers say of a body that nobody gave a type. */
const SNIFFED = 'text/plain; charset=utf-8'
const HISTOGRAM = 4

export interface ComplianceTarget {
  /** host:port */
  readonly address: string
  /** When each scrape came, in milliseconds since the epoch. */
  readonly scrapes: readonly number[]
  close(): Promise<void>
}

/** `now`: milliseconds since the epoch, what `@now@` and `@ms@` stand for. */
export async function startTarget(exposing: Exposing, now: number): Promise<ComplianceTarget> {
  const scrapes: number[] = []
  const exposed = expose(exposing, now)
  const served = await serve((_request, response) => {
    scrapes.push(Date.now())
    const { type, body } = exposed(scrapes.length)
    response.writeHead(200, { 'content-type': type }).end(body)
  })
  return { address: served.address, scrapes, close: () => served.close() }
}

function expose(exposing: Exposing, now: number): (nth: number) => { type: string; body: string | Uint8Array } {
  if ('families' in exposing) {
    const body = delimited(exposing.families)
    return () => ({ type: PROTOBUF, body })
  }
  if ('live' in exposing) {
    const stale = '# TYPE stale gauge\nstale 0\n'
    const seconds = (): string => `# TYPE now gauge\nnow ${Math.floor(Date.now() / 1000) * 1000}\n`
    return (nth) => ({ type: TEXT, body: exposing.live === 'now' ? seconds() : nth === 1 ? stale : '' })
  }
  const body = exposing.text
    .replace(/@now([+-]\d+)?@/g, (_, seconds = '0') => String((now + 1000 * Number(seconds)) / 1000))
    .replace(/@ms([+-]\d+)?@/g, (_, ms = '0') => String(now + Number(ms)))
  const type = exposing.type ?? (body.includes('# {') ? 'openmetrics' : 'text')
  if (type === 'openmetrics') {
    const whole = body.endsWith('# EOF\n') ? body : `${body}# EOF\n`
    return () => ({ type: OPENMETRICS, body: whole })
  }
  return () => ({ type: type === 'text' ? TEXT : SNIFFED, body })
}

/** io.prometheus.client.MetricFamily, each with its length before it. */
function delimited(families: readonly Family[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const family of families) {
    const metric = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(histogram(family)).finish()
    const message = new BinaryWriter()
    message.tag(1, WireType.LengthDelimited).string(family.name)
    message.tag(3, WireType.Varint).int32(HISTOGRAM)
    message.tag(4, WireType.LengthDelimited).bytes(metric)
    writer.bytes(message.finish())
  }
  return writer.finish()
}

function histogram(family: Family): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(1, WireType.Varint).uint64(family.count)
  writer.tag(2, WireType.Bit64).double(family.sum)
  for (const [bound, cumulative] of family.buckets ?? []) {
    const bucket = new BinaryWriter()
    bucket.tag(1, WireType.Varint).uint64(cumulative).tag(2, WireType.Bit64).double(bound)
    writer.tag(3, WireType.LengthDelimited).bytes(bucket.finish())
  }
  writer.tag(5, WireType.Varint).sint32(family.schema)
  if (family.zeroThreshold !== undefined) writer.tag(6, WireType.Bit64).double(family.zeroThreshold)
  if (family.zeroCount !== undefined) writer.tag(7, WireType.Varint).uint64(family.zeroCount)
  if (family.negative !== undefined) writeSide(writer, 9, family.negative)
  if (family.empty) writer.tag(12, WireType.LengthDelimited).bytes(span(0, 0))
  if (family.positive !== undefined) writeSide(writer, 12, family.positive)
  return writer.finish()
}

/** A span, and the deltas in the field behind it: one after the other, not packed, as proto2 has it. */
function writeSide(writer: BinaryWriter, field: number, side: NonNullable<Family['positive']>): void {
  writer.tag(field, WireType.LengthDelimited).bytes(span(side.offset, side.deltas.length))
  for (const delta of side.deltas) writer.tag(field + 1, WireType.Varint).sint64(delta)
}

function span(offset: number, length: number): Uint8Array {
  return new BinaryWriter().tag(1, WireType.Varint).sint32(offset).tag(2, WireType.Varint).uint32(length).finish()
}
