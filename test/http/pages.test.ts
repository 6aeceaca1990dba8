import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { RequestContext } from '../../core/http/cluster-routes.ts'
import { NO_PAGES, type PageFile, type Pages, pageRoutes } from '../../core/http/pages.ts'

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

function file(text: string, more: Partial<PageFile> = {}): PageFile {
  return {
    type: 'text/html; charset=utf-8',
    body: new TextEncoder().encode(text),
    gzip: undefined,
    etag: 'W/"abc"',
    ...more,
  }
}

const FILES: Readonly<Record<string, PageFile>> = {
  'index.html': file('<base href="/%prefix%/"><p>page</p>'),
  'app-1.js': file('plain', { type: 'text/javascript; charset=utf-8', gzip: new TextEncoder().encode('zipped') }),
}
const PAGES: Pages = { file: async (name) => (Object.hasOwn(FILES, name) ? FILES[name] : undefined) }

function server(
  prefix = '/',
  pages: Pages = PAGES,
): (path: string, headers?: Record<string, string>, method?: string) => Promise<Response> {
  const app = new Hono<RequestContext>()
  app.get('/metrics', (c) => c.text('metrics'))
  pageRoutes(app, prefix, pages)
  app.notFound((c) => c.text('nothing is served here\n', 404))
  return async (path, headers = {}, method = 'GET') => app.request(path, { headers, method })
}

describe('the pages', () => {
  it.each(['/', '/clustering', '/component/a.b/c.d', '/targets?search=x', '/graph/%zz'])(
    'are one document at %s',
    async (path) => {
      const response = await server()(path, HTML)
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('<base href="/"><p>page</p>')
      expect(response.headers.get('cache-control')).toBe('no-cache')
      expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
      expect(response.headers.get('content-security-policy')).not.toContain('unsafe')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('x-frame-options')).toBe('SAMEORIGIN')
      expect(response.headers.get('referrer-policy')).toBe('same-origin')
    },
  )

  it('leave to others what is theirs', async () => {
    const ask = server()
    expect(await (await ask('/metrics', HTML)).text()).toBe('metrics')
    for (const path of ['/api/v1/nothing', '/api', '/-/nothing', '/assets/nothing', '/debug/pprof/heap']) {
      expect((await ask(path, HTML)).status, path).toBe(404)
    }
    expect((await ask('/clustering', { accept: 'application/json' })).status, 'a program').toBe(404)
    expect((await ask('/clustering', HTML, 'POST')).status).toBe(404)
    expect((await ask('/')).status, 'a probe').toBe(200)
  })

  it('know their prefix, and end at it', async () => {
    const ask = server('/ui/')
    expect(await (await ask('/ui/targets', HTML)).text()).toContain('<base href="/ui/">')
    expect((await ask('/targets', HTML)).status).toBe(404)
    expect((await ask('/uikit', HTML)).status).toBe(404)
    expect((await ask('/ui/assets/app-1.js')).status).toBe(200)
    expect((await ask('/assets/app-1.js')).status).toBe(404)
  })

  it('let no prefix write into the document', async () => {
    const response = await server('/"><script>/')(`/${encodeURIComponent('"><script>')}/`, HTML)
    expect(await response.text()).not.toContain('<script>')
  })

  it('are compressed for who can read that, and asked for once', async () => {
    const ask = server()
    const plain = await ask('/assets/app-1.js')
    expect(await plain.text()).toBe('plain')
    expect(plain.headers.get('cache-control')).toContain('immutable')
    expect(plain.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    const zipped = await ask('/assets/app-1.js', { 'accept-encoding': 'br, gzip;q=0.8' })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect(zipped.headers.get('vary')).toBe('accept-encoding')
    expect(await zipped.text()).toBe('zipped')
    expect(
      (await ask('/assets/app-1.js', { 'accept-encoding': 'gzip;q=0' })).headers.get('content-encoding'),
    ).toBeNull()
    const known = await ask('/assets/app-1.js', { 'if-none-match': '"x", W/"abc"' })
    expect([known.status, await known.text()]).toEqual([304, ''])
  })

  it('have another tag under another prefix', async () => {
    const tags = await Promise.all(
      ['/', '/ui/'].map(async (prefix) => (await server(prefix)(prefix, HTML)).headers.get('etag')),
    )
    expect(new Set(tags).size).toBe(2)
    const again = await server('/ui/')('/ui/', { ...HTML, 'if-none-match': tags[1] as string })
    expect(again.status).toBe(304)
  })

  it('hand out no file by another name', async () => {
    const ask = server()
    for (const name of ['index.html', 'nothing.js', '..%2Fpackage.json', '%2e%2e%2fpackage.json', '__proto__']) {
      expect((await ask(`/assets/${name}`, HTML)).status, name).toBe(404)
    }
  })

  it('say how to build them where they are not', async () => {
    const response = await server('/ui/', NO_PAGES)('/ui/clustering', HTML)
    expect(response.status).toBe(200)
    const text = await response.text()
    expect(text).toContain('npm run build')
    expect(text).toContain('href="/ui/api/v1/cluster"')
    expect(response.headers.get('cache-control')).toBe('no-store')
  })
})
