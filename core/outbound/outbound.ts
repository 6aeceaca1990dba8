/**
 * Outbound HTTP as configured: policy on top of the HttpClient port, shared by scrape, remote_write and discovery. Owns
 * who we say we are (basic auth, authorization, OAuth2), which files that takes, headers of the configuration, TLS and
 * proxy choice, and redirects. Never decodes a body, never retries: those who send know when that makes sense.
 * Follows prometheus/common's HTTPClientConfig as Alloy exposes it, and Go's http.Client for redirects.
 */
import { MAX_REDIRECTS } from '../limits.ts'
import type { Clock, Files, HeaderField, HttpClients, HttpFailure, HttpRequest, HttpResponse } from '../ports.ts'
import type { Timers } from '../time/timers.ts'
import type { OutboundConfig } from './config.ts'
import { basicCredentials, createCredentials } from './credentials.ts'
import { createTokenSource } from './oauth2.ts'
import { nextHop } from './redirect.ts'
import { createTransport, headerFields } from './transport.ts'

export interface OutboundPorts {
  readonly http: HttpClients
  readonly files: Files
  readonly clock: Clock
  readonly timers: Timers
}

export interface Outbound {
  /**
   * As HttpClient.send, with what the configuration adds. Besides the network's failures: reason `protocol` for files that
   * can't be read, and OAuth2 failures with the reason of the token request. Messages hold no secrets.
   */
  send(request: HttpRequest): Promise<HttpResponse | HttpFailure>
  /** Closes idle connections; requests under way run to their end. */
  close(): void
}

/**
 * `config` must have no problems (see `problemsOf`). Throws a CodedError when TLS files can't be read or used, or when the
 * host can't honour an option.
 */
export function createOutbound(config: OutboundConfig, ports: OutboundPorts): Outbound {
  const transport = createTransport(config, ports)
  const credentials = createCredentials(config, ports.files)
  const tokens = config.oauth2 === undefined ? undefined : createTokenSource(config.oauth2, ports)
  const configured = headerFields(config.httpHeaders)
  const followRedirects = config.followRedirects !== false

  async function send(request: HttpRequest): Promise<HttpResponse | HttpFailure> {
    let hop = request
    /** Once a redirect has led away, nothing of ours is shown again, not even when it leads back. */
    let trusted = true
    for (let redirects = 0; ; redirects++) {
      const response = await sendOnce(hop, trusted)
      if (!response.ok || !followRedirects || response.status < 301 || response.status > 308) return response
      const next = nextHop(hop, response)
      if (next === undefined) return response
      if (!next.ok) return next
      if (redirects === MAX_REDIRECTS) {
        return { ok: false, reason: 'protocol', message: `stopped after ${MAX_REDIRECTS} redirects` }
      }
      hop = next.request
      if (next.leavesHost) trusted = false
    }
  }

  async function sendOnce(request: HttpRequest, trusted: boolean): Promise<HttpResponse | HttpFailure> {
    const client = transport.client()
    if ('ok' in client) return client
    if (!trusted) return client.send(request)
    if (tokens === undefined) {
      const authorization = credentials() ?? userInfo(request.url)
      if (typeof authorization === 'object') return authorization
      return client.send(withHeaders(request, configured, authorization))
    }
    const authorization = await tokens.authorization(request.deadline, request.signal)
    if (typeof authorization === 'object') return authorization
    const response = await client.send(withHeaders(request, configured, authorization))
    if (response.ok && response.status === 401) tokens.refused(authorization)
    return response
  }

  return {
    send,
    close() {
      transport.close()
      tokens?.close()
    },
  }
}

/** Credentials in the URL itself count when nothing else is configured, as in Go. */
function userInfo(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined
  return basicCredentials(decode(url.username), decode(url.password))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The request itself when there is nothing to add: the usual case on the hot path. */
function withHeaders(
  request: HttpRequest,
  configured: readonly HeaderField[],
  authorization: string | undefined,
): HttpRequest {
  if (configured.length === 0 && authorization === undefined) return request
  const headers = [...request.headers, ...configured]
  if (authorization !== undefined) headers.push(['Authorization', authorization])
  return { ...request, headers }
}
