import { afterEach, describe, expect, it, vi } from 'vitest'
import { type ConsulSettings, consulDiscovery } from '../../core/discovery/consul.ts'
import { consulGroup, healthOf } from '../../core/discovery/consul-targets.ts'
import { apiAddress } from '../../core/discovery/json-api.ts'
import { MAX_API_REQUESTS, MAX_HELD_QUERIES, MAX_WATCHED_SERVICES } from '../../core/limits.ts'
import { CONSUL, consulInstance, type FakeServices, fakeServices } from './fake-consul.ts'
import { type Looking, look, realSurroundings, type Told, targetsOf, worked } from './looking.ts'

const RULES = { tagSeparator: ',', datacenter: '' }

describe('targets of instances', () => {
  it('have everything that Consul knows of service and node', () => {
    const { source, labels, targets } = worked(consulGroup('web', [consulInstance('web-1')], RULES))
    expect(source).toBe('web')
    expect(Object.fromEntries(labels)).toEqual({ __meta_consul_service: 'web' })
    expect(targets.map((target) => Object.fromEntries(target))).toEqual([
      {
        __address__: '10.1.0.1:8080',
        __meta_consul_address: '10.1.0.1',
        __meta_consul_dc: 'dc1',
        __meta_consul_node: 'node-1',
        __meta_consul_namespace: 'default',
        __meta_consul_partition: 'default',
        __meta_consul_tags: ',prod,v2,',
        __meta_consul_service_address: '',
        __meta_consul_service_port: '8080',
        __meta_consul_service_id: 'web-1',
        __meta_consul_health: 'passing',
        __meta_consul_metadata_rack_id: '7',
        __meta_consul_service_metadata_version: '2',
        __meta_consul_tagged_address_lan: '10.1.0.1',
        __meta_consul_tagged_address_lan_ipv4: '10.1.0.1',
        __meta_consul_tagged_address_wan: '198.51.100.7',
      },
    ])
  })

  it('are at the address of the service where it has its own', () => {
    const entry = consulInstance('web-1', { Service: { ID: 'web-1', Address: 'fd00::5', Port: 1, Tags: null } })
    const { targets } = worked(consulGroup('web', [entry], { tagSeparator: '|', datacenter: 'dc9' }))
    expect(Object.fromEntries(targets[0])).toMatchObject({
      __address__: '[fd00::5]:1',
      __meta_consul_address: '10.1.0.1',
      __meta_consul_service_address: 'fd00::5',
      __meta_consul_dc: 'dc9',
      __meta_consul_tags: '||',
    })
  })

  it('survive whatever is no instance', () => {
    const { targets } = worked(consulGroup('web', [null, 5, {}, { Node: 'x', Service: [] }], RULES))
    expect(targets.map((target) => target.get('__address__'))).toEqual([':0', ':0', ':0', ':0'])
  })

  it.each([
    [[], 'passing'],
    [['passing', 'warning'], 'warning'],
    [['warning', 'critical', 'passing'], 'critical'],
    [['passing', 'sleepy'], ''],
  ])('checks %j are health %o', (statuses, health) => {
    expect(healthOf(statuses.map((Status) => ({ CheckID: 'a', Status })))).toBe(health)
  })

  it.each(['_node_maintenance', '_service_maintenance:web-1'])('%s is maintenance before all else', (CheckID) => {
    expect(
      healthOf([
        { CheckID: 'a', Status: 'critical' },
        { CheckID, Status: 'critical' },
      ]),
    ).toBe('maintenance')
  })
})

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function consul(services: Record<string, readonly unknown[]> = {}): Promise<FakeServices> {
  const server = await fakeServices(CONSUL)
  cleanups.push(() => server.close())
  for (const [name, instances] of Object.entries(services)) server.set(name, instances)
  return server
}

function looking(server: FakeServices, changes: Partial<ConsulSettings> = {}): Looking {
  const settings: ConsulSettings = {
    ...RULES,
    address: apiAddress(server.host, 'server', 'http'),
    outbound: {},
    token: '',
    namespace: '',
    partition: '',
    services: [],
    tags: [],
    nodeMeta: new Map(),
    allowStale: true,
    refreshMs: 10,
    ...changes,
  }
  const looks = look(consulDiscovery(settings, realSurroundings()))
  cleanups.push(() => looks.stop())
  return looks
}

const ids = (told: Told): string[] =>
  targetsOf(told)
    .map((target) => `${target.__meta_consul_service} ${target.__meta_consul_service_id}`)
    .sort()

/** The newest thing told, once it is what it should be. */
function lastly(looks: Looking, expected: readonly string[]): Promise<void> {
  return vi.waitFor(() => expect(ids(looks.told.at(-1) ?? { failed: 'nothing yet' })).toEqual(expected), {
    timeout: 5_000,
    interval: 5,
  })
}

describe('asking Consul', () => {
  it('finds all services at once, then follows instances and services that come and go', async () => {
    const server = await consul({ web: [consulInstance('w1')], db: [consulInstance('d1'), consulInstance('d2')] })
    const looks = looking(server)
    expect(ids(await looks.nth(0))).toEqual(['db d1', 'db d2', 'web w1'])
    server.set('web', [consulInstance('w1'), consulInstance('w2')])
    await lastly(looks, ['db d1', 'db d2', 'web w1', 'web w2'])
    server.set('cache', [consulInstance('c1')])
    server.set('db', undefined)
    await lastly(looks, ['cache c1', 'web w1', 'web w2'])
    server.set('web', undefined)
    server.set('cache', undefined)
    await lastly(looks, [])
    expect(looks.told.every(({ failed }) => failed === undefined)).toBe(true)
  })

  it('has Consul hold queries until something changes, instead of asking on', async () => {
    const server = await consul({ web: [consulInstance('w1')] })
    await looking(server).nth(0)
    // One for the catalog, one for the service.
    await vi.waitFor(() => expect(server.held).toBe(2), { timeout: 5_000, interval: 5 })
    const asked = server.requests.length
    expect(server.requests.slice(-2).every(({ query }) => query.get('index') === '11')).toBe(true)
    expect(server.requests.slice(-2).every(({ query }) => query.get('wait') === '120000ms')).toBe(true)
    server.set('other', [])
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(asked), { timeout: 5_000, interval: 5 })
  })

  it('notices that the index went backwards', async () => {
    const server = await consul({ web: [consulInstance('w1')] })
    const looks = looking(server)
    await looks.nth(0)
    await vi.waitFor(() => expect(server.held).toBe(2), { timeout: 5_000, interval: 5 })
    server.index = 2
    server.set('web', [consulInstance('w2')])
    await lastly(looks, ['web w2'])
    server.set('web', [consulInstance('w3')])
    await lastly(looks, ['web w3'])
  })

  it('asks for what the arguments say', async () => {
    const server = await consul({ web: [consulInstance('w1')] })
    const looks = looking(server, {
      token: 'tok',
      datacenter: 'dc2',
      namespace: 'ns1',
      partition: 'p1',
      tags: ['prod', 'v2'],
      nodeMeta: new Map([['rack', 'a b']]),
    })
    expect(targetsOf(await looks.nth(0))[0].__meta_consul_dc).toBe('dc2')
    const [catalog, service] = server.requests
    const common = 'dc=dc2&ns=ns1&partition=p1&stale=&node-meta=rack%3Aa+b'
    expect(`${catalog.path}?${catalog.query}`).toBe(`/v1/catalog/services?${common}`)
    expect(`${service.path}?${service.query}`).toBe(`/v1/health/service/web?${common}&tag=prod&tag=v2`)
    expect(service.headers.get('x-consul-token')).toBe('tok')
    expect(service.headers.get('user-agent')).toBe('skein/test')
  })

  it('watches services with all tags alone', async () => {
    const tagged = (id: string, ...Tags: string[]): unknown => consulInstance(id, { Service: { ID: id, Tags } })
    const server = await consul({ one: [tagged('1', 'a')], both: [tagged('2', 'a', 'b')], none: [tagged('3')] })
    expect(ids(await looking(server, { tags: ['a', 'b'] }).nth(0))).toEqual(['both 2'])
  })

  it('asks for named services without the catalog, and no others', async () => {
    const server = await consul({ web: [consulInstance('w1')], db: [consulInstance('d1')] })
    const looks = looking(server, { services: ['web', 'a/b c', '..'], allowStale: false })
    expect(ids(await looks.nth(0))).toEqual(['web w1'])
    expect(new Set(server.requests.map(({ path }) => path))).toEqual(
      new Set(['/v1/health/service/web', '/v1/health/service/a/b c']),
    )
    expect(server.requests[0].query.has('stale')).toBe(false)
  })

  it('tells the services that answer, and what is wrong with the others', async () => {
    const server = await consul({ web: [consulInstance('w1')], db: [consulInstance('d1')] })
    server.fail('/v1/health/service/db', { status: 403, body: 'Permission denied' })
    const looks = looking(server)
    const told = await looks.nth(0)
    expect(ids(told)).toEqual(['web w1'])
    expect(told.failed).toBe(
      `GET http://${server.host}/v1/health/service/db: server answered 403 Forbidden: Permission denied`,
    )
  })

  it('takes an unanswered catalog for no news, not for no services', async () => {
    const server = await consul({ web: [consulInstance('w1')] })
    server.fail('/v1/catalog', { status: 500, body: 'No cluster leader' })
    const looks = looking(server)
    expect((await looks.nth(0)).failed).toMatch(/v1\/catalog\/services: server answered 500 .*: No cluster leader$/)
    expect(looks.told.some(({ groups }) => groups !== undefined)).toBe(false)
  })

  it.each([
    ['{"a', 'the answer is not JSON'],
    ['[]', 'the catalog is not an object of services and tags'],
    ['null', 'the catalog is not an object of services and tags'],
  ])('says what is wrong with the catalog %s', async (body, failed) => {
    const server = await consul()
    server.fail('/v1/catalog', { body })
    expect(await looking(server).nth(0)).toEqual({ failed })
  })

  it('finds many services with few requests at a time, asks on at intervals, and holds nothing', async () => {
    const many = Object.fromEntries(
      Array.from({ length: MAX_HELD_QUERIES + 40 }, (_, i) => [`s${i}`, [consulInstance(`i${i}`)]]),
    )
    const server = await consul(many)
    const looks = looking(server, { refreshMs: 50 })
    expect(targetsOf(await looks.nth(0))).toHaveLength(MAX_HELD_QUERIES + 40)
    const indexed = (): number =>
      server.requests.filter(({ path, query }) => /health/.test(path) && query.has('index')).length
    server.set('s7', [consulInstance('new')])
    await vi.waitFor(() => expect(ids(looks.told.at(-1) ?? {})).toContain('s7 new'), { timeout: 5_000, interval: 5 })
    expect(indexed()).toBe(0)
    // The catalog's own query comes on top.
    expect(server.mostUnderWay).toBeLessThanOrEqual(MAX_API_REQUESTS + 1)
  })

  it('refuses more services than it could watch', async () => {
    const server = await consul()
    const names = Array.from({ length: MAX_WATCHED_SERVICES + 1 }, (_, i) => `s${i}`)
    server.fail('/v1/catalog', { body: Object.fromEntries(names.map((name) => [name, []])) })
    expect((await looking(server).nth(0)).failed).toMatch(/^there are 10001 services, more than the 10000 /)
    expect(() => looking(server, { services: names })).toThrow(/^there are 10001 services/)
  })

  it('ends at once when told to, with queries held', async () => {
    const server = await consul({ web: [consulInstance('w1')] })
    const looks = looking(server)
    await looks.nth(0)
    await vi.waitFor(() => expect(server.held).toBe(2), { timeout: 5_000, interval: 5 })
    await looks.stop()
    await vi.waitFor(() => expect(server.underWay).toBe(0), { timeout: 5_000, interval: 5 })
  })
})
