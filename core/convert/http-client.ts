/** The HTTP client settings of prometheus.yml, the same in scrapes, receivers and service discoveries. */
import {
  attribute,
  block,
  type Expression,
  given,
  object,
  type Statement,
  someTexts,
  text,
  textObject,
  texts,
} from './alloy.ts'
import type { Fields } from './fields.ts'
import { fail } from './remarks.ts'

export interface HttpDefaults {
  /** Alloy's default where the settings go. */
  readonly http2: boolean
}

/** In the order in which Alloy writes them. */
export function httpClient(fields: Fields, { http2 }: HttpDefaults): readonly Statement[] {
  checkOneLogin(fields)
  const redirects = fields.flag('follow_redirects') ?? true
  const enableHttp2 = fields.flag('enable_http2') ?? http2
  return [
    ...basicAuth(fields),
    ...authorization(fields),
    ...oauth2(fields),
    ...proxy(fields),
    ...tls(fields),
    ...(redirects ? [] : [attribute('follow_redirects', 'false')]),
    ...(enableHttp2 === http2 ? [] : [attribute('enable_http2', String(enableHttp2))]),
    ...given('http_headers', headers(fields)),
  ]
}

const LOGINS = ['basic_auth', 'authorization', 'oauth2', 'bearer_token', 'bearer_token_file']

function checkOneLogin(fields: Fields): void {
  const found = LOGINS.filter((name) => fields.has(name))
  if (found.length < 2) return
  const message = `at most one of ${LOGINS.slice(0, -1).join(', ')} and ${LOGINS.at(-1)} can be given`
  fail(fields.scope.report, fields.placeOf(found[1]), message, `here are ${found.join(' and ')}: keep one`)
}

function basicAuth(fields: Fields): readonly Statement[] {
  const login = fields.section('basic_auth')
  if (login === undefined) return []
  const body = [
    ...given('username', optional(login, 'username')),
    ...given('password', optional(login, 'password')),
    ...given('password_file', file(login, 'password_file')),
  ]
  login.unsupported('username_file', 'HTTP Client basic_auth username_file', 'error', 'write the name into username')
  references(login, 'username_ref', 'password_ref')
  login.rest()
  return [block('basic_auth', '', body)]
}

/** `bearer_token` is short for an authorization of type Bearer, and is written as that. */
function authorization(fields: Fields): readonly Statement[] {
  const token = optional(fields, 'bearer_token')
  const tokenFile = file(fields, 'bearer_token_file')
  if (token !== undefined || tokenFile !== undefined) return [header('Bearer', token, tokenFile)]
  const section = fields.section('authorization')
  if (section === undefined) return []
  const type = section.text('type')?.trim() || 'Bearer'
  const found = header(type, optional(section, 'credentials'), file(section, 'credentials_file'))
  references(section, 'credentials_ref')
  section.rest()
  return [found]
}

function header(type: string, credentials: Expression | undefined, credentialsFile: Expression | undefined): Statement {
  return block('authorization', '', [
    attribute('type', text(type)),
    ...given('credentials', credentials),
    ...given('credentials_file', credentialsFile),
  ])
}

const ASSERTION_FIELDS = [
  'client_certificate_key_id',
  'client_certificate_key',
  'client_certificate_key_file',
  'client_certificate_key_ref',
  'signature_algorithm',
  'iss',
  'audience',
  'claims',
]

function oauth2(fields: Fields): readonly Statement[] {
  const section = fields.section('oauth2')
  if (section === undefined) return []
  const body = [
    attribute('client_id', text(section.text('client_id') ?? '')),
    ...given('client_secret', optional(section, 'client_secret')),
    ...given('client_secret_file', file(section, 'client_secret_file')),
    ...given('scopes', someTexts(section.texts('scopes'))),
    attribute('token_url', text(section.text('token_url') ?? '')),
    ...given('endpoint_params', textObject(section.textMap('endpoint_params'))),
    ...proxy(section),
    ...tls(section),
  ]
  references(section, 'client_secret_ref')
  const grant = section.text('grant_type') || 'client_credentials'
  const granted = grant === 'client_credentials'
  if (!granted) section.unsupported('grant_type', 'HTTP Client oauth2 grant_type', 'error')
  for (const name of ASSERTION_FIELDS) section.unsupported(name, `HTTP Client oauth2 ${name}`, 'error')
  section.rest()
  // Half of a login would keep the whole configuration from being loaded.
  return granted ? [block('oauth2', '', body)] : []
}

function proxy(fields: Fields): readonly Statement[] {
  const connect = fields.textsMap('proxy_connect_header')
  return [
    ...given('proxy_url', optional(fields, 'proxy_url')),
    ...given('no_proxy', optional(fields, 'no_proxy')),
    ...(fields.flag('proxy_from_environment') === true ? [attribute('proxy_from_environment', 'true')] : []),
    ...given(
      'proxy_connect_header',
      connect && object(new Map([...connect].map(([name, values]) => [name, texts(values)]))),
    ),
  ]
}

/** Also of `tls_config` elsewhere than in an HTTP client. */
export function tls(fields: Fields): readonly Statement[] {
  const section = fields.section('tls_config')
  if (section === undefined) return []
  const body = [
    ...given('ca_pem', optional(section, 'ca')),
    ...given('ca_file', file(section, 'ca_file')),
    ...given('cert_pem', optional(section, 'cert')),
    ...given('cert_file', file(section, 'cert_file')),
    ...given('key_pem', optional(section, 'key')),
    ...given('key_file', file(section, 'key_file')),
    ...given('server_name', optional(section, 'server_name')),
    ...(section.flag('insecure_skip_verify') === true ? [attribute('insecure_skip_verify', 'true')] : []),
    ...given('min_version', optional(section, 'min_version')),
  ]
  section.unsupported('max_version', 'HTTP Client max_version', 'error')
  references(section, 'ca_ref', 'cert_ref', 'key_ref')
  section.rest()
  return body.length === 0 ? [] : [block('tls_config', '', body)]
}

/** Values, secrets and files of each header; Alloy's converter forgets all of them. */
function headers(fields: Fields): Expression | undefined {
  const section = fields.section('http_headers')
  if (section === undefined) return undefined
  const found = new Map<string, Expression>()
  for (const name of section.others()) {
    const header = section.section(name)
    if (header === undefined) continue
    const values = [...(header.texts('values') ?? []), ...(header.texts('secrets') ?? [])]
    header.unsupported('files', 'HTTP Client http_headers files', 'error', 'write the value into secrets')
    header.rest()
    if (values.length > 0) found.set(name, texts(values))
  }
  return object(found)
}

/** Names of secrets that only a program around Prometheus could know. */
function references(fields: Fields, ...names: readonly string[]): void {
  for (const name of names) {
    fields.unsupported(name, `HTTP Client ${name}`, 'error', 'give the secret itself, or a file with it')
  }
}

/** Undefined for an empty text, too: that is the default of all of these. */
export function optional(fields: Fields, name: string): Expression | undefined {
  const value = fields.text(name)
  return value === undefined || value === '' ? undefined : text(value)
}

export function file(fields: Fields, name: string): Expression | undefined {
  const value = fields.file(name)
  return value === undefined || value === '' ? undefined : text(value)
}
