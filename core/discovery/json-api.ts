/**
 * A JSON API that lists targets, such as Docker's or Consul's: where it is, one GET with its bounds, and what is wrong in words
 * for people. Knows no API by name and does not read the answers.
 */
import { CodedError } from '../errors.ts'
import { MAX_API_ANSWER_BYTES, MAX_ERROR_BODY_BYTES } from '../limits.ts'
import type { OutboundConfig } from '../outbound/config.ts'
import { createOutbound } from '../outbound/outbound.ts'
import type { HeaderField, HttpResponse } from '../ports.ts'
import type { DiscoverySurroundings } from './source.ts'

/** Where an API is. */
export interface ApiAddress {
  /** Its path, without a slash at the end, goes before those of requests. */
  readonly base: URL
  /** A Unix socket that stands in for the host of `base`. */
  readonly socketPath?: string
}

export interface ApiRequest {
  /** Begins with a slash; parts that aren't fixed are encoded. */
  readonly path: string
  readonly query?: readonly (readonly [string, string])[]
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Answers with other status codes than 200 that are taken as well. */
  readonly accepted?: readonly number[]
}

export interface JsonApi {
  /** Rejects with an Error for people (no secrets in it) unless the answer is 200 or accepted. */
  get(request: ApiRequest): Promise<HttpResponse>
  /** Closes idle connections. */
  close(): void
}

/**
 * `unix:///path`, `tcp://host:port`, `http(s)://host:port/base`; without a scheme that of `bareScheme`, if given. `what` names
 * the argument in messages. Throws a CodedError.
 */
export function apiAddress(text: string, what: string, bareScheme?: 'http' | 'https'): ApiAddress {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1].toLowerCase()
  if (scheme === undefined && bareScheme === undefined) {
    throw new CodedError('config', `${what} needs a scheme, as in tcp://host:port or unix:///path/of/a.sock`)
  }
  if (scheme === 'unix') {
    const socketPath = text.slice('unix://'.length)
    if (!socketPath.startsWith('/')) throw new CodedError('config', `${what} must name the socket by an absolute path`)
    return { base: new URL('http://localhost/'), socketPath }
  }
  if (scheme !== undefined && scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https') {
    throw new CodedError('unsupported', `${what} begins with ${scheme}://; skein knows unix, tcp, http and https`)
  }
  const url = scheme === undefined ? `${bareScheme}://${text}` : text.replace(/^tcp:/i, 'http:')
  if (!URL.canParse(url)) throw new CodedError('config', `${what} is not an address`)
  return { base: new URL(url) }
}

/** Whether a name that an API told can be part of a path: dots alone would lead elsewhere, encoded or not. */
export function isPathPart(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..'
}

/** Throws a CodedError when TLS files can't be used. `headers` may hold secrets; they go to the API alone. */
export function createJsonApi(
  address: ApiAddress,
  config: OutboundConfig,
  headers: readonly HeaderField[],
  surroundings: DiscoverySurroundings,
): JsonApi {
  const { ports, timers, userAgent } = surroundings
  const { http, files, clock } = ports
  const { base, socketPath } = address
  const outbound = createOutbound(socketPath === undefined ? config : { ...config, socketPath }, {
    http,
    files,
    clock,
    timers,
  })
  const place = socketPath === undefined ? `${base.protocol}//${base.host}` : `unix://${socketPath}`

  return {
    async get({ path, query = [], timeoutMs, signal, accepted = [] }) {
      const url = new URL(base)
      url.pathname = base.pathname.replace(/\/+$/, '') + path
      for (const [name, value] of query) url.searchParams.append(name, value)
      const answer = await outbound.send({
        method: 'GET',
        url,
        headers: [['Accept', 'application/json'], ['User-Agent', userAgent], ...headers],
        deadline: clock.monotonic() + timeoutMs,
        maxBodyBytes: MAX_API_ANSWER_BYTES,
        signal,
      })
      // Not the URL: it may hold a password.
      const asked = `GET ${place}${url.pathname}`
      if (!answer.ok) throw new Error(`${asked}: ${answer.message}`)
      if (answer.status === 200 || accepted.includes(answer.status)) return answer
      const said = new TextDecoder().decode(answer.body.subarray(0, MAX_ERROR_BODY_BYTES)).trim()
      throw new Error(
        `${asked}: server answered ${answer.status} ${answer.statusText}`.trimEnd() + (said && `: ${said}`),
      )
    },
    close: () => outbound.close(),
  }
}
