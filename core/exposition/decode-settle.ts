/**
 * The end of a family of the text formats: its classic histograms are converted, start times find the series that they are about, and
 * rows that others stand for now leave.
 */
import {
  addClassicBucket,
  type ClassicHistogram,
  convertClassic,
  createClassic,
  resetClassic,
} from '../histograms/classic.ts'
import type { Histogram } from '../histograms/histogram.ts'
import { MAX_METRIC_BUCKETS } from '../limits.ts'
import { NEWLINE } from './bytes.ts'
import {
  type Group,
  type Groups,
  NO_GROUP,
  ROW_BUCKET,
  ROW_COUNT,
  ROW_CREATED,
  ROW_PLAIN,
  ROW_SUM,
} from './decode-groups.ts'
import { admitHistogram, type HistogramRefusal } from './decode-histograms.ts'
import { addExemplar, addRow, reserveLine, setHistogram, sortExemplars } from './decode-rows.ts'
import { exemplarLabels } from './labels.ts'
import { decodeUtf8 } from './strings.ts'

const classic: ClassicHistogram = createClassic()

/** What reading an exemplar costs, in settled rows. */
const EXEMPLAR_COST = 10

/**
 * Goes on with the end of a family, for about `rowsPerStep` rows. True when it is done; then `beginGroups` is due. The body is
 * needed for exemplars.
 */
export function finishGroups(groups: Groups, body: Uint8Array, rowsPerStep: number): boolean | HistogramRefusal {
  let left = rowsPerStep
  while (groups.converting) {
    if (groups.at === groups.found.length) {
      groups.converting = false
      groups.at = groups.to = groups.first
      groups.toLine = groups.first === 0 ? 0 : groups.rows.ends[groups.first - 1]
    } else {
      if (left <= 0) return false
      const used = convertGroup(groups, groups.at++)
      if (typeof used !== 'number') return used
      left -= used
    }
  }
  const { decoded } = groups.rows
  for (; groups.at < decoded.count; groups.at++) {
    if (left <= 0) return false
    left -= settleRow(groups, groups.at, body)
  }
  decoded.count = groups.to
  decoded.length = groups.toLine
  return true
}

/** Adds the row of the converted histogram behind the family's others. Returns how many rows this cost. */
function convertGroup(groups: Groups, index: number): number | HistogramRefusal {
  if (!groups.convert) return 1
  const group = groups.found[index]
  const { rows, kind, bound, next } = groups
  const { decoded } = rows
  let parts = 0
  let used = 1
  resetClassic(classic, false)
  for (let at = group.head; at >= 0 && classic.length <= MAX_METRIC_BUCKETS; at = next[at], used++) {
    const value = decoded.values[groups.first + at]
    if (kind[at] === ROW_BUCKET) addClassicBucket(classic, bound[at], value)
    else if (kind[at] === ROW_COUNT) classic.count = value
    else if (kind[at] === ROW_SUM) classic.sum = value
    if (kind[at] !== ROW_PLAIN && kind[at] !== ROW_CREATED) parts++
  }
  if (parts === 0) return used
  const histogram = classic.length > MAX_METRIC_BUCKETS ? undefined : convertClassic(classic)
  if (histogram === undefined) {
    decoded.unconverted++
    return used
  }
  const name = decodeUtf8(groups.bases, group.baseFrom, group.baseTo) ?? ''
  const admitted = admitHistogram(histogram, groups.rules, name)
  if ('error' in admitted) return admitted
  const length = group.baseTo - group.baseFrom
  reserveLine(rows, length + 1)
  const at = decoded.length
  decoded.lines.set(groups.bases.subarray(group.baseFrom, group.baseTo), at)
  decoded.lines[at + length] = NEWLINE
  group.row = decoded.count
  group.histogram = admitted
  groups.converted.push(group)
  const family = decoded.family[groups.first + group.head]
  addRow(rows, at + length + 1, Number.NaN, group.timestamp, group.start)
  decoded.family[group.row] = family
  return used
}

/**
 * Moves a row to its final place, or leaves it out because the histogram that it is a part of was converted. Returns how many
 * rows this cost.
 */
function settleRow(groups: Groups, row: number, body: Uint8Array): number {
  const { rows, first } = groups
  const { decoded, ends } = rows
  const at = row - first
  const own = at < groups.length
  const group = own ? groups.group[at] : NO_GROUP
  const of = group === NO_GROUP ? undefined : groups.found[group]
  const converted = of !== undefined && of.row >= 0 && groups.kind[at] !== ROW_PLAIN && groups.kind[at] !== ROW_CREATED
  const lineFrom = row === 0 ? 0 : ends[row - 1]
  const lineTo = ends[row]
  if (converted && !groups.keepClassic) return 1
  if (own && groups.leaveOutCreated && groups.kind[at] === ROW_CREATED) return 1
  const to = groups.to++
  if (to !== row) {
    decoded.values[to] = decoded.values[row]
    decoded.timestamps[to] = decoded.timestamps[row]
    decoded.starts[to] = decoded.starts[row]
    decoded.family[to] = decoded.family[row]
    decoded.lines.copyWithin(groups.toLine, lineFrom, lineTo)
  }
  groups.toLine += lineTo - lineFrom
  ends[to] = groups.toLine
  if (of !== undefined && groups.kind[at] !== ROW_CREATED) decoded.starts[to] = of.start
  if (!own) return settleHistogram(groups, groups.converted[at - groups.length], to, body)
  return converted ? 1 : 1 + takeExemplar(groups, at, to, body, false)
}

function settleHistogram(groups: Groups, group: Group, to: number, body: Uint8Array): number {
  const { rows } = groups
  const { exemplars } = rows.decoded
  const before = exemplars.length
  let cost = 1
  setHistogram(rows, to, group.histogram as Histogram)
  for (let at = group.head; at >= 0; at = groups.next[at]) cost += 1 + takeExemplar(groups, at, to, body, true)
  sortExemplars(rows, before)
  return cost
}

function takeExemplar(groups: Groups, at: number, row: number, body: Uint8Array, timed: boolean): number {
  const end = groups.exemplarEnd[at]
  if (end === 0) return 0
  const exemplar = exemplarLabels(body, groups.exemplarStart[at], end)
  // Labels that make no sense make no exemplar, and fail no scrape.
  if ('error' in exemplar || (timed && Number.isNaN(exemplar.timestamp))) return EXEMPLAR_COST
  addExemplar(groups.rows, row, exemplar.labels, exemplar.value, exemplar.timestamp)
  return EXEMPLAR_COST
}
