/**
 * What is delivered, against a model that has no templates, blocks or slots: whatever the sources do, the decoded stream of
 * every series is the list of its samples that are newer than the one before, bit for bit.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Labels, labelsFrom } from '../../../core/labels/labels.ts'
import type { Batch, SeriesSource } from '../../../core/series/batch.ts'
import { STALE_BITS, seriesKey } from '../../support/remote-write-decoder.ts'
import { createFakeReceiver, createRig, delivered, endpoint, rules, settings } from '../setup.ts'

/** What happens to one source between two batches. Numbers are indexes into whatever there is. */
type Change =
  | { type: 'appear'; series: number }
  | { type: 'vanish'; slot: number }
  | { type: 'move'; slot: number }
  | { type: 'relabel' }

interface Step {
  source: number
  elapsed: number
  changes: Change[]
  /** Per live slot, cycled: how its sample looks. */
  samples: { kind: 'number' | 'nan' | 'stale' | 'absent'; value: number; own: number | undefined; again: boolean }[]
  shuffled: boolean
  explicit: boolean
  repeats: boolean
}

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('appear' as const), series: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('vanish' as const), slot: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('move' as const), slot: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'relabel' as const }) },
)

const ownTimestamp = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -5000, max: 5000 }).map((offset) => 1_700_000_000_000 + offset) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, -1, 1, -62_135_596_800_000, 2 ** 35 - 1, 2 ** 35, 2 ** 42 - 1, 2 ** 42, 2 ** 52),
  },
)

const step: fc.Arbitrary<Step> = fc.record({
  source: fc.nat(2),
  elapsed: fc.constantFrom(0, 1, 1000, 5000),
  changes: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Change[]>([]) },
    { weight: 1, arbitrary: fc.array(change, { maxLength: 8 }) },
  ),
  samples: fc.array(
    fc.record({
      kind: fc.constantFrom<Step['samples'][number]['kind'][]>(
        'number',
        'number',
        'number',
        'number',
        'nan',
        'stale',
        'absent',
      ),
      value: fc.double({ noNaN: true }),
      own: fc.option(ownTimestamp, { nil: undefined }),
      again: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  shuffled: fc.boolean(),
  explicit: fc.nat(4).map((n) => n === 0),
  repeats: fc.nat(5).map((n) => n === 0),
})

/** A series cache as scrape loops have one: slots are used again, with another generation. */
function createSource() {
  const series: (number | undefined)[] = [undefined]
  const source = { name: 'model', labels, metadata: () => undefined, generations: new Uint32Array(1), version: 0 }

  function labels(slot: number): Labels | undefined {
    const number = series[slot]
    if (number === undefined || number % 7 === 6) return undefined
    return labelsFrom([
      ['__name__', `metric_${number % 3}`],
      ['__internal', 'never sent'],
      ['number', String(number)],
      ['region', number % 4 === 0 ? 'own' : ''],
      ['padding', 'x'.repeat((number * 37) % 300)],
      ['rules', String(source.version % 2)],
    ])
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
      const number = series[slot]
      put(slot, undefined)
      if (change.type === 'move') put(series.length, number)
    }
  }

  return { source: source as SeriesSource & typeof source, series, apply, layout: 0, last: '' }
}

/** The same answers as the endpoint's rules, written once more. */
function finalLabels(labels: Labels | undefined): string | undefined {
  if (labels === undefined) return undefined
  const map = new Map<string, string>([['region', 'default']])
  for (let i = 0; i < labels.length; i += 2) map.set(labels[i], labels[i + 1])
  if (map.get('number') === '5') return undefined
  // Two numbers in a row differ in nothing else once this is gone.
  if (map.get('__name__') === 'metric_1') map.delete('number')
  map.delete('__internal')
  return seriesKey(new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1))))
}

const WRITE_RELABEL = rules(
  { action: 'drop', sourceLabels: ['number'], regex: '5' },
  { action: 'replace', sourceLabels: ['__name__'], regex: 'metric_1', targetLabel: 'number', replacement: '' },
)

function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0).toString(16).padStart(16, '0')
}

function bySeries(stream: string[]): Record<string, string[]> {
  const series: Record<string, string[]> = {}
  for (const line of stream) {
    const [key, timestamp, bits] = line.split(' ')
    ;(series[key] ??= []).push(`${timestamp} ${bits}`)
  }
  return series
}

describe('the delivered stream', () => {
  it('holds every sample that is newer than the last of its series, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(1, 3, 2000),
        async (steps, maxSamplesPerSend) => {
          const config = {
            ...settings(endpoint({ writeRelabel: WRITE_RELABEL }, { maxSamplesPerSend })),
            externalLabels: ['region', 'default'],
          }
          const rig = createRig(config, (request) => receiver.send(request))
          const receiver = createFakeReceiver(rig.clock)
          const sources = Array.from({ length: 3 }, createSource)
          const sinks = sources.map(({ source }) => rig.remoteWrite.receiver.open(source))
          const lastOf = new Map<string, number>()
          const model: string[] = []
          let now = 1_700_000_000_000

          for (const step of steps) {
            now += step.elapsed
            const one = sources[step.source]
            for (const change of step.changes) one.apply(change)
            const batch = batchFor(one, step, now)
            await sinks[step.source].append(batch)
            for (let i = 0; i < batch.count; i++) {
              const key = finalLabels(one.source.labels(batch.slots[i]))
              if (key === undefined) continue
              const own = batch.timestamps?.[i] ?? Number.NaN
              const timestamp = Number.isNaN(own) ? now : own
              if (timestamp <= (lastOf.get(key) ?? Number.NEGATIVE_INFINITY)) continue
              lastOf.set(key, timestamp)
              const value = batch.values[i]
              const bits =
                batch.stale?.[i] === 1 ? STALE_BITS : Number.isNaN(value) ? '7ff8000000000001' : bitsOf(value)
              model.push(`${key} ${timestamp} ${bits}`)
            }
          }
          await rig.remoteWrite.stop()
          expect(bySeries(delivered(receiver))).toEqual(bySeries(model))
          for (const { series } of receiver.attempts) expect(series.length).toBeLessThanOrEqual(maxSamplesPerSend)
        },
      ),
      { numRuns: 300 },
    )
  })
})

function batchFor(one: ReturnType<typeof createSource>, step: Step, now: number): Batch {
  const slots: number[] = []
  const values: number[] = []
  const stale: number[] = []
  const timestamps: number[] = []
  let live = one.series.flatMap((number, slot) => (number === undefined && slot > 0 ? [] : [slot]))
  if (step.shuffled) live = live.reverse()
  live.forEach((slot, i) => {
    const sample = step.samples[i % step.samples.length]
    if (sample.kind === 'absent') return
    const push = (timestamp: number): void => {
      slots.push(slot)
      values.push(sample.kind === 'nan' ? Number.NaN : sample.value)
      stale.push(sample.kind === 'stale' ? 1 : 0)
      timestamps.push(timestamp)
    }
    push(sample.own ?? Number.NaN)
    if (step.repeats && sample.again) push((sample.own ?? now) + (sample.value > 0 ? 1 : -1))
  })
  const layoutNow = JSON.stringify([slots, slots.map((slot) => one.source.generations[slot])])
  if (layoutNow !== one.last) one.layout++
  one.last = layoutNow
  return {
    count: slots.length,
    slots: Uint32Array.from(slots),
    values: Float64Array.from(values),
    stale: stale.includes(1) ? Uint8Array.from(stale) : undefined,
    timestamp: now,
    timestamps: step.explicit || step.repeats ? Float64Array.from(timestamps) : undefined,
    starts: undefined,
    histograms: undefined,
    exemplars: undefined,
    layout: one.layout,
    repeats: step.repeats,
  }
}
