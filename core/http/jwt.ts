/**
 * Bearer tokens (JSON Web Tokens) of people and programs, which an issuer signs whose public keys are a key set (JWKS) at a URL or in
 * a file. Owns when the keys are read and which tokens are taken; who must show one is auth.ts's.
 *
 * The keys are read at the first token, again every refresh interval beside what goes on, and when a token names a key that isn't
 * among them, which is how a change of keys is noticed; not more often than every 30 s, whatever tokens say.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { messageOf, withoutPasswords } from '../errors.ts'
import type { JwtSettings } from '../graph/http-settings.ts'
import { MAX_KEY_SET_BYTES, MAX_TOKEN_BYTES, MAX_VERIFIED_TOKENS } from '../limits.ts'
import type { Clock, Files, HttpClientOptions, HttpClients, Monotonic } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createExpiring } from '../time/expiring.ts'

export interface TokenDeps {
  readonly http: HttpClients
  readonly files: Files
  readonly clock: Clock
  readonly log: Logger
  /** Ends the look at keys that is under way; there is none after it. */
  readonly stopping?: AbortSignal
}

export interface TokenCheck {
  /** Undefined when the token is taken, else why it isn't. Never rejects. */
  refusal(token: string): Promise<string | undefined>
}

/** Clocks differ. */
const LEEWAY_SECONDS = 10
const FETCH_MS = 5_000
/** Tokens with keys that nobody knows, and a server of keys that fails, cost no more than a look in this time. */
const PAUSE_MS = 30_000

/** Throws a CodedError when the host can't use the CA. */
export function createTokenCheck(settings: JwtSettings, { http, files, clock, log, stopping }: TokenDeps): TokenCheck {
  const { issuer, audience, refreshMs } = settings
  const algorithms = [...settings.algorithms]
  const verified = createExpiring(MAX_VERIFIED_TOKENS)
  const connecting = settings.jwksUrl === '' ? undefined : clientOptions()
  // Now is when it can be told that they don't work.
  if (connecting !== undefined) http.open(connecting).close()
  let keys: JWTVerifyGetKey | undefined
  let looked: Monotonic = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  let lastFailure = ''

  function clientOptions(): HttpClientOptions {
    const proxyFor = http.proxyFromEnvironment
    if (settings.caFile === '') return { proxyFor }
    return { proxyFor, tls: { ca: new TextDecoder().decode(files.readSync(settings.caFile)) } }
  }

  /** One look at a time, for all who wait for it. */
  function look(): Promise<void> {
    looking ??= read().finally(() => {
      looking = undefined
    })
    return looking
  }

  async function read(): Promise<void> {
    looked = clock.monotonic()
    try {
      const text = await (connecting === undefined ? files.read(settings.jwksFile) : fetched(connecting))
      if (text.length > MAX_KEY_SET_BYTES) throw new Error(`it has more than ${MAX_KEY_SET_BYTES} bytes`)
      keys = createLocalJWKSet(JSON.parse(new TextDecoder().decode(text)) as JSONWebKeySet)
      // A key that was withdrawn takes its tokens with it.
      verified.clear()
      if (lastFailure !== '') log.info('the keys of the token issuer are there again')
      lastFailure = ''
    } catch (error) {
      const failure = withoutPasswords(messageOf(error))
      if (failure !== lastFailure && !stopping?.aborted) {
        const from = withoutPasswords(settings.jwksUrl || settings.jwksFile)
        const meanwhile = keys === undefined ? 'no token is taken' : 'those read before stay'
        log.error('the keys of the token issuer can not be read', { from, err: failure, meanwhile })
      }
      lastFailure = failure
    }
  }

  /** By a client of its own, since the next time is in minutes. */
  async function fetched(options: HttpClientOptions): Promise<Uint8Array> {
    const client = http.open(options)
    const response = await client.send({
      method: 'GET',
      url: new URL(settings.jwksUrl),
      headers: [['Accept', 'application/jwk-set+json, application/json']],
      deadline: clock.monotonic() + FETCH_MS,
      maxBodyBytes: MAX_KEY_SET_BYTES,
      ...(stopping && { signal: stopping }),
    })
    client.close()
    if (!response.ok) throw new Error(response.message)
    if (response.status !== 200) throw new Error(`the server answered ${response.status} ${response.statusText}`)
    return response.body
  }

  const keyOf: JWTVerifyGetKey = async (header, token) => {
    const age = clock.monotonic() - looked
    if (keys === undefined && age >= PAUSE_MS) await look()
    else if (looking !== undefined && keys === undefined) await looking
    else if (age >= refreshMs) void look()
    if (keys === undefined) throw new Error(`the keys of the issuer could not be read: ${lastFailure}`)
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || clock.monotonic() - looked < PAUSE_MS) throw error
      await look()
      return keys(header, token)
    }
  }

  return {
    async refusal(token) {
      if (token.length > MAX_TOKEN_BYTES) return 'the token is too long'
      const now = clock.now()
      if (clock.monotonic() - looked >= refreshMs && keys !== undefined) void look()
      const end = verified.until(token)
      if (end !== undefined && now / 1000 < end) return undefined
      const judging = keys
      try {
        const { payload } = await jwtVerify(token, keyOf, {
          algorithms,
          issuer,
          audience,
          requiredClaims: ['exp'],
          clockTolerance: LEEWAY_SECONDS,
          currentDate: new Date(now),
        })
        // Meanwhile its key may have been withdrawn.
        if (keys === judging) verified.remember(token, (payload.exp as number) + LEEWAY_SECONDS, now / 1000)
        return undefined
      } catch (error) {
        return messageOf(error)
      }
    },
  }
}
