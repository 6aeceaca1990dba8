/**
 * Makes the connections of the HTTP client: TCP, the proxy's CONNECT, TLS. Knows nothing of requests and of pools.
 * The caller's deadline is the only limit on time: it calls `cancel`.
 */
import { lookup } from 'node:dns'
import net from 'node:net'
import tls from 'node:tls'
import type { HttpFailure, ProxyOptions, TlsOptions } from '../../core/ports.ts'
import {
  connectionFailure,
  type DialedAddress,
  dialFailure,
  dnsFailure,
  failure,
  handshakeFailure,
  hostPort,
} from './http-failure.ts'
import { contextOf, minVersionOf, type SharedContexts } from './tls-context.ts'

/** Where a connection leads; connections with equal keys carry each other's requests. */
export interface Route {
  readonly key: string
  readonly origin: DialedAddress
  readonly secure: boolean
  readonly proxy: ProxyRoute | undefined
}

export interface ProxyRoute {
  readonly address: DialedAddress
  readonly secure: boolean
  /** Value of Proxy-Authorization. */
  readonly authorization: string | undefined
  readonly options: ProxyOptions
}

export interface Dialing {
  /** Afterwards `done` is not called any more. */
  cancel(): void
}

export interface Dialer {
  dial(route: Route, done: (result: net.Socket | HttpFailure) => void): Dialing
}

/** How long one address of several may take before the next is tried; Node's own 250 ms gives up on slow but healthy links. */
const ADDRESS_ATTEMPT_MS = 1000
/** What a proxy may say when it refuses. */
const MAX_PROXY_ANSWER_BYTES = 64 * 1024

/** Throws a CodedError when certificate, key or CA are no good. `protocol` is what TLS connections are for. */
export function createDialer(
  options: TlsOptions | undefined,
  roundRobinDns: boolean,
  env: Readonly<Record<string, string>>,
  shared: SharedContexts,
  protocol: 'http/1.1' | 'h2' = 'http/1.1',
): Dialer {
  const context = contextOf(options ?? {}, env, shared)
  const minVersion = minVersionOf(options ?? {})

  function dial(route: Route, done: (result: net.Socket | HttpFailure) => void): Dialing {
    let over = false
    let current: net.Socket | undefined

    const settle = (result: net.Socket | HttpFailure): void => {
      if (over) return
      over = true
      if (!(result instanceof net.Socket)) current?.destroy()
      done(result)
    }
    const first = route.proxy?.address ?? route.origin

    function toAddress(host: string): void {
      if (over) return
      const socket =
        first.socketPath !== undefined
          ? net.connect({ path: first.socketPath })
          : net.connect({
              host,
              port: first.port,
              noDelay: true,
              autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
            })
      current = socket
      once(socket, 'connect', (error) => {
        if (error !== undefined) {
          settle(dialFailure(error, first))
          return
        }
        // Set again because Bun forgets it as an option.
        if (first.socketPath === undefined) socket.setNoDelay(true)
        if (route.proxy?.secure) secure(socket, first.host, undefined, () => viaProxy(current as net.Socket))
        else viaProxy(socket)
      })
    }

    function viaProxy(socket: net.Socket): void {
      if (over) return
      const { proxy, origin } = route
      if (!route.secure) {
        settle(socket)
        return
      }
      const name = options?.serverName
      const finish = (): void => secure(socket, origin.host, name, () => settle(current as net.Socket))
      if (proxy === undefined) finish()
      else openTunnel(socket, route, proxy, (refused) => (refused === undefined ? finish() : settle(refused)))
    }

    function secure(under: net.Socket, host: string, name: string | undefined, next: () => void): void {
      if (over) return
      const serverName = name ?? host
      const socket = tls.connect({
        secureContext: context(),
        rejectUnauthorized: options?.insecureSkipVerify !== true,
        ALPNProtocols: [protocol],
        socket: under,
        host: serverName,
        servername: net.isIP(serverName) === 0 ? serverName : '',
      })
      current = socket
      once(socket, 'secureConnect', (error) => {
        if (error !== undefined) {
          settle(handshakeFailure(error, serverName))
          return
        }
        const version = socket.getProtocol()
        // Not every runtime honours the option.
        if (version !== null && version < minVersion) {
          return settle(failure('tls', `tls: server selected unsupported protocol version ${version}`))
        }
        // HTTP/1.1 is what a server speaks that selects nothing; HTTP/2 must be selected.
        if (protocol === 'h2' && socket.alpnProtocol !== 'h2') {
          const who = hostPort(first.host, first.port)
          return settle(failure('tls', `tls: ${who} does not speak HTTP/2 (ALPN h2 not selected)`))
        }
        next()
      })
    }

    if (roundRobinDns && first.socketPath === undefined && net.isIP(first.host) === 0) {
      lookup(first.host, { all: true }, (error, addresses) => {
        if (over) return
        if (error !== null || addresses.length === 0) {
          settle(dnsFailure(first.host, error?.code ?? 'ENOTFOUND'))
          return
        }
        toAddress(addresses[Math.floor(Math.random() * addresses.length)].address)
      })
    } else {
      toAddress(first.host)
    }
    return {
      cancel() {
        if (over) return
        over = true
        current?.destroy()
      },
    }
  }

  return { dial }
}

/** Calls `next` for the event or the first reason why it will never come. Keeps the socket from throwing afterwards. */
function once(socket: net.Socket, event: 'connect' | 'secureConnect', next: (error?: Error) => void): void {
  let over = false
  const end = (error?: Error): void => {
    if (over) return
    over = true
    socket.removeListener(event, arrived)
    socket.removeListener('error', failed)
    socket.removeListener('close', closed)
    socket.on('error', ignore)
    next(error)
  }
  const arrived = (): void => end()
  const failed = (error: Error): void => end(error)
  const closed = (): void => end(Object.assign(new Error('connection closed'), { code: 'ECONNRESET' }))
  socket.on(event, arrived)
  socket.on('error', failed)
  socket.on('close', closed)
}

function ignore(): void {}

/** `next` gets what the proxy did not like, or nothing when bytes now flow to the origin. */
function openTunnel(socket: net.Socket, route: Route, proxy: ProxyRoute, next: (refused?: HttpFailure) => void): void {
  const target = hostPort(route.origin.host, route.origin.port)
  let head = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n`
  if (proxy.authorization !== undefined) head += `Proxy-Authorization: ${proxy.authorization}\r\n`
  for (const [name, value] of proxy.options.connectHeaders ?? []) head += `${name}: ${value}\r\n`

  let seen = Buffer.alloc(0)
  const end = (refused?: HttpFailure): void => {
    socket.removeListener('data', onData)
    socket.removeListener('end', onEnd)
    socket.removeListener('error', onError)
    socket.removeListener('close', onEnd)
    next(refused)
  }
  const onData = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk])
    const headEnd = seen.indexOf('\r\n\r\n')
    if (headEnd < 0) {
      if (seen.length > MAX_PROXY_ANSWER_BYTES) end(failure('protocol', `proxy ${nameOf(proxy)}: answer too long`))
      return
    }
    const line = /^HTTP\/1\.[01] (\d{3}) ?([^\r\n]*)/.exec(seen.toString('latin1', 0, headEnd))
    if (line === null) {
      end(failure('protocol', `proxy ${nameOf(proxy)}: malformed HTTP response`))
      return
    }
    if (line[1][0] !== '2') {
      end(failure('refused', `proxy ${nameOf(proxy)}: ${line[2] || line[1]}`))
      return
    }
    socket.pause()
    end()
    socket.resume()
  }
  const onEnd = (): void => end(failure('reset', `proxy ${nameOf(proxy)}: unexpected EOF`))
  const onError = (error: Error): void => end(connectionFailure(error, proxy.address))
  socket.on('data', onData)
  socket.on('end', onEnd)
  socket.on('close', onEnd)
  socket.on('error', onError)
  socket.write(`${head}\r\n`)
}

/** Without the password that a proxy URL may carry. */
function nameOf(proxy: ProxyRoute): string {
  return hostPort(proxy.address.host, proxy.address.port)
}
