/**
 * The HTTP server of Deno: its own, which speaks HTTP/1.1 and h2c on one port (node:http2 servers abort there). With TLS the
 * port goes to tls-front.ts, and Deno's server moves behind it. Owns who listens on the port, and when.
 */
import type { Connection } from '../../core/ports.ts'
import {
  DEFAULT_GRACE_MS,
  type FetchHandler,
  formatAddress,
  formatRemote,
  type Listen,
  type Listening,
  type ListenOptions,
  listenError,
  PATIENCE,
  type Patience,
  type ServerTls,
} from '../shared/listen.ts'
import { type DenoServer, deno } from './serve.ts'
import { createTlsFront, type TlsFront } from './tls-front.ts'

/** The port is free again some milliseconds after a server has let go of it. */
const REBIND_PATIENCE_MS = 2000
const REBIND_RETRY_MS = 5
/** For the last bytes to go out to callers that may be gone. */
const FLUSH_MS = 500

export const listen: Listen = (handler, options) => listenWith(handler, options, PATIENCE)

/** One Deno.serve, and the two ways to end it: after one of them the other would throw. */
interface Serving {
  readonly port: number
  readonly hostname: string
  /** Lets go of the port at once; what is under way runs to its end. Resolves then. */
  release(): Promise<void>
  /** Refuses new requests, and closes all connections when those under way are over, or after `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** `listen` with other limits on time. */
export async function listenWith(
  handler: FetchHandler,
  options: ListenOptions,
  patience: Patience,
): Promise<Listening> {
  const hostname = options.host === '' ? '::' : options.host
  let plain: Serving | undefined = servePlain(options.port)
  const { port, hostname: bound } = plain
  /** Servers that have let go of the port and still answer something. */
  const released = new Set<Promise<void>>()
  let secure: { readonly front: TlsFront; readonly inner: Serving } | undefined
  let changing: Promise<unknown> = Promise.resolve()

  function servePlain(at: number): Serving {
    return serve(hostname, at, (request, remote) => {
      // HTTP/1.1 requests must have a Host header; HTTP/2 requests have :authority in its place, which isn't shown as a header.
      const httpVersion = request.headers.has('host') ? '1' : '2'
      return handler(request, { remoteAddress: formatRemote(remote.hostname, remote.port), httpVersion })
    })
  }

  function release(serving: Serving): Promise<void> {
    const over = serving.release().finally(() => released.delete(over))
    released.add(over)
    return over
  }

  async function change(tls: ServerTls | undefined): Promise<void> {
    if (tls !== undefined && secure !== undefined) {
      secure.front.setTls(tls)
    } else if (tls !== undefined) {
      let inner: Serving | undefined
      const front = createTlsFront(tls, patience, () => (inner as Serving).port)
      inner = serve('127.0.0.1', 0, (request, remote) => {
        const connection: Connection | undefined = front.behind(remote.port)
        return connection === undefined ? new Response(null, { status: 403 }) : handler(request, connection)
      })
      if (plain !== undefined) void release(plain)
      plain = undefined
      secure = { front, inner }
      try {
        await again(() => front.listen({ host: options.host, port }))
      } catch (error) {
        secure = undefined
        void inner.close(0)
        plain = servePlain(port)
        throw error
      }
    } else if (secure !== undefined) {
      const { front, inner } = secure
      secure = undefined
      front.stop()
      void release(inner).then(() => front.cut())
      plain = await again(() => servePlain(port))
    }
  }

  return {
    address: formatAddress(bound, port),
    port,
    setTls(tls) {
      const changed = changing.then(() => change(tls))
      changing = changed.catch(() => {})
      return changed
    },
    async close(graceMs = DEFAULT_GRACE_MS) {
      await changing
      secure?.front.stop()
      const all = [...released]
      if (plain !== undefined) all.push(plain.close(graceMs))
      if (secure !== undefined) {
        const { front, inner } = secure
        all.push(inner.close(graceMs).then(() => front.cut()))
      }
      await Promise.race([Promise.all(all), later(graceMs + FLUSH_MS)])
    },
  }
}

/** Throws a CodedError when the address can't be bound. */
function serve(
  hostname: string,
  port: number,
  answer: (request: Request, remote: { hostname: string; port: number }) => Response | Promise<Response>,
): Serving {
  const cut = new AbortController()
  let closing = false
  let underWay = 0
  let idle = (): void => {}
  let server: DenoServer
  try {
    const failed = (): Response => new Response('internal error\n', { status: 500 })
    const settings = { hostname, port, onListen: () => {}, onError: failed, signal: cut.signal }
    server = deno().serve(settings, (request, { remoteAddr, completed }) => {
      if (closing) return new Response('shutting down\n', { status: 503 })
      underWay++
      const over = (): void => {
        if (--underWay === 0) idle()
      }
      completed.then(over, over)
      return answer(request, remoteAddr)
    })
  } catch (error) {
    throw listenError(error, { host: hostname, port })
  }
  return {
    port: server.addr.port,
    hostname: server.addr.hostname,
    release: () => server.shutdown(),
    async close(graceMs) {
      closing = true
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, graceMs)
          idle = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      if (underWay > 0) {
        cut.abort()
        await server.finished
      } else {
        // Not cut: the last bytes of the last answer may still be on their way out.
        await Promise.race([server.shutdown(), later(FLUSH_MS)])
      }
    },
  }
}

async function again<T>(bind: () => T | Promise<T>): Promise<T> {
  const until = performance.now() + REBIND_PATIENCE_MS
  for (;;) {
    try {
      return await bind()
    } catch (error) {
      if (performance.now() >= until) throw error
    }
    await later(REBIND_RETRY_MS)
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
