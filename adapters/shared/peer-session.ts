/**
 * One HTTP/2 session to one peer on node:http2: requests as streams, PINGs, and when it may not be used any more. Owns the
 * socket that it was given. Does not know the other sessions, dialling or retries.
 */
import http2 from 'node:http2'
import type net from 'node:net'
import type { HttpFailure, HttpRequest, HttpResponse } from '../../core/ports.ts'
import { connectionFailure, type DialedAddress, failure, hostPort } from './http-failure.ts'

/** node:http2 can't take much more in one write. */
const WRITE_BYTES = 64 * 1024
/** The peer has certainly not processed the request: another session may carry it. */
export const UNPROCESSED: HttpFailure = failure(
  'reset',
  'http2: the connection was closed before the request was taken',
)

export interface PeerSession {
  /** Takes new requests. */
  readonly open: boolean
  /** Requests under way. */
  readonly active: number
  /** When a request was last begun, or the peer last heard; monotonic ms. */
  readonly usedAt: number
  readonly heardAt: number
  /** `done` is called once, and not before this returns. The returned function gives the request up; `done` isn't called then. */
  request(request: HttpRequest, done: (result: HttpResponse | HttpFailure) => void): () => void
  /** Asks for a sign of life; the session is dead when there is none within `patienceMs`. */
  ping(patienceMs: number): void
  /** Takes no new requests, and closes when those under way are over. */
  retire(): void
  /** At once; requests under way fail. */
  destroy(): void
}

/** `origin`: of the URLs, such as `http://10.0.0.1:12345`. `closed` is called once, when the session takes no more requests. */
export function createPeerSession(
  socket: net.Socket,
  origin: string,
  to: DialedAddress,
  closed: (session: PeerSession) => void,
): PeerSession {
  let trouble: Error | undefined
  let pinged: ReturnType<typeof setTimeout> | undefined

  const h2 = http2.connect(origin, {
    createConnection: () => socket,
    settings: { enablePush: false },
  })
  h2.on('error', (error) => {
    trouble ??= error
    destroy()
  })
  h2.on('goaway', retire)
  h2.on('close', destroy)
  socket.on('error', (error) => {
    trouble ??= error
  })
  socket.on('close', destroy)
  // A request under way is kept alive by its deadline's timer; an idle session must not keep the process alive.
  socket.unref()

  const now = performance.now()
  const session = { open: true, active: 0, usedAt: now, heardAt: now, request, ping, retire, destroy }
  return session

  function request(
    { method, url, headers, body, maxBodyBytes }: HttpRequest,
    done: (result: HttpResponse | HttpFailure) => void,
  ): () => void {
    let over = false
    let answer: http2.IncomingHttpHeaders | undefined
    let ended = false
    const chunks: Buffer[] = []
    let received = 0
    session.usedAt = performance.now()
    const fields: http2.OutgoingHttpHeaders = {
      // Set by hand because Node forgets the brackets of IPv6 addresses.
      ':authority': url.host,
      ':method': method,
      ':path': `${url.pathname}${url.search}`,
    }
    for (const [name, value] of headers) fields[name.toLowerCase()] = value
    let stream: http2.ClientHttp2Stream
    try {
      stream = h2.request(fields, { endStream: body === undefined || body.length === 0 })
    } catch (error) {
      trouble ??= error as Error
      retire()
      queueMicrotask(() => {
        if (!over) done(UNPROCESSED)
      })
      return () => {
        over = true
      }
    }
    session.active++
    ignoreUnheardErrors(stream)

    // A reset with NO_ERROR ends the body as well, and no event or property tells it from the real end: only that a stream is
    // closed when it is reset, and not yet when its end comes.
    const push = stream.push
    stream.push = (chunk, encoding) => {
      if (chunk === null && !stream.closed) ended = true
      return push.call(stream, chunk, encoding)
    }
    stream.on('response', (received) => {
      answer = received
      session.heardAt = performance.now()
    })
    stream.on('data', (chunk: Buffer) => {
      if (over) return
      session.heardAt = performance.now()
      received += chunk.length
      if (received > maxBodyBytes) {
        finish(failure('too-large', `the response body has more than ${maxBodyBytes} bytes`))
        stream.close(http2.constants.NGHTTP2_CANCEL)
      } else {
        chunks.push(chunk)
      }
    })
    stream.on('end', () => {
      if (answer !== undefined && isWhole(answer)) succeed(answer)
      // Node waits with `close` until the request is out, which the peer won't let it be any more.
      else stream.destroy()
    })
    stream.on('error', (error) => {
      trouble ??= error
    })
    stream.on('close', () => finish(lost()))
    if (body !== undefined && body.length > 0) send(stream, body)
    return giveUp

    /** Bun doesn't close a stream that is reset, but destroys it before `end`. */
    function isWhole(head: http2.IncomingHttpHeaders): boolean {
      return head['content-length'] === String(received) || (ended && !stream.rstCode && !stream.destroyed)
    }

    function succeed(head: http2.IncomingHttpHeaders): void {
      finish({
        ok: true,
        status: Number(head[':status']),
        statusText: '',
        header(name) {
          const value = head[name]
          return Array.isArray(value) ? value.join(', ') : value
        },
        body: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks),
      })
      // A server that answers before it has read everything doesn't want the rest.
      if (!stream.writableFinished) stream.close(http2.constants.NGHTTP2_CANCEL)
    }

    function lost(): HttpFailure {
      const code = stream.rstCode ?? 0
      if (answer === undefined && (code === http2.constants.NGHTTP2_REFUSED_STREAM || stream.pending))
        return UNPROCESSED
      if (trouble !== undefined && !session.open) return connectionFailure(trouble, to)
      if (!session.open) return failure('reset', `http2: ${hostPort(to.host, to.port)} closed the connection`)
      return failure('reset', `http2: ${hostPort(to.host, to.port)} reset the stream (${CODES[code] ?? code})`)
    }

    function giveUp(): void {
      if (over) return
      over = true
      session.active--
      stream.close(http2.constants.NGHTTP2_CANCEL)
      if (!session.open) retire()
    }

    function finish(result: HttpResponse | HttpFailure): void {
      if (over) return
      over = true
      session.active--
      done(result)
      if (!session.open) retire()
    }
  }

  function ping(patienceMs: number): void {
    if (pinged !== undefined || !session.open) return
    pinged = setTimeout(() => {
      trouble ??= new Error('no answer to a ping')
      destroy()
    }, patienceMs)
    pinged.unref?.()
    const asked = h2.ping((error) => {
      clearTimeout(pinged)
      pinged = undefined
      if (error === null) session.heardAt = performance.now()
    })
    if (!asked) destroy()
  }

  function shut(): void {
    if (!session.open) return
    session.open = false
    closed(session)
  }

  function retire(): void {
    shut()
    if (session.active === 0) destroy()
  }

  function destroy(): void {
    shut()
    clearTimeout(pinged)
    h2.destroy()
    socket.destroy()
  }
}

/**
 * Bun makes a stream of whatever number a malformed frame names, and shows it to nobody; its error, to which therefore nobody can
 * listen, would end the process. So streams of this kind don't throw errors that nobody listens to.
 */
function ignoreUnheardErrors(stream: http2.ClientHttp2Stream): void {
  const kind = Object.getPrototypeOf(stream) as http2.ClientHttp2Stream
  if (quietKinds.has(kind)) return
  quietKinds.add(kind)
  const { emit } = kind
  kind.emit = function (this: http2.ClientHttp2Stream, ...event: Parameters<typeof emit>): boolean {
    if (event[0] === 'error' && this.listenerCount('error') === 0) return false
    return emit.apply(this, event)
  }
}

const quietKinds = new WeakSet<object>()

/** In pieces, as the stream has room. */
function send(stream: http2.ClientHttp2Stream, body: Uint8Array): void {
  let sent = 0
  const more = (): void => {
    while (body.length - sent > WRITE_BYTES) {
      if (stream.destroyed || stream.closed) return
      const room = stream.write(body.subarray(sent, sent + WRITE_BYTES))
      sent += WRITE_BYTES
      if (room) continue
      stream.once('drain', more)
      return
    }
    if (!stream.destroyed && !stream.closed) stream.end(body.subarray(sent))
  }
  more()
}

/** RFC 9113, section 7. */
const CODES: readonly string[] = (
  'NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR REFUSED_STREAM ' +
  'CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED'
).split(' ')
