/** A server on loopback that answers as a node's API would, or as no node should; and the command line that asks it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Runtime } from '../../../adapters/cli/command.ts'
import { main } from '../../../adapters/cli/main.ts'
import { clock } from '../../../adapters/shared/clock.ts'
import { createHttpClients } from '../../../adapters/shared/http-client.ts'
import { setup } from './fake-runtime.ts'

export type Respond = (request: IncomingMessage, response: ServerResponse) => void

export interface FakeApi {
  /** host:port */
  readonly address: string
  /** Paths with their queries, as they came. */
  readonly asked: string[]
  close(): Promise<void>
}

/** By path without query: a value is sent as JSON; a function answers by itself. Everything else is 404. */
export async function serveApi(routes: Readonly<Record<string, unknown>>): Promise<FakeApi> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    asked.push(url)
    const path = url.replace(/\?.*/s, '')
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (typeof route === 'function') (route as Respond)(request, response)
    else if (route === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n')
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(route))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    asked,
    async close() {
      server.closeAllConnections?.()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** What the clock on the wall of the one who asks says. */
export const NOW: number = Date.UTC(2026, 0, 2, 12, 0, 0)

/** `skein` with these words, in a process that isn't there, on real sockets. `files` by path. */
export async function skein(
  argv: readonly string[],
  output: Runtime['output'] = { color: false, columns: undefined },
  files: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const { runtime, seen } = setup()
  const readSync = (path: string): Uint8Array => {
    if (!Object.hasOwn(files, path)) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
    return new TextEncoder().encode(files[path])
  }
  const ports: Runtime['ports'] = {
    ...runtime.ports,
    http: createHttpClients({}),
    files: { ...runtime.ports.files, readSync },
    clock: { ...clock, now: () => NOW },
  }
  const code = await main(argv, { ...runtime, ports, output })
  return { code, out: seen.out, err: seen.err }
}
