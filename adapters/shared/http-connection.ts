/**
 * One kept-alive connection: writes a request, hands its bytes to the parser, reports once. Owns the socket from dialling
 * to closing. Does not know the pool, deadlines or retries.
 */
import type net from 'node:net'
import type { HttpFailure, HttpResponse } from '../../core/ports.ts'
import type { Route } from './http-dial.ts'
import { connectionFailure } from './http-failure.ts'
import { createResponseParser } from './http-parser.ts'

export interface HttpConnection {
  readonly route: Route
  /** False once the socket is closed or the peer said something that nobody asked for. */
  readonly open: boolean
  /** After a response: whether it may carry another request. */
  readonly reusable: boolean
  /** After a failure: whether not one byte of an answer had come. */
  readonly unanswered: boolean
  /** After a response: how long the server keeps it idle, in ms, if it said so. */
  readonly keepAliveMs: number | undefined
  /** Monotonic ms; the pool's note. */
  idleUntil: number
  /** One at a time. `done` is called exactly once, never from inside this call, unless `close` comes first. */
  exchange(
    head: string,
    body: Uint8Array | undefined,
    maxBodyBytes: number,
    done: (result: HttpResponse | HttpFailure) => void,
  ): void
  /** Immediately, without calling anyone. */
  close(): void
}

/** `closed` is called once when the connection can't be used any more, except by `close`. */
export function createConnection(
  socket: net.Socket,
  route: Route,
  closed: (connection: HttpConnection) => void,
): HttpConnection {
  const parser = createResponseParser()
  let waiting: ((result: HttpResponse | HttpFailure) => void) | undefined
  let trouble: Error | undefined

  const connection = {
    route,
    open: true,
    reusable: false,
    unanswered: true,
    keepAliveMs: undefined as number | undefined,
    idleUntil: 0,
    exchange(
      head: string,
      body: Uint8Array | undefined,
      maxBodyBytes: number,
      done: (result: HttpResponse | HttpFailure) => void,
    ): void {
      waiting = done
      connection.reusable = false
      parser.begin(maxBodyBytes)
      if (body === undefined || body.length === 0) {
        socket.write(head)
        return
      }
      socket.cork()
      socket.write(head)
      socket.write(body)
      socket.uncork()
    },
    close(): void {
      waiting = undefined
      connection.open = false
      socket.destroy()
    },
  }

  socket.on('data', (chunk: Buffer) => {
    if (waiting === undefined) {
      shut()
      return
    }
    const progress = parser.push(chunk)
    if (progress === 'done') answer(parser.response as HttpResponse)
    else if (progress === 'failed') drop(parser.failure as HttpFailure)
  })
  socket.on('end', () => ended())
  socket.on('error', (error) => {
    trouble ??= error
  })
  socket.on('close', () => ended())
  // A request under way is kept alive by its deadline's timer; an idle connection must not keep the process alive.
  socket.unref()
  return connection

  function answer(response: HttpResponse): void {
    const done = waiting as (result: HttpResponse) => void
    waiting = undefined
    connection.keepAliveMs = parser.keepAliveMs
    // An answer that came before the request was sent out whole leaves the rest of it in the way.
    connection.reusable = parser.reusable && connection.open && socket.writableLength === 0
    if (!connection.reusable) shut()
    done(response)
  }

  function drop(failed: HttpFailure): void {
    const done = waiting as (result: HttpFailure) => void
    waiting = undefined
    connection.unanswered = !parser.started
    shut()
    done(failed)
  }

  function ended(): void {
    if (waiting === undefined) {
      shut()
      return
    }
    if (trouble !== undefined) {
      drop(connectionFailure(trouble, route.proxy?.address ?? route.origin))
      return
    }
    if (parser.end() === 'done') answer(parser.response as HttpResponse)
    else drop(parser.failure as HttpFailure)
  }

  function shut(): void {
    if (!connection.open) return
    connection.open = false
    socket.destroy()
    closed(connection)
  }
}
