/** The head of an HTTP/1.1 request. Refuses whatever could smuggle in a line of its own. */
import type { HttpFailure, HttpRequest } from '../../core/ports.ts'
import type { Route } from './http-dial.ts'
import { failure } from './http-failure.ts'

const NOT_A_TOKEN = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/
const NOT_A_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/

export function requestHead(request: HttpRequest, route: Route): string | HttpFailure {
  const { method, url, headers, body } = request
  const viaPlainProxy = route.proxy !== undefined && !route.secure
  const target = viaPlainProxy
    ? `${url.protocol}//${url.host}${url.pathname}${url.search}`
    : `${url.pathname}${url.search}`
  let head = `${method} ${target} HTTP/1.1\r\nHost: ${url.host}\r\n`
  for (const [name, value] of headers) {
    const problem = headerProblem(name, value)
    if (problem !== undefined) return failure('protocol', problem)
    head += `${name}: ${value}\r\n`
  }
  if (viaPlainProxy && route.proxy?.authorization !== undefined) {
    head += `Proxy-Authorization: ${route.proxy.authorization}\r\n`
  }
  if (body !== undefined || method === 'POST') head += `Content-Length: ${body?.length ?? 0}\r\n`
  return `${head}Connection: keep-alive\r\n\r\n`
}

/** Why this can't be a header line, in Go's words; the value is not repeated, it may be a secret. */
export function headerProblem(name: string, value: string): string | undefined {
  if (name === '' || NOT_A_TOKEN.test(name)) return `net/http: invalid header field name ${JSON.stringify(name)}`
  if (NOT_A_VALUE.test(value)) return `net/http: invalid header field value for ${JSON.stringify(name)}`
  return undefined
}
