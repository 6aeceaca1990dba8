/**
 * What can be configured about outbound HTTP: the arguments that scrape, remote_write and discovery share, as plain data.
 * Names are Alloy's in camel case; absent means not set. Secrets are plain strings here: do not log these objects.
 */

export interface OutboundConfig extends ProxyConfig {
  readonly basicAuth?: BasicAuthConfig
  readonly authorization?: AuthorizationConfig
  /** Short for `authorization` of type Bearer. */
  readonly bearerToken?: string
  readonly bearerTokenFile?: string
  readonly oauth2?: OAuth2Config
  readonly tls?: TlsConfig
  /** Default true. */
  readonly followRedirects?: boolean
  readonly httpHeaders?: HeaderMap
  readonly roundRobinDns?: boolean
  /** Unix socket to connect to, whatever host a URL names; proxies are not used then. Not an argument of its own. */
  readonly socketPath?: string
}

/** Several values make several header lines. */
export type HeaderMap = Readonly<Record<string, readonly string[]>>

export interface BasicAuthConfig {
  readonly username: string
  readonly password?: string
  readonly passwordFile?: string
}

export interface AuthorizationConfig {
  /** Default `Bearer`. */
  readonly type?: string
  readonly credentials?: string
  readonly credentialsFile?: string
}

export interface ProxyConfig {
  readonly proxyUrl?: string
  readonly noProxy?: string
  readonly proxyFromEnvironment?: boolean
  readonly proxyConnectHeader?: HeaderMap
}

export interface TlsConfig {
  readonly caPem?: string
  readonly caFile?: string
  readonly certPem?: string
  readonly certFile?: string
  readonly keyPem?: string
  readonly keyFile?: string
  readonly serverName?: string
  readonly insecureSkipVerify?: boolean
  readonly minVersion?: string
}

/** Client credentials grant (RFC 6749, 4.4); exactly one of secret, secret file and assertion. */
export interface OAuth2Config extends ProxyConfig {
  readonly clientId: string
  readonly clientSecret?: string
  readonly clientSecretFile?: string
  readonly clientAssertion?: ClientAssertionConfig
  readonly scopes?: readonly string[]
  readonly tokenUrl: string
  readonly endpointParams?: Readonly<Record<string, string>>
  readonly tls?: TlsConfig
}

/** `private_key_jwt` (RFC 7523): the client signs who it is instead of sending a secret. Not in Alloy. */
export interface ClientAssertionConfig {
  /** PEM (PKCS #8) or a JWK as JSON text; exactly one of the two. */
  readonly key?: string
  readonly keyFile?: string
  /** Such as RS256, PS256, ES256 or EdDSA; a JWK may name it itself. */
  readonly algorithm?: string
  readonly keyId?: string
  /** Default: the token URL. */
  readonly audience?: string
  /** Further claims of the assertion. */
  readonly claims?: Readonly<Record<string, string>>
}
