import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClients } from '../../../adapters/shared/http-client.ts'
import { type FetchHandler, type Listening, PATIENCE, type ServerTls } from '../../../adapters/shared/listen.ts'
import type { HttpClient, HttpFailure, HttpRequest, HttpResponse, TlsOptions } from '../../../core/ports.ts'
import { listenWith, peerClients } from './this-runtime.ts'

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const ca = pem('ca')
const SERVER: ServerTls = { cert: pem('server'), key: pem('server-key') }
const MUTUAL: ServerTls = { ...SERVER, clientCa: ca, clientAuth: 'require' }
const CLIENT: TlsOptions = { ca, cert: pem('client'), key: pem('client-key') }
const STRANGER: TlsOptions = { ca, cert: pem('stranger'), key: pem('stranger-key') }

const cleanups: (() => unknown)[] = []
const rejections: unknown[] = []
const note = (reason: unknown): void => void rejections.push(reason)
process.on('unhandledRejection', note)
process.on('uncaughtException', note)
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  expect(rejections.splice(0)).toEqual([])
})

const answer: FetchHandler = async (request, { httpVersion, remoteAddress }) =>
  new Response(`${httpVersion} ${remoteAddress === undefined ? 'nobody' : 'somebody'} ${await request.text()}`)

async function serving(settings?: ServerTls, handler = answer, patience = PATIENCE): Promise<Listening> {
  const listening = await listenWith(handler, { host: '127.0.0.1', port: 0 }, patience)
  cleanups.push(() => listening.close(0))
  if (settings !== undefined) await listening.setTls(settings)
  return listening
}

function peer(options?: TlsOptions): HttpClient {
  const opened = peerClients.open({ connectTimeoutMs: 2000, ...(options === undefined ? {} : { tls: options }) })
  cleanups.push(() => opened.close())
  return opened
}

/** By HTTP/1.1. */
function scraper(options: TlsOptions): HttpClient {
  const opened = createHttpClients({}).open({ tls: options })
  cleanups.push(() => opened.close())
  return opened
}

async function ask(http: HttpClient, port: number, scheme = 'https', more: Partial<HttpRequest> = {}): Promise<string> {
  const result: HttpResponse | HttpFailure = await http.send({
    method: 'POST',
    url: new URL(`${scheme}://127.0.0.1:${port}/`),
    headers: [],
    deadline: performance.now() + 3000,
    maxBodyBytes: 1e6,
    ...more,
  })
  return result.ok ? new TextDecoder().decode(result.body) : `${result.reason}: ${result.message}`
}

describe('TLS on the one port', () => {
  it('is spoken from the moment that it is configured, and plain again afterwards', async () => {
    const listening = await serving()
    const { port } = listening
    expect(await ask(peer(), port, 'http')).toBe('2 somebody ')
    await listening.setTls(SERVER)
    expect(await ask(peer({ ca }), port)).toBe('2 somebody ')
    expect(await ask(scraper({ ca }), port)).toBe('1 somebody ')
    expect(await ask(peer(), port, 'http', { deadline: performance.now() + 1000 })).toMatch(/^(reset|timeout|protocol)/)
    await listening.setTls(undefined)
    expect(await ask(peer(), port, 'http')).toBe('2 somebody ')
    expect(await ask(peer({ ca }), port)).toMatch(/^(tls|reset)/)
  })

  it('asks for the certificates of clients', async () => {
    const { port } = await serving(MUTUAL)
    expect(await ask(peer(CLIENT), port)).toBe('2 somebody ')
    expect(await ask(scraper(CLIENT), port)).toBe('1 somebody ')
    for (const options of [{ ca }, STRANGER]) expect(await ask(peer(options), port)).toMatch(/^(tls|reset): /)
  })

  it('takes clients without a certificate when it only asks, but none with a wrong one', async () => {
    const { port } = await serving({ ...MUTUAL, clientAuth: 'request' })
    expect(await ask(peer(CLIENT), port)).toBe('2 somebody ')
    expect(await ask(peer({ ca }), port)).toBe('2 somebody ')
    expect(await ask(peer(STRANGER), port)).toMatch(/^(tls|reset): /)
  })

  it('takes any certificate when there is no CA for them, but wants one', async () => {
    const { port } = await serving({ ...SERVER, clientAuth: 'require' })
    expect(await ask(peer(STRANGER), port)).toBe('2 somebody ')
    expect(await ask(peer({ ca }), port)).toMatch(/^(tls|reset): /)
  })

  it('changes nothing when certificate or key are no good', async () => {
    const listening = await serving()
    await expect(listening.setTls({ cert: 'nonsense', key: 'nonsense' })).rejects.toThrow(/TLS of the HTTP server/)
    await expect(listening.setTls({ cert: pem('server'), key: pem('client-key') })).rejects.toThrow(/TLS of the HTTP/)
    expect(await ask(peer(), listening.port, 'http')).toBe('2 somebody ')
    await listening.setTls(SERVER)
    await expect(listening.setTls({ ...SERVER, clientCa: 'nonsense' })).rejects.toThrow(/TLS of the HTTP server/)
    expect(await ask(peer({ ca }), listening.port)).toBe('2 somebody ')
  })

  it('takes another certificate for new connections', async () => {
    const listening = await serving(SERVER)
    await listening.setTls({ cert: pem('stranger'), key: pem('stranger-key') })
    expect(await ask(peer({ ca }), listening.port)).toMatch(/^tls: /)
  })

  it('ends handshakes that get nowhere', async () => {
    const { port } = await serving(SERVER, answer, { ...PATIENCE, firstBytesMs: 60 })
    for (const bytes of ['', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01']) {
      const socket = net.connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.resume()
      await once(socket, 'connect')
      if (bytes !== '') socket.write(Buffer.from(bytes, 'latin1'))
      await once(socket, 'close')
    }
    expect(await ask(peer({ ca }), port)).toBe('2 somebody ')
  })

  it('sends headers before the body, too', async () => {
    const { port } = await serving(
      SERVER,
      (request) =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              const { value } = (await request.body?.getReader().read()) ?? {}
              if (value !== undefined) controller.enqueue(value)
              controller.close()
            },
          }),
        ),
    )
    const socket = tls.connect({ port, host: '127.0.0.1', ca, ALPNProtocols: ['http/1.1'] })
    cleanups.push(() => socket.destroy())
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    const [head] = await once(socket, 'data')
    expect(String(head)).toMatch(/^HTTP\/1.1 200/)
    socket.write('3\r\none\r\n')
    expect(String((await once(socket, 'data'))[0])).toContain('one')
  })

  it('carries 300 requests on one connection, and large ones', async () => {
    const { port } = await serving(MUTUAL, async (request) => new Response(await request.arrayBuffer()))
    const http = peer(CLIENT)
    for (let i = 0; i < 300; i++) expect(await ask(http, port, 'https', { body: new Uint8Array(3) })).toBe('\0\0\0')
    const body = new Uint8Array(8e6).fill(65)
    expect((await ask(http, port, 'https', { body, maxBodyBytes: 1e7 })).length).toBe(8e6)
  })
})

describe('TLS to peers', () => {
  it('trusts the configured CA alone', async () => {
    const { port } = await serving(SERVER)
    expect(await ask(peer({ ca: pem('stranger') }), port)).toMatch(/^tls: tls: .*(x509|certificate)/)
    expect(await ask(peer({}), port)).toMatch(/^tls: tls: .*(x509|certificate)/)
  })

  it('checks the name that is configured', async () => {
    const { port } = await serving(SERVER)
    expect(await ask(peer({ ca, serverName: 'metrics.test' }), port)).toBe('2 somebody ')
    expect(await ask(peer({ ca, serverName: 'other.test' }), port)).toMatch(/^tls: .*other\.test/)
  })

  it('verifies nothing when told so', async () => {
    const { port } = await serving({ cert: pem('stranger'), key: pem('stranger-key') })
    expect(await ask(peer({ insecureSkipVerify: true }), port)).toBe('2 somebody ')
  })

  it('insists on HTTP/2', async () => {
    for (const protocols of [undefined, ['http/1.1']]) {
      const server = tls.createServer(
        {
          cert: pem('server'),
          key: pem('server-key'),
          ...(protocols === undefined ? {} : { ALPNProtocols: protocols }),
        },
        (socket) => {
          socket.on('error', () => {})
          socket.resume()
        },
      )
      server.on('tlsClientError', () => {})
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      cleanups.push(() => server.close())
      const result = await ask(peer({ ca }), (server.address() as net.AddressInfo).port, 'https')
      expect(result).toMatch(/^(tls|protocol): .*/)
      if (protocols === undefined) expect(result).toMatch(/HTTP\/2/)
    }
  })

  it('refuses certificates and keys that are none when the client is opened', () => {
    expect(() => peer({ cert: 'nonsense', key: 'nonsense' })).toThrow(/tls_config/)
    expect(() => peer({ ca: 'nonsense' })).toThrow(/tls_config/)
  })
})
