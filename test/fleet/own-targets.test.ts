/** Nothing about a page of targets holds the event loop, and hardly anything is made for those that are not on it. */
import { expect, it } from 'vitest'
import { createOwnTargets } from '../../core/fleet/own-targets.ts'
import { parseSearch } from '../../core/fleet/search.ts'
import { targetsPage } from '../../core/fleet/targets.ts'
import { MAX_SLICE_MS } from '../../core/limits.ts'
import { spentMs, stepsOf, usual } from '../support/effort.ts'
import { ALL, target, targetWorld } from './target-world.ts'

const COUNT = 10_000
const targets = Array.from({ length: COUNT }, (_, i) =>
  target(`10.0.${i >> 8}.${i & 255}:9100`, { pod: `service-${i % 40}-${i}`, namespace: 'production' }),
)
const jobs = [{ component: 'prometheus.scrape.pods', shared: true, targets }]

it.each(['', 'service-7-*9', 'pod=service-1* namespace!=test'])(
  'are looked through in small steps: %j',
  async (text) => {
    const alone = targetWorld([{ name: 'a' }], jobs).deps('a')
    const others = targetWorld([{ name: 'a' }, { name: 'b', kind: 'alloy' }], jobs).deps('a')
    const parsed = parseSearch(text)
    if (!parsed.ok) throw new Error(parsed.error)
    for (const sort of ['url', 'owner', 'samples'] as const) {
      const mine = createOwnTargets('a', alone.reports.jobs.all(), { ...ALL, sort }, parsed.search, COUNT)
      const untold = createOwnTargets('a', others.reports.jobs.all(), { ...ALL, sort }, parsed.search, COUNT)
      for (const [steps, atLeast] of [
        [stepsOf(mine.addScraped()), 75],
        [stepsOf(untold.addUntold(new Set(['b']))), 35],
        [stepsOf(mine.sorted()), text === '' ? 40 : 1],
      ] as const) {
        expect(steps.length).toBeGreaterThanOrEqual(atLeast)
        expect(usual(steps)).toBeLessThan(MAX_SLICE_MS / 2)
      }
    }
  },
)

it('takes less than 100 ms for a page of 10,000', async () => {
  const deps = targetWorld([{ name: 'a' }], jobs).deps('a')
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 5; attempt++) {
    const before = spentMs()
    expect(await targetsPage({ ...ALL, search: 'service-7-', limit: 100 }, deps)).toMatchObject({ matched: 250 })
    least = Math.min(least, spentMs() - before)
  }
  expect(least).toBeLessThan(100)
})
