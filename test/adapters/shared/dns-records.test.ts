import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDns } from '../../../adapters/shared/dns.ts'
import { decodeAnswer, encodeQuery } from '../../../adapters/shared/dns-message.ts'
import { askServer } from '../../../adapters/shared/dns-query.ts'
import { serverAddress } from '../../../adapters/shared/dns-records.ts'
import type { Dns } from '../../../core/ports.ts'
import { type DnsServer, startDnsServer } from '../../support/dns-server.ts'

let server: DnsServer
let dns: Dns
beforeEach(async () => {
  server = await startDnsServer({
    'web.test': ['10.0.0.1', '10.0.0.2', '2001:db8::42'],
    'alias.test': [{ type: 'CNAME', target: 'web.test' }],
    '_metrics._tcp.web.test': [
      { target: 'a.web.test.', port: 9100 },
      { target: 'b.web.test.', port: 9200 },
    ],
    'mail.test': [{ type: 'MX', target: 'mx1.test.' }],
    'zone.test': [
      { type: 'NS', target: 'ns1.test.' },
      { type: 'NS', target: 'ns2.test.' },
    ],
  })
  dns = createDns([server.address], 200)
})
afterEach(() => server.close())

describe('records', () => {
  it.each([
    ['web.test', 'A', [{ target: '10.0.0.1' }, { target: '10.0.0.2' }]],
    ['WEB.test.', 'A', [{ target: '10.0.0.1' }, { target: '10.0.0.2' }]],
    ['web.test', 'AAAA', [{ target: '2001:db8::42' }]],
    ['alias.test', 'A', [{ target: '10.0.0.1' }, { target: '10.0.0.2' }]],
    [
      '_metrics._tcp.web.test',
      'SRV',
      [
        { target: 'a.web.test', port: 9100 },
        { target: 'b.web.test', port: 9200 },
      ],
    ],
    ['mail.test', 'MX', [{ target: 'mx1.test' }]],
    ['zone.test', 'NS', [{ target: 'ns1.test' }, { target: 'ns2.test' }]],
  ] as const)('of %s %s', async (name, type, found) => {
    expect(await dns.records(name, type)).toEqual(found)
  })

  it('are none where there is no such name or record', async () => {
    expect(await dns.records('nobody.test', 'A')).toEqual([])
    expect(await dns.records('web.test', 'SRV')).toEqual([])
  })

  it('are asked for by TCP when they do not fit, and never kept', async () => {
    server.truncating = true
    expect(await dns.records('web.test', 'A')).toHaveLength(2)
    expect(server.queries).toEqual(['web.test A', 'web.test by TCP A'])
    server.truncating = false
    server.records = { 'web.test': ['10.0.0.3'] }
    expect(await dns.records('web.test', 'A')).toEqual([{ target: '10.0.0.3' }])
  })

  it('are unknown, not none, when they do not fit by TCP either', async () => {
    server.truncating = 'always'
    await expect(dns.records('web.test', 'A')).rejects.toThrow(
      'lookup web.test A: the DNS server has more to say than fits, by TCP as well',
    )
  })

  it('are unknown when the server fails or is silent: not none', async () => {
    server.failing = true
    await expect(dns.records('web.test', 'A')).rejects.toThrow('lookup web.test A: the DNS server failed (SERVFAIL)')
    server.failing = false
    server.silent = true
    await expect(dns.records('web.test', 'A')).rejects.toThrow('lookup web.test A: the DNS server does not answer')
    const dead = createDns(['127.0.0.1:1'], 200)
    await expect(dead.records('web.test', 'A')).rejects.toThrow(/^lookup web\.test A: the DNS server /)
  })

  it('come from the next server when one fails', async () => {
    const other = await startDnsServer({ 'web.test': ['10.0.0.9'] })
    server.failing = true
    try {
      expect(await createDns([server.address, other.address], 200).records('web.test', 'A')).toEqual([
        { target: '10.0.0.9' },
      ])
    } finally {
      await other.close()
    }
  })

  it('are not waited for any more when the signal aborts', async () => {
    server.silent = true
    const abort = new AbortController()
    const asked = createDns([server.address], 60_000).records('web.test', 'A', abort.signal)
    abort.abort()
    await expect(asked).rejects.toThrow('stopped')
    await expect(dns.records('web.test', 'A', AbortSignal.abort())).rejects.toThrow('stopped')
  })

  it('leave no listener behind, not even of a server that can not be asked at all', async () => {
    const { signal } = new AbortController()
    const listening = new Set<unknown>()
    vi.spyOn(signal, 'addEventListener').mockImplementation((_, listener) => void listening.add(listener))
    vi.spyOn(signal, 'removeEventListener').mockImplementation((_, listener) => void listening.delete(listener))
    await createDns([server.address], 200).records('web.test', 'A', signal)
    const nowhere = { ip: '127.0.0.1', port: 70_000 }
    await expect(askServer({ name: 'web.test', type: 'A' }, nowhere, 200, signal)).rejects.toThrow()
    expect(listening.size).toBe(0)
  })

  it.each(['a..test', `${'x'.repeat(64)}.test`, `${'abcdefg.'.repeat(32)}x`])('refuse the name %s', async (name) => {
    await expect(dns.records(name, 'A')).rejects.toThrow('is no name that DNS could know')
    expect(server.queries).toEqual([])
  })
})

describe('answers', () => {
  const query = encodeQuery(7, 'a.test', 'SRV') as Buffer

  it('to other questions count for nothing', () => {
    const answer = Buffer.from(query)
    answer.writeUInt16BE(0x8180, 2)
    expect(decodeAnswer(answer, query, 'SRV')).toEqual({ code: 0, truncated: false, records: [] })
    expect(decodeAnswer(answer, query, 'A')).toBeUndefined()
    expect(decodeAnswer(answer, encodeQuery(8, 'a.test', 'SRV') as Buffer, 'SRV')).toBeUndefined()
    expect(decodeAnswer(answer, encodeQuery(7, 'b.test', 'SRV') as Buffer, 'SRV')).toBeUndefined()
    expect(decodeAnswer(query, query, 'SRV')).toBeUndefined()
  })

  it('of any bytes are read or refused, and never throw', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(3),
        fc.constantFrom('A', 'AAAA', 'MX', 'NS', 'SRV'),
        (tail, count, type) => {
          const question = encodeQuery(7, 'a.test', type) as Buffer
          const head = Buffer.from(question.subarray(0, question.length - 11))
          head.writeUInt16BE(0x8180, 2)
          head.writeUInt16BE(count, 6)
          decodeAnswer(Buffer.concat([head, tail]), question, type)
          decodeAnswer(Buffer.from(tail), question, type)
        },
      ),
    )
  })

  it('with a name that points at itself are refused', () => {
    const head = Buffer.from(query.subarray(0, query.length - 11))
    head.writeUInt16BE(0x8180, 2)
    head.writeUInt16BE(1, 6)
    const at = head.length
    expect(decodeAnswer(Buffer.concat([head, Buffer.of(0xc0, at), Buffer.alloc(20)]), query, 'SRV')).toBeUndefined()
    // Each back to the one before: one such name costs little, thousands of records with it would hold everybody up.
    head.writeUInt16BE(2, 6)
    const chain = Buffer.alloc(2_000)
    const txt = Buffer.of(0, 0, 16, 0, 1, 0, 0, 0, 0, chain.length >> 8, chain.length & 0xff)
    const link = (n: number): number => at + txt.length + 2 * n
    for (let n = 1; n < chain.length / 2; n++) chain.writeUInt16BE(0xc000 | link(n - 1), 2 * n)
    const named = (n: number): Buffer =>
      Buffer.concat([head, txt, chain, Buffer.of(0xc0 | (link(n) >> 8), link(n) & 0xff, 0, 16, 0, 1), Buffer.alloc(6)])
    expect(decodeAnswer(named(100), query, 'SRV')).toEqual({ code: 0, truncated: false, records: [] })
    expect(decodeAnswer(named(900), query, 'SRV')).toBeUndefined()
    head.writeUInt16BE(1, 6)
    // A label, then back to it.
    expect(
      decodeAnswer(Buffer.concat([head, Buffer.of(1, 0x61, 0xc0, at), Buffer.alloc(20)]), query, 'SRV'),
    ).toBeUndefined()
  })
})

it.each([
  ['10.0.0.1', { ip: '10.0.0.1', port: 53 }],
  ['10.0.0.1:5353', { ip: '10.0.0.1', port: 5353 }],
  ['fd00::1', { ip: 'fd00::1', port: 53 }],
  ['[fd00::1]:5353', { ip: 'fd00::1', port: 5353 }],
])('the server %s', (text, address) => {
  expect(serverAddress(text)).toEqual(address)
})
