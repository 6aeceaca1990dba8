/**
 * The `tls` block inside of `http`: which certificate the server shows, what it wants of its callers, and what of TLS it
 * speaks. Owns names and what goes together, as Alloy and Go have them; whether a host can do it is found out when it is applied.
 */
import { attr, block, nested, type ReportField, type Schema } from '../syntax/schema.ts'
import { list, oneOf, secret, string } from '../syntax/types.ts'
import type { Secret } from '../syntax/value.ts'

/** PEM, or the file that has it. */
export type PemSource = { readonly pem: string } | { readonly file: string }

export const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const
export type TlsVersion = (typeof TLS_VERSIONS)[number]

export interface ServerTlsSettings {
  readonly cert: PemSource
  readonly key: PemSource
  /** Certificates of clients must come from here; undefined: nobody checks where they come from. */
  readonly clientCa: PemSource | undefined
  /** `request`: a client may have no certificate, but, with a CA, not a wrong one. */
  readonly clientAuth: 'request' | 'require' | undefined
  /** TLS12 unless given. */
  readonly minVersion: TlsVersion | undefined
  readonly maxVersion: TlsVersion | undefined
  /** Go's names; empty for what the runtime chooses. Those of TLS 1.3 are always on, as in Go. */
  readonly cipherSuites: readonly string[]
  /** Go's names; empty for what the runtime chooses. */
  readonly curves: readonly string[]
}

export interface TlsArgs {
  readonly cert_pem: string
  readonly cert_file: string
  readonly key_pem: Secret | undefined
  readonly key_file: string
  readonly client_ca_pem: string
  readonly client_ca_file: string
  readonly client_auth_type: string
  readonly cipher_suites: readonly string[]
  readonly curve_preferences: readonly string[]
  readonly min_version: TlsVersion | undefined
  readonly max_version: TlsVersion | undefined
}

/** Go's `tls.CipherSuites()` of TLS 1.3: they can't be chosen, and are accepted where others are. */
const CIPHERS_OF_TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const

/** The same of TLS 1.2 and before. */
const CIPHERS_BEFORE_TLS13 = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
] as const

const cipher = oneOf(...CIPHERS_OF_TLS13, ...CIPHERS_BEFORE_TLS13)
const curve = oneOf('CurveP256', 'CurveP384', 'CurveP521', 'X25519')
const version = oneOf(...TLS_VERSIONS)

export const tlsSchema: Schema<TlsArgs> = block(
  {
    cert_pem: attr.optional(string, '', 'Certificate of the server, PEM.'),
    cert_file: attr.optional(string, '', 'File with it.'),
    key_pem: attr.optional(secret, undefined, 'Key of the server, PEM.'),
    key_file: attr.optional(string, '', 'File with it.'),
    client_ca_pem: attr.optional(string, '', 'CA that certificates of clients must come from, PEM.'),
    client_ca_file: attr.optional(string, '', 'File with it.'),
    client_auth_type: attr.optional(
      oneOf(
        'NoClientCert',
        'RequestClientCert',
        'RequireAnyClientCert',
        'VerifyClientCertIfGiven',
        'RequireAndVerifyClientCert',
      ),
      'NoClientCert',
      'What clients must show.',
    ),
    cipher_suites: attr.optional(
      list(cipher),
      [],
      'Ciphers of TLS 1.2 and before, by their names in Go; those of TLS 1.3 are always on. Not on Deno.',
    ),
    curve_preferences: attr.optional(
      list(curve),
      [],
      'Curves for the exchange of keys, the best one first. Not on Deno.',
    ),
    min_version: attr.optional(
      version,
      undefined,
      'Least version of TLS, TLS12 unless given. Deno has TLS12 and TLS13.',
    ),
    max_version: attr.optional(version, undefined, 'Highest version of TLS. Deno has TLS12 and TLS13.'),
    windows_certificate_filter: nested.unavailable('certificates come from files or text'),
  },
  { validate },
)

function validate(args: TlsArgs, report: ReportField): void {
  for (const [what, required] of [
    ['cert', true],
    ['key', true],
    ['client_ca', false],
  ] as const) {
    const [pem, file] = [textOf(args[`${what}_pem`]), args[`${what}_file`]]
    if (pem !== '' && file !== '')
      report(`${what}_pem and ${what}_file exclude each other`, `${what}_file`, 'keep one of the two')
    if (required && pem === '' && file === '') report(`one of ${what}_pem and ${what}_file is needed`)
  }
  validateClients(args, report)
  validateVersions(args, report)
}

function validateClients(args: TlsArgs, report: ReportField): void {
  const type = args.client_auth_type
  if (verifies(type) && !hasClientCa(args)) {
    report(`client_auth_type "${type}" needs client_ca_file or client_ca_pem`, 'client_auth_type')
  } else if (hasClientCa(args) && !verifies(type)) {
    const field = args.client_ca_pem === '' ? 'client_ca_file' : 'client_ca_pem'
    const hint = 'set client_auth_type = "RequireAndVerifyClientCert"'
    report(`a CA for clients has no effect with client_auth_type "${type}"`, field, hint)
  }
}

function validateVersions(args: TlsArgs, report: ReportField): void {
  const { min_version: min, max_version: max, cipher_suites: ciphers } = args
  if (max === undefined) return
  if (TLS_VERSIONS.indexOf(min ?? 'TLS12') > TLS_VERSIONS.indexOf(max)) {
    const hint = min === undefined ? `set min_version as well, for instance to "${max}"` : 'exchange the two'
    report(`max_version "${max}" is below min_version "${min ?? 'TLS12'}"`, 'max_version', hint)
  }
  if (max !== 'TLS13' && ciphers.length > 0 && !ciphers.some(isBeforeTls13)) {
    const hint = 'add one of TLS 1.2, such as "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", or remove cipher_suites'
    report(`cipher_suites has ciphers of TLS 1.3 only, and max_version is "${max}"`, 'cipher_suites', hint)
  }
}

function isBeforeTls13(name: string): boolean {
  return CIPHERS_BEFORE_TLS13.some((known) => known === name)
}

function verifies(type: string): boolean {
  return type === 'VerifyClientCertIfGiven' || type === 'RequireAndVerifyClientCert'
}

function hasClientCa(args: TlsArgs): boolean {
  return args.client_ca_pem !== '' || args.client_ca_file !== ''
}

function textOf(pem: string | Secret | undefined): string {
  return typeof pem === 'object' ? pem.reveal() : (pem ?? '')
}

const CLIENT_AUTH: Readonly<Record<string, ServerTlsSettings['clientAuth']>> = {
  RequestClientCert: 'request',
  VerifyClientCertIfGiven: 'request',
  RequireAnyClientCert: 'require',
  RequireAndVerifyClientCert: 'require',
}

/** The key leaves its capsule here: not to be logged. */
export function tlsSettings(args: TlsArgs): ServerTlsSettings {
  const source = (pem: string, file: string): PemSource => (pem === '' ? { file } : { pem })
  return {
    cert: source(args.cert_pem, args.cert_file),
    key: source(textOf(args.key_pem), args.key_file),
    clientCa: hasClientCa(args) ? source(args.client_ca_pem, args.client_ca_file) : undefined,
    clientAuth: CLIENT_AUTH[args.client_auth_type],
    minVersion: args.min_version,
    maxVersion: args.max_version,
    cipherSuites: args.cipher_suites,
    curves: args.curve_preferences,
  }
}
