/**
 * Blocks out of the records of one segment, in the order in which they stand there. Joins the parts of a block that was open
 * when the agent ended; what is damaged is left out, and never anything delivered that isn't intact.
 */
import type { Block, Counts, Protocol } from '../../block.ts'
import { plus } from '../../counts.ts'
import { MAX_PREAMBLE_BYTES, writePreambleBefore } from '../../encoding/snappy.ts'
import { HEADER_BYTES, type RecordHeader, readOrders } from './record.ts'
import type { LoadedRecord, Scan } from './scan.ts'

export interface Blocks {
  /** Sequence number of the next block; undefined at the end. It need not be intact. */
  peek(): Promise<number | undefined>
  /** The block that `peek` found, or what is left of it; undefined when nothing is. */
  take(): Promise<Block | undefined>
  /** Leaves it out. */
  skip(): Promise<void>
  readonly damages: number
}

interface Piece {
  readonly header: RecordHeader
  readonly orders: readonly number[]
  readonly head: Uint8Array
  readonly tail: Uint8Array
}

/** Records of other runs than `run` are not of this segment: something that looks like a record inside of damaged bytes. */
export function createBlocks(scan: Scan, run: number): Blocks {
  let header: RecordHeader | undefined

  async function advance(): Promise<RecordHeader | undefined> {
    for (;;) {
      const found = await scan.next()
      header = found?.header
      if (header === undefined) return undefined
      if (header.run !== run) scan.distrust()
      else if (header.kind !== 'acknowledged') return header
    }
  }

  async function load(current: RecordHeader): Promise<Piece | undefined> {
    const loaded = await scan.load()
    return loaded === undefined ? undefined : pieceOf(current, loaded)
  }

  async function take(): Promise<Block | undefined> {
    const first = header
    if (first === undefined) return undefined
    const pieces: Piece[] = []
    let following = 0
    let broken = false
    for (let current: RecordHeader | undefined = first; current !== undefined && isOfBlock(current, first); ) {
      // In 2.0, later parts refer to the symbols of earlier ones.
      if (current.kind === 'part' && current.part !== following && current.protocol === '2.0') broken = true
      const piece = broken ? undefined : await load(current)
      if (piece !== undefined) {
        pieces.push(piece)
        following = current.part + 1
      } else if (current.protocol === '2.0') broken = true
      const { part } = current
      current = await advance()
      // The same part again isn't a part of the same block: the file was written by something else.
      if (current !== undefined && current.part <= part) break
    }
    while (header !== undefined && isOfBlock(header, first)) await advance()
    return pieces.length === 0 ? undefined : joined(pieces)
  }

  return {
    async peek() {
      return (header ?? (await advance()))?.sequence
    },
    take,
    async skip() {
      const first = header
      if (first === undefined) return
      do await advance()
      while (header !== undefined && isOfBlock(header, first))
    },
    get damages() {
      return scan.damages
    },
  }
}

function isOfBlock(header: RecordHeader, first: RecordHeader): boolean {
  return header.sequence === first.sequence && header.kind === first.kind && header.protocol === first.protocol
}

function pieceOf(header: RecordHeader, { bytes, at }: LoadedRecord): Piece | undefined {
  const orders = readOrders(header, bytes, at)
  if (orders === undefined) return undefined
  const start = at + HEADER_BYTES + header.ordersBytes
  const middle = start + header.headBytes
  // The bytes are given back with the next record.
  return { header, orders, head: bytes.slice(start, middle), tail: bytes.slice(middle, middle + header.tailBytes) }
}

function joined(pieces: readonly Piece[]): Block {
  const [{ header }] = pieces
  const whole = header.kind === 'block'
  const rawBytes = pieces.reduce((sum, { header: h }) => sum + h.headRawBytes + h.tailRawBytes, 0)
  const preamble = new Uint8Array(MAX_PREAMBLE_BYTES)
  const from = whole ? MAX_PREAMBLE_BYTES : writePreambleBefore(preamble, MAX_PREAMBLE_BYTES, rawBytes)
  const contents = [preamble.subarray(from), ...pieces.map(({ head }) => head), ...pieces.map(({ tail }) => tail)]
  const body = new Uint8Array(contents.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const bytes of contents) {
    body.set(bytes, at)
    at += bytes.length
  }
  const dated = pieces.filter(({ header: h }) => h.counts.samples + h.counts.histograms > 0)
  const protocol: Protocol = header.protocol
  return {
    protocol,
    counts: pieces.map(({ header: h }) => h.counts).reduce((a: Counts, b: Counts) => plus(a, b)),
    minTimestamp: dated.reduce(
      (min, { header: h }) => Math.min(min, h.minTimestamp),
      dated[0]?.header.minTimestamp ?? 0,
    ),
    maxTimestamp: dated.reduce(
      (max, { header: h }) => Math.max(max, h.maxTimestamp),
      dated[0]?.header.maxTimestamp ?? 0,
    ),
    orders: new Set(pieces.flatMap(({ orders }) => orders)),
    createdAt: header.createdAt,
    body,
    rawBytes,
  }
}
