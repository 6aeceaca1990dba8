import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DnsRecord, DnsRecordType } from '../../../core/ports.ts'
import { createWorld, type World } from '../world.ts'

let world: World
let records: (name: string, type: DnsRecordType) => readonly DnsRecord[]
beforeEach(() => {
  world = createWorld()
  records = () => []
  Object.assign(world.ports.dns, { records: async (name: string, type: DnsRecordType) => records(name, type) })
})
afterEach(() => world.stop())

const targets = (): unknown => world.exported('discovery.dns.a', 'targets')

describe('discovery.dns', () => {
  it('exports a target for each record', async () => {
    const asked: string[] = []
    records = (name, type) => {
      asked.push(`${name} ${type}`)
      return [{ target: '10.0.0.2' }, { target: '10.0.0.1' }]
    }
    await world.load('discovery.dns "a" {\n names = ["web.test"]\n type = "a"\n port = 80\n}')
    await world.clock.settle()
    expect(asked).toEqual(['web.test A'])
    expect(targets()).toEqual([
      { __address__: '10.0.0.1:80', __meta_dns_name: 'web.test' },
      { __address__: '10.0.0.2:80', __meta_dns_name: 'web.test' },
    ])
  })

  it('looks every 30 s, and keeps its targets while nobody answers', async () => {
    let down = false
    records = () => {
      if (down) throw new Error('lookup web.test SRV: the DNS server does not answer')
      return [{ target: 'a.test', port: 1 }]
    }
    await world.load('discovery.dns "a" {\n names = ["web.test"]\n}')
    await world.clock.settle()
    down = true
    await world.clock.advance(30_000)
    expect(targets()).toMatchObject([{ __address__: 'a.test:1' }])
    expect(world.graph.component('discovery.dns.a')?.health).toMatchObject({
      state: 'unhealthy',
      message: 'lookup web.test SRV: the DNS server does not answer',
    })
    down = false
    records = () => []
    await world.clock.advance(30_000)
    expect(targets()).toEqual([])
    expect(world.graph.component('discovery.dns.a')?.health.state).toBe('healthy')
  })

  it.each([
    ['names = ["a"]\n type = "TXT"', 'invalid DNS-SD records type TXT | it is one of SRV, A, AAAA, MX, NS'],
    ['names = ["a"]\n type = "A"', 'a port is required in DNS-SD configs for all record types except SRV'],
    ['names = ["a"]\n type = "A"\n port = 70000', 'port must be at most 65535'],
    ['names = [""]', 'names must not be empty'],
    ['names = []\n refresh_interval = "0s"', 'refresh_interval must be greater than 0'],
  ])('refuses %s', async (body, problem) => {
    expect((await world.problems(`discovery.dns "a" {\n ${body}\n}`)).join('\n')).toContain(problem)
  })
})
