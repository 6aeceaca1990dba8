import { exportJWK, exportPKCS8, generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { OAuth2Config } from '../../core/outbound/config.ts'
import type { HttpRequest } from '../../core/ports.ts'
import { type Answer, basic, headerOf, respond, START_MS, setup } from './setup.ts'

const config: OAuth2Config = { clientId: 'me', clientSecret: 's3cret', tokenUrl: 'https://id.test/token' }

/** Gives out tokens t1, t2, ... at id.test, and 200 elsewhere. */
function identity(more: Record<string, unknown> = { expires_in: 3600 }, target: Answer = () => respond(200)): Answer {
  let count = 0
  return (request) =>
    request.url.hostname === 'id.test'
      ? respond(200, {}, JSON.stringify({ access_token: `t${++count}`, token_type: 'bearer', ...more }))
      : target(request)
}

const form = (request: HttpRequest): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(new TextDecoder().decode(request.body)))
const tokenRequests = (sent: readonly HttpRequest[]) => sent.filter(({ url }) => url.hostname === 'id.test')
const shown = (sent: readonly HttpRequest[]) =>
  sent.filter(({ url }) => url.hostname !== 'id.test').map((request) => headerOf(request, 'authorization'))

describe('OAuth2 client credentials', () => {
  it('fetch a token once and send it along', async () => {
    const { get, sent } = setup(
      { oauth2: { ...config, scopes: ['a', 'b'], endpointParams: { tenant: 'x y' } } },
      identity(),
    )
    await get()
    await get()
    expect(shown(sent)).toEqual(['Bearer t1', 'Bearer t1'])
    expect(tokenRequests(sent)).toHaveLength(1)
    expect(sent[0]).toMatchObject({ method: 'POST' })
    expect(headerOf(sent[0], 'content-type')).toBe('application/x-www-form-urlencoded')
    expect(headerOf(sent[0], 'authorization')).toBe(basic('me:s3cret'))
    expect(form(sent[0])).toEqual({ grant_type: 'client_credentials', scope: 'a b', tenant: 'x y' })
  })

  it('fetch one for all who wait', async () => {
    const { get, sent } = setup({ oauth2: config }, identity())
    await Promise.all(Array.from({ length: 20 }, () => get()))
    expect(tokenRequests(sent)).toHaveLength(1)
    expect(new Set(shown(sent))).toEqual(new Set(['Bearer t1']))
  })

  it('renew before the token expires, without anyone waiting', async () => {
    const { get, sent, advance } = setup({ oauth2: config }, identity({ expires_in: 600 }))
    await get()
    await advance(500_000)
    await get()
    expect(tokenRequests(sent)).toHaveLength(1)
    await advance(35_000)
    await get()
    expect(shown(sent).at(-1)).toBe('Bearer t1')
    await advance(0)
    expect(tokenRequests(sent)).toHaveLength(2)
    await get()
    expect(shown(sent).at(-1)).toBe('Bearer t2')
  })

  it('wait for a new one when the old one is over', async () => {
    const { get, sent, advance } = setup({ oauth2: config }, identity({ expires_in: '600' }))
    await get()
    await advance(595_000)
    await get()
    expect(shown(sent)).toEqual(['Bearer t1', 'Bearer t2'])
  })

  it.each([[{ toString: 1 }], [[{}]], [null], [true], ['soon']])('take an expiry of %j for none', async (expires) => {
    const { get, sent, advance } = setup({ oauth2: config }, identity({ expires_in: expires }))
    expect(await get()).toMatchObject({ ok: true })
    await advance(1e9)
    await get()
    expect(shown(sent)).toEqual(['Bearer t1', 'Bearer t1'])
  })

  it('keep a token without expiry, and do not fetch short-lived ones for each request', async () => {
    const forever = setup({ oauth2: config }, identity({}))
    await forever.get()
    await forever.advance(1e9)
    await forever.get()
    expect(tokenRequests(forever.sent)).toHaveLength(1)
    const short = setup({ oauth2: config }, identity({ expires_in: 4 }))
    await short.get()
    await short.get()
    expect(tokenRequests(short.sent)).toHaveLength(1)
    await short.advance(2000)
    await short.get()
    expect(tokenRequests(short.sent)).toHaveLength(2)
  })

  it('go on with the old token while renewal fails', async () => {
    let works = true
    const giver = identity({ expires_in: 600 })
    const { get, sent, advance } = setup({ oauth2: config }, (request) =>
      works || request.url.hostname !== 'id.test' ? giver(request) : respond(500),
    )
    await get()
    works = false
    await advance(540_000)
    await get()
    await get()
    expect(shown(sent).slice(1)).toEqual(['Bearer t1', 'Bearer t1'])
    await advance(0)
    expect(tokenRequests(sent)).toHaveLength(2)
    await advance(60_000)
    expect(await get()).toMatchObject({ ok: false, message: 'oauth2: cannot fetch token: status 500' })
  })

  it('fetch a new token after the receiver refused one', async () => {
    const { get, sent } = setup(
      { oauth2: config },
      identity({}, (request) => respond(headerOf(request, 'authorization') === 'Bearer t1' ? 401 : 200)),
    )
    expect(await get()).toMatchObject({ status: 401 })
    expect(await get()).toMatchObject({ status: 200 })
    expect(shown(sent)).toEqual(['Bearer t1', 'Bearer t2'])
  })

  it('use a secret from a file, and a new one at once', async () => {
    const { clientSecret: _, ...rest } = config
    const { get, sent, files } = setup({ oauth2: { ...rest, clientSecretFile: '/s' } }, identity(), { '/s': 'one\n' })
    await get()
    files.set('/s', 'two\n')
    await get()
    expect(tokenRequests(sent).map((request) => headerOf(request, 'authorization'))).toEqual([
      basic('me:one'),
      basic('me:two'),
    ])
    files.delete('/s')
    expect(await get()).toMatchObject({ ok: false, reason: 'protocol' })
  })

  it('go into the form when the header is refused, and stay there', async () => {
    const { get, sent } = setup({ oauth2: { ...config, clientId: 'm:e', clientSecret: 'a b&c' } }, (request) => {
      if (request.url.hostname !== 'id.test') return respond(401)
      return form(request)['client_id'] === 'm:e' ? respond(200, {}, '{"access_token":"t"}') : respond(401)
    })
    await get()
    await get()
    const tried = tokenRequests(sent)
    expect(tried.map((request) => headerOf(request, 'authorization'))).toEqual([
      basic('m%3Ae:a+b%26c'),
      undefined,
      undefined,
    ])
    expect(form(tried[2])).toMatchObject({ client_id: 'm:e', client_secret: 'a b&c' })
  })

  it.each<[string, ReturnType<Answer>, string, string]>([
    ['cannot be reached', { ok: false, reason: 'refused', message: 'dial tcp: no' }, 'refused', 'dial tcp: no'],
    [
      'refuses',
      respond(400, {}, '{"error":"invalid_client","error_description":"who?"}'),
      'protocol',
      'status 400 (invalid_client: who?)',
    ],
    ['fails', respond(503, {}, '<html>'), 'protocol', 'status 503'],
    ['answers nonsense', respond(200, {}, '{'), 'protocol', 'server response missing access_token'],
    ['gives no token', respond(200, {}, '{"token_type":"bearer"}'), 'protocol', 'server response missing access_token'],
  ])('tell when the token server %s', async (_what, answer, reason, message) => {
    const { get, sent } = setup({ oauth2: config }, () => answer)
    expect(await get()).toEqual({ ok: false, reason, message: `oauth2: cannot fetch token: ${message}` })
    expect(shown(sent)).toEqual([])
  })

  it('read form-encoded answers, and other token types', async () => {
    const { get, sent } = setup({ oauth2: config }, ({ url }) =>
      url.hostname === 'id.test' ? respond(200, {}, 'access_token=abc&token_type=DPoP&expires_in=10') : respond(200),
    )
    await get()
    expect(shown(sent)).toEqual(['DPoP abc'])
  })

  it('let no caller wait past its deadline or signal, and serve the next one', async () => {
    let release = (): void => {}
    const hanging = new Promise<void>((resolve) => {
      release = resolve
    })
    const giver = identity()
    const { get, sent, advance } = setup({ oauth2: config }, async (request) => {
      if (request.url.hostname === 'id.test') await hanging
      return giver(request)
    })
    const abort = new AbortController()
    const late = get('http://target.test/', { deadline: 50 })
    const aborted = get('http://target.test/', { signal: abort.signal })
    const patient = get('http://target.test/')
    await advance(60)
    expect(await late).toMatchObject({ ok: false, reason: 'timeout' })
    abort.abort()
    expect(await aborted).toMatchObject({ ok: false, reason: 'aborted' })
    release()
    expect(await patient).toMatchObject({ ok: true })
    expect(tokenRequests(sent)).toHaveLength(1)
  })

  it('have TLS and proxy of their own', () => {
    const { opened } = setup({ oauth2: { ...config, proxyUrl: 'http://p:1', tls: { serverName: 'id' } } })
    expect(opened).toHaveLength(2)
    expect(opened[0]).toEqual({})
    expect(opened[1].tls).toEqual({ serverName: 'id' })
    expect(opened[1].proxyFor?.(new URL('http://a/'))).toEqual({ url: 'http://p:1' })
  })
})

const keys = await generateKeyPair('ES256', { extractable: true })
const pem = await exportPKCS8(keys.privateKey)
const jwk = JSON.stringify({ ...(await exportJWK(keys.privateKey)), alg: 'ES256', kid: 'from-jwk' })
const publicJwk = JSON.stringify({ ...(await exportJWK(keys.publicKey)), alg: 'ES256' })
const bareJwk = JSON.stringify(await exportJWK(keys.privateKey))

describe('a signed client assertion', () => {
  const { clientSecret: _, ...withoutSecret } = config

  async function claimsSent(request: HttpRequest, audience = 'https://id.test/token') {
    const sent = form(request)
    expect(sent['client_assertion_type']).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(sent['client_secret']).toBeUndefined()
    expect(headerOf(request, 'authorization')).toBeUndefined()
    return jwtVerify(sent['client_assertion'], keys.publicKey, {
      audience,
      issuer: 'me',
      subject: 'me',
      currentDate: new Date(START_MS),
    })
  }

  it('takes the place of the secret', async () => {
    const { get, sent } = setup(
      {
        oauth2: {
          ...withoutSecret,
          clientAssertion: { key: pem, algorithm: 'ES256', keyId: 'k1', audience: 'aud', claims: { tenant: 'x' } },
        },
      },
      identity(),
    )
    expect(await get()).toMatchObject({ ok: true })
    const { payload, protectedHeader } = await claimsSent(sent[0], 'aud')
    expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: 'k1' })
    expect(payload).toMatchObject({ tenant: 'x', iat: START_MS / 1000 })
    expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('reads a JWK from a file, and a new key at once', async () => {
    const clientAssertion = { keyFile: '/k' }
    const { get, sent, files } = setup({ oauth2: { ...withoutSecret, clientAssertion } }, identity(), { '/k': jwk })
    await get()
    expect((await claimsSent(sent[0])).protectedHeader).toMatchObject({ alg: 'ES256', kid: 'from-jwk' })
    files.set('/k', jwk.replace('from-jwk', 'next'))
    await get()
    const tokens = tokenRequests(sent)
    expect(tokens).toHaveLength(2)
    expect((await claimsSent(tokens[1])).protectedHeader).toMatchObject({ kid: 'next' })
  })

  it('is new for each token', async () => {
    const { get, sent, advance } = setup(
      { oauth2: { ...withoutSecret, clientAssertion: { key: pem, algorithm: 'ES256' } } },
      identity({ expires_in: 60 }),
    )
    await get()
    await advance(100_000)
    await get()
    const [first, second] = tokenRequests(sent).map((request) => form(request)['client_assertion'])
    expect(first).not.toBe(second)
  })

  it.each([
    ['no key', 'nonsense', {}],
    ['broken JSON', '{', {}],
    ['a public JWK', publicJwk, {}],
    ['a JWK without algorithm', bareJwk, {}],
    ['another key type', pem, { algorithm: 'RS256' }],
    ['an old PEM', '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----', {}],
  ])('says what is wrong with %s, not the key', async (_what, key, more) => {
    const { get } = setup({ oauth2: { ...withoutSecret, clientAssertion: { key, ...more } } }, identity())
    const result = await get()
    expect(result).toMatchObject({ ok: false, reason: 'protocol' })
    expect(!result.ok && result.message).toMatch(/^oauth2: cannot fetch token: ./)
    expect(!result.ok && result.message).not.toContain('MIG')
  })
})
