/**
 * TLS in front of a server that has a socket already: handshake, ALPN, certificates of clients. Owns a connection from its
 * first byte to the end of the handshake. Knows nothing of HTTP beyond the two protocol names.
 */
import type net from 'node:net'
import tls from 'node:tls'
import { CodedError, messageOf } from '../../core/errors.ts'
import type { ServerTls } from './listen.ts'
import { pemProblem } from './pem.ts'
import { tlsOptionsOf } from './tls-choices.ts'

export interface TlsDoor {
  /** Shakes hands; the socket must have an error listener. Ends it when that takes too long. */
  enter(socket: net.Socket): void
}

/**
 * `admitted` gets connections after the handshake, with an error listener and their raw socket, unless their client had to show
 * a certificate and didn't. Throws a CodedError when certificate, key or client CA can't be used, or when the runtime can't do
 * what is asked.
 */
export function createTlsDoor(
  settings: ServerTls,
  handshakeMs: number,
  admitted: (socket: tls.TLSSocket, raw: net.Socket) => void,
): TlsDoor {
  const { cert, key, clientCa } = settings
  const clientAuth = settings.clientAuth ?? (clientCa === undefined ? undefined : 'require')
  /** Sockets in the handshake by their other side: the hosts don't say which TLS socket stands on which. */
  const entering = new Map<string, net.Socket>()
  const server = createServer()
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.on('secureConnection', (socket: tls.TLSSocket) => {
    socket.on('error', () => socket.destroy())
    const raw = entering.get(otherSide(socket))
    entering.delete(otherSide(socket))
    if (raw !== undefined && welcome(socket)) admitted(socket, raw)
    else socket.destroy()
  })

  function enter(socket: net.Socket): void {
    const side = otherSide(socket)
    const forget = (): void => {
      clearTimeout(timer)
      if (entering.get(side) === socket) entering.delete(side)
    }
    // Bun has no limit of its own on handshakes.
    const timer = setTimeout(() => {
      if (entering.get(side) === socket) socket.destroy()
    }, handshakeMs)
    timer.unref?.()
    entering.set(side, socket)
    socket.on('close', forget)
    server.emit('connection', socket)
  }

  function createServer(): tls.Server {
    const problem = pemProblem({ cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) })
    if (problem !== undefined) throw new CodedError('config', `TLS of the HTTP server: ${problem}`)
    const choices = tlsOptionsOf(settings)
    try {
      return tls.createServer({
        cert,
        key,
        ...(clientCa === undefined ? {} : { ca: clientCa }),
        ...choices,
        ALPNProtocols: ['h2', 'http/1.1'],
        handshakeTimeout: handshakeMs,
        requestCert: clientAuth !== undefined,
        rejectUnauthorized: clientAuth === 'require' && clientCa !== undefined,
      })
    } catch (error) {
      throw new CodedError('config', `TLS of the HTTP server: ${messageOf(error)}`, { cause: error })
    }
  }

  /** What the host's own check leaves open: a certificate that isn't demanded but shown, and one that only has to exist. */
  function welcome(socket: tls.TLSSocket): boolean {
    if (clientAuth === undefined) return true
    const shown = socket.getPeerCertificate()
    if (!shown || Object.keys(shown).length === 0) return clientAuth === 'request'
    return clientCa === undefined || socket.authorized
  }

  return { enter }
}

function otherSide(socket: net.Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}
