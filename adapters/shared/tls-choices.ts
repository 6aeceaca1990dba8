/**
 * Versions, ciphers and curves of the server's TLS, from Go's names to what the runtime takes. What a runtime would pass over
 * in silence is refused here: Node has OpenSSL and honours everything, Bun has BoringSSL and does but for the way to allow old
 * versions, and Deno has rustls, which takes TLS 1.2 or 1.3 and chooses the rest itself.
 */
import process from 'node:process'
import tls from 'node:tls'
import { CodedError } from '../../core/errors.ts'

export type TlsVersion = 'TLS10' | 'TLS11' | 'TLS12' | 'TLS13'

export interface TlsChoices {
  /** TLS12 unless given. */
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
  /** Go's names of suites; those of TLS 1.3 can't be chosen and are always on. */
  readonly cipherSuites?: readonly string[]
  /** Go's names. */
  readonly curves?: readonly string[]
}

export type TlsRuntime = 'node' | 'bun' | 'deno'

type Chosen = Pick<tls.TlsOptions, 'minVersion' | 'maxVersion' | 'ciphers' | 'ecdhCurve'>

const VERSIONS: Readonly<Record<TlsVersion, tls.SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
}

const CURVES: Readonly<Record<string, string>> = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
}

/** OpenSSL 3 has no TLS below 1.2 at its usual level of security. */
const ANY_LEVEL = '@SECLEVEL=0'

/** What `tls.createServer` takes. Throws CodedError 'unsupported' for what the runtime doesn't honour, naming it. */
export function tlsOptionsOf(choices: TlsChoices, runtime: TlsRuntime = thisRuntime()): Chosen {
  const { minVersion = 'TLS12', maxVersion, cipherSuites = [], curves = [] } = choices
  if (runtime === 'deno') refuseOnDeno(choices)
  const ciphers = cipherSuites.map(opensslName).filter((name) => name !== undefined)
  // As in Go: the suites of TLS 1.3 are on, and of the others none.
  const only13 = cipherSuites.length > 0 && ciphers.length === 0
  const names = ciphers.length > 0 ? ciphers.join(':') : undefined
  const old = runtime === 'node' && !only13 && (minVersion === 'TLS10' || minVersion === 'TLS11')
  const list = old ? `${names ?? tls.DEFAULT_CIPHERS}:${ANY_LEVEL}` : names
  return {
    minVersion: VERSIONS[only13 ? 'TLS13' : minVersion],
    ...(maxVersion === undefined ? {} : { maxVersion: VERSIONS[maxVersion] }),
    ...(list === undefined ? {} : { ciphers: list }),
    ...(curves.length === 0 ? {} : { ecdhCurve: curves.map((name) => CURVES[name] ?? name).join(':') }),
  }
}

function refuseOnDeno({ minVersion, maxVersion, cipherSuites = [], curves = [] }: TlsChoices): void {
  const hint = 'remove it, or run skein on Node or Bun'
  for (const [name, version] of [
    ['min_version', minVersion],
    ['max_version', maxVersion],
  ] as const) {
    if (version !== 'TLS10' && version !== 'TLS11') continue
    throw new CodedError('unsupported', `${name} "${version}": Deno has TLS12 and TLS13 only; ${hint}`)
  }
  if (cipherSuites.length > 0) {
    throw new CodedError('unsupported', `cipher_suites: Deno chooses the ciphers itself; ${hint}`)
  }
  if (curves.length > 0) {
    throw new CodedError('unsupported', `curve_preferences: Deno chooses the curves itself; ${hint}`)
  }
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` → `ECDHE-RSA-AES128-GCM-SHA256`; undefined for suites of TLS 1.3. */
function opensslName(suite: string): string | undefined {
  const match = /^TLS_(ECDHE_(?:ECDSA|RSA))_WITH_(\w+)$/.exec(suite)
  if (match === null) return undefined
  const [, exchange, rest] = match
  const cipher = rest
    .replace(/^AES_(\d+)_CBC/, 'AES$1')
    .replace(/^AES_(\d+)/, 'AES$1')
    .replace(/^CHACHA20_POLY1305_SHA256$/, 'CHACHA20_POLY1305')
  return `${exchange}_${cipher}`.replace(/_/g, '-')
}

function thisRuntime(): TlsRuntime {
  if (process.versions['deno'] !== undefined) return 'deno'
  return process.versions['bun'] === undefined ? 'node' : 'bun'
}
