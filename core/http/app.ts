/**
 * The agent's HTTP interface as one Hono app: its own metrics, probes, reload, the paths that components serve, the API and the pages.
 * Owns routes, status codes and texts; never listens (adapters do) and knows nothing of how a graph is loaded or how
 * healthy is decided.
 *
 * Follows Alloy's paths, status codes and wording, with `skein` for the name, so that probes, sidecars and dashboards
 * of an Alloy installation keep working.
 */
import { Hono, type MiddlewareHandler } from 'hono'
import { messageOf } from '../errors.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { ComponentInfo } from '../graph/graph.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type ApiV0, apiV0 } from './api-v0.ts'
import { apiV1 } from './api-v1.ts'
import { type ClusterRoutes, clusterRoutes, type RequestContext } from './cluster-routes.ts'
import { NO_PAGES, type Pages, pageRoutes } from './pages.ts'

export type Readiness =
  | { readonly ok: true }
  | {
      readonly ok: false /** For people, one fact each: `the configuration isn't loaded yet`. */
      readonly reasons: readonly string[]
    }

export type ReloadResult =
  | { readonly ok: true }
  | { readonly ok: false /** Rendered diagnostics. */; readonly text: string }

/** Serves what lies under a component's own path; `path` begins with `/` and has no query. */
export type ComponentHandler = (request: Request, path: string) => Response | Promise<Response>

export interface AppOptions {
  /** The agent's own metrics. */
  readonly metrics: { expose(): string }
  readonly ready: () => Readiness
  readonly reload: () => Promise<ReloadResult>
  /** All components, in the order of the configuration. */
  readonly components: () => readonly ComponentInfo[]
  /** The handler of the component with this id, if it has one. */
  readonly componentHandler: (id: string) => ComponentHandler | undefined
  /** `--server.http.ui-path-prefix`: where the pages are. Probes, metrics and component paths don't move with it. */
  readonly uiPathPrefix?: string
  /** The cluster that this node is in, if any. */
  readonly cluster?: ClusterRoutes
  /** What Alloy's API shows besides the peers. */
  readonly web?: Omit<ApiV0, 'components'>
  /** What skein's own API answers. */
  readonly fleet?: Fleet
  readonly pages?: Pages
  /** Comes before every route and may answer in its place. */
  readonly auth?: MiddlewareHandler<RequestContext>
  readonly log: Logger
}

/** The content type of Prometheus's text format. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export function createApp(options: AppOptions): Hono<RequestContext> {
  const app = new Hono<RequestContext>()
  const prefix = normalPrefix(options.uiPathPrefix ?? '/')

  if (options.auth !== undefined) app.use(options.auth)

  app.get('/metrics', (c) => c.body(options.metrics.expose(), 200, { 'content-type': METRICS_TYPE }))

  app.all('/-/ready', (c) => {
    const readiness = options.ready()
    if (readiness.ok) return c.text('skein is ready.\n')
    return c.text(['skein is not ready.', ...readiness.reasons].join('\n') + '\n', 503)
  })

  app.all('/-/healthy', (c) => {
    const unhealthy = options
      .components()
      .filter(({ health }) => health.state === 'unhealthy' || health.state === 'exited')
    if (unhealthy.length === 0) return c.text('All skein components are healthy.\n')
    const details = unhealthy.map(({ id, health }) => `${id}: ${health.state}: ${health.message}`)
    return c.text(`unhealthy components: ${unhealthy.map(({ id }) => id).join(', ')}\n\n${details.join('\n')}\n`, 500)
  })

  app.on(['GET', 'POST'], '/-/reload', async (c) => {
    // A page of another site could make a visitor's browser call this. Browsers say so; programs send no such header.
    const site = c.req.header('sec-fetch-site')
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      return c.text('a page of another site may not reload the configuration\n', 403)
    const result = await options.reload()
    return result.ok
      ? c.text('config reloaded\n')
      : c.text(result.text.endsWith('\n') ? result.text : `${result.text}\n`, 400)
  })

  app.all('/api/v0/component/*', (c) => {
    const rest = new URL(c.req.url).pathname.slice('/api/v0/component/'.length)
    return componentResponse(options, c.req.raw, rest)
  })

  clusterRoutes(app, options.cluster)
  const web = options.web && { ...options.web, components: options.components }
  apiV0(app, prefix, () => options.cluster?.peers() ?? [], web)
  const pages = options.pages ?? NO_PAGES
  if (options.fleet !== undefined) apiV1(app, prefix, options.fleet, pages)
  if (prefix !== '/') {
    app.get(prefix.slice(0, -1), (c) => c.redirect(prefix))
    app.get('/', (c) => c.redirect(prefix))
  }
  pageRoutes(app, prefix, pages)

  app.notFound((c) => {
    if (c.req.path === '/metrics' || c.req.path === '/-/reload')
      return c.text(`${c.req.method} is not served at ${c.req.path}\n`, 405, {
        allow: c.req.path === '/metrics' ? 'GET, HEAD' : 'GET, POST',
      })
    return c.text(
      `nothing is served at ${c.req.path}\n\nThere is:\n${PATHS.map((path) => `  ${path}\n`).join('')}  ${prefix}\n  ${prefix}api/v0/web/peers\n`,
      404,
    )
  })

  app.onError((error, c) => {
    options.log.error('an HTTP request failed', { method: c.req.method, path: c.req.path, err: messageOf(error) })
    return c.text(`internal error: ${messageOf(error)}\n`, 500)
  })

  return app
}

const PATHS: readonly string[] = [
  '/metrics',
  '/-/ready',
  '/-/healthy',
  '/-/reload',
  '/api/v0/component/<component id>/…',
  '/api/v1/openapi.json',
]

/** Ids may contain `/` (components inside modules), so the longest id that exists takes the request. */
async function componentResponse(options: AppOptions, request: Request, rest: string): Promise<Response> {
  const parts = rest.split('/').map(decoded)
  const known = new Set(options.components().map(({ id }) => id))
  for (let length = Math.min(parts.length, MAX_ID_PARTS); length > 0; length--) {
    const id = parts.slice(0, length).join('/')
    if (!known.has(id)) continue
    const handler = options.componentHandler(id)
    if (handler === undefined) return text(404, `component ${id} serves nothing over HTTP`)
    return handler(request, `/${parts.slice(length).join('/')}`)
  }
  return text(404, `there is no component with the id ${parts[0]}`)
}

/** A request's path is as long as its sender likes; modules are never nested this deep. */
const MAX_ID_PARTS = 32

function text(status: number, message: string): Response {
  return new Response(`${message}\n`, { status, headers: { 'content-type': 'text/plain; charset=UTF-8' } })
}

/** A part that isn't valid percent-encoding stands for itself: it will match no id. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** `ui`, `/ui` and `/ui/` all mean `/ui/`. */
function normalPrefix(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '')
  return trimmed === '' ? '/' : `/${trimmed}/`
}
