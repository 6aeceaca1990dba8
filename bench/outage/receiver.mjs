// A remote_write receiver with a switch. What it answers with 204 counts as delivered; while it is off it says 503 and
// remembers nothing. It decodes by itself, with nothing of what it measures.

import { createServer } from 'node:http'
import { decodeSamples } from './samples.mjs'
import { METRIC, SERIES } from './target.mjs'

export async function startReceiver() {
  /** Serial -> { series: how many of SERIES arrived, at: when all had, by performance.now() }. */
  const scrapes = new Map()
  const state = { healthy: true, refused: 0, broken: [], twice: 0, outOfOrder: 0 }
  /** Series -> the timestamps delivered, and the newest of them. */
  const series = new Map()

  const server = createServer({ keepAliveTimeout: 120_000 }, async (request, response) => {
    let body
    try {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      body = Buffer.concat(chunks)
    } catch {
      // The agent was killed in the middle.
      return
    }
    if (request.headers['content-encoding'] !== 'snappy') {
      // vmagent tries a protocol of its own first, and the standard one when told so.
      response.writeHead(415).end()
      return
    }
    if (!state.healthy) {
      state.refused++
      response.writeHead(503).end('out of order\n')
      return
    }
    try {
      const samples = decodeSamples(request.headers['content-type'], body)
      for (const sample of samples) take(sample)
      response.writeHead(204, { 'X-Prometheus-Remote-Write-Samples-Written': String(samples.length) }).end()
    } catch (error) {
      state.broken.push(error.message)
      response.writeHead(400).end(error.message)
    }
  })

  function take({ name, labels, value, stale, timestamp }) {
    let known = series.get(labels)
    if (known === undefined) {
      known = { timestamps: new Set(), newest: Number.NEGATIVE_INFINITY }
      series.set(labels, known)
    }
    const again = known.timestamps.has(timestamp)
    if (again) state.twice++
    else if (timestamp < known.newest) state.outOfOrder++
    known.timestamps.add(timestamp)
    known.newest = Math.max(known.newest, timestamp)
    if (name !== METRIC || stale || again) return

    const scrape = scrapes.get(value) ?? { series: 0, at: undefined }
    scrape.series++
    if (scrape.series === SERIES) scrape.at = performance.now()
    scrapes.set(value, scrape)
  }

  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${server.address().port}/api/v1/write`,
    state,
    /** When the whole of a scrape had arrived; undefined while it hasn't. */
    deliveredAt: (serial) => scrapes.get(serial)?.at,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
