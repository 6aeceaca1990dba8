import { describe, expect, it } from 'vitest'
import { addressOfInterfaces, advertisedAddress } from '../../core/cluster/advertise.ts'
import { canonicalIp, splitHostPort } from '../../core/cluster/ip.ts'
import type { NetworkInterface } from '../../core/ports.ts'

const nic = (name: string, ...addresses: string[]): NetworkInterface => ({ name, loopback: name === 'lo', addresses })
const lo = nic('lo', '127.0.0.1', '::1')

describe('the address of interfaces', () => {
  it.each([
    ['the first IPv4 address', [lo, nic('eth0', '10.0.0.5', '10.0.0.6')], '10.0.0.5:80'],
    ['IPv4 before IPv6', [nic('eth0', 'fd00::5', '10.0.0.5')], '10.0.0.5:80'],
    ['IPv6 before link-local IPv4', [nic('eth0', '169.254.1.1', 'fd00::5')], '[fd00::5]:80'],
    ['link-local IPv4 before link-local IPv6', [nic('eth0', 'fe80::1', '169.254.1.1')], '169.254.1.1:80'],
    ['link-local IPv6 before nothing', [nic('eth0', 'fe80::1%eth0')], '[fe80::1]:80'],
    ['the second interface when the first is missing', [nic('en0', '10.0.0.9')], '10.0.0.9:80'],
    [
      'the second interface when the first has IPv6 only',
      [nic('eth0', 'fd00::5'), nic('en0', '10.0.0.9')],
      '10.0.0.9:80',
    ],
    ['the order of the names, not of the system', [nic('en0', '10.0.0.9'), nic('eth0', '10.0.0.5')], '10.0.0.5:80'],
  ])('is %s', (_, interfaces, address) => {
    expect(addressOfInterfaces(interfaces, ['eth0', 'en0'], 80)).toEqual({ ok: true, address })
  })

  it('looks at every interface for all, in the order of the system', () => {
    const interfaces = [lo, nic('wlan0', '192.168.1.4'), nic('eth0', '10.0.0.5')]
    expect(addressOfInterfaces(interfaces, ['all'], 80).address).toBe('192.168.1.4:80')
  })

  it('falls back to loopback with a warning', () => {
    expect(addressOfInterfaces([lo, nic('wlan0', '192.168.1.4')], ['eth0', 'en0'], 80)).toMatchObject({
      address: '127.0.0.1:80',
      warning: expect.stringContaining('no usable address on eth0, en0'),
    })
  })
})

describe('an address that is set', () => {
  const dns = {
    addresses: async (name: string) => {
      if (name === 'broken') throw new Error('lookup broken: the DNS server does not answer')
      return name === 'here' ? ['fd00::7', '10.0.0.7'] : []
    },
    services: async () => [],
    records: async () => [],
  }

  it.each([
    ['10.0.0.1', '10.0.0.1:12345'],
    ['10.0.0.1:80', '10.0.0.1:80'],
    ['fd00::1', '[fd00::1]:12345'],
    ['[fd00::1]', '[fd00::1]:12345'],
    ['[FD00:0::1]:80', '[fd00::1]:80'],
    ['here', '[fd00::7]:12345'],
    ['here:9', '[fd00::7]:9'],
  ])('%s is %s', async (given, address) => {
    expect(await advertisedAddress(given, 12345, dns)).toEqual({ ok: true, address })
  })

  it.each([
    ['10.0.0.1:80:90', 'is host or host:port'],
    ['0.0.0.0:80', 'nobody can connect to 0.0.0.0'],
    ['nowhere', 'the name nowhere has no address'],
    ['broken', "can't resolve broken: lookup broken: the DNS server does not answer"],
  ])('%s can not be used', async (given, problem) => {
    expect(await advertisedAddress(given, 12345, dns)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(problem),
    })
  })
})

describe('host and port', () => {
  it.each([
    ['a', { host: 'a', port: undefined }],
    ['a:1', { host: 'a', port: 1 }],
    ['::1', { host: '::1', port: undefined }],
    ['[::1]', { host: '::1', port: undefined }],
    ['[::1]:65535', { host: '::1', port: 65535 }],
    ['a:0', undefined],
    ['a:65536', undefined],
    ['a:b', undefined],
    ['[a]:1', undefined],
    ['[::1', undefined],
    ['a b', undefined],
    ['http://a', undefined],
    ['', undefined],
  ])('%j', (text, split) => {
    expect(splitHostPort(text)).toEqual(split)
  })

  it('knows one text for each address', () => {
    expect(['::FFFF:10.0.0.1', 'fe80::1%eth0', '010.0.0.1', 'x'].map(canonicalIp)).toEqual([
      '10.0.0.1',
      'fe80::1',
      undefined,
      undefined,
    ])
  })
})
