// Targets that behave as badly as they can, in a process of their own so that they disturb nobody's clock but the agent's.
// Prints one line of JSON, name -> host:port, and serves until it is told to end.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import { createGzip, gzipSync } from 'node:zlib'

const MiB = 1024 * 1024
const TEXT = { 'content-type': 'text/plain; version=0.0.4' }
const GZIP = { ...TEXT, 'content-encoding': 'gzip' }

/** Comments up to 100 MiB, and one sample. */
const huge = Buffer.alloc(100 * MiB, `# ${'x'.repeat(97)}\n`)
const lastSample = 'huge_series 1\n'
huge.write(`\n${lastSample}`, huge.length - lastSample.length - 1)

const chunk = Buffer.alloc(MiB, 'endless_series{x="1"} 1\n')
const good = 'some_series{x="1"} 1\nother_series 2\n'
const packed = gzipSync(good.repeat(1000))
const bomb = await gzipOfZeros(1024)
const longLine = `long_line{${Array.from({ length: 10_000 }, (_, i) => `label_${i}="value ${i}"`).join(',')}} 1\n`

const answers = {
  /** Takes the request and never says a word. */
  silent() {},
  /** A byte now and then: alive, but never done. */
  trickling(_request, response) {
    response.writeHead(200, TEXT)
    const timer = setInterval(() => response.write('#'), 50)
    response.on('close', () => clearInterval(timer))
  },
  huge: (_request, response) => response.writeHead(200, { ...TEXT, 'content-length': huge.length }).end(huge),
  endless(_request, response) {
    response.writeHead(200, TEXT)
    const more = () => {
      while (!response.destroyed && response.write(chunk)) {}
    }
    response.on('drain', more)
    more()
  },
  /** 1 GiB of zeros in 1 MiB. */
  bomb: (_request, response) => response.writeHead(200, GZIP).end(bomb),
  truncated: (_request, response) => response.writeHead(200, GZIP).end(packed.subarray(0, packed.length - 20)),
  /** Says more than it sends. */
  cut(_request, response) {
    response.writeHead(200, { ...TEXT, 'content-length': 1000 })
    response.write(good, () => response.destroy())
  },
  'not-utf8': (_request, response) =>
    response
      .writeHead(200, TEXT)
      .end(Buffer.concat([Buffer.from('bad{x="'), Buffer.from([0xff, 0xfe]), Buffer.from('"} 1\n')])),
  html: (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Log in</title>\n'),
  /** Says text/html and means metrics. */
  mislabelled: (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(good),
  /** Good up to the last line. */
  'half-good': (_request, response) => response.writeHead(200, TEXT).end(`${good}what is this\n`),
  'long-line': (_request, response) => response.writeHead(200, TEXT).end(longLine),
  failing: (_request, response) => response.writeHead(500, TEXT).end(good),
  'redirected-in-circles': (request, response) => response.writeHead(302, { location: request.url }).end(),
}

const raw = {
  /** Header lines without end. */
  'header-flood'(socket) {
    socket.write('HTTP/1.1 200 OK\r\n')
    const line = `x-flood: ${'y'.repeat(8000)}\r\n`
    const more = () => {
      while (!socket.destroyed && socket.write(line)) {}
    }
    socket.on('drain', more)
    more()
  },
  'not-http': (socket) => socket.end('220 mail.example.com ESMTP\r\n'),
  'hanging-up': (socket) => socket.destroy(),
}

const addresses = {}
for (const [name, answer] of Object.entries(answers)) addresses[name] = await listen(createServer(answer))
for (const [name, answer] of Object.entries(raw)) {
  addresses[name] = await listen(
    createSocketServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => answer(socket))
    }),
  )
}
console.log(JSON.stringify(addresses))

async function listen(server) {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `127.0.0.1:${server.address().port}`
}

async function gzipOfZeros(mebibytes) {
  const gzip = createGzip({ level: 9 })
  const parts = []
  gzip.on('data', (part) => parts.push(part))
  const ended = once(gzip, 'end')
  const zeros = Buffer.alloc(MiB)
  for (let i = 0; i < mebibytes; i++) if (!gzip.write(zeros)) await once(gzip, 'drain')
  gzip.end()
  await ended
  return Buffer.concat(parts)
}
