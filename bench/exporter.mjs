// A process of the bench: serves all targets, one loopback port each, from bodies made and compressed beforehand.
// It counts what it served: completed responses only, so that a scrape cut short counts for nobody.
//
// Talks to whoever measures over IPC (see answerParent): prepare -> ports, reset, rest, counts.

import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { targetVersions, versionOf } from './bodies.mjs'
import { answerParent } from './processes.mjs'

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** One per port: { versions: [{ zipped, samples, checksum }], scrapes }. */
const targets = []
let served = nothing()
let resting = false

answerParent({
  async prepare({ targets: count, series, versions, seed }) {
    const size = { text: 0, zipped: 0, samples: 0 }
    for (let index = 0; index < count; index++) {
      const bodies = targetVersions({ seed, index, series, versions }).map(({ text, samples, checksum }) => {
        const plain = Buffer.from(text)
        const zipped = gzipSync(plain)
        size.text += plain.length
        size.zipped += zipped.length
        size.samples += samples
        return { zipped, samples, checksum }
      })
      targets.push({ versions: bodies, scrapes: 0 })
    }
    const ports = await Promise.all(targets.map(listen))
    return { ports, textBytesPerSample: size.text / size.samples, gzipBytesPerSample: size.zipped / size.samples }
  },
  reset() {
    for (const target of targets) target.scrapes = 0
    served = nothing()
  },
  /** Nothing is served from now on. */
  rest() {
    resting = true
  },
  counts: () => ({ ...served, targets: targets.filter((target) => target.scrapes > 0).length }),
})

function nothing() {
  return { scrapes: 0, samples: 0, checksum: 0 }
}

function listen(target) {
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    if (resting) {
      response.writeHead(503).end('resting\n')
      return
    }
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
      response.writeHead(406).end('the bench serves gzip only')
      return
    }
    const body = target.versions[versionOf(target.scrapes++, target.versions.length)]
    response.on('finish', () => {
      served.scrapes++
      served.samples += body.samples
      served.checksum = (served.checksum + body.checksum) >>> 0
    })
    response.writeHead(200, {
      'Content-Type': CONTENT_TYPE,
      'Content-Encoding': 'gzip',
      'Content-Length': body.zipped.length,
    })
    response.end(body.zipped)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server.address().port))
  })
}
