/** The strings of an endpoint: each once, gone with its last user, and no larger for all that come and go. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Labels, labelsFrom } from '../../../core/labels/labels.ts'
import { createBytes } from '../../../core/remote-write/encoding/bytes.ts'
import { createIdTable } from '../../../core/remote-write/encoding/id-table.ts'
import { labelBytes } from '../../../core/remote-write/encoding/label-bytes.ts'
import { metadataBlock } from '../../../core/remote-write/encoding/metadata-block.ts'
import { createReferences } from '../../../core/remote-write/encoding/references.ts'
import { createSymbols } from '../../../core/remote-write/encoding/symbols.ts'
import { decodeWriteRequest } from '../../support/remote-write-decoder.ts'

describe('a table of numbers', () => {
  it('finds what was added and not removed, however the hashes lie', () => {
    const hash = fc.oneof(fc.nat(70), fc.integer())
    const actions = fc.array(fc.tuple(fc.boolean(), fc.nat(60)), { maxLength: 300 })
    fc.assert(
      fc.property(fc.array(hash, { minLength: 61, maxLength: 61 }), actions, (hashes, actions) => {
        const table = createIdTable((id) => hashes[id])
        const model = new Set<number>()
        for (const [add, id] of actions) {
          if (add === model.has(id)) continue
          if (add) table.add(id, hashes[id])
          else table.remove(id, hashes[id])
          if (add) model.add(id)
          else model.delete(id)
          for (let i = 0; i <= 60; i++)
            expect(table.find(hashes[i], (found) => found === i)).toBe(model.has(i) ? i : -1)
        }
      }),
    )
  })
})

describe('symbols', () => {
  const series = (i: number): Labels =>
    labelsFrom([
      ['__name__', `metric_${i % 10}`],
      ['instance', 'the same'],
      ['trace', `${i}`.padStart(1 + (i % 40), 'x')],
    ])

  it('do not grow while series come and go, with and without requests', () => {
    const symbols = createSymbols(7)
    const references = createReferences(symbols)
    let largest = 0
    let numbers = 0
    for (let i = 0; i < 30_000; i++) {
      if (i % 500 === 0 && i % 3000 < 1500) symbols.begin(createBytes(0))
      if (i % 500 === 499 && i % 3000 < 1500) symbols.end()
      const labels = labelBytes(series(i))
      references.add(1, labels, { family: 'f', type: 1, help: `help ${i % 50}`, unit: '' })
      if (references.entries.live > 100) references.remove(references.entries.count - 101)
      references.compact(() => undefined)
      expect(symbols.pairs).toBeLessThanOrEqual(10 + 1 + 101)
      if (i === 5000) {
        largest = symbols.strings.arena.length
        numbers = symbols.strings.capacity
      }
    }
    expect(symbols.strings.arena.length).toBeLessThanOrEqual(largest * 1.1)
    expect(symbols.strings.capacity).toBeLessThanOrEqual(numbers + 1)
    references.clear()
    symbols.end()
    expect([symbols.pairs, symbols.descriptions, symbols.strings.live]).toEqual([0, 0, 0])
  })

  it('keep a string that a request has, so that it gets no second symbol there', () => {
    const symbols = createSymbols(7)
    const table = createBytes(0)
    symbols.begin(table)
    const labels = labelBytes(['__name__', 'gone'])
    const pair = symbols.acquirePair(labels, 0)
    symbols.lookUp(pair)
    const size = table.length
    symbols.releasePair(pair)
    const other = symbols.acquirePair(labelBytes(['__name__', 'other']), 0)
    symbols.lookUp(other)
    symbols.lookUp(symbols.acquirePair(labelBytes(['__name__', 'gone']), 0))
    expect(symbols.refer('gone')).toBe(2)
    expect(table.length).toBe(size + 2 + 'other'.length)
  })

  it('describe what a number stands for now, not what it stood for', () => {
    const symbols = createSymbols(7)
    const table = createBytes(0)
    const family = (help: string) => ({ family: 'f', type: 1, help, unit: '' })
    const referenceOf = (description: number): number => symbols.describe(description).bytes[5]
    symbols.begin(table)
    const first = family('first')
    const id = symbols.acquireDescription(first)
    expect(referenceOf(id)).toBe(1)
    symbols.releaseDescription(id)
    // The number is given out again, in the same request.
    expect(symbols.acquireDescription(family('second'))).toBe(id)
    expect(referenceOf(id)).toBe(2)
    symbols.releaseDescription(id)
    // And again, for the object that was asked for last when it meant something else.
    const second = family('second')
    expect(symbols.acquireDescription(second)).toBe(id)
    symbols.releaseDescription(id)
    expect(symbols.acquireDescription(family('third'))).toBe(id)
    expect(symbols.acquireDescription(second)).not.toBe(id)
    expect(referenceOf(id)).toBe(3)
    symbols.end()
    symbols.begin(createBytes(0))
    symbols.refer('before it')
    expect(referenceOf(id)).toBe(2)
  })

  it('are not those of a description that is gone, for the series that comes next', () => {
    const symbols = createSymbols(7)
    const one = { family: 'f', type: 1, help: 'one', unit: '' }
    const id = symbols.acquireDescription(one)
    symbols.releaseDescription(id)
    expect(symbols.descriptions).toBe(0)
    expect(symbols.acquireDescription(one)).toBe(id)
    expect(symbols.descriptions).toBe(1)
    symbols.releaseDescription(id)
    expect([symbols.descriptions, symbols.strings.live]).toEqual([0, 0])
  })

  it('refer with more than two bytes where there are that many', () => {
    const symbols = createSymbols(7)
    const table = createBytes(0)
    symbols.begin(table)
    for (let i = 1; i < 20_000; i++) expect(symbols.refer(`number ${i}`)).toBe(i)
    const pair = symbols.acquirePair(labelBytes(['number 5', 'number 16384']), 0)
    symbols.lookUp(pair)
    const out = createBytes(0)
    symbols.appendLong(out, pair)
    expect([...out.bytes.subarray(0, out.length)]).toEqual([5, 0x80, 0x80, 1])
  })
})

describe('a request of metadata', () => {
  it('says what was given', () => {
    const families = Array.from({ length: 3000 }, (_, i) => ({
      family: `family_${i}`,
      type: i % 8,
      help: i % 3 === 0 ? '' : `Grüße\nNr. ${i} ${'y'.repeat(i % 200)}`,
      unit: i % 2 === 0 ? 'seconds' : '',
    }))
    const block = metadataBlock(families, 5)
    expect(decodeWriteRequest(block.body)).toEqual({ series: [], metadata: families })
    expect(block).toMatchObject({ protocol: '1.0', createdAt: 5, minTimestamp: 0, maxTimestamp: 0, orders: new Set() })
    expect(block.counts).toEqual({ samples: 0, histograms: 0, exemplars: 0, metadata: 3000 })
  })
})
