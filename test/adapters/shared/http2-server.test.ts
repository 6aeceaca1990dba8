import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type FetchHandler, formatRemote, type Listening, PATIENCE } from '../../../adapters/shared/listen.ts'
import type { Connection, HttpRequest } from '../../../core/ports.ts'
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

async function serving(handler: FetchHandler, host = '127.0.0.1', patience = PATIENCE): Promise<Listening> {
  const listening = await listenWith(handler, { host, port: 0 }, patience)
  cleanups.push(() => listening.close(0))
  return listening
}

/** Node itself forgets the brackets of IPv6 addresses. */
const authorities = new WeakMap<http2.ClientHttp2Session, string>()

function session(port: number, host = '127.0.0.1'): http2.ClientHttp2Session {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const opened = http2.connect(`http://${authority}`)
  authorities.set(opened, authority)
  opened.on('error', () => {})
  cleanups.push(() => opened.destroy())
  return opened
}

interface Answer {
  readonly status: number
  readonly text: string
}

function post(client: http2.ClientHttp2Session, path: string, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = client.request({ ':method': 'POST', ':path': path, ':authority': authorities.get(client) })
    let status = 0
    let text = ''
    stream.on('response', (headers) => {
      status = Number(headers[':status'])
    })
    stream.on('data', (chunk) => {
      text += chunk
    })
    stream.on('end', () => resolve({ status, text }))
    stream.on('error', reject)
    stream.end(body)
  })
}

/** Sends the pieces one after the other, and resolves with everything that came back until it contains `until`. */
function talk(port: number, pieces: readonly (string | Buffer)[], until: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    cleanups.push(() => socket.destroy())
    socket.setNoDelay(true)
    let seen = ''
    socket.on('error', reject)
    socket.on('close', () => resolve(`${seen}<closed>`))
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      if (seen.includes(until)) resolve(seen)
    })
    socket.on('connect', async () => {
      for (const piece of pieces) {
        socket.write(piece)
        await new Promise((next) => setImmediate(next))
      }
    })
  })
}

const echo: FetchHandler = async (request, { httpVersion }) =>
  new Response(`${httpVersion} ${request.method} ${new URL(request.url).pathname} ${await request.text()}`)

/** The first bytes of every HTTP/2 connection, settings included. */
const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
])
/** The server's settings: a frame of type 4 on stream 0. */
const SETTINGS = '\x04\x00\x00\x00\x00\x00'

describe('one port', () => {
  it('speaks HTTP/1.1 and HTTP/2 with prior knowledge, and tells the handler which', async () => {
    const { port } = await serving(echo)
    const response = await fetch(`http://127.0.0.1:${port}/a`, { method: 'POST', body: 'x' })
    expect(await response.text()).toBe('1 POST /a x')
    expect(await post(session(port), '/b', 'y')).toEqual({ status: 200, text: '2 POST /b y' })
  })

  it('does not mind bytes that come one at a time', async () => {
    const { port } = await serving(echo)
    const h1 = 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'
    expect(await talk(port, [...h1], '1 GET /slow')).toMatch(/^HTTP\/1.1 200/)
    const bytes = [...PREFACE].map((byte) => Buffer.from([byte]))
    expect(await talk(port, bytes, SETTINGS)).not.toContain('HTTP/1.1')
    expect(
      await talk(port, ['PO', 'ST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n', 'hi'], 'POST /p hi'),
    ).toMatch(/^HTTP\/1.1 200/)
  })

  it('takes what only begins like HTTP/2 for the HTTP/1.1 that it is', async () => {
    const { port } = await serving(echo)
    const answer = await talk(port, ['P', 'RIMES\r\n\r\n'], 'HTTP/1.1 400')
    expect(answer).not.toContain('200 OK')
  })

  it('takes pipelined requests', async () => {
    const { port } = await serving(echo)
    const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
    const answer = await talk(port, [request('/1') + request('/2')], 'GET /2')
    expect(answer.indexOf('GET /1')).toBeLessThan(answer.indexOf('GET /2'))
  })

  it.skipIf(RUNTIME === 'deno')('ends connections that say nothing, or too little', async () => {
    const { port } = await serving(echo, '127.0.0.1', { firstBytesMs: 30, requestHeadMs: 60, silenceMs: 1000 })
    expect(await talk(port, [], 'never')).toBe('<closed>')
    expect(await talk(port, ['PRI * HT'], 'never')).toBe('<closed>')
    expect(await talk(port, ['GET / HTTP/1.1\r\nHost'], 'never')).toMatch(/<closed>$/)
  })

  it.skipIf(RUNTIME === 'deno')('ends HTTP/2 connections that give no sign of life', async () => {
    const { port } = await serving(echo, '127.0.0.1', { firstBytesMs: 1000, requestHeadMs: 1000, silenceMs: 200 })
    const alive = session(port)
    expect((await post(alive, '/', 'x')).status).toBe(200)
    expect(await talk(port, [PREFACE], 'never')).toMatch(/<closed>$/)
    expect((await post(alive, '/', 'x')).status).toBe(200)
  })

  it('survives connections that break off', async () => {
    const { port } = await serving(echo)
    for (const piece of ['P', 'PRI * HTTP/2.0\r\n', 'GET / HT', PREFACE]) {
      const socket = net.connect(port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
      socket.resetAndDestroy?.()
      socket.destroy()
    }
    expect((await post(session(port), '/', 'x')).status).toBe(200)
  })
})

describe('the other side of a connection', () => {
  it('is told as ip:port', async () => {
    const connections: Connection[] = []
    const listening = await serving((_request, connection) => {
      connections.push(connection)
      return new Response('ok')
    }, '')
    const { port } = listening
    const v4 = session(port)
    await post(v4, '/', '')
    await fetch(`http://127.0.0.1:${port}/`).then((response) => response.text())
    const v6 = session(port, '::1')
    await post(v6, '/', '')
    expect(connections).toEqual([
      { remoteAddress: `127.0.0.1:${v4.socket.localPort}`, httpVersion: '2' },
      { remoteAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/), httpVersion: '1' },
      { remoteAddress: expect.stringMatching(/^\[::1\]:\d+$/), httpVersion: '2' },
    ])
  })

  it.each([
    ['10.0.0.1', 80, '10.0.0.1:80'],
    ['::ffff:10.0.0.1', 80, '10.0.0.1:80'],
    ['fd00::1', 80, '[fd00::1]:80'],
    [undefined, 80, undefined],
  ])('%s %d', (address, port, expected) => {
    expect(formatRemote(address, port)).toBe(expected)
  })
})

/** Answers at once with a stream; says in it, piece by piece, what it hears. */
const parrot: FetchHandler = (request) => {
  const body = request.body
  return new Response(
    new ReadableStream({
      async start(controller) {
        if (body === null) return controller.close()
        try {
          for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
            const text = new TextDecoder().decode(chunk)
            if (text === 'bye') break
            controller.enqueue(new TextEncoder().encode(`heard ${text}`))
          }
          controller.close()
        } catch {
          // The caller has gone.
        }
      },
    }),
    { headers: { 'content-type': 'application/x.test' } },
  )
}

/** Resolves with the next piece of the answer. */
function nextPiece(stream: http2.ClientHttp2Stream): Promise<string> {
  return new Promise((resolve, reject) => {
    stream.once('data', (chunk) => resolve(String(chunk)))
    stream.once('error', reject)
  })
}

describe('streams', () => {
  it('have their headers before a byte was sent either way, and answer while the request is open', async () => {
    const { port } = await serving(parrot)
    const stream = session(port).request({ ':method': 'POST', ':path': '/' })
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders]
    expect(headers[':status']).toBe(200)
    expect(headers['content-type']).toBe('application/x.test')
    for (const word of ['one', 'two']) {
      const piece = nextPiece(stream)
      stream.write(word)
      expect(await piece).toBe(`heard ${word}`)
    }
    const ended = once(stream, 'end')
    stream.resume()
    stream.write('bye')
    await ended
    stream.close(http2.constants.NGHTTP2_CANCEL)
  })

  it('do so on HTTP/1.1 as well', async () => {
    const { port } = await serving(parrot)
    const socket = net.connect(port, '127.0.0.1')
    cleanups.push(() => socket.destroy())
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    const [head] = await once(socket, 'data')
    expect(String(head)).toMatch(/^HTTP\/1.1 200/)
    socket.write('3\r\none\r\n')
    const [piece] = await once(socket, 'data')
    expect(String(piece)).toContain('heard one')
  })

  it('end without noise when the caller cancels, before and after the answer', async () => {
    let bodies = 0
    let cancels = 0
    const listening = await serving(
      (request) =>
        new Response(
          new ReadableStream({
            async start(controller) {
              const reader = request.body?.getReader()
              try {
                for (;;) if ((await reader?.read())?.done !== false) break
              } catch {
                // As good as an end.
              }
              bodies++
              try {
                controller.close()
              } catch {
                // Cancelled already.
              }
            },
            cancel() {
              cancels++
            },
          }),
        ),
    )
    const client = session(listening.port)
    for (let i = 0; i < 20; i++) {
      const stream = client.request({ ':method': 'POST', ':path': '/' })
      stream.on('error', () => {})
      await once(stream, 'response')
      if (i % 2 === 0) stream.write('x')
      stream.close(http2.constants.NGHTTP2_CANCEL)
    }
    await expect.poll(() => bodies).toBe(20)
    expect(cancels).toBeLessThanOrEqual(20)
    expect((await post(client, '/', 'x')).status).toBe(200)
  })

  it('break off when the handler fails in the middle of an answer, and the server goes on', async () => {
    const broken = (): Response =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('half'))
          },
          pull() {
            throw new Error('on purpose')
          },
        }),
      )
    const { port } = await serving((request) => (request.url.endsWith('/broken') ? broken() : new Response('ok')))
    await fetch(`http://127.0.0.1:${port}/broken`)
      .then((response) => response.text())
      .catch(() => '')
    await post(session(port), '/broken', '').catch(() => '')
    expect((await post(session(port), '/', '')).text).toBe('ok')
  })

  it('carry 1,000 POSTs whose answers are not read', async () => {
    let bytes = 0
    const { port } = await serving(async (request) => {
      bytes += (await request.arrayBuffer()).byteLength
      return new Response('answer')
    })
    const client = session(port)
    const body = Buffer.alloc(300, 1)
    for (let i = 0; i < 1000; i++) {
      const stream = client.request({ ':method': 'POST', ':path': '/' })
      stream.on('error', () => {})
      stream.end(body)
      const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders]
      expect(headers[':status']).toBe(200)
      stream.close(http2.constants.NGHTTP2_CANCEL)
    }
    expect(bytes).toBe(300_000)
    client.destroy()
    expect((await post(session(port), '/', 'x')).status).toBe(200)
  })

  it('may be large both ways', async () => {
    const size = 16 * 1024 * 1024
    const { port } = await serving(async (request) => new Response(await request.arrayBuffer()))
    const stream = session(port).request({ ':method': 'POST', ':path': '/' })
    let received = 0
    stream.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    const ended = once(stream, 'end')
    const piece = Buffer.alloc(64 * 1024, 7)
    for (let sent = 0; sent < size; sent += piece.length) if (!stream.write(piece)) await once(stream, 'drain')
    stream.end()
    await ended
    expect(received).toBe(size)
  })
})

/** Bytes that came, and whether the rest of the request was then refused. */
interface Whole {
  readonly received: number
  readonly code: number | undefined
}

/**
 * Sends `upload` without an end, and reads nothing of the answer until the server has had time for whatever it does when it has
 * nothing left to say: more than flow control lets through is still there then.
 */
async function readLate(client: http2.ClientHttp2Session, path: string, upload: string): Promise<Whole> {
  const stream = client.request({ ':method': 'POST', ':path': path, ':authority': authorities.get(client) })
  stream.on('error', () => {})
  if (upload !== '') stream.write(upload)
  await once(stream, 'response')
  await new Promise((resolve) => setTimeout(resolve, 60))
  let received = 0
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  await once(stream, 'end')
  if (!stream.closed) await once(stream, 'close')
  return { received, code: stream.rstCode }
}

describe('answers that do not wait for the end of the request', () => {
  const size = 1024 * 1024
  const large = (): Response => new Response('x'.repeat(size))

  it.skipIf(RUNTIME === 'deno').each<[string, string, FetchHandler]>([
    ['none of it is read', 'hello', large],
    ['none of it has come', '', large],
    [
      'some of it is read',
      'hello',
      async (request) => {
        const reader = request.body?.getReader()
        await reader?.read()
        reader?.releaseLock()
        return large()
      },
    ],
    [
      'the answer is a stream',
      'hello',
      () => {
        const start = (controller: ReadableStreamDefaultController): void => {
          controller.enqueue(new Uint8Array(size))
          controller.close()
        }
        return new Response(new ReadableStream({ start }))
      },
    ],
  ])('go out whole, and the request ends with them: %s', async (_name, upload, handler) => {
    const { port } = await serving(handler)
    const whole = { received: size, code: http2.constants.NGHTTP2_NO_ERROR }
    expect(await readLate(session(port), '/', upload)).toEqual(whole)
  })

  it('have an end that no reset overtakes', async () => {
    const { port } = await serving(({ url }) => {
      let left = Number(url.slice(-1))
      const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
        if (left % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
        if (left-- === 0) controller.close()
        else controller.enqueue(new Uint8Array(1000))
      }
      return new Response(new ReadableStream({ pull }))
    })
    const client = peerClients.open({ connectTimeoutMs: 1000 })
    cleanups.push(() => client.close())
    const send = async (pieces: number): Promise<string> => {
      const url = new URL(`http://127.0.0.1:${port}/${pieces}`)
      const deadline = performance.now() + 5000
      const result = await client.send({ method: 'POST', url, headers: [], deadline, maxBodyBytes: 1e6 })
      return result.ok ? `${result.body.length / 1000}` : result.message
    }
    for (let round = 0; round < 3; round++) {
      const pieces = Array.from({ length: 30 }, (_, i) => i % 10)
      expect(await Promise.all(pieces.map(send))).toEqual(pieces.map(String))
    }
  })

  it.skipIf(RUNTIME === 'deno')('end the request for who still reads it, without making it look whole', async () => {
    let seen: Promise<string> | undefined
    const { port } = await serving((request) => {
      seen = request.text().catch((error: Error) => error.name)
      return new Response('ok')
    })
    const stream = session(port).request({ ':method': 'POST', ':path': '/' })
    stream.write('half of it')
    stream.resume()
    await once(stream, 'end')
    stream.end('the other half')
    expect(await seen).toMatch(/Error$/)
  })

  it('go out whole on HTTP/1.1 as well', async () => {
    const { port } = await serving(large)
    const socket = net.connect(port, '127.0.0.1')
    cleanups.push(() => socket.destroy())
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello')
    await once(socket, 'connect')
    await new Promise((resolve) => setTimeout(resolve, 60))
    let received = 0
    socket.on('data', (chunk) => {
      received += chunk.length
    })
    await expect.poll(() => received).toBeGreaterThan(size)
  })
})

describe('closing', () => {
  it('lets streams under way finish, refuses new ones and ends idle sessions', async () => {
    let release = (): void => {}
    let began = (): void => {}
    const started = new Promise<void>((resolve) => {
      began = resolve
    })
    const listening = await serving(async () => {
      began()
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return new Response('done')
    })
    const idle = session(listening.port)
    await once(idle, 'remoteSettings')
    const idleClosed = once(idle, 'close')
    const client = peerClients.open({ connectTimeoutMs: 1000 })
    const url = new URL(`http://127.0.0.1:${listening.port}/`)
    const request = (): HttpRequest => ({
      method: 'POST',
      url,
      headers: [],
      deadline: performance.now() + 5000,
      maxBodyBytes: 100,
    })
    const answer = client.send(request())
    await started
    const closed = listening.close(5000)
    release()
    const result = await answer
    expect(result.ok ? new TextDecoder().decode(result.body) : result.message).toBe('done')
    await closed
    await idleClosed
    expect((await client.send(request())).ok).toBe(false)
    client.close()
  })

  it('cuts streams off after the grace time, whatever they do', async () => {
    const listening = await serving(() => new Response(new ReadableStream({ start() {} })))
    const stream = session(listening.port).request({ ':method': 'POST', ':path': '/' })
    stream.on('error', () => {})
    await once(stream, 'response')
    const silent = net.connect(listening.port, '127.0.0.1')
    silent.on('error', () => {})
    await once(silent, 'connect')
    const before = performance.now()
    await listening.close(50)
    expect(performance.now() - before).toBeLessThan(2000)
    silent.destroy()
  })
})
