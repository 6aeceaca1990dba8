import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch, Receiver, SeriesSource } from '../../core/series/batch.ts'
import { createFanout } from '../../core/series/fanout.ts'

const SOURCE: SeriesSource = {
  name: 'source',
  version: 0,
  generations: new Uint32Array(1),
  labels: () => undefined,
  metadata: () => undefined,
}

function numbered(layout: number): Batch {
  return {
    count: 0,
    slots: new Uint32Array(0),
    values: new Float64Array(0),
    stale: undefined,
    timestamp: 0,
    timestamps: undefined,
    starts: undefined,
    histograms: undefined,
    exemplars: undefined,
    layout,
    repeats: false,
  }
}

function recording(name: string, log: string[], work?: () => Promise<void>): Receiver {
  return {
    name,
    open(source) {
      expect(source).toBe(SOURCE)
      log.push(`open ${name}`)
      return {
        append(batch) {
          log.push(`${name} ${batch.layout}`)
          return work?.()
        },
        close: () => void log.push(`close ${name}`),
      }
    },
  }
}

const lists = fc.array(fc.array(fc.nat(4), { maxLength: 6 }), { minLength: 1, maxLength: 12 })

describe('a fanout', () => {
  it('opens each receiver once, closes it once, and sends each batch to those that are there, in order', () => {
    fc.assert(
      fc.property(lists, (steps) => {
        const log: string[] = []
        const receivers = [0, 1, 2, 3, 4].map((n) => recording(`r${n}`, log))
        const expected: string[] = []
        let open: number[] = []
        const fanout = createFanout(SOURCE, [])
        steps.forEach((step, batch) => {
          const wanted = [...new Set(step)]
          for (const n of wanted) if (!open.includes(n)) expected.push(`open r${n}`)
          for (const n of open) if (!wanted.includes(n)) expected.push(`close r${n}`)
          open = wanted
          fanout.setReceivers(step.map((n) => receivers[n]))
          expect(fanout.append(numbered(batch))).toBeUndefined()
          for (const n of wanted) expected.push(`r${n} ${batch}`)
        })
        fanout.close()
        fanout.close()
        for (const n of open) expected.push(`close r${n}`)
        expect(log).toEqual(expected)
      }),
    )
  })

  it('is done when the slowest receiver is', async () => {
    const finish: (() => void)[] = []
    const slowly = (): Promise<void> => new Promise((resolve) => finish.push(resolve))
    const log: string[] = []
    const fanout = createFanout(SOURCE, [recording('a', log, slowly), recording('b', log), recording('c', log, slowly)])
    let done = false
    const work = fanout.append(numbered(1))?.then(() => {
      done = true
    })
    expect(log.slice(3)).toEqual(['a 1', 'b 1', 'c 1'])
    finish[1]()
    await Promise.resolve()
    await Promise.resolve()
    expect(done).toBe(false)
    finish[0]()
    await work
    expect(done).toBe(true)
  })
})
