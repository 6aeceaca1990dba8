/**
 * PeerClients of ports.ts on node:http2, for Node and Bun. Owns the sessions, one for each `host:port`: opens them at the first
 * request, keeps idle ones honest by PINGs, gives up those that time out, and never lets one peer wait for another.
 */
import { isIP } from 'node:net'
import process from 'node:process'
import { MAX_PEER_SESSIONS } from '../../core/limits.ts'
import type {
  HttpClient,
  HttpFailure,
  HttpRequest,
  HttpResponse,
  PeerClientOptions,
  PeerClients,
} from '../../core/ports.ts'
import { createDialer, type Dialer, type Dialing, type Route } from './http-dial.ts'
import { failure, hostPort, TIMED_OUT } from './http-failure.ts'
import { createPeerSession, type PeerSession, UNPROCESSED } from './peer-session.ts'
import { type GiveUp, type Settle, untilEnd } from './request-end.ts'
import { createSharedContexts } from './tls-context.ts'

/** When idle sessions are asked for a sign of life, and how long they have for it. */
export interface PingTimes {
  readonly idleMs: number
  readonly answerMs: number
}

export const PING_TIMES: PingTimes = { idleMs: 10_000, answerMs: 5000 }

export const peerClients: PeerClients = { open: (options) => openPeerClient(options, PING_TIMES) }

/** Who waits for a session. */
interface Waiter {
  connected(session: PeerSession): void
  failed(result: HttpFailure): void
}

interface Connecting {
  readonly waiting: Set<Waiter>
  dialing: Dialing | undefined
}

export function openPeerClient(
  options: PeerClientOptions,
  pings: PingTimes,
  most: number = MAX_PEER_SESSIONS,
): HttpClient {
  const env = process.env as Readonly<Record<string, string>>
  const dialer: Dialer = createDialer(options.tls, false, env, createSharedContexts(env), 'h2')
  const sessions = new Map<string, PeerSession>()
  const connecting = new Map<string, Connecting>()
  let sweep: ReturnType<typeof setInterval> | undefined
  let closed = false

  function send(request: HttpRequest): Promise<HttpResponse | HttpFailure> {
    return untilEnd(request, (settle) => start(request, settle))
  }

  function start(request: HttpRequest, settle: Settle): GiveUp {
    const { url } = request
    const route = routeTo(url, options.tls !== undefined)
    if (typeof route === 'string') {
      settle(failure('protocol', route))
      return ignore
    }

    let session: PeerSession | undefined
    let giveUp: () => void = ignore
    let retry = true
    attempt(route)
    return (why) => {
      giveUp()
      // Who doesn't answer in time may be gone without a word: the next request finds out with a session of its own.
      if (why === TIMED_OUT) session?.retire()
    }

    function attempt(to: Route): void {
      const open = sessions.get(to.key)
      if (open !== undefined) {
        carry(open)
        return
      }
      const waiter: Waiter = { connected: carry, failed: settle }
      giveUp = () => connecting.get(to.key)?.waiting.delete(waiter)
      connect(to, url.origin, waiter)
    }
    function carry(by: PeerSession): void {
      session = by
      giveUp = by.request(request, (result) => {
        if (result !== UNPROCESSED || !retry) {
          settle(result)
          return
        }
        retry = false
        session = undefined
        attempt(route as Route)
      })
    }
  }

  function connect(route: Route, origin: string, waiter: Waiter): void {
    const current = connecting.get(route.key)
    if (current !== undefined) {
      current.waiting.add(waiter)
      return
    }
    const attempt: Connecting = { waiting: new Set([waiter]), dialing: undefined }
    connecting.set(route.key, attempt)
    const timer = setTimeout(() => {
      attempt.dialing?.cancel()
      over(failure('timeout', `dial tcp ${hostPort(route.origin.host, route.origin.port)}: i/o timeout`))
    }, options.connectTimeoutMs)
    attempt.dialing = dialer.dial(route, (result) => {
      if ('ok' in result) {
        over(result)
        return
      }
      const session = createPeerSession(result, origin, route.origin, (gone) => {
        if (sessions.get(route.key) === gone) sessions.delete(route.key)
      })
      if (!closed) keep(route.key, session)
      over(session)
      if (closed) session.retire()
    })

    function over(result: PeerSession | HttpFailure): void {
      clearTimeout(timer)
      connecting.delete(route.key)
      for (const one of attempt.waiting) {
        if ('ok' in result) one.failed(result)
        else one.connected(result)
      }
    }
  }

  function keep(key: string, session: PeerSession): void {
    sessions.set(key, session)
    if (sessions.size > most) {
      let oldest: PeerSession | undefined
      for (const other of sessions.values()) {
        if (other === session || other.active > 0) continue
        if (oldest === undefined || other.usedAt < oldest.usedAt) oldest = other
      }
      oldest?.retire()
    }
    sweep ??= setInterval(askIdle, pings.idleMs / 4)
    sweep.unref?.()
  }

  function askIdle(): void {
    const before = performance.now() - pings.idleMs
    for (const session of sessions.values()) if (session.heardAt < before) session.ping(pings.answerMs)
    if (sessions.size > 0) return
    clearInterval(sweep)
    sweep = undefined
  }

  function close(): void {
    closed = true
    clearInterval(sweep)
    for (const session of [...sessions.values()]) session.retire()
  }

  return { send, close }
}

/** A string is what is wrong with the URL. */
function routeTo(url: URL, secure: boolean): Route | string {
  const { protocol, hostname, port } = url
  if (protocol !== (secure ? 'https:' : 'http:')) return `unsupported protocol scheme "${protocol.slice(0, -1)}"`
  const host = hostname.startsWith('[') && isIP(hostname.slice(1, -1)) === 6 ? hostname.slice(1, -1) : hostname
  const origin = { host, port: port === '' ? (secure ? 443 : 80) : Number(port) }
  return { key: url.host, origin, secure, proxy: undefined }
}

function ignore(): void {}
