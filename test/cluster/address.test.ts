import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalAddress, formatAddress, formatIp, parseAddress, parseIp } from '../../core/cluster/address.ts'

describe('addresses', () => {
  it.each([
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:DB8::AbCd', '2001:db8::abcd'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['fd00::1', 'fd00::1'],
    ['::ffff:a00:1', '::ffff:10.0.0.1'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
  ])('%s is written %s (RFC 5952)', (text, canonical) => {
    const ip = parseIp(text)
    expect(ip === undefined ? undefined : formatIp(ip)).toBe(canonical)
  })

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1..2.3',
    '1.2.3.4 ',
    'a.b.c.d',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7:8::',
    '::1.2.3',
    '1.2.3.4::',
    '1:2:3:4:5:6:7:1.2.3.4',
    'fe80::1%eth0',
    'localhost',
    '1:2:3:4::5:6:7:8',
  ])('%j is no IP', (text) => {
    expect(parseIp(text)).toBeUndefined()
  })

  it.each([
    '10.0.0.1',
    '10.0.0.1:',
    '10.0.0.1:65536',
    '10.0.0.1:+1',
    '10.0.0.1: 1',
    'fd00::1:80',
    '[fd00::1]',
    '[fd00::1]80',
    '[10.0.0.1]:80',
    ':80',
    'host:80',
    '10.0.0.1:123456',
  ])('%j is no address', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  it('go to bytes and back: equal addresses are equal texts', () => {
    const port = fc.integer({ min: 0, max: 65535 })
    const ip = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc
        .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
        .map((bytes) => Uint8Array.from(bytes)),
    )
    fc.assert(
      fc.property(ip, port, (bytes, port) => {
        expect(parseAddress(formatAddress(bytes, port))).toEqual({ ip: bytes, port })
        expect(parseIp(formatIp(bytes))).toEqual(bytes)
      }),
      { numRuns: 1000 },
    )
    fc.assert(fc.property(fc.ipV6(), (text) => void expect(parseIp(text)).toHaveLength(16)))
  })

  it('of sockets and people lose their IPv6 clothes when they are IPv4', () => {
    expect(canonicalAddress('::ffff:10.0.0.1', 80)).toBe('10.0.0.1:80')
    expect(canonicalAddress('FD00::0:1', 80)).toBe('[fd00::1]:80')
    expect(canonicalAddress('host', 80)).toBeUndefined()
    expect(canonicalAddress('10.0.0.1', 65_536)).toBeUndefined()
    expect(canonicalAddress('10.0.0.1', 1.5)).toBeUndefined()
  })
})
