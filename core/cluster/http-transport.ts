/**
 * Packets and exchanges as ckit carries them: POSTs over HTTP/2 to every peer's own address. Owns what waits for whom and how
 * long it may take; knows nothing of what it carries, and neither sessions nor TLS (the client's).
 *
 * One queue for each peer and each urgency, each with requests of its own under way: an answer never waits for gossip, and a
 * peer that hangs delays nobody else.
 */
import { messageOf } from '../errors.ts'
import {
  MAX_DESTINATIONS,
  MAX_EXCHANGE_BYTES,
  MAX_PACKETS_UNDER_WAY,
  MAX_QUEUED_PACKET_BYTES,
  MAX_QUEUED_PACKETS,
} from '../limits.ts'
import type { Clock, HeaderField, HttpClient, HttpFailure, HttpResponse, Monotonic } from '../ports.ts'
import type { PeerAddress } from './address.ts'
import type { ExchangeOutcome, PeerTransport, Urgency } from './transport.ts'
import type { TransportMetrics } from './transport-metrics.ts'
import { createFrameReader, frame } from './wire/frames.ts'

export const MESSAGE_PATH = '/api/v1/ckit/transport/message'
export const STREAM_PATH = '/api/v1/ckit/transport/stream'
export const CKIT_TYPE = 'application/x.ckit'

export interface HttpTransportDeps {
  readonly client: HttpClient
  readonly scheme: 'http' | 'https'
  readonly clock: Clock
  /** Sent with every request: an authorization, say. When it rejects, so does the request fail. */
  readonly headers?: () => Promise<readonly HeaderField[]>
  readonly metrics: TransportMetrics
}

/**
 * From the call of `send` to the peer's 200. Gossip: as Alloy. Whoever waits for an answer asks others for help after 2 s (Alloy)
 * or 0.4 s (skein), and for its own probes this node does: what takes longer only keeps newer ones waiting.
 */
const PACKET_MS: Readonly<Record<Urgency, number>> = { answer: 2_000, probe: 2_000, gossip: 5_000 }

/** Of an answer to a packet, which is empty, or of an error's text. */
const MAX_REPLY_BYTES = 4096

/** Of an answer to an exchange, its frames included; Go makes one, others some more. */
const MAX_ANSWER_BYTES = MAX_EXCHANGE_BYTES + (MAX_EXCHANGE_BYTES >> 6)

interface Parcel {
  readonly packet: Uint8Array
  readonly deadline: Monotonic
  readonly done: (taken: boolean) => void
}

interface Lane {
  readonly waiting: Parcel[]
  underWay: number
}

/** Forgotten as soon as nothing waits and nothing is under way. */
interface Destination {
  readonly url: URL
  readonly lanes: Readonly<Record<Urgency, Lane>>
}

export function createHttpTransport(deps: HttpTransportDeps): PeerTransport {
  const { client, clock, metrics } = deps
  const destinations = new Map<PeerAddress, Destination>()
  /** One for each request: a single signal with hundreds of listeners is what hosts warn of. */
  const underWay = new Set<AbortController>()
  let closed = false
  let queued = 0
  let queuedBytes = 0
  metrics.queue(() => queued)

  function send(to: PeerAddress, packet: Uint8Array, urgency: Urgency): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (taken: boolean): void => {
        metrics.packetSent(packet.length, taken)
        resolve(taken)
      }
      const destination = closed ? undefined : destinationOf(to, urgency)
      if (destination === undefined) return done(false)
      const lane = destination.lanes[urgency]
      const { waiting } = lane
      if (lane.underWay >= MAX_PACKETS_UNDER_WAY) {
        if (waiting.length >= MAX_QUEUED_PACKETS) drop(lane)
        const gossip = destination.lanes.gossip
        while (queuedBytes + packet.length > MAX_QUEUED_PACKET_BYTES && gossip.waiting.length > 0) drop(gossip)
        if (queuedBytes + packet.length > MAX_QUEUED_PACKET_BYTES) return done(false)
      }
      waiting.push({ packet, deadline: clock.monotonic() + PACKET_MS[urgency], done })
      queued++
      queuedBytes += packet.length
      advance(to, destination, lane)
    })
  }

  function destinationOf(to: PeerAddress, urgency: Urgency): Destination | undefined {
    let destination = destinations.get(to)
    if (destination !== undefined) return destination
    if (destinations.size >= (urgency === 'answer' ? MAX_DESTINATIONS / 2 : MAX_DESTINATIONS)) return undefined
    const url = urlOf(deps.scheme, to, MESSAGE_PATH)
    if (url === undefined) return undefined
    const lane = (): Lane => ({ waiting: [], underWay: 0 })
    destination = { url, lanes: { answer: lane(), probe: lane(), gossip: lane() } }
    destinations.set(to, destination)
    return destination
  }

  /** The oldest one. */
  function drop(lane: Lane): void {
    take(lane)?.done(false)
  }

  function take(lane: Lane): Parcel | undefined {
    const parcel = lane.waiting.shift()
    if (parcel !== undefined) {
      queued--
      queuedBytes -= parcel.packet.length
    }
    return parcel
  }

  function advance(to: PeerAddress, destination: Destination, lane: Lane): void {
    while (lane.underWay < MAX_PACKETS_UNDER_WAY) {
      const parcel = take(lane)
      if (parcel === undefined) break
      if (parcel.deadline <= clock.monotonic()) {
        parcel.done(false)
        continue
      }
      lane.underWay++
      void post(destination.url, frame(parcel.packet), parcel.deadline, MAX_REPLY_BYTES).then((result) => {
        lane.underWay--
        parcel.done(result.ok && result.status === 200)
        advance(to, destination, lane)
      })
    }
    const { answer, probe, gossip } = destination.lanes
    if (answer.underWay + probe.underWay + gossip.underWay === 0) destinations.delete(to)
  }

  /** Never rejects. */
  async function post(
    url: URL,
    body: Uint8Array,
    deadline: Monotonic,
    maxBodyBytes: number,
  ): Promise<HttpResponse | HttpFailure> {
    const request = new AbortController()
    underWay.add(request)
    try {
      const more = deps.headers === undefined ? [] : await deps.headers()
      const headers: readonly HeaderField[] = [['content-type', CKIT_TYPE], ...more]
      const { signal } = request
      return await client.send({ method: 'POST', url, headers, body, deadline, maxBodyBytes, signal })
    } catch (error) {
      return { ok: false, reason: 'protocol', message: messageOf(error) }
    } finally {
      underWay.delete(request)
    }
  }

  async function exchange(to: PeerAddress, request: Uint8Array, deadline: Monotonic): Promise<ExchangeOutcome> {
    if (closed) return { ok: false, reason: 'this node has left' }
    const url = urlOf(deps.scheme, to, STREAM_PATH)
    if (url === undefined) return { ok: false, reason: `${to} is not an address` }
    metrics.streamOpened()
    const result = await post(url, frame(request), deadline, MAX_ANSWER_BYTES)
    metrics.streamClosed()
    const accepted = result.ok && result.status === 200
    metrics.streamWritten(request.length, accepted)
    const outcome: ExchangeOutcome = !result.ok
      ? { ok: false, reason: result.message }
      : accepted
        ? answerOf(result.body)
        : { ok: false, reason: refusal(result) }
    if (outcome.ok) metrics.streamRead(outcome.answer.length)
    else if (accepted) metrics.streamReadFailed()
    return outcome
  }

  function close(): void {
    closed = true
    for (const { lanes } of destinations.values()) {
      for (const lane of Object.values(lanes)) while (lane.waiting.length > 0) drop(lane)
    }
    for (const request of underWay) request.abort()
    client.close()
  }

  return { send, exchange, close }
}

/** Undefined when that is no address after all: what the URL parser doesn't refuse, it must not change either. */
function urlOf(scheme: string, to: PeerAddress, path: string): URL | undefined {
  try {
    const url = new URL(`${scheme}://${to}${path}`)
    return url.pathname === path && url.username === '' ? url : undefined
  } catch {
    return undefined
  }
}

/** The payloads of all frames, one after the other. */
function answerOf(body: Uint8Array): ExchangeOutcome {
  const payloads: Uint8Array[] = []
  let length = 0
  const frames = createFrameReader(MAX_EXCHANGE_BYTES, (payload) => {
    payloads.push(payload)
    length += payload.length
  })
  const problem = frames.push(body) ?? frames.end()
  if (problem !== undefined) return { ok: false, reason: `the peer's answer makes no sense: ${problem.reason}` }
  if (length === 0) {
    return { ok: false, reason: 'the peer closed the stream without an answer: its cluster name may be another one' }
  }
  if (payloads.length === 1) return { ok: true, answer: payloads[0] }
  const answer = new Uint8Array(length)
  let at = 0
  for (const payload of payloads) {
    answer.set(payload, at)
    at += payload.length
  }
  return { ok: true, answer }
}

const REFUSALS: ReadonlyMap<number, string> = new Map([
  [401, 'the peer asks for authentication'],
  [403, 'the peer refuses this node'],
  [404, 'clustering is disabled on the peer, or it is something else'],
  [503, 'the peer is shutting down or overloaded'],
  [505, 'the peer got the request over HTTP/1.1: a proxy in between may not forward HTTP/2'],
])

/** Why, as far as can be said, and the beginning of what the peer said. */
function refusal({ status, body }: HttpResponse): string {
  const text = new TextDecoder().decode(body.subarray(0, 200)).replace(/[\s\p{Cc}]+/gu, ' ')
  const why = REFUSALS.get(status) ?? 'the peer refused'
  return `${why} (HTTP ${status}${text.trim() === '' ? '' : `: ${text.trim()}`})`
}
