// Walks a remote_write request (1.0 or 2.0) and counts its samples without building anything from them.
//
// Three kinds are kept apart: samples of the exporters' bodies, staleness markers, and what agents add about a scrape
// (`up`, `scrape_*`), because agents differ in the latter two. The values of the first kind are summed up bit by bit,
// so that a wrong value can't hide.

/** What countVersion1 and countVersion2 add to. */
export function noSamples() {
  return { samples: 0, stale: 0, reports: 0, checksum: 0, firstTimestamp: Infinity, lastTimestamp: -Infinity }
}

const NAME = new TextEncoder().encode('__name__')
const UP = new TextEncoder().encode('up')
const SCRAPE_PREFIX = new TextEncoder().encode('scrape_')

let bytes = new Uint8Array(0)
let view = new DataView(bytes.buffer)
let at = 0

/** prometheus.WriteRequest. Adds to `totals`; returns the number of samples in this request. */
export function countVersion1(message, totals) {
  begin(message)
  let samples = 0
  while (at < message.length) {
    const tag = varint()
    if (tag === TIME_SERIES_1) samples += timeSeries(endOfField(), totals, nameInLabels)
    else skip(tag & 7)
  }
  return samples
}

/** io.prometheus.write.v2.Request. Adds to `totals`; returns the number of samples in this request. */
export function countVersion2(message, totals) {
  begin(message)
  const symbols = []
  let samples = 0
  while (at < message.length) {
    const tag = varint()
    if (tag === SYMBOL_2) {
      const end = endOfField()
      symbols.push(kindOfSymbol(at, end))
      at = end
    } else if (tag === TIME_SERIES_2) {
      samples += timeSeries(endOfField(), totals, (end) => nameInReferences(end, symbols))
    } else skip(tag & 7)
  }
  return samples
}

const field = (number, wireType) => (number << 3) | wireType
const TIME_SERIES_1 = field(1, 2)
const SYMBOL_2 = field(4, 2)
const TIME_SERIES_2 = field(5, 2)
const LABELS = field(1, 2)
const SAMPLES = field(2, 2)

/** The field of a series that holds its labels comes before its samples, in both versions. */
function timeSeries(end, totals, isReportName) {
  let report = false
  let samples = 0
  while (at < end) {
    const tag = varint()
    if (tag === LABELS) {
      const labelsEnd = endOfField()
      if (isReportName(labelsEnd)) report = true
      at = labelsEnd
    } else if (tag === SAMPLES) {
      sample(endOfField(), totals, report)
      samples++
    } else skip(tag & 7)
  }
  if (at !== end) throw new Error('a series runs over its end')
  return samples
}

const VALUE = field(1, 1)
const TIMESTAMP = field(2, 0)

function sample(end, totals, report) {
  let low = 0
  let high = 0
  let timestamp = 0
  while (at < end) {
    const tag = varint()
    if (tag === VALUE) {
      low = view.getUint32(at, true)
      high = view.getUint32(at + 4, true)
      at += 8
    } else if (tag === TIMESTAMP) timestamp = varint()
    else skip(tag & 7)
  }
  if (timestamp < totals.firstTimestamp) totals.firstTimestamp = timestamp
  if (timestamp > totals.lastTimestamp) totals.lastTimestamp = timestamp
  if (low === 2 && high === 0x7ff00000) totals.stale++
  else if (report) totals.reports++
  else {
    totals.samples++
    totals.checksum = (totals.checksum + low + high) >>> 0
  }
}

// ---- names ----------------------------------------------------------------------------------------------------------

/** 1.0: `at` is at one Label { name = 1, value = 2 }. */
function nameInLabels(end) {
  let isName = false
  while (at < end) {
    const tag = varint()
    const textEnd = endOfField()
    if (tag === field(1, 2)) isName = equals(at, textEnd, NAME)
    else if (isName) return isReport(at, textEnd)
    at = textEnd
  }
  return false
}

/** 2.0: `at` is at packed pairs of references into the symbols. */
function nameInReferences(end, symbols) {
  while (at < end) {
    const name = varint()
    const value = varint()
    if (symbols[name] === 'name') return symbols[value] === 'report'
  }
  return false
}

function kindOfSymbol(start, end) {
  if (equals(start, end, NAME)) return 'name'
  return isReport(start, end) ? 'report' : 'other'
}

function isReport(start, end) {
  return equals(start, end, UP) || (end - start > SCRAPE_PREFIX.length && startsWith(start, SCRAPE_PREFIX))
}

function equals(start, end, text) {
  return end - start === text.length && startsWith(start, text)
}

function startsWith(start, text) {
  for (let n = 0; n < text.length; n++) if (bytes[start + n] !== text[n]) return false
  return true
}

// ---- protobuf -------------------------------------------------------------------------------------------------------

function begin(message) {
  bytes = message
  view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  at = 0
}

/** Exact up to 2^53, which is enough for lengths and for milliseconds. */
function varint() {
  let value = 0
  let scale = 1
  for (let n = 0; n < 10; n++) {
    if (at >= bytes.length) throw new Error('the message ends inside a number')
    const byte = bytes[at++]
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
    scale *= 128
  }
  throw new Error('a number of more than ten bytes')
}

/** Reads a length; returns where what has that length ends. */
function endOfField() {
  const end = varint() + at
  if (end > bytes.length) throw new Error('a field runs over the end')
  return end
}

function skip(wireType) {
  if (wireType === 0) varint()
  else if (wireType === 1) at += 8
  else if (wireType === 2) at = endOfField()
  else if (wireType === 5) at += 4
  else throw new Error(`wire type ${wireType}`)
  if (at > bytes.length) throw new Error('a field runs over the end')
}
