/** The HTTP server of Deno: its own, which speaks HTTP/1.1 and h2c on one port (node:http2 servers abort there). */
import { CodedError } from '../../core/errors.ts'
import { DEFAULT_GRACE_MS, formatAddress, type Listen, listenError } from '../shared/listen.ts'

/** The part of Deno's API that is used here; its types are not installed. */
interface DenoServe {
  serve(
    options: {
      hostname: string
      port: number
      onListen: () => void
      onError: () => Response
      signal: AbortSignal
    },
    handler: (request: Request) => Response | Promise<Response>,
  ): DenoServer
}

interface DenoServer {
  readonly addr: { readonly hostname: string; readonly port: number }
  readonly finished: Promise<void>
  shutdown(): Promise<void>
}

export const listen: Listen = async (handler, options) => {
  const deno = (globalThis as unknown as { Deno: DenoServe }).Deno
  const cut = new AbortController()
  let server: DenoServer
  try {
    const hostname = options.host === '' ? '::' : options.host
    const failed = (): Response => new Response('internal error\n', { status: 500 })
    const settings = { hostname, port: options.port, onListen: () => {}, onError: failed, signal: cut.signal }
    server = deno.serve(settings, (request) => handler(request, { remoteAddress: undefined, httpVersion: '1' }))
  } catch (error) {
    throw listenError(error, options)
  }
  return {
    address: formatAddress(server.addr.hostname, server.addr.port),
    port: server.addr.port,
    setTls: () => Promise.reject(new CodedError('unsupported', 'not written yet')),
    async close(graceMs = DEFAULT_GRACE_MS) {
      const timer = setTimeout(() => cut.abort(), graceMs)
      await Promise.race([server.shutdown(), server.finished])
      clearTimeout(timer)
    },
  }
}
