import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFrameReader, frame } from '../../../core/cluster/wire/frames.ts'
import { compressed } from '../../../core/cluster/wire/packet.ts'
import { encodePushPull } from '../../../core/cluster/wire/push-pull.ts'
import { readStream, writeStream } from '../../../core/cluster/wire/stream.ts'
import type { PushPull, StreamMessage } from '../../../core/cluster/wire/types.ts'
import { A, B, hex, largePushPull, pushPull, unhex, VERSIONS, vector, vectors } from './vectors.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const said: StreamMessage = { kind: 'push-pull', pushPull }
const all = (message: StreamMessage): object => ({ kind: 'message', message, problems: [] })
const labelled = (bytes: Uint8Array): Uint8Array => Uint8Array.of(0xf4, 4, 0x70, 0x72, 0x6f, 0x64, ...bytes)

function payloads(body: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = []
  const reader = createFrameReader(1 << 20, (payload) => out.push(payload))
  expect(reader.push(body)).toBeUndefined()
  expect(reader.end()).toBeUndefined()
  return out
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

describe('the published push/pulls', () => {
  it('plain and compressed, both directions', () => {
    expect(hex(encodePushPull(pushPull))).toBe(vectors.messages['push_pull'].hex)
    expect(hex(compressed(encodePushPull(pushPull)))).toBe(vectors.wrapped['push_pull_compressed'].hex)
    expect(readStream(vector('messages', 'push_pull'), undefined)).toEqual(all(said))
    expect(readStream(vector('wrapped', 'push_pull_compressed'), undefined)).toEqual(all(said))
  })

  it('of two hundred nodes', () => {
    const large = largePushPull()
    const bytes = encodePushPull(large)
    const { length, sha256: sum, head_hex, compressed_length, compressed_sha256 } = vectors.large_push_pull
    expect([bytes.length, hex(bytes.subarray(0, 64)), sha256(bytes)]).toEqual([length, head_hex, sum])
    const small = compressed(bytes)
    expect([small.length, sha256(small)]).toEqual([compressed_length, compressed_sha256])
    expect(readStream(small, undefined)).toEqual(all({ kind: 'push-pull', pushPull: large }))
    expect(readStream(bytes, undefined)).toEqual(all({ kind: 'push-pull', pushPull: large }))
  })

  it('in their HTTP bodies', () => {
    expect(readStream(joined(payloads(vector('http', 'stream_request_no_label'))), '')).toEqual(all(said))
    expect(readStream(joined(payloads(vector('http', 'stream_request_label_prod'))), 'prod')).toEqual(all(said))
    const answer = readStream(joined(payloads(vector('http', 'stream_response'))), undefined)
    expect(answer).toMatchObject({
      message: {
        pushPull: { join: true, members: [{ name: 'b', address: B }], states: { time: 4n, entries: [{ node: 'b' }] } },
      },
    })
    expect(hex(frame(vector('messages', 'ping')))).toBe(vectors.http['message_body_ping'].hex)
    expect(hex(frame(vector('wrapped', 'gossip_labeled')))).toBe(vectors.http['message_body_gossip_labeled'].hex)
    expect(hex(frame(vector('wrapped', 'push_pull_compressed')))).toBe(vectors.http['stream_request_no_label'].hex)
    expect(hex(frame(new Uint8Array(65_535)).subarray(0, 3))).toBe(vectors.http['frame_65535_header'])
    expect(hex(frame(new Uint8Array(65_536)).subarray(0, 5))).toBe(vectors.http['frame_65536_header'])
  })
})

describe('where a message ends', () => {
  const ping: StreamMessage = { kind: 'ping', seq: 3, node: 'b', source: { address: A, node: 'a' } }
  const error: StreamMessage = { kind: 'error', text: 'EOF' }

  it.each([
    ['a compressed push/pull', vector('wrapped', 'push_pull_compressed'), said],
    ['a plain one', vector('messages', 'push_pull'), said],
    ['a ping', vector('messages', 'ping'), { ...ping, seq: 1 }],
    ['a compressed ping', vector('wrapped', 'ping_compressed'), { ...ping, seq: 1 }],
    ['an ack', vector('messages', 'ack'), { kind: 'ack', seq: 1 }],
    ['an error', vector('messages', 'err'), error],
  ] as const)('%s: with its last byte, not before and not after', (_, bytes, message) => {
    for (let length = 0; length < bytes.length; length++) {
      expect(readStream(bytes.subarray(0, length), undefined), `${length}`).toEqual({ kind: 'more' })
      expect(readStream(labelled(bytes).subarray(0, length + 6), 'prod'), `${length}`).toEqual({ kind: 'more' })
    }
    for (let length = 0; length < 6; length++)
      expect(readStream(labelled(bytes).subarray(0, length), 'prod')).toEqual({ kind: 'more' })
    expect(readStream(bytes, undefined)).toEqual(all(message))
    expect(readStream(labelled(bytes), 'prod')).toEqual(all(message))
    expect(readStream(Uint8Array.of(...bytes, 1, 2, 3), undefined)).toEqual(all(message))
  })

  it('of another cluster is told by its first wrong byte', () => {
    const plain = vector('messages', 'ping')
    const wrong = { ok: false, label: true }
    expect(readStream(plain.subarray(0, 1), 'prod')).toMatchObject(wrong)
    expect(readStream(labelled(plain).subarray(0, 1), '')).toMatchObject(wrong)
    expect(readStream(labelled(plain).subarray(0, 1), undefined)).toMatchObject(wrong)
    expect(readStream(labelled(plain).subarray(0, 2), 'pro')).toMatchObject(wrong)
    expect(readStream(labelled(plain).subarray(0, 3), 'qrod')).toMatchObject(wrong)
    expect(readStream(unhex('f400'), 'prod')).toMatchObject(wrong)
  })

  it('never comes for what is wrong from the start', () => {
    const bad = (text: string): void => {
      const result = readStream(unhex(text), undefined)
      expect(result, text).toMatchObject({ ok: false })
      expect(result, text).not.toHaveProperty('label')
    }
    // Encrypted, unknown, a gossip message, not a struct.
    for (const text of ['0a', '63', '0486', '06a0', '0690ff']) bad(text.replace('0690ff', '0692ffff'))
    // Negative and absurd counts.
    bad('0681a54e6f646573ff')
    bad('0681a54e6f646573d2ffffffff')
    bad('0681a54e6f646573ce7fffffff')
    bad('0681ac5573657253746174654c656eff')
    bad('0681ac5573657253746174654c656ece7fffffff')
    // A compressed buffer of 4 GiB, of nothing, and of a message that is cut short or is a wrapper itself.
    bad('0981a3427566dbffffffff')
    bad('0981a3427566a3000302')
    bad(hex(compressed(vector('messages', 'push_pull').subarray(0, 100))))
    bad(hex(compressed(vector('wrapped', 'push_pull_compressed'))))
  })
})

describe('entries of no use', () => {
  const member = (over: Partial<PushPull['members'][number]>): PushPull['members'][number] => ({
    name: 'x',
    address: A,
    meta: undefined,
    incarnation: 1,
    state: 'alive',
    versions: VERSIONS,
    ...over,
  })

  it('are left out and counted, the others kept', () => {
    const members = [
      member({ name: '' }),
      member({ meta: new Uint8Array(600) }),
      member({ name: 'n'.repeat(5000) }),
      member({ name: 'good', meta: Uint8Array.of(1) }),
    ]
    const result = readStream(encodePushPull({ join: false, members, states: undefined }), undefined)
    expect(result).toMatchObject({
      message: { pushPull: { members: [member({ name: 'good', meta: Uint8Array.of(1) })], states: undefined } },
      problems: ['a member without a name', 'a member with too much metadata', 'a member with too long a name'],
    })
  })

  it('so are short versions, other addresses and unknown states', () => {
    const good = hex(encodePushPull({ join: false, members: [member({})], states: undefined }))
    const problem = (from: string, to: string): unknown => {
      expect(good).toContain(from)
      return readStream(unhex(good.replace(from, to)), undefined)
    }
    expect(problem('a356736ea6010502000000', 'a356736ea3010502')).toMatchObject({
      problems: [expect.stringContaining('versions')],
    })
    expect(problem('a40a000001', 'a30a0000')).toMatchObject({ problems: [expect.stringContaining('address')] })
    expect(problem('a5537461746500', 'a5537461746504')).toMatchObject({ problems: [expect.stringContaining('state')] })
    expect(problem('a356736ea6010502000000', 'a356736ea0')).toMatchObject({
      message: { pushPull: { members: [{ versions: new Uint8Array(0) }] } },
    })
    // Of a wrong kind: Go's decoder gives up as well.
    expect(problem('a5537461746500', 'a55374617465ff')).toMatchObject({ ok: false })
  })

  it('node states that make no sense are left out whole, the members kept', () => {
    const bytes = vector('messages', 'push_pull')
    const at = bytes.length - 112
    bytes[at] = 0xa0
    expect(readStream(bytes, undefined)).toMatchObject({
      message: { pushPull: { members: [{ name: 'a' }, { name: 'b' }], states: undefined } },
      problems: ['node states that make no sense'],
    })
  })
})

describe('what we say', () => {
  it('is readable by ourselves, compressed when it is long', () => {
    for (const label of ['prod', '', undefined]) {
      const large: StreamMessage = { kind: 'push-pull', pushPull: largePushPull(50) }
      const messages: StreamMessage[] = [said, large, { kind: 'ack', seq: 9 }, { kind: 'error', text: 'no' }]
      for (const message of messages) expect(readStream(writeStream(message, label), label)).toEqual(all(message))
      expect(writeStream(large, label).length).toBeLessThan(encodePushPull(largePushPull(50)).length / 2)
    }
  })

  it('any push/pull comes back as it was', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    const any: fc.Arbitrary<PushPull> = fc.record({
      join: fc.boolean(),
      members: fc.array(
        fc.record({
          name,
          address: fc.constantFrom(A, B, '[fd00::1]:80'),
          meta: fc.option(fc.uint8Array({ maxLength: 512 }), { nil: undefined }),
          incarnation: fc.integer({ min: 0, max: 0xffffffff }),
          state: fc.constantFrom('alive' as const, 'suspect' as const, 'dead' as const, 'left' as const),
          versions: fc.uint8Array({ minLength: 6, maxLength: 6 }),
        }),
      ),
      states: fc.option(
        fc.record({
          time: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
          entries: fc.array(
            fc.record({
              node: name,
              state: fc.constantFrom('viewer' as const, 'participant' as const, 'terminating' as const),
              time: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
            }),
          ),
        }),
        { nil: undefined },
      ),
    })
    fc.assert(
      fc.property(any, (one) => {
        const message: StreamMessage = { kind: 'push-pull', pushPull: one }
        expect(readStream(writeStream(message, 'x'), 'x')).toEqual(all(message))
        expect(readStream(encodePushPull(one), undefined)).toEqual(all(message))
      }),
    )
  })

  it('and any damage to it never throws', () => {
    const base = [vector('messages', 'push_pull'), vector('wrapped', 'push_pull_compressed'), vector('messages', 'err')]
    fc.assert(
      fc.property(
        fc.constantFrom(...base),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        (bytes, changes) => {
          const damaged = bytes.slice()
          for (const [place, byte] of changes) damaged[place % damaged.length] = byte
          readStream(damaged, undefined)
        },
      ),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => void readStream(bytes, undefined)),
      { numRuns: 1000 },
    )
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => void readStream(Uint8Array.of(6, ...bytes), '')),
      { numRuns: 1000 },
    )
  })
})
