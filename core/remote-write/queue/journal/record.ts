/**
 * The records of a segment: what they look like in bytes. Each has a header with a checksum of its own, so that a reader can hop
 * from one to the next without the payload, trust the lengths, and find its way again behind damage by looking for the next
 * magic number with a sound header. Little-endian; numbers beyond 32 bits are doubles.
 *
 *      0 magic     4 version   5 kind     6 protocol  8 part      12 bytes of orders, of head, of tail
 *     24 raw bytes of head, of tail      32 run      40 sequence  48 oldest, newest timestamp, creation
 *     72 samples, histograms, exemplars, metadata    88 checksum of the payload     92 of the header
 *     96 payload: orders, head, tail, and zeros up to a multiple of four bytes
 */
import type { BlockFacts, Counts, Protocol } from '../../block.ts'
import { type Bytes, reserve } from '../../encoding/bytes.ts'
import { checksum } from './checksum.ts'
import { readNumbers, writeNumber } from './numbers.ts'

export const HEADER_BYTES = 96
/** Its bytes are no text, and different from each other. */
export const MAGIC: Uint8Array = Uint8Array.of(0xf5, 0x8b, 0xd2, 0x1c)
const MAGIC_WORD = 0x1cd28bf5
const VERSION = 1
/** Records begin at multiples of this, where words are read faster. */
const ALIGNED = 4
const AT_CHECKSUM = HEADER_BYTES - 4
const MAX_ACKNOWLEDGED_RANGES = 4096

export type Kind = 'block' | 'part' | 'acknowledged'
const KINDS: readonly (Kind | undefined)[] = [undefined, 'block', 'part', 'acknowledged']

export interface RecordHeader {
  readonly kind: Kind
  /** The run of the agent that wrote it. */
  readonly run: number
  /** Of the block, counted in the run; 0 in others. */
  readonly sequence: number
  /** Place of a part in its block, from 0 on. */
  readonly part: number
  readonly protocol: Protocol
  readonly counts: Counts
  readonly minTimestamp: number
  readonly maxTimestamp: number
  readonly createdAt: number
  readonly ordersBytes: number
  readonly headBytes: number
  readonly headRawBytes: number
  readonly tailBytes: number
  readonly tailRawBytes: number
  readonly payloadChecksum: number
  /** Of the record, all in all. */
  readonly bytes: number
}

export interface Contents {
  readonly head: Uint8Array
  readonly headRawBytes: number
  readonly tail: Uint8Array
  readonly tailRawBytes: number
}

/** Which blocks of which runs never need to be sent again. */
export type Acknowledged = readonly {
  readonly run: number
  readonly ranges: readonly (readonly [from: number, to: number])[]
}[]

const NO_FACTS: BlockFacts = {
  protocol: '1.0',
  counts: { samples: 0, histograms: 0, exemplars: 0, metadata: 0 },
  minTimestamp: 0,
  maxTimestamp: 0,
  orders: new Set(),
  createdAt: 0,
}
const NO_BYTES = new Uint8Array(0)

/** Appends a record of a block (`part` undefined) or of a part of one. */
export function writeBlock(
  out: Bytes,
  run: number,
  sequence: number,
  part: number | undefined,
  facts: BlockFacts,
  contents: Contents,
): void {
  write(out, part === undefined ? 1 : 2, run, sequence, part ?? 0, facts, contents)
}

export function writeAcknowledged(out: Bytes, run: number, acknowledged: Acknowledged): void {
  const numbers: number[] = [acknowledged.length]
  for (const { run, ranges } of acknowledged) {
    const some = ranges.slice(0, MAX_ACKNOWLEDGED_RANGES)
    numbers.push(run, some.length)
    let last = 0
    for (const [from, to] of some) {
      numbers.push(from - last, to - from)
      last = to
    }
  }
  const head: Bytes = { bytes: NO_BYTES as Bytes['bytes'], view: new DataView(new ArrayBuffer(0)), length: 0 }
  for (const number of numbers) writeNumber(head, number)
  const bytes = head.bytes.subarray(0, head.length)
  write(out, 3, run, 0, 0, NO_FACTS, { head: bytes, headRawBytes: 0, tail: NO_BYTES, tailRawBytes: 0 })
}

function write(
  out: Bytes,
  kind: number,
  run: number,
  sequence: number,
  part: number,
  facts: BlockFacts,
  { head, headRawBytes, tail, tailRawBytes }: Contents,
): void {
  const start = out.length
  reserve(out, HEADER_BYTES + head.length + tail.length)
  out.length += HEADER_BYTES
  let last = 0
  for (const order of [...facts.orders].sort((a, b) => a - b)) {
    writeNumber(out, order - last)
    last = order
  }
  const ordersBytes = out.length - start - HEADER_BYTES
  reserve(out, head.length + tail.length + ALIGNED)
  out.bytes.set(head, out.length)
  out.bytes.set(tail, out.length + head.length)
  out.length += head.length + tail.length
  while ((out.length - start) % ALIGNED !== 0) out.bytes[out.length++] = 0

  const { view } = out
  view.setUint32(start, MAGIC_WORD, true)
  view.setUint8(start + 4, VERSION)
  view.setUint8(start + 5, kind)
  view.setUint16(start + 6, facts.protocol === '1.0' ? 1 : 2, true)
  view.setUint32(start + 8, part, true)
  view.setUint32(start + 12, ordersBytes, true)
  view.setUint32(start + 16, head.length, true)
  view.setUint32(start + 20, tail.length, true)
  view.setUint32(start + 24, headRawBytes, true)
  view.setUint32(start + 28, tailRawBytes, true)
  view.setFloat64(start + 32, run, true)
  view.setFloat64(start + 40, sequence, true)
  view.setFloat64(start + 48, facts.minTimestamp, true)
  view.setFloat64(start + 56, facts.maxTimestamp, true)
  view.setFloat64(start + 64, facts.createdAt, true)
  view.setUint32(start + 72, facts.counts.samples, true)
  view.setUint32(start + 76, facts.counts.histograms, true)
  view.setUint32(start + 80, facts.counts.exemplars, true)
  view.setUint32(start + 84, facts.counts.metadata, true)
  view.setUint32(start + 88, checksum(view, start + HEADER_BYTES, out.length), true)
  view.setUint32(start + AT_CHECKSUM, checksum(view, start, start + AT_CHECKSUM), true)
}

/** Undefined unless a sound header begins there. Trust its lengths no further than there are bytes. */
export function readHeader(view: DataView, at: number): RecordHeader | undefined {
  if (view.byteLength - at < HEADER_BYTES || view.getUint32(at, true) !== MAGIC_WORD) return undefined
  const protocol = view.getUint16(at + 6, true)
  const kind = KINDS[view.getUint8(at + 5)]
  if (view.getUint8(at + 4) !== VERSION || kind === undefined || protocol < 1 || protocol > 2) return undefined
  if (view.getUint32(at + AT_CHECKSUM, true) !== checksum(view, at, at + AT_CHECKSUM)) return undefined
  const ordersBytes = view.getUint32(at + 12, true)
  const headBytes = view.getUint32(at + 16, true)
  const tailBytes = view.getUint32(at + 20, true)
  const header: RecordHeader = {
    kind,
    run: view.getFloat64(at + 32, true),
    sequence: view.getFloat64(at + 40, true),
    part: view.getUint32(at + 8, true),
    protocol: protocol === 1 ? '1.0' : '2.0',
    counts: {
      samples: view.getUint32(at + 72, true),
      histograms: view.getUint32(at + 76, true),
      exemplars: view.getUint32(at + 80, true),
      metadata: view.getUint32(at + 84, true),
    },
    minTimestamp: view.getFloat64(at + 48, true),
    maxTimestamp: view.getFloat64(at + 56, true),
    createdAt: view.getFloat64(at + 64, true),
    ordersBytes,
    headBytes,
    headRawBytes: view.getUint32(at + 24, true),
    tailBytes,
    tailRawBytes: view.getUint32(at + 28, true),
    payloadChecksum: view.getUint32(at + 88, true),
    bytes: Math.ceil((HEADER_BYTES + ordersBytes + headBytes + tailBytes) / ALIGNED) * ALIGNED,
  }
  const { run, sequence, minTimestamp, maxTimestamp, createdAt } = header
  if (!Number.isSafeInteger(run) || !Number.isSafeInteger(sequence) || run < 0 || sequence < 0) return undefined
  return Number.isFinite(minTimestamp + maxTimestamp + createdAt) ? header : undefined
}

/** Whether all of the record stands at `at`, undamaged. */
export function isIntact(header: RecordHeader, view: DataView, at: number): boolean {
  const end = at + header.bytes
  return end <= view.byteLength && checksum(view, at + HEADER_BYTES, end) === header.payloadChecksum
}

/** Of an intact record; undefined when it was made by someone else. */
export function readOrders(header: RecordHeader, bytes: Uint8Array, at: number): number[] | undefined {
  const start = at + HEADER_BYTES
  const deltas = readNumbers(bytes, start, start + header.ordersBytes)
  if (deltas === undefined) return undefined
  let last = 0
  return deltas.map((delta) => (last += delta))
}

/** Of an intact record; undefined when it was made by someone else. */
export function readAcknowledged(header: RecordHeader, bytes: Uint8Array, at: number): Acknowledged | undefined {
  const start = at + HEADER_BYTES
  const numbers = readNumbers(bytes, start, start + header.headBytes)
  if (numbers === undefined) return undefined
  const runs: { run: number; ranges: [number, number][] }[] = []
  let next = 1
  for (let left = numbers[0] ?? 0; left > 0; left--) {
    if (next + 2 > numbers.length) return undefined
    const run = numbers[next++]
    const ranges: [number, number][] = []
    let last = 0
    for (let count = numbers[next++]; count > 0; count--) {
      if (next + 2 > numbers.length) return undefined
      const from = last + numbers[next++]
      last = from + numbers[next++]
      ranges.push([from, last])
    }
    runs.push({ run, ranges })
  }
  return runs
}
