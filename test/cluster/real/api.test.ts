/** What the nodes of a real cluster answer is what the OpenAPI document says, to the last field. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterView } from '../../../core/api/cluster.ts'
import type { TargetsPage } from '../../../core/api/targets.ts'
import {
  clusteredJob,
  ownTargets,
  startAgent,
  startTargets,
  stopEverything,
  type TestAgent,
  until,
  untilAgreed,
} from './agents.ts'

const DOCUMENT = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../../docs/reference/openapi.json', import.meta.url)), 'utf8'),
) as {
  readonly paths: Readonly<Record<string, { readonly get: { readonly responses: object } }>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

const TARGETS = 12

const REMOTE_WRITE = `prometheus.remote_write "nowhere" {
  endpoint { url = "http://127.0.0.1:1/api/v1/write" }
}
`

afterAll(stopEverything)

describe('the API of a cluster of three', () => {
  const agents: TestAgent[] = []
  let ajv: Ajv2020

  beforeAll(async () => {
    ajv = new Ajv2020({ strict: false, allErrors: true })
    ajv.addSchema(DOCUMENT, 'api')
    const job = clusteredJob(await startTargets(TARGETS)).replace(
      'forward_to      = []',
      'forward_to      = [prometheus.remote_write.nowhere.receiver]',
    )
    const config = job + REMOTE_WRITE
    for (const name of ['a', 'b', 'c']) {
      agents.push(
        await startAgent({ name, config, flags: agents.map(({ address }) => `join-addresses=${address}`).slice(0, 1) }),
      )
    }
    await untilAgreed(agents)
    await until(
      'all is scraped',
      async () => {
        const counts = await Promise.all(agents.map(ownTargets))
        return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0) === TARGETS
      },
      15_000,
    )
    await until('all is up', async () => (await get<TargetsPage>('targets?scope=fleet')).health.up === TARGETS, 15_000)
  }, 45_000)

  async function get<T>(path: string): Promise<T> {
    const { status, text } = await agents[1].get(`/api/v1/${path}`)
    expect(status, text).toBe(200)
    return JSON.parse(text) as T
  }

  /** What of an answer isn't as the document says. */
  function wrong(path: string, answer: unknown): unknown {
    const place = `#/paths/~1${path}/get/responses/200/content/application~1json/schema`
    const validate = ajv.getSchema(`api${place}`)
    if (validate === undefined) throw new Error(`the document has no ${path}`)
    return validate(answer) === true ? [] : validate.errors
  }

  it.each([
    ['node', ''],
    ['cluster', ''],
    ['doctor', ''],
    ['ownership', ''],
    ['ring', ''],
    ['queues', ''],
    ['queues', '?scope=node'],
    ['targets', ''],
    ['targets', '?scope=node&limit=3'],
    ['targets', '?search=nowhere-at-all'],
    ['explain', '?search=t7'],
    ['explain', '?search=127.0.0.1'],
    ['explain', '?search=nowhere-at-all'],
  ])('answers %s%s as the document says', async (path, query) => {
    expect(wrong(path, await get(path + query))).toEqual([])
  })

  it('would be found out by this test', () => {
    expect(wrong('node', { name: 'a' })).not.toEqual([])
    expect(wrong('doctor', { at: 'x', by: 'a', verdict: 'fine', checks: [] })).not.toEqual([])
  })

  it('tells the same from every node', async () => {
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
    let seen: readonly ClusterView[] = []
    // What a node told a moment ago, while targets changed hands, is shared for a while; and the first one may have all targets
    // while the others are still joining.
    await until('each target to be with its owner, and told of once', async () => {
      seen = await Promise.all(
        agents.map(async (agent) => JSON.parse((await agent.get('/api/v1/cluster')).text) as ClusterView),
      )
      return seen.every(
        ({ peers }) =>
          sum(peers.map(({ share }) => share)) === TARGETS && peers.every(({ work, share }) => work?.targets === share),
      )
    })
    for (const { peers, diagnosis, node } of seen) {
      expect(peers.map(({ name, unanswered }) => [name, unanswered])).toEqual([
        ['a', null],
        ['b', null],
        ['c', null],
      ])
      expect(sum(peers.map(({ share }) => share))).toBe(TARGETS)
      for (const { work, share } of peers) expect(work?.targets).toBe(share)
      expect([diagnosis.by, diagnosis.verdict]).toEqual([node.name, 'ok'])
    }
  })

  it('asks nobody who is asked for itself alone', async () => {
    const page = await get<TargetsPage>('targets?scope=node')
    expect(page.total).toBe(await ownTargets(agents[1]))
    expect(page.targets.every(({ toldBy, owner }) => toldBy === 'b' && owner === 'b')).toBe(true)
  })
})
