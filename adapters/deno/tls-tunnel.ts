/**
 * TLS to one peer for Deno: its fetch can neither check another name than the URL's, nor trust a given CA alone, nor say that a
 * server doesn't select HTTP/2. So node:tls makes the connections, with the dialer of the other runtimes, and fetch speaks
 * plain HTTP/2 to a Unix socket that leads there. Owns that socket and all connections through it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { messageOf } from '../../core/errors.ts'
import type { HttpFailure } from '../../core/ports.ts'
import type { Dialer } from '../shared/http-dial.ts'
import { connectionFailure, type DialedAddress, failure, hostPort } from '../shared/http-failure.ts'

export interface TlsTunnel {
  readonly path: string
  /** Resolves when the path can be connected to, or to why it can't. */
  readonly ready: Promise<HttpFailure | undefined>
  /** What went wrong with the last connection to the peer. */
  readonly problem: HttpFailure | undefined
  /** At once, with all connections. */
  close(): void
}

let directory: string | undefined
let made = 0
let open = 0

export function openTlsTunnel(dialer: Dialer, to: DialedAddress, connectTimeoutMs: number): TlsTunnel {
  const path = join(ownDirectory(), `${made++}.sock`)
  open++
  const route = { key: hostPort(to.host, to.port), origin: to, secure: true, proxy: undefined }
  const sockets = new Set<net.Socket>()
  const server = net.createServer((near) => {
    near.on('error', () => near.destroy())
    near.on('close', () => sockets.delete(near))
    sockets.add(near)
    const timer = setTimeout(() => {
      dialing.cancel()
      tunnel.problem = failure('timeout', `dial tcp ${route.key}: i/o timeout`)
      near.destroy()
    }, connectTimeoutMs)
    const dialing = dialer.dial(route, (result) => {
      clearTimeout(timer)
      if ('ok' in result) {
        tunnel.problem = result
        near.destroy()
        return
      }
      if (near.destroyed) {
        result.destroy()
        return
      }
      tunnel.problem = undefined
      result.on('error', (error) => {
        tunnel.problem = connectionFailure(error, to)
      })
      result.on('close', () => near.destroy())
      near.on('close', () => result.destroy())
      result.unref()
      near.pipe(result)
      result.pipe(near)
    })
  })
  const tunnel = {
    path,
    ready: new Promise<HttpFailure | undefined>((resolve) => {
      server.on('error', (error) => resolve(failure('refused', `local socket for TLS: ${messageOf(error)}`)))
      server.listen(path, () => resolve(undefined))
    }),
    problem: undefined as HttpFailure | undefined,
    close(): void {
      server.close()
      for (const socket of sockets) socket.destroy()
      rmSync(path, { force: true })
      if (--open === 0) removeDirectory()
    },
  }
  server.unref()
  return tunnel
}

/** Only this user may enter it: who reaches the sockets speaks with this node's certificate. */
function ownDirectory(): string {
  if (directory === undefined) {
    directory = mkdtempSync(join(tmpdir(), 'skein-peers-'))
    process.once('exit', removeDirectory)
  }
  return directory
}

function removeDirectory(): void {
  if (directory === undefined) return
  process.removeListener('exit', removeDirectory)
  rmSync(directory, { recursive: true, force: true })
  directory = undefined
}
