import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { ComponentInfo } from '../../core/graph/graph.ts'
import type { BasicSettings, HttpAuthSettings, JwtSettings } from '../../core/graph/http-settings.ts'
import type { AppOptions } from '../../core/http/app.ts'
import { createHttpAuth, type HttpAuth } from '../../core/http/auth.ts'
import type { Connection } from '../../core/ports.ts'
import { fakePorts } from '../components/fake-ports.ts'
import { type RecordingLog, recordingLog } from '../support/recording-log.ts'
import { bareApp } from './bare-app.ts'
import { TOKENS } from './token-settings.ts'

const LOGIN: BasicSettings = { username: 'ann', password: 'gehe:im ü' }
const BASIC: HttpAuthSettings = { basic: LOGIN, jwt: undefined, paths: [], matching: true }
const OUTSIDE: Connection = { remoteAddress: '192.0.2.7:4711', httpVersion: '1' }

interface World {
  readonly auth: HttpAuth
  readonly log: RecordingLog
  readonly app: ReturnType<typeof bareApp>
  ask(path: string, authorization?: string, connection?: Connection): Promise<Response>
}

function world(settings: HttpAuthSettings | undefined, more: Partial<AppOptions> = {}): World {
  const log = recordingLog()
  const auth = createHttpAuth({ ...fakePorts().ports, log })
  auth.use(settings)
  const app = bareApp({ log, auth: auth.middleware, ...more })
  return {
    auth,
    log,
    app,
    async ask(path, authorization, connection = OUTSIDE) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      return app.request(path, { headers }, { connection })
    },
  }
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text, 'utf8').toString('base64')}`
}

const RIGHT = basic('ann:gehe:im ü')

describe('basic authentication', () => {
  it('stands before every route, also those that do not exist', async () => {
    const { ask } = world(BASIC)
    for (const path of ['/', '/metrics', '/-/ready', '/-/healthy', '/-/reload', '/api/v0/web/peers', '/nowhere']) {
      const refused = await ask(path)
      expect([path, refused.status]).toEqual([path, 401])
      expect(refused.headers.get('www-authenticate')).toBe('Basic realm="Restricted"')
      expect(await refused.text()).toBe('unauthorized\n')
      expect((await ask(path, RIGHT)).status).toBe(path === '/nowhere' ? 404 : 200)
    }
  })

  it.each([
    ['another name', basic('bob:gehe:im ü')],
    ['another password', basic('ann:geheim')],
    ['a password that begins the same', basic('ann:gehe:im üb')],
    ['no colon', basic('ann')],
    ['nothing', ''],
    ['another scheme', 'Bearer abc'],
    ['no base64', 'Basic ???'],
    ['base64 of a wrong length', 'Basic YW5uOmdlaGU6aW0gw7w==='],
    ['Latin-1 in place of UTF-8', `Basic ${Buffer.from('ann:gehe:im ü', 'latin1').toString('base64')}`],
  ])('refuses %s', async (_, authorization) => {
    const { ask } = world(BASIC)
    expect((await ask('/metrics', authorization)).status).toBe(401)
  })

  it('takes the scheme in any case', async () => {
    expect((await world(BASIC).ask('/metrics', RIGHT.replace('Basic', 'bAsIC'))).status).toBe(200)
  })

  it('tells refusals, without what was sent', async () => {
    const { ask, log } = world(BASIC)
    await ask(`/${'x'.repeat(500)}`, basic('ann:wrong'))
    expect(log.lines).toHaveLength(1)
    expect(log.lines[0]).toMatch(/^info failed to authenticate request .*"remote_addr":"192.0.2.7:4711"/)
    expect(log.lines[0]).not.toContain('wrong')
    expect(log.lines[0].length).toBeLessThan(400)
    await ask('/metrics', RIGHT)
    expect(log.lines).toHaveLength(1)
  })

  it('does not ask the process itself', async () => {
    const { app } = world(BASIC)
    expect((await app.request('/metrics', {}, { connection: undefined })).status).toBe(200)
    expect((await app.request('/metrics')).status).toBe(200)
  })

  it('leaves peers to the cluster, at exactly their paths', async () => {
    const { ask } = world(BASIC, { cluster: { transport: () => new Response('packet'), peers: () => [] } })
    expect(await (await ask('/api/v1/ckit/transport/message')).text()).toBe('packet')
    expect((await ask('/api/v1/ckit/transportation')).status).toBe(401)
    expect((await ask('/api/v1/ckit/transport/../../../../metrics')).status).toBe(401)
    expect((await ask('/api/v1/ckit/transport/%2e%2e/x/../../../metrics')).status).toBe(401)
  })

  it('answers nothing but probes and peers while the settings are not known', async () => {
    const log = recordingLog()
    const auth = createHttpAuth({ ...fakePorts().ports, log })
    const { ask } = world(undefined, {
      auth: auth.middleware,
      ready: () => ({ ok: false, reasons: ['it is starting'] }),
    })
    for (const path of ['/metrics', '/', '/-/reload', '/-/ready/x']) {
      const refused = await ask(path, RIGHT)
      expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('skein is starting')])
    }
    expect(await (await ask('/-/ready')).text()).toContain('it is starting')
    expect((await ask('/-/healthy')).status).toBe(200)
    expect(await (await ask('/api/v1/ckit/transport/message')).text()).toBe('clustering is disabled\n')
    auth.use(undefined)
    expect((await ask('/metrics')).status).toBe(200)
  })

  it('holds from the next request on, and not any more when taken back', async () => {
    const { ask, auth } = world(undefined)
    expect((await ask('/metrics')).status).toBe(200)
    auth.use(BASIC)
    expect((await ask('/metrics')).status).toBe(401)
    auth.use({ ...BASIC, basic: { ...LOGIN, password: 'other' } })
    expect((await ask('/metrics', RIGHT)).status).toBe(401)
    expect((await ask('/metrics', basic('ann:other'))).status).toBe(200)
    auth.use(undefined)
    expect((await ask('/metrics')).status).toBe(200)
  })
})

describe('bearer tokens', () => {
  const jwt: JwtSettings = { ...TOKENS, jwksUrl: '', jwksFile: '/keys' }

  async function tokens(settings: Partial<HttpAuthSettings>, isPeer?: (header: string) => Promise<boolean>) {
    const { ports, files, clock } = fakePorts()
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    files.put('/keys', JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] }))
    const token = await new SignJWT({ iss: jwt.issuer, aud: jwt.audience, exp: Math.floor(clock.now() / 1000) + 60 })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .sign(privateKey)
    const auth = createHttpAuth({ ...ports, log: recordingLog(), ...(isPeer && { isPeer }) })
    auth.use({ ...BASIC, basic: undefined, jwt, ...settings })
    return { ...world(undefined, { auth: auth.middleware }), token: `Bearer ${token}` }
  }

  it('let in, and so does a password when both are asked for', async () => {
    const { ask, token } = await tokens({})
    expect((await ask('/metrics', token)).status).toBe(200)
    const refused = await ask('/metrics', RIGHT)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Restricted"'])
    const both = await tokens({ basic: LOGIN })
    expect((await both.ask('/metrics', both.token)).status).toBe(200)
    expect((await both.ask('/metrics', RIGHT)).status).toBe(200)
    const wrong = await both.ask('/metrics', 'Bearer nonsense')
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('www-authenticate')).toBe('Basic realm="Restricted", Bearer realm="Restricted"')
  })

  it('of peers are good for what peers ask each other, and for nothing else', async () => {
    const { ask } = await tokens({ basic: LOGIN }, async (header) => header === 'Bearer peer')
    expect((await ask('/api/v1/node', 'Bearer peer')).status).toBe(404)
    for (const path of ['/metrics', '/', '/api/v0/web/peers', '/api/v1', '/api/v1/../../metrics']) {
      expect([path, (await ask(path, 'Bearer peer')).status]).toEqual([path, 401])
    }
    expect((await ask('/api/v1/node', 'Bearer other')).status).toBe(401)
  })
})

describe('the filter', () => {
  const protects = async (filter: Partial<HttpAuthSettings>, path: string): Promise<boolean> =>
    (await world({ ...BASIC, ...filter }).ask(path)).status === 401

  it('protects what begins with one of its paths', async () => {
    const paths = ['/metrics', '/api/v0/component/']
    expect(await protects({ paths }, '/metrics')).toBe(true)
    expect(await protects({ paths }, '/metrics/more')).toBe(true)
    expect(await protects({ paths }, '/metricsandmore')).toBe(true)
    expect(await protects({ paths }, '/api/v0/component/a.b.c/metrics')).toBe(true)
    expect(await protects({ paths }, '/-/ready')).toBe(false)
    expect(await protects({ paths }, '/api/v0/web/peers')).toBe(false)
  })

  it('or everything else', async () => {
    const filter = { paths: ['/-/'], matching: false }
    expect(await protects(filter, '/-/ready')).toBe(false)
    expect(await protects(filter, '/metrics')).toBe(true)
    expect(await protects(filter, '/-/../metrics')).toBe(true)
  })

  it('protects everything when it has no paths, either way', async () => {
    for (const matching of [true, false]) expect(await protects({ paths: [], matching }, '/-/ready')).toBe(true)
  })

  it('goes by where a path leads, also on hosts that leave ".." in it', async () => {
    const component = (id: string): Partial<AppOptions> => ({
      components: () => [{ id } as ComponentInfo],
      componentHandler: () => () => new Response('secret'),
    })
    const statusOf = async (filter: Partial<HttpAuthSettings>, path: string): Promise<number> => {
      const { app } = world({ ...BASIC, ...filter }, component('a.b.hidden'))
      // As Deno makes it: what stands in the request line, behind the origin.
      const request = Object.defineProperty(new Request('http://host/'), 'url', { value: `http://host${path}` })
      return (await app.fetch(request, { connection: OUTSIDE })).status
    }
    const hidden = '/api/v0/component/a.b.hidden'
    for (const way of ['/../', '/%2e%2e/', '/.%2E/', '\\..\\']) {
      const path = `/api/v0/component/a.b.open${way}a.b.hidden/metrics`
      expect([way, await statusOf({ paths: [hidden] }, path)]).toEqual([way, 401])
      expect([way, await statusOf({ paths: ['/api/v0/component/a.b.open'], matching: false }, path)]).toEqual([
        way,
        401,
      ])
    }
    expect(await statusOf({ paths: ['/metrics'] }, `${hidden}/metrics`)).toBe(200)
  })

  it('sees through percent-encoding', async () => {
    expect(await protects({ paths: ['/metrics'] }, '/%6detrics')).toBe(true)
    expect(await protects({ paths: ['/api/v0/component/m/a.b.c'] }, '/api/v0/component/m%2Fa.b.c/x')).toBe(true)
    expect(await protects({ paths: ['/api/v0/component/a/b'], matching: false }, '/api/v0/component/a%2Fb')).toBe(true)
  })
})
