/** What a cluster does for people, on real sockets: finding each other, sharing, gates, partitions, names. */
import { afterEach, describe, expect, it } from 'vitest'
import { startDnsServer } from '../../support/dns-server.ts'
import {
  clusteredJob,
  freePort,
  ownTargets,
  startAgent,
  startTargets,
  stopEverything,
  type TestAgent,
  until,
  untilAgreed,
} from './agents.ts'

afterEach(stopEverything)

const join = (...agents: readonly TestAgent[]): string =>
  `join-addresses=${agents.map(({ address }) => address).join(', ')}`

describe('two agents', () => {
  it('find each other by SRV records, split the targets, and one takes over when the other leaves', async () => {
    const targets = await startTargets(20)
    const config = clusteredJob(targets)
    const records: Record<string, { target: string; port: number }[] | string[]> = { 'box.test': ['127.0.0.1'] }
    const dns = await startDnsServer(records)
    try {
      const flags = ['join-addresses=dnssrv+skein.service.test']
      const publish = (agents: TestAgent[]): void => {
        records['skein.service.test'] = agents.map(({ port }) => ({ target: 'box.test', port }))
      }
      const a = await startAgent({ name: 'a', flags: ['join-addresses='], config, dnsServer: dns.address })
      publish([a])
      const b = await startAgent({ name: 'b', flags, config, dnsServer: dns.address })
      await untilAgreed([a, b])
      await until('20 targets are shared', async () => {
        const [ofA = 0, ofB = 0] = [await ownTargets(a), await ownTargets(b)]
        return ofA + ofB === 20 && ofA > 0 && ofB > 0
      })
      targets.take()
      const scraped = new Set<string>()
      await until('all are scraped', () => {
        for (const path of targets.take().keys()) scraped.add(path)
        return scraped.size === 20
      })
      await b.stop()
      await until('one has all', async () => (await ownTargets(a)) === 20)
      expect(await a.participants()).toEqual(['a'])
      expect(dns.queries).toContain('skein.service.test SRV')
    } finally {
      await dns.close()
    }
  })
})

it('agents find each other by AAAA records, at the port that each listens at itself', async () => {
  const dns = await startDnsServer({ 'app.internal': ['::1'] })
  try {
    const setup = { flags: ['join-addresses=app.internal'], dnsServer: dns.address }
    // The same port on both families, as on machines of their own.
    const port = await freePort()
    const a = await startAgent({ ...setup, name: 'a', host: '::1', port })
    const b = await startAgent({ ...setup, name: 'b', port })
    await untilAgreed([a, b])
    expect(JSON.parse((await b.get('/api/v0/web/peers')).text)[0]).toMatchObject({ name: 'a', addr: `[::1]:${a.port}` })
    expect(a.log.messages().join()).not.toContain('bootstrapping')
  } finally {
    await dns.close()
  }
})

it('a node that crashed is back at once under its name at another address', async () => {
  const a = await startAgent({ name: 'a' })
  const b = await startAgent({ name: 'b', flags: [join(a)] })
  const c = await startAgent({ name: 'c', flags: [join(a)] })
  await untilAgreed([a, b, c])
  c.crash()
  const again = await startAgent({ name: 'c', flags: [join(a)] })
  await until('it is seen at its new address', async () => {
    const peers = JSON.parse((await a.get('/api/v0/web/peers')).text) as { name: string; addr: string; state: string }[]
    return peers.some(({ name, addr, state }) => name === 'c' && addr === again.address && state === 'participant')
  })
  await untilAgreed([a, b, again])
})

describe('the size gate', () => {
  it('opens when the cluster is large enough', async () => {
    const config = clusteredJob(await startTargets(6))
    const a = await startAgent({ name: 'a', flags: ['wait-for-size=2'], config })
    await until(
      'it takes part',
      async () => (await a.metric('cluster_node_info{cluster_name="",state="participant"}')) === 1,
    )
    expect(await a.metric('cluster_ready_for_traffic{')).toBe(0)
    await until('it holds back', async () => (await ownTargets(a)) === 0)
    expect((await a.get('/-/ready')).status).toBe(200)
    const b = await startAgent({ name: 'b', flags: ['wait-for-size=2', join(a)], config })
    await until('both work', async () => ((await ownTargets(a)) ?? 0) + ((await ownTargets(b)) ?? 0) === 6)
    expect(await a.metric('cluster_ready_for_traffic{')).toBe(1)
    expect(a.log.messages()).toContain('minimum cluster size reached, marking cluster as ready to admit traffic')
  })

  it('opens after the timeout', async () => {
    const config = clusteredJob(await startTargets(6))
    const a = await startAgent({ name: 'a', flags: ['wait-for-size=2', 'wait-timeout=2s'], config })
    // Not there before the first evaluation is through, which on a busy machine comes after the node answers.
    await until('it holds back', async () => (await ownTargets(a)) === 0)
    await until('it works alone', async () => (await ownTargets(a)) === 6)
    expect(a.log.messages()).toContain('deadline passed, marking cluster as ready to admit traffic')
    expect(await a.metric('cluster_ready_for_traffic{')).toBe(1)
  })
})

it('a split brain heals when the network does', async () => {
  const a = await startAgent({ name: 'a' })
  const b = await startAgent({ name: 'b', flags: [join(a)] })
  const c = await startAgent({ name: 'c', flags: [join(a, b)] })
  await untilAgreed([a, b, c])
  a.cutOff([b.address, c.address])
  b.cutOff([a.address])
  c.cutOff([a.address])
  await untilAgreed([a], 10_000)
  await untilAgreed([b, c], 10_000)
  for (const one of [a, b, c]) one.cutOff([])
  await untilAgreed([a, b, c])
}, 30_000)

it('two nodes with one name: the newcomer does nothing, says so, and takes part when the other is gone', async () => {
  const config = clusteredJob(await startTargets(6))
  const a = await startAgent({ name: 'twin', config })
  await untilAgreed([a])
  const b = await startAgent({ name: 'twin', flags: [join(a)], config })
  await until('one of them yields', async () => {
    const conflicts = await Promise.all([a, b].map((one) => one.metric('cluster_node_name_conflict{')))
    return conflicts.filter((value) => value === 1).length === 1
  })
  const held = (await b.metric('cluster_node_name_conflict{')) === 1 ? b : a
  const other = held === b ? a : b
  await until('it owns nothing', async () => (await ownTargets(held)) === 0 && (await ownTargets(other)) === 6)
  const ready = await held.get('/-/ready')
  expect(ready.status).toBe(503)
  expect(ready.text).toContain(`another node is alive at ${other.address} under the name of this one, twin`)
  expect((await other.get('/-/ready')).status).toBe(200)
  await other.stop()
  await until('it is back', async () => (await ownTargets(held)) === 6, 15_000)
  expect((await held.get('/-/ready')).status).toBe(200)
}, 30_000)
