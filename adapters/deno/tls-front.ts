/**
 * TLS with client certificates for Deno: Deno.serve can't ask for them and node:http2 servers abort there, so node:tls shakes
 * hands on the real port and passes the bytes on to a Deno.serve on a loopback port. Owns both sockets of each connection, and
 * the register of who is behind which loopback port: what isn't in it didn't come through TLS and is refused.
 */
import net from 'node:net'
import type tls from 'node:tls'
import { MAX_SERVER_CONNECTIONS } from '../../core/limits.ts'
import type { Connection } from '../../core/ports.ts'
import { formatRemote, type ListenOptions, listenError, type Patience, type ServerTls } from '../shared/listen.ts'
import { createTlsDoor, type TlsDoor } from '../shared/server-tls.ts'

export interface TlsFront {
  /** Throws a CodedError when certificate, key or client CA can't be used, and nothing has changed then. */
  setTls(settings: ServerTls): void
  /** Who is behind a connection to the inner port. */
  behind(innerPort: number): Connection | undefined
  listen(options: ListenOptions): Promise<void>
  /** Stops listening; connections go on. */
  stop(): void
  /** Cuts connections off. */
  cut(): void
}

const INNER_HOST = '127.0.0.1'

/** `innerPort`: of the Deno.serve behind. */
export function createTlsFront(settings: ServerTls, patience: Patience, innerPort: () => number): TlsFront {
  let door = open(settings)
  const sockets = new Set<net.Socket>()
  const register = new Map<number, Connection>()
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    if (sockets.size >= MAX_SERVER_CONNECTIONS) {
      socket.destroy()
      return
    }
    socket.setKeepAlive(true, patience.silenceMs)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    door.enter(socket)
  })

  function open(tls: ServerTls): TlsDoor {
    return createTlsDoor(tls, patience.firstBytesMs, pass)
  }

  function pass(outer: tls.TLSSocket): void {
    const connection: Connection = {
      remoteAddress: formatRemote(outer.remoteAddress, outer.remotePort),
      httpVersion: outer.alpnProtocol === 'h2' ? '2' : '1',
    }
    const inner = net.connect({ host: INNER_HOST, port: innerPort(), noDelay: true })
    let port: number | undefined
    inner.on('connect', () => {
      port = inner.localPort as number
      register.set(port, connection)
      outer.pipe(inner)
      inner.pipe(outer)
    })
    const end = (): void => {
      if (port !== undefined && register.get(port) === connection) register.delete(port)
      port = undefined
      outer.destroy()
      inner.destroy()
    }
    inner.on('error', end)
    inner.on('close', end)
    outer.on('close', end)
  }

  return {
    setTls(tls) {
      door = open(tls)
    },
    behind: (port) => register.get(port),
    listen: (options) =>
      new Promise((resolve, reject) => {
        const failed = (error: Error): void => reject(listenError(error, options))
        server.once('error', failed)
        const host = options.host === '' ? {} : { host: options.host }
        server.listen({ ...host, port: options.port }, () => {
          server.removeListener('error', failed)
          server.on('error', () => {})
          resolve()
        })
      }),
    stop() {
      server.close()
    },
    cut() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
