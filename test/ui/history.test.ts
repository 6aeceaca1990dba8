import { describe, expect, it } from 'vitest'
import type { QueueRow, QueuesView } from '../../core/api/queues.ts'
import { createHistories, endpointOf, failuresOf, HISTORY_SECONDS } from '../../ui/charts/history.ts'
import { inWords, minutesAgo, nearest, niceTop, pathOf, spanOf } from '../../ui/charts/line.ts'
import { queues } from './support/canned-queues.ts'

const BEGIN = Date.parse('2026-01-01T00:00:00Z')
const [ROW] = queues('healthy').queues

function row(sent: number, more: Partial<QueueRow> = {}): QueueRow {
  return {
    ...ROW,
    dropped: {},
    lost: {},
    sent: { samples: sent, histograms: 0, exemplars: 0, metadata: 0 },
    lagSeconds: 1,
    ...more,
  }
}

function view(second: number, ...rows: readonly QueueRow[]): QueuesView {
  return { at: new Date(BEGIN + second * 1000).toISOString(), queues: rows, unanswered: [] }
}

describe('the history of queues', () => {
  it('makes rates out of totals', () => {
    const histories = createHistories()
    histories.add(view(0, row(100)))
    expect(histories.latest(row(0)), 'one answer tells nothing of a rate').toBeUndefined()
    histories.add(view(2, row(300)))
    expect(histories.latest(row(0))).toMatchObject({ rate: 100, lag: 1, failures: 0 })
    expect(histories.of(endpointOf(ROW))?.rate).toEqual([null, 100])
  })

  it('takes what will be tried again for not delivered', () => {
    const histories = createHistories()
    const kinds = (samples: number): QueueRow['sent'] => ({ samples, histograms: 0, exemplars: 0, metadata: 0 })
    histories.add(view(0, row(100, { retried: kinds(100) })))
    histories.add(view(2, row(900, { retried: kinds(800) })))
    expect(histories.latest(row(0))?.rate).toBe(50)
    histories.add(view(4, row(900, { retried: kinds(900) })))
    expect(histories.latest(row(0))?.rate, 'counted late, not taken back').toBe(0)
  })

  it('adds nodes up, and tells of the one that is furthest behind', () => {
    const histories = createHistories()
    const other = { node: 'skein-9' }
    histories.add(view(0, row(0), row(0, other)))
    histories.add(view(2, row(20), row(40, { ...other, lagSeconds: 70 })))
    expect(histories.of(endpointOf(ROW))).toMatchObject({ rate: [null, 30], lag: [1, 70] })
  })

  it('says nothing where a node was restarted, and breaks the line where nobody looked', () => {
    const histories = createHistories()
    histories.add(view(0, row(500)))
    histories.add(view(2, row(3)))
    expect(histories.latest(row(0))).toBeUndefined()
    histories.add(view(100, row(900)))
    const history = histories.of(endpointOf(ROW))
    expect(history?.rate).toEqual([null, null, null, null])
    expect(history?.pending.map((value) => value === null)).toEqual([false, false, true, false])
  })

  it('forgets what is older than a quarter of an hour, and is bounded however often it is asked', () => {
    const histories = createHistories()
    for (let second = 0; second < 3000; second++) histories.add(view(second, row(second)))
    const times = histories.of(endpointOf(ROW))?.times ?? []
    expect(times.length).toBeLessThanOrEqual(600)
    expect(times[times.length - 1] - times[0]).toBeLessThanOrEqual(HISTORY_SECONDS)
    for (const column of Object.values(histories.of(endpointOf(ROW)) ?? {})) expect(column).toHaveLength(times.length)
  })

  it('takes an answer that comes late or twice for nothing new', () => {
    const histories = createHistories()
    histories.add(view(10, row(1)))
    histories.add(view(10, row(1)))
    histories.add(view(8, row(1)))
    expect(histories.of(endpointOf(ROW))?.times).toHaveLength(1)
  })

  it('counts everything that never arrives', () => {
    const kinds = (samples: number): QueueRow['sent'] => ({ samples, histograms: 1, exemplars: 50, metadata: 50 })
    expect(failuresOf(row(0, { failed: kinds(1), dropped: { a: kinds(2), b: kinds(3) }, lost: { c: kinds(4) } }))).toBe(
      14,
    )
  })
})

describe('a chart', () => {
  it('shows two minutes at first and a quarter of an hour at last', () => {
    expect(spanOf([])).toEqual([-120, 0])
    expect(spanOf([1000])).toEqual([880, 1000])
    expect(spanOf([0, 500])).toEqual([0, 500])
    expect(spanOf([0, 5000])).toEqual([4100, 5000])
  })

  it('is told in words', () => {
    expect(inWords({ values: [null, 3, 1, 2], format: String })).toBe('between 1 and 3 in the last minutes')
    expect(inWords({ values: [null, 3], format: String })).toBe('too little to show yet')
    expect(minutesAgo(0, 5)).toBe('now')
    expect(minutesAgo(0, 60)).toBe('−60 s')
    expect(minutesAgo(0, 600)).toBe('−10 min')
  })

  it('has a round number at its upper edge, above all values', () => {
    const tops = [[], [null], [0], [0.3], [1], [7], [19], [20.5], [99], [1234]].map((values) => niceTop(values))
    expect(tops).toEqual([1, 1, 1, 0.4, 1, 8, 20, 40, 100, 2000])
  })

  it('is broken where nothing is known', () => {
    const frame = { from: 0, to: 10, top: 100, width: 1000, height: 100 }
    expect(pathOf([0, 5, 6, 10], [0, 50, null, 100], frame)).toEqual({
      lines: ['M0 100L500 50', 'M1000 0'],
      areas: ['M0 100L0 100L500 50L500 100Z', 'M1000 100L1000 0L1000 100Z'],
    })
    expect(pathOf([], [], frame)).toEqual({ lines: [], areas: [] })
  })

  it('knows what is closest to the pointer', () => {
    expect([-5, 0, 4, 6, 99].map((at) => nearest([0, 5, 10], at))).toEqual([0, 0, 1, 1, 2])
    expect(nearest([], 3)).toBe(-1)
  })
})
