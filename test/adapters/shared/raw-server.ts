/** A server that says exactly what a test tells it to, byte for byte. */
import net from 'node:net'

export interface RawServer {
  readonly port: number
  /** Whole requests (heads, and bodies by Content-Length) in the order of their arrival, over all connections. */
  readonly requests: string[]
  /** Connections accepted so far. */
  connections: number
  /** Closes every connection that is open now. */
  dropAll(): void
  close(): Promise<void>
}

/** `answer` is called for each request that has arrived whole; `nth` counts them from 0 over all connections. */
export async function rawServer(
  answer: (socket: net.Socket, request: string, nth: number) => void,
): Promise<RawServer> {
  const sockets = new Set<net.Socket>()
  const requests: string[] = []
  const server = net.createServer((socket) => {
    raw.connections++
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let seen = ''
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      for (;;) {
        const headEnd = seen.indexOf('\r\n\r\n')
        if (headEnd < 0) return
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(seen.slice(0, headEnd))?.[1] ?? 0)
        if (seen.length < headEnd + 4 + length) return
        const request = seen.slice(0, headEnd + 4 + length)
        seen = seen.slice(request.length)
        requests.push(request)
        answer(socket, request, requests.length - 1)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const raw: RawServer = {
    port: (server.address() as net.AddressInfo).port,
    requests,
    connections: 0,
    dropAll() {
      for (const socket of sockets) socket.destroy()
    },
    close() {
      raw.dropAll()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return raw
}
