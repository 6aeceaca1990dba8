import { describe, expect, it } from 'vitest'
import { basic, headerOf, respond, setup } from './setup.ts'

describe('credentials', () => {
  it('are none by default, and the request goes out as it came', async () => {
    const { get, sent } = setup({})
    await get('http://target.test/')
    expect(sent[0].headers).toEqual([['Accept', '*/*']])
  })

  it('are basic, in UTF-8', async () => {
    const { get, sent } = setup({ basicAuth: { username: 'zoë', password: 'pä:ss' } })
    await get()
    expect(headerOf(sent[0], 'authorization')).toBe(basic('zoë:pä:ss'))
    const nameOnly = setup({ basicAuth: { username: 'u' } })
    await nameOnly.get()
    expect(headerOf(nameOnly.sent[0], 'authorization')).toBe(basic('u:'))
  })

  it.each([
    [{ bearerToken: 't' }, 'Bearer t'],
    [{ authorization: { credentials: 't' } }, 'Bearer t'],
    [{ authorization: { type: 'Token ', credentials: 't' } }, 'Token t'],
    [{ authorization: {} }, undefined],
  ])('%j sends %s', async (config, expected) => {
    const { get, sent } = setup(config)
    await get()
    expect(headerOf(sent[0], 'authorization')).toBe(expected)
  })

  it.each([
    [{ basicAuth: { username: 'u', passwordFile: '/s' } }, basic('u:one'), basic('u:two')],
    [{ authorization: { type: 'X', credentialsFile: '/s' } }, 'X one', 'X two'],
    [{ bearerTokenFile: '/s' }, 'Bearer one', 'Bearer two'],
  ])('from a file are read for every request: %j', async (config, first, second) => {
    const { get, sent, files } = setup(config, undefined, { '/s': 'one\n' })
    await get()
    files.set('/s', 'two \r\n')
    await get()
    files.delete('/s')
    const result = await get()
    expect(sent.map((request) => headerOf(request, 'authorization'))).toEqual([first, second])
    expect(result).toMatchObject({ ok: false, reason: 'protocol' })
    expect(!result.ok && result.message).toMatch(/^unable to read .* file \/s: ENOENT/)
  })

  it('in the URL count when nothing else is configured', async () => {
    const plain = setup({})
    await plain.get('http://us%40er:pw@target.test/')
    expect(headerOf(plain.sent[0], 'authorization')).toBe(basic('us@er:pw'))
    const configured = setup({ bearerToken: 't' })
    await configured.get('http://user:pw@target.test/')
    expect(headerOf(configured.sent[0], 'authorization')).toBe('Bearer t')
  })
})

describe('headers', () => {
  it('are added, one line for each value', async () => {
    const { get, sent } = setup({ httpHeaders: { 'X-A': ['1', '2'], 'X-B': ['3'] } })
    await get()
    expect(sent[0].headers).toEqual([
      ['Accept', '*/*'],
      ['X-A', '1'],
      ['X-A', '2'],
      ['X-B', '3'],
    ])
  })
})

describe('redirects', () => {
  const to = (location: string, status = 302) => respond(status, { location })
  const config = { bearerToken: 'secret', httpHeaders: { 'X-A': ['secret'] } }

  it.each([
    [301, 'GET', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
  ] as const)('%i turns %s into %s', async (status, method, expected) => {
    const { get, sent } = setup({}, ({ url }) => (url.pathname === '/b' ? respond(200) : to('/b?x=1', status)))
    const body = method === 'POST' ? { body: Uint8Array.of(1) } : {}
    expect(
      await get('http://target.test/a', {
        method,
        ...body,
        headers: [
          ['Content-Type', 'x'],
          ['X-Q', 'y'],
        ],
      }),
    ).toMatchObject({ status: 200 })
    expect(sent[1].url.href).toBe('http://target.test/b?x=1')
    expect(sent[1].method).toBe(expected)
    const keeps = expected === 'POST' || method === 'GET'
    expect(sent[1].body).toEqual(expected === 'POST' ? Uint8Array.of(1) : undefined)
    expect(headerOf(sent[1], 'content-type')).toBe(keeps ? 'x' : undefined)
    expect(headerOf(sent[1], 'x-q')).toBe('y')
  })

  it.each([
    ['http://target.test/b', true],
    ['//target.test/b', true],
    ['https://target.test/b', true],
    ['http://target.test:8080/b', false],
    ['http://other.test/b', false],
    ['http://sub.target.test/b', false],
  ])('to %s show credentials: %s', async (location, shown) => {
    const { get, sent } = setup(config, ({ url }) => (url.pathname === '/b' ? respond(200) : to(location)))
    await get('http://target.test/a')
    expect(headerOf(sent[1], 'authorization')).toBe(shown ? 'Bearer secret' : undefined)
    expect(headerOf(sent[1], 'x-a')).toBe(shown ? 'secret' : undefined)
    expect(headerOf(sent[1], 'accept')).toBe('*/*')
  })

  it('from HTTPS to HTTP hide credentials', async () => {
    const { get, sent } = setup(config, ({ url }) =>
      url.protocol === 'http:' ? respond(200) : to('http://target.test/'),
    )
    await get('https://target.test/')
    expect(headerOf(sent[1], 'authorization')).toBeUndefined()
  })

  it('that go on at another host, or come back from it, do not bring credentials back', async () => {
    const hops: Record<string, string> = {
      'http://target.test/a': 'http://other.test/b',
      'http://other.test/b': 'http://other.test/c',
      'http://other.test/c': 'http://target.test/d',
    }
    const { get, sent } = setup(config, ({ url }) => (hops[url.href] === undefined ? respond(200) : to(hops[url.href])))
    expect(await get('http://target.test/a')).toMatchObject({ status: 200 })
    const shown = sent.map((request) => headerOf(request, 'authorization'))
    expect(shown).toEqual(['Bearer secret', undefined, undefined, undefined])
  })

  it('end after ten', async () => {
    const { get, sent } = setup({}, () => to('/again'))
    expect(await get()).toEqual({ ok: false, reason: 'protocol', message: 'stopped after 10 redirects' })
    expect(sent).toHaveLength(11)
  })

  it('are the answer when not followed, or when there is nowhere to go', async () => {
    expect(await setup({ followRedirects: false }, () => to('/b')).get()).toMatchObject({ ok: true, status: 302 })
    expect(await setup({}, () => respond(307)).get()).toMatchObject({ ok: true, status: 307 })
    expect(await setup({}, () => respond(304, { location: '/b' })).get()).toMatchObject({ ok: true, status: 304 })
    expect(await setup({}, () => respond(302)).get()).toMatchObject({
      ok: false,
      message: '302 response missing Location header',
    })
    expect(await setup({}, () => to('file:///etc/passwd')).get()).toMatchObject({
      ok: false,
      message: 'unsupported protocol scheme "file"',
    })
    expect(await setup({}, () => to('http://[')).get()).toMatchObject({
      ok: false,
      message: 'failed to parse Location header',
    })
  })

  it('share one deadline', async () => {
    const { get, sent } = setup({}, ({ url }) => (url.pathname === '/b' ? respond(200) : to('/b')))
    await get('http://target.test/a')
    expect(sent[1].deadline).toBe(sent[0].deadline)
  })
})

describe('TLS files', () => {
  const tls = { caFile: '/ca', certPem: 'cert', keyFile: '/key', serverName: 'n', minVersion: 'TLS13' }

  it('are read when opened, and a missing one is an error of the configuration', () => {
    const { opened } = setup({ tls }, undefined, { '/ca': 'CA', '/key': 'KEY' })
    expect(opened).toEqual([{ tls: { ca: 'CA', cert: 'cert', key: 'KEY', serverName: 'n', minVersion: 'TLS13' } }])
    expect(() => setup({ tls }, undefined, { '/ca': 'CA' })).toThrow(/unable to read key_file \/key: ENOENT/)
  })

  it('lead to a new client when their content changes', async () => {
    const state = setup({ tls }, undefined, { '/ca': 'CA', '/key': 'KEY' })
    await state.get()
    await state.advance(2000)
    await state.get()
    expect(state.opened).toHaveLength(1)
    state.files.set('/key', 'OTHER')
    await state.advance(2000)
    await state.get()
    expect(state.opened).toHaveLength(2)
    expect(state.opened[1].tls?.key).toBe('OTHER')
    expect(state.closed).toBe(1)
  })

  it('that vanish fail requests until they are back', async () => {
    const state = setup({ tls }, undefined, { '/ca': 'CA', '/key': 'KEY' })
    state.files.delete('/ca')
    await state.advance(2000)
    expect(await state.get()).toMatchObject({ ok: false, reason: 'tls' })
    state.files.set('/ca', 'CA')
    expect(await state.get()).toMatchObject({ ok: true })
    expect(state.opened).toHaveLength(1)
  })
})

describe('the proxy', () => {
  const choice = (config: Parameters<typeof setup>[0], url: string) => setup(config).opened[0].proxyFor?.(new URL(url))

  it('is the configured one, for everything without no_proxy', () => {
    const config = { proxyUrl: 'http://p.test:1', proxyConnectHeader: { A: ['b', 'c'] } }
    const connectHeaders = [
      ['A', 'b'],
      ['A', 'c'],
    ]
    expect(choice(config, 'http://a.test/')).toEqual({ url: 'http://p.test:1', connectHeaders })
    expect(choice(config, 'http://localhost/')).toEqual({ url: 'http://p.test:1', connectHeaders })
    expect(choice({ ...config, noProxy: 'a.test' }, 'http://a.test/')).toBeUndefined()
    expect(choice({ ...config, noProxy: 'a.test' }, 'http://localhost/')).toBeUndefined()
    expect(choice({ ...config, noProxy: 'a.test' }, 'http://b.test/')).toMatchObject({ url: 'http://p.test:1' })
  })

  it('can be the one of the environment', () => {
    expect(choice({ proxyFromEnvironment: true }, 'http://a.test/')).toEqual({ url: 'http://proxy.test:3128' })
    expect(choice({ proxyFromEnvironment: true }, 'http://direct.test/')).toBeUndefined()
    const config = { proxyFromEnvironment: true, proxyConnectHeader: { A: ['b'] } }
    const proxyFor = setup(config).opened[0].proxyFor
    expect(proxyFor?.(new URL('http://a.test/'))).toEqual({
      url: 'http://proxy.test:3128',
      connectHeaders: [['A', 'b']],
    })
    expect(proxyFor?.(new URL('http://a.test/'))).toBe(proxyFor?.(new URL('http://b.test/')))
  })

  it('is none by default', () => {
    expect(setup({}).opened).toEqual([{}])
    expect(setup({ roundRobinDns: true }).opened).toEqual([{ roundRobinDns: true }])
  })
})
