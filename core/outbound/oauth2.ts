/**
 * OAuth2 client credentials (RFC 6749, 4.4): one token per configuration, fetched once for all who wait, renewed before it
 * expires. Credentials go to the token endpoint as Go's oauth2 package sends them: in the Authorization header, and if
 * that is refused, in the form; what worked is remembered.
 */
import { messageOf } from '../errors.ts'
import type { Clock, Files, HeaderField, HttpClients, HttpFailure } from '../ports.ts'
import type { Timers } from '../time/timers.ts'
import { ASSERTION_TYPE, signAssertion } from './client-assertion.ts'
import type { OAuth2Config } from './config.ts'
import { basicCredentials } from './credentials.ts'
import { readSecret } from './secret-file.ts'
import { createTransport } from './transport.ts'

export interface TokenSource {
  /** The value of the Authorization header; waits at most until `deadline`, or until `signal` aborts. */
  authorization(deadline: number, signal?: AbortSignal): Promise<string | HttpFailure>
  /** The receiver refused this value: the next caller gets a new one. */
  refused(authorization: string): void
  close(): void
}

interface Token {
  readonly authorization: string
  /** The secret it was fetched with. */
  readonly secret: string
  /** Wall ms: worthless from here on, less a margin for the way. */
  readonly expiresAt: number
  /** Wall ms: to be renewed while it still works. */
  readonly renewAt: number
}

const FETCH_TIMEOUT_MS = 30_000
const MAX_TOKEN_ANSWER_BYTES = 1024 * 1024
/** A token that expires within this time may be refused on arrival; the margin of Go's oauth2. */
const EXPIRY_MARGIN_MS = 10_000
const RENEWAL_MARGIN_MS = 60_000
/** After a renewal in the background failed while the old token still works. */
const RENEWAL_RETRY_MS = 5_000

/** Throws as createTransport does. */
export function createTokenSource(
  config: OAuth2Config,
  ports: { readonly http: HttpClients; readonly files: Files; readonly clock: Clock; readonly timers: Timers },
): TokenSource {
  const { files, clock, timers } = ports
  const transport = createTransport(config, ports)
  const tokenUrl = new URL(config.tokenUrl)
  let token: Token | undefined
  let fetching: { readonly secret: string; readonly result: Promise<Token | HttpFailure> } | undefined
  let inForm = false
  let renewNotBefore = 0

  async function authorization(deadline: number, signal?: AbortSignal): Promise<string | HttpFailure> {
    const secret = readClientSecret()
    if (!secret.ok) return secret
    const now = clock.now()
    if (token !== undefined && token.secret === secret.text && now < token.expiresAt) {
      if (now >= token.renewAt && now >= renewNotBefore) {
        renewNotBefore = now + RENEWAL_RETRY_MS
        void share(secret.text)
      }
      return token.authorization
    }
    const result = await within(timers, deadline, signal, share(secret.text))
    return 'authorization' in result ? result.authorization : result
  }

  /** Belongs to no caller: the first one's deadline must not fail the others. */
  function share(secret: string): Promise<Token | HttpFailure> {
    if (fetching?.secret === secret) return fetching.result
    const mine = {
      secret,
      result: fetchToken(secret)
        .catch((error: unknown): HttpFailure => failed('protocol', messageOf(error)))
        .then((result) => {
          if (fetching === mine) fetching = undefined
          if ('authorization' in result) token = result
          return result
        }),
    }
    fetching = mine
    return mine.result
  }

  async function fetchToken(secret: string): Promise<Token | HttpFailure> {
    let answer = await ask(secret, inForm)
    if (answer.ok && answer.status >= 400 && answer.status < 500 && !inForm && config.clientAssertion === undefined) {
      const other = await ask(secret, true)
      if (other.ok && other.status < 300) {
        inForm = true
        answer = other
      }
    }
    if (!answer.ok) return failed(answer.reason, answer.message)
    const text = new TextDecoder().decode(answer.body)
    if (answer.status < 200 || answer.status > 299) return failed('protocol', refusal(answer.status, text))
    return readToken(text, secret)
  }

  async function ask(secret: string, asForm: boolean) {
    const client = transport.client()
    if ('ok' in client) return client
    const form = new URLSearchParams({ grant_type: 'client_credentials' })
    if (config.scopes !== undefined && config.scopes.length > 0) form.set('scope', config.scopes.join(' '))
    for (const [name, value] of Object.entries(config.endpointParams ?? {})) form.set(name, value)
    const headers: HeaderField[] = [
      ['Content-Type', 'application/x-www-form-urlencoded'],
      ['Accept', 'application/json'],
    ]
    if (config.clientAssertion !== undefined) {
      form.set('client_id', config.clientId)
      form.set('client_assertion_type', ASSERTION_TYPE)
      form.set(
        'client_assertion',
        await signAssertion(config.clientAssertion, secret, config.clientId, config.tokenUrl, clock.now()),
      )
    } else if (asForm) {
      form.set('client_id', config.clientId)
      form.set('client_secret', secret)
    } else {
      // Form-encoded first (RFC 6749, 2.3.1), so that a colon in the id can't be mistaken.
      headers.push(['Authorization', basicCredentials(formEncode(config.clientId), formEncode(secret))])
    }
    return client.send({
      method: 'POST',
      url: tokenUrl,
      headers,
      body: new TextEncoder().encode(form.toString()),
      deadline: clock.monotonic() + FETCH_TIMEOUT_MS,
      maxBodyBytes: MAX_TOKEN_ANSWER_BYTES,
    })
  }

  function readToken(text: string, secret: string): Token | HttpFailure {
    const answer = parseAnswer(text)
    if (answer === undefined || typeof answer['access_token'] !== 'string' || answer['access_token'] === '') {
      return failed('protocol', 'server response missing access_token')
    }
    const now = clock.now()
    const seconds = answer['expires_in']
    // Some servers send it as a text.
    const lifetime = typeof seconds === 'number' || typeof seconds === 'string' ? Number(seconds) * 1000 : 0
    const expires = lifetime > 0 ? now + lifetime : Number.POSITIVE_INFINITY
    // A token that lives for less than the margin is used for half its life, not fetched for each request.
    const expiresAt = expires - Math.min(EXPIRY_MARGIN_MS, lifetime / 2)
    return {
      authorization: `${tokenType(answer['token_type'])} ${answer['access_token']}`,
      secret,
      expiresAt: lifetime > 0 ? expiresAt : expires,
      renewAt: lifetime > 0 ? expiresAt - Math.min(RENEWAL_MARGIN_MS, lifetime / 10) : expires,
    }
  }

  function readClientSecret() {
    const assertion = config.clientAssertion
    if (assertion !== undefined) {
      if (assertion.keyFile) return readSecret(files, assertion.keyFile, 'oauth2 client_assertion key_file')
      return { ok: true as const, text: assertion.key ?? '' }
    }
    if (config.clientSecretFile) return readSecret(files, config.clientSecretFile, 'oauth2 client_secret_file')
    return { ok: true as const, text: config.clientSecret ?? '' }
  }

  return {
    authorization,
    refused(value) {
      if (token?.authorization === value) token = undefined
    },
    close: () => transport.close(),
  }
}

function failed(reason: HttpFailure['reason'], message: string): HttpFailure {
  return { ok: false, reason, message: `oauth2: cannot fetch token: ${message}` }
}

/** The error that the specification defines (RFC 6749, 5.2), not the raw answer: that may repeat what was sent. */
function refusal(status: number, text: string): string {
  const answer = parseAnswer(text)
  const code = answer?.['error']
  const description = answer?.['error_description']
  const detail = [code, description].filter((part) => typeof part === 'string' && part !== '').join(': ')
  return `status ${status}${detail === '' ? '' : ` (${detail.slice(0, 200)})`}`
}

/** JSON, or the form encoding that some old servers answer with. */
function parseAnswer(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.trimStart().startsWith('{')) return Object.fromEntries(new URLSearchParams(text.trim()))
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

function tokenType(type: unknown): string {
  if (typeof type !== 'string' || type === '' || /[^\x21-\x7e]/.test(type)) return 'Bearer'
  return /^bearer$/i.test(type) ? 'Bearer' : type
}

function formEncode(text: string): string {
  return new URLSearchParams({ x: text }).toString().slice(2)
}

/** `work`, or a failure when the deadline or the signal comes first; `work` goes on. */
function within<T>(
  timers: Timers,
  deadline: number,
  signal: AbortSignal | undefined,
  work: Promise<T>,
): Promise<T | HttpFailure> {
  return new Promise((resolve) => {
    const end = (result: T | HttpFailure): void => {
      timer.cancel()
      signal?.removeEventListener('abort', abort)
      resolve(result)
    }
    const abort = (): void => end({ ok: false, reason: 'aborted', message: 'context canceled' })
    const timer = timers.at(deadline, () =>
      end({ ok: false, reason: 'timeout', message: 'oauth2: cannot fetch token: context deadline exceeded' }),
    )
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    void work.then(end)
  })
}
