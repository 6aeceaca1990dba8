// A process of the bench: a remote_write receiver that decodes every request and counts what is in it.
// It answers 204 at once, keeps nothing, and accepts message versions 1.0 and 2.0.
//
// Talks to bench/run.mjs over IPC (see answerParent): prepare -> port, reset, counts.

import { createServer } from 'node:http'
import { answerParent } from './processes.mjs'
import { snappyDecode } from './snappy.mjs'
import { countVersion1, countVersion2, noSamples } from './write-request.mjs'

let received = nothing()

answerParent({
  prepare: () =>
    new Promise((resolve, reject) => {
      const server = createServer({ keepAliveTimeout: 120_000 }, receive)
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve({ port: server.address().port }))
    }),
  reset() {
    received = nothing()
  },
  counts: () => received,
})

function nothing() {
  return { requests: 0, wireBytes: 0, refused: 0, broken: 0, ...noSamples() }
}

async function receive(request, response) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
  if (request.headers['content-encoding'] !== 'snappy') {
    // vmagent tries its own zstd protocol first and falls back to the standard one when told so.
    received.refused++
    response.writeHead(415).end()
    return
  }
  try {
    const version2 = /io\.prometheus\.write\.v2\.Request/.test(request.headers['content-type'] ?? '')
    const count = (version2 ? countVersion2 : countVersion1)(snappyDecode(body), received)
    received.requests++
    received.wireBytes += body.length
    response.writeHead(204, { 'X-Prometheus-Remote-Write-Samples-Written': String(count) }).end()
  } catch (error) {
    received.broken++
    console.error(`sink: request that can't be decoded: ${error.message}`)
    response.writeHead(400).end(error.message)
  }
}
