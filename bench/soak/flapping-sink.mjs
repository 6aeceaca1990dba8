// A process of the soak: a remote_write receiver that decodes and counts what it takes, and misbehaves by turns. Only what it
// answered with 204 counts; what it refused, cut off or left hanging has to come again.
//
// Talks to bench/soak.mjs over IPC (see answerParent): prepare -> port, settle, counts.

import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { answerParent } from '../processes.mjs'
import { snappyDecode } from '../snappy.mjs'
import { countVersion1, countVersion2, noSamples } from '../write-request.mjs'

/** What it does, and for how many seconds, over and over. */
const TURNS = [
  ['up', 20],
  ['unavailable', 10],
  ['up', 15],
  ['hanging', 5],
  ['up', 15],
  ['resetting', 5],
  ['up', 15],
  ['throttling', 5],
]

const received = { requests: 0, wireBytes: 0, broken: 0, twice: 0, ...noSamples() }
const answers = { up: 0, unavailable: 0, hanging: 0, resetting: 0, throttling: 0 }
/** Hashes of the bodies that were taken: an equal one is a request that came twice. */
const taken = new Set()
const held = new Set()
let mood = 'up'
let settled = false
let turnTimer

answerParent({
  prepare({ speed }) {
    const server = createServer({ keepAliveTimeout: 120_000 }, receive)
    turn(0, speed)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve({ port: server.address().port }))
    })
  },
  /** From now on all is well. */
  settle() {
    settled = true
    clearTimeout(turnTimer)
    become('up')
  },
  counts: () => ({ ...received, answers, mood }),
})

function turn(n, speed) {
  if (settled) return
  const [next, seconds] = TURNS[n % TURNS.length]
  become(next)
  turnTimer = setTimeout(() => turn(n + 1, speed), (seconds * 1000) / speed)
}

function become(next) {
  mood = next
  for (const socket of held) socket.destroy()
  held.clear()
}

async function receive(request, response) {
  let body
  try {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
  } catch {
    return
  }
  answers[mood]++
  if (mood === 'unavailable') response.writeHead(503).end('out of order\n')
  else if (mood === 'throttling') response.writeHead(429, { 'Retry-After': '1' }).end('slowly\n')
  else if (mood === 'resetting') request.socket.resetAndDestroy()
  else if (mood === 'hanging') held.add(request.socket)
  else take(request, response, body)
}

function take(request, response, body) {
  const hash = createHash('sha1').update(body).digest('base64')
  try {
    const version2 = /io\.prometheus\.write\.v2\.Request/.test(request.headers['content-type'] ?? '')
    // What came before is decoded as well, but adds to other sums.
    const again = taken.has(hash)
    const count = (version2 ? countVersion2 : countVersion1)(snappyDecode(body), again ? noSamples() : received)
    // Metadata alone come again as they were, by and by.
    if (again) received.twice += count > 0 ? 1 : 0
    else {
      taken.add(hash)
      received.requests++
      received.wireBytes += body.length
    }
    response.writeHead(204, { 'X-Prometheus-Remote-Write-Samples-Written': String(count) }).end()
  } catch (error) {
    received.broken++
    console.error(`sink: request that can't be decoded: ${error.message}`)
    response.writeHead(400).end(error.message)
  }
}
