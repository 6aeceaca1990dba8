/**
 * Alloy's API for its pages: components, what is in them, peers, and two endless answers, the rates in the graph and live debugging.
 * Owns paths, queries and status codes; what a component looks like is in web-component.ts.
 *
 * Follows Alloy's paths and shapes, with three differences: what doesn't exist is 404 throughout, a query that makes no sense is
 * 400, and the graph needs no live debugging.
 */
import type { Context, Hono } from 'hono'
import { compress } from 'hono/compress'
import type { WebFlow } from '../api/web.ts'
import type { Peer, Peers } from '../cluster/peer.ts'
import type { ComponentDetails, ComponentInfo } from '../graph/graph.ts'
import type { Live, Watch } from '../live/live.ts'
import { createRates } from '../live/rates.ts'
import type { Clock } from '../ports.ts'
import type { Timers } from '../time/timers.ts'
import type { RequestContext } from './cluster-routes.ts'
import { createEndless } from './endless.ts'
import { listText, webComponent } from './web-component.ts'

export interface ApiV0 {
  /** All components, in the order of the configuration. */
  readonly components: () => readonly ComponentInfo[]
  readonly info: (id: string) => ComponentInfo | undefined
  readonly component: (id: string) => ComponentDetails | undefined
  readonly live: Pick<Live, 'enabled' | 'watch' | 'flows'>
  readonly clock: Pick<Clock, 'monotonic' | 'turn'>
  readonly timers: Timers
  /** Aborts when the agent stops: endless answers end. */
  readonly stopping: AbortSignal
}

type Asked = Context<RequestContext>

/** Where what a remote server sent stands among all components. */
const REMOTE = 'remotecfg'
/** Between the pieces of endless answers. */
const SEPARATOR = '|;|'
const DEBUG_EVERY_MS = 1_000
const DEFAULT_WINDOW_SECONDS = 5
const MAX_WINDOW_SECONDS = 60
const COMPRESSED_FROM_BYTES = 1_024
const FRESH = { 'cache-control': 'no-store' }

/** `prefix` begins and ends with `/`. Without `api` there are only the peers. */
export function apiV0(app: Hono<RequestContext>, prefix: string, peers: () => Peers, api?: ApiV0): void {
  const base = `${prefix}api/v0/web/`
  app.use(`${base}*`, compress({ threshold: COMPRESSED_FROM_BYTES, contentTypeFilter: /^application\/json/ }))
  app.get(`${base}peers`, (c) => json(c, JSON.stringify(peers().filter(isShown).map(webPeer))))
  if (api !== undefined) componentRoutes(app, base, api)
}

function componentRoutes(app: Hono<RequestContext>, base: string, api: ApiV0): void {
  const endless = createEndless(api.timers, api.stopping)

  app.get(`${base}*`, (c) => {
    const path = pathOf(c, base)
    if (path === undefined) return missing(c, 'the path is not valid percent-encoding')
    const [first, ...rest] = path
    const id = rest.join('/')
    switch (first) {
      case 'components':
        return id === '' ? list(c, '') : one(c, id)
      case 'modules':
        return rest.at(-1) === 'components' ? module(c, rest.slice(0, -1).join('/')) : c.notFound()
      case REMOTE:
        return remote(c, rest)
      case 'graph':
        return graph(c, id)
      case 'debug':
        return debug(c, id)
      default:
        return c.notFound()
    }
  })

  /** Ids are known with and without the path of the module that they all stand in. */
  function remote(c: Asked, [what, ...rest]: readonly string[]): Response | Promise<Response> {
    const id = rest.join('/')
    if (what === 'components') return id === '' ? list(c, REMOTE) : one(c, afar(id))
    if (what === 'modules' && rest.at(-1) === 'components') return module(c, afar(rest.slice(0, -1).join('/')))
    return c.notFound() as Response
  }

  async function list(c: Asked, module: string): Promise<Response> {
    return json(c, await listText(componentsIn(module), api.clock))
  }

  function module(c: Asked, path: string): Response | Promise<Response> {
    return isModule(path) ? list(c, path) : missing(c, `there is no module ${quoted(path)}`)
  }

  function one(c: Asked, id: string): Response {
    const details = api.component(id)
    if (details === undefined) return noComponent(c, id)
    return json(c, JSON.stringify(webComponent(details)))
  }

  function graph(c: Asked, module: string): Response {
    if (module !== '' && !isModule(module)) return missing(c, `there is no module ${quoted(module)}`)
    const seconds = numberBetween(c.req.query('window') ?? String(DEFAULT_WINDOW_SECONDS), 1, MAX_WINDOW_SECONDS)
    if (seconds === undefined) return refused(c, `window must be a number of seconds from 1 to ${MAX_WINDOW_SECONDS}`)
    return opened(c, () => {
      const rates = createRates(api.live, api.clock.monotonic())
      return {
        everyMs: seconds * 1_000,
        next() {
          const flows = rates.look(api.clock.monotonic()).flatMap(({ component, type, to, rate }): WebFlow[] => {
            const info = api.info(component)
            if (info?.module !== module) return []
            return [{ componentID: component, targetComponentIDs: to ?? info.dataFlowTo, type, rate }]
          })
          return JSON.stringify(flows) + SEPARATOR
        },
        ended() {},
      }
    })
  }

  function debug(c: Asked, id: string): Response {
    const info = api.info(id)
    if (info === undefined || info.kind === 'import') return noComponent(c, id)
    if (!info.liveDebugging) return c.text(`live debugging is not supported for ${info.name}\n`, 500)
    if (!api.live.enabled) return c.text(DISABLED, 500)
    const probability = numberBetween(c.req.query('sampleProb') ?? '1', 0, 1)
    if (probability === undefined) return refused(c, 'sampleProb must be a number from 0 to 1')
    return opened(c, (end) => {
      const watch = api.live.watch(id, { probability, ended: end })
      return {
        everyMs: DEBUG_EVERY_MS,
        next: () => (watch === undefined ? '' : messagesOf(watch)),
        ended: () => watch?.close(),
      }
    })
  }

  function opened(c: Asked, begin: Parameters<typeof endless.open>[0]): Response {
    // Nobody would read it, and so nobody would end it.
    if (c.req.method === 'HEAD') return c.body(null, 200)
    return (
      endless.open(begin) ?? c.text('too many endless answers are open: close one of the pages that show them\n', 503)
    )
  }

  function componentsIn(path: string): readonly ComponentInfo[] {
    return api.components().filter(({ module, kind }) => module === path && kind !== 'import')
  }

  function isModule(path: string): boolean {
    const owner = (id: string): boolean => api.info(id)?.createdModuleIds.includes(path) === true
    return path === REMOTE || owner(path) || owner(path.slice(0, Math.max(0, path.lastIndexOf('/'))))
  }
}

/** As in Alloy, who only looks on isn't shown. */
function isShown({ state }: Peer): boolean {
  return state !== 'viewer'
}

function webPeer({ name, address, self, state }: Peer): object {
  return { name, addr: address, isSelf: self, state }
}

const DISABLED =
  'live debugging is disabled: put livedebugging { enabled = true } into the configuration to enable it\n'

/** The parts of the path behind `base`, each decoded: an id that has a `/` may have it encoded or not. */
function pathOf(c: Asked, base: string): readonly string[] | undefined {
  try {
    return new URL(c.req.url).pathname
      .slice(base.length)
      .replace(/\/$/, '')
      .split('/')
      .flatMap((part) => decodeURIComponent(part).split('/'))
  } catch {
    return undefined
  }
}

function afar(id: string): string {
  return id === REMOTE || id.startsWith(`${REMOTE}/`) ? id : `${REMOTE}/${id}`
}

function messagesOf(watch: Watch): string {
  const { messages, lost } = watch.take()
  const all = lost === 0 ? messages : [...messages, `${lost} more messages were left out: there are too many to show`]
  // Nothing that flows may pass for the end of a message.
  return all.map((message) => message.replaceAll(SEPARATOR, '| ; |') + SEPARATOR).join('')
}

function numberBetween(text: string, least: number, most: number): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  return value >= least && value <= most ? value : undefined
}

/** With its length, by which it is decided whether compressing it is worth it. */
function json(c: Asked, text: string): Response {
  const body = new TextEncoder().encode(text)
  return c.body(body, 200, {
    ...FRESH,
    'content-type': 'application/json',
    'content-length': String(body.length),
  })
}

/** A request's path is as long as its sender likes. */
function quoted(id: string): string {
  return JSON.stringify(id.length > MAX_SHOWN_CHARACTERS ? `${id.slice(0, MAX_SHOWN_CHARACTERS)}…` : id)
}

const MAX_SHOWN_CHARACTERS = 200

function noComponent(c: Asked, id: string): Response {
  return missing(c, `there is no component ${quoted(id)}`)
}

function missing(c: Asked, message: string): Response {
  return c.text(`${message}\n`, 404)
}

function refused(c: Asked, message: string): Response {
  return c.text(`${message}\n`, 400)
}
