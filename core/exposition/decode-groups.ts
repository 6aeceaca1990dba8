/** The rows of one family of the text formats while it is read, by the histogram, summary or counter that they are of. */
import type { Histogram } from '../histograms/histogram.ts'
import { type Column, type Growth, growColumns } from './column-growth.ts'
import { type HistogramRules, histogramRules } from './decode-histograms.ts'
import type { Rows } from './decode-rows.ts'
import type { DecodeOptions } from './decoded.ts'
import { decodeUtf8 } from './strings.ts'

/** What a row is to its group. */
export const ROW_PLAIN = 0
export const ROW_BUCKET = 1
export const ROW_COUNT = 2
export const ROW_SUM = 3
/** Its value is when counting began. */
export const ROW_CREATED = 4

/** The group of rows that are of none. */
export const NO_GROUP = -1

/** Columns are by row, counted from the family's first one; all grow together. */
export interface Groups {
  readonly rows: Rows
  readonly convert: boolean
  readonly keepClassic: boolean
  readonly leaveOutCreated: boolean
  readonly rules: HistogramRules
  /** The family's first row. */
  first: number
  length: number
  group: Int32Array<ArrayBuffer>
  kind: Uint8Array<ArrayBuffer>
  /** Of buckets: `le`. */
  bound: Float64Array<ArrayBuffer>
  /** The row behind it in its group, or -1. */
  next: Int32Array<ArrayBuffer>
  exemplarStart: Uint32Array<ArrayBuffer>
  exemplarEnd: Uint32Array<ArrayBuffer>
  found: Group[]
  /** Those whose histograms have rows behind the family's others, in that order. */
  converted: Group[]
  /** Group of each histogram by its series. */
  readonly byBase: Map<string, number>
  /** The series of groups, one after the other. */
  bases: Uint8Array<ArrayBuffer>
  basesLength: number
  converting: boolean
  /** Where the end of the family stands: the next group or row, where rows and lines go. */
  at: number
  to: number
  toLine: number
}

export interface Group {
  readonly baseFrom: number
  readonly baseTo: number
  head: number
  tail: number
  /** NaN when it isn't known. */
  start: number
  timestamp: number
  /** The row of the converted histogram, before rows move; -1: none. */
  row: number
  histogram: Histogram | undefined
}

export function createGroups(rows: Rows, options: DecodeOptions): Groups {
  return {
    rows,
    convert: options.convertClassic,
    keepClassic: options.classicHistograms,
    leaveOutCreated: options.leaveOutCreated,
    rules: histogramRules(options),
    first: 0,
    length: 0,
    group: new Int32Array(64),
    kind: new Uint8Array(64),
    bound: new Float64Array(64),
    next: new Int32Array(64),
    exemplarStart: new Uint32Array(64),
    exemplarEnd: new Uint32Array(64),
    found: [],
    converted: [],
    byBase: new Map(),
    bases: new Uint8Array(256),
    basesLength: 0,
    converting: false,
    at: 0,
    to: 0,
    toLine: 0,
  }
}

/** Rows added to `rows` from now on are of another family. */
export function beginGroups(groups: Groups): void {
  groups.first = groups.rows.decoded.count
  groups.length = 0
  groups.found = []
  groups.converted = []
  groups.byBase.clear()
  groups.basesLength = 0
  groups.converting = true
  groups.at = 0
}

/**
 * The group with the series in `base[0..length)`: the last one, or, when `anywhere`, any of the family that has it; a new one
 * otherwise.
 */
export function groupOf(groups: Groups, base: Uint8Array, length: number, anywhere: boolean): number {
  const { found } = groups
  const last = found.length - 1
  if (last >= 0 && isBase(groups, found[last], base, length)) return last
  const key = anywhere ? (decodeUtf8(base, 0, length) ?? '') : ''
  if (anywhere) {
    const known = groups.byBase.get(key)
    if (known !== undefined) return known
    groups.byBase.set(key, found.length)
  }
  const baseFrom = groups.basesLength
  const baseTo = baseFrom + length
  if (baseTo > groups.bases.length) {
    const longer = new Uint8Array(2 * baseTo)
    longer.set(groups.bases)
    groups.bases = longer
  }
  groups.bases.set(base.subarray(0, length), baseFrom)
  groups.basesLength = baseTo
  const start = Number.NaN
  found.push({ baseFrom, baseTo, head: -1, tail: -1, start, timestamp: Number.NaN, row: -1, histogram: undefined })
  groups.rows.objects += GROUP_BYTES + 2 * length
  return found.length - 1
}

const GROUP_BYTES = 250
/** Columns shorter than this are copied at once when they grow. */
const LARGE_ROWS = 256 * 1024

function isBase({ bases }: Groups, { baseFrom, baseTo }: Group, base: Uint8Array, length: number): boolean {
  if (baseTo - baseFrom !== length) return false
  for (let i = 0; i < length; i++) if (bases[baseFrom + i] !== base[i]) return false
  return true
}

/** Says of the row just added what it is; `group` -1: of none. Exemplar positions are 0 when it has none. */
export function placeRow(
  groups: Groups,
  group: number,
  kind: number,
  bound: number,
  exemplarStart: number,
  exemplarEnd: number,
): void {
  const at = groups.length++
  // Long ones have grown before (groupGrowthOf).
  if (at === groups.group.length) for (const grow = columnGrowth(groups); !grow(); );
  groups.group[at] = group
  groups.kind[at] = kind
  groups.bound[at] = bound
  groups.next[at] = -1
  groups.exemplarStart[at] = exemplarStart
  groups.exemplarEnd[at] = exemplarEnd
  if (group === NO_GROUP) return
  const place = groups.found[group]
  if (place.tail < 0) place.head = at
  else groups.next[place.tail] = at
  place.tail = at
  const { decoded } = groups.rows
  const row = decoded.count - 1
  if (kind === ROW_CREATED) place.start = Math.trunc(decoded.values[row] * 1000) || Number.NaN
  else place.timestamp = decoded.timestamps[row]
}

/** As `growthOf` of rows: what is known of them grows in slices as well. */
export function groupGrowthOf(groups: Groups): Growth | undefined {
  return groups.length < LARGE_ROWS || groups.length < groups.group.length ? undefined : columnGrowth(groups)
}

function columnGrowth(groups: Groups): Growth {
  const length = 2 * groups.group.length
  const { group, kind, bound, next, exemplarStart, exemplarEnd } = groups
  const longer = {
    group: new Int32Array(length),
    kind: new Uint8Array(length),
    bound: new Float64Array(length),
    next: new Int32Array(length),
    exemplarStart: new Uint32Array(length),
    exemplarEnd: new Uint32Array(length),
  }
  const from: readonly Column[] = [group, kind, bound, next, exemplarStart, exemplarEnd]
  return growColumns<Column>(from, Object.values(longer), () => Object.assign(groups, longer))
}
