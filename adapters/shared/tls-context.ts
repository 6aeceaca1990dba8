/** Secure contexts of the HTTP client: what it trusts, what it shows, and the least version it accepts. */
import tls from 'node:tls'
import { CodedError, messageOf } from '../../core/errors.ts'
import type { TlsOptions } from '../../core/ports.ts'
import { pemProblem } from './pem.ts'
import { trustedRoots } from './trust-store.ts'

const MIN_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const

export function minVersionOf(options: TlsOptions): tls.SecureVersion {
  return MIN_VERSIONS[options.minVersion ?? 'TLS12']
}

/** One context for all clients without certificates of their own: reading the machine's bundle takes milliseconds. */
export type SharedContexts = (minVersion: tls.SecureVersion) => tls.SecureContext

export function createSharedContexts(env: Readonly<Record<string, string>>): SharedContexts {
  const made = new Map<tls.SecureVersion, tls.SecureContext>()
  let roots: string[] | undefined
  return (minVersion) => {
    let context = made.get(minVersion)
    if (context === undefined) {
      roots ??= trustedRoots(env)
      context = tls.createSecureContext({ minVersion, ...(roots === undefined ? {} : { ca: roots }) })
      made.set(minVersion, context)
    }
    return context
  }
}

/** Made once for a client: parsing PEM for each connection costs more than the connection. */
export function contextOf(
  options: TlsOptions,
  env: Readonly<Record<string, string>>,
  shared: SharedContexts,
): () => tls.SecureContext {
  const problem = pemProblem(options)
  if (problem !== undefined) throw new CodedError('config', `tls_config: ${problem}`)
  const minVersion = minVersionOf(options)
  if (options.ca === undefined && options.cert === undefined) return () => shared(minVersion)
  const ca = options.ca ?? trustedRoots(env)
  try {
    const context = tls.createSecureContext({
      minVersion,
      ...(ca === undefined ? {} : { ca }),
      ...(options.cert === undefined ? {} : { cert: options.cert }),
      ...(options.key === undefined ? {} : { key: options.key }),
    })
    return () => context
  } catch (error) {
    throw new CodedError('config', `tls_config: ${messageOf(error)}`, { cause: error })
  }
}
