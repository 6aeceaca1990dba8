/**
 * Templates and the open block together, by both versions: whatever sources do, an independent decoder reads of every series what the
 * model expects, bit for bit; and parts, put together, are the request.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Labels, labelsFrom, labelsToMap } from '../../../core/labels/labels.ts'
import { type Block, NOTHING, type Part, type Protocol } from '../../../core/remote-write/block.ts'
import { createEncoding, type Encoding } from '../../../core/remote-write/encoding/encoding.ts'
import { createIdentity } from '../../../core/remote-write/encoding/identity.ts'
import type { Load } from '../../../core/remote-write/encoding/load.ts'
import { createOpenBlock } from '../../../core/remote-write/encoding/open-block.ts'
import { MAX_PREAMBLE_BYTES, writePreambleBefore } from '../../../core/remote-write/encoding/snappy.ts'
import { createTemplate } from '../../../core/remote-write/encoding/template.ts'
import type { Metadata } from '../../../core/series/metadata.ts'
import {
  decodeSecondRequest,
  decodeWriteRequest,
  uncompress,
  type WholeSeries,
} from '../../support/remote-write-decoder.ts'
import { batchOf } from '../setup.ts'
import { createExpected, createModelSource, linesOf, modelLabels, type Sent, step } from './model.ts'

const options = fc.record({
  protocol: fc.constantFrom<Protocol>('1.0', '2.0'),
  histograms: fc.nat(4).map((n) => n > 0),
  exemplars: fc.nat(4).map((n) => n > 0),
  metadata: fc.boolean(),
})

const shape = fc.record({
  maxSamples: fc.constantFrom(1, 3, 2000),
  maxRawBytes: fc.constantFrom(400, 2000, 1e7),
  /** By turns: whether parts are wanted, whether the block is closed, whether a slice is over. */
  parts: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
  closes: fc.array(
    fc.nat(5).map((n) => n === 0),
    { minLength: 1, maxLength: 7 },
  ),
  slices: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }).map((slices) => [...slices, false]),
})

interface Kept {
  head: Uint8Array[]
  tail: Uint8Array[]
  raw: number
  parts: Part[]
}

function decode({ protocol, body }: Pick<Block, 'protocol' | 'body'>): readonly WholeSeries[] {
  return (protocol === '1.0' ? decodeWriteRequest(body) : decodeSecondRequest(body)).series
}

function joined({ head, tail, raw }: Kept): Uint8Array<ArrayBuffer> {
  const preamble = new Uint8Array(MAX_PREAMBLE_BYTES)
  const begin = writePreambleBefore(preamble, MAX_PREAMBLE_BYTES, raw)
  return Uint8Array.from([preamble.subarray(begin), ...head, ...tail].flatMap((bytes) => [...bytes]))
}

function turns(of: readonly boolean[]): () => boolean {
  let next = 0
  return () => of[next++ % of.length]
}

function createRig(shape: { maxSamples: number; maxRawBytes: number; parts: boolean[]; closes: boolean[] }) {
  const blocks: Block[] = []
  const kept = new Map<Block, Kept>()
  let current: Kept = { head: [], tail: [], raw: 0, parts: [] }
  const keep = (part: Part): void => {
    current.head.push(part.head.slice())
    current.tail.push(part.tail.slice())
    current.raw += part.headRawBytes + part.tailRawBytes
    current.parts.push(part)
    // What is on disk after a crash is a request, too.
    decode({ protocol: part.protocol, body: joined(current) })
  }
  let opened = 0
  const open = createOpenBlock(
    () => shape,
    () => 1000 + opened,
    {
      opened: () => opened++,
      parts: turns(shape.parts),
      grew: keep,
      finished(block, rest) {
        if (rest !== undefined) {
          expect(current.parts).not.toEqual([])
          keep(rest)
        }
        blocks.push(block)
        kept.set(block, current)
        current = { head: [], tail: [], raw: 0, parts: [] }
      },
    },
  )
  const close = turns(shape.closes)
  return {
    open,
    blocks,
    kept,
    send(load: Load, facts: Parameters<typeof open.begin>[1]) {
      open.begin(load, facts)
      while (open.step()) if (close()) open.close()
    },
    finish() {
      open.close()
      expect(blocks.length).toBe(opened)
    },
  }
}

function checkBlock(block: Block, { maxSamples, maxRawBytes }: { maxSamples: number; maxRawBytes: number }): void {
  const series = decode(block)
  const count = (of: (one: WholeSeries) => readonly unknown[]): number =>
    series.reduce((sum, one) => sum + of(one).length, 0)
  expect(block.counts).toEqual({
    samples: count(({ samples }) => samples),
    histograms: count(({ histograms }) => histograms),
    exemplars: count(({ exemplars }) => exemplars),
    metadata: 0,
  })
  expect(uncompress(block.body).length).toBe(block.rawBytes)
  expect(block.counts.samples + block.counts.histograms).toBeLessThanOrEqual(maxSamples)
  if (series.length > 1) expect(block.rawBytes).toBeLessThanOrEqual(maxRawBytes)
  for (const { timestamp } of series.flatMap(({ samples, histograms }) => [...samples, ...histograms])) {
    expect(timestamp).toBeGreaterThanOrEqual(block.minTimestamp)
    expect(timestamp).toBeLessThanOrEqual(block.maxTimestamp)
  }
}

function checkParts(block: Block, kept: Kept): void {
  if (kept.parts.length === 0) return
  expect(joined(kept)).toEqual(block.body.slice())
  const sum = { ...NOTHING }
  const orders = new Set<number>()
  for (const { counts, orders: its, createdAt } of kept.parts) {
    for (const key of ['samples', 'histograms', 'exemplars'] as const)
      Object.assign(sum, { [key]: sum[key] + counts[key] })
    for (const order of its) orders.add(order)
    expect(createdAt).toBe(block.createdAt)
  }
  expect(sum).toEqual(block.counts)
  expect(orders).toEqual(new Set(block.orders))
  expect(Math.min(...kept.parts.map(({ minTimestamp }) => minTimestamp))).toBe(block.minTimestamp)
  expect(Math.max(...kept.parts.map(({ maxTimestamp }) => maxTimestamp))).toBe(block.maxTimestamp)
}

describe('what is encoded', () => {
  it('is what went in, by both versions, whatever the sources do', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 25 }),
        fc.array(options, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(4, 12, 100),
        shape,
        (steps, sent, stepsPerOptions, shape) => {
          const rig = createRig(shape)
          const expected = createExpected()
          const families: Metadata[] = []
          const identity = createIdentity(() => 0)
          const sources = Array.from({ length: 3 }, createModelSource)
          const templates = sources.map(({ source }, i) => createTemplate(source, identity, i, [1, 2]))
          const encodings: Encoding[] = []
          let encoding: Encoding | undefined
          let now: Sent | undefined
          let time = 1_700_000_000_000
          const totals = { samples: 0, histograms: 0, exemplars: 0, notSent: 0, unsupported: 0 }
          steps.forEach((step, n) => {
            if (n % stepsPerOptions === 0 || encoding === undefined || now === undefined) {
              now = sent[Math.floor(n / stepsPerOptions) % sent.length]
              encoding = createEncoding({ ...now, labels: modelLabels, family: (metadata) => families.push(metadata) })
              encodings.push(encoding)
            }
            time += step.elapsed
            const one = sources[step.source]
            const template = templates[step.source]
            for (const change of step.changes) one.apply(change)
            const batch = one.batch(step, time)
            expected.take(one, batch, now)
            const over = turns(shape.slices)
            while (!template.prepare(batch, encoding, over));
            const taken = template.take(batch, encoding)
            const { minTimestamp, maxTimestamp } = taken
            totals.samples += taken.accepted - taken.histograms.accepted
            totals.histograms += taken.histograms.accepted
            totals.exemplars += taken.exemplars
            totals.notSent += taken.histograms.notSent
            totals.unsupported += taken.histograms.unsupported
            for (const load of [taken.patched, taken.exact]) {
              rig.send(load, { orders: template.orders, minTimestamp, maxTimestamp })
            }
          })
          rig.finish()
          const lines = new Map<string, string[]>()
          for (const block of rig.blocks) {
            linesOf(decode(block), lines)
            checkBlock(block, shape)
            checkParts(block, rig.kept.get(block) as Kept)
          }
          expect(byKey(lines)).toEqual(byKey(expected.lines))
          expect(totals).toEqual(expected.counts)
          const isTold = sent.some(({ protocol, metadata }) => protocol === '1.0' && metadata)
          if (!isTold) expect(families).toEqual([])
          for (const template of templates) template.close()
          expect(identity.owned).toBe(0)
          for (const { symbols } of encodings) {
            expect([symbols?.pairs ?? 0, symbols?.descriptions ?? 0, symbols?.strings.live ?? 0]).toEqual([0, 0, 0])
          }
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('2.0', () => {
  it('writes series of many labels, in requests of more symbols than two bytes can name', () => {
    const rig = createRig({ maxSamples: 2000, maxRawBytes: 1e8, parts: [false], closes: [false] })
    const labels = (slot: number): Labels =>
      labelsFrom([
        ['__name__', `m${slot}`],
        ...Array.from({ length: slot % 90 }, (_, i): [string, string] => [`name_${i}`, `value ${slot} ${i}`]),
      ])
    const count = 700
    const source = {
      name: 'wide',
      labels,
      metadata: () => undefined,
      generations: new Uint32Array(count + 1),
      version: 0,
    }
    const template = createTemplate(
      source,
      createIdentity(() => 0),
      1,
      [1, 2],
    )
    const all = { exemplars: true, histograms: true, metadata: true }
    const encoding = createEncoding({ ...all, protocol: '2.0', labels: (labels) => labels })
    const values = Array.from({ length: count }, (_, i) => i)
    for (const timestamp of [1_700_000_000_000, 1_700_000_001_000]) {
      const { patched } = template.take(batchOf(timestamp, values), encoding)
      rig.send(patched, { orders: template.orders, minTimestamp: timestamp, maxTimestamp: timestamp })
      rig.finish()
    }
    for (const { body } of rig.blocks) {
      const { series, symbols } = decodeSecondRequest(body)
      expect(symbols.length).toBeGreaterThan(2 ** 14)
      series.forEach(({ labels: decoded, samples }, i) => {
        expect(decoded).toEqual(labelsToMap(labels(i + 1)))
        expect(samples[0].value).toBe(i)
      })
      expect(series).toHaveLength(count)
    }
    expect(rig.blocks).toHaveLength(2)
  })
})

describe('rows of 2.0', () => {
  /** Few of each, so that most rows are like the one before but for one label or two, and not always in as many bytes. */
  const row = fc.record({
    name: fc.nat(2),
    a: fc.nat(400).map((n) => (n < 200 ? 0 : n)),
    wide: fc.nat(20).map((n) => (n < 3 ? 40 : n < 6 ? n : 0)),
    help: fc.nat(6).map((n) => (n < 5 ? 0 : n)),
    value: fc.oneof(fc.constantFrom(0, 1, Number.NaN), fc.double({ noNaN: true })),
    stale: fc.nat(9).map((n) => n === 0),
    gone: fc.nat(3).map((n) => n === 0),
  })
  const all = { exemplars: true, histograms: true, metadata: true }

  it('are what they are, whatever the row before them was', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 250, size: 'max' }),
        fc.constantFrom(3, 150, 2000),
        fc.boolean(),
        (rows, maxSamples, hasStale) => {
          const rig = createRig({ maxSamples, maxRawBytes: 1e7, parts: [true, false], closes: [false] })
          const count = rows.length
          const generations = new Uint32Array(count + 1)
          const labels = (slot: number): Labels => {
            const { name, a, wide } = rows[slot - 1]
            const more = Array.from({ length: wide }, (_, i): [string, string] => [`n${i}`, 'x'])
            const unique = slot % 3 === 0 ? `${slot}` : `${slot} ${generations[slot]}`
            return labelsFrom([['__name__', `m${name}`], ['a', `${a}`], ...more, ['zz', unique]])
          }
          const metadata = (slot: number): Metadata => {
            const { name, help } = rows[slot - 1]
            return { family: `m${name}`, type: 1, help: `${name} ${help}`, unit: '' }
          }
          const source = { name: 'rows', labels, metadata, generations, version: 0 }
          const identity = createIdentity(() => 0)
          const template = createTemplate(source, identity, 1, [1, 2])
          const encoding = createEncoding({ ...all, protocol: '2.0', labels: (labels) => labels })
          const expected: object[] = []
          for (let round = 0; round < 5; round++) {
            const timestamp = 1_700_000_000_000 + round
            // Some become others; some stay away for a while; the last time in another order.
            if (round === 2) for (const [i, { gone }] of rows.entries()) if (gone) generations[i + 1]++
            let slots = rows.map((_, i) => i + 1)
            if (round > 2) slots = slots.filter((slot) => !rows[slot - 1].gone)
            if (round === 4) slots.reverse()
            const values = slots.map((slot) => rows[slot - 1].value + round)
            const stale = hasStale ? Uint8Array.from(slots, (slot) => (rows[slot - 1].stale ? 1 : 0)) : undefined
            const batch = batchOf(timestamp, values, { slots: Uint32Array.from(slots), stale, layout: round })
            const { patched } = template.take(batch, encoding)
            rig.send(patched, { orders: template.orders, minTimestamp: timestamp, maxTimestamp: timestamp })
            slots.forEach((slot, i) => {
              const { type, help, unit } = metadata(slot)
              expected.push({
                labels: [...labelsToMap(labels(slot))],
                timestamp,
                bits: stale?.[i] === 1 ? '7ff0000000000002' : bitsOf(values[i]),
                description: { type, help, unit },
              })
            })
          }
          rig.finish()
          const found = rig.blocks.flatMap(decode).map(({ labels, samples: [{ timestamp, bits }], description }) => ({
            labels: [...labels],
            timestamp,
            bits,
            description,
          }))
          expect(found).toEqual(expected)
        },
      ),
      { numRuns: 20 },
    )
  })

  function bitsOf(value: number): string {
    if (Number.isNaN(value)) return '7ff8000000000001'
    const view = new DataView(new ArrayBuffer(8))
    view.setFloat64(0, value)
    return view.getBigUint64(0).toString(16).padStart(16, '0')
  }
})

function byKey(lines: ReadonlyMap<string, readonly string[]>): object {
  return Object.fromEntries([...lines].sort(([a], [b]) => (a < b ? -1 : 1)))
}
