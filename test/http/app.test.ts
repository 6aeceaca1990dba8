import { describe, expect, it } from 'vitest'
import type { Health } from '../../core/graph/health.ts'
import type { AppOptions } from '../../core/http/app.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { bareApp } from './bare-app.ts'

function component(id: string, state: Health['state'], message = 'a message') {
  const [label] = id.split('.').slice(-1)
  return {
    id,
    name: id.slice(0, -label.length - 1),
    label,
    health: { state, message, updatedAt: 0 },
    referencesTo: [],
    referencedBy: [],
    dataFlowTo: [],
    createdModuleIds: [],
    liveDebugging: false,
    kind: 'component' as const,
    module: '',
  }
}

async function ask(options: Partial<AppOptions>, path: string, init?: RequestInit) {
  const response = await bareApp(options).request(path, init)
  return { status: response.status, text: await response.text(), headers: response.headers }
}

describe('metrics', () => {
  it('serves the registry as text 0.0.4', async () => {
    const metrics = createRegistry()
    metrics.counter('shipped_total', 'Things shipped.').inc(3)
    const { status, text, headers } = await ask({ metrics }, '/metrics')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(text).toContain('\nshipped_total 3\n')
  })
})

describe('probes', () => {
  it('is ready, or says why not', async () => {
    expect(await ask({}, '/-/ready')).toMatchObject({ status: 200, text: 'skein is ready.\n' })
    const ready = () => ({ ok: false as const, reasons: ['the configuration is loading'] })
    expect(await ask({ ready }, '/-/ready')).toMatchObject({
      status: 503,
      text: 'skein is not ready.\nthe configuration is loading\n',
    })
  })

  it('names unhealthy and exited components', async () => {
    const good = [component('a.b.good', 'healthy'), component('a.b.new', 'unknown')]
    expect(await ask({ components: () => good }, '/-/healthy')).toMatchObject({
      status: 200,
      text: 'All skein components are healthy.\n',
    })
    const bad = [component('a.b.sick', 'unhealthy', 'no disk'), component('a.b.gone', 'exited', 'it broke')]
    expect(await ask({ components: () => [...good, ...bad] }, '/-/healthy')).toMatchObject({
      status: 500,
      text: 'unhealthy components: a.b.sick, a.b.gone\n\na.b.sick: unhealthy: no disk\na.b.gone: exited: it broke\n',
    })
  })
})

describe('reload', () => {
  it('answers GET and POST alike, with the diagnostics when it fails', async () => {
    for (const method of ['GET', 'POST'])
      expect(await ask({}, '/-/reload', { method })).toMatchObject({ status: 200, text: 'config reloaded\n' })
    const reload = async () => ({ ok: false as const, text: 'Error: a.alloy:1:1: bad' })
    expect(await ask({ reload }, '/-/reload', { method: 'POST' })).toMatchObject({
      status: 400,
      text: 'Error: a.alloy:1:1: bad\n',
    })
  })

  it("doesn't obey pages of other sites", async () => {
    let reloads = 0
    const reload = async () => {
      reloads++
      return { ok: true as const }
    }
    for (const site of ['cross-site', 'same-site'])
      expect((await ask({ reload }, '/-/reload', { headers: { 'sec-fetch-site': site } })).status).toBe(403)
    expect(reloads).toBe(0)
    for (const site of ['same-origin', 'none'])
      expect((await ask({ reload }, '/-/reload', { headers: { 'sec-fetch-site': site } })).status).toBe(200)
    expect(reloads).toBe(2)
  })

  it('answers 500 when it throws, and 405 to other methods', async () => {
    const reload = async () => {
      throw new Error('boom')
    }
    expect(await ask({ reload }, '/-/reload')).toMatchObject({ status: 500, text: 'internal error: boom\n' })
    const put = await ask({}, '/-/reload', { method: 'PUT' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })
})

describe('paths of components', () => {
  const components = () => [
    component('a.b.c', 'healthy'),
    component('m.x/a.b.c', 'healthy'),
    component('m.x', 'healthy'),
  ]
  const componentHandler: AppOptions['componentHandler'] = (id) =>
    id === 'a.b.c' ? undefined : (request, path) => new Response(`${id} ${request.method} ${path}`)

  it('gives the request to the longest id that exists', async () => {
    const options = { components, componentHandler }
    expect((await ask(options, '/api/v0/component/m.x/a.b.c/metrics?x=1')).text).toBe('m.x/a.b.c GET /metrics')
    expect((await ask(options, '/api/v0/component/m.x/a.b.d')).text).toBe('m.x GET /a.b.d')
    expect((await ask(options, '/api/v0/component/m%2Ex/', { method: 'POST' })).text).toBe('m.x POST /')
  })

  it('says what is missing', async () => {
    const options = { components, componentHandler }
    expect(await ask(options, '/api/v0/component/a.b.c/metrics')).toMatchObject({
      status: 404,
      text: 'component a.b.c serves nothing over HTTP\n',
    })
    expect(await ask(options, '/api/v0/component/q.%zz/metrics')).toMatchObject({
      status: 404,
      text: 'there is no component with the id q.%zz\n',
    })
    expect((await ask(options, `/api/v0/component/${'a/'.repeat(5000)}`)).status).toBe(404)
  })
})

describe('pages', () => {
  it('say what to do when they were not built', async () => {
    const { status, text } = await ask({}, '/')
    expect(status).toBe(200)
    expect(text).toContain('npm run build')
  })

  it('moves with the prefix while probes stay', async () => {
    for (const uiPathPrefix of ['ui', '/ui', '/ui/']) {
      expect((await ask({ uiPathPrefix }, '/ui/')).text).toContain('<h1>skein</h1>')
      for (const path of ['/', '/ui']) {
        const response = await bareApp({ uiPathPrefix }).request(path)
        expect([response.status, response.headers.get('location')]).toEqual([302, '/ui/'])
      }
      expect((await ask({ uiPathPrefix }, '/-/ready')).status).toBe(200)
    }
  })

  it('helps who is lost', async () => {
    const { status, text } = await ask({}, '/metricz')
    expect(status).toBe(404)
    expect(text).toContain('nothing is served at /metricz')
    expect(text).toContain('  /metrics\n')
  })
})

describe('the cluster', () => {
  const peer = (name: string, state: 'viewer' | 'participant' | 'terminating', self = false) => ({
    name,
    address: `10.0.0.1:${name.length}`,
    state,
    self,
    suspect: false,
    meta: undefined,
  })
  const peers = () => [peer('a', 'participant', true), peer('bb', 'viewer'), peer('ccc', 'terminating')]
  const transport = async (request: Request) => new Response(`${request.method} ${new URL(request.url).pathname}`)

  it('is reached under its own path, which no prefix moves', async () => {
    const options = { cluster: { transport, peers }, uiPathPrefix: '/ui' }
    expect(await ask(options, '/api/v1/ckit/transport/message', { method: 'POST' })).toMatchObject({
      status: 200,
      text: 'POST /api/v1/ckit/transport/message',
    })
    expect((await ask(options, '/ui/api/v1/ckit/transport/message')).status).toBe(404)
  })

  it('is not there when clustering is off', async () => {
    for (const options of [{}, { cluster: { transport: undefined, peers } }]) {
      const { status, text } = await ask(options, '/api/v1/ckit/transport/stream', { method: 'POST' })
      expect({ status, text }).toEqual({ status: 404, text: 'clustering is disabled\n' })
    }
  })

  it('lists who owns work or did a moment ago, under the prefix', async () => {
    const list = [
      { name: 'a', addr: '10.0.0.1:1', isSelf: true, state: 'participant' },
      { name: 'ccc', addr: '10.0.0.1:3', isSelf: false, state: 'terminating' },
    ]
    const at = async (uiPathPrefix: string, path: string) =>
      JSON.parse((await ask({ cluster: { transport, peers }, uiPathPrefix }, path)).text)
    expect(await at('/', '/api/v0/web/peers')).toEqual(list)
    expect(await at('/ui', '/ui/api/v0/web/peers')).toEqual(list)
    expect((await ask({}, '/api/v0/web/peers')).text).toBe('[]')
  })
})
