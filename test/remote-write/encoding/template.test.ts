import { describe, expect, it } from 'vitest'
import { labelsFrom } from '../../../core/labels/labels.ts'
import { createEncoding } from '../../../core/remote-write/encoding/encoding.ts'
import { createIdentity } from '../../../core/remote-write/encoding/identity.ts'
import type { FirstLoad } from '../../../core/remote-write/encoding/load.ts'
import { createTemplate } from '../../../core/remote-write/encoding/template.ts'
import type { SeriesSource } from '../../../core/series/batch.ts'
import { batchOf } from '../setup.ts'

const T0 = 1_700_000_000_000
const AS_IS = createEncoding({
  protocol: '1.0',
  labels: (labels) => labels,
  exemplars: true,
  histograms: true,
  metadata: false,
})

function start(series: number) {
  const asked: number[] = []
  const source: SeriesSource & { generations: Uint32Array } = {
    name: 'test',
    labels(slot) {
      asked.push(slot)
      return labelsFrom([
        ['__name__', 'm'],
        ['i', `${slot} ${source.generations[slot]}`],
      ])
    },
    metadata: () => undefined,
    generations: new Uint32Array(series + 1),
    version: 0,
  }
  const identity = createIdentity(() => 0)
  return { source, asked, identity, template: createTemplate(source, identity, 1, [1, 2]) }
}

describe('a template', () => {
  it('asks for labels once, and gives a source that is whole as one run', () => {
    const { template, asked } = start(100)
    const values = Array.from({ length: 100 }, (_, i) => i)
    for (let round = 0; round < 5; round++) {
      // Another layout in the last rounds: the same series in another order.
      const slots = Uint32Array.from(values, (i) => (round < 3 ? i + 1 : 100 - i))
      const { accepted, patched } = template.take(batchOf(T0 + round, values, { slots, layout: round }), AS_IS)
      expect(accepted).toBe(100)
      expect([...patched.runs.subarray(0, 2 * patched.runCount)]).toEqual([0, 100])
    }
    expect(asked).toEqual(values.map((i) => i + 1))
  })

  it('does not grow while series come and go', () => {
    const { template, source, identity, asked } = start(100)
    const values = Array.from({ length: 100 }, (_, i) => i)
    let largest = 0
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 10; i++) source.generations[((round * 10 + i) % 100) + 1]++
      const { accepted, patched } = template.take(batchOf(T0 + round, values, { layout: round }), AS_IS)
      expect(accepted).toBe(100)
      largest = Math.max(largest, (patched as FirstLoad).arena.length)
      expect(template.series).toBe(100)
    }
    expect(asked).toHaveLength(100 + 199 * 10)
    expect(largest).toBeLessThan(1.4 * 100 * 60)
    expect(identity.owned).toBe(100)
    template.close()
    expect(identity.owned).toBe(0)
  })

  it('frees what was not sent for many plans', () => {
    const { template, identity } = start(100)
    const values = Array.from({ length: 100 }, (_, i) => i)
    template.take(batchOf(T0, values), AS_IS)
    for (let round = 1; round < 20; round++) {
      template.take(batchOf(T0 + round, values.slice(0, 50), { layout: 1000 + round }), AS_IS)
    }
    expect(template.series).toBe(50)
    expect(identity.owned).toBe(50)
    expect(template.take(batchOf(T0 + 100, values), AS_IS).accepted).toBe(100)
  })

  it('writes timestamps in as few bytes as they need', () => {
    const { template } = start(6)
    const timestamps = Float64Array.of(0, 127, 2 ** 35 - 1, 2 ** 35, 2 ** 42 - 1, 2 ** 42)
    const taken = template.take(batchOf(T0, [1, 1, 1, 1, 1, 1], { timestamps }), AS_IS)
    const exact = taken.exact as FirstLoad
    const patched = taken.patched as FirstLoad
    const sizes = [...exact.ends.subarray(0, exact.runs[1])].map((end, i, ends) => end - (ends[i - 1] ?? 0))
    const whole = patched.ends[0]
    expect(sizes).toEqual([whole - 5, whole - 5, whole - 1, whole + 1])
    expect([...patched.runs.subarray(0, 2 * patched.runCount)]).toEqual([3, 5])
  })
})
