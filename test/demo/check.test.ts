// The demo's verdict is only worth something if its check can fail: each test breaks delivery in one way.

import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

type Labels = Record<string, string>
interface Sample {
  readonly name: string
  readonly labels: Labels
  readonly value: number
}
interface Scrape {
  readonly name: string
  readonly number: number
  readonly samples: readonly Sample[]
  readonly servedAt: number
  complete: boolean
}
interface Verdict {
  readonly lost: number
  readonly wrong: number
  readonly cutByStop: number
}
interface Check {
  readonly problems: string[]
  readonly states: readonly { missed: number; markersDelivered: number; scrapesDelivered: number }[]
  served(scrape: Scrape): void
  delivered(labels: Labels, samples: readonly { value: unknown; timestamp: number }[]): void
  finish(when: { stoppedAt: number; hadTime: boolean }): Verdict
}
interface Written {
  readonly labels: Labels
  readonly value: unknown
  readonly timestamp: number
}

const AT = 1_700_000_000_000
const TARGET = { name: 'shop', address: '127.0.0.1:9', watch: { name: 'orders_total', labels: {} } }
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

/** Scrape `number`, one second after the one before. */
function scrape(number: number, samples: Record<string, number>): Scrape {
  return {
    name: 'shop',
    number,
    servedAt: AT + number * 1000 + 3,
    complete: true,
    samples: [
      { name: 'demo_scrapes_total', labels: {}, value: number },
      ...Object.entries(samples).map(([name, value]) => ({ name, labels: { job: 'own', path: '/"x"' }, value })),
    ],
  }
}

/** What a faultless agent writes for it. */
function written(one: Scrape, { added, gone = [] }: { added: number; gone?: string[] }): Written[] {
  const timestamp = AT + one.number * 1000
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

function deliver(samples: readonly Written[]): void {
  for (const { labels, value, timestamp } of samples) check.delivered(labels, [{ value, timestamp }])
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
const LONG_AFTER = { stoppedAt: AT + 60_000, hadTime: true }

describe('the demo’s check', () => {
  it('is content with faultless delivery, in any order within a scrape', () => {
    const [first, second] = twoScrapes()
    deliver(first)
    deliver(second.toReversed())
    expect(check.finish(LONG_AFTER)).toEqual({ lost: 0, wrong: 0, cutByStop: 0 })
    expect(check.problems).toEqual([])
    expect(check.states[0]).toMatchObject({ scrapesDelivered: 2, markersDelivered: 1, missed: 0 })
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
    expect(check.finish(LONG_AFTER)).toEqual({ lost: 0, wrong: 2, cutByStop: 0 })
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
    check.delivered({ __name__: 'up', ...OURS }, [{ value: 0, timestamp: AT + 3000 }])
    expect(check.finish(LONG_AFTER).wrong).toBeGreaterThan(0)
    expect(check.problems.join()).toContain('down')
  })

  it('wants something from each target', () => {
    expect(check.finish({ ...LONG_AFTER, hadTime: false })).toMatchObject({ wrong: 0 })
    expect(check.finish(LONG_AFTER)).toMatchObject({ wrong: 1 })
  })

  it('counts scrapes that did not take place', () => {
    const first = scrape(1, { a: 1 })
    const late = { ...scrape(2, { a: 2 }), servedAt: AT + 4003 }
    check.served(first)
    check.served(late)
    deliver(written(first, { added: 2 }))
    deliver(written(late, { added: 0 }).map((one) => ({ ...one, timestamp: AT + 4000 })))
    expect(check.finish(LONG_AFTER)).toEqual({ lost: 0, wrong: 0, cutByStop: 0 })
    expect(check.states[0]).toMatchObject({ missed: 2 })
  })

  it('lets the last scrape before the stop be absent, but only as a whole', () => {
    const [first, second] = twoScrapes()
    deliver(first)
    expect(check.finish(JUST_AFTER)).toEqual({ lost: 0, wrong: 0, cutByStop: 1 })

    check = createCheck([TARGET])
    const [again] = twoScrapes()
    deliver(again)
    deliver(second.slice(0, 2))
    expect(check.finish(JUST_AFTER)).toMatchObject({ lost: second.length - 2, cutByStop: 0 })
  })
})
