import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDns, dns } from '../../../adapters/shared/dns.ts'
import { createHost } from '../../../adapters/shared/host.ts'
import { type DnsServer, startDnsServer } from '../../support/dns-server.ts'

let server: DnsServer
beforeEach(async () => {
  server = await startDnsServer({
    'both.test': ['10.0.0.1', '10.0.0.2', 'fd00::1'],
    'v4.test': ['10.0.0.3'],
    'v6.test': ['2001:db8:0:1::42'],
    'skein.service.consul': [
      { target: 'far.test', port: 3, priority: 20, weight: 100 },
      { target: 'light.test', port: 2, priority: 10, weight: 1 },
      { target: 'heavy.test', port: 1, priority: 10, weight: 50 },
    ],
    'heavy.test': ['10.0.0.9', 'fd00::9'],
  })
})
afterEach(() => server.close())

describe('addresses', () => {
  it('of both kinds', async () => {
    const { addresses } = createDns([server.address])
    expect([...(await addresses('both.test'))].sort()).toEqual(['10.0.0.1', '10.0.0.2', 'fd00::1'])
    expect(await addresses('v4.test')).toEqual(['10.0.0.3'])
    expect(await addresses('v6.test')).toEqual(['2001:db8:0:1::42'])
    expect(server.queries).toContain('both.test A')
    expect(server.queries).toContain('both.test AAAA')
  })

  it('of no such name, and of a name without any, are none', async () => {
    const { addresses } = createDns([server.address])
    expect(await addresses('nobody.test')).toEqual([])
    expect(await addresses('skein.service.consul')).toEqual([])
  })

  it('of an address are itself, and nobody is asked', async () => {
    for (const { addresses } of [dns, createDns([server.address])]) {
      expect(await addresses('10.1.2.3')).toEqual(['10.1.2.3'])
      expect(await addresses('fe80::1%eth0')).toEqual(['fe80::1'])
    }
    expect(server.queries).toEqual([])
  })

  it('come from the hosts file too when no servers are given', async () => {
    expect(await dns.addresses('localhost')).toContain('127.0.0.1')
  })

  // Deno says that there is no such name.
  it.skipIf('Deno' in globalThis)('fail when the server does', async () => {
    server.failing = true
    await expect(createDns([server.address]).addresses('both.test')).rejects.toThrow(/^lookup both\.test: /)
  })
})

describe('services', () => {
  it('come with the most preferred first', async () => {
    expect(await createDns([server.address]).services('skein.service.consul')).toEqual([
      { target: 'heavy.test', port: 1 },
      { target: 'light.test', port: 2 },
      { target: 'far.test', port: 3 },
    ])
  })

  it('of no such name, of a name without any and of an address are none', async () => {
    const { services } = createDns([server.address])
    expect(await services('nobody.test')).toEqual([])
    expect(await services('both.test')).toEqual([])
    expect(await services('10.0.0.1')).toEqual([])
  })

  it('follow the records as they change', async () => {
    const { services } = createDns([server.address])
    server.records = { 'skein.service.consul': [{ target: 'new.test.', port: 9 }] }
    expect(await services('skein.service.consul')).toEqual([{ target: 'new.test', port: 9 }])
  })

  it('fail when nobody answers', async () => {
    await server.close()
    const dead = server.address
    server = await startDnsServer()
    await expect(createDns([dead], 100).services('skein.service.consul')).rejects.toThrow(/DNS server|lookup/)
    server.silent = true
    const { addresses, services } = createDns([server.address], 100)
    await Promise.all([
      expect(services('a.test')).rejects.toThrow('lookup a.test: the DNS server does not answer'),
      expect(addresses('b.test')).rejects.toThrow('lookup b.test: the DNS server does not answer'),
    ])
  })
})

describe('network interfaces', () => {
  it('are those of the machine, without scopes', () => {
    const interfaces = createHost('test').interfaces()
    const loopback = interfaces.filter((one) => one.loopback)
    expect(loopback.flatMap(({ addresses }) => addresses)).toContain('127.0.0.1')
    expect(interfaces.flatMap(({ addresses }) => addresses).filter((address) => address.includes('%'))).toEqual([])
    expect(interfaces.every(({ name }) => name !== '')).toBe(true)
  })
})
