/** The columns that decoders write: how they grow, what they may take, and that they are there again for the next body. */
import type { Histogram } from '../histograms/histogram.ts'
import { MAX_DECODED_BYTES, MAX_METRIC_BUCKETS, MAX_METRIC_TEXT_BYTES } from '../limits.ts'
import { type Column, type Growth, growColumns } from './column-growth.ts'
import type { Decoded, DecodedFamily } from './decoded.ts'

export interface Rows {
  readonly decoded: Decoded
  /** By row: where its line ends, newline included. */
  ends: Uint32Array<ArrayBuffer>
  /** Bytes that objects take, by estimate. */
  objects: number
}

const ROW_BYTES = 64
const FAMILY_BYTES = 200
const EXEMPLAR_BYTES = 200
const HISTOGRAM_BYTES = 400
/** Below this nobody cares whether they are needed. */
const SMALL_ROWS = 1024

const NO_LINES = new Uint8Array(0)
/** Buffers for lines that no decoder uses now. */
const spares: Uint8Array<ArrayBuffer>[] = []
const MAX_SPARES = 4
const MAX_SPARE_BYTES = 4 * 1024 * 1024

/** Columns shorter than this are copied at once when they grow. */
const LARGE_BYTES = 8 * 1024 * 1024
const LARGE_ROWS = 256 * 1024
/** More than one metric ever adds. */
const SPARE_BYTES: number = MAX_METRIC_TEXT_BYTES
const SPARE_ROWS: number = MAX_METRIC_BUCKETS + 8

export function createRows(): Rows {
  const decoded: Decoded = {
    lines: NO_LINES,
    length: 0,
    count: 0,
    values: new Float64Array(0),
    timestamps: new Float64Array(0),
    starts: new Float64Array(0),
    family: new Uint32Array(0),
    families: [],
    histograms: new Map(),
    exemplars: [],
    unconverted: 0,
  }
  return { decoded, ends: new Uint32Array(0), objects: 0 }
}

export function clearRows(rows: Rows): void {
  const { decoded } = rows
  // After a body that was much larger than usual, its memory is let go.
  if (rows.ends.length > SMALL_ROWS && rows.ends.length > 8 * decoded.count) resizeColumns(rows, 0, 0)
  if (decoded.lines === NO_LINES) decoded.lines = spares.pop() ?? NO_LINES
  decoded.length = 0
  decoded.count = 0
  decoded.families = []
  decoded.histograms = new Map()
  decoded.exemplars = []
  decoded.unconverted = 0
  rows.objects = 0
}

/**
 * Until the next body only what is said of families is needed. A target is decoded for some milliseconds in a minute: a buffer
 * for lines of each would be as much memory again as the lines that are kept.
 */
export function restRows({ decoded }: Rows): void {
  const { lines } = decoded
  if (lines !== NO_LINES && lines.length <= MAX_SPARE_BYTES && spares.length < MAX_SPARES) spares.push(lines)
  decoded.lines = NO_LINES
  decoded.histograms = new Map()
  decoded.exemplars = []
}

/** Whether the body has become more than any body may. */
export function isOversized({ decoded, objects }: Rows): boolean {
  return decoded.length + decoded.count * ROW_BYTES + objects > MAX_DECODED_BYTES
}

/**
 * To be asked before each line or metric: undefined as long as columns are short, or have room for what one can add. Otherwise they are
 * to grow first, in slices.
 */
export function growthOf(rows: Rows): Growth | undefined {
  const { decoded } = rows
  const { lines, values, timestamps, starts, family } = decoded
  if (lines.length > LARGE_BYTES && lines.length - decoded.length < SPARE_BYTES) {
    const longer = new Uint8Array(2 * lines.length)
    return growColumns([lines], [longer], () => {
      decoded.lines = longer
    })
  }
  if (values.length < LARGE_ROWS || values.length - decoded.count >= SPARE_ROWS) return undefined
  const length = 2 * values.length
  const doubles = [values, timestamps, starts]
  const longer = doubles.map(() => new Float64Array(length))
  const integers = [family, rows.ends]
  const longerIntegers = integers.map(() => new Uint32Array(length))
  return growColumns<Column>([...doubles, ...integers], [...longer, ...longerIntegers], () => {
    ;[decoded.values, decoded.timestamps, decoded.starts] = longer
    ;[decoded.family, rows.ends] = longerIntegers
  })
}

/** Makes room for a line of as many bytes at `decoded.length`; `decoded.lines` may be another array afterwards. */
export function reserveLine({ decoded }: Rows, bytes: number): void {
  const needed = decoded.length + bytes
  if (needed <= decoded.lines.length) return
  const longer = new Uint8Array(Math.max(needed, 2 * decoded.lines.length, 4096))
  longer.set(decoded.lines.subarray(0, decoded.length))
  decoded.lines = longer
}

/** The line that was written up to `end` is a row. Timestamp and start in ms, or NaN. */
export function addRow(rows: Rows, end: number, value: number, timestamp: number, start: number): void {
  const { decoded } = rows
  const row = decoded.count
  if (row === rows.ends.length) resizeColumns(rows, Math.max(64, 2 * row), row)
  rows.ends[row] = end
  decoded.length = end
  decoded.values[row] = value
  decoded.timestamps[row] = timestamp
  decoded.starts[row] = start
  decoded.family[row] = decoded.families.length - 1
  decoded.count = row + 1
}

/** The row is this histogram. */
export function setHistogram(rows: Rows, row: number, histogram: Histogram): void {
  rows.decoded.histograms.set(row, histogram)
  const { positive, negative, customValues } = histogram
  rows.objects +=
    HISTOGRAM_BYTES +
    8 * (positive.counts.length + negative.counts.length + customValues.length) +
    64 * (positive.spans.length + negative.spans.length)
}

/** Rows added from now on belong to this family; those before the first family have an index that is none. */
export function beginFamily(rows: Rows, family: DecodedFamily): void {
  rows.decoded.families.push(family)
  rows.objects += FAMILY_BYTES + 2 * (family.name.length + family.help.length + family.unit.length)
}

export function addExemplar(
  rows: Rows,
  row: number,
  labels: readonly string[],
  value: number,
  timestamp: number,
): void {
  rows.decoded.exemplars.push({ row, labels, value, timestamp })
  rows.objects += EXEMPLAR_BYTES
  for (let i = 0; i < labels.length; i++) rows.objects += 2 * labels[i].length + 24
}

/** Exemplars from index `first` on are those of one histogram: they are put in order of time, as those of a series must be. */
export function sortExemplars({ decoded }: Rows, first: number): void {
  const { exemplars } = decoded
  if (exemplars.length - first < 2) return
  const sorted = exemplars.slice(first).sort((a, b) => a.timestamp - b.timestamp)
  for (let i = 0; i < sorted.length; i++) exemplars[first + i] = sorted[i]
}

function resizeColumns(rows: Rows, length: number, kept: number): void {
  const { decoded } = rows
  decoded.values = resized(decoded.values, new Float64Array(length), kept)
  decoded.timestamps = resized(decoded.timestamps, new Float64Array(length), kept)
  decoded.starts = resized(decoded.starts, new Float64Array(length), kept)
  decoded.family = resized(decoded.family, new Uint32Array(length), kept)
  rows.ends = resized(rows.ends, new Uint32Array(length), kept)
}

function resized<C extends Uint32Array | Float64Array>(column: C, other: C, kept: number): C {
  if (kept > 0) other.set(column.subarray(0, kept))
  return other
}
