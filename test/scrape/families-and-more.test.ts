/** What stands beside the samples: metadata, start times, exemplars, native histograms; in all formats, through changes and failures. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Exposition } from '../../core/exposition/content-type.ts'
import { formatLabels, type Labels } from '../../core/labels/labels.ts'
import { bodyOf, createBodies } from '../../core/scrape/bodies.ts'
import { decoderOf } from '../../core/scrape/decoders.ts'
import { createSeriesCache, type SeriesCache, type SeriesCacheOptions } from '../../core/scrape/series-cache.ts'
import { type Batch, NO_SLOT } from '../../core/series/batch.ts'
import type { Metadata } from '../../core/series/metadata.ts'
import { codecs } from '../support/codecs.ts'
import { createOracle, type Family, protobufOf, textOf } from './random-exporter.ts'

const encoder = new TextEncoder()
const TARGET: Labels = ['instance', 'i:1', 'job', 'j']
const LIMITS = { bucketLimit: 0, minBucketFactor: 0, startZeros: false }
const FOREVER = Number.MAX_SAFE_INTEGER

interface Changes extends Partial<SeriesCacheOptions> {
  readonly native?: boolean
  readonly classic?: boolean
  readonly convert?: boolean
  readonly bucketLimit?: number
  readonly typeAndUnitLabels?: boolean
}

function cacheWith(changes: Changes = {}): SeriesCache {
  const { native = false, classic = false, convert = false, bucketLimit = 0, typeAndUnitLabels = false } = changes
  const { startZeros = false } = changes
  return createSeriesCache(
    {
      name: 't',
      reports: [],
      admission: {
        target: TARGET,
        honorLabels: false,
        names: 'legacy',
        labelLimit: 0,
        labelNameLengthLimit: 0,
        labelValueLengthLimit: 0,
        typeAndUnitLabels,
      },
      sampleLimit: 0,
      honorTimestamps: true,
      trackTimestampsStaleness: false,
      honorMetadata: true,
      startZeros: false,
      decoderOf: (format) => decoderOf(format, { native, classic, convert }, { ...LIMITS, bucketLimit, startZeros }),
      hashSeed: 42,
      ...changes,
    },
    createBodies(codecs, 0),
  )
}

function update(cache: SeriesCache, body: string | Uint8Array, format: Exposition) {
  const bytes = typeof body === 'string' ? encoder.encode(body) : body
  const room = new Uint8Array(bytes.length + 1)
  room.set(bytes)
  cache.begin(bodyOf(room, bytes.length), format)
  while (!cache.step());
  return cache.finish()
}

/** Asks for labels and metadata once per generation, as the contract allows, and writes down all that a batch holds. */
function receiver(cache: SeriesCache) {
  const known = new Map<number, { generation: number; labels: Labels | undefined; about: Metadata | undefined }>()
  let last: { layout: number; state: string } | undefined
  let asked = 0
  return {
    get asked() {
      return asked
    },
    take(batch: Batch): string[] {
      const { generations } = cache.source
      const slots = [...batch.slots.subarray(0, batch.count)]
      const state = JSON.stringify([slots, slots.map((slot) => generations[slot])])
      if (last?.layout === batch.layout) expect(state).toBe(last.state)
      last = { layout: batch.layout, state }
      const out: string[] = []
      for (let i = 0; i < batch.count; i++) {
        const slot = batch.slots[i]
        if (slot === NO_SLOT) continue
        let entry = known.get(slot)
        if (entry?.generation !== generations[slot]) {
          entry = {
            generation: generations[slot],
            labels: cache.source.labels(slot),
            about: cache.source.metadata(slot),
          }
          known.set(slot, entry)
          asked++
        }
        const series = formatLabels(entry.labels ?? ['?', '?'])
        const own = batch.timestamps?.[i] ?? Number.NaN
        const timestamp = Number.isNaN(own) ? batch.timestamp : own
        if (batch.stale?.[i] === 1) {
          out.push(`${series} stale @${timestamp}`)
          expect(batch.histograms?.has(i) ?? false).toBe(false)
          continue
        }
        const histogram = batch.histograms?.get(i)
        const value = histogram === undefined ? batch.values[i] : `histogram ${histogram.count}`
        const { about } = entry
        const described = about === undefined ? '-' : `${about.family}|${about.type}|${about.help}`
        const start = batch.starts?.[i] ?? Number.NaN
        out.push(`${series} ${value} @${timestamp} ${described} start ${Number.isNaN(start) ? '-' : start}`)
      }
      for (const { slot, labels, value, timestamp } of batch.exemplars ?? []) {
        const series = formatLabels(known.get(slot)?.labels ?? ['?', '?'])
        out.push(`${series} exemplar ${JSON.stringify(labels)} ${value} @${timestamp}`)
      }
      return out.sort()
    },
  }
}

/** One scrape, and what came of it. */
function scraped(
  cache: SeriesCache,
  sink: ReturnType<typeof receiver>,
  body: string | Uint8Array,
  format: Exposition,
  time: number,
): string[] {
  const ok = update(cache, body, format).failure === undefined
  const lines = sink.take(ok ? cache.batch(time, [], FOREVER) : cache.failedBatch(time, []))
  cache.settle()
  return lines
}

const exemplar = fc.record({
  labels: fc.constantFrom([['trace', 'a']] as const, [['trace', 'b']] as const, []),
  value: fc.integer({ min: 0, max: 2 }),
  // In eighths of a second, which decimals spell exactly.
  timestamp: fc.option(fc.constantFrom(1000, 1125, 1250, 1375), { nil: undefined }),
})
const metric = fc.record({
  label: fc.constantFrom('x', 'y', 'z', 'w'),
  value: fc.integer({ min: 1, max: 40 }),
  created: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  exemplar: fc.option(exemplar, { nil: undefined }),
})
const metrics = fc.uniqueArray(metric, { selector: ({ label }) => label, maxLength: 4 })
const help = fc.constantFrom('one', 'two', 'a rather longer text', 'with "quotes"')
const family = fc.record({
  name: fc.constantFrom('a', 'b_seconds', 'c', 'a_longer_name', 'd'),
  type: fc.constantFrom('counter' as const, 'gauge' as const, 'histogram' as const, 'summary' as const),
  help,
  metrics,
})
const families = fc.uniqueArray(family, { selector: ({ name }) => name, maxLength: 5 })
const change = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('metrics' as const), at: fc.nat(), metrics }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('help' as const), at: fc.nat(), help }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add' as const), at: fc.nat(), family }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('type' as const), at: fc.nat(), family }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('all' as const), families }) },
)
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never

function changed(before: readonly Family[], step: Change): readonly Family[] {
  if (step.kind === 'all') return step.families
  const out = [...before]
  const at = out.length === 0 ? 0 : step.at % out.length
  if (step.kind === 'add' && !out.some(({ name }) => name === step.family.name)) out.splice(at, 0, step.family)
  if (out.length === 0) return out
  if (step.kind === 'remove') out.splice(at, 1)
  if (step.kind === 'metrics') out[at] = { ...out[at], metrics: step.metrics }
  if (step.kind === 'help') out[at] = { ...out[at], help: step.help }
  if (step.kind === 'type') out[at] = { ...out[at], type: step.family.type }
  return out
}

const formats = fc.constantFrom<Exposition>('text', 'openmetrics', 'protobuf')
const round = fc.record({
  changes: fc.array(change, { maxLength: 3 }),
  /** Undefined: that of the round before. */
  format: fc.option(formats, { nil: undefined, freq: 5 }),
  breaks: fc.boolean(),
})

describe('whatever an exporter shows', () => {
  it.each([
    [false, false],
    [true, false],
    [true, true],
  ])(
    'is delivered, and only what is new or changed is asked about (native histograms: %s, types as labels: %s)',
    (native, typed) => {
      fc.assert(
        fc.property(families, formats, fc.array(round, { maxLength: 12 }), (first, firstFormat, rounds) => {
          const cache = cacheWith({ native, typeAndUnitLabels: typed })
          const sink = receiver(cache)
          const oracle = createOracle(TARGET, typed)
          let shown = first as readonly Family[]
          let format = firstFormat
          let time = 10_000
          for (const step of [{ changes: [], format: undefined, breaks: false }, ...rounds]) {
            shown = step.changes.reduce(changed, shown)
            format = step.format ?? format
            const body = format === 'protobuf' ? protobufOf(shown, native) : textOf(shown, format)
            time += 10
            // Whatever a body says before it turns out to be broken leaves no trace.
            if (step.breaks)
              expect(scraped(cache, sink, broken(body), format, time)).toEqual(
                oracle.scrape(undefined, format, native, time),
              )
            time += 10
            expect(scraped(cache, sink, body, format, time)).toEqual(oracle.scrape(shown, format, native, time))
            const { asked } = sink
            time += 10
            expect(scraped(cache, sink, body, format, time)).toEqual(oracle.scrape(shown, format, native, time))
            expect(sink.asked).toBe(asked)
          }
        }),
        { numRuns: 100 },
      )
    },
  )
})

/** Fails at its very end. */
function broken(body: string | Uint8Array): string | Uint8Array {
  if (typeof body === 'string') return body.replace(/# EOF\n$/, '').concat('broken{ 1\n')
  return Uint8Array.from([...body, 200])
}

/** Family, type and help of a series by its name. */
function aboutOf(cache: SeriesCache, batch: Batch, name: string): Metadata | undefined {
  for (const slot of batch.slots.subarray(0, batch.count)) {
    if (formatLabels(cache.source.labels(slot) ?? []).includes(`__name__="${name}"`)) return cache.source.metadata(slot)
  }
  throw new Error(`no series ${name}`)
}

describe('metadata', () => {
  it.each([
    ['a_total', '# HELP a_total text\n# TYPE a_total counter\na_total 1\n', 'a_total'],
    ['a_bucket', '# TYPE a histogram\na_bucket{le="1"} 1\n', 'a'],
    ['a_bucket', '# TYPE a counter\na_bucket{le="1"} 1\n', undefined],
    ['a_sum', '# TYPE a summary\na_sum 1\n', 'a'],
    ['b', '# TYPE a gauge\na 1\nb 1\n', undefined],
    // What is in force is the block that was read last, and in it the family named last.
    ['a', '# TYPE a gauge\n# TYPE b gauge\na 1\n', undefined],
    ['a', '# TYPE a gauge\n# free comment\n\n# HELP a text\na 1\n', 'a'],
    ['a', 'a 1\n# TYPE a gauge\n', undefined],
  ])('of %s in %j', (name, body, family) => {
    const cache = cacheWith()
    update(cache, body, 'text')
    expect(aboutOf(cache, cache.batch(1, [], FOREVER), name)?.family).toBe(family)
  })

  it('has types, texts without escapes, and units', () => {
    const cache = cacheWith()
    const body =
      '# TYPE a_seconds gaugehistogram\n# UNIT a_seconds seconds\n# HELP a_seconds a \\"b\\"\\n\na_seconds_gsum 1\n# EOF\n'
    update(cache, body.replace('\\n\n', '\\nc\n'), 'openmetrics')
    const about = aboutOf(cache, cache.batch(1, [], FOREVER), 'a_seconds_gsum')
    expect(about).toEqual({ family: 'a_seconds', type: 4, help: 'a "b"\nc', unit: 'seconds' })
  })

  it('is left out on request', () => {
    const cache = cacheWith({ honorMetadata: false })
    update(cache, '# TYPE a gauge\na 1\n', 'text')
    expect(aboutOf(cache, cache.batch(1, [], FOREVER), 'a')).toBeUndefined()
  })

  it('makes labels on request: another type or unit is another series, another text is not', () => {
    const cache = cacheWith({ typeAndUnitLabels: true })
    const sink = receiver(cache)
    const body = (type: string, help: string): string =>
      `# HELP a_s ${help}\n# TYPE a_s ${type}\n# UNIT a_s s\na_s{__type__="x"} 1\nb 1\n# EOF\n`
    const a = (type: string): string =>
      `{__name__="a_s", ${type === 'unknown' ? '' : `__type__="${type}", `}__unit__="s", instance="i:1", job="j"}`
    const b = '{__name__="b", instance="i:1", job="j"}'
    const seen = (type: string, help: string, time: number): string[] =>
      scraped(cache, sink, body(type, help), 'openmetrics', time).map((line) => line.replace(/ a_s.*start/, ''))
    expect(seen('gauge', 'one', 1)).toEqual([`${a('gauge')} 1 @1 -`, `${b} 1 @1 - start -`])
    expect(seen('gauge', 'two', 2)).toEqual([`${a('gauge')} 1 @2 -`, `${b} 1 @2 - start -`])
    expect(seen('counter', 'two', 3)).toEqual([
      `${a('counter')} 1 @3 -`,
      `${a('gauge')} stale @3`,
      `${b} 1 @3 - start -`,
    ])
    expect(seen('unknown', 'two', 4)).toEqual([
      `${a('counter')} stale @4`,
      `${a('unknown')} 1 @4 -`,
      `${b} 1 @4 - start -`,
    ])
  })
})

describe('_created series', () => {
  const body = (...lines: string[]): string => `${lines.join('\n')}\n# EOF\n`
  const startsOf = (cache: SeriesCache, batch: Batch): Record<string, number> =>
    Object.fromEntries(
      [...batch.slots.subarray(0, batch.count)].flatMap((slot, i) => {
        const labels = cache.source.labels(slot)
        const own = labels?.filter((_, k) => !['instance', 'job'].includes(labels[k - (k % 2)]))
        const start = batch.starts?.[i] ?? Number.NaN
        return Number.isNaN(start) ? [] : [[formatLabels(own ?? []), start]]
      }),
    )

  it('say when those with the same labels began, wherever they stand in their family', () => {
    const cache = cacheWith()
    const text = body(
      '# TYPE a counter',
      'a_total{x="1",y="}\\",="} 1',
      'a_total{x="2",y="1"} 1',
      'a_created{y="1",x="2"} 20.5',
      'a_created{x="1",y="}\\",="} 10',
      '# TYPE h histogram',
      'h_created{x="1"} 30',
      'h_bucket{le="1.0",x="1"} 1',
      'h_bucket{x="1",le="+Inf"} 1',
      'h_sum{x="1"} 1',
      'h_sum{x="2"} 1',
      '# TYPE s summary',
      's{quantile="0.5"} 1',
      's_created 40',
      '# TYPE g gauge',
      'g 1',
      'g_created 50',
      '# TYPE n counter',
      'n_total 1',
      'n_created NaN',
    )
    update(cache, text, 'openmetrics')
    expect(startsOf(cache, cache.batch(1, [], FOREVER))).toEqual({
      '{__name__="a_total", x="1", y="}\\",="}': 10_000,
      '{__name__="a_total", x="2", y="1"}': 20_500,
      '{__name__="h_bucket", le="1.0", x="1"}': 30_000,
      '{__name__="h_bucket", le="+Inf", x="1"}': 30_000,
      '{__name__="h_sum", x="1"}': 30_000,
      '{__name__="s", quantile="0.5"}': 40_000,
    })
    cache.settle()
    update(cache, text.replace('h_created{x="1"} 30', 'h_created{x="1"} 31'), 'openmetrics')
    expect(startsOf(cache, cache.batch(2, [], FOREVER))).toMatchObject({ '{__name__="h_sum", x="1"}': 31_000 })
  })

  it('become zeros on request: once for each start, before the sample and after the batch before', () => {
    const cache = cacheWith({ startZeros: true })
    const sink = receiver(cache)
    const scrape = (time: number, ...lines: string[]): string[] => {
      const outcome = update(cache, body('# TYPE a counter', ...lines), 'openmetrics')
      const zeros = cache.zeroBatch(time)
      const before = zeros === undefined ? [] : sink.take(zeros)
      const out = [...before, ...sink.take(cache.batch(time, [], FOREVER)), `scraped ${outcome.scraped}`]
      cache.settle()
      return out.map((line) => line.replaceAll(', instance="i:1", job="j"', '').replaceAll('__name__=', ''))
    }
    const about = 'a|1| start'
    expect(scrape(10_000, 'a_total{x="1"} 5', 'a_created{x="1"} 2')).toEqual([
      `{"a_total", x="1"} 0 @2000 ${about} -`,
      `{"a_total", x="1"} 5 @10000 ${about} 2000`,
      'scraped 1',
    ])
    expect(scrape(20_000, 'a_total{x="1"} 6', 'a_created{x="1"} 2')).toEqual([
      `{"a_total", x="1"} 6 @20000 ${about} 2000`,
      'scraped 1',
    ])
    // It started over; another one is new, one began earlier than what was known, and one lies in the future.
    expect(
      scrape(
        30_000,
        ...['a_total{x="1"} 1', 'a_created{x="1"} 21', 'a_total{x="2"} 1', 'a_created{x="2"} 22'],
        ...['a_total{x="3"} 1', 'a_created{x="3"} 19', 'a_total{x="4"} 1', 'a_created{x="4"} 31'],
      ).filter((line) => line.includes('} 0 ') || line.includes('stale')),
    ).toEqual([`{"a_total", x="1"} 0 @21000 ${about} -`, `{"a_total", x="2"} 0 @22000 ${about} -`])
    // What was never sent is not marked stale.
    expect(scrape(40_000)).toEqual(
      ['1', '2', '3', '4'].map((x) => `{"a_total", x="${x}"} stale @40000`).concat('scraped 0'),
    )
  })

  it('become zeros of converted histograms as well, and are no samples', () => {
    const cache = cacheWith({ startZeros: true, convert: true })
    const sink = receiver(cache)
    const scrape = (created: number): string[] => {
      const text = body('# TYPE h histogram', 'h_bucket{le="1"} 3', 'h_count 3', `h_created ${created}`)
      expect(update(cache, text, 'openmetrics').scraped).toBe(1)
      const zeros = cache.zeroBatch(created * 1000 + 5000)
      const out = zeros === undefined ? [] : sink.take(zeros)
      out.push(...sink.take(cache.batch(created * 1000 + 5000, [], FOREVER)))
      cache.settle()
      return out.map((line) => line.replace(/^{[^}]*} /, ''))
    }
    expect(scrape(10)).toEqual([expect.stringMatching(/@10000 /), expect.stringMatching(/@15000 .*start 10000/)])
    expect(scrape(20)).toHaveLength(2)
  })

  it('are samples again once they are said to be a gauge', () => {
    const cache = cacheWith({ startZeros: true })
    const sink = receiver(cache)
    for (const [type, expected] of [
      ['counter', 1],
      ['gauge', 2],
      ['counter', 1],
    ] as const) {
      const { scraped } = update(cache, body(`# TYPE a ${type}`, 'a_total 5', 'a_created 2'), 'openmetrics')
      expect(scraped).toBe(expected)
      expect(sink.take(cache.batch(10_000, [], FOREVER))).toHaveLength(expected)
      cache.settle()
    }
  })
})

describe('what is said of a series', () => {
  it('is the same in whatever order it is asked', () => {
    const line = fc.constantFrom('# TYPE a gauge', '# HELP b of b', '# TYPE b counter', '# a comment', '', 'sample')
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.array(fc.nat(29), { maxLength: 30 }), (lines, asked) => {
        const cache = cacheWith()
        let count = 0
        let family: string | undefined
        const expected: (string | undefined)[] = []
        const text = lines.map((one) => {
          if (/TYPE|HELP/.test(one)) family = one.split(' ')[2]
          if (one !== 'sample') return one
          // Every other sample is one of family a.
          const name = ++count % 2 === 0 ? 'a' : 'b'
          expected.push(family === name ? family : undefined)
          return `${name}{i="${count}"} 1`
        })
        expect(update(cache, `${text.join('\n')}\n`, 'text').failure).toBeUndefined()
        const { slots } = cache.batch(1, [], FOREVER)
        for (const row of [...asked.filter((one) => one < count), ...expected.keys()]) {
          expect(cache.source.metadata(slots[row])?.family).toBe(expected[row])
        }
      }),
    )
  })
})

describe('exemplars', () => {
  it('are judged in slices', () => {
    const cache = cacheWith()
    const lines = Array.from({ length: 12_000 }, (_, i) => `a_total{i="${i}"} 1 # {t="x"} 1 1\n`)
    update(cache, `# TYPE a counter\n${lines.join('')}# EOF\n`, 'openmetrics')
    expect([1, 2, 3].map(() => cache.judgeExemplars(1))).toEqual([false, false, true])
    expect(cache.batch(1, [], FOREVER).exemplars).toHaveLength(12_000)
  })

  const line = (rest: string): string => `# TYPE a counter\na_total 1 ${rest}\n# EOF\n`
  it('with too many characters are dropped and counted, once', () => {
    const cache = cacheWith()
    const take = (rest: string, time: number): number | undefined => {
      update(cache, line(rest), 'openmetrics')
      const count = cache.batch(time, [], FOREVER).exemplars?.length
      cache.settle()
      return count
    }
    expect(take(`# {a="${'ä'.repeat(127)}"} 1 1`, 1)).toBe(1)
    expect(take(`# {a="${'😀'.repeat(128)}"} 1 2`, 2)).toBeUndefined()
    expect(cache.exemplars.tooLong).toBe(1)
    expect(take(`# {a="${'😀'.repeat(128)}"} 1 2`, 3)).toBeUndefined()
    expect(cache.exemplars.tooLong).toBe(0)
    expect(take('# {a="x"} 1 1.5', 4)).toBe(1)
    expect(take('# {a="y"} 1 1.25', 5)).toBeUndefined()
    expect(cache.exemplars).toMatchObject({ tooLong: 0, outOfOrder: 1 })
  })

  it('take the timestamp of their sample, and go where it goes', () => {
    const cache = cacheWith()
    update(cache, '# TYPE a counter\na_total 1 2.5 # {b="c"} 3\nb 1 99 # {} 1\n# EOF\n', 'openmetrics')
    const { exemplars } = cache.batch(1, [], 5000)
    expect(exemplars).toEqual([{ slot: 1, labels: ['b', 'c'], value: 3, timestamp: 2500 }])
  })
})

describe('bodies that are decoded', () => {
  const family = (count: number): Family => ({
    name: 'a',
    type: 'histogram',
    help: 'text',
    metrics: Array.from({ length: count }, (_, i) => ({
      label: `m${i}`,
      value: i + 1,
      created: 1,
      exemplar: undefined,
    })),
  })

  it('fail over the sample limit, and leave everything as it was', () => {
    const cache = cacheWith({ native: true, sampleLimit: 2 })
    const sink = receiver(cache)
    expect(scraped(cache, sink, protobufOf([family(2)], true), 'protobuf', 1)).toHaveLength(2)
    expect(update(cache, protobufOf([family(3)], true), 'protobuf')).toMatchObject({
      scraped: 3,
      added: 0,
      failure: { reason: 'sample-limit' },
    })
    expect(sink.take(cache.failedBatch(2, [])).every((line) => line.includes('stale'))).toBe(true)
    cache.settle()
    expect(update(cache, protobufOf([family(2)], true), 'protobuf')).toMatchObject({ scraped: 2, added: 0 })
    cache.setSampleLimit(1)
    expect(update(cache, protobufOf([family(2)], true), 'protobuf').failure?.reason).toBe('sample-limit')
  })

  it('fail over label limits and bad names as others do', () => {
    const rules = {
      target: TARGET,
      honorLabels: false,
      names: 'legacy',
      labelNameLengthLimit: 0,
      labelValueLengthLimit: 0,
    } as const
    const cache = cacheWith({ native: true, admission: { ...rules, labelLimit: 3, typeAndUnitLabels: false } })
    expect(update(cache, protobufOf([family(1)], true), 'protobuf').failure?.reason).toBe('label-limit')
    const named = protobufOf([{ ...family(1), name: 'ä' }], true)
    expect(update(cacheWith({ native: true }), named, 'protobuf').failure).toMatchObject({ reason: 'parse' })
  })

  it('make classic histograms native on request', () => {
    const cache = cacheWith({ convert: true })
    update(cache, textOf([family(3)], 'openmetrics'), 'openmetrics')
    const batch = cache.batch(1, [], FOREVER)
    expect([...(batch.histograms ?? [])].map(([, { schema, count }]) => [schema, count])).toEqual([
      [-53, 3],
      [-53, 6],
      [-53, 9],
    ])
    expect(aboutOf(cache, batch, 'a')).toMatchObject({ family: 'a', type: 3, help: 'text' })
  })

  it('count a series that stands twice, and go on', () => {
    const cache = cacheWith({ native: true })
    const sink = receiver(cache)
    const twice = protobufOf([family(1), family(1)], true)
    expect(update(cache, twice, 'protobuf')).toMatchObject({ scraped: 2, added: 1, duplicates: 1 })
    expect(sink.take(cache.batch(1, [], FOREVER))).toHaveLength(1)
    cache.settle()
    expect(update(cache, twice, 'protobuf')).toMatchObject({ scraped: 2, added: 0, duplicates: 1 })
  })
})
