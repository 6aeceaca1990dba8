import { describe, expect, it } from 'vitest'
import { type ClusterFlags, flagProblems, prepareCluster } from '../../core/cluster/settings.ts'
import type { PeerClientOptions, Ports } from '../../core/ports.ts'
import { fakePorts } from '../components/fake-ports.ts'

const DEFAULTS: ClusterFlags = {
  nodeName: '',
  advertiseAddress: '',
  advertiseInterfaces: ['eth0', 'en0'],
  joinAddresses: [],
  discoverPeers: '',
  rejoinIntervalMs: 60_000,
  maxJoinPeers: 5,
  name: '',
  enableTls: false,
  tlsCaPath: '',
  tlsCertPath: '',
  tlsKeyPath: '',
  tlsServerName: '',
  waitForSize: 0,
  waitTimeoutMs: 0,
  probeIntervalMs: 1_000,
  dnsServers: [],
  authSecretFile: '',
  authTokenLifetimeMs: 60_000,
}

const ETH0 = { name: 'eth0', loopback: false, addresses: ['10.0.0.5', 'fd00::5'] }

function prepare(
  flags: Partial<ClusterFlags> = {},
  listen = { host: '', port: 12345 },
  files: Record<string, string> = {},
) {
  const fakes = fakePorts()
  for (const [path, text] of Object.entries(files)) fakes.files.put(path, text)
  const opened: PeerClientOptions[] = []
  const ports: Ports = {
    ...fakes.ports,
    host: { ...fakes.ports.host, interfaces: () => [{ name: 'lo', loopback: true, addresses: ['127.0.0.1'] }, ETH0] },
    peers: {
      open(options) {
        opened.push(options)
        if (options.tls?.cert === 'bad') throw new Error('the certificate is no PEM')
        return fakes.ports.peers.open(options)
      },
    },
  }
  return prepareCluster({ ...DEFAULTS, ...flags }, listen, ports)
}

describe('flags', () => {
  it('have nothing wrong with their defaults', () => {
    expect(flagProblems(DEFAULTS)).toEqual([])
  })

  it.each<[Partial<ClusterFlags>, string]>([
    [{ joinAddresses: ['a'], discoverPeers: 'provider=k8s' }, 'exclude each other'],
    [{ name: 'é'.repeat(128) }, 'has 256 bytes; it may have 255'],
    [{ nodeName: 'x'.repeat(2_000) }, 'has 2000 bytes'],
    [{ maxJoinPeers: -1 }, 'is 0 for all or a number of peers'],
    [{ waitForSize: -1 }, 'is 0 for no minimum or a number of peers'],
    [{ waitTimeoutMs: -1 }, 'is 0 for ever or a duration'],
    [{ probeIntervalMs: 50 }, 'is between 100ms and 1m'],
    [{ probeIntervalMs: 61_000 }, 'is between 100ms and 1m'],
    [{ authTokenLifetimeMs: 1_000 }, 'is between 5s and 1h'],
    [{ joinAddresses: ['10.0.0.1', 'http://a'] }, 'has "http://a", which is neither host nor host:port'],
    [{ dnsServers: ['consul:8600'] }, 'has "consul:8600", which is no address of a name server'],
    [{ advertiseAddress: 'a:b' }, 'is host or host:port'],
    [{ enableTls: true, tlsCertPath: '/c' }, '--cluster.tls-key-path is missing'],
    [{ enableTls: true, tlsKeyPath: '/k' }, '--cluster.tls-cert-path is missing'],
  ])('%j', (flags, problem) => {
    expect(flagProblems({ ...DEFAULTS, ...flags })).toEqual([expect.stringContaining(problem)])
  })

  it('are told all at once', () => {
    expect(flagProblems({ ...DEFAULTS, maxJoinPeers: -1, waitForSize: -1, dnsServers: ['x'] })).toHaveLength(3)
  })
})

describe('a node', () => {
  it('has the name of its machine, the address of its interface, and knows where it listens', async () => {
    const prepared = await prepare()
    expect(prepared).toMatchObject({ ok: true, warnings: [] })
    if (!prepared.ok) return
    expect(prepared.options).toMatchObject({
      nodeName: 'box',
      address: '10.0.0.5:12345',
      tls: undefined,
      auth: undefined,
    })
    expect([...prepared.options.ownAddresses]).toEqual([
      '127.0.0.1:12345',
      '[::1]:12345',
      '10.0.0.5:12345',
      '[fd00::5]:12345',
    ])
  })

  it('listens at one address when it is told so', async () => {
    const prepared = await prepare({}, { host: '10.0.0.5', port: 80 })
    expect(prepared.ok && [...prepared.options.ownAddresses]).toEqual(['10.0.0.5:80'])
  })

  it.each<[Partial<ClusterFlags>, string]>([
    [{ advertiseAddress: 'nowhere' }, 'the name nowhere has no address'],
    [{ enableTls: true, tlsCaPath: '/ca' }, "flag --cluster.tls-ca-path: can't read /ca"],
    [{ enableTls: true, tlsCertPath: '/bad', tlsKeyPath: '/bad' }, 'the certificate is no PEM'],
    [{ authSecretFile: '/short' }, 'flag --cluster.auth-secret-file: /short, line 1: a secret has 32 bytes'],
  ])('can not be started with %j', async (flags, problem) => {
    const prepared = await prepare(flags, undefined, { '/bad': 'bad', '/short': 'short' })
    expect(prepared).toEqual({ ok: false, problems: [expect.stringContaining(problem)] })
  })

  it('is told all that is wrong at once', async () => {
    const prepared = await prepare({
      advertiseAddress: 'nowhere',
      authSecretFile: '/no',
      enableTls: true,
      tlsCaPath: '/ca',
    })
    expect(prepared.ok ? [] : prepared.problems).toHaveLength(3)
  })

  it.each<[string, Partial<ClusterFlags>, string, string]>([
    ['listens on loopback and advertises another address', {}, '127.0.0.1', 'the server listens at 127.0.0.1 only'],
    ['advertises loopback', { advertiseAddress: '127.0.0.1' }, '', 'can be reached from this machine only'],
    ['finds no address', { advertiseInterfaces: ['wlan0'] }, '', 'no usable address on wlan0'],
    ['has TLS files and no TLS', { tlsCaPath: '/ca' }, '', 'has no effect without --cluster.enable-tls'],
    ['has tokens and no TLS', { authSecretFile: '/s' }, '', 'travel unencrypted'],
    ['waits for nothing', { waitTimeoutMs: 5 }, '', 'has no effect without --cluster.wait-for-size'],
    ['can not discover', { discoverPeers: 'provider=mdns' }, '', 'a provider that is not supported'],
  ])('is warned when it %s', async (_, flags, host, warning) => {
    const prepared = await prepare(flags, { host, port: 12345 }, { '/s': 's'.repeat(32) })
    expect(prepared.ok && prepared.warnings.join('\n')).toContain(warning)
  })
})
