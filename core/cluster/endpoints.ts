/**
 * What peers call: `/message` takes packets, `/stream` one exchange. Owns the HTTP side of both: who may speak, frames, limits
 * on time, bytes and numbers, and answering while the request is still open, since Go's peers send nothing before they have the
 * headers of the answer and never end their request. What the bytes say is the receiver's.
 *
 * Follows sections 1.3 to 1.6 of the cluster protocol. Errors in what a peer sends are answered, never thrown.
 */
import { messageOf } from '../errors.ts'
import { MAX_EXCHANGE_BYTES, MAX_INCOMING_BYTES, MAX_INCOMING_EXCHANGES, MAX_PACKET_BYTES } from '../limits.ts'
import type { Connection } from '../ports.ts'
import type { Timers } from '../time/timers.ts'
import { canonicalAddress, formatIp, type PeerAddress, parseAddress } from './address.ts'
import { CKIT_TYPE, MESSAGE_PATH, STREAM_PATH } from './http-transport.ts'
import { type BodyEnd, readBody } from './incoming-body.ts'
import type { Answer, PeerReceiver } from './transport.ts'
import type { TransportMetrics } from './transport-metrics.ts'
import { createFrameReader, frame } from './wire/frames.ts'
import { writeStream } from './wire/stream.ts'

export interface ClusterEndpointsDeps {
  readonly receiver: PeerReceiver
  readonly timers: Timers
  readonly metrics: TransportMetrics
  /** Says why a request is refused; undefined when it is welcome. */
  readonly authorize?: (request: Request) => Promise<string | undefined>
}

export interface ClusterEndpoints {
  /** Answers everything under `/api/v1/ckit/transport/`. `connection` is undefined where the host can't tell. */
  serve(request: Request, connection: Connection | undefined): Promise<Response>
  /** Everything is answered with 503 from now on; exchanges under way end without an answer. */
  close(): void
}

/** As memberlist's TCPTimeout: the opener waits no longer either. */
const STREAM_READ_MS = 2_000
/** As long as Alloy's sender waits. */
const MESSAGE_READ_MS = 5_000

export function createClusterEndpoints(deps: ClusterEndpointsDeps): ClusterEndpoints {
  const { receiver, timers, metrics } = deps
  const exchanges = new Set<AbortController>()
  let closed = false
  /** Bytes of all requests that wait to be complete. */
  let held = 0

  async function serve(request: Request, connection: Connection | undefined): Promise<Response> {
    const path = new URL(request.url).pathname
    if (path !== MESSAGE_PATH && path !== STREAM_PATH) return text(404, 'nothing is served here')
    if (closed) return text(503, 'this node has left its cluster')
    const refused = await authorized(request)
    if (refused !== undefined) return text(401, refused)
    if (connection?.httpVersion === '1') return text(505, 'peers speak HTTP/2 with each other')
    if (request.headers.get('content-type') !== CKIT_TYPE) return text(400, `the content type must be ${CKIT_TYPE}`)
    const from = remoteOf(connection)
    return path === MESSAGE_PATH ? takePackets(request, from) : openStream(request, from)
  }

  async function authorized(request: Request): Promise<string | undefined> {
    try {
      return await deps.authorize?.(request)
    } catch (error) {
      return `the authorization could not be checked: ${messageOf(error)}`
    }
  }

  async function takePackets(request: Request, from: PeerAddress | undefined): Promise<Response> {
    const frames = createFrameReader(MAX_PACKET_BYTES, (packet) => {
      holding = 0
      metrics.packetReceived(packet.length)
      try {
        receiver.packet(packet, from)
      } catch {
        // It promises not to; whoever sent this packet gets no say in whether the rest is read.
      }
    })
    /** Bytes since the last complete frame. */
    let holding = 0
    let counted = 0
    let problem: string | undefined
    const end = await readBody(request.body, timers, MESSAGE_READ_MS, (chunk) => {
      holding += chunk.length
      problem = frames.push(chunk)?.reason
      held += holding - counted
      counted = holding
      if (held > MAX_INCOMING_BYTES) problem ??= TOO_MUCH
      return problem === undefined
    })
    held -= counted
    if (problem === TOO_MUCH) return text(503, TOO_MUCH)
    problem ??= end.kind === 'end' ? frames.end()?.reason : trouble(end)
    return problem === undefined ? new Response(null, { status: 200 }) : text(400, problem)
  }

  function openStream(request: Request, from: PeerAddress | undefined): Response {
    if (exchanges.size >= MAX_INCOMING_EXCHANGES) return text(503, 'too many exchanges at a time')
    const exchange = new AbortController()
    let gone = false
    exchanges.add(exchange)
    metrics.streamOpened()
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        void converse(request, from, exchange.signal).then((said) => {
          exchanges.delete(exchange)
          metrics.streamClosed()
          if (said !== undefined) metrics.streamWritten(said.length, !gone)
          if (gone) return
          if (said !== undefined) controller.enqueue(frame(said))
          controller.close()
        })
      },
      cancel() {
        gone = true
        exchange.abort()
      },
    })
    return new Response(body, { status: 200, headers: { 'content-type': CKIT_TYPE } })
  }

  /** What is to be said to the opener; undefined is nothing. Never rejects. */
  async function converse(
    request: Request,
    from: PeerAddress | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    let bytes: Uint8Array = new Uint8Array(0)
    let length = 0
    /** Length at which the receiver is asked again. */
    let askAt = 1
    let asked = 0
    let problem: string | undefined
    let answer = { kind: 'more' } as Answer

    const frames = createFrameReader(MAX_EXCHANGE_BYTES, (payload) => {
      metrics.streamRead(payload.length)
      if (length + payload.length > MAX_EXCHANGE_BYTES) problem = 'the request is too large'
      if (problem !== undefined) return
      if (length === 0) {
        // Most often the only one: no need for another copy.
        bytes = payload
        length = payload.length
        return
      }
      if (length + payload.length > bytes.length) {
        const larger = new Uint8Array(Math.max(length + payload.length, Math.min(bytes.length * 2, MAX_EXCHANGE_BYTES)))
        larger.set(bytes.subarray(0, length))
        bytes = larger
      }
      bytes.set(payload, length)
      length += payload.length
    })

    function ask(): void {
      asked = length
      // Each question reads everything again: so that many little frames don't cost the square of their number, long requests
      // are asked about when they have grown by a sixteenth. Peers send a message in one frame.
      askAt = length < 1024 ? length + 1 : length + (length >> 4)
      try {
        answer = receiver.stream(bytes.subarray(0, length), from)
      } catch (error) {
        answer = { kind: 'refuse', reason: messageOf(error) }
      }
    }

    let received = 0
    const take = (chunk: Uint8Array): boolean => {
      received += chunk.length
      held += chunk.length
      problem ??= frames.push(chunk)?.reason
      if (held > MAX_INCOMING_BYTES) problem ??= TOO_MUCH
      if (problem === undefined && length >= askAt) ask()
      return problem === undefined && answer.kind === 'more'
    }
    const end = await readBody(request.body, timers, STREAM_READ_MS, take, signal)
    held -= received
    if (signal.aborted) return undefined
    if (problem === undefined && answer.kind === 'more' && length > asked) ask()
    if (answer.kind === 'answer') return answer.bytes
    metrics.streamReadFailed()
    // A stream that ends before it said anything is closed without a word, and so is one of another cluster.
    if (answer.kind === 'refuse' || length === 0) return undefined
    problem ??= end.kind === 'end' ? 'the request is cut short' : trouble(end)
    return writeStream({ kind: 'error', text: problem }, undefined)
  }

  return {
    serve,
    close() {
      closed = true
      for (const exchange of exchanges) exchange.abort()
    },
  }
}

const TOO_MUCH = 'too many bytes at a time'

function trouble(end: BodyEnd): string {
  return end.kind === 'late' ? 'the request took too long' : 'the request broke off'
}

function text(status: number, message: string): Response {
  return new Response(`${message}\n`, { status, headers: { 'content-type': 'text/plain; charset=UTF-8' } })
}

/** IPv4 on a socket of both families is IPv4. */
function remoteOf(connection: Connection | undefined): PeerAddress | undefined {
  const parts = connection?.remoteAddress === undefined ? undefined : parseAddress(connection.remoteAddress)
  return parts === undefined ? undefined : canonicalAddress(formatIp(parts.ip), parts.port)
}
