import { once } from 'node:events'
import net from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createHttpClients } from '../../../adapters/shared/http-client.ts'
import type { HttpClient, HttpFailure, HttpRequest, HttpResponse } from '../../../core/ports.ts'
import { type RawServer, rawServer } from './raw-server.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serving(answer: Parameters<typeof rawServer>[0]): Promise<RawServer> {
  const server = await rawServer(answer)
  cleanups.push(() => server.close())
  return server
}

function client(options: Parameters<ReturnType<typeof createHttpClients>['open']>[0] = {}): HttpClient {
  const opened = createHttpClients({}).open(options)
  cleanups.push(() => opened.close())
  return opened
}

function get(http: HttpClient, port: number, more: Partial<HttpRequest> = {}): Promise<HttpResponse | HttpFailure> {
  return http.send({
    method: 'GET',
    url: new URL(`http://127.0.0.1:${port}/metrics?a=1`),
    headers: [],
    deadline: performance.now() + 5000,
    maxBodyBytes: 1e6,
    ...more,
  })
}

const text = (result: HttpResponse | HttpFailure): string =>
  result.ok ? Buffer.from(result.body).toString() : `${result.reason}: ${result.message}`

const says = (bytes: string | Uint8Array) => (socket: net.Socket) => {
  socket.write(bytes)
}
const saysAndEnds = (bytes: string) => (socket: net.Socket) => {
  socket.end(bytes)
}

describe('requests', () => {
  it('writes a GET as Go would read it', async () => {
    const server = await serving(says('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    await get(client(), server.port, {
      headers: [
        ['X-Thing', 'a b'],
        ['Accept', '*/*'],
      ],
    })
    expect(server.requests[0]).toBe(
      `GET /metrics?a=1 HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nX-Thing: a b\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n`,
    )
  })

  it('sends a body with its length', async () => {
    const server = await serving(says('HTTP/1.1 204 No Content\r\n\r\n'))
    const result = await get(client(), server.port, { method: 'POST', body: new TextEncoder().encode('hello') })
    expect(result).toMatchObject({ ok: true, status: 204, statusText: 'No Content' })
    expect(server.requests[0]).toMatch(/^POST .*\r\nContent-Length: 5\r\n.*\r\n\r\nhello$/s)
  })

  it.each([
    ['a line break in a value', 'X-A', 'one\r\nX-B: two'],
    ['a bare line feed', 'X-A', 'one\ntwo'],
    ['a NUL', 'X-A', 'one\0'],
    ['a colon in a name', 'X-A:b', 'one'],
    ['an empty name', '', 'one'],
  ])('refuses %s', async (_what, name, value) => {
    const server = await serving(says('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    expect(text(await get(client(), server.port, { headers: [[name, value]] }))).toMatch(
      /^protocol: net\/http: invalid header field (name|value for) /,
    )
    expect(server.connections).toBe(0)
  })

  it('sends header values as UTF-8', async () => {
    const server = await serving(says('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    await get(client(), server.port, { headers: [['X-Name', 'Zürich']] })
    expect(Buffer.from(server.requests[0], 'latin1').toString('utf8')).toContain('X-Name: Zürich')
  })
})

describe('responses', () => {
  it.each<[string, string, string]>([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n', 'hello'],
    [
      'trailers',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n',
      'hello',
    ],
    ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello', 'hello'],
    [
      'interim answers',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      'ok',
    ],
    ['no status text', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 'ok'],
    ['equal lengths twice', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok', 'ok'],
    [
      'a length beside chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      'ok',
    ],
    ['304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n', ''],
  ])('reads a body with %s, in one piece and byte by byte', async (_what, bytes, expected) => {
    const whole = await serving(says(bytes))
    expect(text(await get(client(), whole.port))).toBe(expected)
    const slow = await serving(async (socket) => {
      for (const byte of Buffer.from(bytes)) {
        socket.write(Uint8Array.of(byte))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
    expect(text(await get(client(), slow.port))).toBe(expected)
  })

  it('reads until the end when nothing tells the length', async () => {
    const server = await serving(saysAndEnds('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nall of it'))
    expect(text(await get(client(), server.port))).toBe('all of it')
  })

  it('finds headers in any case, joins lines and unfolds', async () => {
    const server = await serving(
      says(
        'HTTP/1.1 200 OK\r\nCONTENT-Type: text/plain;\r\n version=0.0.4\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n',
      ),
    )
    const result = await get(client(), server.port)
    if (!result.ok) throw new Error(result.message)
    expect(result.header('content-type')).toBe('text/plain; version=0.0.4')
    expect(result.header('x-a')).toBe('1, 2')
    expect(result.header('x-none')).toBeUndefined()
  })

  it('reads a large body with a length and in chunks', async () => {
    const big = 'x'.repeat(3_000_000)
    const pieces = big.match(/.{1,70000}/g) ?? []
    const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')
    const server = await serving((socket, _request, nth) =>
      socket.write(
        nth % 2 === 0
          ? `HTTP/1.1 200 OK\r\nContent-Length: ${big.length}\r\n\r\n${big}`
          : `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
      ),
    )
    const http = client()
    for (let i = 0; i < 4; i++) expect(text(await get(http, server.port, { maxBodyBytes: 3_000_000 }))).toBe(big)
    expect(server.connections).toBe(1)
  })

  it.each<[string, string, RegExp]>([
    ['no HTTP', 'hello there\r\n\r\n', /^protocol: malformed HTTP response "hello there"/],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', /^protocol: malformed HTTP version/],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
      /^protocol: bad Content-Length/,
    ],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', /^protocol: bad Content-Length/],
    [
      'an unknown encoding',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
      /^protocol: unsupported transfer encoding/,
    ],
    [
      'a chunk length that is none',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
      /^protocol: invalid byte in chunk length/,
    ],
    [
      'a chunk that is too long',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n',
      /^protocol: malformed chunked encoding/,
    ],
    ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', /^protocol: unexpected "101/],
    ['endless interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(10), /^protocol: .*too many 1xx/],
    ['a broken header line', 'HTTP/1.1 200 OK\r\nno colon here\r\n\r\n', /^protocol: malformed header line/],
    [
      'a blank before the colon',
      'HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc',
      /^protocol: malformed header line/,
    ],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'X-Long: yes\r\n'.repeat(20_000)}`, /^protocol: .*headers exceeded/],
    [
      'an endless chunk line',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(10_000)}`,
      /^protocol: http: chunk line too long/,
    ],
  ])('refuses %s', async (_what, bytes, expected) => {
    const server = await serving(says(bytes))
    expect(text(await get(client(), server.port))).toMatch(expected)
  })

  it.each<[string, string, string]>([
    ['before any byte', '', 'reset: EOF'],
    ['within the head', 'HTTP/1.1 200 OK\r\nContent-', 'reset: unexpected EOF'],
    ['within the body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello', 'reset: unexpected EOF'],
    ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe', 'reset: unexpected EOF'],
    [
      'before the last chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      'reset: unexpected EOF',
    ],
  ])('tells a connection that ends %s', async (_where, bytes, expected) => {
    const server = await serving(saysAndEnds(bytes))
    expect(text(await get(client(), server.port))).toBe(expected)
    expect(server.connections).toBe(1)
  })

  it.each<[string, string]>([
    ['announced', 'HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n'],
    ['in chunks', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n${'x'.repeat(100)}\r\n1\r\n`],
    ['without length', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(101)}`],
  ])('stops at a body that is too large, %s', async (_how, bytes) => {
    const server = await serving(says(bytes))
    expect(text(await get(client(), server.port, { maxBodyBytes: 100 }))).toBe(
      'too-large: response body has more than 100 bytes',
    )
  })

  it('accepts a body of exactly the limit', async () => {
    const server = await serving(says(`HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${'x'.repeat(100)}`))
    expect(await get(client(), server.port, { maxBodyBytes: 100 })).toMatchObject({ ok: true })
  })
})

describe('connections', () => {
  const ok = says('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')

  it('are used again', async () => {
    const server = await serving(ok)
    const http = client()
    for (let i = 0; i < 5; i++) expect(text(await get(http, server.port))).toBe('ok')
    expect(server.connections).toBe(1)
  })

  it('carry one request each at a time', async () => {
    const server = await serving(ok)
    const http = client()
    await Promise.all(Array.from({ length: 8 }, () => get(http, server.port)))
    await Promise.all(Array.from({ length: 8 }, () => get(http, server.port)))
    expect(server.connections).toBe(8)
  })

  it.each<[string, string]>([
    ['the server says close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
    ['it speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    [
      'bytes follow the response',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
    ],
    [
      'two framings disagree',
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
    [
      'the server closes idle ones within a second',
      'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok',
    ],
  ])('are not used again when %s', async (_why, bytes) => {
    const server = await serving(says(bytes))
    const http = client()
    for (let i = 0; i < 3; i++) expect(text(await get(http, server.port))).toBe('ok')
    expect(server.connections).toBe(3)
  })

  it.each(['GET', 'POST'] as const)('a %s that met the close of an idle connection is sent again', async (method) => {
    const server = await serving((socket, _request, nth) => {
      if (nth === 1) socket.resetAndDestroy()
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
    const http = client()
    const body = method === 'POST' ? { body: Uint8Array.of(1, 2, 3) } : {}
    expect(text(await get(http, server.port, { method, ...body }))).toBe('ok')
    expect(text(await get(http, server.port, { method, ...body }))).toBe('ok')
    expect(server.requests.length).toBe(3)
    expect(server.connections).toBe(2)
  })

  it('are not retried when fresh, nor when part of the answer has come', async () => {
    const fresh = await serving((socket) => socket.resetAndDestroy())
    expect(text(await get(client(), fresh.port))).toMatch(/^reset: /)
    expect(fresh.requests.length).toBe(1)

    const partly = await serving((socket, _request, nth) => {
      if (nth === 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      else socket.end('HTTP/1.1 2')
    })
    const http = client()
    await get(http, partly.port)
    expect(text(await get(http, partly.port))).toBe('reset: unexpected EOF')
    expect(partly.requests.length).toBe(2)
  })

  it('are not used again when the server is about to close them, or after five minutes', async () => {
    const server = await serving((socket, request) =>
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${request.includes('hint') ? 'Keep-Alive: max=5, timeout=60\r\n' : ''}\r\nok`,
      ),
    )
    const http = client()
    const now = performance.now.bind(performance)
    let ahead = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead)
    cleanups.push(() => clock.mockRestore())
    const connectionsAfter = async (seconds: number, headers: HttpRequest['headers'] = []): Promise<number> => {
      ahead += seconds * 1000
      await get(http, server.port, { headers })
      return server.connections
    }
    expect(await connectionsAfter(0)).toBe(1)
    expect(await connectionsAfter(280, [['X', 'hint']])).toBe(1)
    expect(await connectionsAfter(50, [['X', 'hint']])).toBe(1)
    expect(await connectionsAfter(59.5)).toBe(2)
    expect(await connectionsAfter(301)).toBe(3)
  })

  it('survive an idle close by the server', async () => {
    const server = await serving(ok)
    const http = client()
    await get(http, server.port)
    server.dropAll()
    expect(text(await get(http, server.port))).toBe('ok')
  })

  it('are closed by close(), and a request under way ends well', async () => {
    let release = (): void => {}
    const server = await serving((socket, _request, nth) => {
      if (nth === 0) ok(socket)
      else release = () => ok(socket)
    })
    const http = client()
    await get(http, server.port)
    const underWay = get(http, server.port)
    while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    http.close()
    release()
    expect(text(await underWay)).toBe('ok')
  })
})

describe('many requests at once', () => {
  it('each get their own answer, from a server of every mood', async () => {
    const server = await serving((socket, request, nth) => {
      const path = /^GET (\S+)/.exec(request)?.[1] ?? ''
      const answer = path.repeat((nth % 7) * 300 + 1)
      switch (nth % 5) {
        case 0:
          socket.end(`HTTP/1.1 200 OK\r\n\r\n${answer}`)
          break
        case 1:
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\n\r\n`)
          setTimeout(() => socket.write(answer), nth % 3)
          break
        case 2: {
          const half = answer.length >> 1
          const pieces = [answer.slice(0, half), answer.slice(half)].filter((piece) => piece !== '')
          socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
          for (const piece of pieces) socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`)
          socket.write('0\r\n\r\n')
          break
        }
        case 3:
          socket.destroy()
          break
        default:
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`)
      }
    })
    const http = client()
    let answered = 0
    let left = 600
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        while (left > 0) {
          const path = `/request-${left--};`
          const result = await get(http, server.port, { url: new URL(`http://127.0.0.1:${server.port}${path}`) })
          if (!result.ok) {
            expect(result.reason).toBe('reset')
            continue
          }
          answered++
          expect(text(result).replaceAll(path, '')).toBe('')
        }
      }),
    )
    expect(answered).toBeGreaterThan(300)
  })
})

describe('time and cancelling', () => {
  const silent = (): void => {}

  it.each<[string, (socket: net.Socket) => void]>([
    ['a server that says nothing', silent],
    ['a body that stalls', says('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel')],
  ])('ends %s at the deadline', async (_what, answer) => {
    const server = await serving(answer)
    const started = performance.now()
    const result = await get(client(), server.port, { deadline: started + 60 })
    expect(text(result)).toBe('timeout: context deadline exceeded')
    expect(performance.now()).toBeGreaterThanOrEqual(started + 60)
    expect(performance.now() - started).toBeLessThan(3000)
  })

  it('does not begin after the deadline', async () => {
    const server = await serving(silent)
    expect(text(await get(client(), server.port, { deadline: performance.now() - 1 }))).toBe(
      'timeout: context deadline exceeded',
    )
    expect(server.connections).toBe(0)
  })

  it('does not use a connection again on which a request timed out', async () => {
    const server = await serving((socket, _request, nth) => {
      if (nth > 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
    const http = client()
    await get(http, server.port, { deadline: performance.now() + 30 })
    expect(text(await get(http, server.port))).toBe('ok')
    expect(server.connections).toBe(2)
  })

  it('ends when the signal aborts, before and during', async () => {
    const server = await serving(silent)
    const abort = new AbortController()
    const underWay = get(client(), server.port, { signal: abort.signal })
    while (server.requests.length < 1) await new Promise((resolve) => setTimeout(resolve, 1))
    abort.abort()
    expect(text(await underWay)).toBe('aborted: context canceled')
    expect(text(await get(client(), server.port, { signal: abort.signal }))).toBe('aborted: context canceled')
  })
})

describe('failures to connect', () => {
  async function closedPort(): Promise<number> {
    const server = net.createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    await new Promise((resolve) => server.close(resolve))
    return port
  }

  it('name the address, in the words of Go', async () => {
    const port = await closedPort()
    expect(text(await get(client(), port))).toBe(`refused: dial tcp 127.0.0.1:${port}: connect: connection refused`)
  })

  it('tell a name that does not exist', async () => {
    const url = new URL('http://no-such-host.invalid:9100/')
    expect(text(await get(client(), 0, { url }))).toMatch(/^dns: dial tcp: lookup no-such-host.invalid: /)
  })

  it('refuse a scheme that is not HTTP', async () => {
    expect(text(await get(client(), 0, { url: new URL('ftp://127.0.0.1/x') }))).toBe(
      'protocol: unsupported protocol scheme "ftp"',
    )
  })
})

describe('names and addresses', () => {
  it('reaches an IPv6 literal', async () => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (chunk) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${/Host: (\S+)/.exec(chunk.toString())?.[1]}`))
    })
    server.listen(0, '::1')
    await once(server, 'listening')
    cleanups.push(() => server.close())
    const { port } = server.address() as net.AddressInfo
    expect(text(await get(client(), 0, { url: new URL(`http://[::1]:${port}/`) }))).toBe(`[::1]:${port}`)
  })

  it.each([false, true])('resolves names (round robin: %s)', async (roundRobinDns) => {
    const server = await serving(says('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
    const url = new URL(`http://localhost:${server.port}/`)
    // `localhost` may be ::1 as well, where nobody listens: round robin may pick it.
    const result = await get(client({ roundRobinDns }), 0, { url })
    if (roundRobinDns) expect(text(result)).toMatch(/^ok$|^refused: dial tcp \[::1\]/)
    else expect(text(result)).toBe('ok')
  })
})
