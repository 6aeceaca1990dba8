import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClients } from '../../../adapters/shared/http-client.ts'
import { proxyFromEnvironment } from '../../../adapters/shared/http-proxy.ts'
import type { HttpClientOptions, ProxyOptions } from '../../../core/ports.ts'
import { rawServer } from './raw-server.ts'

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function listening(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as net.AddressInfo).port
}

/** A proxy for CONNECT; `heads` are the requests it got. */
function tunnelProxy(heads: string[], refuse?: string): (socket: net.Socket) => void {
  return (socket) => {
    socket.on('error', () => {})
    socket.once('data', (chunk: Buffer) => {
      const head = chunk.toString('latin1')
      heads.push(head)
      if (refuse !== undefined) {
        socket.end(refuse)
        return
      }
      const port = Number(/^CONNECT \S+:(\d+) /.exec(head)?.[1])
      const to = net.connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\nX-Proxy: 1\r\n\r\n')
        socket.pipe(to).pipe(socket)
      })
      to.on('error', () => socket.destroy())
      socket.on('close', () => to.destroy())
    })
  }
}

async function secureOrigin(): Promise<number> {
  const server = tls.createServer({ cert: pem('server'), key: pem('server-key') }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret'))
  })
  server.on('tlsClientError', () => {})
  return listening(server)
}

async function get(url: string, proxy: ProxyOptions, options: HttpClientOptions = {}, times = 1): Promise<string> {
  const http = createHttpClients({}).open({ ...options, proxyFor: () => proxy })
  cleanups.push(() => http.close())
  let answer = ''
  for (let i = 0; i < times; i++) {
    const result = await http.send({
      method: 'GET',
      url: new URL(url),
      headers: [],
      deadline: performance.now() + 5000,
      maxBodyBytes: 1e6,
    })
    answer = result.ok ? Buffer.from(result.body).toString() : `${result.reason}: ${result.message}`
  }
  return answer
}

describe('a proxy', () => {
  it('gets whole URLs for http, with its credentials', async () => {
    const proxy = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
    cleanups.push(() => proxy.close())
    const options = { url: `http://us%40er:pa%3Ass@127.0.0.1:${proxy.port}`, connectHeaders: [['X-C', '1']] as const }
    expect(await get('http://target.test:9100/metrics?x=1', options, {}, 2)).toBe('ok')
    expect(proxy.connections).toBe(1)
    expect(proxy.requests[0]).toBe(
      'GET http://target.test:9100/metrics?x=1 HTTP/1.1\r\nHost: target.test:9100\r\n' +
        `Proxy-Authorization: Basic ${Buffer.from('us@er:pa:ss').toString('base64')}\r\nConnection: keep-alive\r\n\r\n`,
    )
  })

  it('makes a tunnel for https, once', async () => {
    const heads: string[] = []
    const origin = await secureOrigin()
    const proxy = await listening(net.createServer(tunnelProxy(heads)))
    const options = { url: `http://me:word@127.0.0.1:${proxy}`, connectHeaders: [['X-C', '1']] as const }
    expect(await get(`https://localhost:${origin}/`, options, { tls: { ca: pem('ca') } }, 3)).toBe('secret')
    expect(heads).toEqual([
      `CONNECT localhost:${origin} HTTP/1.1\r\nHost: localhost:${origin}\r\n` +
        `Proxy-Authorization: Basic ${Buffer.from('me:word').toString('base64')}\r\nX-C: 1\r\n\r\n`,
    ])
  })

  it('still lets the certificate be checked', async () => {
    const origin = await secureOrigin()
    const proxy = await listening(net.createServer(tunnelProxy([])))
    expect(await get(`https://localhost:${origin}/`, { url: `http://127.0.0.1:${proxy}` })).toMatch(/^tls: .*x509/)
  })

  it('can be reached over TLS itself', async () => {
    const origin = await secureOrigin()
    const server = tls.createServer({ cert: pem('server'), key: pem('server-key') }, tunnelProxy([]))
    const proxy = await listening(server)
    const url = `https://localhost:${proxy}`
    expect(await get(`https://localhost:${origin}/`, { url }, { tls: { ca: pem('ca') } })).toBe('secret')
  })

  it('may refuse', async () => {
    const origin = await secureOrigin()
    const no = 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n'
    const proxy = await listening(net.createServer(tunnelProxy([], no)))
    expect(await get(`https://localhost:${origin}/`, { url: `http://u:secret@127.0.0.1:${proxy}` })).toBe(
      `refused: proxy 127.0.0.1:${proxy}: Proxy Authentication Required`,
    )
  })

  it('may be nonsense', async () => {
    expect(await get('http://a.test/', { url: 'socks5://127.0.0.1:1' })).toBe(
      'protocol: proxy: unsupported scheme "socks5"',
    )
    expect(await get('http://a.test/', { url: 'http://127.0.0.1:1', connectHeaders: [['A', 'b\r\nc: d']] })).toMatch(
      /^protocol: .*invalid header/,
    )
  })
})

describe('the environment', () => {
  const chosen = (env: Record<string, string>, url: string): string | undefined =>
    proxyFromEnvironment(env)(new URL(url))?.url

  it('names proxies by scheme, in either case, upper first', () => {
    const env = { HTTP_PROXY: 'http://one:1', http_proxy: 'http://other:1', https_proxy: 'two:2' }
    expect(chosen(env, 'http://a.test/')).toBe('http://one:1')
    expect(chosen(env, 'https://a.test/')).toBe('http://two:2')
    expect(chosen({}, 'http://a.test/')).toBeUndefined()
  })

  it('is passed over for this machine, for NO_PROXY, and for http in CGI', () => {
    const env = { HTTP_PROXY: 'http://one:1', NO_PROXY: 'b.test' }
    expect(chosen(env, 'http://localhost:9/')).toBeUndefined()
    expect(chosen(env, 'http://127.8.8.8/')).toBeUndefined()
    expect(chosen(env, 'http://x.b.test/')).toBeUndefined()
    expect(chosen(env, 'http://xb.test/')).toBe('http://one:1')
    expect(chosen({ ...env, REQUEST_METHOD: 'GET' }, 'http://a.test/')).toBeUndefined()
  })
})

describe('what is wrong with a proxy URL', () => {
  it.each(['http://user:50%off@proxy:3128', 'http://%@proxy', 'http://us%e9r:p@proxy'])(
    'is told for %s',
    async (url) => {
      const client = createHttpClients({}).open({ proxyFor: () => ({ url }) })
      cleanups.push(() => client.close())
      const target = new URL('http://a.test/')
      const request = {
        method: 'GET',
        url: target,
        headers: [],
        deadline: performance.now() + 2000,
        maxBodyBytes: 1,
      } as const
      expect(await client.send(request)).toEqual({
        ok: false,
        reason: expect.any(String),
        message: 'proxy: invalid URL escape in the user or password of the proxy URL; write % as %25',
      })
    },
  )
})
