/**
 * Sources that do anything, and what of it should arrive: a model without templates, blocks, slots or symbols. For the tests of
 * encoding, which compare it with what an independent decoder reads.
 */
import * as fc from 'fast-check'
import type { Histogram } from '../../../core/histograms/histogram.ts'
import { CUSTOM_SCHEMA } from '../../../core/histograms/histogram.ts'
import { type Labels, labelsFrom, labelsToMap } from '../../../core/labels/labels.ts'
import type { Protocol } from '../../../core/remote-write/block.ts'
import type { SeriesLabels } from '../../../core/remote-write/encoding/series-labels.ts'
import type { Batch, Exemplar, SeriesSource } from '../../../core/series/batch.ts'
import type { Metadata } from '../../../core/series/metadata.ts'
import { STALE_BITS, seriesKey, type WholeSeries } from '../../support/remote-write-decoder.ts'

/** What happens to one source between two batches. Numbers are indexes into whatever there is. */
export type Change =
  | { type: 'appear'; series: number }
  | { type: 'vanish'; slot: number }
  | { type: 'move'; slot: number }
  | { type: 'describe'; slot: number }
  | { type: 'relabel' }

export interface Step {
  source: number
  elapsed: number
  changes: Change[]
  /** Per live slot, cycled: how its sample looks. */
  samples: {
    kind: 'number' | 'nan' | 'stale' | 'absent' | 'histogram'
    value: number
    own: number | undefined
    start: number | undefined
    again: boolean
    histogram: Histogram
  }[]
  exemplars: Exemplar[]
  shuffled: boolean
  explicit: boolean
  started: boolean
  repeats: boolean
}

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('appear' as const), series: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('vanish' as const), slot: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('move' as const), slot: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('describe' as const), slot: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'relabel' as const }) },
)

const ODD_TIMES = [1, -1, -62_135_596_800_000, 2 ** 35 - 1, 2 ** 35, 2 ** 42 - 1, 2 ** 42, 2 ** 52]
const time = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -5000, max: 5000 }).map((offset) => 1_700_000_000_000 + offset) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_TIMES) },
)

function bucketsOf(float: boolean): fc.Arbitrary<Histogram['positive']> {
  const whole = fc.oneof(fc.nat(1000), fc.maxSafeNat())
  const count: fc.Arbitrary<number> = float ? fc.double({ noNaN: true, min: 0 }) : whole
  const span = fc.record({ offset: fc.integer({ min: 0, max: 40 }), counts: fc.array(count, { maxLength: 5 }) })
  return fc.tuple(fc.integer({ min: -300, max: 300 }), fc.array(span, { maxLength: 3 })).map(([first, spans]) => ({
    spans: spans.map(({ offset, counts }, i) => ({ offset: i === 0 ? first : offset, length: counts.length })),
    counts: Float64Array.from(spans.flatMap(({ counts }) => counts)),
  }))
}

export const histogram: fc.Arbitrary<Histogram> = fc.boolean().chain((float) =>
  fc.record({
    float: fc.constant(float),
    schema: fc.constantFrom(-4, 0, 3, 8, CUSTOM_SCHEMA),
    count: float ? fc.double({ noNaN: true, min: 0 }) : fc.oneof(fc.nat(1000), fc.maxSafeNat()),
    sum: fc.double(),
    zeroThreshold: fc.double({ noNaN: true, min: 0 }),
    zeroCount: float ? fc.double({ noNaN: true, min: 0 }) : fc.nat(),
    positive: bucketsOf(float),
    negative: bucketsOf(float),
    customValues: fc.array(fc.double({ noNaN: true }), { maxLength: 4 }).map((values) => Float64Array.from(values)),
    reset: fc.integer({ min: 0, max: 3 }),
  }),
)

const exemplar: fc.Arbitrary<Exemplar> = fc.record({
  slot: fc.integer({ min: 1, max: 20 }),
  labels: fc.constantFrom<Labels>(
    [],
    ['trace_id', 'abc'],
    ['trace_id', 'äöü', 'span_id', ''],
    ['number', '3', '__name__', 'metric_0'],
    ['z', 'once', 'a', 'once'],
  ),
  value: fc.double({ noNaN: true }),
  timestamp: time,
})

export const step: fc.Arbitrary<Step> = fc.record({
  source: fc.nat(2),
  elapsed: fc.constantFrom(0, 1, 1000, 5000),
  changes: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Change[]>([]) },
    { weight: 1, arbitrary: fc.array(change, { maxLength: 8 }) },
  ),
  samples: fc.array(
    fc.record({
      kind: fc.constantFrom<Step['samples'][number]['kind'][]>(
        ...Array<'number'>(5).fill('number'),
        'nan',
        'stale',
        'absent',
        'histogram',
      ),
      value: fc.double({ noNaN: true }),
      own: fc.option(time, { nil: undefined }),
      start: fc.option(time, { nil: undefined }),
      again: fc.boolean(),
      histogram,
    }),
    { minLength: 1, maxLength: 12 },
  ),
  exemplars: fc.oneof(fc.constant<Exemplar[]>([]), fc.array(exemplar, { maxLength: 4 })),
  shuffled: fc.boolean(),
  explicit: fc.nat(4).map((n) => n === 0),
  started: fc.nat(2).map((n) => n === 0),
  repeats: fc.nat(5).map((n) => n === 0),
})

export interface ModelSource {
  readonly source: SeriesSource
  apply(change: Change): void
  batch(step: Step, now: number): Batch
}

/** A series cache as scrape loops have one: slots are used again, with another generation. */
export function createModelSource(): ModelSource {
  const series: (number | undefined)[] = [undefined]
  const described = new Map<number, number>()
  const source = { name: 'model', labels, metadata, generations: new Uint32Array(1), version: 0 }
  let layout = 0
  let last = ''

  function labels(slot: number): Labels | undefined {
    const number = series[slot]
    if (number === undefined || number % 7 === 6) return undefined
    return labelsFrom([
      ['__name__', `metric_${number % 3}`],
      ['number', String(number)],
      ['grüße', '日本語 \u{1f600}'],
      ['region', number % 4 === 0 ? 'number' : ''],
      ['padding', 'x'.repeat((number * 37) % 300)],
      ['rules', String(source.version % 2)],
    ])
  }

  function metadata(slot: number): Metadata | undefined {
    const number = series[slot]
    if (number === undefined || number % 5 === 4) return undefined
    const times = described.get(number) ?? 0
    const help = times % 3 === 2 ? '' : `What metric_${number % 3} counts, said ${times} times.`
    return { family: `metric_${number % 3}`, type: (number + times) % 8, help, unit: number % 3 === 0 ? 'bytes' : '' }
  }

  function put(slot: number, number: number | undefined): void {
    series[slot] = number
    if (slot >= source.generations.length) {
      const longer = new Uint32Array(slot * 2)
      longer.set(source.generations)
      source.generations = longer
    }
    source.generations[slot]++
  }

  function apply(change: Change): void {
    const used = series.flatMap((number, slot) => (number === undefined ? [] : [slot]))
    if (change.type === 'appear') {
      const free = series.findIndex((number, slot) => slot > 0 && number === undefined)
      if (!series.includes(change.series)) put(free > 0 ? free : series.length, change.series)
    } else if (change.type === 'relabel') source.version++
    else if (used.length > 0) {
      const slot = used[change.slot % used.length]
      const number = series[slot] as number
      if (change.type === 'describe') described.set(number, (described.get(number) ?? 0) + 1)
      put(slot, change.type === 'describe' ? number : undefined)
      if (change.type === 'move') put(series.length, number)
    }
  }

  function batch(step: Step, now: number): Batch {
    const slots: number[] = []
    const values: number[] = []
    const stale: number[] = []
    const timestamps: number[] = []
    const starts: number[] = []
    const histograms = new Map<number, Histogram>()
    let live = series.flatMap((number, slot) => (number === undefined && slot > 0 ? [] : [slot]))
    if (step.shuffled) live = live.reverse()
    live.forEach((slot, i) => {
      const sample = step.samples[i % step.samples.length]
      if (sample.kind === 'absent') return
      const push = (timestamp: number): void => {
        if (sample.kind === 'histogram') histograms.set(slots.length, sample.histogram)
        slots.push(slot)
        values.push(sample.kind === 'nan' ? Number.NaN : sample.value)
        stale.push(sample.kind === 'stale' ? 1 : 0)
        timestamps.push(timestamp)
        starts.push(sample.start ?? Number.NaN)
      }
      push(sample.own ?? Number.NaN)
      if (step.repeats && sample.again) push((sample.own ?? now) + (sample.value > 0 ? 1 : -1))
    })
    const layoutNow = JSON.stringify([slots, slots.map((slot) => source.generations[slot])])
    if (layoutNow !== last) layout++
    last = layoutNow
    return {
      count: slots.length,
      slots: Uint32Array.from(slots),
      values: Float64Array.from(values),
      stale: stale.includes(1) ? Uint8Array.from(stale) : undefined,
      timestamp: now,
      timestamps: step.explicit || step.repeats ? Float64Array.from(timestamps) : undefined,
      starts: step.started ? Float64Array.from(starts) : undefined,
      histograms: histograms.size > 0 ? histograms : undefined,
      exemplars: step.exemplars.length > 0 ? step.exemplars : undefined,
      layout,
      repeats: step.repeats,
    }
  }

  return { source, apply, batch }
}

/** An endpoint's rules: some series are dropped, some become the same. */
export const modelLabels: SeriesLabels = (labels) => {
  const map = labelsToMap(labels)
  if (map.get('number') === '5') return undefined
  // Two numbers in a row differ in nothing else once these are gone.
  if (map.get('__name__') === 'metric_1') {
    map.delete('number')
    map.delete('padding')
  }
  return labelsFrom(map)
}

/** What an endpoint is to send, one line per sample or histogram, by series. */
export interface Expected {
  readonly lines: Map<string, string[]>
  take(one: ModelSource, batch: Batch, sent: Sent): void
  readonly counts: { samples: number; histograms: number; exemplars: number; notSent: number; unsupported: number }
}

export interface Sent {
  readonly protocol: Protocol
  readonly histograms: boolean
  readonly exemplars: boolean
  readonly metadata: boolean
}

export function createExpected(): Expected {
  const lines = new Map<string, string[]>()
  const lastOf = new Map<string, number>()
  const counts = { samples: 0, histograms: 0, exemplars: 0, notSent: 0, unsupported: 0 }

  function take({ source }: ModelSource, batch: Batch, sent: Sent): void {
    const pending = new Map<number, Exemplar[]>()
    for (const exemplar of sent.exemplars ? (batch.exemplars ?? []) : []) {
      pending.set(exemplar.slot, [...(pending.get(exemplar.slot) ?? []), exemplar])
    }
    for (let i = 0; i < batch.count; i++) {
      const slot = batch.slots[i]
      const given = source.labels(slot)
      const labels = given === undefined ? undefined : modelLabels(given)
      if (labels === undefined) continue
      const key = seriesKey(labelsToMap(labels))
      const histogram = batch.histograms?.get(i)
      if (histogram !== undefined && !sent.histograms) {
        counts.notSent++
        continue
      }
      if (histogram?.schema === CUSTOM_SCHEMA && sent.protocol === '1.0') {
        counts.unsupported++
        continue
      }
      const own = batch.timestamps?.[i] ?? Number.NaN
      const timestamp = Number.isNaN(own) ? batch.timestamp : own
      if (timestamp <= (lastOf.get(key) ?? Number.NEGATIVE_INFINITY)) continue
      lastOf.set(key, timestamp)
      const exemplars = pending.get(slot) ?? []
      pending.delete(slot)
      counts[histogram === undefined ? 'samples' : 'histograms']++
      counts.exemplars += exemplars.length
      const start = batch.starts?.[i] ?? Number.NaN
      const metadata = sent.metadata ? source.metadata(slot) : undefined
      const isSaid = metadata !== undefined && (metadata.type > 0 || metadata.help !== '' || metadata.unit !== '')
      add(lines, key, {
        timestamp,
        value: histogram === undefined ? bits(batch.values[i], batch.stale?.[i] === 1) : plainHistogram(histogram),
        exemplars: exemplars.map(({ labels, value, timestamp }) => [[...labelsToMap(labels)], bits(value), timestamp]),
        start: sent.protocol === '1.0' || Number.isNaN(start) || start === 0 ? undefined : start,
        description:
          sent.protocol === '1.0' || !isSaid
            ? undefined
            : { type: metadata.type, help: metadata.help, unit: metadata.unit },
      })
    }
  }

  return { lines, take, counts }
}

/** The same lines of what was decoded. */
export function linesOf(
  series: readonly WholeSeries[],
  into: Map<string, string[]> = new Map(),
): Map<string, string[]> {
  for (const { labels, samples, histograms, exemplars, description } of series) {
    const plain = exemplars.map(({ labels, value, timestamp }) => [[...labels], bits(value), timestamp])
    samples.forEach(({ bits, timestamp, start }, i) => {
      add(into, seriesKey(labels), { timestamp, value: bits, exemplars: i === 0 ? plain : [], start, description })
    })
    histograms.forEach((histogram, i) => {
      const { timestamp, start } = histogram
      const value = plainHistogram(histogram)
      add(into, seriesKey(labels), { timestamp, value, exemplars: i === 0 ? plain : [], start, description })
    })
  }
  return into
}

function add(lines: Map<string, string[]>, key: string, line: object): void {
  const before = lines.get(key)
  if (before === undefined) lines.set(key, [JSON.stringify(line)])
  else before.push(JSON.stringify(line))
}

interface AnyHistogram extends Omit<Histogram, 'positive' | 'negative' | 'customValues'> {
  readonly positive: AnyBuckets
  readonly negative: AnyBuckets
  readonly customValues: Iterable<number>
}

interface AnyBuckets {
  readonly spans: readonly object[]
  readonly counts: Iterable<number>
}

function plainHistogram({ positive, negative, customValues, ...rest }: AnyHistogram): object {
  const { float, schema, count, sum, zeroThreshold, zeroCount, reset } = rest
  const plain = ({ spans, counts }: AnyBuckets) => [spans, [...counts].map((count) => bits(count))]
  const numbers = [
    bits(count),
    bits(sum),
    bits(zeroThreshold),
    bits(zeroCount),
    ...[...customValues].map((value) => bits(value)),
  ]
  return { float, schema, reset, numbers, positive: plain(positive), negative: plain(negative) }
}

function bits(value: number, stale = false): string {
  if (stale) return STALE_BITS
  if (Number.isNaN(value)) return '7ff8000000000001'
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0).toString(16).padStart(16, '0')
}
