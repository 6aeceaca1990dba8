import zlib from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCodecs } from '../../../adapters/shared/codecs.ts'
import { gunzipThroughSync, openHandle, passesSelfTest } from '../../../adapters/shared/gunzip-into.ts'

const codecs = createCodecs()
const text = Buffer.from('node_cpu_seconds_total{cpu="0",mode="idle"} 12345.67\n'.repeat(2000))
const packed = zlib.gzipSync(text)

const joined = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts)
const changed = (at: number): Uint8Array => {
  const copy = Uint8Array.from(packed)
  copy[at < 0 ? copy.length + at : at] ^= 0x55
  return copy
}

const damaged: [string, Uint8Array, RegExp][] = [
  ['nothing at all', new Uint8Array(0), /unexpected EOF/],
  ['no gzip', text, /gzip: invalid header/],
  ['half a header', packed.subarray(0, 5), /unexpected EOF/],
  ['a cut body', packed.subarray(0, packed.length >> 1), /unexpected EOF/],
  ['a cut trailer', packed.subarray(0, packed.length - 1), /unexpected EOF/],
  ['no trailer', packed.subarray(0, packed.length - 8), /unexpected EOF/],
  ['a wrong checksum', changed(-5), /gzip: invalid checksum/],
  ['a wrong length', changed(-1), /gzip: invalid checksum/],
  ['garbage behind', joined(packed, Buffer.from('garbage')), /gzip: invalid header/],
  ['zeros behind', joined(packed, new Uint8Array(16)), /gzip: invalid header/],
  ['half a second member', joined(packed, packed.subarray(0, 40)), /unexpected EOF/],
]

/** Which one a runtime uses is its business; both keep the contract. */
const ways = [
  ['the native handle', openHandle()],
  ['gunzipSync', gunzipThroughSync],
] as const

describe.each(ways)('gunzipInto by %s', (_way, gunzipInto) => {
  if (gunzipInto === undefined) {
    // Nothing is broken then, but scrapes cost twice as much: worth a look.
    it('is available on the runtimes that we test', () => expect.fail('the handle did not pass its self-test'))
    return
  }

  it('inflates, with room to spare and without', () => {
    for (const room of [text.length, text.length + 1, text.length * 2]) {
      const out = new Uint8Array(room)
      expect(gunzipInto(packed, out)).toBe(text.length)
      expect(Buffer.compare(out.subarray(0, text.length), text)).toBe(0)
    }
  })

  it('says when it does not fit', () => {
    for (const room of [1, 100, text.length - 1]) expect(gunzipInto(packed, new Uint8Array(room))).toBe(-1)
  })

  it('joins members', () => {
    const out = new Uint8Array(3 * text.length)
    expect(gunzipInto(joined(packed, packed, packed), out)).toBe(out.length)
    expect(Buffer.compare(out, Buffer.concat([text, text, text]))).toBe(0)
    expect(gunzipInto(joined(packed, packed), new Uint8Array(2 * text.length - 1))).toBe(-1)
    expect(gunzipInto(joined(packed, zlib.gzipSync('')), new Uint8Array(text.length))).toBe(text.length)
  })

  it.each(damaged)('refuses %s, and works on', (_what, input, message) => {
    for (const room of [text.length, text.length + 100, 4 * text.length]) {
      expect(() => gunzipInto(input, new Uint8Array(room))).toThrow(message)
    }
    expect(gunzipInto(packed, new Uint8Array(text.length))).toBe(text.length)
  })

  it('agrees with gunzipSync about any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.nat(255), fc.nat(400), (plain, at, flip, room) => {
        const input = Uint8Array.from(zlib.gzipSync(plain))
        input[at % input.length] ^= flip
        let expected: Uint8Array | undefined
        try {
          expected = zlib.gunzipSync(input)
        } catch {
          expected = undefined
        }
        const out = new Uint8Array(room + 1)
        let written: number | undefined
        try {
          written = gunzipInto(input, out)
        } catch {
          written = undefined
        }
        if (expected === undefined) return written === undefined || written === -1
        if (expected.length > out.length) return written === -1
        return written === expected.length && Buffer.compare(out.subarray(0, written), expected) === 0
      }),
      { numRuns: 300 },
    )
  })
})

describe('the self-test of the handle', () => {
  it.each<[string, (input: Uint8Array, out: Uint8Array) => number]>([
    ['reads one member only', (input, out) => Math.min(3000, gunzipThroughSync(input, out))],
    ['never says that it does not fit', (input, out) => Math.max(0, gunzipThroughSync(input, out))],
    [
      'lets damage pass',
      (input, out) => {
        try {
          return gunzipThroughSync(input, out)
        } catch {
          return 0
        }
      },
    ],
    ['writes nothing', (input, out) => gunzipThroughSync(input, new Uint8Array(out.length))],
  ])('fails one that %s', (_what, candidate) => {
    expect(passesSelfTest(candidate)).toBe(false)
  })
})

describe('gunzip and gzip', () => {
  it('make a round trip', async () => {
    expect(Buffer.compare((await codecs.gunzip(await codecs.gzip(text), 1e6)) as Uint8Array, text)).toBe(0)
    expect(await codecs.gunzip(joined(packed, packed), 1e6)).toHaveLength(2 * text.length)
  })

  it('stop at the limit', async () => {
    expect(await codecs.gunzip(packed, text.length - 1)).toBeUndefined()
    expect(await codecs.gunzip(packed, text.length)).toHaveLength(text.length)
    const bomb = zlib.gzipSync(new Uint8Array(50_000_000))
    expect(await codecs.gunzip(bomb, 1e6)).toBeUndefined()
  })

  it.each(damaged)('refuse %s', async (_what, input, message) => {
    await expect(codecs.gunzip(input, 1e7)).rejects.toThrow(message)
  })
})
