import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMessage } from '../../../core/cluster/wire/decode-message.ts'
import { encodeMessage } from '../../../core/cluster/wire/messages.ts'
import type { Message } from '../../../core/cluster/wire/types.ts'
import {
  createWriter,
  writeByte,
  writeBytes,
  writeInt,
  writeMap,
  writeText,
  writeUint,
  written,
} from '../../../core/cluster/wire/writer.ts'
import { A, B, hex, stateOfA, unhex, VERSIONS, vector, vectors } from './vectors.ts'

const source = { address: A, node: 'a' }
const published: Readonly<Record<string, Message>> = {
  ping: { kind: 'ping', seq: 1, node: 'b', source },
  ping_without_source: { kind: 'ping', seq: 300, node: 'b', source: {} },
  ping_large: { kind: 'ping', seq: 4294967295, node: 'n'.repeat(40), source: { address: '10.0.0.1:80', node: 'a' } },
  indirect_ping: { kind: 'indirect-ping', seq: 7, target: B, node: 'b', nack: true, source },
  ack: { kind: 'ack', seq: 1 },
  nack: { kind: 'nack', seq: 7 },
  suspect: { kind: 'suspect', incarnation: 1, node: 'b', from: 'a' },
  dead: { kind: 'dead', incarnation: 1, node: 'b', from: 'a' },
  dead_leave: { kind: 'dead', incarnation: 1, node: 'a', from: 'a' },
  alive: { kind: 'alive', incarnation: 1, node: 'a', address: A, meta: undefined, versions: VERSIONS },
  alive_ipv6: {
    kind: 'alive',
    incarnation: 70000,
    node: 'a',
    address: '[fd00::1]:80',
    meta: new Uint8Array(0),
    versions: VERSIONS,
  },
  user_state: stateOfA,
}

describe('the published messages', () => {
  it.each(Object.keys(published))('%s, both directions', (name) => {
    expect(hex(encodeMessage(published[name]))).toBe(vectors.messages[name].hex)
    expect(decodeMessage(vector('messages', name))).toEqual(published[name])
  })

  it.each([
    ['state_participant', 'a', 'participant', 3n],
    ['state_viewer_0', 'b', 'viewer', 0n],
    ['state_terminating_300', 'c', 'terminating', 300n],
    ['state_time_2_40', 'a', 'participant', 1n << 40n],
  ] as const)('the ckit message %s', (name, node, state, time) => {
    const message: Message = { kind: 'state', node, state, time }
    expect(hex(encodeMessage(message))).toBe(`08${vectors.ckit[name].hex}`)
    expect(decodeMessage(unhex(`08${vectors.ckit[name].hex}`))).toEqual(message)
  })

  it('are cut short at every byte but the last, and never throw', () => {
    for (const name of Object.keys(published)) {
      const bytes = vector('messages', name)
      for (let length = 0; length < bytes.length; length++)
        expect(decodeMessage(bytes.subarray(0, length)), `${name} of ${length}`).toMatchObject({ ok: false })
    }
  })
})

describe('what is kept of a packet', () => {
  it('is copied, so that the packet can go, a Buffer too', () => {
    const meta = Uint8Array.of(1, 2, 3)
    const alive = { ...published['alive'], meta } as Message
    for (const bytes of [encodeMessage(alive), Buffer.from(encodeMessage(alive))]) {
      const read = decodeMessage(bytes)
      bytes.fill(0)
      expect(read).toEqual(alive)
    }
  })
})

describe("tolerance of Go's decoder", () => {
  const ping = (fields: string): unknown => decodeMessage(unhex(`00${fields}`))
  const SEQ = 'a55365714e6f'

  it.each([
    ['uint8', 'cc07'],
    ['uint16', 'cd0007'],
    ['uint32', 'ce00000007'],
    ['uint64', 'cf0000000000000007'],
    ['int8', 'd007'],
    ['int16', 'd10007'],
    ['int32', 'd200000007'],
    ['int64', 'd30000000000000007'],
  ])('takes a %s for any integer', (_, number) => {
    expect(ping(`81${SEQ}${number}`)).toEqual({ kind: 'ping', seq: 7, node: '', source: {} })
  })

  it.each([
    ['a negative fixint', 'ff'],
    ['a negative int8', 'd080'],
    ['a negative int64', 'd3ffffffffffffffff'],
    ['more than 32 bits', 'cf0000000100000000'],
    ['a float', 'ca00000000'],
    ['text', 'a137'],
    ['a boolean', 'c3'],
  ])('refuses %s for a sequence number', (_, number) => {
    expect(ping(`81${SEQ}${number}`)).toMatchObject({ ok: false })
  })

  it('takes nil for everything, and missing keys for zero', () => {
    expect(ping('c0')).toEqual({ kind: 'ping', seq: 0, node: '', source: {} })
    expect(ping('80')).toEqual({ kind: 'ping', seq: 0, node: '', source: {} })
    expect(ping(`82${SEQ}c0a44e6f6465c0`)).toEqual({ kind: 'ping', seq: 0, node: '', source: {} })
  })

  it('takes an array for a struct, in the order of declaration', () => {
    expect(ping('95 07 a162 a40a000001 cd3039 a161'.replaceAll(' ', ''))).toEqual({
      kind: 'ping',
      seq: 7,
      node: 'b',
      source,
    })
    expect(ping('9307a16290')).toMatchObject({ ok: false })
    expect(ping('9207a162')).toEqual({ kind: 'ping', seq: 7, node: 'b', source: {} })
    expect(ping('9607a162c0c0c083010203040506')).toEqual({ kind: 'ping', seq: 7, node: 'b', source: {} })
  })

  it('takes keys and text in all families, in any order, and passes over what it does not know', () => {
    expect(ping(`83d9055365714e6f07c4044e6f6465c40162a3666f6f81a26f6b92c3cb0000000000000000`)).toEqual({
      kind: 'ping',
      seq: 7,
      node: 'b',
      source: {},
    })
    expect(ping(`82da00044e6f6465d90162db000000055365714e6f07`)).toMatchObject({ seq: 7, node: 'b' })
    // Extensions of every size.
    expect(ping(`83a161d40102a162c702ffaaaa${SEQ}07`)).toMatchObject({ seq: 7 })
  })

  it('has no source address without a port, or without an address', () => {
    expect(ping('81aa536f7572636541646472a40a000001')).toMatchObject({ source: {} })
    expect(ping('81aa536f75726365506f7274cd3039')).toMatchObject({ source: {} })
  })
})

describe('what is refused', () => {
  const alive = (versions: Uint8Array | undefined, ip = Uint8Array.of(10, 0, 0, 1), node = 'a', meta = 0): unknown => {
    const writer = createWriter(64)
    writeByte(writer, 4)
    writeMap(writer, 6)
    writeText(writer, 'Addr')
    writeBytes(writer, ip)
    writeText(writer, 'Incarnation')
    writeUint(writer, 1)
    writeText(writer, 'Meta')
    writeBytes(writer, new Uint8Array(meta))
    writeText(writer, 'Node')
    writeText(writer, node)
    writeText(writer, 'Port')
    writeInt(writer, 12345)
    writeText(writer, 'Vsn')
    writeBytes(writer, versions)
    return decodeMessage(written(writer))
  }

  it('versions of one to five bytes, while none at all are left to the member table', () => {
    for (let length = 1; length < 6; length++) expect(alive(VERSIONS.subarray(0, length))).toMatchObject({ ok: false })
    expect(alive(VERSIONS)).toMatchObject({ kind: 'alive', versions: VERSIONS })
    expect(alive(new Uint8Array(0))).toMatchObject({ versions: new Uint8Array(0) })
    expect(alive(undefined)).toMatchObject({ versions: new Uint8Array(0) })
    expect(alive(Uint8Array.of(1, 5, 2, 0, 0, 0, 9))).toMatchObject({ versions: VERSIONS })
  })

  it('addresses of another length, nodes without a name or with an endless one, too much metadata', () => {
    expect(alive(VERSIONS, new Uint8Array(5))).toMatchObject({ ok: false })
    expect(alive(VERSIONS, new Uint8Array(0))).toMatchObject({ ok: false })
    expect(alive(VERSIONS, undefined, '')).toMatchObject({ ok: false })
    expect(alive(VERSIONS, undefined, 'n'.repeat(10_000))).toMatchObject({ ok: false })
    expect(alive(VERSIONS, undefined, 'a', 513)).toMatchObject({ ok: false })
    expect(alive(VERSIONS, undefined, 'a', 512)).toMatchObject({ kind: 'alive' })
  })

  it('never sends versions that crash Go', () => {
    for (const length of [0, 1, 3, 5, 7]) {
      const bytes = encodeMessage({ ...published['alive'], versions: new Uint8Array(length) } as Message)
      expect(hex(bytes)).toBe(vectors.messages['alive'].hex)
    }
  })

  it('states that are none, and user messages that are not of ckit', () => {
    expect(decodeMessage(unhex('0812010183a84e6577537461746503a84e6f64654e616d65a161a454696d6503'))).toMatchObject({
      ok: false,
    })
    expect(decodeMessage(unhex('081301'))).toMatchObject({ ok: false })
    expect(decodeMessage(unhex('08120100'))).toMatchObject({ ok: false })
    expect(decodeMessage(unhex('0812010280'))).toEqual({ kind: 'unknown', user: true })
    expect(decodeMessage(unhex('0f80'))).toEqual({ kind: 'unknown', user: false })
  })
})

const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 40 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
)
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const address = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65535 })).map(([ip, port]) => `${ip}:${port}`),
  fc.constantFrom('[fd00::1]:80', '[::ffff:10.0.0.1]:12345', '[2001:db8:0:1::]:9'),
)
const from = fc.record({ address, node: name }, { requiredKeys: [] })
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant('ping' as const), seq: u32, node: fc.oneof(fc.constant(''), name), source: from }),
  fc.record({
    kind: fc.constant('indirect-ping' as const),
    seq: u32,
    target: address,
    node: name,
    nack: fc.boolean(),
    source: from,
  }),
  fc.record({ kind: fc.constantFrom('ack' as const, 'nack' as const), seq: u32 }),
  fc.record({ kind: fc.constantFrom('suspect' as const, 'dead' as const), incarnation: u32, node: name, from: name }),
  fc.record({
    kind: fc.constant('alive' as const),
    incarnation: u32,
    node: name,
    address,
    meta: fc.option(fc.uint8Array({ maxLength: 512 }), { nil: undefined }),
    versions: fc.uint8Array({ minLength: 6, maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constant('state' as const),
    node: name,
    state: fc.constantFrom('viewer' as const, 'participant' as const, 'terminating' as const),
    time: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  }),
)

describe('any message', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(message, (one) => void expect(decodeMessage(encodeMessage(one))).toEqual(one)),
      { numRuns: 500 },
    )
  })

  it('never throws on other bytes, be they random or nearly right', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 14 }), (bytes, type) => {
        decodeMessage(bytes)
        decodeMessage(Uint8Array.of(type, ...bytes))
      }),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 0, max: 255 }), (one, place, byte) => {
        const bytes = encodeMessage(one)
        bytes[place % bytes.length] = byte
        decodeMessage(bytes)
      }),
      { numRuns: 2000 },
    )
  })
})
