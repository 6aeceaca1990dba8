/**
 * PeerClients of ports.ts on Deno's fetch, which speaks h2c (node:http2 clients abort there); TLS is tls-tunnel.ts's. Owns one
 * client, and with it one HTTP/2 connection, for each `host:port`; fetch does the rest. Deno sends no PINGs: a request's
 * deadline finds dead connections.
 */
import { isIP } from 'node:net'
import process from 'node:process'
import { messageOf } from '../../core/errors.ts'
import { MAX_PEER_SESSIONS } from '../../core/limits.ts'
import type {
  HttpClient,
  HttpFailure,
  HttpRequest,
  HttpResponse,
  PeerClientOptions,
  PeerClients,
} from '../../core/ports.ts'
import { createDialer } from '../shared/http-dial.ts'
import { ABORTED, type DialedAddress, failure, hostPort, TIMED_OUT } from '../shared/http-failure.ts'
import { createSharedContexts } from '../shared/tls-context.ts'
import { type DenoHttpClient, deno } from './serve.ts'
import { openTlsTunnel, type TlsTunnel } from './tls-tunnel.ts'

export const peerClients: PeerClients = { open: (options) => openPeerClient(options) }

/** Everything about one `host:port`. */
interface Peer {
  readonly to: DialedAddress
  readonly client: DenoHttpClient
  readonly tunnel: TlsTunnel | undefined
  /** What came of making a connection for a try. */
  reached: Promise<HttpFailure | undefined> | undefined
  active: number
  usedAt: number
  given: boolean
}

export function openPeerClient(options: PeerClientOptions, most: number = MAX_PEER_SESSIONS): HttpClient {
  const { tls, connectTimeoutMs } = options
  const env = process.env as Readonly<Record<string, string>>
  const dialer = createDialer(tls, false, env, createSharedContexts(env), 'h2')
  const peers = new Map<string, Peer>()

  async function send(request: HttpRequest): Promise<HttpResponse | HttpFailure> {
    const { url, signal, deadline } = request
    if (signal?.aborted) return ABORTED
    const remaining = deadline - performance.now()
    if (remaining <= 0) return TIMED_OUT
    if (url.protocol !== (tls === undefined ? 'http:' : 'https:')) {
      return failure('protocol', `unsupported protocol scheme "${url.protocol.slice(0, -1)}"`)
    }
    let peer: Peer
    try {
      peer = peers.get(url.host) ?? meet(url)
    } catch (error) {
      return failure('refused', `local socket for TLS: ${messageOf(error)}`)
    }
    const cut = new AbortController()
    const timer = setTimeout(() => cut.abort(TIMED_OUT), Math.min(Math.ceil(remaining), 0x7fffffff))
    const abort = (): void => cut.abort(ABORTED)
    signal?.addEventListener('abort', abort)
    peer.active++
    peer.usedAt = performance.now()
    try {
      const result = await attempt(peer, request, cut.signal)
      if (!result.ok && result.reason !== 'aborted' && result.reason !== 'too-large') giveUp(url.host, peer)
      return result
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      peer.active--
      if (peer.given && peer.active === 0) end(peer)
    }
  }

  async function attempt(
    peer: Peer,
    { url, method, headers, body, maxBodyBytes }: HttpRequest,
    cut: AbortSignal,
  ): Promise<HttpResponse | HttpFailure> {
    peer.reached ??= peer.tunnel === undefined ? reach(peer.to) : peer.tunnel.ready
    const unreached = await Promise.race([peer.reached, aborted(cut)])
    if (unreached !== undefined) return unreached
    try {
      const target = new URL(url)
      // TLS is the tunnel's.
      target.protocol = 'http:'
      const response = await fetch(target, {
        method,
        headers: headers.map(([name, value]) => [name, value] as [string, string]),
        redirect: 'manual',
        signal: cut,
        ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
        client: peer.client,
      } as RequestInit)
      const received = await readBody(response, maxBodyBytes)
      if (received === undefined) return failure('too-large', `the response body has more than ${maxBodyBytes} bytes`)
      // A stream that was reset without an error looks like one that is over: only the length tells, when there is one.
      const length = response.headers.get('content-length')
      if (response.body !== null && length !== null && length !== String(received.length)) {
        const { host, port } = peer.to
        return failure('reset', `http2: ${hostPort(host, port)} reset the stream (NO_ERROR)`)
      }
      return {
        ok: true,
        status: response.status,
        statusText: response.statusText,
        header: (name) => response.headers.get(name) ?? undefined,
        body: received,
      }
    } catch (error) {
      return cut.aborted ? (cut.reason as HttpFailure) : (peer.tunnel?.problem ?? failureOf(error, peer.to))
    }
  }

  /**
   * Whether a connection can be made, by making one: fetch has no limit of its own on that, and says little about what went
   * wrong. Resolves to what it is.
   */
  function reach(to: DialedAddress): Promise<HttpFailure | undefined> {
    return new Promise((resolve) => {
      const key = hostPort(to.host, to.port)
      const timer = setTimeout(() => {
        dialing.cancel()
        resolve(failure('timeout', `dial tcp ${key}: i/o timeout`))
      }, connectTimeoutMs)
      const route = { key, origin: to, secure: false, proxy: undefined }
      const dialing = dialer.dial(route, (result) => {
        clearTimeout(timer)
        if ('ok' in result) {
          resolve(result)
        } else {
          result.destroy()
          resolve(undefined)
        }
      })
    })
  }

  function meet(url: URL): Peer {
    const host =
      url.hostname.startsWith('[') && isIP(url.hostname.slice(1, -1)) === 6 ? url.hostname.slice(1, -1) : url.hostname
    const to = { host, port: Number(url.port) || (tls === undefined ? 80 : 443) }
    const tunnel = tls === undefined ? undefined : openTlsTunnel(dialer, to, connectTimeoutMs)
    const peer: Peer = {
      to,
      tunnel,
      client: deno().createHttpClient({
        http1: false,
        http2: true,
        poolIdleTimeout: false,
        ...(tunnel === undefined ? {} : { proxy: { transport: 'unix', path: tunnel.path } as const }),
      }),
      reached: undefined,
      active: 0,
      usedAt: performance.now(),
      given: false,
    }
    peers.set(url.host, peer)
    if (peers.size > most) {
      let oldest: [string, Peer] | undefined
      for (const entry of peers) {
        if (entry[1] === peer || entry[1].active > 0) continue
        if (oldest === undefined || entry[1].usedAt < oldest[1].usedAt) oldest = entry
      }
      if (oldest !== undefined) giveUp(...oldest)
    }
    return peer
  }

  /** The next request gets a client and a connection of its own; requests under way run to their end. */
  function giveUp(key: string, peer: Peer): void {
    if (peer.given) return
    peer.given = true
    if (peers.get(key) === peer) peers.delete(key)
    if (peer.active === 0) end(peer)
  }

  function end(peer: Peer): void {
    peer.client.close()
    peer.tunnel?.close()
  }

  return {
    send,
    close() {
      for (const [key, peer] of [...peers]) giveUp(key, peer)
    },
  }
}

function aborted(cut: AbortSignal): Promise<HttpFailure> {
  return new Promise((resolve) => {
    if (cut.aborted) resolve(cut.reason as HttpFailure)
    else cut.addEventListener('abort', () => resolve(cut.reason as HttpFailure))
  })
}

/** Undefined when there are more bytes than `most`. */
async function readBody(response: Response, most: number): Promise<Uint8Array | undefined> {
  if (response.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > most) {
      await reader.cancel()
      return undefined
    }
    chunks.push(value)
  }
  if (chunks.length === 1) return chunks[0]
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** Deno's errors carry their causes as text. */
function failureOf(thrown: unknown, to: DialedAddress): HttpFailure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const text = `${messageOf(error)} ${messageOf(error.cause ?? '')}`
  const address = hostPort(to.host, to.port)
  if (/connection refused/i.test(text)) return failure('refused', `dial tcp ${address}: connect: connection refused`)
  if (/dns error|failed to lookup/i.test(text)) return failure('dns', `dial tcp: lookup ${to.host}: no such host`)
  return failure('reset', `http2: ${address}: ${text.trim()}`)
}
