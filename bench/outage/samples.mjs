// Reads the samples out of a remote_write request of either version, for receivers that must know which series each is of.
// Native histograms, exemplars and metadata are passed over.

import { snappyDecode } from '../snappy.mjs'

const STALE = 0x7ff0000000000002n
const text = new TextDecoder('utf-8', { fatal: true })

/**
 * @param {string | undefined} contentType of the request
 * @param {Uint8Array} body as received
 * @returns {{ name: string, labels: string, value: number, stale: boolean, timestamp: number }[]} `labels` is one string per
 *   label set. Throws on what can't be read.
 */
export function decodeSamples(contentType, body) {
  const message = snappyDecode(body)
  return /io\.prometheus\.write\.v2\.Request/.test(contentType ?? '') ? second(message) : first(message)
}

function first(message) {
  const samples = []
  for (const [number, series] of fields(message)) {
    if (number !== 1) continue
    const labels = []
    const own = []
    for (const [number, value] of fields(series)) {
      if (number === 1) {
        const pair = new Map(fields(value))
        labels.push([text.decode(pair.get(1)), text.decode(pair.get(2))])
      } else if (number === 2) own.push(sample(value))
    }
    add(samples, labels, own)
  }
  return samples
}

function second(message) {
  const all = [...fields(message)]
  const symbols = all.filter(([number]) => number === 4).map(([, bytes]) => text.decode(bytes))
  if (symbols[0] !== '') throw new Error('the first symbol is not empty')
  const samples = []
  for (const [number, series] of all) {
    if (number !== 5) continue
    const labels = []
    const own = []
    for (const [number, value] of fields(series)) {
      if (number === 1) {
        const references = packed(value)
        for (let n = 0; n < references.length; n += 2) labels.push([symbols[references[n]], symbols[references[n + 1]]])
      } else if (number === 2) own.push(sample(value))
    }
    add(samples, labels, own)
  }
  return samples
}

function add(samples, labels, own) {
  const name = labels.find(([label]) => label === '__name__')?.[1]
  if (name === undefined) throw new Error(`a series without a name: ${JSON.stringify(labels)}`)
  const key = JSON.stringify(labels)
  for (const one of own) samples.push({ name, labels: key, ...one })
}

function sample(bytes) {
  let value = 0
  let stale = false
  let timestamp = 0
  for (const [number, content] of fields(bytes)) {
    if (number === 1) {
      value = content.getFloat64(0, true)
      stale = content.getBigUint64(0, true) === STALE
    } else if (number === 2) timestamp = content
  }
  return { value, stale, timestamp }
}

// ---- protobuf -------------------------------------------------------------------------------------------------------

/** Number and content of each field: a number, the 8 or 4 bytes as a DataView, or the bytes. */
function* fields(bytes) {
  const reading = { bytes, at: 0 }
  while (reading.at < bytes.length) {
    const tag = varint(reading)
    const number = Math.floor(tag / 8)
    if (tag % 8 === 0) yield [number, varint(reading)]
    else if (tag % 8 === 1) yield [number, view(take(reading, 8))]
    else if (tag % 8 === 2) yield [number, take(reading, varint(reading))]
    else if (tag % 8 === 5) yield [number, view(take(reading, 4))]
    else throw new Error(`wire type ${tag % 8}`)
  }
}

function packed(bytes) {
  const reading = { bytes, at: 0 }
  const numbers = []
  while (reading.at < bytes.length) numbers.push(varint(reading))
  return numbers
}

function take(reading, length) {
  const end = reading.at + length
  if (end > reading.bytes.length) throw new Error('a field runs over the end')
  const taken = reading.bytes.subarray(reading.at, end)
  reading.at = end
  return taken
}

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Exact up to 2^53, which is enough for lengths and for milliseconds. */
function varint(reading) {
  let value = 0
  for (let scale = 1, n = 0; n < 10; n++, scale *= 128) {
    if (reading.at >= reading.bytes.length) throw new Error('the message ends inside a number')
    const byte = reading.bytes[reading.at++]
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
  throw new Error('a number of more than ten bytes')
}
