import { describe, expect, it } from 'vitest'
import { createDns } from '../../adapters/shared/dns.ts'
import { type DnsSettings, dnsDiscovery } from '../../core/discovery/dns.ts'
import { MAX_DNS_QUERIES } from '../../core/limits.ts'
import type { Dns, DnsRecord } from '../../core/ports.ts'
import { fakePorts } from '../components/fake-ports.ts'
import { startDnsServer } from '../support/dns-server.ts'
import { labelsOf, surroundingsOf, watched } from './watching.ts'

function start(settings: Partial<DnsSettings>, records: Dns['records']) {
  const { ports, clock } = fakePorts()
  const dns = { addresses: async () => [], services: async () => [], records }
  const source = dnsDiscovery(
    { names: ['web.test'], type: 'SRV', port: 0, refreshMs: 30_000, ...settings },
    surroundingsOf({ ...ports, dns }),
  )
  return { ...watched(source), clock, source }
}

describe('targets from DNS', () => {
  it.each([
    [
      { type: 'SRV' },
      { target: 'a.test', port: 9100 },
      {
        __address__: 'a.test:9100',
        __meta_dns_name: 'web.test',
        __meta_dns_srv_record_target: 'a.test.',
        __meta_dns_srv_record_port: '9100',
      },
    ],
    [{ type: 'A', port: 80 }, { target: '10.0.0.1' }, { __address__: '10.0.0.1:80', __meta_dns_name: 'web.test' }],
    [{ type: 'AAAA', port: 80 }, { target: 'fd00::1' }, { __address__: '[fd00::1]:80', __meta_dns_name: 'web.test' }],
    [
      { type: 'MX', port: 25 },
      { target: 'mx.test' },
      { __address__: 'mx.test:25', __meta_dns_name: 'web.test', __meta_dns_mx_record_target: 'mx.test.' },
    ],
    [
      { type: 'NS', port: 53 },
      { target: 'ns.test' },
      { __address__: 'ns.test:53', __meta_dns_name: 'web.test', __meta_dns_ns_record_target: 'ns.test.' },
    ],
  ] as const)('%j have the labels of Prometheus', async (settings, record, labels) => {
    const run = watched(start(settings, async () => [record]).source)
    await run.next()
    expect(labelsOf(run)).toEqual([labels])
    await run.stop()
  })

  it('keep those of a name that can not be looked up, and lose those of one that is gone', async () => {
    const answers: Record<string, readonly DnsRecord[] | undefined> = {
      a: [{ target: 'a', port: 1 }],
      b: [{ target: 'b', port: 1 }],
    }
    const { told, clock, stop } = start({ names: ['a', 'b', 'a', 'c'] }, async (name) => {
      const found = answers[name]
      if (found === undefined) throw new Error(`lookup ${name} SRV: the DNS server does not answer`)
      return found
    })
    const look = async (): Promise<string | undefined> => {
      await clock.advance(30_000)
      return told.at(-1)
    }
    await clock.settle()
    expect(told).toEqual(['a:1 b:1!lookup c SRV: the DNS server does not answer'])
    Object.assign(answers, { a: undefined, c: [] })
    expect(await look()).toBe('a:1 b:1!lookup a SRV: the DNS server does not answer')
    answers.b = []
    expect(await look()).toBe('a:1!lookup a SRV: the DNS server does not answer')
    answers.a = []
    expect(await look()).toBe('')
    answers.a = answers.b = undefined
    expect(await look()).toBe('!lookup a SRV: the DNS server does not answer (and 1 more)')
    await stop()
  })

  it('are unknown, not none, before the first answer', async () => {
    const { told, clock, stop } = start({}, async () => {
      throw new Error('nobody answers')
    })
    await clock.settle()
    expect(told).toEqual(['!nobody answers'])
    await stop()
  })

  it('never ask for more than a few names at a time', async () => {
    let open = 0
    let most = 0
    const names = Array.from({ length: 50 }, (_, i) => `n${i}`)
    const { told, clock, stop } = start({ names }, async (name) => {
      most = Math.max(most, ++open)
      await Promise.resolve()
      open--
      return [{ target: name, port: 1 }]
    })
    await clock.settle()
    expect(most).toBe(MAX_DNS_QUERIES)
    expect(told[0].split(' ')).toEqual(names.map((name) => `${name}:1`))
    await stop()
  })

  it('listen to a signal of their own: hosts take many listeners on one for a leak', async () => {
    const signals = new Set<AbortSignal | undefined>()
    const names = Array.from({ length: MAX_DNS_QUERIES }, (_, i) => `n${i}`)
    const { clock, stop } = start({ names }, (_name, _type, signal) => {
      signals.add(signal)
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped'))))
    })
    await clock.settle()
    expect(signals.size).toBe(MAX_DNS_QUERIES)
    await stop()
  })

  it('come from a real server', async () => {
    const server = await startDnsServer({ 'web.test': ['10.0.0.1', '10.0.0.2'] })
    try {
      const { records } = createDns([server.address], 200)
      const { source, ...first } = start({ type: 'A', port: 80 }, records)
      await first.stop()
      const run = watched(source)
      expect(await run.next()).toBe('10.0.0.1:80 10.0.0.2:80')
      await run.stop()
      server.failing = true
      const again = watched(source)
      expect(await again.next()).toBe('10.0.0.1:80 10.0.0.2:80!lookup web.test A: the DNS server failed (SERVFAIL)')
      await again.stop()
    } finally {
      await server.close()
    }
  })
})
