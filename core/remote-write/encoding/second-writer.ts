/**
 * Writes loads of 2.0: each row of a batch as a TimeSeries that refers to the symbols of this request,
 *
 *     2A length { 0A length reference* , 12 length { 09 value 10 timestamp 18 start } | 1A length histogram , 22 length exemplar* , 2A length metadata }
 *
 * Most have a sample with a six-byte timestamp and nothing else; their bytes are written where they stand in the end.
 */
import type { Histogram } from '../../histograms/histogram.ts'
import type { Exemplar } from '../../series/batch.ts'
import { createBytes, reserve } from './bytes.ts'
import { appendHistogram, histogramBytes } from './histogram-message.ts'
import type { SecondLoad } from './load.ts'
import { ANOTHER_SHAPE, type References } from './references.ts'
import { appendSample, isSixBytes, timestampHigh, timestampLow, writeValue } from './sample.ts'
import { FRAGMENT_BYTES } from './snappy.ts'
import { startOf } from './store.ts'
import { LONG, NOTHING_SAID, type Symbols } from './symbols.ts'
import { timestampOf } from './taken.ts'
import { exemplarBytes } from './time-series.ts'
import { closeLength, openLength, writeInt64, writeVarint } from './varint.ts'
import type { Page, Writer } from './writing.ts'

const SERIES_TAG = 0x2a
const REFERENCES_TAG = 0x0a
const SAMPLE_TAG = 0x12
const HISTOGRAM_TAG = 0x1a
const EXEMPLAR_TAG = 0x22
/** 12 10 09, and a byte that the value overwrites. */
const SAMPLE_START = 0x091012
const SAMPLE_BYTES = 18
/** Of a series besides its references and its text: more than a sample and a description take. */
const FIXED_BYTES = 128
/** Rows of up to 31 labels are written by their difference. */
const MAX_PLACES = 32
/** Two references, and the word that is written at once. */
const REFERENCES_BYTES = 14

const NO_BYTES = createBytes(0)
/** No entry comes after this one. */
const NO_ENTRY = -2
/** By number of bytes: those of a word that stay. */
const KEPT = Int32Array.of(-1, -0x100, -0x10000, -0x1000000, 0)

export function createSecondWriter(page: Page): Writer<SecondLoad> {
  const { head, tail } = page
  const out = tail.staging
  let load: SecondLoad | undefined
  let run = 0
  let row = 0
  let runEnd = 0
  /** Of the request that is open. */
  let symbols: Symbols | undefined
  let maxRawBytes = 0
  /** Where in a row each label begins, and where the last one ends. */
  const places = new Int32Array(MAX_PLACES)

  function step(): boolean {
    if (tail.compressFull() || head.compressFull()) return true
    if (load === undefined || !nextRow(load)) return false
    const { limits } = page
    maxRawBytes = limits.maxRawBytes
    const { batch, exemplars } = load
    const plain =
      batch.timestamps === undefined &&
      batch.starts === undefined &&
      batch.histograms === undefined &&
      exemplars === undefined &&
      isSixBytes(Math.trunc(batch.timestamp))
    do {
      if (plain) writePlainRows(load, limits.maxSamples - page.entries)
      // The first of a request, what is close to the end of one, and what is not plain.
      if (row < runEnd && hasRoom(limits.maxSamples)) {
        writeRow(load)
        row++
      }
    } while (hasRoom(limits.maxSamples) && nextRow(load))
    if (!tail.compressFull()) head.compressFull()
    return true
  }

  function hasRoom(maxSamples: number): boolean {
    return out.length < FRAGMENT_BYTES && head.staging.length < FRAGMENT_BYTES && page.entries < maxSamples
  }

  /**
   * Hot: rows of the current run, up to `most`, that are nothing but a value at the time of the batch, into the request that is
   * open. The first of several alike takes a look-up and four bytes per label, of which the next label overwrites what is not
   * needed; the others are copies of the one before, with the labels that differ put into their places, as long as these are of
   * the same size. Everything is at hand in variables, which halves the time.
   */
  function writePlainRows(load: SecondLoad, most: number): void {
    if (symbols === undefined) return
    const { store, indexes } = load
    const { values, stale } = load.batch
    const { pairs, descriptions, changes, longest } = store
    const { ends } = store.entries
    const { pairWords, request } = symbols
    const limit = maxRawBytes - head.rawBytes - tail.rawBytes + head.staging.length + out.length - longest
    const low = timestampLow(Math.trunc(load.batch.timestamp))
    const high = timestampHigh(Math.trunc(load.batch.timestamp))
    const firstRow = row
    const end = Math.min(runEnd, row + most)
    let { bytes, view } = out
    let at = out.length
    let description = NOTHING_SAID
    let said = NO_BYTES
    /** The row before, which the next may be a copy of. */
    let entry = NO_ENTRY
    let length = 0
    let valueAt = 0
    let until = roomFor(limit)
    while (row < end && at < until) {
      const index = indexes[row]
      const to = ends[index]
      let i = index === 0 ? 0 : ends[index - 1]
      if (at + FIXED_BYTES + REFERENCES_BYTES * (to - i) > bytes.length) {
        out.length = at
        reserve(out, FIXED_BYTES + REFERENCES_BYTES * (to - i))
        bytes = out.bytes
        view = out.view
      }
      const value = values[row]
      const isPlain = (stale === undefined || stale[row] === 0) && !Number.isNaN(value)
      let fits = index === entry + 1 && changes[index] < ANOTHER_SHAPE
      if (fits) {
        const before = at - length
        for (let k = 0; k < length; k += 8) {
          view.setInt32(at + k, view.getInt32(before + k, true), true)
          view.setInt32(at + k + 4, view.getInt32(before + k + 4, true), true)
        }
        for (let left = changes[index]; left !== 0; left &= left - 1) {
          const label = 31 - Math.clz32(left & -left)
          const pair = pairs[i + label]
          let size = pairWords[2 * pair] - request
          if (size <= 0 || size > LONG) {
            symbols.lookUp(pair)
            until = roomFor(limit)
            size = pairWords[2 * pair] - request
          }
          if (size !== places[label + 1] - places[label]) {
            fits = false
            break
          }
          const place = at + places[label]
          view.setInt32(place, (view.getInt32(place, true) & KEPT[size]) | pairWords[2 * pair + 1], true)
        }
      }
      if (fits) {
        if (isPlain) view.setFloat64(at + valueAt, value, true)
        else writeValue(view, at + valueAt, value, stale !== undefined && stale[row] !== 0)
        at += length
        entry = index
        row++
        continue
      }

      const start = at
      const first = i
      const hasPlaces = to - i < MAX_PLACES
      const series = at + 2
      bytes[at] = SERIES_TAG
      bytes[at + 2] = REFERENCES_TAG
      at += 4
      entry = hasPlaces ? index : NO_ENTRY
      for (; i < to; i++) {
        if (hasPlaces) places[i - first] = at - start
        const pair = pairs[i]
        let size = pairWords[2 * pair] - request
        if (size <= 0 || size > LONG) {
          symbols.lookUp(pair)
          until = roomFor(limit)
          size = pairWords[2 * pair] - request
        }
        if (size < LONG) {
          view.setUint32(at, pairWords[2 * pair + 1], true)
          at += size
        } else {
          out.length = at
          symbols.appendLong(out, pair)
          at = out.length
          entry = NO_ENTRY
        }
      }
      if (hasPlaces) places[i - first] = at - start
      const size = at - series - 2
      if (size < 0x80) bytes[series + 1] = size
      else {
        out.length = at
        closeLength(out, series + 2)
        at = out.length
        entry = NO_ENTRY
      }
      view.setUint32(at, SAMPLE_START, true)
      valueAt = at + 3 - start
      if (isPlain) view.setFloat64(at + 3, value, true)
      else writeValue(view, at + 3, value, stale !== undefined && stale[row] !== 0)
      bytes[at + 11] = 0x10
      view.setUint32(at + 12, low, true)
      view.setUint16(at + 16, high, true)
      at += SAMPLE_BYTES
      if (descriptions[index] !== NOTHING_SAID) {
        if (descriptions[index] !== description) {
          description = descriptions[index]
          said = symbols.describe(description)
          until = roomFor(limit)
        }
        const source = said.view
        view.setFloat64(at, source.getFloat64(0, true), true)
        view.setFloat64(at + 8, source.getFloat64(8, true), true)
        view.setFloat64(at + 16, source.getFloat64(16, true), true)
        at += said.length
      }
      if (at - series < 0x80) bytes[series - 1] = at - series
      else {
        out.length = at
        closeLength(out, series)
        at = out.length
        entry = NO_ENTRY
      }
      length = at - start
      row++
    }
    out.length = at
    page.add(row - firstRow, 0, 0)
  }

  /** Rows may begin below this, so that what is staged of a request stays below a fragment and, with its symbols, `limit`. */
  function roomFor(limit: number): number {
    const { length } = head.staging
    return length < FRAGMENT_BYTES ? Math.min(FRAGMENT_BYTES, limit - length + 1) : 0
  }

  function nextRow(load: SecondLoad): boolean {
    if (row < runEnd) return true
    if (run === load.runCount) return false
    row = load.runs[2 * run]
    runEnd = load.runs[2 * run + 1]
    run++
    return true
  }

  function writeRow(load: SecondLoad): void {
    const { store, batch } = load
    const index = load.indexes[row]
    const histogram = batch.histograms?.get(row)
    const exemplars = load.exemplars?.get(row)
    openFor(store, index, histogram, exemplars)
    const { ends } = store.entries
    const from = startOf(ends, index)
    const to = ends[index]
    reserve(out, FIXED_BYTES + REFERENCES_BYTES * (to - from))
    out.bytes[out.length++] = SERIES_TAG
    const series = openLength(out)
    out.bytes[out.length++] = REFERENCES_TAG
    const references = openLength(out)
    writeReferences(store, from, to)
    closeLength(out, references)

    const time = timestampOf(batch, row)
    const start = batch.starts === undefined ? Number.NaN : Math.trunc(batch.starts[row])
    if (histogram !== undefined) appendHistogram(out, HISTOGRAM_TAG, histogram, time, start)
    else
      appendSample(out, SAMPLE_TAG, batch.values[row], batch.stale !== undefined && batch.stale[row] !== 0, time, start)
    if (exemplars !== undefined) for (const exemplar of exemplars) appendExemplar(store.symbols, exemplar)
    const description = store.descriptions[index]
    if (description !== NOTHING_SAID) {
      const said = store.symbols.describe(description)
      reserve(out, said.length)
      out.bytes.set(said.bytes.subarray(0, said.length), out.length)
      out.length += said.length
    }
    closeLength(out, series)
    page.add(histogram === undefined ? 1 : 0, histogram === undefined ? 0 : 1, exemplars?.length ?? 0)
  }

  /** Sees to it that a request is open that the row fits into. How long it is exactly matters only close to the end. */
  function openFor(
    store: References,
    index: number,
    histogram: Histogram | undefined,
    exemplars: readonly Exemplar[] | undefined,
  ): void {
    let more = histogram === undefined ? 0 : histogramBytes(histogram)
    if (exemplars !== undefined) for (const exemplar of exemplars) more += exemplarBytes(exemplar)
    const written = head.rawBytes + tail.rawBytes
    if (symbols === undefined || written + store.longest + more > maxRawBytes) page.ready(measure(store, index) + more)
    if (symbols !== undefined) return
    symbols = store.symbols
    symbols.begin(head.staging)
  }

  /** At least what a series takes that has a sample; not much more. */
  function measure({ symbols, pairs, entries: { ends }, descriptions }: References, index: number): number {
    const { pairWords, request } = symbols
    let size = FIXED_BYTES + symbols.descriptionBytes(descriptions[index])
    for (let i = startOf(ends, index); i < ends[index]; i++) {
      size += REFERENCES_BYTES
      if ((pairWords[2 * pairs[i]] - request) >>> 0 > LONG) size += symbols.pairBytes(pairs[i])
    }
    return size
  }

  function writeReferences({ symbols, pairs }: References, from: number, to: number): void {
    const { pairWords, request } = symbols
    for (let i = from; i < to; i++) {
      const pair = pairs[i]
      if ((pairWords[2 * pair] - request) >>> 0 > LONG || pairWords[2 * pair] === request) symbols.lookUp(pair)
      const size = pairWords[2 * pair] - request
      if (size < LONG) {
        out.view.setUint32(out.length, pairWords[2 * pair + 1], true)
        out.length += size
      } else {
        symbols.appendLong(out, pair)
      }
    }
  }

  function appendExemplar(symbols: Symbols, { labels, value, timestamp }: Exemplar): void {
    reserve(out, 64 + REFERENCES_BYTES * labels.length)
    out.bytes[out.length++] = EXEMPLAR_TAG
    const exemplar = openLength(out)
    if (labels.length > 0) {
      out.bytes[out.length++] = REFERENCES_TAG
      const references = openLength(out)
      for (const text of labels) writeVarint(out, symbols.refer(text))
      closeLength(out, references)
    }
    out.bytes[out.length++] = 0x11
    writeValue(out.view, out.length, value, false)
    out.length += 8
    out.bytes[out.length++] = 0x18
    writeInt64(out, timestamp)
    closeLength(out, exemplar)
  }

  return {
    begin(next) {
      load = next
      run = 0
      row = 0
      runEnd = 0
    },
    step,
    /** What is staged are whole series. */
    between: true,
    closed() {
      symbols?.end()
      symbols = undefined
    },
  }
}
