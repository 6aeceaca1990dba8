import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFrameReader, frame } from '../../../core/cluster/wire/frames.ts'
import { unhex } from './vectors.ts'

function read(chunks: readonly Uint8Array[], max = 1000): { payloads: number[][]; push: unknown; end: unknown } {
  const payloads: number[][] = []
  const reader = createFrameReader(max, (payload) => payloads.push([...payload]))
  let push: unknown
  for (const chunk of chunks) push = reader.push(chunk)
  return { payloads, push, end: reader.end() }
}

describe('frames', () => {
  it('come out as they went in, wherever the body is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), fc.integer({ min: 1, max: 20 }), (payloads, size) => {
        const body = Uint8Array.from(payloads.flatMap((payload) => [...frame(payload)]))
        const chunks: Uint8Array[] = []
        for (let i = 0; i < body.length; i += size) chunks.push(body.subarray(i, i + size))
        expect(read(chunks)).toEqual({ payloads: payloads.map((p) => [...p]), push: undefined, end: undefined })
      }),
    )
  })

  it('long ones have a long header, and a short payload may have one too', () => {
    const long = new Uint8Array(65_536).fill(7)
    const body = frame(long)
    expect([...body.subarray(0, 5)]).toEqual([0xcd, 0, 1, 0, 0])
    for (const cut of [1, 3, 4, 5, 6, 65_540]) {
      const { payloads, end } = read([body.subarray(0, cut), body.subarray(cut)], 1 << 20)
      expect(payloads[0].length).toBe(65_536)
      expect(end).toBeUndefined()
    }
    expect(read([unhex('cd00000002aabb')]).payloads).toEqual([[0xaa, 0xbb]])
  })

  it('may end between frames and right after a header, nowhere else', () => {
    const bodies: readonly (readonly [string, boolean])[] = [
      ['', true],
      ['cc000161', true],
      ['cc0000', true],
      ['cc', false],
      ['cc00', false],
      ['cc0002', true],
      ['cc000261', false],
      ['cd000000', false],
      ['cd00000002', true],
      ['cd0000000261', false],
      ['cc000161cc', false],
      ['cc000161cc0005', true],
    ]
    for (const [text, fine] of bodies) {
      for (const chunks of [[unhex(text)], [...unhex(text)].map((byte) => Uint8Array.of(byte))])
        expect(read(chunks).end, text).toEqual(fine ? undefined : { ok: false, reason: expect.any(String) })
    }
  })

  it('that begin with something else, or are larger than allowed, end the reading at once', () => {
    const reader = createFrameReader(1000, () => expect.unreachable())
    expect(reader.push(unhex('cb'))).toMatchObject({ ok: false })
    expect(reader.push(unhex('cc000161'))).toMatchObject({ ok: false })
    expect(reader.end()).toMatchObject({ ok: false })
    expect(read([unhex('cc03e9')]).push).toMatchObject({ reason: 'a frame is too large' })
    expect(read([unhex('cdffffffff')]).push).toMatchObject({ reason: 'a frame is too large' })
    expect(read([unhex('cc000161'), unhex('aa')]).payloads).toEqual([[0x61]])
  })

  it('of any other bytes never throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (chunks) => {
        read(chunks)
        read(chunks.map((chunk) => Uint8Array.of(0xcc, 0, ...chunk)))
      }),
      { numRuns: 1000 },
    )
  })
})
