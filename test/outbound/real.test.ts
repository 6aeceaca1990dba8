/** The whole way on the runtime's own sockets: policy, client, TLS with client certificates, files that change. */
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { files } from '../../adapters/shared/files.ts'
import { createHttpClients } from '../../adapters/shared/http-client.ts'
import type { OutboundConfig } from '../../core/outbound/config.ts'
import { createOutbound } from '../../core/outbound/outbound.ts'
import type { Clock } from '../../core/ports.ts'
import { createTimers } from '../../core/time/timers.ts'

const fixture = (name: string): string => new URL(`../fixtures/tls/${name}.pem`, import.meta.url).pathname
const pem = (name: string): string => readFileSync(fixture(name), 'utf8')

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** The clock of the process. */
const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wake: (at, wakeUp) => {
    const timer = setTimeout(wakeUp, Math.max(0, at - performance.now()) + 1)
    return () => clearTimeout(timer)
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}

async function get(config: OutboundConfig, url: string): Promise<string> {
  const outbound = createOutbound(config, { http: createHttpClients({}), files, clock, timers: createTimers(clock) })
  cleanups.push(() => outbound.close())
  return ask(outbound, url)
}

async function ask(outbound: ReturnType<typeof createOutbound>, url: string): Promise<string> {
  const result = await outbound.send({
    method: 'GET',
    url: new URL(url),
    headers: [],
    deadline: clock.monotonic() + 5000,
    maxBodyBytes: 1e6,
  })
  return result.ok ? Buffer.from(result.body).toString() : `${result.reason}: ${result.message}`
}

/** Says which certificate the caller showed. */
async function mutualTls(): Promise<string> {
  const server = tls.createServer(
    { cert: pem('server'), key: pem('server-key'), ca: pem('ca'), requestCert: true, rejectUnauthorized: true },
    (socket) => {
      cleanups.push(() => socket.destroy())
      socket.on('error', () => {})
      socket.on('data', () => {
        const name = socket.getPeerCertificate().subject?.CN ?? ''
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`)
      })
    },
  )
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  return `https://localhost:${(server.address() as AddressInfo).port}/`
}

describe('TLS files', () => {
  it('show a client certificate', async () => {
    const url = await mutualTls()
    const tls = { caFile: fixture('ca'), certFile: fixture('client'), keyFile: fixture('client-key') }
    expect(await get({ tls }, url)).toBe('skein test client')
    expect(await get({ tls: { caFile: fixture('ca') } }, url)).toMatch(/^(tls|reset): /)
    expect(await get({ tls: { ...tls, caFile: fixture('stranger') } }, url)).toMatch(/^tls: .*x509/)
  })

  it('are used anew when they change, damaged ones fail until they are mended', async () => {
    const url = await mutualTls()
    const folder = mkdtempSync(join(tmpdir(), 'skein-tls-'))
    cleanups.push(() => rmSync(folder, { recursive: true }))
    const certFile = join(folder, 'cert.pem')
    const keyFile = join(folder, 'key.pem')
    copyFileSync(fixture('client'), certFile)
    copyFileSync(fixture('client-key'), keyFile)
    let moved = 0
    const moving: Clock = { ...clock, monotonic: () => clock.monotonic() + moved }
    const http = createHttpClients({})
    const outbound = createOutbound(
      { tls: { caFile: fixture('ca'), certFile, keyFile } },
      { http, files, clock: moving, timers: createTimers(moving) },
    )
    cleanups.push(() => outbound.close())
    expect(await ask(outbound, url)).toBe('skein test client')
    writeFileSync(certFile, 'half a file')
    moved += 2000
    expect(await ask(outbound, url)).toMatch(/^tls: tls_config: the certificate holds no PEM/)
    copyFileSync(fixture('server'), certFile)
    copyFileSync(fixture('server-key'), keyFile)
    expect(await ask(outbound, url)).toMatch(/^localhost$|^(tls|reset): /)
    copyFileSync(fixture('client'), certFile)
    copyFileSync(fixture('client-key'), keyFile)
    moved += 2000
    expect(await ask(outbound, url)).toBe('skein test client')
  })
})

describe('OAuth2 and redirects', () => {
  it('work over sockets', async () => {
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        if (request.url === '/token') {
          response.setHeader('Content-Type', 'application/json')
          response.end(
            JSON.stringify({ access_token: `for-${new URLSearchParams(body).get('scope')}`, expires_in: 60 }),
          )
        } else if (request.url === '/old') {
          response.writeHead(308, { Location: '/new?x=1' }).end('moved')
        } else {
          response.end(`${request.url} ${request.headers.authorization}`)
        }
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanups.push(() => new Promise((resolve) => server.close(resolve)))
    cleanups.push(() => server.closeAllConnections())
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const oauth2 = { clientId: 'me', clientSecret: 's', tokenUrl: `${base}/token`, scopes: ['metrics'] }
    expect(await get({ oauth2 }, `${base}/old`)).toBe('/new?x=1 Bearer for-metrics')
  })
})
