// The bench trusts its own bodies and its own decoder; here both are held against independent ones.

import { createRequire } from 'node:module'
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'

const snappy = createRequire(import.meta.url)('snappyjs') as { compress(data: Uint8Array): Uint8Array }

interface Totals {
  samples: number
  stale: number
  reports: number
  checksum: number
  firstTimestamp: number
  lastTimestamp: number
}
type Count = (message: Uint8Array, totals: Totals) => number
interface Body {
  readonly text: string
  readonly samples: number
  readonly checksum: number
}

// The bench is plain JavaScript without declarations; the address in a variable keeps the compiler from looking for some.
const bench = new URL('../../bench/', import.meta.url)
let snappyDecode: (input: Uint8Array) => Uint8Array
let countVersion1: Count
let countVersion2: Count
let noSamples: () => Totals
let targetVersions: (options: { seed: number; index: number; series: number; versions: number }) => Body[]
let versionOf: (scrape: number, versions: number) => number
beforeAll(async () => {
  ;({ snappyDecode } = await import(/* @vite-ignore */ new URL('snappy.mjs', bench).href))
  ;({ countVersion1, countVersion2, noSamples } = await import(
    /* @vite-ignore */ new URL('write-request.mjs', bench).href
  ))
  ;({ targetVersions, versionOf } = await import(/* @vite-ignore */ new URL('bodies.mjs', bench).href))
})

const STALE = Symbol('stale')
const SERIES: readonly { name: string; value: number | typeof STALE; timestamp: number }[] = [
  { name: 'http_requests_total', value: 12.5, timestamp: 1_700_000_000_123 },
  { name: 'upper', value: -1, timestamp: 1_700_000_000_120 },
  { name: 'http_requests_total', value: STALE, timestamp: 1_700_000_000_124 },
  { name: 'up', value: 1, timestamp: 1_700_000_000_123 },
  { name: 'scrape_duration_seconds', value: 0.1, timestamp: 1_700_000_000_123 },
]
const EXPECTED: Totals = {
  samples: 2,
  stale: 1,
  reports: 2,
  checksum: bitSum(12.5) + bitSum(-1),
  firstTimestamp: 1_700_000_000_120,
  lastTimestamp: 1_700_000_000_124,
}

function bitSum(value: number): number {
  const bits = new DataView(new Float64Array([value]).buffer)
  return bits.getUint32(0, true) + bits.getUint32(4, true)
}

function writeSample(series: BinaryWriter, { value, timestamp }: (typeof SERIES)[number]): void {
  series.tag(2, 2).fork()
  if (value === STALE) series.tag(1, 1).fixed32(2).fixed32(0x7ff00000)
  else series.tag(1, 1).double(value as number)
  series.tag(2, 0).int64(timestamp).join()
}

describe('the bench’s sink', () => {
  it('counts samples, staleness markers and report series of remote_write 1.0', () => {
    const request = new BinaryWriter()
    for (const one of SERIES) {
      request.tag(1, 2).fork()
      for (const [name, value] of [
        ['Az', 'x'],
        ['__name__', one.name],
        ['job', 'up'],
      ] as const) {
        request.tag(1, 2).fork().tag(1, 2).string(name).tag(2, 2).string(value).join()
      }
      writeSample(request, one)
      request.join()
    }
    request.tag(3, 2).fork().tag(1, 0).int32(1).join()
    const totals = noSamples()
    expect(countVersion1(request.finish(), totals)).toBe(5)
    expect(totals).toEqual({ ...EXPECTED, checksum: EXPECTED.checksum >>> 0 })
  })

  it('counts the same in remote_write 2.0', () => {
    const symbols = ['', '__name__', 'job', 'demo', ...SERIES.map((one) => one.name)]
    const request = new BinaryWriter()
    for (const symbol of symbols) request.tag(4, 2).string(symbol)
    for (const one of SERIES) {
      request.tag(5, 2).fork()
      request.tag(1, 2).fork().uint32(1).uint32(symbols.indexOf(one.name)).uint32(2).uint32(3).join()
      writeSample(request, one)
      request.join()
    }
    const totals = noSamples()
    expect(countVersion2(request.finish(), totals)).toBe(5)
    expect(totals).toEqual({ ...EXPECTED, checksum: EXPECTED.checksum >>> 0 })
  })

  it('refuses a message that is cut off', () => {
    const whole = new BinaryWriter()
      .tag(1, 2)
      .fork()
      .tag(1, 2)
      .fork()
      .tag(1, 2)
      .string('__name__')
      .join()
      .join()
      .finish()
    for (let length = 1; length < whole.length; length++) {
      expect(() => countVersion1(whole.slice(0, length), noSamples())).toThrow()
    }
  })

  it('undoes snappy as another implementation does it', () => {
    const repetitive = fc.array(fc.constantFrom('a', 'bcd', '{le="0.5"}', '0123456789'), { maxLength: 3000 })
    fc.assert(
      fc.property(repetitive, (parts) => {
        const input = new TextEncoder().encode(parts.join(''))
        expect(snappyDecode(snappy.compress(input))).toEqual(input)
      }),
      { numRuns: 50 },
    )
    expect(() => snappyDecode(new Uint8Array([5, 0]))).toThrow()
  })
})

describe('the bench’s bodies', () => {
  const parse = (text: string): Map<string, string> =>
    new Map(
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
    )

  it.each([0, 1, 2, 3])('say exactly how many samples they have and what their values add up to (kind %i)', (index) => {
    for (const { text, samples, checksum } of targetVersions({ seed: 1, index, series: 500, versions: 3 })) {
      const series = parse(text)
      expect(samples).toBe(500)
      // As many different ones: no duplicates.
      expect(series.size).toBe(500)
      const sum = [...series.values()].reduce((total, value) => (total + bitSum(Number(value))) >>> 0, 0)
      expect(checksum).toBe(sum)
    }
  })

  it('change as real ones do: about 12 % of the values and 0.08 % of the series', () => {
    let values = 0
    let series = 0
    let total = 0
    for (const index of [0, 1, 2, 3]) {
      const [first, ...later] = targetVersions({ seed: 1, index, series: 2000, versions: 8 })
      let before = parse((first as Body).text)
      for (const body of later) {
        const now = parse(body.text)
        for (const [name, value] of now) {
          if (!before.has(name)) series++
          else if (before.get(name) !== value) values++
        }
        total += now.size
        before = now
      }
    }
    expect(values / total).toBeGreaterThan(0.1)
    expect(values / total).toBeLessThan(0.14)
    expect(series / total).toBeGreaterThan(0.0005)
    expect(series / total).toBeLessThan(0.0012)
  })

  it('are the same for the same seed', () => {
    const make = (seed: number): Body[] => targetVersions({ seed, index: 2, series: 300, versions: 4 })
    expect(make(1)).toEqual(make(1))
    expect(make(2)).not.toEqual(make(1))
  })

  it('are served forwards and backwards', () => {
    expect([0, 1, 2, 3, 4, 5, 6].map((scrape) => versionOf(scrape, 4))).toEqual([0, 1, 2, 3, 2, 1, 0])
    expect(versionOf(5, 1)).toBe(0)
  })
})
