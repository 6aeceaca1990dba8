// A scrape target that knows what it was asked: every value it ever answers is the number of that scrape, so that one that is
// missing at the receiver can be named, with the moment at which it was answered.

import { createServer } from 'node:http'

/** A scrape counts as delivered when all of these arrived. */
export const SERIES = 10
export const METRIC = 'outage_serial'

/**
 * Listens on a free loopback port. `scrapes`: { serial, at } of each answer that was written in full, by performance.now().
 */
export async function startTarget() {
  const scrapes = []
  let serial = 0
  const server = createServer({ keepAliveTimeout: 120_000 }, (_request, response) => {
    const mine = ++serial
    response.on('finish', () => scrapes.push({ serial: mine, at: performance.now() }))
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
    response.end(
      `# TYPE ${METRIC} gauge\n${Array.from({ length: SERIES }, (_, n) => `${METRIC}{n="${n}"} ${mine}\n`).join('')}`,
    )
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    address: `127.0.0.1:${server.address().port}`,
    scrapes,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
