import { expect, it } from 'vitest'
import type { TargetRow } from '../../core/api/targets.ts'
import { mergeRows, type RowSource } from '../../core/fleet/merged-rows.ts'
import { rowOrder } from '../../core/fleet/target-order.ts'

function row(node: number, i: number): TargetRow {
  return {
    component: 'prometheus.scrape.a',
    key: (node * 1_000 + i).toString(16).padStart(16, '0'),
    job: 'a',
    url: `http://${String(i).padStart(4, '0')}-${node}/`,
    labels: {},
    owner: null,
    toldBy: `n${node}`,
    health: 'up',
    lastScrape: null,
    durationSeconds: 0,
    samples: 0,
    intervalSeconds: 60,
    error: '',
  }
}

it('the first answers of a hundred nodes are put together in portions', async () => {
  let given = 0
  let most = 0
  const sources = Array.from({ length: 100 }, (_, node): RowSource => {
    let rows = Array.from({ length: 100 }, (_, i) => row(node, i))
    return async () => {
      const next = rows
      rows = []
      given += next.length
      most = Math.max(most, given)
      return next
    }
  })
  const turn = async (): Promise<void> => {
    given = 0
  }
  const merging = { compare: rowOrder('url', false), saysMore: () => false, turn }
  const { rows, repeated } = await mergeRows(sources, merging, { offset: 150, limit: 100 })
  expect(rows.map(({ url }) => url)).toEqual(
    Array.from({ length: 10_000 }, (_, i) => row(i % 100, Math.floor(i / 100)).url)
      .sort()
      .slice(150, 250),
  )
  expect(repeated).toEqual([])
  expect(most).toBeLessThan(1_000)
})
