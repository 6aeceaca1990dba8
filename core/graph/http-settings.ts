/** The `http` block: how the agent's own server is reached. Of it skein has TLS. */
import type { Block } from '../syntax/ast.ts'
import { decodeBlock } from '../syntax/decode.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { scopeOf } from '../syntax/evaluate.ts'
import { attr, block, nested, type Schema } from '../syntax/schema.ts'
import { list, oneOf, secret, string } from '../syntax/types.ts'
import type { ObjectValue, Secret } from '../syntax/value.ts'

/** PEM, or the file that has it. */
export type PemSource = { readonly pem: string } | { readonly file: string }

export interface ServerTlsSettings {
  readonly cert: PemSource
  readonly key: PemSource
  readonly clientCa: PemSource | undefined
  /** `request`: a client may have no certificate, but not a wrong one. */
  readonly clientAuth: 'request' | 'require' | undefined
}

export interface HttpSettings {
  /** Undefined for plain HTTP. */
  readonly tls: ServerTlsSettings | undefined
}

export const NO_HTTP_SETTINGS: HttpSettings = { tls: undefined }

interface TlsArgs {
  readonly cert_pem: string
  readonly cert_file: string
  readonly key_pem: Secret | undefined
  readonly key_file: string
  readonly client_ca_pem: string
  readonly client_ca_file: string
  readonly client_auth_type: string
}

const RUNTIME = 'the runtime chooses it'

const tls: Schema<TlsArgs> = block(
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
    cipher_suites: attr.unavailable(list(string), [], RUNTIME),
    curve_preferences: attr.unavailable(list(string), [], RUNTIME),
    min_version: attr.unavailable(string, '', RUNTIME),
    max_version: attr.unavailable(string, '', RUNTIME),
    windows_certificate_filter: nested.unavailable('certificates come from files or text'),
  },
  {
    validate(args, report) {
      for (const [what, required] of [
        ['cert', true],
        ['key', true],
        ['client_ca', false],
      ] as const) {
        const [pem, file] = [textOf(args[`${what}_pem`]), args[`${what}_file`]]
        if (pem !== '' && file !== '') report(`${what}_pem and ${what}_file exclude each other`, `${what}_file`)
        if (required && pem === '' && file === '') report(`one of ${what}_pem and ${what}_file is needed`)
      }
      const type = args.client_auth_type
      const verifies = type === 'VerifyClientCertIfGiven' || type === 'RequireAndVerifyClientCert'
      const hasCa = args.client_ca_pem !== '' || args.client_ca_file !== ''
      if (type === 'RequestClientCert' || type === 'RequireAnyClientCert') {
        const hint = 'VerifyClientCertIfGiven and RequireAndVerifyClientCert check certificates against client_ca_file'
        report(
          `client_auth_type "${type}", which checks no certificate, is not supported by this version of skein yet`,
          'client_auth_type',
          hint,
        )
      } else if (verifies && !hasCa) {
        report(`client_auth_type "${type}" needs client_ca_file or client_ca_pem`, 'client_auth_type')
      } else if (hasCa && !verifies) {
        const field = args.client_ca_pem === '' ? 'client_ca_file' : 'client_ca_pem'
        const hint = 'set client_auth_type = "RequireAndVerifyClientCert"'
        report('a CA for clients has no effect with client_auth_type "NoClientCert"', field, hint)
      }
    },
  },
)

function textOf(pem: string | Secret | undefined): string {
  return typeof pem === 'object' ? pem.reveal() : (pem ?? '')
}

interface HttpArgs {
  readonly tls: TlsArgs | undefined
}

const schema: Schema<HttpArgs> = block({
  tls: nested.optional(tls, 'TLS on the port of the server; peers and browsers then need https.'),
  auth: nested.unavailable(
    'put a proxy that authenticates in front; peers prove themselves with --cluster.auth-secret-file',
  ),
})

export interface DecodedHttp {
  /** The defaults when there is no block, or a bad one. */
  readonly settings: HttpSettings
  readonly diagnostics: readonly Diagnostic[]
}

export function httpSettings(http: Block | undefined, globals: ObjectValue): DecodedHttp {
  if (http === undefined) return { settings: NO_HTTP_SETTINGS, diagnostics: [] }
  if (http.labelSpan !== undefined) {
    const problem = errorAt(http.labelSpan, 'block "http" does not support specifying labels', 'remove the label')
    return { settings: NO_HTTP_SETTINGS, diagnostics: [problem] }
  }
  const decoded = decodeBlock(schema, http, scopeOf(globals))
  if (!decoded.ok) return { settings: NO_HTTP_SETTINGS, diagnostics: decoded.diagnostics }
  return { settings: { tls: decoded.args.tls && tlsSettings(decoded.args.tls) }, diagnostics: [] }
}

function tlsSettings(args: TlsArgs): ServerTlsSettings {
  const source = (pem: string, file: string): PemSource => (pem === '' ? { file } : { pem })
  const hasCa = args.client_ca_pem !== '' || args.client_ca_file !== ''
  return {
    cert: source(args.cert_pem, args.cert_file),
    key: source(textOf(args.key_pem), args.key_file),
    clientCa: hasCa ? source(args.client_ca_pem, args.client_ca_file) : undefined,
    clientAuth:
      args.client_auth_type === 'RequireAndVerifyClientCert'
        ? 'require'
        : args.client_auth_type === 'VerifyClientCertIfGiven'
          ? 'request'
          : undefined,
  }
}

/** What turned out when the settings were applied. */
export function httpProblem(http: Block | undefined, message: string): Diagnostic {
  if (http === undefined) return { severity: 'error', file: '', message }
  const block = http.body.find((statement) => statement.kind === 'block')
  return errorAt(block?.kind === 'block' ? block.nameSpan : http.nameSpan, message)
}
