/**
 * The series cache of one target: knows the body of the last good scrape and what its lines were, so that the next body
 * is compared instead of parsed. Owns the table of lines, the slots, and the columns of the batch; never fetches, never
 * reads a clock, never decides what to do about a failure.
 *
 * An update (update.ts) either takes a whole body over or leaves everything as it was: a scrape is all or nothing. Staleness
 * needs no second table: a slot whose count of lines fell to zero has vanished.
 */
import type { Exposition } from '../exposition/content-type.ts'
import type { Decoder } from '../exposition/decoded.ts'
import type { Labels } from '../labels/labels.ts'
import { type Batch, NO_SLOT, type SeriesSource } from '../series/batch.ts'
import type { AdmissionRules } from './admission.ts'
import type { Bodies, Body, KeptBody } from './bodies.ts'
import { createColumns } from './columns.ts'
import { createExemplars } from './exemplars.ts'
import { createKeptSeries } from './kept-series.ts'
import { createLines } from './lines.ts'
import { createSlots } from './slots.ts'
import { readStarts, zeroRows } from './starts.ts'
import { isTracked, type Table, type UpdateFailure } from './table.ts'
import { createUpdate } from './update.ts'

/** What an update came to. `scraped` counts the samples of the body, up to the error when there is one. */
export interface UpdateOutcome {
  readonly failure: UpdateFailure | undefined
  readonly scraped: number
  /** Series not seen before, 0 after a failure. */
  readonly added: number
  readonly duplicates: number
  /** Classic histograms that were to be converted and could not be. */
  readonly unconverted: number
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
  /** Sources say what their families are. */
  readonly honorMetadata: boolean
  /** `_created` series become zeros where others began to count. */
  readonly startZeros: boolean
  /** A new decoder for bodies of this format; undefined for one that is read line by line. */
  readonly decoderOf: (format: Exposition) => Decoder | undefined
  readonly hashSeed: number
}

export interface SeriesCache {
  readonly source: SeriesSource
  /**
   * Begins to take over a body, which belongs to the cache from here on; one of length 0 has no series. `packed`: the same
   * as gzip, when it came so.
   */
  begin(body: Body, format: Exposition, packed?: Uint8Array): void
  /** Works for some milliseconds; false as long as there is more to do. */
  step(): boolean
  /** How the update ended, to be asked once after `step` returned true; after a failure the table is as before. */
  finish(): UpdateOutcome
  /** After it went well, before the batch of `timestamp`: works for some milliseconds; false as long as there is more to do. */
  judgeExemplars(timestamp: number): boolean
  /** Zeros for what began to count since the batch before, to go before `batch` of the same scrape; undefined when there are none. */
  zeroBatch(timestamp: number): Batch | undefined
  /** The batch of a good scrape: report series, lines, and markers for what vanished. */
  batch(timestamp: number, reports: readonly number[], latestAllowed: number): Batch
  /** The batch of a failed scrape: report series, and markers for every series that was live. */
  failedBatch(timestamp: number, reports: readonly number[]): Batch
  /** Markers for everything, report series included, for a target that is gone; undefined when nothing was ever sent. */
  endBatch(timestamp: number): Batch | undefined
  /** The batch has been appended everywhere: slots of vanished series become free. False as long as there are more of them. */
  settle(): boolean
  /** Samples that the last batch left out because their own timestamps lie too far in the future. */
  readonly outOfBounds: number
  /** Rows of the last batch that stand for no sample since they are zeros elsewhere. */
  readonly hidden: number
  /** Exemplars that the last batch left out. */
  readonly exemplars: { readonly outOfOrder: number; readonly tooLong: number }
  /** Series in the last good body. */
  readonly size: number
  setSampleLimit(limit: number): void
  close(): void
}

/** Slots given away before the event loop gets a turn: some 4 ms, since each is somewhere else in memory. */
const SLICE_FREED = 10_000

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
    marksBefore: new Map(),
    exemplars: createExemplars(options.hashSeed),
    format: 'text',
    lines: createLines(reportCount),
    body: undefined,
    seenCreated: false,
    edited: false,
    changed: false,
    failure: undefined,
  }
  const update = createUpdate(table, options.decoderOf)
  const keptSeries = createKeptSeries(table, openBody, update.decoded)
  const columns = createColumns()
  let next: Body | undefined
  /** Of the next body, and of table.body. */
  let nextPacked: Uint8Array | undefined
  let packed: Uint8Array | undefined
  /** The last good body while no update or batch is under way; table.body is the same, opened. */
  let kept: KeptBody | undefined
  /** Report series were sent; and the series of the table were, and are not marked stale. */
  let reported = false
  let live = false
  /** Slots of `_created` series when they are not to be sent. */
  const hidden = new Set<number>()
  /** Of the last batch. */
  let lastTimestamp = Number.NEGATIVE_INFINITY

  const source: SeriesSource = {
    name: options.name,
    version: 0,
    get generations() {
      return slots.generations
    },
    labels(slot) {
      if (slot <= reportCount) return options.reports[slot - 1]
      return keptSeries.labels(slot)
    },
    metadata(slot) {
      return slot <= reportCount || !options.honorMetadata ? undefined : keptSeries.metadata(slot)
    },
  }

  function openBody(): void {
    if (kept === undefined) return
    table.body = bodies.open(kept)
    kept = undefined
  }

  function begin(body: Body, exposition: Exposition, gzip?: Uint8Array): void {
    openBody()
    next = body
    nextPacked = gzip
    keptSeries.forget()
    update.begin(body, exposition)
  }

  function finish(): UpdateOutcome {
    const body = next as Body
    next = undefined
    const { failure } = table
    if (failure !== undefined) {
      for (const slot of table.fresh) if (slots.lines[slot] === 0) slots.free(slot)
      table.fresh.clear()
      table.lost.clear()
      table.marksBefore.clear()
      update.giveUp()
      bodies.release(body)
      return { failure, scraped: failure.scraped, added: 0, duplicates: 0, unconverted: 0 }
    }
    const { lines: decodedLines, unconverted } = update.finish()
    if (update.decoded() === undefined) {
      replaceBody(body, nextPacked)
    } else {
      bodies.release(body)
      if (decodedLines !== undefined) replaceBody(decodedLines, undefined)
    }
    const { lines } = table
    return {
      failure,
      scraped: lines.count - lines.first - takeStarts(),
      added: table.fresh.size,
      duplicates: lines.duplicates,
      unconverted,
    }
  }

  function replaceBody(body: Body, gzip: Uint8Array | undefined): void {
    if (table.body !== undefined) bodies.release(table.body)
    table.body = body
    packed = gzip
  }

  /** How many lines are no samples since they say when others began. */
  function takeStarts(): number {
    const { lines } = table
    const speakers = update.speakers()
    // Those that are there no more are still needed: nobody knows them, so they get no markers.
    if (table.changed) for (const slot of hidden) if (slots.lines[slot] > 0) hidden.delete(slot)
    if (speakers === undefined) return 0
    readStarts(lines, speakers)
    if (!options.startZeros) return 0
    let count = 0
    for (let row = lines.first; row < lines.count; row++) {
      if (speakers[row] !== row + 1) continue
      hidden.add(lines.slot[row])
      count++
    }
    return count
  }

  function zeroBatch(timestamp: number): Batch | undefined {
    const rows = options.startZeros ? zeroRows(table.lines, lastTimestamp, timestamp) : []
    return rows.length === 0 ? undefined : columns.composeZeros(table.lines, rows, timestamp)
  }

  function batch(timestamp: number, reports: readonly number[], latestAllowed: number): Batch {
    const markers: number[] = []
    // What was marked stale when a scrape failed is not marked again.
    if (live) {
      for (const [slot, tracked] of table.lost) {
        if (tracked && slots.lines[slot] === 0 && !hidden.has(slot)) markers.push(slot)
      }
    }
    live = true
    reported = true
    lastTimestamp = timestamp
    return columns.compose({
      lines: table.lines,
      changed: table.changed,
      timestamp,
      reports,
      lost: markers,
      hidden,
      exemplars: table.exemplars.take(timestamp),
      latestAllowed,
    })
  }

  function failedBatch(timestamp: number, reports: readonly number[]): Batch {
    const markers = live ? trackedSlots() : []
    live = false
    reported = true
    lastTimestamp = timestamp
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
      const slot = lines.slot[row]
      if (slot !== NO_SLOT && isTracked(table, lines, row) && !hidden.has(slot)) tracked.add(slot)
    }
    return [...tracked]
  }

  function settle(): boolean {
    const { lost } = table
    const enough = lost.size - SLICE_FREED
    for (const slot of lost.keys()) {
      if (lost.size === enough) return false
      lost.delete(slot)
      if (slots.lines[slot] > 0) continue
      slots.free(slot)
      hidden.delete(slot)
      table.exemplars.forget(slot)
    }
    table.marksBefore.clear()
    table.fresh.clear()
    table.changed = false
    keptSeries.forget()
    if (table.body === undefined) return true
    kept = bodies.keep(table.body, packed)
    table.body = undefined
    return true
  }

  return {
    source,
    begin,
    step: update.step,
    finish,
    judgeExemplars: table.exemplars.judge,
    zeroBatch,
    batch,
    failedBatch,
    endBatch,
    settle,
    get outOfBounds() {
      return columns.outOfBounds
    },
    get hidden() {
      return columns.hidden
    },
    exemplars: table.exemplars,
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
