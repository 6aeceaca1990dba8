/** Small HTTP servers inside the suite: exporters, and whatever else a test wants to answer. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atTheEnd } from './processes.ts'

export interface Served {
  /** host:port */
  readonly address: string
  /** Drops every connection and answers no more. */
  close(): Promise<void>
}

/** Serves on a free loopback port until the end of the suite. */
export async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Served> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  atTheEnd(close)
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

export interface Exporter extends Served {
  /** What the next scrapes get. */
  body: string
  /** Wall time of each scrape, in milliseconds. */
  readonly scrapes: number[]
}

export async function startExporter(body: string): Promise<Exporter> {
  const scrapes: number[] = []
  const served = await serve((_request, response) => {
    scrapes.push(Date.now())
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exporter.body)
  })
  const exporter: Exporter = { ...served, body, scrapes }
  return exporter
}
