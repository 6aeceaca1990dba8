/** The part of Deno's API that the adapters use; its types are not installed. */

export interface DenoAddress {
  readonly hostname: string
  readonly port: number
}

export interface DenoServer {
  readonly addr: DenoAddress
  readonly finished: Promise<void>
  shutdown(): Promise<void>
}

export interface DenoHttpClient {
  close(): void
}

export interface DenoHttpClientOptions {
  readonly http1: boolean
  readonly http2: boolean
  readonly poolIdleTimeout?: number | false
  readonly proxy?: { readonly transport: 'unix'; readonly path: string }
}

export interface Deno {
  serve(
    options: {
      hostname: string
      port: number
      onListen: () => void
      onError: () => Response
      signal: AbortSignal
    },
    handler: (
      request: Request,
      info: { readonly remoteAddr: DenoAddress; readonly completed: Promise<void> },
    ) => Response | Promise<Response>,
  ): DenoServer
  createHttpClient(options: DenoHttpClientOptions): DenoHttpClient
}

export function deno(): Deno {
  return (globalThis as unknown as { Deno: Deno }).Deno
}
