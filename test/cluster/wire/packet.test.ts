import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lzwEncode } from '../../../core/cluster/wire/lzw.ts'
import { encodeMessage } from '../../../core/cluster/wire/messages.ts'
import { compressed, packPackets, type Unpacked, unpackPacket } from '../../../core/cluster/wire/packet.ts'
import type { Message } from '../../../core/cluster/wire/types.ts'
import { MAX_PACKET_MESSAGES, PACKET_BUDGET_BYTES } from '../../../core/limits.ts'
import { spentMs } from '../../support/effort.ts'
import { A, hex, stateOfA, unhex, VERSIONS, vector, vectors } from './vectors.ts'

const ping: Message = { kind: 'ping', seq: 1, node: 'b', source: { address: A, node: 'a' } }
const suspect: Message = { kind: 'suspect', incarnation: 1, node: 'b', from: 'a' }
const alive: Message = { kind: 'alive', incarnation: 1, node: 'a', address: A, meta: undefined, versions: VERSIONS }

function unpacked(packet: Uint8Array, label = ''): Unpacked {
  const result = unpackPacket(packet, label)
  if ('ok' in result) throw new Error(result.reason)
  return result
}

const packed = (messages: readonly Message[], label: string, crc: boolean): string =>
  packPackets(messages.map(encodeMessage), { label, crc }).map(hex).join()

describe('the published packets', () => {
  it.each([
    ['messages', 'compound', [ping, suspect], '', false],
    ['messages', 'compound_alive_user', [alive, stateOfA], '', false],
    ['messages', 'ping', [ping], '', false],
    ['wrapped', 'compound_crc', [alive, stateOfA], '', true],
    ['wrapped', 'ping_labeled', [ping], 'prod', false],
    ['wrapped', 'gossip_labeled', [alive, stateOfA], 'prod', true],
  ] as const)('%s/%s, both directions', (of, name, messages, label, crc) => {
    expect(packed(messages, label, crc)).toBe(vectors[of][name].hex)
    expect(unpacked(vector(of, name), label)).toEqual({ messages, problems: [], unknownUserMessages: 0 })
  })

  it('ping_compressed', () => {
    expect(hex(compressed(encodeMessage(ping)))).toBe(vectors.wrapped['ping_compressed'].hex)
    expect(unpacked(vector('wrapped', 'ping_compressed')).messages).toEqual([ping])
  })
})

describe('what a packet must be', () => {
  it('of this cluster', () => {
    const bytes = vector('wrapped', 'ping_labeled')
    for (const label of ['', 'pro', 'prod2', 'dorp'])
      expect(unpackPacket(bytes, label), label).toMatchObject({
        ok: false,
        reason: expect.stringContaining('cluster name'),
      })
    expect(unpackPacket(vector('messages', 'ping'), 'prod')).toMatchObject({ ok: false, reason: 'no cluster name' })
    expect(unpackPacket(unhex('f400'), 'prod')).toMatchObject({ reason: 'an empty cluster name' })
    expect(unpackPacket(unhex('f404707261'), 'prod')).toMatchObject({ ok: false })
    expect(unpackPacket(new Uint8Array(0), 'prod')).toMatchObject({ ok: false })
    expect(unpackPacket(new Uint8Array(0), '')).toMatchObject({ ok: false, reason: 'an empty message' })
  })

  it('labelled in bytes, not in characters', () => {
    const label = 'ä'.repeat(127)
    const [packet] = packPackets([encodeMessage(ping)], { label, crc: true })
    expect(packet[1]).toBe(254)
    expect(unpacked(packet, label).messages).toEqual([ping])
  })

  it('whole: a wrong or cut checksum', () => {
    const bytes = vector('wrapped', 'compound_crc')
    for (let i = 1; i < bytes.length; i++) {
      const damaged = bytes.slice()
      damaged[i] ^= 1
      expect(unpackPacket(damaged, '')).toMatchObject({ ok: false, reason: 'a packet with a wrong checksum' })
      expect(unpackPacket(bytes.subarray(0, i), '')).toMatchObject({ ok: false })
    }
  })

  it('with a checksum outermost only', () => {
    const crc = vector('wrapped', 'compound_crc')
    expect(unpackPacket(compressed(crc), '')).toMatchObject({ ok: false, reason: 'a message of an unknown type' })
  })
})

describe('compounds', () => {
  it('keep the parts that fit when they are cut short, at every byte', () => {
    const bytes = vector('messages', 'compound')
    const first = 2 + 4 + vectors.messages['ping'].length
    for (let length = 0; length < bytes.length; length++) {
      const result = unpackPacket(bytes.subarray(0, length), '')
      if (length < first) expect(result).toMatchObject({ ok: false })
      else expect(result).toMatchObject({ messages: [ping], problems: ['a compound is cut short'] })
    }
  })

  it('keep the good parts beside bad ones, and count unknown user messages apart', () => {
    const parts = [
      encodeMessage(ping),
      unhex('ff'),
      unhex('0812010780'),
      unhex('0486'),
      new Uint8Array(0),
      encodeMessage(suspect),
    ]
    const [packet] = packPackets(parts, { label: '', crc: true })
    expect(unpacked(packet)).toEqual({
      messages: [ping, suspect],
      problems: ['a message of an unknown type', 'a message is cut short', 'an empty message'],
      unknownUserMessages: 1,
    })
  })

  it('may be of nothing', () => {
    expect(unpacked(unhex('0700'))).toEqual({ messages: [], problems: [], unknownUserMessages: 0 })
  })

  it('nest, with compression in between, up to a bound', () => {
    const one = packPackets([encodeMessage(ping), encodeMessage(suspect)], { label: '', crc: false })[0]
    const two = packPackets([compressed(one), encodeMessage(alive)], { label: 'x', crc: true, compress: true })
    expect(unpacked(two[0], 'x').messages).toEqual([ping, suspect, alive])
    let deep: Uint8Array = encodeMessage(ping)
    for (let i = 0; i < 5; i++) deep = compressed(deep)
    expect(unpackPacket(deep, '')).toMatchObject({ ok: false, reason: 'too many wrappers inside each other' })
  })

  it('of compounds have a bound on their parts', () => {
    const nacks = packPackets(
      Array.from({ length: 255 }, () => unhex('0bc0')),
      { label: '', crc: false },
    )[0]
    const many = packPackets(
      Array.from({ length: 255 }, () => nacks),
      { label: '', crc: false },
    )[0]
    const more = [compressed(many), compressed(many)]
    const [all] = packPackets(more, { label: '', crc: false })
    expect(all.length).toBeLessThan(10_000)
    const { messages, problems } = unpacked(all)
    expect(messages.length).toBeLessThanOrEqual(MAX_PACKET_MESSAGES)
    expect(messages.length).toBeGreaterThan(65_000)
    expect(problems).toEqual(['a packet of too many messages'])
  })

  it('that inflate to too much are dropped', () => {
    const bomb = compressed(new Uint8Array(17 << 20))
    expect(unpackPacket(bomb, '')).toMatchObject({ ok: false, reason: 'compressed data inflates to more than allowed' })
    const half = compressed(new Uint8Array(9 << 20))
    const [two] = packPackets([encodeMessage(ping), half, half], { label: '', crc: false })
    expect(unpacked(two)).toMatchObject({ messages: [ping], problems: [expect.any(String), expect.any(String)] })
  })

  it('full of parts that inflate to too much cost no more than one of them', () => {
    const bomb = compressed(new Uint8Array(17 << 20)).slice(0, -2)
    const [packet] = packPackets(Array(200).fill(bomb), { label: '', crc: false })
    const before = spentMs()
    expect(unpackPacket(packet, '')).toMatchObject({ ok: false })
    // All of them would take ten seconds.
    expect(spentMs() - before).toBeLessThan(2000)
  })

  it('of another compression, or of nothing', () => {
    expect(unpackPacket(unhex('0982a4416c676f01a3427566a3000302'), '')).toMatchObject({
      reason: 'an unknown compression',
    })
    expect(unpackPacket(unhex('0982a4416c676f00a3427566a3000302'), '')).toMatchObject({
      reason: 'compressed data of nothing',
    })
    expect(unpackPacket(unhex('0981a4416c676f00'), '')).toMatchObject({ reason: 'compressed data is missing' })
  })
})

describe('packing', () => {
  it('puts at most 255 messages into one packet, in their order', () => {
    const messages: Message[] = Array.from({ length: 600 }, (_, seq) => ({ kind: 'ack', seq }))
    const packets = packPackets(messages.map(encodeMessage), { label: 'c', crc: true })
    expect(packets.map((packet) => unpacked(packet, 'c').messages.length)).toEqual([255, 255, 90])
    expect(packets.flatMap((packet) => unpacked(packet, 'c').messages)).toEqual(messages)
  })

  it('sends what is too long for a part alone, and keeps to the budget', () => {
    const long = new Uint8Array(65_536)
    const fits = new Uint8Array(65_535)
    const small = encodeMessage(ping)
    const lengths = packPackets([small, long, small, fits], { label: '', crc: false }).map((packet) => packet.length)
    expect(lengths).toEqual([small.length, 65_536, 2 + 4 + small.length + fits.length])
    const label = 'n'.repeat(255)
    const many = packPackets(
      Array.from({ length: 200 }, () => fits),
      { label, crc: false },
    )
    expect(many.length).toBe(2)
    for (const packet of many) expect(packet.length).toBeLessThanOrEqual(PACKET_BUDGET_BYTES)
  })

  it('is nothing for no messages', () => {
    expect(packPackets([], { label: 'x', crc: true })).toEqual([])
  })

  it('compresses only what gets smaller', () => {
    const bytes = encodeMessage(ping)
    expect(packPackets([bytes], { label: '', crc: false, compress: true })[0]).toEqual(bytes)
    const many = Array.from({ length: 100 }, () => bytes)
    const [packet] = packPackets(many, { label: 'x', crc: true, compress: true })
    expect(packet.length).toBeLessThan(1500)
    expect(unpacked(packet, 'x').messages).toHaveLength(100)
  })
})

describe('any packet', () => {
  it('never throws', () => {
    const base = [
      vector('wrapped', 'gossip_labeled'),
      vector('wrapped', 'ping_compressed'),
      vector('messages', 'compound'),
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...base),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        (bytes, changes) => {
          const damaged = bytes.slice()
          for (const [place, byte] of changes) damaged[place % damaged.length] = byte
          unpackPacket(damaged, '')
          unpackPacket(damaged, 'prod')
        },
      ),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        unpackPacket(bytes, '')
        unpackPacket(Uint8Array.of(7, ...bytes), '')
        unpackPacket(Uint8Array.of(9, 0x81, 0xa3, 0x42, 0x75, 0x66, 0xda, 0, bytes.length, ...bytes), '')
        unpackPacket(Uint8Array.of(9, 0x81, 0xa3, 0x42, 0x75, 0x66, 0xda, 0, 250, ...lzwEncode(bytes)), '')
      }),
      { numRuns: 1000 },
    )
  })
})
