import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { JwtSettings } from '../../core/graph/http-settings.ts'
import { createTokenCheck, type TokenCheck } from '../../core/http/jwt.ts'
import { type Answer, answer, type FakePorts, fakePorts } from '../components/fake-ports.ts'
import { type RecordingLog, recordingLog } from '../support/recording-log.ts'
import { TOKENS } from './token-settings.ts'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>

const SETTINGS: JwtSettings = { ...TOKENS, algorithms: ['ES256', 'EdDSA'] }

let first: Pair
let second: Pair

beforeAll(async () => {
  first = await generateKeyPair('ES256')
  second = await generateKeyPair('ES256')
})

interface World extends FakePorts {
  readonly check: TokenCheck
  readonly log: RecordingLog
  /** What the issuer answers from now on. */
  serve(answering: () => Answer): void
  /** Seconds relative to now. */
  token(pair: Pair, kid: string, claims?: Record<string, unknown>, alg?: string): Promise<string>
}

async function keySet(keys: Readonly<Record<string, Pair>>): Promise<string> {
  const all = await Promise.all(
    Object.entries(keys).map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid, alg: 'ES256' })),
  )
  return JSON.stringify({ keys: all })
}

async function world(settings: Partial<JwtSettings> = {}): Promise<World> {
  const fakes = fakePorts()
  const { clock, hosts, ports } = fakes
  const log = recordingLog()
  const body = await keySet({ one: first })
  hosts.set('login', () => answer(body))
  const check = createTokenCheck({ ...SETTINGS, ...settings }, { ...ports, log })
  return {
    ...fakes,
    check,
    log,
    serve: (answering) => void hosts.set('login', answering),
    async token(pair, kid, claims = {}, alg = 'ES256') {
      const now = Math.floor(clock.now() / 1000)
      const usual = { iss: SETTINGS.issuer, aud: SETTINGS.audience, iat: now, exp: now + 300 }
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg, kid }).sign(pair.privateKey)
    },
  }
}

describe('bearer tokens', () => {
  it('are taken from the issuer alone, for this audience, while they hold', async () => {
    const { check, token, clock } = await world()
    const now = Math.floor(clock.now() / 1000)
    expect(await check.refusal(await token(first, 'one'))).toBeUndefined()
    expect(await check.refusal(await token(first, 'one', { aud: ['other', 'skein'] }))).toBeUndefined()
    expect(await check.refusal(await token(first, 'one', { iss: 'https://other/' }))).toContain('"iss"')
    expect(await check.refusal(await token(first, 'one', { aud: 'other' }))).toContain('"aud"')
    expect(await check.refusal(await token(first, 'one', { exp: now - 11 }))).toContain('"exp"')
    expect(await check.refusal(await token(first, 'one', { exp: undefined }))).toContain('"exp"')
    expect(await check.refusal(await token(first, 'one', { nbf: now + 60 }))).toContain('"nbf"')
    expect(await check.refusal(await token(second, 'one'))).toContain('signature')
    expect(await check.refusal('not.a.token')).toBeDefined()
    expect(await check.refusal('x'.repeat(20_000))).toBe('the token is too long')
  })

  it('must be signed by a private key: neither by nothing nor by the public one', async () => {
    const { check, clock } = await world()
    const claims = { iss: SETTINGS.issuer, aud: SETTINGS.audience, exp: Math.floor(clock.now() / 1000) + 300 }
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    expect(await check.refusal(`${part({ alg: 'none', kid: 'one' })}.${part(claims)}.`)).toBeDefined()
    const shared = new TextEncoder().encode(JSON.stringify(await exportJWK(first.publicKey)))
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(shared)
    expect(await check.refusal(forged)).toContain('alg')
  })

  it('are looked at once, and not taken any more when they are over', async () => {
    const { check, token, clock, requests } = await world()
    const one = await token(first, 'one')
    for (let i = 0; i < 3; i++) expect(await check.refusal(one)).toBeUndefined()
    expect(requests).toHaveLength(1)
    await clock.advance(311_000)
    expect(await check.refusal(one)).toContain('"exp"')
  })

  it('of a new key are taken at once, but unknown keys cost one look in 30 s', async () => {
    const { check, token, clock, serve, requests } = await world()
    expect(await check.refusal(await token(first, 'one'))).toBeUndefined()
    const both = await keySet({ one: first, two: second })
    serve(() => answer(both))
    const two = await token(second, 'two')
    for (let i = 0; i < 5; i++) expect(await check.refusal(two)).toContain('no applicable key')
    expect(requests).toHaveLength(1)
    await clock.advance(31_000)
    expect(await check.refusal(two)).toBeUndefined()
    expect(requests).toHaveLength(2)
  })

  it('of a key that was withdrawn are taken until the next look', async () => {
    const { check, token, clock, serve } = await world({ refreshMs: 30_000 })
    const one = await token(first, 'one')
    expect(await check.refusal(one)).toBeUndefined()
    const other = await keySet({ two: second })
    serve(() => answer(other))
    await clock.advance(31_000)
    await check.refusal(one)
    await clock.settle()
    expect(await check.refusal(one)).toContain('no applicable key')
  })

  it('of a key that is withdrawn while they are looked at are not remembered', async () => {
    const { check, token, clock, serve } = await world({ refreshMs: 30_000 })
    expect(await check.refusal(await token(first, 'one'))).toBeUndefined()
    const another = await token(first, 'one', { jti: 'another' })
    const other = await keySet({ two: second })
    serve(() => answer(other))
    await clock.advance(31_000)
    // This is what makes it look for keys again.
    await check.refusal(another)
    await clock.settle()
    expect(await check.refusal(another)).toContain('no applicable key')
  })

  it.each([
    ['nobody there', undefined, 'refused'],
    ['an error', () => answer('', {}, 500), '500'],
    ['no keys', () => answer('{"keys":7}'), 'malformed'],
    ['no JSON', () => answer('<html>'), 'JSON'],
  ] as const)('can not be judged without keys (%s), which is told once', async (_, answering, why) => {
    const { check, token, clock, log, hosts, serve } = await world()
    const good = hosts.get('login') as () => Answer
    if (answering === undefined) hosts.delete('login')
    else serve(answering)
    const one = await token(first, 'one', { exp: Math.floor(clock.now() / 1000) + 3_000 })
    for (let i = 0; i < 3; i++) {
      expect(await check.refusal(one)).toContain('the keys of the issuer could not be read')
      await clock.advance(31_000)
    }
    expect(log.messages().filter((line) => line.includes('keys of the token issuer can not be read'))).toHaveLength(1)
    expect(log.lines.join()).toContain(why)
    serve(good)
    expect(await check.refusal(one)).toBeUndefined()
    expect(log.messages()).toContain('the keys of the token issuer are there again')
  })

  it('are judged by the keys before when a later look fails', async () => {
    const { check, token, clock, serve } = await world({ refreshMs: 30_000 })
    const one = await token(first, 'one')
    expect(await check.refusal(one)).toBeUndefined()
    serve(() => answer('', {}, 500))
    await clock.advance(31_000)
    expect(await check.refusal(one)).toBeUndefined()
    await clock.settle()
    expect(await check.refusal(await token(first, 'one', { jti: 'another' }))).toBeUndefined()
  })

  it('keep no agent from stopping: the look at keys ends', async () => {
    const stopping = new AbortController()
    const { ports, hosts, requests } = fakePorts()
    const log = recordingLog()
    const check = createTokenCheck(SETTINGS, { ...ports, log, stopping: stopping.signal })
    hosts.set(
      'login',
      ({ signal }) =>
        new Promise((resolve) =>
          signal?.addEventListener('abort', () =>
            resolve({ ok: false, reason: 'aborted', message: 'context canceled' }),
          ),
        ),
    )
    const claims = new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: 'one' })
    const refusal = check.refusal(await claims.sign(first.privateKey))
    await vi.waitUntil(() => requests.length === 1)
    stopping.abort()
    expect(await refusal).toContain('the keys of the issuer could not be read')
    expect(log.lines).toEqual([])
  })

  it('are judged by the keys of a file', async () => {
    const { check, token, files } = await world({ jwksUrl: '', jwksFile: '/keys.json' })
    files.put('/keys.json', await keySet({ one: first }))
    expect(await check.refusal(await token(first, 'one'))).toBeUndefined()
    expect(await check.refusal(await token(second, 'one'))).toContain('signature')
  })
})
