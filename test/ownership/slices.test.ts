/** Nothing about sharing holds the event loop, however many targets and nodes there are; on a real clock. */
import { describe, expect, it } from 'vitest'
import { MAX_SLICE_MS } from '../../core/limits.ts'
import { type Change, distribute, keysOf, NO_TARGETS, type TargetLabels } from '../../core/ownership/distribute.ts'
import { createSharing } from '../../core/ownership/sharing.ts'
import type { Ownership, Sharer, Shares } from '../../core/ownership/types.ts'
import { buildRing, createRingBuilder } from '../../core/ring/build.ts'
import { createBodies } from '../../core/scrape/bodies.ts'
import { createScrapePool } from '../../core/scrape/pool.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import { codecs } from '../support/codecs.ts'
import { spentMs, stepsOf, usual } from '../support/effort.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { recordingLog } from '../support/recording-log.ts'
import { scrapeConfig } from '../support/scrape-config.ts'

const COUNT = 100_000
const names = Array.from({ length: 40 }, (_, i) => `node-${i}`)
const targets = Array.from(
  { length: COUNT },
  (_, i): TargetLabels =>
    new Map([
      ['__address__', `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:80`],
      ['job', 'api'],
    ]),
)

describe('the work of sharing', () => {
  it.each<[string, number, () => Generator<unknown>]>([
    ['keys', 390, () => keysOf(targets, NO_TARGETS)],
    ['ring', 400, () => createRingBuilder().build(Array.from({ length: 300 }, (_, i) => `node-${i}`))],
    [
      'distribution',
      45,
      () => distribute({ targets, keys: new Uint32Array(2 * COUNT), duplicates: [] }, sharesOf(names, 1)),
    ],
  ])('comes in small steps: %s', (_what, atLeast, work) => {
    const steps = stepsOf(work())
    expect(steps.length).toBeGreaterThan(atLeast)
    expect(usual(steps)).toBeLessThan(MAX_SLICE_MS / 2)
  })

  it('lets a change of membership with 100,000 targets in a job pass in slices', async () => {
    // Targets wait for their places on a clock that stands still; slices are measured on the real one.
    const clock = createFakeClock()
    const held: number[] = []
    let since = spentMs()
    const slices = createSlices({
      monotonic: () => performance.now(),
      async turn() {
        held.push(spentMs() - since)
        await new Promise((resolve) => setImmediate(resolve))
        since = spentMs()
      },
    })
    const pool = createScrapePool(createRegistry(), {
      clock,
      timers: createTimers(clock),
      codecs,
      files: {} as never,
      bodies: createBodies(codecs, 0),
      log: recordingLog(),
      userAgent: 'skein/test',
      hashSeed: 1,
      slices,
    })
    const config = scrapeConfig()
    const client = { send: () => new Promise<never>(() => undefined) }
    const changes: { readonly change: Change; readonly done: Promise<void> }[] = []
    let shares = sharesOf(names, 1)
    const sharers: Sharer[] = []
    const ownership: Ownership = {
      shares: () => shares,
      subscribe: (sharer) => {
        sharers.push(sharer)
        return () => undefined
      },
    }
    const sharing = createSharing({
      ownership,
      slices,
      prepare: ({ local }) => pool.prepare(local),
      take(change) {
        const { local, moved, at } = change
        const all = { config, client, receivers: [], scheduleSeed: { hi: 0, lo: 0 }, targets: local, moved, at }
        changes.push({ change, done: pool.update(all) })
      },
    })
    sharing.setTargets(targets)
    while (changes.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await changes[0].done
    expect([...pool.scraped()]).toHaveLength(changes[0].change.local.length)

    held.length = 0
    since = spentMs()
    for (const others of [names.slice(0, 25), names]) {
      const next = sharesOf(others, shares.version + 1)
      await sharers[0].prepare?.(next)
      shares = next
      since = spentMs()
      sharers[0].changed(next, clock.monotonic())
      held.push(spentMs() - since)
      await changes.at(-1)?.done
      expect([...pool.scraped()]).toHaveLength(changes.at(-1)?.change.local.length as number)
    }
    expect(changes).toHaveLength(3)
    expect(changes[2].change.moved.length).toBeGreaterThan(1_000)
    expect(held.length).toBeGreaterThan(5)
    expect(usual(held)).toBeLessThan(MAX_SLICE_MS * 2)
    sharing.close()
    await pool.stop('silently')
  })
})

function sharesOf(participants: readonly string[], version: number): Shares {
  return { clustered: true, self: 'node-0', ring: buildRing(participants), hold: undefined, version }
}
