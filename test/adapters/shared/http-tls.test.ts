import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type net from 'node:net'
import { createServer } from 'node:net'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClients } from '../../../adapters/shared/http-client.ts'
import { trustedRoots } from '../../../adapters/shared/trust-store.ts'
import type { HttpClient, HttpFailure, HttpResponse, TlsOptions } from '../../../core/ports.ts'

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const ca = pem('ca')

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Answers every request with what it knows of the peer. */
async function secureServer(options: tls.TlsOptions = {}): Promise<number> {
  const sockets = new Set<net.Socket>()
  const server = tls.createServer({ cert: pem('server'), key: pem('server-key'), ...options }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', () => {
      const name = socket.getPeerCertificate()?.subject?.CN ?? 'nobody'
      const body = `${name} by ${String(socket.servername || 'no name')}`
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    })
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as net.AddressInfo).port
}

async function get(
  port: number,
  options: TlsOptions,
  host = '127.0.0.1',
  times = 1,
  env: Record<string, string> = {},
): Promise<string> {
  const http = createHttpClients(env).open({ tls: options })
  cleanups.push(() => http.close())
  let result: HttpResponse | HttpFailure | undefined
  for (let i = 0; i < times; i++) {
    result = await http.send({
      method: 'GET',
      url: new URL(`https://${host}:${port}/`),
      headers: [],
      deadline: performance.now() + 5000,
      maxBodyBytes: 1e6,
    })
  }
  if (result?.ok) return Buffer.from(result.body).toString()
  return `${result?.reason}: ${result?.message}`
}

describe('TLS', () => {
  it('trusts the given CA, by address and by name, and keeps the connection', async () => {
    const port = await secureServer()
    expect(await get(port, { ca })).toBe('nobody by no name')
    expect(await get(port, { ca }, 'localhost', 3)).toBe('nobody by localhost')
  })

  it('trusts nobody else', async () => {
    const port = await secureServer()
    expect(await get(port, {})).toMatch(
      /^tls: tls: failed to verify certificate: x509: certificate signed by unknown authority/,
    )
    const stranger = await secureServer({ cert: pem('stranger'), key: pem('stranger-key') })
    expect(await get(stranger, { ca })).toMatch(/^tls: tls: failed to verify certificate: x509:/)
  })

  it("trusts the machine's own authorities, which SSL_CERT_FILE can name", async () => {
    const port = await secureServer()
    const env = { SSL_CERT_FILE: fileURLToPath(new URL('../../fixtures/tls/ca.pem', import.meta.url)) }
    expect(await get(port, {}, 'localhost', 1, env)).toBe('nobody by localhost')
    expect(await get(port, { cert: pem('client'), key: pem('client-key') }, 'localhost', 1, env)).toMatch(/localhost/)
    expect(await get(port, { ca: pem('stranger') }, 'localhost', 1, env)).toMatch(/^tls: .*x509/)
  })

  it('finds them where Go does', () => {
    const cert = '-----BEGIN CERTIFICATE-----'
    const files: Record<string, string> = {
      '/etc/pki/tls/certs/ca-bundle.crt': `${cert} fedora`,
      '/extra': `${cert} extra`,
      '/none': '',
    }
    const read = (path: string): string => {
      if (files[path] === undefined) throw new Error('ENOENT')
      return files[path]
    }
    expect(trustedRoots({}, read)).toEqual([`${cert} fedora`])
    expect(trustedRoots({ NODE_EXTRA_CA_CERTS: '/extra' }, read)).toEqual([`${cert} fedora`, `${cert} extra`])
    expect(trustedRoots({ SSL_CERT_FILE: '/extra' }, read)).toEqual([`${cert} extra`])
    expect(trustedRoots({ SSL_CERT_FILE: '/none' }, read)).toBeUndefined()
    expect(trustedRoots({ SSL_CERT_FILE: '/gone' }, read)).toBeUndefined()
  })

  it('checks the name, and takes the one that is configured', async () => {
    const port = await secureServer()
    expect(await get(port, { ca, serverName: 'metrics.test' })).toBe('nobody by metrics.test')
    expect(await get(port, { ca, serverName: 'other.test' })).toMatch(/^tls: .*certificate is not valid for other.test/)
  })

  it('verifies nothing when told so', async () => {
    const port = await secureServer({ cert: pem('stranger'), key: pem('stranger-key') })
    expect(await get(port, { insecureSkipVerify: true })).toBe('nobody by no name')
    expect(await get(port, { insecureSkipVerify: true, serverName: 'other.test' })).toBe('nobody by other.test')
  })

  it('shows its certificate', async () => {
    const port = await secureServer({ ca, requestCert: true, rejectUnauthorized: true })
    expect(await get(port, { ca, cert: pem('client'), key: pem('client-key') })).toBe('skein test client by no name')
    expect(await get(port, { ca })).toMatch(/^(tls|reset): /)
  })

  it('insists on the version', async () => {
    const port = await secureServer({ maxVersion: 'TLSv1.2' })
    expect(await get(port, { ca, minVersion: 'TLS12' })).toBe('nobody by no name')
    expect(await get(port, { ca, minVersion: 'TLS13' })).toMatch(/^tls: /)
  })

  it('refuses certificates and keys that are none when the client is opened', () => {
    const open = (options: TlsOptions) => () => createHttpClients({}).open({ tls: options })
    expect(open({ cert: 'nonsense', key: 'nonsense' })).toThrow(/tls_config/)
    expect(open({ cert: pem('client'), key: pem('server-key') })).toThrow(/tls_config/)
    expect(open({ ca: 'nonsense' })).toThrow(/tls_config/)
  })

  it('leaves no connection behind: stalled handshake, refused certificate, closed client', async () => {
    let open = 0
    let seen = 0
    const count = (socket: net.Socket): void => {
      open++
      seen++
      socket.on('error', () => {})
      socket.on('close', () => open--)
    }
    const silent = createServer((socket) => {
      count(socket)
      socket.resume()
    })
    const secure = tls.createServer({ cert: pem('server'), key: pem('server-key') }, (socket) => {
      socket.on('error', () => {})
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    })
    secure.on('connection', count)
    secure.on('tlsClientError', () => {})
    const ports: number[] = []
    for (const server of [silent, secure]) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      cleanups.push(() => server.close())
      ports.push((server.address() as net.AddressInfo).port)
    }
    const send = (http: HttpClient, port: number, ms: number) =>
      http.send({
        method: 'GET',
        url: new URL(`https://localhost:${port}/`),
        headers: [],
        deadline: performance.now() + ms,
        maxBodyBytes: 10,
      })
    const trusting = createHttpClients({}).open({ tls: { ca } })
    expect(await send(trusting, ports[0], 40)).toMatchObject({ ok: false, reason: 'timeout' })
    expect(await send(createHttpClients({}).open({ tls: { ca: pem('stranger') } }), ports[1], 5000)).toMatchObject({
      ok: false,
      reason: 'tls',
    })
    expect(await send(trusting, ports[1], 5000)).toMatchObject({ ok: true })
    expect(seen).toBe(3)
    trusting.close()
    while (open > 0) await new Promise((resolve) => setTimeout(resolve, 2))
  })

  it('tells a server that speaks no TLS', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanups.push(() => server.close())
    expect(await get((server.address() as net.AddressInfo).port, { ca })).toMatch(/^tls: tls: /)
  })
})
