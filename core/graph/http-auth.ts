/** The `auth` block inside of `http`: who may use the agent's own server, and for which paths that is asked. */
import { attr, block, nested, type Schema } from '../syntax/schema.ts'
import { bool, duration, list, oneOf, secret, string } from '../syntax/types.ts'
import type { Secret } from '../syntax/value.ts'

export interface HttpAuthSettings {
  /** Whoever passes one of the two is let in. */
  readonly basic: BasicSettings | undefined
  readonly jwt: JwtSettings | undefined
  /** Beginnings of paths that are protected, or, without `matching`, that are the only ones open. None: all is protected. */
  readonly paths: readonly string[]
  readonly matching: boolean
}

export interface BasicSettings {
  readonly username: string
  /** Not to be logged. */
  readonly password: string
}

/** Bearer tokens that somebody else issues. */
export interface JwtSettings {
  /** Where the issuer's public keys are, a JSON Web Key Set: one of the two is not empty. */
  readonly jwksUrl: string
  readonly jwksFile: string
  /** Of the server at `jwksUrl`; empty for those that the host trusts. */
  readonly caFile: string
  readonly issuer: string
  readonly audience: string
  readonly algorithms: readonly string[]
  readonly refreshMs: number
}

interface FilterArgs {
  readonly paths: readonly string[]
  readonly authenticate_matching_paths: boolean
}

interface JwtArgs {
  readonly jwks_url: string
  readonly jwks_file: string
  readonly ca_file: string
  readonly issuer: string
  readonly audience: string
  readonly algorithms: readonly string[]
  readonly refresh_interval: number
}

export interface AuthArgs {
  readonly basic: { readonly username: string; readonly password: Secret } | undefined
  readonly jwt: JwtArgs | undefined
  readonly filter: FilterArgs | undefined
}

/** Those that verify with a public key: a secret that is shared with the issuer has no place in a key set. */
const ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
]

const jwtSchema: Schema<JwtArgs> = block(
  {
    jwks_url: attr.optional(string, '', "Where the issuer's public keys are (a JSON Web Key Set)."),
    jwks_file: attr.optional(string, '', 'The same as a file, read again at the refresh interval.'),
    ca_file: attr.optional(string, '', "CA certificate of jwks_url's server, when the host doesn't trust it."),
    issuer: attr.required(string, 'What the claim iss must be.'),
    audience: attr.required(string, 'What the claim aud must be or contain.'),
    algorithms: attr.optional(list(oneOf(...ALGORITHMS)), ALGORITHMS, 'Algorithms of signatures that are taken.'),
    refresh_interval: attr.optional(
      duration,
      600_000,
      'How often the keys are looked at again; a token with a key that is not known makes it sooner, every 30s at most.',
    ),
  },
  {
    validate({ jwks_url, jwks_file, ca_file, algorithms, refresh_interval, issuer, audience }, report) {
      if ((jwks_url === '') === (jwks_file === '')) {
        report('exactly one of jwks_url and jwks_file must be given', jwks_url === '' ? 'jwks_file' : 'jwks_url')
      }
      if (jwks_url !== '' && !(/^https?:\/\//i.test(jwks_url) && URL.canParse(jwks_url))) {
        report('jwks_url must be an http or https URL', 'jwks_url', 'for instance https://login.example.com/keys')
      }
      if (ca_file !== '' && jwks_url === '') report('ca_file is for jwks_url, which is not given', 'ca_file')
      if (issuer === '') report('issuer must not be empty', 'issuer')
      if (audience === '') report('audience must not be empty', 'audience')
      if (algorithms.length === 0) report('algorithms must not be empty', 'algorithms')
      if (refresh_interval < MIN_REFRESH_MS) report('refresh_interval must be at least 30s', 'refresh_interval')
    },
  },
)

const MIN_REFRESH_MS = 30_000

export const authSchema: Schema<AuthArgs> = block(
  {
    basic: nested.optional(
      block({
        username: attr.required(string, 'User name.'),
        password: attr.required(secret, 'Password.'),
      }),
      'Basic authentication. Without this and jwt nothing is protected.',
    ),
    jwt: nested.optional(jwtSchema, 'Bearer tokens (JSON Web Tokens) that somebody else issues. Not in Alloy.'),
    filter: nested.optional(
      block({
        paths: attr.optional(list(string), [], 'Beginnings of paths. When there are none, everything is protected.'),
        authenticate_matching_paths: attr.optional(
          bool,
          true,
          'Whether what begins with one of paths is protected, or everything else.',
        ),
      }),
      'What is protected. Without it everything is, but what peers of the cluster use.',
    ),
  },
  {
    validate(args, report) {
      // Alloy takes it and protects nothing, which is the opposite of what it looks like.
      if (args.filter !== undefined && args.basic === undefined && args.jwt === undefined) {
        report(
          'filter protects nothing without a basic or jwt block',
          'filter',
          'add basic { username = "…" password = "…" }',
        )
      }
    },
  },
)

/** Undefined when nothing is protected. */
export function authSettings({ basic, jwt, filter }: AuthArgs): HttpAuthSettings | undefined {
  if (basic === undefined && jwt === undefined) return undefined
  return {
    basic: basic && { username: basic.username, password: basic.password.reveal() },
    jwt: jwt && {
      jwksUrl: jwt.jwks_url,
      jwksFile: jwt.jwks_file,
      caFile: jwt.ca_file,
      issuer: jwt.issuer,
      audience: jwt.audience,
      algorithms: jwt.algorithms,
      refreshMs: jwt.refresh_interval,
    },
    paths: filter?.paths ?? [],
    matching: filter?.authenticate_matching_paths ?? true,
  }
}
