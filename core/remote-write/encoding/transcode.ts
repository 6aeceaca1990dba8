/**
 * Turns finished requests of 2.0 into such of 1.0, for a receiver that turns out not to know 2.0. Works in steps. What it reads may
 * come from a damaged disk: whatever is wrong with it, the request is dropped as a whole, and nothing is thrown.
 *
 * Lost on the way is what 1.0 has no words for: start timestamps, metadata per series (1.0 is told families in requests of their
 * own), and histograms with custom buckets, which are counted.
 */
import { CUSTOM_SCHEMA } from '../../histograms/histogram.ts'
import { MAX_SLICE_MS, MAX_TRANSCODED_BYTES } from '../../limits.ts'
import type { Clock } from '../../ports.ts'
import { type Block, type Counts, NOTHING } from '../block.ts'
import { type Bytes, copy, grown, reserve } from './bytes.ts'
import { MAX_PREAMBLE_BYTES, writePreambleBefore } from './snappy.ts'
import { createStream } from './stream.ts'
import { uncompressing } from './uncompress.ts'
import { closeLength, openLength, writeVarint } from './varint.ts'
import { createFields, DELIMITED, FIXED64, type Fields, VARINT } from './wire-fields.ts'

export interface Transcoded {
  /** Undefined when 1.0 can carry nothing of it. */
  readonly block: Block | undefined
  /** By reason: what of the block is not in the new one. */
  readonly dropped: ReadonlyMap<string, Counts>
}

const NHCB = 'nhcb_in_rw1_not_supported'
const CUSTOM_ZIGZAG = -2 * CUSTOM_SCHEMA - 1
/** Series written between two looks at the clock. */
const SERIES_AT_ONCE = 256

/** All at once: a few milliseconds for a block of a few thousand samples. */
export function toFirstProtocol(block: Block): Transcoded {
  const step = transcoding(block)
  for (;;) {
    const result = step()
    if (result !== undefined) return result
  }
}

/** With a turn for everyone else whenever it takes long. */
export async function toFirstProtocolInSlices(
  block: Block,
  clock: Pick<Clock, 'monotonic' | 'turn'>,
): Promise<Transcoded> {
  const step = transcoding(block)
  let until = clock.monotonic() + MAX_SLICE_MS
  for (;;) {
    const result = step()
    if (result !== undefined) return result
    if (clock.monotonic() < until) continue
    await clock.turn()
    until = clock.monotonic() + MAX_SLICE_MS
  }
}

/** Each call does a step, at most a millisecond or two; undefined as long as there is more. */
function transcoding(block: Block): () => Transcoded | undefined {
  if (block.protocol === '1.0') return () => ({ block, dropped: new Map() })
  const corrupt: Transcoded = { block: undefined, dropped: new Map([['corrupt', block.counts]]) }
  const uncompress = uncompressing(block.body, MAX_TRANSCODED_BYTES)
  let raw: Uint8Array | undefined
  const stream = createStream()
  const request = createFields()
  const writer = createSeriesWriter(stream.staging)

  return () => {
    if (raw === undefined) {
      const result = uncompress()
      if (result.state === 'corrupt') return corrupt
      if (result.state === 'done') {
        raw = result.bytes
        request.begin(raw, 0, raw.length)
        writer.begin(raw)
      }
      return undefined
    }
    for (let n = 0; n < SERIES_AT_ONCE && !stream.compressFull(); n++) {
      if (!request.next()) return request.broken ? corrupt : finish()
      if (request.type !== DELIMITED) return corrupt
      if (request.number === 4) writer.addSymbol(request.start, request.end)
      else if (request.number !== 5 || !writer.write(request.start, request.end)) return corrupt
      if (stream.rawBytes > MAX_TRANSCODED_BYTES) {
        return { block: undefined, dropped: new Map([['too_large_for_rw1', block.counts]]) }
      }
    }
    return undefined
  }

  function finish(): Transcoded {
    const { counts, unsupported } = writer
    const dropped = new Map<string, Counts>()
    if (unsupported.histograms > 0) dropped.set(NHCB, unsupported)
    const missing = notFound(block.counts, counts, unsupported)
    if (missing !== undefined) dropped.set('corrupt', missing)
    if (counts.samples + counts.histograms === 0) return { block: undefined, dropped }
    stream.flush()
    const preamble = new Uint8Array(MAX_PREAMBLE_BYTES)
    const begin = writePreambleBefore(preamble, MAX_PREAMBLE_BYTES, stream.rawBytes)
    const { bytes, length } = stream.out
    const body = new Uint8Array(MAX_PREAMBLE_BYTES - begin + length)
    body.set(preamble.subarray(begin))
    body.set(bytes.subarray(0, length), MAX_PREAMBLE_BYTES - begin)
    return { block: { ...block, protocol: '1.0', counts: { ...counts }, body, rawBytes: stream.rawBytes }, dropped }
  }
}

/** What is said to be in a block and isn't. */
function notFound(said: Counts, written: Counts, unsupported: Counts): Counts | undefined {
  const missing: Mutable = { ...NOTHING }
  for (const kind of ['samples', 'histograms', 'exemplars'] as const) {
    missing[kind] = Math.max(0, said[kind] - written[kind] - unsupported[kind])
  }
  return missing.samples + missing.histograms + missing.exemplars > 0 ? missing : undefined
}

interface SeriesWriter {
  begin(raw: Uint8Array): void
  addSymbol(start: number, end: number): void
  /** Reads the TimeSeries of 2.0 there, and appends one of 1.0; false when it isn't valid. */
  write(start: number, end: number): boolean
  /** What was written, and what could not be. */
  readonly counts: Counts
  readonly unsupported: Counts
}

type Mutable = { -readonly [K in keyof Counts]: Counts[K] }

function createSeriesWriter(out: Bytes): SeriesWriter {
  let raw: Uint8Array = new Uint8Array(0)
  let symbolStarts = new Uint32Array(0)
  let symbolEnds = new Uint32Array(0)
  let symbols = 0
  const series = createFields()
  const inner = createFields()
  const counts: Mutable = { ...NOTHING }
  const unsupported: Mutable = { ...NOTHING }

  function write(start: number, end: number): boolean {
    const from = out.length
    reserve(out, 1)
    out.bytes[out.length++] = 0x0a
    const opened = openLength(out)
    const found: Mutable = { ...NOTHING }
    let left = 0
    series.begin(raw, start, end)
    while (series.next()) {
      if (series.number === 5) continue
      if (series.type !== DELIMITED) return false
      if (series.number === 1) {
        if (!writeLabels(series.start, series.end)) return false
      } else if (series.number === 2) {
        if (!copyMessage(0x12, series, 3)) return false
        found.samples++
      } else if (series.number === 3) {
        if (isCustom(series)) left++
        else if (copyMessage(0x22, series, 17)) found.histograms++
        else return false
        if (inner.broken) return false
      } else if (series.number === 4) {
        if (!writeExemplar(series.start, series.end)) return false
        found.exemplars++
      }
    }
    if (series.broken) return false
    unsupported.histograms += left
    if (found.samples + found.histograms === 0) {
      out.length = from
      unsupported.exemplars += found.exemplars
      return true
    }
    closeLength(out, opened)
    counts.samples += found.samples
    counts.histograms += found.histograms
    counts.exemplars += found.exemplars
    return true
  }

  /** References, packed, as labels of 1.0. */
  function writeLabels(start: number, end: number): boolean {
    let at = start
    while (at < end) {
      const name = reference()
      const value = reference()
      if (name < 0 || value < 0) return false
      reserve(out, 1)
      out.bytes[out.length++] = 0x0a
      const pair = openLength(out)
      copyText(0x0a, name)
      copyText(0x12, value)
      closeLength(out, pair)
      if (out.length > MAX_TRANSCODED_BYTES) return false
    }
    return true

    function reference(): number {
      let value = 0
      for (let shift = 0; shift < 28 && at < end; shift += 7) {
        const byte = raw[at++]
        value |= (byte & 0x7f) << shift
        if (byte < 0x80) return value < symbols ? value : -1
      }
      return -1
    }
  }

  function copyText(tag: number, symbol: number): void {
    const start = symbolStarts[symbol]
    const end = symbolEnds[symbol]
    reserve(out, 6 + end - start)
    out.bytes[out.length++] = tag
    writeVarint(out, end - start)
    copy(raw, start, out.bytes, out.length, end - start)
    out.length += end - start
  }

  /** The message as it is, but for one field that 1.0 doesn't have. */
  function copyMessage(tag: number, { start, end }: Fields, without: number): boolean {
    reserve(out, 1 + end - start)
    out.bytes[out.length++] = tag
    const opened = openLength(out)
    reserve(out, end - start)
    inner.begin(raw, start, end)
    while (inner.next()) {
      if (inner.number === without) continue
      copy(raw, inner.tagStart, out.bytes, out.length, inner.end - inner.tagStart)
      out.length += inner.end - inner.tagStart
    }
    closeLength(out, opened)
    return !inner.broken
  }

  function isCustom({ start, end }: Fields): boolean {
    inner.begin(raw, start, end)
    let custom = false
    while (inner.next()) if (inner.number === 4 && inner.type === VARINT) custom = inner.value === CUSTOM_ZIGZAG
    return custom
  }

  function writeExemplar(start: number, end: number): boolean {
    reserve(out, 1)
    out.bytes[out.length++] = 0x1a
    const opened = openLength(out)
    inner.begin(raw, start, end)
    while (inner.next()) {
      if (inner.number === 1) {
        if (inner.type !== DELIMITED || !writeLabels(inner.start, inner.end)) return false
      } else if (inner.type === VARINT || inner.type === FIXED64) {
        reserve(out, inner.end - inner.tagStart)
        copy(raw, inner.tagStart, out.bytes, out.length, inner.end - inner.tagStart)
        out.length += inner.end - inner.tagStart
      }
    }
    closeLength(out, opened)
    return !inner.broken
  }

  return {
    begin(bytes) {
      raw = bytes
    },
    addSymbol(start, end) {
      symbolStarts = grown(symbolStarts, symbols + 1)
      symbolEnds = grown(symbolEnds, symbols + 1)
      symbolStarts[symbols] = start
      symbolEnds[symbols++] = end
    },
    write,
    counts,
    unsupported,
  }
}
