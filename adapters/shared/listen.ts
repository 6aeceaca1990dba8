/** What listening means on every runtime: a fetch handler on one TCP port. */
import { isIP } from 'node:net'
import { CodedError, messageOf } from '../../core/errors.ts'
import type { Connection } from '../../core/ports.ts'
import type { TlsChoices } from './tls-choices.ts'

export type FetchHandler = (request: Request, connection: Connection) => Response | Promise<Response>

/** A server certificate, and what clients must show; PEM. */
export interface ServerTls extends TlsChoices {
  readonly cert: string
  readonly key: string
  /** Certificates of clients must come from here; undefined when nobody checks where they come from. */
  readonly clientCa?: string
  readonly clientAuth?: 'request' | 'require'
}

export interface ListenOptions {
  /** Name or address; empty for all interfaces. */
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
}

export interface Listening {
  /** `host:port` as bound. */
  readonly address: string
  readonly port: number
  /**
   * Plain connections or TLS from now on, for connections that are new: `undefined` is plain, as at first. Rejects with a
   * CodedError when certificate or key can't be used or the runtime can't do what is asked, and nothing has changed then.
   */
  setTls(tls: ServerTls | undefined): Promise<void>
  /** Takes no new requests, lets those under way finish for `graceMs`, then cuts them off. */
  close(graceMs?: number): Promise<void>
}

/** Rejects with a CodedError when the address can't be bound. */
export type Listen = (handler: FetchHandler, options: ListenOptions) => Promise<Listening>

export const DEFAULT_GRACE_MS = 5000

/** How long connections may dally. */
export interface Patience {
  /** Until the first bytes have told the protocol, or the TLS handshake is over. */
  readonly firstBytesMs: number
  /** Until a whole request head is there: from the start, and after each answer. */
  readonly requestHeadMs: number
  /** An HTTP/2 connection on which nothing is heard for so long is asked for a sign of life, and has as long to give it. */
  readonly silenceMs: number
}

export const PATIENCE: Patience = { firstBytesMs: 10_000, requestHeadMs: 60_000, silenceMs: 30_000 }

/** `host:port`, `[v6]:port` or `:port`; undefined when it is neither. */
export function parseListenAddress(text: string): ListenOptions | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  if (match === null || Number(match[3]) > 65535) return undefined
  if (match[1] !== undefined && isIP(match[1]) !== 6) return undefined
  return { host: match[1] ?? match[2], port: Number(match[3]) }
}

export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `ip:port` of a socket's other side; an IPv4 address that came in on an IPv6 socket is written as IPv4. */
export function formatRemote(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined || port === undefined) return undefined
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return formatAddress(mapped?.[1] ?? address, port)
}

export function listenError(error: unknown, options: ListenOptions): CodedError {
  const address = formatAddress(options.host, options.port)
  const code = error instanceof Error ? ('code' in error ? String(error.code) : error.name) : ''
  const why = /EADDRINUSE|AddrInUse/.test(code)
    ? `port ${options.port} is already in use; stop the other process or choose another address with --server.http.listen-addr`
    : /EACCES|PermissionDenied/.test(code)
      ? 'permission denied; ports below 1024 need privileges'
      : /EADDRNOTAVAIL|AddrNotAvailable/.test(code)
        ? 'this machine has no such address'
        : messageOf(error)
  return new CodedError('config', `can't listen on ${address}: ${why}`, { cause: error })
}
