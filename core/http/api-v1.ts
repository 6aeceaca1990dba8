/**
 * skein's own API: one GET for each question that core/fleet answers, in the shapes of core/api. Owns paths, queries and status
 * codes. It is at `/api/v1/` for programs and peers, and under the prefix of the pages for those, who may see nothing else of
 * the server behind a proxy.
 */
import { type Context, Hono } from 'hono'
import type { TargetQuery } from '../api/targets.ts'
import { CodedError } from '../errors.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { ExplainQuery } from '../fleet/queries.ts'
import { MAX_TARGETS_PER_PAGE } from '../limits.ts'
import type { RequestContext } from './cluster-routes.ts'
import type { Pages } from './pages.ts'
import { QUESTIONS, type Question, type QuestionName, USUAL_PAGE } from './questions.ts'

/** What is asked here, for programs; one of the built files. */
const DOCUMENT = 'openapi.json'

/** What stands behind the question mark, checked; what is empty counts as not given. */
type Given = Readonly<Record<string, string | undefined>>

/** A CodedError 'config' is the asker's: its message is the answer. */
type Answering = (given: Given) => unknown

export function apiV1(app: Hono<RequestContext>, prefix: string, fleet: Fleet, pages: Pages): void {
  const answers: Readonly<Record<QuestionName, Answering>> = {
    node: () => fleet.node(),
    cluster: () => fleet.cluster(),
    doctor: () => fleet.doctor(),
    targets: (given) => fleet.targets(targetQuery(given)),
    explain: (given) => fleet.explain(explainQuery(given)),
    ownership: () => fleet.ownership(),
    ring: () => fleet.ring(),
    queues: ({ scope }) => fleet.queues(scope === 'node' ? 'node' : 'fleet'),
  }
  const api = new Hono<RequestContext>()
  for (const [path, question] of Object.entries(QUESTIONS)) {
    api.get(`/${path}`, (c) => answer(c, question, answers[path as QuestionName]))
  }
  api.get('/openapi.json', async (c) => {
    const file = await pages.file(DOCUMENT)
    if (file === undefined) return c.json({ error: 'the document is not built: npm run build' }, 404)
    return c.body(file.body, 200, { 'content-type': file.type })
  })
  api.all('*', (c) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      return c.json({ error: 'this API only answers GET' }, 405, { allow: 'GET, HEAD' })
    }
    return c.json({ error: `there is no ${c.req.path}; there are ${Object.keys(QUESTIONS).join(', ')}` }, 404)
  })
  app.route('/api/v1', api)
  if (prefix !== '/') app.route(`${prefix}api/v1`, api)
}

async function answer(c: Context<RequestContext>, question: Question, answering: Answering): Promise<Response> {
  const given = c.req.query()
  const problem = problemOf(given, question)
  if (problem !== undefined) return c.json({ error: problem }, 400)
  try {
    // Each answer is a new one: no cache between here and the reader may keep it.
    return c.json((await answering(withoutEmpty(given))) as object, 200, { 'cache-control': 'no-store' })
  } catch (error) {
    if (error instanceof CodedError && error.code === 'config') return c.json({ error: error.message }, 400)
    throw error
  }
}

function problemOf(given: Readonly<Record<string, string>>, { parameters }: Question): string | undefined {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(parameters, name)) {
      const names = Object.keys(parameters)
      return `there is no query parameter "${name}"; ${names.length === 0 ? 'none is known here' : `there are ${names.join(', ')}`}`
    }
    const { kind } = parameters[name]
    if (value === '' || kind === 'text') continue
    if (kind === 'count' && !/^\d{1,9}$/.test(value)) return `${name} is a whole number, not "${value}"`
    if (typeof kind === 'object' && !kind.includes(value)) return `${name} is one of ${kind.join(', ')}, not "${value}"`
  }
  return undefined
}

function withoutEmpty(given: Readonly<Record<string, string>>): Given {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
}

function targetQuery(given: Given): TargetQuery {
  return {
    search: given['search'] ?? '',
    health: given['health'] as TargetQuery['health'],
    owner: given['owner'],
    component: given['component'],
    sort: (given['sort'] ?? 'url') as TargetQuery['sort'],
    descending: given['order'] === 'desc',
    offset: Number(given['offset'] ?? 0),
    limit: Math.min(Number(given['limit'] ?? USUAL_PAGE), MAX_TARGETS_PER_PAGE),
    scope: given['scope'] === 'node' ? 'node' : 'fleet',
  }
}

function explainQuery({ component, key, search }: Given): ExplainQuery {
  if (component !== undefined && key !== undefined) return { component, key }
  if (search !== undefined) return { search, component }
  throw new CodedError('config', 'say which target: component and key, or search')
}
