/** The HTTP client arguments, the same in every component that makes requests: their schema, and what they come to. */
import type { HeaderMap, OutboundConfig, ProxyConfig, TlsConfig } from '../outbound/config.ts'
import { problemsOf } from '../outbound/problems.ts'
import { attr, block, nested, type ReportField, type Schema } from '../syntax/schema.ts'
import { bool, list, map, secret, string } from '../syntax/types.ts'
import type { Secret } from '../syntax/value.ts'

interface TlsArgs {
  readonly ca_pem: string
  readonly ca_file: string
  readonly cert_pem: string
  readonly cert_file: string
  readonly key_pem: Secret | undefined
  readonly key_file: string
  readonly server_name: string
  readonly insecure_skip_verify: boolean
  readonly min_version: string
}

interface ProxyArgs {
  readonly proxy_url: string
  readonly no_proxy: string
  readonly proxy_from_environment: boolean
  readonly proxy_connect_header: SecretHeaders | undefined
}

type SecretHeaders = ReadonlyMap<string, readonly Secret[]>

interface ClientAssertionArgs {
  readonly key: Secret | undefined
  readonly key_file: string
  readonly algorithm: string
  readonly key_id: string
  readonly audience: string
  readonly claims: ReadonlyMap<string, string> | undefined
}

interface OAuth2Args extends ProxyArgs {
  readonly client_id: string
  readonly client_secret: Secret | undefined
  readonly client_secret_file: string
  readonly client_assertion: ClientAssertionArgs | undefined
  readonly scopes: readonly string[]
  readonly token_url: string
  readonly endpoint_params: ReadonlyMap<string, string> | undefined
  readonly tls_config: TlsArgs | undefined
}

export interface HttpClientArgs extends ProxyArgs {
  readonly basic_auth:
    | { readonly username: string; readonly password: Secret | undefined; readonly password_file: string }
    | undefined
  readonly authorization:
    | { readonly type: string; readonly credentials: Secret | undefined; readonly credentials_file: string }
    | undefined
  readonly oauth2: OAuth2Args | undefined
  readonly tls_config: TlsArgs | undefined
  readonly bearer_token: Secret | undefined
  readonly bearer_token_file: string
  readonly follow_redirects: boolean
  readonly http_headers: SecretHeaders | undefined
  readonly enable_http2: boolean
}

const tlsConfig: Schema<TlsArgs> = block({
  ca_pem: attr.optional(string, '', 'CA certificate to check the server with, PEM.'),
  ca_file: attr.optional(string, '', 'The same, from a file.'),
  cert_pem: attr.optional(string, '', 'Certificate of the client, PEM.'),
  cert_file: attr.optional(string, '', 'The same, from a file.'),
  key_pem: attr.optional(secret, undefined, 'Key of the client, PEM.'),
  key_file: attr.optional(string, '', 'The same, from a file.'),
  server_name: attr.optional(string, '', 'Name that the server must prove.'),
  insecure_skip_verify: attr.optional(bool, false, 'Do not check the server.'),
  min_version: attr.optional(string, '', 'TLS10, TLS11, TLS12 or TLS13; TLS12 unless given.'),
})

const proxyFields = {
  proxy_url: attr.optional(string, '', 'HTTP proxy to send requests through.'),
  no_proxy: attr.optional(string, '', 'Hosts, domains and networks that the proxy is not used for, comma separated.'),
  proxy_from_environment: attr.optional(bool, false, 'Use HTTP_PROXY, HTTPS_PROXY and NO_PROXY.'),
  proxy_connect_header: attr.optional(map(list(secret)), undefined, 'Headers for the proxy in CONNECT requests.'),
}

const clientAssertion: Schema<ClientAssertionArgs> = block({
  key: attr.optional(secret, undefined, 'Private key, PEM (PKCS #8) or JWK.'),
  key_file: attr.optional(string, '', 'The same, from a file.'),
  algorithm: attr.optional(string, '', 'Such as RS256, ES256 or EdDSA; a JWK may name it itself.'),
  key_id: attr.optional(string, '', 'Goes into the header of the token as kid.'),
  audience: attr.optional(string, '', 'Who the assertion is for; the token URL unless given.'),
  claims: attr.optional(map(string), undefined, 'Further claims.'),
})

const oauth2: Schema<OAuth2Args> = block({
  client_id: attr.required(string, 'Who asks for a token.'),
  client_secret: attr.optional(secret, undefined, 'Its secret.'),
  client_secret_file: attr.optional(string, '', 'The same, from a file.'),
  client_assertion: nested.optional(
    clientAssertion,
    'private_key_jwt: the client signs who it is instead of sending a secret.',
  ),
  scopes: attr.optional(list(string), [], 'Scopes to ask for.'),
  token_url: attr.required(string, 'Where tokens come from.'),
  endpoint_params: attr.optional(map(string), undefined, 'Further parameters of the token request.'),
  ...proxyFields,
  tls_config: nested.optional(tlsConfig, 'TLS for the token request.'),
})

const HTTP2_DOC = 'Whether HTTP/2 may be used. At present servers are asked by HTTP/1.1, which both settings allow.'

const fields = {
  basic_auth: nested.optional(
    block({
      username: attr.optional(string, '', 'User name.'),
      password: attr.optional(secret, undefined, 'Password.'),
      password_file: attr.optional(string, '', 'File with the password.'),
    }),
    'Basic authentication.',
  ),
  authorization: nested.optional(
    block({
      type: attr.optional(string, 'Bearer', 'Scheme of the Authorization header.'),
      credentials: attr.optional(secret, undefined, 'What follows it.'),
      credentials_file: attr.optional(string, '', 'The same, from a file.'),
    }),
    'A generic Authorization header.',
  ),
  oauth2: nested.optional(oauth2, 'OAuth 2.0 client credentials.'),
  tls_config: nested.optional(tlsConfig, 'TLS for requests.'),
  bearer_token: attr.optional(secret, undefined, 'Short for authorization of type Bearer.'),
  bearer_token_file: attr.optional(string, '', 'The same, from a file.'),
  ...proxyFields,
  follow_redirects: attr.optional(bool, true, 'Whether redirects are followed.'),
  http_headers: attr.optional(map(list(secret)), undefined, 'Headers to send with each request.'),
}

export const httpClient: Schema<HttpClientArgs> = block(
  { ...fields, enable_http2: attr.optional(bool, true, HTTP2_DOC) },
  { validate },
)
/** remote_write's: HTTP/2 is off unless asked for. */
export const httpClientOfRemoteWrite: Schema<HttpClientArgs> = block(
  { ...fields, enable_http2: attr.optional(bool, false, HTTP2_DOC) },
  { validate },
)

function validate(args: HttpClientArgs, report: ReportField): void {
  for (const problem of problemsOf(outboundConfig(args))) report(problem)
}

/** Secrets leave their capsules here, on their way to requests: not to be logged. */
export function outboundConfig(args: HttpClientArgs): OutboundConfig {
  return defined({
    basicAuth:
      args.basic_auth &&
      defined({
        username: args.basic_auth.username,
        password: revealed(args.basic_auth.password),
        passwordFile: given(args.basic_auth.password_file),
      }),
    authorization:
      args.authorization &&
      defined({
        type: args.authorization.type,
        credentials: revealed(args.authorization.credentials),
        credentialsFile: given(args.authorization.credentials_file),
      }),
    bearerToken: revealed(args.bearer_token),
    bearerTokenFile: given(args.bearer_token_file),
    oauth2: args.oauth2 && oauth2Config(args.oauth2),
    tls: args.tls_config && tlsOptions(args.tls_config),
    followRedirects: args.follow_redirects,
    httpHeaders: headers(args.http_headers),
    ...proxyConfig(args),
  })
}

function oauth2Config(args: OAuth2Args): NonNullable<OutboundConfig['oauth2']> {
  return defined({
    clientId: args.client_id,
    clientSecret: revealed(args.client_secret),
    clientSecretFile: given(args.client_secret_file),
    clientAssertion:
      args.client_assertion &&
      defined({
        key: revealed(args.client_assertion.key),
        keyFile: given(args.client_assertion.key_file),
        algorithm: given(args.client_assertion.algorithm),
        keyId: given(args.client_assertion.key_id),
        audience: given(args.client_assertion.audience),
        claims: args.client_assertion.claims && Object.fromEntries(args.client_assertion.claims),
      }),
    scopes: args.scopes,
    tokenUrl: args.token_url,
    endpointParams: args.endpoint_params && Object.fromEntries(args.endpoint_params),
    tls: args.tls_config && tlsOptions(args.tls_config),
    ...proxyConfig(args),
  })
}

function tlsOptions(args: TlsArgs): TlsConfig {
  return defined({
    caPem: given(args.ca_pem),
    caFile: given(args.ca_file),
    certPem: given(args.cert_pem),
    certFile: given(args.cert_file),
    keyPem: revealed(args.key_pem),
    keyFile: given(args.key_file),
    serverName: given(args.server_name),
    insecureSkipVerify: args.insecure_skip_verify,
    minVersion: given(args.min_version),
  })
}

function proxyConfig(args: ProxyArgs): ProxyConfig {
  return defined({
    proxyUrl: given(args.proxy_url),
    noProxy: given(args.no_proxy),
    proxyFromEnvironment: args.proxy_from_environment,
    proxyConnectHeader: headers(args.proxy_connect_header),
  })
}

function headers(args: SecretHeaders | undefined): HeaderMap | undefined {
  if (args === undefined) return undefined
  return Object.fromEntries([...args].map(([name, values]) => [name, values.map((value) => value.reveal())]))
}

function revealed(value: Secret | undefined): string | undefined {
  return value?.reveal()
}

function given(text: string): string | undefined {
  return text === '' ? undefined : text
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Without the fields that are not set, which plain data marks by their absence. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
}
