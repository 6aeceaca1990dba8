/**
 * Requests to the agent itself without a socket: exporters inside the agent are targets at a made-up address
 * (`--server.http.memory-addr`), and whoever scrapes them is served by the app directly. Nobody is asked for a password there, and a
 * target may redirect its scrape anywhere: so there is nothing but what may be scraped.
 */
import { messageOf } from '../errors.ts'
import type { HttpClient, HttpClients, HttpFailure, HttpRequest, HttpResponse } from '../ports.ts'

export type ServeInMemory = (request: Request) => Response | Promise<Response>

/** Clients that answer requests for `address` (host:port) by `serve` and send all others out. */
export function withMemoryAddress(clients: HttpClients, address: string, serve: ServeInMemory): HttpClients {
  const { host } = new URL(`http://${address}`)
  return {
    proxyFromEnvironment: clients.proxyFromEnvironment,
    open(options): HttpClient {
      const client = clients.open(options)
      return {
        send: (request) => (request.url.host === host ? answer(request, serve) : client.send(request)),
        close: () => client.close(),
      }
    },
  }
}

const SCRAPED = /^\/(?:metrics$|api\/v0\/component\/)/

async function answer(request: HttpRequest, serve: ServeInMemory): Promise<HttpResponse | HttpFailure> {
  if (request.method !== 'GET' || !SCRAPED.test(request.url.pathname)) {
    const message = `only metrics can be had at ${request.url.host}, not ${request.method} ${request.url.pathname}`
    return { ok: false, reason: 'protocol', message }
  }
  if (request.signal?.aborted) return { ok: false, reason: 'aborted', message: 'the request was given up' }
  try {
    const { method, url, headers } = request
    const response = await serve(
      new Request(url, { method, headers: headers.map(([name, value]): [string, string] => [name, value]) }),
    )
    const content = new Uint8Array(await response.arrayBuffer())
    if (content.length > request.maxBodyBytes) {
      return { ok: false, reason: 'too-large', message: `the body has more than ${request.maxBodyBytes} bytes` }
    }
    return {
      ok: true,
      status: response.status,
      statusText: response.statusText,
      header: (name) => response.headers.get(name) ?? undefined,
      body: content,
    }
  } catch (thrown) {
    return { ok: false, reason: 'protocol', message: messageOf(thrown) }
  }
}
