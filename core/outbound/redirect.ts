/**
 * What follows from a redirect: the rules of Go's http.Client (and RFC 9110, 15.4). Pure.
 * Credentials go along only to the same host and port, or from plain HTTP to HTTPS of the same host on the standard ports.
 */
import type { HeaderField, HttpFailure, HttpRequest, HttpResponse } from '../ports.ts'

export interface Hop {
  readonly ok: true
  readonly request: HttpRequest
  /** True when the next request leaves the host that the credentials are for. */
  readonly leavesHost: boolean
}

/** Undefined: the response is final. `request` is without credentials. */
export function nextHop(request: HttpRequest, response: HttpResponse): Hop | HttpFailure | undefined {
  const { status } = response
  const keepsMethod = status === 307 || status === 308
  if (!keepsMethod && status !== 301 && status !== 302 && status !== 303) return undefined
  const location = response.header('location')
  if (location === undefined || location === '') {
    return keepsMethod ? undefined : problem(`${status} response missing Location header`)
  }
  let url: URL
  try {
    url = new URL(location, request.url)
  } catch {
    return problem('failed to parse Location header')
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return problem(`unsupported protocol scheme "${url.protocol.slice(0, -1)}"`)
  }
  const leavesHost = !isSameHost(request.url, url)
  if (keepsMethod || request.method === 'GET') return { ok: true, leavesHost, request: { ...request, url } }
  const { body: _, ...rest } = request
  return { ok: true, leavesHost, request: { ...rest, url, method: 'GET', headers: withoutContent(request.headers) } }
}

function withoutContent(headers: readonly HeaderField[]): readonly HeaderField[] {
  return headers.filter(([name]) => !/^content-/i.test(name))
}

function isSameHost(from: URL, to: URL): boolean {
  if (from.hostname !== to.hostname) return false
  if (from.protocol === to.protocol) return from.port === to.port
  return from.protocol === 'http:' && from.port === '' && to.port === ''
}

function problem(message: string): HttpFailure {
  return { ok: false, reason: 'protocol', message }
}
