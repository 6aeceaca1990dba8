/**
 * Serves the built pages with made-up answers: for the tests in a browser, and for whoever works on the pages:
 *
 *   node --experimental-strip-types test/ui/support/canned-server.ts [mood] [prefix] [port]     (Node 22, or bun)
 */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createPages } from '../../../adapters/shared/pages.ts'
import type { RequestContext } from '../../../core/http/cluster-routes.ts'
import { pageRoutes } from '../../../core/http/pages.ts'
import { cluster, diagnosis, type Mood, node, ownership, ring } from './canned-cluster.ts'
import { COMPONENTS, debugLine, flows, MODULE } from './canned-components.ts'
import { queues } from './canned-queues.ts'
import { explained, makeTargets, pageOf, worksOf } from './canned-targets.ts'

export interface Canned {
  readonly url: string
  mood: Mood
  /** Answers of the API come with this status instead. */
  failing: number | undefined
  readonly asked: string[]
  close(): Promise<void>
}

export interface CannedOptions {
  /** Folder of the built pages; a URL that ends with `/`. */
  readonly pages: URL
  /** Begins and ends with `/`. */
  readonly prefix?: string
  readonly mood?: Mood
  readonly targets?: number
  readonly port?: number
}

export async function startCanned({
  pages,
  prefix = '/',
  mood = 'troubled',
  targets = 200,
  port = 0,
}: CannedOptions): Promise<Canned> {
  const app = new Hono<RequestContext>()
  const all = makeTargets(targets)
  const works = worksOf(all)
  const state: { mood: Mood; failing: number | undefined; asked: string[] } = { mood, failing: undefined, asked: [] }

  app.use(`${prefix}api/*`, async (c, next) => {
    state.asked.push(c.req.path.slice(prefix.length) + new URL(c.req.url).search)
    if (state.failing !== undefined) return c.json({ error: 'it was told to fail' }, state.failing as 500)
    return next()
  })
  const answers: Record<string, (query: URLSearchParams) => unknown> = {
    node: () => node(state.mood, works),
    cluster: () => cluster(state.mood, works),
    doctor: () => diagnosis(state.mood),
    ring: () => ring(state.mood, works),
    ownership: () => ownership(state.mood, works),
    queues: () => queues(state.mood),
    targets: (query) => pageOf(all, query),
    explain: (query) => explained(all, query),
  }
  for (const [name, answer] of Object.entries(answers)) {
    app.get(`${prefix}api/v1/${name}`, (c) => c.json(answer(new URL(c.req.url).searchParams) as object))
  }
  const web = `${prefix}api/v0/web`
  app.get(`${web}/components`, (c) =>
    c.json(COMPONENTS.map((one) => ({ ...one, arguments: [], exports: [], debugInfo: [] }))),
  )
  app.get(`${web}/remotecfg/components`, (c) => c.json([]))
  app.get(`${web}/modules/*`, (c) => c.json(MODULE))
  app.get(`${web}/components/*`, (c) => {
    const id = decodeURIComponent(c.req.path.slice(`${web}/components/`.length))
    const found = [...COMPONENTS, ...MODULE].find(
      ({ localID, moduleID }) => (moduleID === '' ? localID : `${moduleID}/${localID}`) === id,
    )
    return found === undefined ? c.text(`there is no component ${id}\n`, 404) : c.json(found)
  })
  app.get(`${web}/graph/*`, () => stream(() => JSON.stringify(flows()), 300))
  app.get(`${web}/graph`, () => stream(() => JSON.stringify(flows()), 300))
  app.get(`${web}/debug/*`, (c) => {
    if (c.req.path.includes('pipeline')) return c.text('live debugging is not supported for this component\n', 500)
    let line = 0
    return stream(() => Array.from({ length: 5 }, () => debugLine(line++)).join('|;|'), 50)
  })
  pageRoutes(app, prefix, createPages([pages]))

  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) =>
      resolve(
        Object.assign(state, {
          url: `http://127.0.0.1:${info.port}${prefix}`,
          close: () =>
            new Promise<void>((done) => {
              server.close(() => done())
              if ('closeAllConnections' in server) server.closeAllConnections()
            }),
        }),
      ),
    )
  })
}

function stream(message: () => string, everyMs: number): Response {
  let timer: ReturnType<typeof setInterval>
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (): void => controller.enqueue(new TextEncoder().encode(`${message()}|;|`))
      send()
      timer = setInterval(send, everyMs)
    },
    cancel: () => clearInterval(timer),
  })
  return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
}
