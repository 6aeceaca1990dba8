/**
 * HttpClients of ports.ts for Node, Bun and Deno: HTTP/1.1 directly on node:net and node:tls.
 *
 * Why not node:http: this is the scrape hot path, and node:http costs three times as much per GET (message objects,
 * streams, one event per piece); under Bun and Deno it is a layer over their fetch, with other errors, other proxy and
 * TLS options and other ideas of when a connection may be used again. The subset that an agent needs (one request, one
 * whole answer) is small, and this way it is the same on all three.
 *
 * Owns the pool: idle connections by route, last used first, so that spare ones grow old and leave. Follows RFC 9112 and
 * the behaviour of Go's http.Transport. Does no redirects, no content decoding, no authentication: core/outbound does.
 */
import { isIP } from 'node:net'
import type {
  HttpClient,
  HttpClientOptions,
  HttpClients,
  HttpFailure,
  HttpRequest,
  HttpResponse,
} from '../../core/ports.ts'
import { createConnection, type HttpConnection } from './http-connection.ts'
import { createDialer, type Dialer, type Dialing, type Route } from './http-dial.ts'
import { failure } from './http-failure.ts'
import { proxyFromEnvironment, readProxy } from './http-proxy.ts'
import { requestHead } from './http-request.ts'
import { type GiveUp, type Settle, untilEnd } from './request-end.ts'
import { createSharedContexts } from './tls-context.ts'

/** The limits of Prometheus's HTTP client. */
const MAX_IDLE_PER_ROUTE = 1000
const MAX_IDLE = 20_000
const IDLE_MS = 5 * 60_000
const SWEEP_MS = 15_000
/** A server that says when it closes is believed, less this: a request must not meet the close half-way. */
const KEEP_ALIVE_MARGIN_MS = 1000

/** `env` is the process environment: proxies, and where the trusted certificates are. */
export function createHttpClients(env: Readonly<Record<string, string>>): HttpClients {
  const shared = createSharedContexts(env)
  return {
    open: (options) => openClient(options, createDialer(options.tls, options.roundRobinDns === true, env, shared)),
    proxyFromEnvironment: proxyFromEnvironment(env),
  }
}

function openClient(options: HttpClientOptions, dialer: Dialer): HttpClient {
  const idle = new Map<string, HttpConnection[]>()
  let idleCount = 0
  let sweep: ReturnType<typeof setTimeout> | undefined
  let closed = false

  function send(request: HttpRequest): Promise<HttpResponse | HttpFailure> {
    return untilEnd(request, (settle) => start(request, settle))
  }

  function start(request: HttpRequest, settle: Settle): GiveUp {
    const route = routeTo(request.url, options)
    if (typeof route === 'string') {
      settle(failure('protocol', route))
      return ignore
    }
    const head = requestHead(request, route)
    if (typeof head !== 'string') {
      settle(head)
      return ignore
    }

    let connection = takeIdle(route.key)
    let dialing: Dialing | undefined
    let retry = connection !== undefined
    if (connection === undefined) connect()
    else connection.exchange(head, request.body, request.maxBodyBytes, exchanged)
    return () => {
      dialing?.cancel()
      connection?.close()
    }

    function connect(): void {
      dialing = dialer.dial(route as Route, (result) => {
        dialing = undefined
        if ('ok' in result) {
          settle(result)
          return
        }
        connection = createConnection(result, route as Route, forget)
        connection.exchange(head as string, request.body, request.maxBodyBytes, exchanged)
      })
    }
    function exchanged(result: HttpResponse | HttpFailure): void {
      const used = connection as HttpConnection
      connection = undefined
      if (!result.ok && retry && used.unanswered && result.reason === 'reset') {
        // The server had closed the idle connection before it saw the request: a fresh one, once.
        retry = false
        connect()
        return
      }
      if (result.ok && used.reusable) giveBack(used)
      settle(result)
    }
  }

  function takeIdle(key: string): HttpConnection | undefined {
    const connections = idle.get(key)
    if (connections === undefined) return undefined
    const now = performance.now()
    for (;;) {
      const connection = connections.pop()
      if (connection === undefined) return undefined
      idleCount--
      if (connection.open && connection.idleUntil > now) return connection
      connection.close()
    }
  }

  function giveBack(connection: HttpConnection): void {
    const { key } = connection.route
    let connections = idle.get(key)
    if (connections === undefined) idle.set(key, (connections = []))
    const keep = Math.min(IDLE_MS, (connection.keepAliveMs ?? IDLE_MS) - KEEP_ALIVE_MARGIN_MS)
    if (closed || keep <= 0 || connections.length >= MAX_IDLE_PER_ROUTE || idleCount >= MAX_IDLE) {
      connection.close()
      return
    }
    connection.idleUntil = performance.now() + keep
    connections.push(connection)
    idleCount++
    if (sweep === undefined) armSweep()
  }

  /** The peer closed it. */
  function forget(connection: HttpConnection): void {
    const connections = idle.get(connection.route.key)
    const at = connections?.indexOf(connection) ?? -1
    if (connections === undefined || at < 0) return
    connections.splice(at, 1)
    idleCount--
    if (connections.length === 0) idle.delete(connection.route.key)
  }

  function armSweep(): void {
    sweep = setTimeout(closeExpired, SWEEP_MS)
    sweep.unref?.()
  }

  function closeExpired(): void {
    sweep = undefined
    const now = performance.now()
    for (const [key, connections] of idle) {
      const kept = connections.filter((connection) => connection.idleUntil > now)
      for (const connection of connections) if (connection.idleUntil <= now) connection.close()
      idleCount -= connections.length - kept.length
      if (kept.length === 0) idle.delete(key)
      else if (kept.length < connections.length) idle.set(key, kept)
    }
    if (idleCount > 0) armSweep()
  }

  function close(): void {
    closed = true
    clearTimeout(sweep)
    for (const connections of idle.values()) for (const connection of connections) connection.close()
    idle.clear()
    idleCount = 0
  }

  return { send, close }
}

/** A string is what is wrong with the URL or its proxy. */
function routeTo(url: URL, options: HttpClientOptions): Route | string {
  const { protocol, hostname, port } = url
  const secure = protocol === 'https:'
  if (!secure && protocol !== 'http:') return `unsupported protocol scheme "${protocol.slice(0, -1)}"`
  const host = hostname.startsWith('[') && isIP(hostname.slice(1, -1)) === 6 ? hostname.slice(1, -1) : hostname
  const { socketPath } = options
  const named = { host, port: port === '' ? (secure ? 443 : 80) : Number(port) }
  const origin = socketPath === undefined ? named : { ...named, socketPath }
  const settings = socketPath === undefined ? options.proxyFor?.(url) : undefined
  if (settings === undefined) return { key: `${protocol}${hostname}:${port}`, origin, secure, proxy: undefined }
  const proxy = readProxy(settings)
  if (typeof proxy === 'string') return proxy
  // Plain requests to any host can share a connection to the proxy.
  const key = secure ? `${settings.url} ${hostname}:${port}` : settings.url
  return { key, origin, secure, proxy }
}

function ignore(): void {}
