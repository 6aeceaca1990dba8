/** The `http` block: how the agent's own server is reached, and by whom. */
import { type Block, blockName } from '../syntax/ast.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { block, nested, type Schema } from '../syntax/schema.ts'
import type { ObjectValue } from '../syntax/value.ts'
import { type AuthArgs, authSchema, authSettings, type HttpAuthSettings } from './http-auth.ts'
import { type ServerTlsSettings, type TlsArgs, tlsSchema, tlsSettings } from './http-tls.ts'
import { type DecodedBlock, decodeSettings } from './settings-block.ts'

export type { BasicSettings, HttpAuthSettings, JwtSettings } from './http-auth.ts'
export type { PemSource, ServerTlsSettings, TlsVersion } from './http-tls.ts'

export interface HttpSettings {
  /** Undefined for plain HTTP. */
  readonly tls: ServerTlsSettings | undefined
  /** Undefined when everybody may do everything. */
  readonly auth: HttpAuthSettings | undefined
}

export const NO_HTTP_SETTINGS: HttpSettings = { tls: undefined, auth: undefined }

interface HttpArgs {
  readonly tls: TlsArgs | undefined
  readonly auth: AuthArgs | undefined
}

const schema: Schema<HttpArgs> = block({
  tls: nested.optional(tlsSchema, 'TLS on the port of the server; peers and browsers then need https.'),
  auth: nested.optional(
    authSchema,
    'Who may use the server. Peers of the cluster prove themselves with --cluster.auth-secret-file instead.',
  ),
})

const NO_ARGUMENTS: HttpArgs = { tls: undefined, auth: undefined }

export function httpSettings(http: Block | undefined, globals: ObjectValue): DecodedBlock<HttpSettings> {
  const { settings, diagnostics } = decodeSettings(http, schema, globals, NO_ARGUMENTS)
  const { tls, auth } = settings
  return { settings: { tls: tls && tlsSettings(tls), auth: auth && authSettings(auth) }, diagnostics }
}

/** What turned out when the settings were applied: TLS is what a host may refuse. */
export function httpProblem(http: Block | undefined, message: string): Diagnostic {
  if (http === undefined) return { severity: 'error', file: '', message }
  const tls = http.body.find((statement) => statement.kind === 'block' && blockName(statement) === 'tls')
  return errorAt(tls?.kind === 'block' ? tls.nameSpan : http.nameSpan, message)
}

export { schema as httpSchema }
