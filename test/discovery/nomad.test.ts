import { afterEach, describe, expect, it, vi } from 'vitest'
import { apiAddress } from '../../core/discovery/json-api.ts'
import { type NomadSettings, nomadDiscovery } from '../../core/discovery/nomad.ts'
import { nomadTarget } from '../../core/discovery/nomad-targets.ts'
import { MAX_API_REQUESTS } from '../../core/limits.ts'
import { type FakeServices, fakeServices, NOMAD } from './fake-consul.ts'
import { type Looking, look, realSurroundings, type Told, targetsOf } from './looking.ts'

/** An instance as /v1/service/<name> lists it. */
function instance(id: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    Address: '10.2.0.1',
    AllocID: 'a1',
    Datacenter: 'dc1',
    ID: id,
    JobID: 'job',
    Namespace: 'default',
    NodeID: 'n1',
    Port: 29_702,
    ServiceName: 'web',
    Tags: ['db', 'cache'],
    ...changes,
  }
}

describe('the target of an instance', () => {
  it('has everything that Nomad knows of it', () => {
    expect(Object.fromEntries(nomadTarget(instance('web-1'), ','))).toEqual({
      __address__: '10.2.0.1:29702',
      __meta_nomad_address: '10.2.0.1',
      __meta_nomad_dc: 'dc1',
      __meta_nomad_namespace: 'default',
      __meta_nomad_node_id: 'n1',
      __meta_nomad_service: 'web',
      __meta_nomad_service_address: '10.2.0.1',
      __meta_nomad_service_id: 'web-1',
      __meta_nomad_service_port: '29702',
      __meta_nomad_tags: ',db,cache,',
    })
  })

  it('has no label for tags without any', () => {
    const target = nomadTarget(instance('web-1', { Tags: null, Address: 'fd00::1' }), ',')
    expect(target.has('__meta_nomad_tags')).toBe(false)
    expect(target.get('__address__')).toBe('[fd00::1]:29702')
    expect(nomadTarget(null, ',').get('__address__')).toBe(':0')
  })
})

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function nomad(services: Record<string, readonly unknown[]> = {}): Promise<FakeServices> {
  const server = await fakeServices(NOMAD)
  cleanups.push(() => server.close())
  for (const [name, instances] of Object.entries(services)) server.set(name, instances)
  return server
}

function looking(server: FakeServices, changes: Partial<NomadSettings> = {}): Looking {
  const settings: NomadSettings = {
    address: apiAddress(`http://${server.host}`, 'server'),
    outbound: {},
    namespace: 'default',
    region: 'global',
    tagSeparator: ',',
    allowStale: true,
    refreshMs: 10,
    ...changes,
  }
  const looks = look(nomadDiscovery(settings, realSurroundings()))
  cleanups.push(() => looks.stop())
  return looks
}

const ids = (told: Told): string[] => targetsOf(told).map((target) => target.__meta_nomad_service_id)

describe('asking Nomad', () => {
  it('finds all instances, then follows what comes and goes by one query that is held', async () => {
    const server = await nomad({ web: [instance('w1'), instance('w2')], db: [instance('d1')] })
    const looks = looking(server)
    expect(ids(await looks.nth(0))).toEqual(['w1', 'w2', 'd1'])
    await vi.waitFor(() => expect(server.held).toBe(1), { timeout: 5_000, interval: 5 })
    expect(`${server.requests[0].path}?${server.requests[0].query}`).toBe(
      '/v1/services?namespace=default&region=global&stale=',
    )
    expect(server.requests.at(-1)?.query.get('index')).toBe('12')
    server.set('web', [instance('w3')])
    expect(ids(await looks.nth(1))).toEqual(['w3', 'd1'])
    await vi.waitFor(() => expect(server.held).toBe(1), { timeout: 5_000, interval: 5 })
    server.set('web', undefined)
    expect(ids(await looks.nth(2))).toEqual(['d1'])
  })

  it('tells that there is nothing', async () => {
    expect(await looking(await nomad()).nth(0)).toEqual({ groups: [] })
  })

  it('asks for services of other namespaces in theirs', async () => {
    const server = await nomad()
    const list = ['blue', 'red'].map((Namespace) => ({ Namespace, Services: [{ ServiceName: 'a b' }, {}, null] }))
    server.fail('/v1/services', { body: list })
    server.fail('/v1/service/a b', { body: [instance('i1')] })
    const { groups } = await looking(server, { namespace: '*', region: '', allowStale: false }).nth(0)
    expect(groups?.map(({ source }) => source)).toEqual(['blue/a b', 'red/a b'])
    expect(server.requests.map(({ path, query }) => `${path}?${query}`)).toEqual([
      '/v1/services?namespace=*',
      '/v1/service/a b?namespace=blue',
      '/v1/service/a b?namespace=red',
    ])
  })

  it('keeps what it found when one service does not answer', async () => {
    const server = await nomad({ web: [instance('w1')], db: [instance('d1')] })
    server.fail('/v1/service/db', { status: 500, body: 'No cluster leader' })
    const looks = looking(server)
    expect(await looks.nth(0)).toEqual({
      failed: `GET http://${server.host}/v1/service/db: server answered 500 Internal Server Error: No cluster leader`,
    })
    expect(looks.told).toHaveLength(1)
  })

  it('has few requests under way at a time', async () => {
    const server = await nomad(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`s${i}`, [instance(`${i}`)]])))
    expect(targetsOf(await looking(server).nth(0))).toHaveLength(100)
    expect(server.mostUnderWay).toBeLessThanOrEqual(MAX_API_REQUESTS)
  })

  it('refuses more services than it could ask for', async () => {
    const server = await nomad()
    const Services = Array.from({ length: 10_001 }, (_, i) => ({ ServiceName: `s${i}` }))
    server.fail('/v1/services', { body: [{ Namespace: 'default', Services }] })
    expect((await looking(server).nth(0)).failed).toMatch(/^there are 10001 services, more than the 10000 /)
  })

  it('ends at once when told to, with its query held', async () => {
    const server = await nomad({ web: [instance('w1')] })
    const looks = looking(server)
    await vi.waitFor(() => expect(server.held).toBe(1), { timeout: 5_000, interval: 5 })
    await looks.stop()
    await vi.waitFor(() => expect(server.underWay).toBe(0), { timeout: 5_000, interval: 5 })
  })
})
