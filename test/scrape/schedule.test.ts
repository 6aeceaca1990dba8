import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fnv1a64 } from '../../core/hash/fnv1a64.ts'
import { createTimestampGrid, scheduleSeed, scrapeOffset } from '../../core/scrape/schedule.ts'

describe('scrape offset', () => {
  it('puts every target at a fixed phase of the wall-clock grid, whenever it is asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 42 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.integer({ min: 100, max: 3_600_000 }),
        fc.string(),
        (now, later, interval, target) => {
          const [hash, seed] = [fnv1a64(target), scheduleSeed('host')]
          const offset = scrapeOffset(now, interval, hash, seed)
          expect(offset).toBeGreaterThan(0)
          expect(offset).toBeLessThanOrEqual(interval)
          const again = scrapeOffset(now + later, interval, hash, seed)
          expect((now + later + again) % interval).toBe((now + offset) % interval)
        },
      ),
    )
  })

  it('spreads targets evenly', () => {
    const tenths = new Array<number>(10).fill(0)
    for (let i = 0; i < 2000; i++) {
      tenths[
        Math.floor((scrapeOffset(0, 60_000, fnv1a64(`http://10.0.0.${i}:9100/metrics`), scheduleSeed('h')) - 1) / 6000)
      ]++
    }
    for (const count of tenths) expect(Math.abs(count - 200)).toBeLessThan(60)
  })
})

describe('timestamps', () => {
  it('snap to the grid within the tolerance, early or late, and stand as they are beyond it', () => {
    const grid = createTimestampGrid(10_000, 1000)
    expect([9999, 10_000, 11_001.4, 12_999, 12_002, 13_003, 14_500].map(grid.at)).toEqual([
      10_000, 10_000, 11_000, 13_000, 12_000, 13_003, 14_500,
    ])
  })

  it('have a tighter tolerance for short intervals', () => {
    const grid = createTimestampGrid(0, 100)
    expect([101, 102].map(grid.at)).toEqual([100, 102])
  })
})
