import { afterEach, describe, expect, it } from 'vitest'
import { type ConsulAgentSettings, consulAgentDiscovery } from '../../core/discovery/consulagent.ts'
import { apiAddress } from '../../core/discovery/json-api.ts'
import { type ApiAnswer, type ApiRequest, type FakeApi, fakeApi } from './fake-api.ts'
import { type Looking, look, realSurroundings, targetsOf } from './looking.ts'

const SELF = {
  Config: { Datacenter: 'dc1', NodeName: 'node-1' },
  Member: { Name: 'node-1', Addr: '10.1.0.1' },
  Meta: { 'rack-id': '7', 'consul-network-segment': '' },
}

const SERVICES = {
  w1: { ID: 'w1', Service: 'web', Tags: ['a', 'b'], Port: 80 },
  w2: { ID: 'w2', Service: 'web', Tags: ['a'], Port: 81 },
  d1: { ID: 'd1', Service: 'db', Tags: ['a'], Port: 5432 },
}

const CHECKS: Readonly<Record<string, ApiAnswer>> = {
  web: {
    status: 429,
    body: [
      {
        AggregatedStatus: 'warning',
        Service: {
          ...SERVICES.w1,
          Address: '10.9.0.1',
          Meta: { version: '2' },
          TaggedAddresses: { 'wan-4': { Address: '198.51.100.7', Port: 8080 } },
        },
      },
      { AggregatedStatus: 'passing', Service: SERVICES.w2 },
    ],
  },
  db: { body: [{ AggregatedStatus: 'passing', Service: SERVICES.d1 }] },
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function agent(answer: (request: ApiRequest) => ApiAnswer = answers): Promise<FakeApi> {
  const api = await fakeApi(answer)
  cleanups.push(() => api.close())
  return api
}

function answers({ path }: ApiRequest): ApiAnswer {
  if (path === '/v1/agent/self') return { body: SELF }
  if (path === '/v1/agent/services') return { body: SERVICES }
  const name = /^\/v1\/agent\/health\/service\/name\/(.+)$/.exec(path)?.[1] ?? ''
  return CHECKS[name] ?? { status: 404, body: `ServiceName ${name} not found` }
}

function looking(api: FakeApi, changes: Partial<ConsulAgentSettings> = {}): Looking {
  const settings: ConsulAgentSettings = {
    address: apiAddress(api.host, 'server', 'http'),
    outbound: {},
    token: '',
    datacenter: '',
    tagSeparator: ',',
    services: [],
    tags: [],
    refreshMs: 60_000,
    ...changes,
  }
  const looks = look(consulAgentDiscovery(settings, realSurroundings()))
  cleanups.push(() => looks.stop())
  return looks
}

describe('asking a Consul agent', () => {
  it('finds its services with everything that it knows of them and itself', async () => {
    const api = await agent()
    const [web, other, db] = targetsOf(await looking(api, { token: 'tok' }).nth(0))
    expect(web).toEqual({
      __address__: '10.9.0.1:80',
      __meta_consulagent_address: '10.1.0.1',
      __meta_consulagent_dc: 'dc1',
      __meta_consulagent_health: 'warning',
      __meta_consulagent_metadata_consul_network_segment: '',
      __meta_consulagent_metadata_rack_id: '7',
      __meta_consulagent_node: 'node-1',
      __meta_consulagent_service: 'web',
      __meta_consulagent_service_address: '10.9.0.1',
      __meta_consulagent_service_id: 'w1',
      __meta_consulagent_service_metadata_version: '2',
      __meta_consulagent_service_port: '80',
      __meta_consulagent_tagged_address_wan_4: '198.51.100.7:8080',
      __meta_consulagent_tags: ',a,b,',
    })
    // The health is that of the service as a whole.
    expect(other).toMatchObject({ __address__: '10.1.0.1:81', __meta_consulagent_health: 'warning' })
    expect(db).toMatchObject({ __meta_consulagent_health: 'passing', __meta_consulagent_service_id: 'd1' })
    expect(api.requests.every(({ headers }) => headers.get('x-consul-token') === 'tok')).toBe(true)
    expect(api.requests.some(({ query }) => query.has('index'))).toBe(false)
  })

  it('takes services with all tags alone; one instance is enough', async () => {
    const found = targetsOf(await looking(await agent(), { tags: ['a', 'b'] }).nth(0))
    expect(found.map((target) => target.__meta_consulagent_service_id)).toEqual(['w1', 'w2'])
  })

  it('asks for named services alone; one that is not there has no targets', async () => {
    const api = await agent()
    const { groups } = await looking(api, { services: ['db', 'gone'], datacenter: 'dc9' }).nth(0)
    expect(groups?.map(({ source, targets }) => [source, targets.length])).toEqual([
      ['db', 1],
      ['gone', 0],
    ])
    expect(groups?.[0].labels.get('__meta_consulagent_dc')).toBe('dc9')
    expect(api.requests.some(({ path }) => path === '/v1/agent/services')).toBe(false)
  })

  it('keeps what it found when the agent fails', async () => {
    const api = await agent((request) =>
      /\/db$/.test(request.path) ? { status: 500, body: 'oops' } : answers(request),
    )
    expect(await looking(api).nth(0)).toEqual({
      failed: `GET http://${api.host}/v1/agent/health/service/name/db: server answered 500 Internal Server Error: oops`,
    })
  })
})
