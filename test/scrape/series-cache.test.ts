import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseExposition } from '../../core/exposition/parse.ts'
import { formatLabels, type Labels, labelsFrom } from '../../core/labels/labels.ts'
import { mergeTargetLabels } from '../../core/labels/merge.ts'
import { bodyOf, createBodies } from '../../core/scrape/bodies.ts'
import { createSeriesCache, type SeriesCache, type SeriesCacheOptions } from '../../core/scrape/series-cache.ts'
import { type Batch, NO_SLOT } from '../../core/series/batch.ts'
import { codecs } from '../support/codecs.ts'

const encoder = new TextEncoder()
const TARGET: Labels = ['instance', 'i:1', 'job', 'j']
const REPORTS: Labels[] = [
  labelsFrom([
    ['__name__', 'up'],
    ['job', 'j'],
  ]),
]

function cacheWith(options: Partial<SeriesCacheOptions> = {}): SeriesCache {
  return createSeriesCache(
    {
      name: 't',
      reports: REPORTS,
      admission: {
        target: TARGET,
        honorLabels: false,
        names: 'legacy',
        labelLimit: 0,
        labelNameLengthLimit: 0,
        labelValueLengthLimit: 0,
        typeAndUnitLabels: false,
      },
      sampleLimit: 0,
      honorTimestamps: true,
      trackTimestampsStaleness: false,
      honorMetadata: true,
      startZeros: false,
      decoderOf: () => undefined,
      hashSeed: 42,
      ...options,
    },
    createBodies(codecs, 0),
  )
}

function update(cache: SeriesCache, text: string, format: 'text' | 'openmetrics' = 'text') {
  const bytes = encoder.encode(text)
  const room = new Uint8Array(bytes.length + 1)
  room.set(bytes)
  // Every other body comes compressed, and is kept so: nothing may depend on that.
  cache.begin(bodyOf(room, bytes.length), format, bytes.length % 2 === 0 ? gzipSync(bytes, { level: 1 }) : undefined)
  while (!cache.step());
  return cache.finish()
}

/** A receiver that asks for a slot's labels once, as remote_write does, and writes down what arrives. */
function receiver(cache: SeriesCache) {
  const known = new Map<number, { generation: number; labels: Labels | undefined }>()
  let last: { layout: number; slots: number[]; generations: number[] } | undefined
  return {
    take(batch: Batch): string[] {
      const generations = cache.source.generations
      const slots = [...batch.slots.subarray(0, batch.count)]
      const now = { layout: batch.layout, slots, generations: slots.map((slot) => generations[slot]) }
      if (last?.layout === batch.layout) {
        expect(now.slots).toEqual(last.slots)
        expect(now.generations).toEqual(last.generations)
      }
      last = now
      const seen = new Set<number>()
      const out: string[] = []
      for (let i = 0; i < batch.count; i++) {
        const slot = batch.slots[i]
        if (slot === NO_SLOT) continue
        if (!batch.repeats) expect(seen.has(slot)).toBe(false)
        seen.add(slot)
        let entry = known.get(slot)
        if (entry === undefined || entry.generation !== generations[slot]) {
          entry = { generation: generations[slot], labels: cache.source.labels(slot) }
          known.set(slot, entry)
        }
        const own = batch.timestamps?.[i] ?? Number.NaN
        const timestamp = Number.isNaN(own) ? batch.timestamp : own
        const value = batch.stale?.[i] === 1 ? 'stale' : String(batch.values[i])
        out.push(`${formatLabels(entry.labels ?? ['?', '?'])} ${value} @${timestamp}`)
      }
      return out.sort()
    },
  }
}

function scraped(cache: SeriesCache, sink: ReturnType<typeof receiver>, text: string, time: number): string[] {
  const outcome = update(cache, text)
  const ok = outcome.failure === undefined
  const batch = ok ? cache.batch(time, [1], time + 600_000) : cache.failedBatch(time, [0])
  const lines = sink.take(batch)
  cache.settle()
  return lines
}

const UP = '{__name__="up", job="j"}'
const named = (name: string, rest = ''): string => `{__name__="${name}", instance="i:1", job="j"${rest}}`

describe('series cache', () => {
  it('takes a body over and only values after that', () => {
    const cache = cacheWith()
    const sink = receiver(cache)
    expect(scraped(cache, sink, 'a 1\nb 2\n', 1)).toEqual([`${named('a')} 1 @1`, `${named('b')} 2 @1`, `${UP} 1 @1`])
    expect(scraped(cache, sink, 'a 10\nb 2\n', 2)).toEqual([`${named('a')} 10 @2`, `${named('b')} 2 @2`, `${UP} 1 @2`])
  })

  it('counts what was scraped and what was new', () => {
    const cache = cacheWith()
    expect(update(cache, 'a 1\na 2\nb 1\nb 1\n')).toMatchObject({ scraped: 4, added: 2, duplicates: 2 })
    cache.batch(1, [1], 10)
    cache.settle()
    expect(update(cache, 'a 1\nb 1\nc 1\n')).toMatchObject({ scraped: 3, added: 1, duplicates: 0 })
  })

  it('gives the slots of many series back in slices', () => {
    const cache = cacheWith()
    update(cache, Array.from({ length: 25_000 }, (_, i) => `a{i="${i}"} 1\n`).join(''))
    cache.batch(1, [1], 10)
    expect(cache.settle()).toBe(true)
    update(cache, '')
    expect(cache.batch(2, [1], 10).count).toBe(25_001)
    expect([1, 2, 3].map(() => cache.settle())).toEqual([false, false, true])
    expect(cache.size).toBe(0)
  })

  it('marks what vanished once, and everything when a scrape fails', () => {
    const cache = cacheWith()
    const sink = receiver(cache)
    scraped(cache, sink, 'a 1\nb 2\n', 1)
    expect(scraped(cache, sink, 'a 1\n', 2)).toEqual([`${named('a')} 1 @2`, `${named('b')} stale @2`, `${UP} 1 @2`])
    expect(scraped(cache, sink, 'a 1\n', 3)).toEqual([`${named('a')} 1 @3`, `${UP} 1 @3`])
    expect(scraped(cache, sink, 'a 1\nb !\n', 4)).toEqual([`${named('a')} stale @4`, `${UP} 0 @4`])
    expect(scraped(cache, sink, 'a 1\nb !\n', 5)).toEqual([`${UP} 0 @5`])
    expect(scraped(cache, sink, '', 6)).toEqual([`${UP} 1 @6`])
    expect(scraped(cache, sink, 'a 7\n', 7)).toEqual([`${named('a')} 7 @7`, `${UP} 1 @7`])
    expect(scraped(cache, sink, '', 8)).toEqual([`${named('a')} stale @8`, `${UP} 1 @8`])
  })

  it('remembers its series through a failure: none of them is new afterwards', () => {
    const cache = cacheWith()
    const sink = receiver(cache)
    scraped(cache, sink, 'a 1\nb 2\n', 1)
    scraped(cache, sink, 'a 5\nnew 1\nb !\n', 2)
    expect(update(cache, 'a 1\nb 2\n')).toMatchObject({ scraped: 2, added: 0 })
    expect(sink.take(cache.batch(3, [1], 10))).toEqual([`${named('a')} 1 @3`, `${named('b')} 2 @3`, `${UP} 1 @3`])
  })

  it('fails a scrape over its sample limit and says how many samples there were', () => {
    const cache = cacheWith({ sampleLimit: 2 })
    expect(update(cache, 'a 1\nb 1\nc 1\nd 1\n')).toMatchObject({
      scraped: 4,
      added: 0,
      failure: { reason: 'sample-limit' },
    })
    expect(update(cache, 'a 1\nb 1\na 1\n').failure).toBeUndefined()
    cache.batch(1, [1], 10)
    cache.settle()
    expect(update(cache, 'a 1\nb 1\nc 1\n')).toMatchObject({
      scraped: 3,
      added: 0,
      failure: { reason: 'sample-limit' },
    })
    expect(update(cache, 'a 1\nb 1\n')).toMatchObject({ scraped: 2, added: 0, failure: undefined })
  })

  it.each([
    ['labelLimit', 3, 'a{x="1",y="2"} 1\n', /label_limit exceeded.*number of labels: 5, limit: 3/],
    ['labelNameLengthLimit', 8, 'a{long_name="1"} 1\n', /label_name_length_limit exceeded.*length: 9, limit: 8/],
    ['labelValueLengthLimit', 5, 'a{x="äöü"} 1\n', /label_value_length_limit exceeded.*length: 6, limit: 5/],
  ])('fails a scrape over %s', (limit, value, body, message) => {
    const rules = {
      target: TARGET,
      honorLabels: false,
      names: 'legacy',
      labelLimit: 0,
      labelNameLengthLimit: 0,
      labelValueLengthLimit: 0,
      typeAndUnitLabels: false,
    } as const
    const cache = cacheWith({ admission: { ...rules, [limit]: value } })
    const outcome = update(cache, body)
    expect(outcome.failure?.reason).toBe('label-limit')
    expect(outcome.failure?.error).toMatch(message)
  })

  it('leaves out samples from too far in the future, for this batch alone', () => {
    const cache = cacheWith()
    const sink = receiver(cache)
    update(cache, 'a 1 5000\nb 1 5001\n')
    expect(sink.take(cache.batch(1, [1], 5000))).toEqual([`${named('a')} 1 @5000`, `${UP} 1 @1`])
    expect(cache.outOfBounds).toBe(1)
    cache.settle()
    update(cache, 'a 1 5000\nb 1 5001\n')
    expect(sink.take(cache.batch(2, [1], 9000))).toHaveLength(3)
  })

  it('ends with markers for all series and the report series', () => {
    const cache = cacheWith()
    const sink = receiver(cache)
    expect(cache.endBatch(1)).toBeUndefined()
    scraped(cache, sink, 'a 1\nb 2\nc 3 77\n', 1)
    expect(sink.take(cache.endBatch(9) as Batch)).toEqual([
      `${named('a')} stale @9`,
      `${named('b')} stale @9`,
      `${UP} stale @9`,
    ])
  })

  it('answers for labels later as well, from the body it keeps', () => {
    const cache = cacheWith()
    const sink = receiver(cache)
    scraped(cache, sink, '# HELP a text\n  a{x="1"} 1\nb{y="\\"z"} 2\n', 1)
    const late = receiver(cache)
    update(cache, '# HELP a text\n  a{x="1"} 1\nb{y="\\"z"} 2\n')
    expect(late.take(cache.batch(2, [1], 10))).toEqual([
      `${named('a', ', x="1"')} 1 @2`,
      `${named('b', ', y="\\"z"')} 2 @2`,
      `${UP} 1 @2`,
    ])
  })

  it('goes back to the format of the kept body when one in another format fails', () => {
    const cache = cacheWith()
    const sink = receiver(cache)
    scraped(cache, sink, 'a\t1\n', 1)
    expect(update(cache, 'a\t1\n', 'openmetrics').failure?.reason).toBe('parse')
    sink.take(cache.failedBatch(2, [0]))
    expect(scraped(cache, sink, 'a\t2\n', 3)).toEqual([`${named('a')} 2 @3`, `${UP} 1 @3`])
  })

  /** Bodies as sequences of lines that change a little, or a lot, from scrape to scrape. */
  const value = fc.oneof(
    fc.integer({ min: 0, max: 120 }).map(String),
    fc.constantFrom('0.5', 'NaN', '+Inf', '1e3', '-7.25'),
  )
  const line = fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .tuple(fc.integer({ min: 3, max: 25 }), value)
        .map(([k, v]) => `s${k}{k="${'v'.repeat(k % 11)}"} ${v}`),
    },
    { weight: 3, arbitrary: fc.tuple(fc.integer({ min: 26, max: 30 }), value).map(([k, v]) => `s${k} ${v}`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.integer({ min: 0, max: 2 }), value, fc.integer({ min: 1, max: 9 }))
        .map(([k, v, t]) => `t${k} ${v} ${t}`),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('# HELP s3 text', '# HELP s3 texts', '# TYPE s3 counter', '', '# comment'),
    },
  )
  const broken = fc.constantFrom('s3{k="', 's4 1 2 3', 's5 0x1', 's6{a="1",a="2"} 1')
  const change = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('value' as const), at: fc.nat(), with: value }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), line }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('remove' as const),
        at: fc.nat(),
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), at: fc.nat(), to: fc.nat() }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('replace' as const), lines: fc.array(line, { maxLength: 30 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const), at: fc.nat(), line: broken }) },
  )

  it('delivers what a naive reading of every body delivers, in any sequence of bodies', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 12 }),
        fc.boolean(),
        (first, rounds, lastNewline) => {
          const cache = cacheWith()
          const sink = receiver(cache)
          const model = naiveModel()
          let lines = first
          let time = 1000
          for (const changes of [[], ...rounds]) {
            let body = lines
            for (const step of changes) body = applied(body, step)
            const text = body.join('\n') + (lastNewline && body.length > 0 ? '\n' : '')
            time += 10
            expect(scraped(cache, sink, text, time)).toEqual(model(text, time))
            // A broken body is not built upon.
            lines = body.filter((l) => parseExposition(encoder.encode(`${l}\n`), 'text').ok)
          }
        },
      ),
      { numRuns: 400 },
    )
  })

  type Change = typeof change extends fc.Arbitrary<infer C> ? C : never
  function applied(lines: readonly string[], step: Change): string[] {
    const out = [...lines]
    if (step.kind === 'replace') return [...step.lines]
    const at = out.length === 0 ? 0 : step.at % out.length
    if (step.kind === 'insert' || step.kind === 'break') out.splice(at, 0, step.line)
    if (out.length === 0) return out
    if (step.kind === 'remove') out.splice(at, step.count)
    if (step.kind === 'move') out.splice(step.to % out.length, 0, ...out.splice(at, 1))
    if (step.kind === 'value' && /^s/.test(out[at])) out[at] = out[at].replace(/ [^ ]*$/, ` ${step.with}`)
    return out
  }

  function naiveModel(): (text: string, time: number) => string[] {
    let live = new Map<string, string>()
    return (text, time) => {
      const parsed = parseExposition(encoder.encode(text === '' ? '' : `${text}\n`), 'text')
      const out = [`${UP} ${parsed.ok ? 1 : 0} @${time}`]
      const now = new Map<string, string>()
      const appended = new Set<string>()
      if (parsed.ok) {
        for (const sample of parsed.samples) {
          const labels = formatLabels(mergeTargetLabels(sample.labels, TARGET, false))
          const explicit = !Number.isNaN(sample.timestamp)
          if (!explicit && appended.has(labels)) continue
          appended.add(labels)
          if (!explicit) now.set(labels, labels)
          out.push(`${labels} ${sample.value} @${explicit ? sample.timestamp : time}`)
        }
      }
      for (const labels of live.keys()) if (!now.has(labels)) out.push(`${labels} stale @${time}`)
      live = now
      return out.sort()
    }
  }

  it('edits rather than rebuilds when a few lines come and go, and survives a full shuffle', () => {
    const cache = cacheWith()
    const sink = receiver(cache)
    const model = naiveModel()
    const all = Array.from({ length: 500 }, (_, i) => `m${i}{a="${i}"} ${i}`)
    let random = 7
    const next = (n: number): number => (random = (random * 48271) % 2147483647) % n
    for (let round = 0; round < 40; round++) {
      const lines = [...all]
      if (round % 4 === 3) lines.sort(() => next(3) - 1)
      if (round % 4 === 1) lines.splice(next(lines.length), 0, ...lines.splice(next(lines.length), next(40)))
      for (let i = 0; i < round * 9; i++) lines.splice(next(lines.length), 1)
      for (let i = 0; i < round; i++) lines.splice(next(lines.length), 0, `n${next(50)} ${round}`)
      const text = lines.join('\n')
      expect(scraped(cache, sink, text, round)).toEqual(model(text, round))
    }
  })
})
