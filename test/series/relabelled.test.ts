import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatLabels, type Labels } from '../../core/labels/labels.ts'
import type { Batch, Receiver } from '../../core/series/batch.ts'
import { createRelabelled, type Rewrite } from '../../core/series/relabelled.ts'

/** What the receiver behind was sent: by a naive sink that asks for labels each time. */
function naiveReceiver(seen: string[]): Receiver & { closed: number } {
  const receiver = {
    name: 'naive',
    closed: 0,
    open: (source: Parameters<Receiver['open']>[0]) => ({
      append(batch: Batch) {
        for (let i = 0; i < batch.count; i++) {
          const labels = source.labels(batch.slots[i])
          if (labels !== undefined) seen.push(`${formatLabels(labels)} ${batch.values[i]}`)
        }
        return undefined
      },
      close: () => {
        receiver.closed++
      },
    }),
  }
  return receiver
}

/** A source whose slots can be given to other series. */
function changingSource(slots: number) {
  const labels: (Labels | undefined)[] = []
  let generations = new Uint32Array(2)
  return {
    name: 'changing',
    version: 0,
    get generations() {
      return generations
    },
    labels: (slot: number) => labels[slot],
    metadata: (): undefined => undefined,
    put(slot: number, number: number) {
      if (slot >= generations.length) {
        const larger = new Uint32Array(slots + 1)
        larger.set(generations)
        generations = larger
      }
      generations[slot]++
      labels[slot] = ['n', String(number)]
    },
  }
}

function batchOf(slots: readonly number[], layout: number): Batch {
  return {
    count: slots.length,
    slots: Uint32Array.from(slots),
    values: Float64Array.from(slots, (slot) => slot / 2),
    stale: undefined,
    timestamp: 1,
    timestamps: undefined,
    starts: undefined,
    histograms: undefined,
    exemplars: undefined,
    layout,
    repeats: false,
  }
}

/** Drops multiples of `divisor` and adds a label to the others. */
function dropping(divisor: number): Rewrite {
  return (labels) => (Number(labels[1]) % divisor === 0 ? undefined : [...labels, 'rule', String(divisor)])
}

type Step =
  | { readonly kind: 'put'; readonly slot: number; readonly number: number }
  | { readonly kind: 'append'; readonly slots: readonly number[] }
  | { readonly kind: 'again' }
  | { readonly kind: 'rules'; readonly divisor: number }
  | { readonly kind: 'upstream' }

const SLOTS = 8
const slot = fc.integer({ min: 1, max: SLOTS })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('put' as const), slot, number: fc.nat(20) }) },
  // 0 is a sample left out.
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      slots: fc.uniqueArray(fc.integer({ min: 0, max: SLOTS })),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'again' as const }) },
  fc.record({ kind: fc.constant('rules' as const), divisor: fc.integer({ min: 2, max: 4 }) }),
  fc.constant({ kind: 'upstream' as const }),
)

describe('a relabelled receiver', () => {
  it('sends on and counts what rewriting every sample would', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const seen: string[] = []
        const source = changingSource(SLOTS)
        let rewrite = dropping(2)
        const relabelled = createRelabelled('x', (labels) => rewrite(labels), [naiveReceiver(seen)])
        const sink = relabelled.receiver.open(source)
        const expected: string[] = []
        let processed = 0
        let layout = 0
        let last: Batch | undefined

        for (const one of steps) {
          if (one.kind === 'put') {
            source.put(one.slot, one.number)
            last = undefined
          } else if (one.kind === 'upstream') {
            source.version++
          } else if (one.kind === 'rules') {
            rewrite = dropping(one.divisor)
            relabelled.setRewrite(rewrite)
          } else {
            const known = one.kind === 'append' ? one.slots.filter((n) => n === 0 || source.labels(n)) : undefined
            const batch: Batch | undefined = known === undefined ? last : batchOf(known, ++layout)
            if (batch === undefined) continue
            last = batch
            expect(sink.append(batch)).toBeUndefined()
            for (const n of batch.slots) {
              const labels = source.labels(n)
              if (labels === undefined) continue
              processed++
              const rewritten = rewrite(labels)
              if (rewritten !== undefined) expected.push(`${formatLabels(rewritten)} ${n / 2}`)
            }
          }
        }
        expect(seen).toEqual(expected)
        expect(relabelled.counts.processed).toBe(processed)
        expect(relabelled.counts.written).toBe(expected.length)
        expect(relabelled.counts.rewritten).toBeLessThanOrEqual(processed)
      }),
      { numRuns: 200 },
    )
  })

  it('rewrites each series once until its slot, the rules or the source change', () => {
    let asked = 0
    const count: Rewrite = (labels) => {
      asked++
      return labels
    }
    const relabelled = createRelabelled('x', count, [])
    const source = changingSource(4)
    for (const n of [1, 2, 3, 4]) source.put(n, n)
    const sink = relabelled.receiver.open(source)
    const since = (): number => {
      const times = asked
      asked = 0
      return times
    }
    sink.append(batchOf([1, 2, 3], 1))
    expect(since()).toBe(3)
    sink.append(batchOf([1, 2, 3], 1))
    expect(since()).toBe(0)
    sink.append(batchOf([1, 2, 3, 4], 2))
    expect(since()).toBe(1)
    source.put(2, 9)
    sink.append(batchOf([1, 2, 3, 4], 3))
    expect(since()).toBe(1)
    source.version++
    sink.append(batchOf([1, 2, 3, 4], 3))
    expect(since()).toBe(4)
    relabelled.setRewrite((labels) => count(labels))
    sink.append(batchOf([1, 2, 3, 4], 3))
    expect(since()).toBe(4)
    expect(relabelled.counts.rewritten).toBe(13)
    expect(relabelled.remembered).toBe(4)
    sink.close()
    expect(relabelled.remembered).toBe(0)
  })

  it('opens receivers that come later for the sources that are there, and closes those that go', () => {
    const [first, second] = [naiveReceiver([]), naiveReceiver([])]
    const late: string[] = []
    const third = naiveReceiver(late)
    const relabelled = createRelabelled('x', dropping(2), [first, second])
    const source = changingSource(2)
    source.put(1, 1)
    source.put(2, 2)
    const sink = relabelled.receiver.open(source)
    sink.append(batchOf([1, 2], 1))
    relabelled.setReceivers([second, third])
    expect([first.closed, second.closed]).toEqual([1, 0])
    sink.append(batchOf([1, 2], 1))
    expect(late).toEqual(['{n="1", rule="2"} 0.5'])
    sink.close()
    expect([first.closed, second.closed, third.closed]).toEqual([1, 1, 1])
  })

  it('tells those behind that everything remembered is void', () => {
    const versions: number[] = []
    const receiver: Receiver = {
      name: 'versions',
      open: (source) => ({ append: () => void versions.push(source.version), close: () => undefined }),
    }
    const relabelled = createRelabelled('x', dropping(2), [receiver])
    const source = changingSource(1)
    const sink = relabelled.receiver.open(source)
    sink.append(batchOf([], 1))
    relabelled.setRewrite(dropping(3))
    sink.append(batchOf([], 1))
    source.version++
    sink.append(batchOf([], 1))
    expect(new Set(versions).size).toBe(3)
  })

  it('keeps fresh labels for a receiver that takes its time', async () => {
    let asked = 0
    const count: Rewrite = (labels) => {
      asked++
      return labels
    }
    const seen: (Labels | undefined)[] = []
    const slow: Receiver = {
      name: 'slow',
      open: (source) => ({
        async append(batch) {
          await Promise.resolve()
          for (const n of batch.slots) seen.push(source.labels(n))
        },
        close: () => undefined,
      }),
    }
    const relabelled = createRelabelled('x', count, [slow])
    const source = changingSource(1)
    source.put(1, 1)
    const sink = relabelled.receiver.open(source)
    const work = sink.append(batchOf([1], 1))
    expect(work).toBeInstanceOf(Promise)
    await work
    expect([asked, seen]).toEqual([1, [['n', '1']]])
    await sink.append(batchOf([1], 1))
    // Asked for again later, so they are worked out again: nothing is kept.
    expect(asked).toBe(2)
  })
})
