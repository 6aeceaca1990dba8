// A process of its own that is many targets, /t/0 to /t/N: it writes down who scraped which and when, by its own monotonic
// clock. GET /log?from=N answers { now, entries: [[target, node, at], …] } from the Nth entry on. The node is what the
// scrape says in X-Skein-Node. A process of its own, so that nothing the suite does is taken for lateness of an agent.

import { createServer } from 'node:http'

const entries = []
const BODY = 'slot_requests_total 1\nslot_temperature_celsius 21.5\n'

const server = createServer((request, response) => {
  const at = performance.now()
  const url = new URL(request.url, 'http://localhost')
  const target = /^\/t\/(\d+)$/.exec(url.pathname)?.[1]
  if (target !== undefined) {
    entries.push([Number(target), request.headers['x-skein-node'] ?? '', at])
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(BODY)
  } else if (url.pathname === '/log') {
    const from = Number(url.searchParams.get('from') ?? 0)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ now: performance.now(), entries: entries.slice(from) }))
  } else {
    response.writeHead(404).end()
  }
})
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
