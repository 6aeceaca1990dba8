/**
 * When the counters, summaries and histograms of OpenMetrics began to count: `_created` series say it for those beside them, with the
 * same labels but `le` and `quantile`. Which row speaks for which is worked out when the rows change; the moments
 * themselves are read from the values at each scrape.
 */
import { BACKSLASH, CLASS, CLOSE_BRACE, COMMA, EQUALS, NAME, OPEN_BRACE, QUOTE, SPACE } from '../exposition/bytes.ts'
import { FAMILY_COUNTER, FAMILY_HISTOGRAM, FAMILY_SUMMARY } from '../exposition/lexer.ts'
import { hashBytes } from '../hash/murmur.ts'
import { NO_SLOT } from '../series/batch.ts'
import type { Body } from './bodies.ts'
import { typeOf } from './families.ts'
import { type Lines, setStart } from './lines.ts'

/** By row: the row of the `_created` series that speaks for it, plus 1; 0 for none. Such a row speaks for itself. */
export type Speakers = Uint32Array

export interface SpeakerWalk {
  readonly lines: Lines
  readonly body: Body
  /** By what the series of one metric have in common. */
  readonly created: Map<number, number>
  readonly speakers: Speakers
  finding: boolean
  row: number
  at: number
}

/** Rows looked at before the event loop gets a turn: some 4 ms. */
const SLICE_ROWS = 20_000
const SECOND_SEED = 0x9e3779b9

export function beginSpeakers(lines: Lines, body: Body): SpeakerWalk {
  const speakers = new Uint32Array(lines.count)
  return { lines, body, created: new Map(), speakers, finding: true, row: lines.first, at: 0 }
}

/** False as long as there is more. First the `_created` series are found, then those that they speak for. */
export function stepSpeakers(walk: SpeakerWalk): boolean {
  const { lines, body, created, speakers, finding } = walk
  const end = Math.min(lines.count, walk.row + SLICE_ROWS)
  let { row, at } = walk
  for (; row < end; row++) {
    const start = at + lines.lead[row]
    const mayHave = COUNTS_FROM.has(typeOf(lines.family[row]))
    if (mayHave && nameOf(body.bytes, start, start + lines.series[row])) {
      const isCreated = endsIn(body.bytes, CREATED)
      if (finding === isCreated) {
        const key = keyOf(body.bytes, start, start + lines.series[row], typeOf(lines.family[row]))
        if (finding) {
          created.set(key, row)
          speakers[row] = row + 1
        } else {
          speakers[row] = (created.get(key) ?? -1) + 1
        }
      }
    }
    at = start + lines.length[row]
  }
  walk.row = row
  walk.at = at
  if (row < lines.count) return false
  if (!finding || created.size === 0) return true
  walk.finding = false
  walk.row = lines.first
  walk.at = 0
  return false
}

/** Reads off when each row began to count, in ms. */
export function readStarts(lines: Lines, speakers: Speakers): void {
  for (let row = lines.first; row < lines.count; row++) {
    const speaker = speakers[row] - 1
    const start = speaker < 0 || speaker === row ? Number.NaN : Math.trunc(lines.value[speaker] * 1000)
    setStart(lines, row, start > 0 && start <= Number.MAX_SAFE_INTEGER ? start : Number.NaN)
  }
}

const COUNTS_FROM: ReadonlySet<number> = new Set([FAMILY_COUNTER, FAMILY_SUMMARY, FAMILY_HISTOGRAM])
const encoder = new TextEncoder()
const CREATED = encoder.encode('_created')
const SUFFIXES: ReadonlyMap<number, readonly Uint8Array[]> = new Map(
  [
    [FAMILY_COUNTER, ['_total']],
    [FAMILY_SUMMARY, ['_count', '_sum']],
    [FAMILY_HISTOGRAM, ['_bucket', '_count', '_sum']],
  ].map(([type, names]) => [type as number, (names as string[]).map((name) => encoder.encode(name))]),
)

/** Where the name that `nameOf` found last stands, and what follows it. */
const name = { start: 0, end: 0 }

/** Finds the name of a series, bare or quoted inside the braces. */
function nameOf(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start
  while (i < end && (CLASS[bytes[i]] & NAME) !== 0) i++
  if (i > start) {
    name.start = start
    name.end = i
    return true
  }
  for (const item = itemsFrom(bytes, i, end); nextItem(item); ) {
    if (item.value) continue
    name.start = item.start + 1
    name.end = item.end - 1
    return true
  }
  return false
}

function endsIn(bytes: Uint8Array, suffix: Uint8Array): boolean {
  const from = name.end - suffix.length
  if (from <= name.start) return false
  for (let i = 0; i < suffix.length; i++) if (bytes[from + i] !== suffix[i]) return false
  return true
}

/** What the series of one metric have in common: the family's name, and labels but `le` and `quantile` in any order. Of the name found last. */
function keyOf(bytes: Uint8Array, start: number, end: number, type: number): number {
  const suffix = [CREATED, ...(SUFFIXES.get(type) ?? [])].find((one) => endsIn(bytes, one))
  const base = name.end - (suffix?.length ?? 0)
  let low = hashBytes(bytes, name.start, base, 0)
  let high = hashBytes(bytes, name.start, base, SECOND_SEED)
  let i = start
  while (i < end && (CLASS[bytes[i]] & NAME) !== 0) i++
  for (const item = itemsFrom(bytes, i, end); nextItem(item); ) {
    if (!item.value || isBound(bytes, item.start, item.end)) continue
    low = (low + hashBytes(bytes, item.start, item.end, 1)) >>> 0
    high = (high + hashBytes(bytes, item.start, item.end, SECOND_SEED ^ 1)) >>> 0
  }
  return (high & 0x1fffff) * 0x100000000 + low
}

/** `le="…"` or `quantile="…"` */
function isBound(bytes: Uint8Array, start: number, end: number): boolean {
  const length = bytes.subarray(start, end).indexOf(EQUALS)
  const text = length === 2 ? 'le' : length === 8 ? 'quantile' : ''
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false
  return text !== ''
}

interface Items {
  readonly bytes: Uint8Array
  readonly stop: number
  at: number
  start: number
  end: number
  /** It is a label, not the quoted name. */
  value: boolean
}

/** What stands between the braces that open at `i` or behind; the lexer has accepted it. */
function itemsFrom(bytes: Uint8Array, i: number, end: number): Items {
  const open = bytes.subarray(i, end).indexOf(OPEN_BRACE)
  return { bytes, stop: end, at: open < 0 ? end : i + open + 1, start: 0, end: 0, value: false }
}

function nextItem(item: Items): boolean {
  const { bytes, stop } = item
  let i = item.at
  while (i < stop && (bytes[i] === COMMA || bytes[i] === SPACE)) i++
  if (i >= stop || bytes[i] === CLOSE_BRACE) return false
  item.start = i
  item.value = false
  for (let quoted = false; i < stop; i++) {
    const byte = bytes[i]
    if (quoted && byte === BACKSLASH) i++
    else if (byte === QUOTE) quoted = !quoted
    else if (!quoted && (byte === COMMA || byte === CLOSE_BRACE)) break
    else if (!quoted && byte === EQUALS) item.value = true
  }
  item.end = i
  item.at = i
  return true
}

/** Rows, one of a slot, that began to count after `after` and before their own sample, which is of `timestamp` unless it says. */
export function zeroRows(lines: Lines, after: number, timestamp: number): readonly number[] {
  const { start, slot, first, count } = lines
  const rows: number[] = []
  if (start === undefined) return rows
  const seen = new Set<number>([NO_SLOT])
  for (let row = first; row < count; row++) {
    const own = lines.timestamp === undefined ? Number.NaN : lines.timestamp[row]
    const before = Number.isNaN(own) ? timestamp : own
    if (!(start[row] > after && start[row] < before) || seen.has(slot[row])) continue
    seen.add(slot[row])
    rows.push(row)
  }
  return rows
}
