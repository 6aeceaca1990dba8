import { describe, expect, it } from 'vitest'
import { type JoinEntry, parseJoinEntry, resolveJoinEntries } from '../../core/cluster/join-addresses.ts'
import type { Dns, ServiceRecord } from '../../core/ports.ts'

function dnsOf(names: Record<string, string[]>, services: Record<string, ServiceRecord[]> = {}): Dns {
  return {
    addresses: async (name) => {
      if (name === 'silent') throw new Error('the DNS server does not answer')
      return names[name] ?? []
    },
    services: async (name) => services[name] ?? [],
    records: async () => [],
  }
}

const resolve = (texts: string[], dns: Dns = dnsOf({})) =>
  resolveJoinEntries(
    texts.map((text) => parseJoinEntry(text) as JoinEntry),
    12345,
    dns,
  )

describe('join addresses', () => {
  it.each([
    ['10.0.0.2', '10.0.0.2:12345'],
    ['10.0.0.2:80', '10.0.0.2:80'],
    ['fd00::2', '[fd00::2]:12345'],
    ['[fd00::2]', '[fd00::2]:12345'],
    ['[fd00::2]:80', '[fd00::2]:80'],
    ['dns+10.0.0.2', '10.0.0.2:12345'],
  ])('%s is an address already', async (text, address) => {
    expect(await resolve([text])).toEqual({ addresses: [address], alternates: [], problems: [] })
  })

  it('resolves names to all their A and AAAA records, with the port of the entry or the own', async () => {
    const dns = dnsOf({ 'app.internal': ['fdaa::1', 'fdaa::2'], web: ['10.0.0.1'] })
    expect((await resolve(['app.internal', 'web:80', 'dns+web'], dns)).addresses).toEqual([
      '[fdaa::1]:12345',
      '[fdaa::2]:12345',
      '10.0.0.1:80',
      '10.0.0.1:12345',
    ])
  })

  it('keeps each address once, in the order found', async () => {
    const dns = dnsOf({ a: ['10.0.0.2', '10.0.0.1'], b: ['10.0.0.1', '::ffff:10.0.0.2'] })
    expect((await resolve(['a', 'b', '10.0.0.1'], dns)).addresses).toEqual(['10.0.0.2:12345', '10.0.0.1:12345'])
  })

  describe('SRV records', () => {
    const records = [
      { target: 'n1', port: 21001 },
      { target: 'n2', port: 21002 },
      { target: '10.0.0.3', port: 21003 },
      { target: 'gone', port: 21004 },
    ]
    const names = { n1: ['10.0.0.1', 'fd00::1'], n2: ['10.0.0.2'] }
    const found = ['10.0.0.1:21001', '[fd00::1]:21001', '10.0.0.2:21002', '10.0.0.3:21003']

    it.each(['dnssrv+skein.service.consul', 'dnssrvnoa+skein.service.consul', 'skein.service.consul'])(
      'give their ports: %s',
      async (text) => {
        const dns = dnsOf(names, { 'skein.service.consul': records })
        expect(await resolve([text], dns)).toEqual({ addresses: found, alternates: [], problems: [] })
      },
    )

    it('come second where a name has addresses as well', async () => {
      const both = { ...names, 'skein.service.consul': ['10.0.0.1'] }
      const dns = dnsOf(both, { 'skein.service.consul': records })
      expect(await resolve(['skein.service.consul'], dns)).toEqual({
        addresses: ['10.0.0.1:12345'],
        alternates: found,
        problems: [],
      })
    })

    it('give way to a port that was typed', async () => {
      const dns = dnsOf(names, { srv: records.slice(0, 1) })
      expect((await resolve(['dnssrv+srv:80'], dns)).addresses).toEqual(['10.0.0.1:80', '[fd00::1]:80'])
    })
  })

  it('says what it could not find, and finds the rest', async () => {
    const { addresses, problems } = await resolve(['nowhere', 'silent', 'dnssrv+none', '10.0.0.1'])
    expect(addresses).toEqual(['10.0.0.1:12345'])
    expect(problems).toEqual([
      'failed to resolve provided join address nowhere: there is no such record',
      'failed to resolve provided join address silent: A and AAAA: the DNS server does not answer',
      'failed to resolve provided join address dnssrv+none: there is no such record',
    ])
  })

  it.each(['', 'a b', 'a:b', 'http://a:1', '[::1'])('%j is no address', (text) => {
    expect(parseJoinEntry(text)).toBeUndefined()
  })
})
