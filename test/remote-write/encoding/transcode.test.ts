/** Requests of 2.0 turned into 1.0: what 1.0 has words for arrives, and nothing that is damaged does any harm. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CUSTOM_SCHEMA } from '../../../core/histograms/histogram.ts'
import type { Block } from '../../../core/remote-write/block.ts'
import { createEncoding } from '../../../core/remote-write/encoding/encoding.ts'
import { createIdentity } from '../../../core/remote-write/encoding/identity.ts'
import { createOpenBlock } from '../../../core/remote-write/encoding/open-block.ts'
import { createTemplate } from '../../../core/remote-write/encoding/template.ts'
import { toFirstProtocol, toFirstProtocolInSlices } from '../../../core/remote-write/encoding/transcode.ts'
import { uncompressing } from '../../../core/remote-write/encoding/uncompress.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import {
  decodeSecondRequest,
  decodeWriteRequest,
  uncompress,
  type WholeSeries,
} from '../../support/remote-write-decoder.ts'
import { createModelSource, linesOf, modelLabels, type Step, step } from './model.ts'

const steps = fc.array(step, { minLength: 1, maxLength: 12 })

function secondBlocks(steps: readonly Step[], maxSamples = 2000): Block[] {
  const blocks: Block[] = []
  const open = createOpenBlock(
    () => ({ maxSamples, maxRawBytes: 1e7 }),
    () => 7,
    { opened: () => undefined, parts: () => false, grew: () => undefined, finished: (block) => blocks.push(block) },
  )
  const labels = modelLabels
  const encoding = createEncoding({ protocol: '2.0', labels, exemplars: true, histograms: true, metadata: true })
  const one = createModelSource()
  const template = createTemplate(
    one.source,
    createIdentity(() => 0),
    3,
    [1, 2],
  )
  let now = 1_700_000_000_000
  for (const step of steps) {
    now += step.elapsed
    for (const change of step.changes) one.apply(change)
    const { patched, minTimestamp, maxTimestamp } = template.take(one.batch(step, now), encoding)
    open.begin(patched, { orders: template.orders, minTimestamp, maxTimestamp })
    while (open.step());
  }
  open.close()
  return blocks
}

/** As 1.0 has it. */
function lessened({ samples, histograms, ...series }: WholeSeries): WholeSeries {
  return {
    ...series,
    description: undefined,
    samples: samples.map(({ start, ...sample }) => sample),
    histograms: histograms.flatMap(({ start, ...one }) => (one.schema === CUSTOM_SCHEMA ? [] : [one])),
  }
}

/** Many series that share a long label. */
function largeBlock(count: number, length: number): Block {
  const long = 'x'.repeat(length)
  const source = {
    name: 'large',
    labels: (slot: number) => ['__name__', `m${slot}`, 'long', long],
    metadata: () => undefined,
    generations: new Uint32Array(count + 1),
    version: 0,
  }
  const blocks: Block[] = []
  const open = createOpenBlock(
    () => ({ maxSamples: count, maxRawBytes: 1e9 }),
    () => 7,
    { opened: () => undefined, parts: () => false, grew: () => undefined, finished: (block) => blocks.push(block) },
  )
  const encoding = createEncoding({
    protocol: '2.0',
    labels: (labels) => labels,
    exemplars: true,
    histograms: true,
    metadata: true,
  })
  const template = createTemplate(
    source,
    createIdentity(() => 0),
    3,
    [1, 2],
  )
  const batch = {
    count,
    slots: Uint32Array.from({ length: count }, (_, i) => i + 1),
    values: new Float64Array(count),
    stale: undefined,
    timestamp: 1_700_000_000_000,
    timestamps: undefined,
    starts: undefined,
    histograms: undefined,
    exemplars: undefined,
    layout: 1,
    repeats: false,
  }
  const { patched } = template.take(batch, encoding)
  open.begin(patched, { orders: new Set([3]), minTimestamp: batch.timestamp, maxTimestamp: batch.timestamp })
  while (open.step());
  open.close()
  return blocks[0]
}

describe('a request of 2.0 for a receiver of 1.0', () => {
  it('holds everything that 1.0 has words for, and says what it has not', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(2, 2000), (steps, maxSamples) => {
        for (const block of secondBlocks(steps, maxSamples)) {
          const { series } = decodeSecondRequest(block.body)
          const kept = series.map(lessened).filter(({ samples, histograms }) => samples.length + histograms.length > 0)
          const { block: turned, dropped } = toFirstProtocol(block)
          const custom = series.flatMap(({ histograms }) => histograms.filter(({ schema }) => schema === CUSTOM_SCHEMA))
          expect(dropped.get('nhcb_in_rw1_not_supported')?.histograms ?? 0).toBe(custom.length)
          if (turned === undefined) {
            expect(kept).toEqual([])
            continue
          }
          const { protocol, counts, body, rawBytes, ...rest } = turned
          expect(protocol).toBe('1.0')
          expect(linesOf(decodeWriteRequest(body).series)).toEqual(linesOf(kept))
          expect(counts.samples + counts.histograms + custom.length).toBe(
            block.counts.samples + block.counts.histograms,
          )
          expect(counts.exemplars).toBe(kept.reduce((sum, { exemplars }) => sum + exemplars.length, 0))
          expect(uncompress(body).length).toBe(rawBytes)
          expect(block).toMatchObject(rest)
        }
      }),
      { numRuns: 80 },
    )
  })

  it('leaves one of 1.0 as it is', () => {
    const block: Block = { ...largeBlock(1, 1), protocol: '1.0' }
    expect(toFirstProtocol(block).block).toBe(block)
  })

  it('is dropped as a whole, and counted, when its bytes are damaged; or it is something, but never an error', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(steps, damage, fc.option(fc.nat(), { nil: undefined }), (steps, damage, cut) => {
        for (const block of secondBlocks(steps)) {
          const body = block.body.slice(0, cut === undefined ? block.body.length : cut % (block.body.length + 1))
          for (const [at, byte] of damage) if (body.length > 0) body[at % body.length] = byte
          const { block: turned, dropped } = toFirstProtocol({ ...block, body })
          for (const kind of ['samples', 'histograms', 'exemplars'] as const) {
            const found = [turned?.counts, ...dropped.values()].reduce((sum, counts) => sum + (counts?.[kind] ?? 0), 0)
            expect(found, kind).toBeGreaterThanOrEqual(block.counts[kind])
          }
          if (turned !== undefined) expect(turned.rawBytes).toBe(uncompress(turned.body).length)
        }
      }),
      { numRuns: 150 },
    )
    const block = largeBlock(10, 10)
    const half = { ...block, body: block.body.slice(0, block.body.length >> 1) }
    expect(toFirstProtocol(half)).toEqual({ block: undefined, dropped: new Map([['corrupt', block.counts]]) })
  })

  it('says what is missing in one that holds less than it is said to', () => {
    const { counts, ...block } = largeBlock(10, 10)
    // Snappy of a symbol alone.
    const empty = { ...block, counts, body: Uint8Array.of(2, 0x04, 0x22, 0x00) }
    expect(toFirstProtocol(empty)).toEqual({ block: undefined, dropped: new Map([['corrupt', counts]]) })
    const { block: turned, dropped } = toFirstProtocol({ ...block, counts: { ...counts, samples: 12, exemplars: 1 } })
    expect(turned?.counts).toEqual(counts)
    expect(dropped).toEqual(new Map([['corrupt', { samples: 2, histograms: 0, exemplars: 1, metadata: 0 }]]))
  })

  it('takes any bytes', () => {
    const block = largeBlock(1, 1)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        expect(toFirstProtocol({ ...block, body }).block?.protocol ?? '1.0').toBe('1.0')
      }),
    )
  })

  it('gives others a turn while it works on a long one, and gives up one that becomes too long', async () => {
    const clock = createFakeClock()
    let looks = 0
    let turns = 0
    const slow = {
      // Every look at the clock takes a millisecond.
      monotonic: () => ++looks,
      turn: () => {
        turns++
        return clock.turn()
      },
    }
    const block = largeBlock(3000, 2000)
    const { block: turned } = await toFirstProtocolInSlices(block, slow)
    expect(turns).toBeGreaterThan(3)
    expect(decodeWriteRequest((turned as Block).body).series).toHaveLength(3000)
    const tooLong = largeBlock(3000, 30_000)
    expect(toFirstProtocol(tooLong)).toEqual({
      block: undefined,
      dropped: new Map([['too_large_for_rw1', tooLong.counts]]),
    })
  })
})

describe('uncompressing', () => {
  function whole(body: Uint8Array, max = 1e8): Uint8Array | undefined {
    const step = uncompressing(body, max)
    for (;;) {
      const result = step()
      if (result.state === 'done') return result.bytes
      if (result.state === 'corrupt') return undefined
    }
  }

  it('gives back what was compressed', () => {
    for (const length of [1, 100, 5000]) {
      const { body } = largeBlock(50, length)
      expect(whole(body)?.length).toBe(uncompress(body).length)
      expect(whole(body)).toEqual(uncompress(body))
    }
  })

  it.each([
    ['nothing', []],
    ['a length that never ends', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80]],
    ['a length that nothing of this size can have', [0xff, 0xff, 0x7f, 0x00, 0x61]],
    ['too few bytes', [5, 0x04, 0x61]],
    ['more bytes than said', [1, 0x04, 0x61, 0x61]],
    ['a copy from before the beginning', [8, 0x00, 0x61, 0x05, 0x02]],
    ['a copy from nowhere', [8, 0x00, 0x61, 0x05, 0x00]],
    ['a copy that ends in the middle', [8, 0x00, 0x61, 0x02]],
    ['a copy that is too long', [4, 0x00, 0x61, 0x0d, 0x01]],
  ])('refuses %s', (_, bytes) => {
    expect(whole(Uint8Array.from(bytes))).toBeUndefined()
  })

  it('reads copies that overlap themselves, and of all three forms', () => {
    expect(whole(Uint8Array.of(9, 0x00, 0x61, 0x11, 0x01))).toEqual(new Uint8Array(9).fill(0x61))
    expect(whole(Uint8Array.of(5, 0x00, 0x61, 0x0e, 0x01, 0x00))).toEqual(new Uint8Array(5).fill(0x61))
    expect(whole(Uint8Array.of(5, 0x00, 0x61, 0x0f, 0x01, 0x00, 0x00, 0x00))).toEqual(new Uint8Array(5).fill(0x61))
    expect(whole(Uint8Array.of(5, 0x00, 0x61, 0x0f, 0x01, 0x00, 0x00, 0x00), 4)).toBeUndefined()
  })
})
