// The demo's remote_write 1.0 receiver. It takes requests apart with independent packages (snappyjs, @bufbuild/protobuf),
// not with skein's own code, and holds them to the letter of the protocol.

import { createServer } from 'node:http'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import snappy from 'snappyjs'

/** Stands for the value of a staleness marker, which is a NaN of its own that JavaScript can't tell from others. */
export const STALE = Symbol('stale')

/**
 * Starts the receiver on a free loopback port. Returns { url, traffic, close() }; `traffic` counts { requests, bytes }.
 * Each sender writes to the URL with its name behind it.
 * `onSeries(labels, samples, sender)` gets a plain object, [{ value: number | STALE, timestamp }], and that name;
 * `onViolation(text)` what breaks the protocol.
 */
export async function startReceiver({ onSeries, onViolation }) {
  const traffic = { requests: 0, bytes: 0 }

  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    traffic.requests++
    traffic.bytes += body.length
    try {
      checkHeaders(request, onViolation)
      for (const { labels, samples } of decodeWriteRequest(snappy.uncompress(body))) {
        checkLabels(labels, onViolation)
        onSeries(Object.fromEntries(labels), samples, request.url.split('/').at(-1))
      }
      response.writeHead(204).end()
    } catch (error) {
      onViolation(`a request can't be decoded: ${error.message}`)
      response.writeHead(400).end(`${error.message}\n`)
    }
  })
  const port = await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server.address().port))
  })
  return {
    url: `http://127.0.0.1:${port}/api/v1/write`,
    traffic,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

// ---- the message ----------------------------------------------------------------------------------------------------

/** WriteRequest { timeseries = 1 }; TimeSeries { labels = 1, samples = 2 }. Everything else is passed over. */
function* decodeWriteRequest(message) {
  for (const series of messagesIn(new BinaryReader(message), 1)) {
    const labels = []
    const samples = []
    while (series.pos < series.len) {
      const [field, wireType] = series.tag()
      if (field === 1) labels.push(decodeLabel(new BinaryReader(series.bytes())))
      else if (field === 2) samples.push(decodeSample(new BinaryReader(series.bytes())))
      else series.skip(wireType)
    }
    yield { labels, samples }
  }
}

function* messagesIn(reader, wanted) {
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === wanted) yield new BinaryReader(reader.bytes())
    else reader.skip(wireType)
  }
}

/** Label { name = 1, value = 2 } */
function decodeLabel(reader) {
  const label = ['', '']
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === 1 || field === 2) label[field - 1] = reader.string()
    else reader.skip(wireType)
  }
  return label
}

/** Sample { value = 1, timestamp = 2 } */
function decodeSample(reader) {
  let value = 0
  let timestamp = 0
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === 1) value = decodeValue(reader)
    else if (field === 2) timestamp = Number(reader.int64())
    else reader.skip(wireType)
  }
  return { value, timestamp }
}

function decodeValue(reader) {
  const low = reader.fixed32()
  const high = reader.fixed32()
  if (low === 2 && high === 0x7ff00000) return STALE
  const bits = new DataView(new ArrayBuffer(8))
  bits.setUint32(0, high)
  bits.setUint32(4, low)
  return bits.getFloat64(0)
}

// ---- the letter of the protocol -------------------------------------------------------------------------------------

function checkHeaders({ headers, method }, onViolation) {
  const expected = {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
  }
  if (method !== 'POST') onViolation(`a request is a ${method}`)
  for (const [name, value] of Object.entries(expected)) {
    if (headers[name] !== value) onViolation(`a request has ${name}: ${headers[name]} instead of ${value}`)
  }
  if (!headers['user-agent']) onViolation('a request has no User-Agent')
}

function checkLabels(labels, onViolation) {
  const text = () => labels.map(([name, value]) => `${name}="${value}"`).join(', ')
  if (labels.some(([name, value]) => name === '' || value === '')) onViolation(`an empty label: ${text()}`)
  for (let n = 1; n < labels.length; n++) {
    if (Buffer.compare(Buffer.from(labels[n - 1][0]), Buffer.from(labels[n][0])) >= 0) {
      onViolation(`labels are not sorted and unique: ${text()}`)
    }
  }
}
