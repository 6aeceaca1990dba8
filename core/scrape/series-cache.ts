/**
 * The series cache of one target: knows the body of the last good scrape and what its lines were, so that the next body
 * is compared instead of parsed. Owns the table of lines, the slots, and the columns of the batch; never fetches, never
 * reads a clock, never decides what to do about a failure.
 *
 * An update either takes a whole body over or leaves everything as it was (a scrape is all or nothing):
 *   diff.ts      walks over the two bodies in equal runs and edits the table in place where lines differ;
 *   rebuild.ts   reads the body line by line with a look-up each: the first scrape, and bodies that differ too much;
 *   admission.ts turns the bytes of a series not seen before into labels, once.
 * Staleness needs no second table: a slot whose count of lines fell to zero has vanished.
 */
import { NEWLINE, skipBlanks } from '../exposition/bytes.ts'
import { createCursor, type Format, type LineCursor } from '../exposition/lexer.ts'
import type { Labels } from '../labels/labels.ts'
import { type Batch, NO_SLOT, type SeriesSource } from '../series/batch.ts'
import { type AdmissionRules, labelsOfSeries } from './admission.ts'
import type { Bodies, Body, KeptBody } from './bodies.ts'
import { createColumns } from './columns.ts'
import { beginDiff, type DiffWalk, stepDiff } from './diff.ts'
import { clearLines, createLines, type Lines } from './lines.ts'
import { beginRebuild, type RebuildWalk, stepRebuild } from './rebuild.ts'
import { createSlots } from './slots.ts'
import { dropLine, isTracked, type Table, type UpdateFailure } from './table.ts'

/** What an update came to. `scraped` counts the samples of the body, up to the error when there is one. */
export interface UpdateOutcome {
  readonly failure: UpdateFailure | undefined
  readonly scraped: number
  /** Series not seen before, 0 after a failure. */
  readonly added: number
  readonly duplicates: number
}

export interface SeriesCacheOptions {
  /** For logs and metrics. */
  readonly name: string
  /** Labels of the report series, in the order of their values: these are slots 1, 2, …. */
  readonly reports: readonly Labels[]
  readonly admission: AdmissionRules
  /** 0 is no limit. */
  readonly sampleLimit: number
  readonly honorTimestamps: boolean
  readonly trackTimestampsStaleness: boolean
  readonly hashSeed: number
}

export interface SeriesCache {
  readonly source: SeriesSource
  /**
   * Begins to take over a body, which belongs to the cache from here on; one of length 0 has no series. `packed`: the same
   * as gzip, when it came so.
   */
  begin(body: Body, format: Format, packed?: Uint8Array): void
  /** Works for some milliseconds; false as long as there is more to do. */
  step(): boolean
  /** How the update ended, to be asked once after `step` returned true; after a failure the table is as before. */
  finish(): UpdateOutcome
  /** The batch of a good scrape: report series, lines, and markers for what vanished. */
  batch(timestamp: number, reports: readonly number[], latestAllowed: number): Batch
  /** The batch of a failed scrape: report series, and markers for every series that was live. */
  failedBatch(timestamp: number, reports: readonly number[]): Batch
  /** Markers for everything, report series included, for a target that is gone; undefined when nothing was ever sent. */
  endBatch(timestamp: number): Batch | undefined
  /** The batch has been appended everywhere: slots of vanished series are free again. */
  settle(): void
  /** Samples that the last batch left out because their own timestamps lie too far in the future. */
  readonly outOfBounds: number
  /** Series in the last good body. */
  readonly size: number
  setSampleLimit(limit: number): void
  close(): void
}

/** After a body that differed too much for edits, so many are rebuilt at once before edits are tried again. */
const REBUILDS_IN_A_ROW = 3

type Phase = { kind: 'idle' } | { kind: 'diff'; walk: DiffWalk } | { kind: 'rebuild' | 'undo'; walk: RebuildWalk }

const IDLE: Phase = { kind: 'idle' }

export function createSeriesCache(options: SeriesCacheOptions, bodies: Bodies): SeriesCache {
  const reportCount = options.reports.length
  const slots = createSlots(reportCount + 1, options.hashSeed)
  const table: Table = {
    slots,
    rules: options.admission,
    honorTimestamps: options.honorTimestamps,
    trackTimestampsStaleness: options.trackTimestampsStaleness,
    sampleLimit: options.sampleLimit,
    fresh: new Set(),
    lost: new Map(),
    format: 'text',
    lines: createLines(reportCount),
    body: undefined,
    edited: false,
    changed: false,
    failure: undefined,
  }
  const columns = createColumns()
  let cursor: LineCursor = createCursor(table.format)
  /** Of the kept body, should the next one fail. */
  let formatBefore: Format = table.format
  let phase: Phase = IDLE
  let next: Body | undefined
  /** Of the next body, and of table.body. */
  let nextPacked: Uint8Array | undefined
  let packed: Uint8Array | undefined
  /** The last good body while no update or batch is under way; table.body is the same, opened. */
  let kept: KeptBody | undefined
  let rebuildsLeft = 0
  /** Report series were sent; and the series of the table were, and are not marked stale. */
  let reported = false
  let live = false
  let positions: Positions | undefined

  const source: SeriesSource = {
    name: options.name,
    version: 0,
    get generations() {
      return slots.generations
    },
    labels(slot) {
      if (slot <= reportCount) return options.reports[slot - 1]
      return labelsFromBody(slot)
    },
  }

  /** Parsed from the kept body each time: nobody asks twice but for new relabel rules or a new receiver. */
  function labelsFromBody(slot: number): Labels | undefined {
    openBody()
    if (table.body === undefined) return undefined
    positions ??= positionsOf(table.lines, slots.generations.length)
    const row = positions.row[slot]
    if (row === 0) return undefined
    const end = positions.start[slot] + table.lines.series[row - 1]
    // A line may begin with blanks, which are not part of the series.
    const start = skipBlanks(table.body.bytes, positions.start[slot], end)
    return labelsOfSeries(table.rules, table.body.bytes, start, end, table.format, table.lines.family[row - 1])
  }

  function openBody(): void {
    if (kept === undefined) return
    table.body = bodies.open(kept)
    kept = undefined
  }

  function begin(body: Body, newFormat: Format, gzip?: Uint8Array): void {
    openBody()
    next = body
    nextPacked = gzip
    positions = undefined
    table.changed = false
    table.edited = false
    table.failure = undefined
    formatBefore = table.format
    if (newFormat !== table.format) {
      setFormat(newFormat)
      rebuildsLeft = Math.max(rebuildsLeft, 1)
    }
    if (body.length === 0) return
    if (body.bytes[body.length - 1] !== NEWLINE) body.bytes[body.length++] = NEWLINE
    if (table.body === undefined || table.body.length === 0 || rebuildsLeft > 0) {
      if (rebuildsLeft > 0) rebuildsLeft--
      phase = { kind: 'rebuild', walk: beginRebuild(table, cursor, body, table.sampleLimit) }
    } else {
      phase = { kind: 'diff', walk: beginDiff(table, cursor, body) }
    }
  }

  function setFormat(format: Format): void {
    table.format = format
    cursor = createCursor(format)
  }

  function step(): boolean {
    if (phase.kind === 'idle') return true
    if (phase.kind === 'diff') {
      const state = stepDiff(phase.walk)
      if (state === 'more') return false
      phase = IDLE
      if (state === 'done') return true
      if (state === 'failed') return beginUndo()
      rebuildsLeft = REBUILDS_IN_A_ROW
      phase = { kind: 'rebuild', walk: beginRebuild(table, cursor, next as Body, table.sampleLimit) }
      return false
    }
    if (!stepRebuild(phase.walk)) return false
    const { kind } = phase
    phase = IDLE
    return kind === 'rebuild' && table.failure !== undefined ? beginUndo() : true
  }

  /** Edits of a failed update are undone by reading the kept body again, which is known to be good. */
  function beginUndo(): boolean {
    if (!table.edited) return true
    phase = { kind: 'undo', walk: beginRebuild(table, cursor, table.body as Body, 0) }
    return false
  }

  function finish(): UpdateOutcome {
    const body = next as Body
    next = undefined
    const { failure } = table
    if (failure !== undefined) {
      for (const slot of table.fresh) if (slots.lines[slot] === 0) slots.free(slot)
      table.fresh.clear()
      table.lost.clear()
      if (formatBefore !== table.format) setFormat(formatBefore)
      bodies.release(body)
      return { failure, scraped: failure.scraped, added: 0, duplicates: 0 }
    }
    if (body.length === 0) dropAllLines()
    if (table.body !== undefined) bodies.release(table.body)
    table.body = body
    packed = nextPacked
    const { lines } = table
    return { failure, scraped: lines.count - lines.first, added: table.fresh.size, duplicates: lines.duplicates }
  }

  function dropAllLines(): void {
    const { lines } = table
    if (lines.count === lines.first) return
    for (let row = lines.first; row < lines.count; row++) dropLine(table, lines, row)
    clearLines(lines)
    table.changed = true
  }

  function batch(timestamp: number, reports: readonly number[], latestAllowed: number): Batch {
    const markers: number[] = []
    // What was marked stale when a scrape failed is not marked again.
    if (live) for (const [slot, tracked] of table.lost) if (tracked && slots.lines[slot] === 0) markers.push(slot)
    live = true
    reported = true
    return columns.compose(table.lines, table.changed, timestamp, reports, markers, latestAllowed)
  }

  function failedBatch(timestamp: number, reports: readonly number[]): Batch {
    const markers = live ? trackedSlots() : []
    live = false
    reported = true
    return columns.composeMarkers(timestamp, reports, markers)
  }

  function endBatch(timestamp: number): Batch | undefined {
    if (!reported) return undefined
    const markers = live ? trackedSlots() : []
    for (let slot = 1; slot <= reportCount; slot++) markers.push(slot)
    live = false
    reported = false
    return columns.composeMarkers(timestamp, [], markers)
  }

  function trackedSlots(): number[] {
    const tracked = new Set<number>()
    const { lines } = table
    for (let row = lines.first; row < lines.count; row++) {
      if (lines.slot[row] !== NO_SLOT && isTracked(table, lines, row)) tracked.add(lines.slot[row])
    }
    return [...tracked]
  }

  function settle(): void {
    for (const slot of table.lost.keys()) if (slots.lines[slot] === 0) slots.free(slot)
    table.lost.clear()
    table.fresh.clear()
    table.changed = false
    positions = undefined
    if (table.body === undefined) return
    kept = bodies.keep(table.body, packed)
    table.body = undefined
  }

  return {
    source,
    begin,
    step,
    finish,
    batch,
    failedBatch,
    endBatch,
    settle,
    get outOfBounds() {
      return columns.outOfBounds
    },
    get size() {
      return slots.size
    },
    setSampleLimit(limit) {
      table.sampleLimit = limit
    },
    close() {
      if (kept !== undefined) bodies.forget(kept)
      if (table.body !== undefined) bodies.release(table.body)
      kept = undefined
      table.body = undefined
    },
  }
}

/** By slot: the row of its first line plus 1 (0: it has none), and where its series begins in the kept body. */
interface Positions {
  readonly row: Uint32Array
  readonly start: Uint32Array
}

function positionsOf(lines: Lines, slotCount: number): Positions {
  const row = new Uint32Array(slotCount)
  const start = new Uint32Array(slotCount)
  let at = 0
  for (let i = lines.first; i < lines.count; i++) {
    at += lines.lead[i]
    const slot = lines.slot[i]
    if (row[slot] === 0) {
      row[slot] = i + 1
      start[slot] = at
    }
    at += lines.length[i]
  }
  return { row, start }
}
