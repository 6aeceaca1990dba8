import { describe, expect, it } from 'vitest'
import type { TargetQuery } from '../../core/api/targets.ts'
import { CodedError } from '../../core/errors.ts'
import type { Fleet } from '../../core/fleet/fleet.ts'
import type { ExplainQuery, Scope } from '../../core/fleet/queries.ts'
import type { Pages } from '../../core/http/pages.ts'
import { QUESTIONS } from '../../core/http/questions.ts'
import { bareApp } from './bare-app.ts'

interface World {
  /** What the fleet was asked. */
  readonly asked: (TargetQuery | ExplainQuery | Scope)[]
  get(path: string, init?: RequestInit): Promise<{ status: number; json: unknown; headers: Headers }>
}

function world(prefix = '/', targets?: (query: TargetQuery) => never): World {
  const asked: World['asked'] = []
  const heard = (question: World['asked'][number]): never => {
    asked.push(question)
    return { heard: true } as never
  }
  const says = (what: string): never => ({ says: what }) as never
  const fleet: Fleet = {
    node: () => says('node'),
    cluster: async () => says('cluster'),
    doctor: async () => says('doctor'),
    ownership: async () => says('ownership'),
    ring: async () => says('ring'),
    targets: async (query) => targets?.(query) ?? heard(query),
    explain: async (query) => heard(query),
    queues: async (scope) => heard(scope),
  }
  const document = new TextEncoder().encode('{"openapi":"3.1.0"}')
  const pages: Pages = {
    file: async (name) =>
      name === 'openapi.json' ? { type: 'application/json', body: document, gzip: undefined, etag: 'x' } : undefined,
  }
  const app = bareApp({ uiPathPrefix: prefix, fleet, pages })
  return {
    asked,
    async get(path, init) {
      const response = await app.request(path, init)
      const text = await response.text()
      return { status: response.status, json: text === '' ? undefined : JSON.parse(text), headers: response.headers }
    },
  }
}

describe("skein's own API", () => {
  it.each(['node', 'cluster', 'doctor', 'ownership', 'ring'])('answers %s anew each time', async (path) => {
    const { status, json, headers } = await world().get(`/api/v1/${path}`)
    expect([status, json, headers.get('cache-control')]).toEqual([200, { says: path }, 'no-store'])
  })

  it('is at its own path and under the prefix of the pages', async () => {
    const { get } = world('/ui')
    for (const path of ['/api/v1/node', '/ui/api/v1/node']) expect((await get(path)).json).toEqual({ says: 'node' })
  })

  it('reads what is asked about targets', async () => {
    const { get, asked } = world()
    await get('/api/v1/targets')
    await get(
      '/api/v1/targets?search=job%3Dnode+up&health=down&owner=a&component=x.y&sort=samples&order=desc&offset=200&limit=5000&scope=node',
    )
    await get('/api/v1/targets?search=&health=&limit=')
    const usual = { search: '', health: undefined, owner: undefined, component: undefined, sort: 'url' } as const
    const first: TargetQuery = { ...usual, descending: false, offset: 0, limit: 100, scope: 'fleet' }
    expect(asked).toEqual([
      first,
      {
        search: 'job=node up',
        health: 'down',
        owner: 'a',
        component: 'x.y',
        sort: 'samples',
        descending: true,
        offset: 200,
        limit: 1000,
        scope: 'node',
      },
      first,
    ])
  })

  it('reads which target is meant', async () => {
    const { get, asked } = world()
    await get('/api/v1/explain?component=a.b&key=00ff')
    await get('/api/v1/explain?search=node-7&component=a.b')
    await get('/api/v1/queues')
    await get('/api/v1/queues?scope=node')
    expect(asked).toEqual([{ component: 'a.b', key: '00ff' }, { search: 'node-7', component: 'a.b' }, 'fleet', 'node'])
  })

  it.each([
    ['targets?healt=up', 'there is no query parameter "healt"; there are search, health,'],
    ['targets?health=fine', 'health is one of up, down, unknown, not "fine"'],
    ['targets?limit=-1', 'limit is a whole number, not "-1"'],
    ['targets?offset=1e99', 'offset is a whole number, not "1e99"'],
    ['targets?sort=__proto__', 'sort is one of'],
    ['targets?__proto__=1', 'there is no query parameter'],
    ['node?x=1', 'none is known here'],
    ['explain', 'say which target'],
    ['explain?component=a', 'say which target'],
    ['explain?key=a', 'say which target'],
  ])('answers %s with what is wrong', async (path, problem) => {
    const { status, json } = await world().get(`/api/v1/${path}`)
    expect(status).toBe(400)
    expect((json as { error: string }).error).toContain(problem)
  })

  it("tells what is wrong with a search, and doesn't take defects for it", async () => {
    const bad = world('/', () => {
      throw new CodedError('config', 'too many words')
    })
    expect(await bad.get('/api/v1/targets')).toMatchObject({ status: 400, json: { error: 'too many words' } })
  })

  it('says what there is to who asks for something else, or asks otherwise', async () => {
    const { get } = world()
    const lost = await get('/api/v1/target')
    expect([lost.status, (lost.json as { error: string }).error]).toEqual([404, expect.stringContaining('targets')])
    const post = await get('/api/v1/targets', { method: 'POST' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await get('/api/v1/node', { method: 'HEAD' })).status).toBe(200)
  })

  it('serves its own description', async () => {
    expect((await world().get('/api/v1/openapi.json')).json).toEqual({ openapi: '3.1.0' })
  })

  it('has no question that nobody answers', async () => {
    const { get } = world()
    for (const path of Object.keys(QUESTIONS)) expect((await get(`/api/v1/${path}?search=x`)).status).not.toBe(404)
  })
})
