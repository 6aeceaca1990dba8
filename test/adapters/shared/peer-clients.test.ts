import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { type FetchHandler, type Listening, PATIENCE } from '../../../adapters/shared/listen.ts'
import { openPeerClient } from '../../../adapters/shared/peer-clients.ts'
import type { HttpClient, HttpFailure, HttpRequest, HttpResponse } from '../../../core/ports.ts'
import { FLAG, FRAME, frame, LENGTH_16, type RawH2Server, rawH2Server, STATUS_200, word } from './raw-h2-server.ts'
import { listenWith, peerClients, RUNTIME } from './this-runtime.ts'

const cleanups: (() => unknown)[] = []
const rejections: unknown[] = []
const note = (reason: unknown): void => void rejections.push(reason)
process.on('unhandledRejection', note)
process.on('uncaughtException', note)
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  expect(rejections.splice(0)).toEqual([])
})

async function serving(handler: FetchHandler, port = 0, host = '127.0.0.1'): Promise<Listening> {
  const listening = await listenWith(handler, { host, port }, PATIENCE)
  cleanups.push(() => listening.close(0))
  return listening
}

async function raw(answer: Parameters<typeof rawH2Server>[0]): Promise<RawH2Server> {
  const server = await rawH2Server(answer)
  cleanups.push(() => server.close())
  return server
}

function client(connectTimeoutMs = 2000): HttpClient {
  const opened = peerClients.open({ connectTimeoutMs })
  cleanups.push(() => opened.close())
  return opened
}

function request(port: number, more: Partial<HttpRequest> & { ms?: number; host?: string } = {}): HttpRequest {
  const { ms = 5000, host = '127.0.0.1', ...rest } = more
  return {
    method: 'POST',
    url: new URL(`http://${host}:${port}/p?q=1`),
    headers: [['Content-Type', 'application/x.test']],
    deadline: performance.now() + ms,
    maxBodyBytes: 1e6,
    ...rest,
  }
}

function text(result: HttpResponse | HttpFailure): string {
  return result.ok ? `${result.status} ${new TextDecoder().decode(result.body)}` : `${result.reason}: ${result.message}`
}

const echo: FetchHandler = async (incoming, { httpVersion }) => {
  const { pathname, search } = new URL(incoming.url)
  const body = await incoming.text()
  return new Response(
    `${httpVersion} ${incoming.method} ${pathname}${search} ${incoming.headers.get('content-type')} ${body}`,
    {
      status: 201,
      headers: { 'X-A': 'b' },
    },
  )
}

/** All in one write when there is no pause. */
async function writeEach(socket: net.Socket, pauseMs: number, frames: readonly Buffer[]): Promise<void> {
  if (pauseMs === 0) {
    socket.write(Buffer.concat(frames))
    return
  }
  for (const each of frames) {
    socket.write(each)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

async function unusedPort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A port that neither takes connections nor refuses them. */
async function blackHole(): Promise<number> {
  const child = spawn('node', [fileURLToPath(new URL('./black-hole.mjs', import.meta.url))])
  cleanups.push(() => child.kill('SIGKILL'))
  const [printed] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(printed)
  // Linux drops connections beyond a full queue.
  const fillers = Array.from({ length: 5 }, () => net.connect(port, '127.0.0.1').on('error', () => {}))
  cleanups.push(() => {
    for (const filler of fillers) filler.destroy()
  })
  await Promise.race(fillers.map((filler) => once(filler, 'connect')))
  return port
}

describe('requests to a peer', () => {
  it('go out whole by HTTP/2, and bring the whole answer', async () => {
    const { port } = await serving(echo)
    const result = await client().send(request(port, { body: new TextEncoder().encode('hello') }))
    expect(text(result)).toBe('201 2 POST /p?q=1 application/x.test hello')
    expect(result.ok && result.header('x-a')).toBe('b')
    expect(result.ok && result.header('x-b')).toBeUndefined()
  })

  it('may have no body, and be a GET', async () => {
    const { port } = await serving(echo)
    expect(text(await client().send(request(port, { method: 'GET' })))).toBe('201 2 GET /p?q=1 application/x.test ')
  })

  it('go to IPv6 addresses', async () => {
    const { port } = await serving(echo, 0, '::1')
    expect(text(await client().send(request(port, { host: '[::1]' })))).toMatch(/^201 2 POST/)
  })

  it('share one connection', async () => {
    const remotes = new Set<string | undefined>()
    const { port } = await serving((_request, { remoteAddress }) => {
      remotes.add(remoteAddress)
      return new Response('ok')
    })
    const http = client()
    await http.send(request(port))
    await Promise.all(Array.from({ length: 50 }, () => http.send(request(port))))
    expect(remotes.size).toBe(1)
  })

  it('and their answers may be large', async () => {
    const { port } = await serving(async (incoming) => new Response(await incoming.arrayBuffer()))
    const body = new Uint8Array(16 * 1024 * 1024).fill(7)
    const result = await client().send(request(port, { body, maxBodyBytes: body.length }))
    expect(result.ok && Buffer.compare(result.body, body)).toBe(0)
  })

  it('read no more of an answer than they may, and the connection lives on', async () => {
    const { port } = await serving(() => new Response('x'.repeat(100_000)))
    const http = client()
    expect(text(await http.send(request(port, { maxBodyBytes: 99_999 })))).toMatch(/^too-large: .*99999 bytes/)
    expect((await http.send(request(port, { maxBodyBytes: 100_000 }))).ok).toBe(true)
  })

  it('end at their deadline, and the next one has another connection', async () => {
    const remotes: (string | undefined)[] = []
    let hang = true
    const { port } = await serving((_request, { remoteAddress }) => {
      remotes.push(remoteAddress)
      return hang ? new Promise<Response>(() => {}) : new Response('ok')
    })
    const http = client()
    expect(text(await http.send(request(port, { ms: 400 })))).toBe('timeout: context deadline exceeded')
    hang = false
    expect(text(await http.send(request(port)))).toBe('200 ok')
    expect(new Set(remotes).size).toBe(2)
    expect(text(await http.send(request(port, { ms: -1 })))).toBe('timeout: context deadline exceeded')
  })

  it('end when they are aborted', async () => {
    const { port } = await serving(() => new Promise<Response>(() => {}))
    const abort = new AbortController()
    const result = client().send(request(port, { signal: abort.signal }))
    setTimeout(() => abort.abort(), 30)
    expect(text(await result)).toBe('aborted: context canceled')
    expect(text(await client().send(request(port, { signal: abort.signal })))).toBe('aborted: context canceled')
  })

  it('tell a refused connection', async () => {
    const port = await unusedPort()
    expect(text(await client().send(request(port)))).toBe(
      `refused: dial tcp 127.0.0.1:${port}: connect: connection refused`,
    )
  })

  it('find a server that was started again', async () => {
    const first = await serving(() => new Response('first'))
    const http = client()
    expect(text(await http.send(request(first.port)))).toBe('200 first')
    await first.close(0)
    expect((await http.send(request(first.port))).ok).toBe(false)
    await serving(() => new Response('second'), first.port)
    expect(text(await http.send(request(first.port)))).toBe('200 second')
  })

  it('are tried once more when the peer says that it did not take them', async () => {
    const server = await raw(({ type, stream }, socket, nth) => {
      if (type !== FRAME.headers) return
      if (nth === 0) socket.end(Buffer.concat([frame(FRAME.goaway, 0, 0, word(0, 0))]))
      else socket.write(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, STATUS_200))
    })
    expect(text(await client().send(request(server.port)))).toBe('200 ')
    expect(server.connections).toBeGreaterThanOrEqual(2)
  })

  it('fail when the answer breaks off', async () => {
    const server = await raw(({ type, stream }, socket, nth) => {
      if (type !== FRAME.headers) return
      socket.write(frame(FRAME.headers, FLAG.endHeaders, stream, STATUS_200))
      socket.write(frame(FRAME.data, 0, stream, Buffer.from('half of it')))
      if (nth % 2 === 1) socket.write(frame(FRAME.reset, 0, stream, word(2)))
      else setTimeout(() => socket.destroy(), 20)
    })
    const http = client()
    for (let i = 0; i < 2; i++) expect(text(await http.send(request(server.port)))).toMatch(/^reset: /)
  })

  it.each([
    ['at once', 0],
    ['piece by piece', 5],
  ])('fail when the answer is reset without an error before its end: %s', async (_name, pauseMs) => {
    const half = (stream: number, head: Buffer): Buffer[] => [
      frame(FRAME.headers, FLAG.endHeaders, stream, head),
      frame(FRAME.data, 0, stream, Buffer.from('half of it')),
    ]
    const answers = [
      (): Buffer[] => [],
      (stream: number): Buffer[] => half(stream, Buffer.concat([STATUS_200, LENGTH_16])),
    ]
    // Deno's fetch hides such a reset: there only the length tells.
    if (RUNTIME !== 'deno') answers.push((stream) => half(stream, STATUS_200))
    for (const answer of answers) {
      const server = await raw(({ type, stream }, socket) => {
        if (type !== FRAME.headers) return
        void writeEach(socket, pauseMs, [...answer(stream), frame(FRAME.reset, 0, stream, word(0))])
      })
      const http = client()
      for (const body of [new Uint8Array(), new Uint8Array(1e6)])
        expect(text(await http.send(request(server.port, { body })))).toMatch(/^reset: /)
    }
  })

  it.each([
    ['at once', 0],
    ['piece by piece', 5],
  ])('are over when the whole answer is there, whatever follows: %s', async (_name, pauseMs) => {
    for (const head of [Buffer.concat([STATUS_200, LENGTH_16]), STATUS_200]) {
      const server = await raw(({ type, stream }, socket) => {
        if (type !== FRAME.headers) return
        void writeEach(socket, pauseMs, [
          frame(FRAME.headers, FLAG.endHeaders, stream, head),
          frame(FRAME.data, 0, stream, Buffer.from('half of ')),
          frame(FRAME.data, FLAG.endStream, stream, Buffer.from('16 bytes')),
          frame(FRAME.reset, 0, stream, word(0)),
          frame(FRAME.goaway, 0, 0, word(stream, 0)),
        ]).then(() => socket.end())
      })
      for (const body of [new Uint8Array(), new Uint8Array(1e6)])
        expect(text(await client().send(request(server.port, { body })))).toBe('200 half of 16 bytes')
    }
  })

  it('are over with the head when nothing else is to come', async () => {
    const server = await raw(({ type, stream }, socket) => {
      if (type !== FRAME.headers) return
      socket.write(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, STATUS_200))
      socket.write(frame(FRAME.reset, 0, stream, word(0)))
    })
    expect(text(await client().send(request(server.port)))).toBe('200 ')
  })

  it('fail at a peer that speaks HTTP/1.1 or nonsense', async () => {
    for (const words of ['HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n', '\0'.repeat(100)]) {
      const server = net.createServer((socket) => {
        socket.on('error', () => {})
        socket.once('data', () => socket.end(words))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      cleanups.push(() => server.close())
      const result = await client().send(request((server.address() as net.AddressInfo).port))
      expect(text(result)).toMatch(/^(reset|protocol): /)
    }
  })

  it('do not wait for a peer that is silent', async () => {
    const silent = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.resume()
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => silent.close())
    const { port } = await serving(() => new Response('ok'))
    const http = client()
    const given = new AbortController()
    let waiting = true
    const stuck = request((silent.address() as net.AddressInfo).port, { ms: 60_000, signal: given.signal })
    const slow = http.send(stuck).finally(() => {
      waiting = false
    })
    for (let i = 0; i < 10; i++) expect((await http.send(request(port))).ok).toBe(true)
    expect(waiting).toBe(true)
    given.abort()
    expect(text(await slow)).toBe('aborted: context canceled')
  })

  it.runIf(process.platform === 'linux')('have little time for connecting, and keep nobody else waiting', async () => {
    const hole = await blackHole()
    const { port } = await serving(() => new Response('ok'))
    const http = client(400)
    const before = performance.now()
    const stuck = Promise.all([
      http.send(request(hole)),
      http.send(request(hole)),
      http.send(request(hole, { ms: 50 })),
    ])
    for (let i = 0; i < 10; i++) expect((await http.send(request(port))).ok).toBe(true)
    expect((await stuck).map(text)).toEqual([
      `timeout: dial tcp 127.0.0.1:${hole}: i/o timeout`,
      `timeout: dial tcp 127.0.0.1:${hole}: i/o timeout`,
      'timeout: context deadline exceeded',
    ])
    // The host would go on for minutes.
    expect(performance.now() - before).toBeLessThan(5000)
  })

  it('do not go out plain when TLS is configured, nor the other way', async () => {
    const { port } = await serving(() => new Response('ok'))
    expect(text(await client().send({ ...request(port), url: new URL(`https://127.0.0.1:${port}/`) }))).toMatch(
      /^protocol: unsupported protocol scheme "https"/,
    )
    const secure = peerClients.open({ connectTimeoutMs: 100, tls: {} })
    expect(text(await secure.send(request(port)))).toMatch(/^protocol: unsupported protocol scheme "http"/)
    secure.close()
  })
})

describe.skipIf(RUNTIME === 'deno')('sessions', () => {
  const open = (idleMs: number, answerMs: number, most = 100): HttpClient => {
    const opened = openPeerClient({ connectTimeoutMs: 1000 }, { idleMs, answerMs }, most)
    cleanups.push(() => opened.close())
    return opened
  }
  const polite = (pings: number[]): Parameters<typeof rawH2Server>[0] => {
    return ({ type, flags, stream, payload }, socket, nth) => {
      if (type === FRAME.headers) {
        socket.write(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, STATUS_200))
      } else if (type === FRAME.ping && flags !== FLAG.ack) {
        pings.push(nth)
        if (nth > 0) socket.write(frame(FRAME.ping, FLAG.ack, 0, payload))
      }
    }
  }

  it('are asked for a sign of life when they are idle, and closed when there is none', async () => {
    const pings: number[] = []
    const server = await raw(polite(pings))
    const http = open(40, 400)
    expect((await http.send(request(server.port))).ok).toBe(true)
    await expect.poll(() => server.closed).toBe(1)
    expect(pings).toEqual([0])
    expect((await http.send(request(server.port))).ok).toBe(true)
    await expect.poll(() => pings.filter((nth) => nth === 1).length).toBeGreaterThan(2)
    expect(server.closed).toBe(1)
    expect(server.connections).toBe(2)
  })

  it('are bounded: the least recently used idle one goes', async () => {
    const servers = await Promise.all(Array.from({ length: 4 }, () => raw(polite([]))))
    const http = open(10_000, 10_000, 3)
    for (const server of servers.slice(0, 3)) await http.send(request(server.port))
    await http.send(request(servers[0].port))
    await http.send(request(servers[3].port))
    await expect.poll(() => servers.map(({ closed }) => closed)).toEqual([0, 1, 0, 0])
  })

  it('close with the client', async () => {
    const server = await raw(polite([]))
    const http = open(10_000, 10_000)
    await http.send(request(server.port))
    http.close()
    await expect.poll(() => server.closed).toBe(1)
  })
})

describe('frames that make no sense', () => {
  // A head for a stream that nobody opened, one with an impossible length, settings for a stream.
  it.each([
    '00000004000000000000000004010000000000000101040000000a88',
    '00000080040000000000000000040100000000000001010400000001880000050001000000016861',
    '0000000428000000000000000004200000000000000101040000000188',
  ])('fail the request, and nothing else (%s)', async (hex) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => {})
      socket.end(Buffer.from(hex, 'hex'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => server.close())
    const { port } = server.address() as net.AddressInfo
    expect(await client().send(request(port, { ms: 500, body: Buffer.from('x') }))).toMatchObject({ ok: false })
    // What nobody caught is told in the turns after.
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
  })
})
