/**
 * Peers prove that they belong to the cluster: each request carries a short-lived token (JWT, HS256) signed with a secret that all
 * nodes share. Owns tokens and what is refused; Alloy's nodes can't do it, so it is off unless a secret is given.
 *
 * The token stands for the whole cluster, not for one request: whoever reads it may use it until it expires, hence TLS.
 */
import { errors, jwtVerify, SignJWT } from 'jose'
import { MAX_TOKEN_BYTES, MAX_VERIFIED_TOKENS } from '../limits.ts'
import type { Clock, Files } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createExpiring } from '../time/expiring.ts'
import { readSecrets } from './auth-secrets.ts'

export interface AuthSettings {
  readonly secretFile: string
  readonly tokenLifetimeMs: number
  readonly nodeName: string
  readonly clusterName: string
}

export interface AuthDeps {
  readonly clock: Clock
  readonly files: Files
  readonly log: Logger
}

export type Refusal = 'missing' | 'malformed' | 'signature' | 'expired' | 'other-cluster'

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: Refusal; readonly text: string }

export interface Auth {
  /** The value of the header `Authorization` for requests to peers; signed anew after half of its lifetime. */
  authorization(): Promise<string>
  /** Judges that header of a peer's request. Never rejects. */
  verify(authorization: string | undefined, from: string | undefined): Promise<Verdict>
  /** The same for a header that need not be a peer's: one that is refused is neither counted nor told. Never rejects. */
  knows(authorization: string): Promise<boolean>
  /** Reads the secret again; a file that can't be used is told, and the old secrets stay. */
  reload(): void
  /** Refused requests so far. */
  refusals(): ReadonlyMap<Refusal, number>
  close(): void
}

const ISSUER = 'skein'
/** Clocks of nodes differ. */
const LEEWAY_SECONDS = 10
/** Peers without a token try again and again: one line per reason within this time. */
const LOG_EVERY_MS = 10_000

const TEXTS: Readonly<Record<Refusal, string>> = {
  missing: 'this cluster wants a token of its peers: start the node with --cluster.auth-secret-file',
  malformed: 'the token can not be read',
  signature: 'the token is signed with another secret: --cluster.auth-secret-file must be the same on all nodes',
  expired: "the token is not valid at this time: are the nodes' clocks set?",
  'other-cluster': 'the token is for another cluster: --cluster.name must be the same on all nodes',
}

/** Throws when the secrets can't be read: look at them first with readSecrets. */
export function createAuth(settings: AuthSettings, { clock, files, log }: AuthDeps): Auth {
  let secrets = readOrThrow()
  let signed: { readonly header: Promise<string>; readonly until: number } | undefined
  /** By token: the second at which it is no longer taken. */
  const verified = createExpiring(MAX_VERIFIED_TOKENS)
  const refusals = new Map<Refusal, number>()
  const lastLogged = new Map<Refusal, number>()
  const watch = files.watch(settings.secretFile, reload)

  function readOrThrow(): readonly Uint8Array[] {
    const read = readSecrets(files, settings.secretFile)
    if (!read.ok) throw new Error(read.problem)
    return read.secrets
  }

  function reload(): void {
    const read = readSecrets(files, settings.secretFile)
    if (!read.ok) {
      log.error('the secret of the cluster can not be used; the one before stays', { err: read.problem })
      return
    }
    if (sameSecrets(read.secrets, secrets)) return
    secrets = read.secrets
    signed = undefined
    verified.clear()
    log.info('the secret of the cluster has changed', { secrets: secrets.length })
  }

  function authorization(): Promise<string> {
    const now = clock.now()
    if (signed === undefined || now >= signed.until || now < signed.until - settings.tokenLifetimeMs) {
      signed = { header: sign(now), until: now + settings.tokenLifetimeMs / 2 }
      // A failure is the caller's; the next request tries again.
      signed.header.catch(() => {
        signed = undefined
      })
    }
    return signed.header
  }

  async function sign(nowMs: number): Promise<string> {
    const issued = Math.floor(nowMs / 1000)
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(settings.clusterName)
      .setSubject(settings.nodeName)
      .setIssuedAt(issued)
      .setExpirationTime(issued + Math.ceil(settings.tokenLifetimeMs / 1000))
      .sign(secrets[0])
    return `Bearer ${token}`
  }

  async function verify(header: string | undefined, from: string | undefined): Promise<Verdict> {
    const reason = await judge(header)
    if (reason === undefined) return { ok: true }
    refusals.set(reason, (refusals.get(reason) ?? 0) + 1)
    const now = clock.monotonic()
    if (now - (lastLogged.get(reason) ?? Number.NEGATIVE_INFINITY) >= LOG_EVERY_MS) {
      lastLogged.set(reason, now)
      log.warn('refused a peer', { reason, from, err: TEXTS[reason], refused: refusals.get(reason) })
    }
    return { ok: false, reason, text: TEXTS[reason] }
  }

  async function judge(header: string | undefined): Promise<Refusal | undefined> {
    const token = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]
    if (token === undefined) return header === undefined || header === '' ? 'missing' : 'malformed'
    if (token.length > MAX_TOKEN_BYTES) return 'malformed'
    const now = clock.now()
    const end = verified.until(token)
    if (end !== undefined) {
      if (now / 1000 < end) return undefined
      verified.forget(token)
      return 'expired'
    }
    let refusal: Refusal = 'signature'
    const judging = secrets
    for (const secret of judging) {
      const outcome = await check(token, secret, now)
      if (outcome.ok) {
        // Meanwhile the secrets may have been replaced.
        if (secrets === judging) verified.remember(token, outcome.expires + LEEWAY_SECONDS, now / 1000)
        return undefined
      }
      // A signature that is right settles what else is wrong.
      if (outcome.reason !== 'signature') refusal = outcome.reason
    }
    return refusal
  }

  async function check(
    token: string,
    secret: Uint8Array,
    nowMs: number,
  ): Promise<{ readonly ok: true; readonly expires: number } | { readonly ok: false; readonly reason: Refusal }> {
    try {
      const { payload } = await jwtVerify(token, secret, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        requiredClaims: ['sub', 'aud', 'iat', 'exp'],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: new Date(nowMs),
      })
      // jose passes over an empty audience, which is what a cluster without a name has.
      if (payload.aud !== settings.clusterName) return { ok: false, reason: 'other-cluster' }
      // Issued in the future: a clock far ahead would make a token live for longer than it should.
      if ((payload.iat as number) > nowMs / 1000 + LEEWAY_SECONDS) return { ok: false, reason: 'expired' }
      return { ok: true, expires: payload.exp as number }
    } catch (error) {
      return { ok: false, reason: reasonOf(error) }
    }
  }

  const knows = async (header: string): Promise<boolean> => (await judge(header)) === undefined

  return { authorization, verify, knows, reload, refusals: () => refusals, close: () => watch.close() }
}

function reasonOf(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf' || error.claim === 'iat' ? 'expired' : 'malformed'
  }
  return 'malformed'
}

function sameSecrets(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  const text = (secrets: readonly Uint8Array[]): string => secrets.map((bytes) => bytes.join()).join(';')
  return text(a) === text(b)
}
