// The demo's verdict is only worth something if its check can fail: each test breaks delivery in one way.

import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

type Labels = Record<string, string>
interface Sample {
  readonly name: string
  readonly labels: Labels
  readonly value: number
}
interface Scrape {
  readonly target: string
  readonly by: string
  readonly number: number
  readonly samples: readonly Sample[]
  readonly servedAt: number
  complete: boolean
}
interface Verdict {
  readonly lost: number
  readonly wrong: number
  readonly cutByStop: number
  readonly lostByKill: number
  readonly missed: number
  readonly missedByKill: number
  readonly doubled: number
}
interface Check {
  readonly problems: string[]
  readonly states: readonly { markersDelivered: number; scrapesDelivered: number }[]
  served(scrape: Scrape): void
  killed(sender: string, at: number): void
  delivered(labels: Labels, samples: readonly { value: unknown; timestamp: number }[], sender: string): void
  finish(when: { stoppedAt: number; hadTime: boolean; scrapedUntil?: number }): Verdict
}
interface Written {
  readonly labels: Labels
  readonly value: unknown
  readonly timestamp: number
}

const AT = 1_700_000_000_000
const TARGET = { name: 'shop-1', job: 'shop', address: '127.0.0.1:9', watch: { name: 'orders_total', labels: {} } }
const OURS = { job: 'shop', instance: '127.0.0.1:9' }

// The demo is plain JavaScript without declarations; the address in a variable keeps the compiler from looking for some.
const demo = new URL('../../demo/', import.meta.url)
let createCheck: (targets: readonly (typeof TARGET)[]) => Check
let stale: symbol
beforeAll(async () => {
  createCheck = (await import(/* @vite-ignore */ new URL('check.mjs', demo).href)).createCheck
  stale = (await import(/* @vite-ignore */ new URL('receiver.mjs', demo).href)).STALE
})

let check: Check
beforeEach(() => {
  check = createCheck([TARGET])
})

/** Scrape `number`, in the second `second`. */
function scrape(number: number, samples: Record<string, number>, by = 'anna.1', second = number): Scrape {
  return {
    target: TARGET.address,
    by,
    number,
    servedAt: AT + second * 1000 + 3,
    complete: true,
    samples: [
      { name: 'demo_scrapes_total', labels: {}, value: number },
      ...Object.entries(samples).map(([name, value]) => ({ name, labels: { job: 'own', path: '/"x"' }, value })),
    ],
  }
}

/** What a faultless agent writes for it. */
function written(one: Scrape, { added, gone = [] }: { added: number; gone?: string[] }): Written[] {
  const timestamp = one.servedAt - 3
  const total = one.samples.length
  const reports = {
    up: 1,
    scrape_duration_seconds: 0.002,
    scrape_samples_scraped: total,
    scrape_samples_post_metric_relabeling: total,
    scrape_series_added: added,
  }
  const own = (name: string) => (name === 'demo_scrapes_total' ? {} : { exported_job: 'own', path: '/"x"' })
  return [
    ...one.samples.map(({ name, value }) => ({ labels: { __name__: name, ...own(name), ...OURS }, value, timestamp })),
    ...gone.map((name) => ({ labels: { __name__: name, ...own(name), ...OURS }, value: stale, timestamp })),
    ...Object.entries(reports).map(([name, value]) => ({ labels: { __name__: name, ...OURS }, value, timestamp })),
  ]
}

function deliver(samples: readonly Written[], sender = 'anna.1'): void {
  for (const { labels, value, timestamp } of samples) check.delivered(labels, [{ value, timestamp }], sender)
}

/** Two scrapes between which series `b` goes and `c` comes, with what has to arrive. */
function twoScrapes(): [Written[], Written[]] {
  const first = scrape(1, { a: 1, b: Number.NaN })
  const second = scrape(2, { a: 0.1, c: -0 })
  check.served(first)
  check.served(second)
  return [written(first, { added: 3 }), written(second, { added: 1, gone: ['b'] })]
}

const JUST_AFTER = { stoppedAt: AT + 2010, hadTime: true }
const ALL_WELL = { lost: 0, wrong: 0, cutByStop: 0, lostByKill: 0, missed: 0, missedByKill: 0, doubled: 0 }
const LONG_AFTER = { stoppedAt: AT + 60_000, hadTime: true }

describe('the demo’s check', () => {
  it('is content with faultless delivery, in any order within a scrape', () => {
    const [first, second] = twoScrapes()
    deliver(first)
    deliver(second.toReversed())
    expect(check.finish(LONG_AFTER)).toEqual(ALL_WELL)
    expect(check.problems).toEqual([])
    expect(check.states[0]).toMatchObject({ scrapesDelivered: 2, markersDelivered: 1 })
  })

  it('misses a single sample, a marker, a whole scrape', () => {
    const [first, second] = twoScrapes()
    deliver(first.filter(({ labels }) => labels['__name__'] !== 'a'))
    deliver(second.filter(({ value }) => value !== stale))
    check.served(scrape(3, { a: 1, c: 1 }))
    expect(check.finish(LONG_AFTER)).toMatchObject({ lost: 1 + 1 + 8 })
  })

  it.each<[string, (sample: Written) => Written]>([
    ['a value', (one) => ({ ...one, value: 1.0000000000000002 })],
    ['a label value', (one) => ({ ...one, labels: { ...one.labels, path: '/x' } })],
    ['an additional label', (one) => ({ ...one, labels: { ...one.labels, more: '1' } })],
    ['the job', (one) => ({ ...one, labels: { ...one.labels, job: 'other' } })],
    ['the instance', (one) => ({ ...one, labels: { ...one.labels, instance: 'elsewhere:1' } })],
    ['a timestamp', (one) => ({ ...one, timestamp: one.timestamp + 1 })],
  ])('sees that %s is wrong', (_, spoil) => {
    const [first, second] = twoScrapes()
    deliver(first.map((one) => (one.labels['__name__'] === 'a' ? spoil(one) : one)))
    deliver(second)
    expect(check.finish(LONG_AFTER).wrong).toBeGreaterThan(0)
  })

  it('tells minus zero from zero, and a staleness marker from NaN', () => {
    const [first, second] = twoScrapes()
    deliver(first.map((one) => (Number.isNaN(one.value) ? { ...one, value: stale } : one)))
    deliver(second.map((one) => (Object.is(one.value, -0) ? { ...one, value: 0 } : one)))
    expect(check.finish(LONG_AFTER)).toEqual({ ...ALL_WELL, wrong: 2 })
  })

  it('sees a sample that arrives twice', () => {
    const [first, second] = twoScrapes()
    deliver([...first, ...second, first[1] as Written])
    expect(check.finish(LONG_AFTER).wrong).toBeGreaterThan(0)
  })

  it('sees scrapes that arrive in the wrong order', () => {
    const [first, second] = twoScrapes()
    deliver([...second, ...first])
    expect(check.finish(LONG_AFTER).wrong).toBeGreaterThan(0)
  })

  it('sees a scrape that failed', () => {
    const [first, second] = twoScrapes()
    deliver([...first, ...second])
    check.delivered({ __name__: 'up', ...OURS }, [{ value: 0, timestamp: AT + 3000 }], 'anna.1')
    expect(check.finish(LONG_AFTER).wrong).toBeGreaterThan(0)
    expect(check.problems.join()).toContain('down')
  })

  it('wants something from each target', () => {
    expect(check.finish({ ...LONG_AFTER, hadTime: false })).toMatchObject({ wrong: 0 })
    expect(check.finish(LONG_AFTER)).toMatchObject({ wrong: 1 })
  })

  it('counts scrapes that did not take place, and takes three in a row for wrong', () => {
    for (const [second, wrong] of [
      [4, 0],
      [5, 1],
    ]) {
      check = createCheck([TARGET])
      const first = scrape(1, { a: 1 })
      const late = scrape(2, { a: 2 }, 'anna.1', second)
      check.served(first)
      check.served(late)
      deliver(written(first, { added: 2 }))
      deliver(written(late, { added: 0 }))
      expect(check.finish(LONG_AFTER)).toEqual({ ...ALL_WELL, missed: second - 2, wrong })
    }
  })

  it('misses the scrapes of a target that nobody asks any more', () => {
    const [first, second] = twoScrapes()
    deliver([...first, ...second])
    expect(check.finish({ ...LONG_AFTER, scrapedUntil: AT + 8000 })).toMatchObject({ missed: 5, wrong: 1 })
  })

  it('lets the last scrape before the stop be absent, but only as a whole', () => {
    const [first, second] = twoScrapes()
    deliver(first)
    expect(check.finish(JUST_AFTER)).toEqual({ ...ALL_WELL, cutByStop: 1 })

    check = createCheck([TARGET])
    const [again] = twoScrapes()
    deliver(again)
    deliver(second.slice(0, 2))
    expect(check.finish(JUST_AFTER)).toMatchObject({ lost: second.length - 2, cutByStop: 0 })
  })
})

describe('the demo’s check of several nodes', () => {
  /** Anna has it for two seconds, with a series that then goes; Bert from `second` on. */
  function move(second: number): { readonly before: Written[][]; readonly after: Written[] } {
    const scrapes = [scrape(1, { a: 1, b: 1 }), scrape(2, { a: 2, b: 1 }), scrape(3, { a: 3 }, 'bert.1', second)]
    for (const one of scrapes) check.served(one)
    const [first, next, taken] = scrapes
    return {
      before: [written(first, { added: 3 }), written(next, { added: 0 })],
      after: written(taken, { added: 2 }),
    }
  }

  it('wants no markers from a node that takes a target over, and counts all of its series as new', () => {
    const { before, after } = move(3)
    deliver(before.flat())
    deliver(after, 'bert.1')
    expect(check.finish(LONG_AFTER)).toEqual(ALL_WELL)
  })

  it('does not mind which of two nodes is the first to deliver', () => {
    const { before, after } = move(3)
    deliver(after, 'bert.1')
    deliver(before.flat())
    expect(check.finish(LONG_AFTER)).toEqual(ALL_WELL)
  })

  it('sees a marker for a series of a target that moved', () => {
    const { before, after } = move(3)
    const [, last] = before
    deliver(before.flat())
    deliver(after, 'bert.1')
    const gone = last.find(({ labels }) => labels['__name__'] === 'b') as Written
    deliver([{ ...gone, value: stale, timestamp: gone.timestamp + 1000 }])
    expect(check.finish(LONG_AFTER).wrong).toBeGreaterThan(0)
  })

  it('sees a scrape that another node delivers than asked for it', () => {
    const { before, after } = move(3)
    deliver(before.flat())
    deliver(after)
    expect(check.finish(LONG_AFTER).wrong).toBeGreaterThan(0)
  })

  it('accepts one scrape twice when a target moves, not more', () => {
    const { before, after } = move(2)
    deliver(before.flat())
    deliver(after, 'bert.1')
    expect(check.finish(LONG_AFTER)).toEqual({ ...ALL_WELL, doubled: 1 })

    check = createCheck([TARGET])
    for (const second of [1, 2, 2, 2]) check.served(scrape(second, { a: 1 }, 'anna.1', second))
    expect(check.finish(LONG_AFTER).wrong).toBeGreaterThan(0)
  })

  it('explains by a kill what its node had not sent, and the time that the others took', () => {
    const { before, after } = move(9)
    check.killed('anna.1', AT + 2500)
    deliver(before[0])
    deliver(before[1].slice(0, 2))
    deliver(after, 'bert.1')
    const lostByKill = before[1].length - 2
    expect(check.finish(LONG_AFTER)).toEqual({ ...ALL_WELL, lostByKill, missedByKill: 6 })
    expect(check.problems).toEqual([])
  })

  it.each<[string, () => void, Partial<Verdict>]>([
    ['a longer wait', () => check.killed('anna.1', AT - 1500), { missed: 6, missedByKill: 0 }],
    ['the death of another', () => check.killed('cleo.1', AT + 2500), { missed: 6, missedByKill: 0, lost: 8 }],
    ['a death long after', () => check.killed('anna.1', AT + 20_000), { missed: 6, missedByKill: 0, lost: 8 }],
  ])('does not explain by a kill %s', (_, kill, verdict) => {
    const { before, after } = move(9)
    kill()
    deliver(before[0])
    deliver(after, 'bert.1')
    const outcome = check.finish(LONG_AFTER)
    expect(outcome).toMatchObject(verdict)
    expect(outcome.wrong).toBeGreaterThan(0)
  })

  it('does not explain by a kill what the node had long scraped, or what another one lost', () => {
    const scrapes = Array.from({ length: 9 }, (_, n) => scrape(n + 1, { a: 1 }))
    for (const one of scrapes) check.served(one)
    check.served(scrape(10, { a: 1 }, 'bert.1'))
    check.killed('anna.1', AT + 9500)
    expect(check.finish(LONG_AFTER)).toMatchObject({ lost: 6 * 7 + 7, lostByKill: 3 * 7 })
  })
})
