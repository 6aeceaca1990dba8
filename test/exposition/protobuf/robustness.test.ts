import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decoded, DecodeFailure, DecodeOptions } from '../../../core/exposition/decoded.ts'
import { createProtobufDecoder } from '../../../core/exposition/protobuf/decoder.ts'
import { MAX_METRIC_BUCKETS, MAX_METRIC_BYTES } from '../../../core/limits.ts'
import { fromBase64, raw } from '../bodies.ts'
import { decode, PLAIN, plainRows } from '../decoded-rows.ts'
import { goFixtures } from '../go-fixtures.ts'
import { chanceOf, encodeBody, families } from './families.ts'

const EVERYTHING: DecodeOptions = {
  ...PLAIN,
  classicHistograms: true,
  convertClassic: true,
  bucketLimit: 4,
  minBucketFactor: 1.1,
  leaveOutCreated: false,
}

const bodies = goFixtures()
  .filter(({ contentType }) => contentType.includes('protobuf'))
  .map(({ body }) => fromBase64(body))

/** Decodes and checks that what comes out is whole: a good error, or rows that can all be read. */
function decodeAny(body: Uint8Array, options: DecodeOptions = EVERYTHING): Decoded | DecodeFailure {
  const decoded = decode(createProtobufDecoder(options), body)
  if ('error' in decoded) {
    expect(decoded.error).toMatch(/^protobuf, byte \d+: ./)
    expect(Number(/\d+/.exec(decoded.error)?.[0])).toBeLessThanOrEqual(body.length)
    expect(decoded.error.length).toBeLessThan(1000)
    return decoded
  }
  expect(decoded.length).toBeLessThanOrEqual(decoded.lines.length)
  let at = 0
  for (let row = 0; row < decoded.count; row++) {
    at = decoded.lines.indexOf(10, at) + 1
    expect(at).toBeGreaterThan(0)
  }
  expect(at).toBe(decoded.length)
  for (const [row, histogram] of decoded.histograms) {
    expect(row).toBeLessThan(decoded.count)
    const { positive, negative, count } = histogram
    expect(count).toBeGreaterThanOrEqual(0)
    for (const { spans, counts } of [positive, negative]) {
      expect(spans.reduce((sum, { length }) => sum + length, 0)).toBe(counts.length)
    }
  }
  return decoded
}

function field(number: number, bytes: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish()
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** A body with one family, named `h`, of this type, with these bytes as its metrics. */
function bodyOf(type: number, ...metrics: readonly Uint8Array[]): Uint8Array {
  const family = joined(
    field(1, raw('h')),
    new BinaryWriter().tag(3, WireType.Varint).int32(type).finish(),
    ...metrics.map((metric) => field(4, metric)),
  )
  return new BinaryWriter().bytes(family).finish()
}

describe('on any bytes', () => {
  it('ends, without throwing, with rows or a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void decodeAny(bytes)),
      { numRuns: 3000 },
    )
  })

  it('does so on bodies cut off at every byte, and what is whole before the cut is the same', () => {
    for (const body of bodies.slice(0, 20)) {
      const whole = decodeAny(body, PLAIN)
      for (let length = 0; length < body.length; length++) {
        const cut = decodeAny(body.subarray(0, length), PLAIN)
        if ('error' in cut || 'error' in whole) continue
        // Only between two families can a body be cut and still be one.
        expect(plainRows(cut)).toEqual(plainRows(whole).slice(0, cut.count))
      }
    }
  })

  it('does so on bodies with changed bytes', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'add')), { maxLength: 4 })
    let good = 0
    fc.assert(
      fc.property(fc.constantFrom(...bodies), edits, (body, changes) => {
        const bytes = [...body]
        for (const [where, byte, what] of changes) {
          const at = where % (bytes.length + 1)
          bytes.splice(at, what === 'add' ? 0 : 1, ...(what === 'cut' ? [] : [byte]))
        }
        if (!('error' in decodeAny(Uint8Array.from(bytes)))) good++
      }),
      { numRuns: 2000 },
    )
    expect(good).toBeGreaterThan(100)
  })

  it('does so on random families, whether they make sense or not', () => {
    fc.assert(
      fc.property(families, fc.integer(), (all, seed) => void decodeAny(encodeBody(all, chanceOf(seed)))),
      { numRuns: 300 },
    )
  })

  it('reads nothing behind the length that it was given', () => {
    for (const body of bodies.slice(0, 20)) {
      const longer = joined(body, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff))
      const decoder = createProtobufDecoder(PLAIN)
      decoder.begin(longer, body.length)
      while (!decoder.step());
      const decoded = decoder.result()
      const expected = decode(createProtobufDecoder(PLAIN), body)
      if ('error' in decoded || 'error' in expected) expect(decoded).toEqual(expected)
      else expect(plainRows(decoded)).toEqual(plainRows(expected))
    }
  })
})

describe('what is refused', () => {
  const label = (name: Uint8Array, value: Uint8Array): Uint8Array => field(1, joined(field(1, name), field(2, value)))
  const cases: readonly (readonly [what: string, body: Uint8Array, error: RegExp])[] = [
    ['a length beyond the end', Uint8Array.of(5, 1), /5 bytes are announced, 1 are left/],
    ['a length of 2^63', Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1), /are announced/],
    ['a number without end', new Uint8Array(11).fill(0x80), /more than 10 bytes/],
    ['groups', Uint8Array.of(2, 0x0b, 0x0c), /wire type 3/],
    ['field 0', Uint8Array.of(2, 0x00, 0x00), /number 0/],
    ['a name that is a number', Uint8Array.of(2, 0x08, 0x00), /field 1 of MetricFamily has the wire type 0/],
    ['a family without a name', Uint8Array.of(2, 0x22, 0x00), /no name/],
    [
      'a name that is not UTF-8',
      new BinaryWriter().bytes(joined(field(1, raw('\xff')), field(4, raw('')))).finish(),
      /UTF-8/,
    ],
    ['an unknown type', bodyOf(6, raw('')), /"h" has the unknown type 6/],
    [
      'a long name',
      new BinaryWriter()
        .bytes(joined(field(1, raw('n'.repeat(100_000))), Uint8Array.of(0x18, 9), field(4, raw(''))))
        .finish(),
      /…" has the unknown type 9/,
    ],
    ['a label without a name', bodyOf(1, label(raw(''), raw('x'))), /no name/],
    ['a label name that is not UTF-8', bodyOf(1, label(raw('a\xff'), raw('x'))), /label name is not UTF-8/],
    ['a label value that is not UTF-8', bodyOf(1, label(raw('a'), raw('\xc3('))), /label value is not UTF-8/],
    ['a counter whose value is a number', bodyOf(0, field(3, Uint8Array.of(0x08, 1))), /wire type 0/],
    ['packed counts that are cut off', bodyOf(4, field(7, field(14, raw('1234567')))), /cut off/],
    ['a metric that is too large', bodyOf(1, field(99, new Uint8Array(MAX_METRIC_BYTES))), /more than \d+ bytes/],
    [
      'too many buckets',
      bodyOf(4, field(7, joined(...Array.from({ length: MAX_METRIC_BUCKETS + 1 }, () => field(3, raw('')))))),
      /buckets/,
    ],
    ['too many deltas', bodyOf(4, field(7, field(13, new Uint8Array(MAX_METRIC_BUCKETS + 1)))), /buckets/],
    [
      'too much text',
      bodyOf(
        4,
        joined(
          label(raw('a'), raw('x'.repeat(1000))),
          field(7, joined(...Array.from({ length: 8000 }, () => field(3, raw(''))))),
        ),
      ),
      /series of a histogram take/,
    ],
  ]
  for (const [what, body, error] of cases) {
    it(what, () => {
      const decoded = decodeAny(body)
      expect('error' in decoded ? decoded.error : 'accepted').toMatch(error)
    })
  }

  it('unless it is nothing at all', () => {
    expect(decodeAny(new Uint8Array(0))).toMatchObject({ count: 0, families: [] })
    // A family without metrics is not looked at.
    expect(decodeAny(Uint8Array.of(0, 0))).toMatchObject({ count: 0, families: [] })
  })
})

describe('exemplars', () => {
  it('with labels that make no sense are left out', () => {
    const pair = (name: string, value: string): Uint8Array =>
      field(1, joined(field(1, raw(name)), field(2, raw(value))))
    const counter = (...pairs: readonly Uint8Array[]): Uint8Array => field(3, field(2, joined(...pairs)))
    const body = bodyOf(
      0,
      counter(pair('a', '\xff')),
      counter(pair('', 'x')),
      counter(pair('a', '1'), pair('a', '2')),
      counter(pair('a', '1')),
      counter(),
    )
    const decoded = decodeAny(body)
    if ('error' in decoded) expect.fail(decoded.error)
    expect(decoded.exemplars).toEqual([
      { row: 3, labels: ['a', '1'], value: 0, timestamp: Number.NaN },
      { row: 4, labels: [], value: 0, timestamp: Number.NaN },
    ])
  })
})

describe('a step', () => {
  it('is short, however large the body is', () => {
    const metric = field(2, new BinaryWriter().tag(1, WireType.Bit64).double(1.5).finish())
    const many = joined(...Array.from({ length: 20_000 }, () => field(4, metric)))
    const body = new BinaryWriter().bytes(joined(field(1, raw('g')), Uint8Array.of(0x18, 1), many)).finish()
    const decoder = createProtobufDecoder(PLAIN)
    decoder.begin(body, body.length)
    let steps = 1
    while (!decoder.step()) steps++
    expect(steps).toBeGreaterThan(2)
    expect(decoder.result()).toMatchObject({ count: 20_000 })
  })
})
