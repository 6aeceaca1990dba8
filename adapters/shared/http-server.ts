/**
 * The HTTP server of Node and Bun: HTTP/1.1 and HTTP/2 on one port, node:http and node:http2 in front of a fetch handler.
 * Owns the port and its connections: which protocol they speak, how long they may dally, and how they end. What is said on
 * them is the handler's.
 */
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { MAX_SERVER_CONNECTIONS, MAX_STREAMS_PER_CONNECTION } from '../../core/limits.ts'
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
} from './listen.ts'
import { type HttpVersion, readPreface } from './preface.ts'
import { createTlsDoor, type TlsDoor } from './server-tls.ts'

const CLOSING_SWEEP_MS = 20
/** How long sockets that were cut off may take to say so. */
const CUT_MS = 500
/** How long HTTP/2 callers may go on with a request whose answer is out. */
const REST_MS = 500
/** What node:http2 may hold for a session: the largest answers go out in one piece, and it refuses more than this. */
const MAX_SESSION_MB = 128

export const listen: Listen = (handler, options) => listenWith(handler, options, PATIENCE)

/** An accepted socket, from the first byte on. */
interface Connection {
  /** What speaks on it: the socket itself, or the TLS on top. */
  top: net.Socket
  state: 'new' | 'h1' | 'h2'
  /** Requests under way when it speaks HTTP/1.1. */
  active: number
  /** Since when it has no request, monotonic ms. */
  idleSince: number
}

interface Session {
  readonly remote: string | undefined
  heardAt: number
  /** When it was last asked for a sign of life, if that is still to come. */
  askedAt: number | undefined
}

/** `listen` with other limits on time. */
export async function listenWith(
  handler: FetchHandler,
  options: ListenOptions,
  patience: Patience,
): Promise<Listening> {
  /** By raw socket, and the HTTP/1.1 ones by what speaks on it as well. */
  const connections = new Map<net.Socket, Connection>()
  const talkers = new Map<net.Socket, Connection>()
  const sessions = new Map<http2.Http2Session, Session>()
  let door: TlsDoor | undefined
  let closing = false

  // Without overrideGlobalObjects the listener would replace the host's Request and Response for everyone.
  const answerH1 = getRequestListener(
    (request, { incoming }) => {
      const { remoteAddress, remotePort } = (incoming as http.IncomingMessage).socket
      return handler(request, { remoteAddress: formatRemote(remoteAddress, remotePort), httpVersion: '1' })
    },
    { overrideGlobalObjects: false },
  )
  // When a request wasn't read to its end, autoCleanupIncoming would destroy the stream two timers after the answer was handed
  // over: what flow control still holds back of it then would never go out.
  const answerH2 = getRequestListener(
    (request, { incoming }) => {
      const session = sessions.get((incoming as http2.Http2ServerRequest).stream.session as http2.Http2Session)
      return handler(request, { remoteAddress: session?.remote, httpVersion: '2' })
    },
    { overrideGlobalObjects: false, autoCleanupIncoming: false },
  )

  const h1 = http.createServer((incoming, outgoing) => {
    const connection = talkers.get(incoming.socket)
    if (connection !== undefined) {
      connection.active++
      outgoing.once('close', () => {
        connection.active--
        connection.idleSince = performance.now()
      })
    }
    if (closing) outgoing.setHeader('Connection', 'close')
    answerH1(incoming, outgoing).catch(() => incoming.destroy())
  })
  h1.headersTimeout = patience.requestHeadMs
  // It never listens itself, and arms its limits on slow requests only when it does.
  h1.emit('listening')

  const h2 = http2.createServer({
    settings: { maxConcurrentStreams: MAX_STREAMS_PER_CONNECTION },
    maxSessionMemory: MAX_SESSION_MB,
  })
  h2.on('request', (incoming, outgoing) => {
    const { stream } = incoming
    // Callers end streams with RST_STREAM when they have what they want.
    stream.on('error', ignore)
    outgoing.on('error', ignore)
    answerH2(incoming, outgoing).then(
      () => dropRest(incoming),
      () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
    )
  })
  h2.on('session', (session) => {
    const { remoteAddress, remotePort } = session.socket
    const remote = formatRemote(remoteAddress, remotePort)
    const seen: Session = { remote, heardAt: performance.now(), askedAt: undefined }
    sessions.set(session, seen)
    session.on('error', ignore)
    session.on('close', () => sessions.delete(session))
    session.on('stream', () => {
      seen.heardAt = performance.now()
    })
    if (closing) session.close()
  })
  h2.on('sessionError', ignore)

  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    if (closing || connections.size >= MAX_SERVER_CONNECTIONS) {
      socket.destroy()
      return
    }
    socket.setNoDelay(true)
    socket.setKeepAlive(true, patience.silenceMs)
    connections.set(socket, { top: socket, state: 'new', active: 0, idleSince: performance.now() })
    socket.on('close', () => connections.delete(socket))
    if (door !== undefined) door.enter(socket)
    else readPreface(socket, patience.firstBytesMs, (version) => give(socket, socket, version))
  })

  function give(top: net.Socket, raw: net.Socket, version: HttpVersion): void {
    const connection = connections.get(raw)
    if (connection === undefined || closing) {
      top.destroy()
      return
    }
    connection.top = top
    connection.state = version === '2' ? 'h2' : 'h1'
    if (version === '2') {
      h2.emit('connection', top)
      return
    }
    connection.idleSince = performance.now()
    talkers.set(top, connection)
    top.on('close', () => talkers.delete(top))
    h1.emit('connection', top)
    top.resume()
  }

  /** What the host's own limits leave: Bun has none on request heads, and nobody asks silent HTTP/2 callers whether they live. */
  function endSilent(): void {
    const now = performance.now()
    for (const { top, active, idleSince } of talkers.values()) {
      if (active === 0 && now - idleSince > patience.requestHeadMs) top.destroy()
    }
    for (const [session, seen] of sessions) {
      if (now - Math.max(seen.heardAt, seen.askedAt ?? 0) <= patience.silenceMs) continue
      if (seen.askedAt === undefined) ask(session, seen)
      else session.destroy()
    }
  }

  function ask(session: http2.Http2Session, seen: Session): void {
    seen.askedAt = performance.now()
    session.ping((error) => {
      seen.askedAt = undefined
      if (error === null) seen.heardAt = performance.now()
    })
  }

  async function close(graceMs = DEFAULT_GRACE_MS): Promise<void> {
    closing = true
    clearInterval(silence)
    server.close()
    h1.close(ignore)
    for (const session of sessions.keys()) session.close()
    const cutAt = performance.now() + graceMs
    for (;;) {
      const cut = performance.now() >= cutAt
      if (cut) for (const session of sessions.keys()) session.destroy()
      for (const [raw, { top, state, active }] of connections) {
        // A session ends its socket itself when its last stream is over.
        if (!cut && (state === 'h2' || active > 0)) continue
        top.destroy()
        raw.destroy()
      }
      if (connections.size === 0 || performance.now() >= cutAt + CUT_MS) return
      await new Promise((resolve) => setTimeout(resolve, CLOSING_SWEEP_MS))
    }
  }

  await bind(server, options)
  const silence = setInterval(endSilent, Math.min(5000, patience.requestHeadMs / 4, patience.silenceMs / 4))
  silence.unref?.()
  const bound = server.address() as net.AddressInfo
  return {
    address: formatAddress(bound.address, bound.port),
    port: bound.port,
    setTls(tls) {
      try {
        door =
          tls === undefined
            ? undefined
            : createTlsDoor(tls, patience.firstBytesMs, (socket, raw) =>
                give(socket, raw, socket.alpnProtocol === 'h2' ? '2' : '1'),
              )
        return Promise.resolve()
      } catch (error) {
        return Promise.reject(error as Error)
      }
    },
    close,
  }
}

function bind(server: net.Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(listenError(error, options))
    server.once('error', failed)
    const host = options.host === '' ? {} : { host: options.host }
    server.listen({ ...host, port: options.port }, () => {
      server.removeListener('error', failed)
      // Running out of file descriptors must not end the process: the connection is lost, the server is not.
      server.on('error', ignore)
      resolve()
    })
  })
}

/**
 * What is left of a request when its answer is handed over. It is read and forgotten, because a stream whose request wasn't
 * read is reset by Node as soon as it believes the answer sent, and such a reset overtakes the answer's end.
 */
function dropRest(incoming: http2.Http2ServerRequest): void {
  const { stream } = incoming
  if (stream.readableEnded || stream.destroyed) return
  stream.removeAllListeners('data')
  stream.resume()
  // Who still reads must not take the missing rest for the end.
  incoming.destroy()
  const timer = setInterval(() => {
    // RFC 9113, section 8.1. Not before the answer has really gone.
    if (stream.state.localClose === 1) stream.close(http2.constants.NGHTTP2_NO_ERROR)
  }, REST_MS)
  timer.unref?.()
  stream.on('close', () => clearInterval(timer))
}

function ignore(): void {}
