/**
 * Decodes bodies of the text formats as a whole into rows. Only for settings where lines can't be compared as they came: classic
 * histograms are to be converted. Lines are read by the lexer, so that the same bodies are accepted as ever.
 *
 * Within a family of type histogram, `_bucket`, `_count` and `_sum` with the same labels make one histogram, in whatever order they
 * come. One that can't be converted stays as it is.
 */

import { NEWLINE } from './bytes.ts'
import type { Growth } from './column-growth.ts'
import {
  createCursor,
  FAMILY_COUNTER,
  FAMILY_HISTOGRAM,
  FAMILY_SUMMARY,
  FAMILY_UNKNOWN,
  type Format,
  LINE_END,
  LINE_ERROR,
  LINE_HELP,
  LINE_SAMPLE,
  LINE_TYPE,
  LINE_UNIT,
  reset,
} from './cursor.ts'
import {
  beginGroups,
  createGroups,
  groupGrowthOf,
  groupOf,
  NO_GROUP,
  placeRow,
  ROW_BUCKET,
  ROW_COUNT,
  ROW_CREATED,
  ROW_PLAIN,
  ROW_SUM,
} from './decode-groups.ts'
import {
  addRow,
  beginFamily,
  clearRows,
  createRows,
  growthOf,
  isOversized,
  reserveLine,
  restRows,
} from './decode-rows.ts'
import {
  copyOneLine,
  createSeriesParts,
  findLabel,
  sortLabels,
  startsWith,
  takeApart,
  writeSeries,
} from './decode-series.ts'
import { finishGroups } from './decode-settle.ts'
import type { Decoded, DecodedFamily, DecodeFailure, DecodeOptions, Decoder } from './decoded.ts'
import { familyName, helpText } from './labels.ts'
import { nextLine } from './lexer.ts'
import { readNumber, scanned } from './number.ts'
import { decodeUtf8 } from './strings.ts'

/** Lines read, or rows settled, in one step: a few ms. */
const STEP_LINES = 2_500
/** Long lines count for several. */
const LINE_BYTES = 512

const encoder = new TextEncoder()
const LE = encoder.encode('le')
const QUANTILE = encoder.encode('quantile')
const NO_BYTES = encoder.encode('')

/** What stands behind the family's name in names of its series, and what such a series is to its histogram. */
const HISTOGRAM_SUFFIXES: readonly (readonly [suffix: Uint8Array, kind: number])[] = [
  [encoder.encode('_bucket'), ROW_BUCKET],
  [encoder.encode('_count'), ROW_COUNT],
  [encoder.encode('_sum'), ROW_SUM],
]
const CREATED = encoder.encode('_created')
const OTHER_SUFFIXES: readonly Uint8Array[] = ['', '_total', '_count', '_sum'].map((suffix) => encoder.encode(suffix))

export function createTextDecoder(format: Format, options: DecodeOptions): Decoder {
  const openmetrics = format === 'openmetrics'
  const cursor = createCursor(format)
  const rows = createRows()
  const { decoded } = rows
  const groups = createGroups(rows, options)
  const parts = createSeriesParts()
  let base = new Uint8Array(256)
  /** The last TYPE line: where its name stands, and what it says. */
  let typeFrom = 0
  let typeTo = 0
  let type = FAMILY_UNKNOWN
  /** The last line was one about a family. */
  let described = false
  let samples = 0
  let finishing = false
  let ended = false
  let failure: DecodeFailure | undefined
  let growth: Growth | undefined

  function begin(bytes: Uint8Array, length: number): void {
    reset(cursor, bytes, length)
    clearRows(rows)
    beginGroups(groups)
    typeFrom = typeTo = 0
    type = FAMILY_UNKNOWN
    described = finishing = ended = false
    samples = 0
    failure = undefined
    growth = undefined
  }

  function step(): boolean {
    for (let left = STEP_LINES; left > 0; left--) {
      if (finishing) {
        const finished = finishGroups(groups, cursor.bytes, left)
        if (finished === false) return false
        if (finished !== true) return fail(finished)
        finishing = false
        if (ended) return true
        beginGroups(groups)
      }
      growth ??= growthOf(rows) ?? groupGrowthOf(groups)
      if (growth !== undefined) {
        if (!growth()) return false
        growth = undefined
        continue
      }
      const from = cursor.pos
      const kind = nextLine(cursor)
      left -= Math.floor((cursor.pos - from) / LINE_BYTES)
      if (kind === LINE_SAMPLE) {
        described = false
        addSample()
        if (isOversized(rows)) return fail({ error: 'the decoded body takes too much memory', reason: 'parse' })
      } else if (kind === LINE_ERROR) {
        return fail({ error: cursor.error, reason: 'parse' })
      } else if (kind === LINE_END) {
        ended = finishing = true
      } else if (kind === LINE_TYPE || kind === LINE_HELP || kind === LINE_UNIT) {
        describe(kind)
      }
    }
    return false
  }

  /** What stands between two samples is about the series to come; when it names several families, the last one counts. */
  function describe(kind: number): void {
    const { families } = decoded
    const name = familyName(cursor)
    if (!described || families[families.length - 1].name !== name) {
      if (described) families.pop()
      beginFamily(rows, { name, type: FAMILY_UNKNOWN, help: '', unit: '' })
    }
    described = true
    const family = families[families.length - 1] as { -readonly [K in keyof DecodedFamily]: DecodedFamily[K] }
    if (kind === LINE_HELP) family.help = helpText(cursor)
    else if (kind === LINE_UNIT) family.unit = decodeUtf8(cursor.bytes, cursor.textStart, cursor.textEnd) ?? ''
    else {
      family.type = type = cursor.familyType
      typeFrom = cursor.nameStart
      typeTo = cursor.nameEnd
      // Histograms end where another TYPE line begins, though it be one of the same family.
      finishing = true
    }
  }

  function addSample(): void {
    const { bytes, seriesStart, seriesEnd, exemplarStart, exemplarEnd, value, timestamp } = cursor
    samples++
    const grouped = type === FAMILY_HISTOGRAM || (openmetrics && (type === FAMILY_COUNTER || type === FAMILY_SUMMARY))
    // Every byte may be a newline that becomes two.
    reserveLine(rows, 2 * (seriesEnd - seriesStart) + 1)
    const { lines, length } = decoded
    const end = copyOneLine(bytes, seriesStart, seriesEnd, lines, length)
    lines[end] = NEWLINE
    addRow(rows, end + 1, value, timestamp, Number.NaN)
    if (grouped) {
      placeGrouped()
      return
    }
    placeRow(groups, NO_GROUP, ROW_PLAIN, 0, exemplarStart, exemplarEnd)
  }

  /** Finds out what the row just added is to which histogram, counter or summary. */
  function placeGrouped(): void {
    const { bytes, seriesStart, seriesEnd, exemplarStart, exemplarEnd } = cursor
    takeApart(parts, bytes, seriesStart, seriesEnd)
    sortLabels(parts)
    const baseTo = parts.nameFrom + typeTo - typeFrom
    let kind = isOfType(baseTo) ? kindOf(baseTo) : -1
    const left = type === FAMILY_COUNTER ? -1 : findLabel(parts, type === FAMILY_HISTOGRAM ? LE : QUANTILE)
    if (kind === ROW_BUCKET && !readBound(left)) kind = -1
    if (kind < 0) {
      placeRow(groups, NO_GROUP, ROW_PLAIN, 0, exemplarStart, exemplarEnd)
      return
    }
    const needed = 2 * (seriesEnd - seriesStart) + 8
    if (base.length < needed) base = new Uint8Array(2 * needed)
    const bound = kind === ROW_BUCKET ? scanned[0] : 0
    const length = writeSeries(parts, baseTo, left, base, 0)
    const group = groupOf(groups, base, length, type === FAMILY_HISTOGRAM)
    placeRow(groups, group, kind, bound, exemplarStart, exemplarEnd)
  }

  /** Whether the metric name begins with the name of the family, which would end at `baseTo`. */
  function isOfType(baseTo: number): boolean {
    const { bytes, nameFrom, nameTo } = parts
    if (baseTo > nameTo) return false
    for (let i = nameFrom, k = typeFrom; i < baseTo; i++, k++) if (bytes[i] !== bytes[k]) return false
    return true
  }

  /** By what stands behind the family's name; -1: it is none of the family's series. */
  function kindOf(baseTo: number): number {
    if (openmetrics && isSuffix(baseTo, CREATED)) return ROW_CREATED
    if (type !== FAMILY_HISTOGRAM) return OTHER_SUFFIXES.some((suffix) => isSuffix(baseTo, suffix)) ? ROW_PLAIN : -1
    for (const [suffix, kind] of HISTOGRAM_SUFFIXES) if (isSuffix(baseTo, suffix)) return kind
    return -1
  }

  function isSuffix(from: number, suffix: Uint8Array): boolean {
    return parts.nameTo - from === suffix.length && startsWith(parts.bytes, from, suffix)
  }

  /** Reads the bound of a bucket into `scanned[0]`. */
  function readBound(label: number): boolean {
    if (label < 0) return false
    const { bytes, positions } = parts
    return readNumber(bytes, positions[4 * label + 2], positions[4 * label + 3]) && !Number.isNaN(scanned[0])
  }

  function fail({ error, reason }: Pick<DecodeFailure, 'error' | 'reason'>): true {
    failure = { error, reason, scraped: samples }
    return true
  }

  function result(): Decoded | DecodeFailure {
    // The body is somebody else's from now on.
    reset(cursor, NO_BYTES, 0)
    return failure ?? decoded
  }

  return { begin, step, result, rest: () => restRows(rows) }
}
