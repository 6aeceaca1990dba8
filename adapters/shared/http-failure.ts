/**
 * What went wrong on a connection, in one vocabulary for three runtimes: a reason to switch on and the sentence that Go's
 * net package would have used, since that is what operators of Prometheus and Alloy search their logs for.
 */
import type { HttpFailure } from '../../core/ports.ts'

export type FailureReason = HttpFailure['reason']

export function failure(reason: FailureReason, message: string): HttpFailure {
  return { ok: false, reason, message }
}

export const TIMED_OUT: HttpFailure = failure('timeout', 'context deadline exceeded')
export const ABORTED: HttpFailure = failure('aborted', 'context canceled')

/** What the connection was being used for when the error came. */
export interface DialedAddress {
  readonly host: string
  readonly port: number
  /** Path of the Unix socket that stands in for host and port. */
  readonly socketPath?: string
}

interface SystemError extends Error {
  readonly code?: string
  readonly address?: string
  readonly port?: number
  readonly reason?: string
  readonly errors?: readonly SystemError[]
}

/** An error while the TCP connection was being made. */
export function dialFailure(thrown: unknown, to: DialedAddress): HttpFailure {
  // With several addresses the host reports one error for each; like Go, show the first.
  const error = firstOf(thrown)
  const code = error.code ?? ''
  if (to.socketPath !== undefined) return socketFailure(error, to.socketPath)
  const address = hostPort(error.address ?? to.host, error.port ?? to.port)
  if (isDnsError(error)) return dnsFailure(to.host, code)
  switch (code) {
    case 'ECONNREFUSED':
    case 'ConnectionRefused':
      return failure('refused', `dial tcp ${address}: connect: connection refused`)
    case 'ETIMEDOUT':
      return failure('timeout', `dial tcp ${address}: connect: connection timed out`)
    case 'EHOSTUNREACH':
      return failure('refused', `dial tcp ${address}: connect: no route to host`)
    case 'ENETUNREACH':
      return failure('refused', `dial tcp ${address}: connect: network is unreachable`)
    case 'ECONNRESET':
      return failure('reset', `dial tcp ${address}: connect: connection reset by peer`)
    default:
      return failure('refused', `dial tcp ${address}: ${error.message}`)
  }
}

function socketFailure({ code, message }: SystemError, path: string): HttpFailure {
  const why =
    code === 'ENOENT'
      ? 'no such file or directory'
      : code === 'EACCES' || code === 'EPERM'
        ? 'permission denied'
        : code === 'ECONNREFUSED' || code === 'ConnectionRefused'
          ? 'connection refused'
          : message
  return failure('refused', `dial unix ${path}: connect: ${why}`)
}

export function dnsFailure(host: string, code: string): HttpFailure {
  const why = code === 'EAI_AGAIN' ? 'server misbehaving' : code === 'ETIMEOUT' ? 'i/o timeout' : 'no such host'
  return failure('dns', `dial tcp: lookup ${host}: ${why}`)
}

/** An error after the TCP connection stood and before the TLS handshake was over. */
export function handshakeFailure(thrown: unknown, serverName: string): HttpFailure {
  const error = firstOf(thrown)
  const code = error.code ?? ''
  const x509 = (text: string): HttpFailure => failure('tls', `tls: failed to verify certificate: x509: ${text}`)
  const text = `${code} ${error.message}`
  if (/ALTNAME|NotValidForName/i.test(text)) {
    return x509(`certificate is not valid for ${serverName}${error.reason === undefined ? '' : ` (${error.reason})`}`)
  }
  if (/EXPIRED|NOT_YET_VALID|has expired|not yet valid/i.test(text)) {
    return x509('certificate has expired or is not yet valid')
  }
  if (/SELF_SIGNED|UNABLE_TO_|unknown ?issuer|ERR_TLS_CERT|self.signed|unable to/i.test(text)) {
    return x509(`certificate signed by unknown authority (${code || error.message})`)
  }
  const alert = /alert ([a-z ]+?)(?::|$| number)/i.exec(error.message)?.[1]
  if (alert !== undefined) return failure('tls', `remote error: tls: ${alert.trim()}`)
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return failure('tls', 'tls: handshake failed: connection closed by peer')
  }
  return failure('tls', `tls: handshake failed: ${error.message}`)
}

/** An error on a connection that was in use. */
export function connectionFailure(thrown: unknown, to: DialedAddress): HttpFailure {
  const error = firstOf(thrown)
  const address = to.socketPath === undefined ? `tcp ${hostPort(to.host, to.port)}` : `unix ${to.socketPath}`
  switch (error.code) {
    case 'ECONNRESET':
      return failure('reset', `read ${address}: read: connection reset by peer`)
    case 'EPIPE':
      return failure('reset', `write ${address}: write: broken pipe`)
    case 'ETIMEDOUT':
      return failure('timeout', `read ${address}: read: connection timed out`)
    default:
      // TLS servers refuse a client certificate only after the handshake as TLS 1.3 sees it.
      if (/alert|TLS|SSL|certificate/i.test(`${error.code} ${error.message}`)) return handshakeFailure(error, to.host)
      return failure('reset', `read ${address}: ${error.message}`)
  }
}

export function hostPort(host: string, port: number): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`
}

function firstOf(thrown: unknown): SystemError {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as SystemError
  return error.errors?.[0] ?? error
}

function isDnsError(error: SystemError): boolean {
  return /^(ENOTFOUND|EAI_|ENODATA|ETIMEOUT|ESERVFAIL|DNS_)/.test(error.code ?? '') || /getaddrinfo/.test(error.message)
}
