/** A JSON API on a real socket: a free port of 127.0.0.1 or a Unix socket. What it answers is the test's. */
import { once } from 'node:events'
import net from 'node:net'

export interface ApiRequest {
  /** Decoded. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
}

export interface ApiAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text as it is, anything else as JSON. */
  readonly body: unknown
}

export interface FakeApi {
  /** `127.0.0.1:port`. */
  readonly host: string
  readonly requests: ApiRequest[]
  /** Requests that wait for their answer, and the most there were at a time. */
  underWay: number
  mostUnderWay: number
  close(): Promise<void>
}

/** A promise that isn't fulfilled holds the request; answers come in no order but their own. */
export async function fakeApi(
  answer: (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>,
  socketPath?: string,
): Promise<FakeApi> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let seen = ''
    let waiting = false
    socket.on('close', () => {
      sockets.delete(socket)
      if (waiting) api.underWay--
    })
    socket.on('data', async (chunk) => {
      seen += chunk.toString('latin1')
      const end = seen.indexOf('\r\n\r\n')
      if (end < 0) return
      const request = readRequest(seen.slice(0, end))
      seen = seen.slice(end + 4)
      api.requests.push(request)
      waiting = true
      api.mostUnderWay = Math.max(api.mostUnderWay, ++api.underWay)
      const { status = 200, headers = {}, body } = await answer(request)
      if (socket.destroyed) return
      waiting = false
      api.underWay--
      const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
      const lines = Object.entries({ ...headers, 'Content-Length': bytes.length }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      )
      const head = Buffer.from(`HTTP/1.1 ${status} ${STATUS[status] ?? ''}\r\n${lines.join('')}\r\n`)
      socket.write(Buffer.concat([head, bytes]))
    })
  })
  if (socketPath === undefined) server.listen(0, '127.0.0.1')
  else server.listen(socketPath)
  await once(server, 'listening')
  const bound = server.address()
  const api: FakeApi = {
    host: typeof bound === 'object' && bound !== null ? `127.0.0.1:${bound.port}` : '',
    requests: [],
    underWay: 0,
    mostUnderWay: 0,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return api
}

const STATUS: Readonly<Record<number, string>> = {
  200: 'OK',
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
}

function readRequest(head: string): ApiRequest {
  const [line, ...fields] = head.split('\r\n')
  const url = new URL(line.split(' ')[1], 'http://fake')
  const headers = fields.map((field): [string, string] => {
    const colon = field.indexOf(':')
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
  })
  return { path: decodeURIComponent(url.pathname), query: url.searchParams, headers: new Map(headers) }
}
