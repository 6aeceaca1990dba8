/** The HTTP client on Unix sockets: the path stands in for host and port, everything else stays. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClients } from '../../../adapters/shared/http-client.ts'
import type { HttpClient, HttpClientOptions, HttpFailure, HttpRequest, HttpResponse } from '../../../core/ports.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skein-socket-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  return join(folder, 'api.sock')
}

interface Listening {
  readonly path: string
  readonly requests: string[]
  connections: number
  readonly sockets: Set<net.Socket>
}

/** Answers every request with its own first line, unless `answer` is given. */
async function listening(server: net.Server, answer?: (socket: net.Socket) => void): Promise<Listening> {
  const path = socketPath()
  const state: Listening = { path, requests: [], connections: 0, sockets: new Set() }
  server.on(server instanceof tls.Server ? 'secureConnection' : 'connection', (socket: net.Socket) => {
    state.connections++
    state.sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      const request = chunk.toString('latin1')
      state.requests.push(request)
      const line = request.slice(0, request.indexOf('\r\n'))
      if (answer !== undefined) answer(socket)
      else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${line.length}\r\n\r\n${line}`)
    })
  })
  server.listen(path)
  await once(server, 'listening')
  cleanups.push(async () => {
    for (const socket of state.sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return state
}

function client(options: HttpClientOptions): HttpClient {
  const opened = createHttpClients({}).open(options)
  cleanups.push(() => opened.close())
  return opened
}

function get(http: HttpClient, url: string, more: Partial<HttpRequest> = {}): Promise<HttpResponse | HttpFailure> {
  const deadline = performance.now() + 5000
  return http.send({ method: 'GET', url: new URL(url), headers: [], deadline, maxBodyBytes: 1e6, ...more })
}

const text = (result: HttpResponse | HttpFailure): string =>
  result.ok ? Buffer.from(result.body).toString() : `${result.reason}: ${result.message}`

describe('Unix sockets', () => {
  it('connects to the path whatever host the URL names, and says that host', async () => {
    const server = await listening(net.createServer())
    const http = client({ socketPath: server.path })
    expect(text(await get(http, 'http://no-such-host.invalid/containers/json?all=1'))).toBe(
      'GET /containers/json?all=1 HTTP/1.1',
    )
    expect(server.requests[0]).toMatch(/\r\nHost: no-such-host\.invalid\r\n/)
  })

  it('keeps the connection for the next request', async () => {
    const server = await listening(net.createServer())
    const http = client({ socketPath: server.path })
    await get(http, 'http://localhost/a')
    expect(text(await get(http, 'http://localhost/b'))).toBe('GET /b HTTP/1.1')
    expect(server.connections).toBe(1)
  })

  it('leaves proxies and name resolution aside', async () => {
    const server = await listening(net.createServer())
    const http = client({
      socketPath: server.path,
      roundRobinDns: true,
      proxyFor: () => ({ url: 'http://127.0.0.1:1' }),
    })
    expect(text(await get(http, 'http://no-such-host.invalid/x'))).toBe('GET /x HTTP/1.1')
  })

  it('speaks TLS on it, checking the name in the URL', async () => {
    const pem = (name: string): string =>
      readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
    const server = await listening(tls.createServer({ key: pem('server-key'), cert: pem('server') }))
    const trusting = client({ socketPath: server.path, tls: { ca: pem('ca') } })
    expect(text(await get(trusting, 'https://localhost/secure'))).toBe('GET /secure HTTP/1.1')
    expect(text(await get(trusting, 'https://other.invalid/secure'))).toMatch(/^tls: .*not valid for other\.invalid/)
  })

  it('says that there is no socket, as Go does', async () => {
    const path = socketPath()
    expect(text(await get(client({ socketPath: path }), 'http://localhost/'))).toBe(
      `refused: dial unix ${path}: connect: no such file or directory`,
    )
  })

  it('says that nobody listens there', async () => {
    const path = socketPath()
    // A file that is no socket refuses as a socket does whose listener died.
    writeFileSync(path, '')
    expect(text(await get(client({ socketPath: path }), 'http://localhost/'))).toBe(
      `refused: dial unix ${path}: connect: connection refused`,
    )
  })

  it('fails for a path that is too long or holds a NUL, instead of throwing', async () => {
    for (const path of [`/tmp/${'x'.repeat(300)}`, '/tmp/a\0b']) {
      expect(text(await get(client({ socketPath: path }), 'http://localhost/'))).toMatch(/^refused: dial unix \/tmp\//)
    }
  })

  it('names the socket when the connection breaks', async () => {
    const server = await listening(net.createServer(), (socket) => socket.destroy())
    expect(text(await get(client({ socketPath: server.path }), 'http://localhost/'))).toMatch(/^reset: /)
  })

  it('gives up at the deadline and when told to', async () => {
    const server = await listening(net.createServer(), () => {})
    const http = client({ socketPath: server.path })
    const late = await get(http, 'http://localhost/', { deadline: performance.now() + 50 })
    expect(text(late)).toBe('timeout: context deadline exceeded')
    const control = new AbortController()
    const asking = get(http, 'http://localhost/', { signal: control.signal })
    control.abort()
    expect(text(await asking)).toBe('aborted: context canceled')
  })
})
