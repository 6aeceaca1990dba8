/** The rules between arguments of outbound HTTP, in the sentences that Alloy uses where it has one. */
import type {
  ClientAssertionConfig,
  HeaderMap,
  OAuth2Config,
  OutboundConfig,
  ProxyConfig,
  TlsConfig,
} from './config.ts'

const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
])

const TLS_VERSIONS: readonly string[] = ['TLS10', 'TLS11', 'TLS12', 'TLS13']

/** Everything that is wrong at once; empty when nothing is. Reads no files. */
export function problemsOf(config: OutboundConfig): string[] {
  const problems: string[] = []
  const { basicAuth, authorization, oauth2, bearerToken, bearerTokenFile } = config

  if (isSet(bearerToken) && isSet(bearerTokenFile)) {
    problems.push('at most one of bearer_token & bearer_token_file must be configured')
  }
  const methods = [basicAuth, authorization, oauth2, bearerToken || bearerTokenFile].filter(Boolean)
  if (methods.length > 1) {
    problems.push(
      'at most one of basic_auth, authorization, oauth2, bearer_token & bearer_token_file must be configured',
    )
  }
  if (isSet(basicAuth?.password) && isSet(basicAuth?.passwordFile)) {
    problems.push('at most one of basic_auth password & password_file must be configured')
  }
  if (isSet(authorization?.credentials) && isSet(authorization?.credentialsFile)) {
    problems.push('at most one of authorization credentials & credentials_file must be configured')
  }
  if (authorization?.type?.trim().toLowerCase() === 'basic') {
    problems.push('authorization type cannot be set to "basic", use "basic_auth" instead')
  }
  if (authorization?.type !== undefined && /[^\x21-\x7e]/.test(authorization.type.trim())) {
    problems.push('authorization type must be one word of ASCII letters')
  }
  if (oauth2 !== undefined) problems.push(...oauth2Problems(oauth2))
  problems.push(
    ...proxyProblems(config),
    ...tlsProblems(config.tls),
    ...headerProblems(config.httpHeaders, 'http_headers'),
  )
  return problems
}

function oauth2Problems(oauth2: OAuth2Config): string[] {
  const problems: string[] = []
  if (oauth2.clientId === '') problems.push('oauth2 client_id must be configured')
  if (!isHttpUrl(oauth2.tokenUrl)) problems.push('oauth2 token_url must be an http or https URL')
  if (isSet(oauth2.clientSecret) && isSet(oauth2.clientSecretFile)) {
    problems.push('at most one of oauth2 client_secret & client_secret_file must be configured')
  }
  const hasSecret = isSet(oauth2.clientSecret) || isSet(oauth2.clientSecretFile)
  if (oauth2.clientAssertion === undefined) {
    if (!hasSecret) problems.push('either oauth2 client_secret or client_secret_file must be configured')
  } else {
    if (hasSecret) problems.push('oauth2 client_assertion takes the place of client_secret & client_secret_file')
    problems.push(...assertionProblems(oauth2.clientAssertion))
  }
  problems.push(...[...proxyProblems(oauth2), ...tlsProblems(oauth2.tls)].map((problem) => `oauth2: ${problem}`))
  return problems
}

function assertionProblems({ key, keyFile }: ClientAssertionConfig): string[] {
  return isSet(key) === isSet(keyFile) ? ['exactly one of client_assertion key & key_file must be configured'] : []
}

function proxyProblems(config: ProxyConfig): string[] {
  const problems: string[] = []
  const { proxyUrl, noProxy, proxyFromEnvironment, proxyConnectHeader } = config
  if (proxyFromEnvironment && isSet(proxyUrl)) {
    problems.push('if proxy_from_environment is configured, proxy_url must not be configured')
  }
  if (proxyFromEnvironment && isSet(noProxy)) {
    problems.push('if proxy_from_environment is configured, no_proxy must not be configured')
  }
  if (isSet(noProxy) && !isSet(proxyUrl) && !proxyFromEnvironment)
    problems.push('if no_proxy is configured, proxy_url must also be configured')
  if (proxyConnectHeader !== undefined && Object.keys(proxyConnectHeader).length > 0) {
    if (!isSet(proxyUrl) && !proxyFromEnvironment) {
      problems.push(
        'if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured',
      )
    }
    problems.push(...lineProblems('proxy_connect_header', proxyConnectHeader))
  }
  // The URL is not shown: it may hold a password.
  if (isSet(proxyUrl) && !isHttpUrl(proxyUrl)) problems.push('proxy_url must be an http or https URL')
  return problems
}

function tlsProblems(tls: TlsConfig | undefined): string[] {
  if (tls === undefined) return []
  const problems: string[] = []
  for (const what of ['ca', 'cert', 'key'] as const) {
    if (isSet(tls[`${what}Pem`]) && isSet(tls[`${what}File`])) {
      problems.push(`at most one of ${what}_pem and ${what}_file must be configured`)
    }
  }
  const hasCert = isSet(tls.certPem) || isSet(tls.certFile)
  const hasKey = isSet(tls.keyPem) || isSet(tls.keyFile)
  if (hasCert && !hasKey) problems.push('when cert_pem or cert_file is configured, key_pem or key_file must be too')
  if (hasKey && !hasCert) problems.push('when key_pem or key_file is configured, cert_pem or cert_file must be too')
  if (tls.minVersion !== undefined && tls.minVersion !== '' && !TLS_VERSIONS.includes(tls.minVersion)) {
    problems.push(`min_version must be one of ${TLS_VERSIONS.join(', ')}, not "${tls.minVersion}"`)
  }
  return problems
}

/** `where`: the argument's name. */
export function headerProblems(headers: HeaderMap | undefined, where: string): string[] {
  if (headers === undefined) return []
  const problems = Object.keys(headers)
    .filter((name) => RESERVED_HEADERS.has(name.toLowerCase()))
    .map((name) => `setting header "${name}" is not allowed`)
  return [...problems, ...lineProblems(where, headers)]
}

/** Names that are none, and values that would end their line; values are not shown, they may be secrets. */
function lineProblems(where: string, headers: HeaderMap): string[] {
  const problems: string[] = []
  for (const [name, values] of Object.entries(headers)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) problems.push(`${where}: "${name}" is not a header name`)
    if (values.some((value) => /[\x00-\x08\x0a-\x1f\x7f]/.test(value))) {
      problems.push(`${where}: the value of "${name}" holds a line break or another control character`)
    }
  }
  return problems
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== ''
}

function isHttpUrl(text: string | undefined): boolean {
  return /^https?:\/\//i.test(text ?? '') && URL.canParse(text ?? '')
}
