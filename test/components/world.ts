/**
 * The real graph with the real components, on fake ports, and two components for tests at the ends of the pipeline:
 * `test.sink` keeps what is forwarded to it, `test.source` lets the test forward batches by hand.
 */
import { METRICS_RECEIVER } from '../../core/components/capsules.ts'
import { COMPONENTS } from '../../core/components/index.ts'
import { IDENTITY, LIVE, OWNERSHIP, REPORTS, SCRAPE } from '../../core/components/lent.ts'
import { createReports, type Reports } from '../../core/fleet/reports.ts'
import { type AnyComponentDefinition, defineComponent } from '../../core/graph/component.ts'
import { createGraph, type Graph, type LoadResult } from '../../core/graph/graph.ts'
import { provide } from '../../core/graph/lent.ts'
import { formatLabels, type Labels, labelsFrom } from '../../core/labels/labels.ts'
import { createLive } from '../../core/live/live.ts'
import { createAloneOwnership } from '../../core/ownership/alone.ts'
import type { Ownership } from '../../core/ownership/types.ts'
import { createBodies } from '../../core/scrape/bodies.ts'
import { type Batch, NO_SLOT, type Receiver, type SeriesSource, type Sink } from '../../core/series/batch.ts'
import { formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { attr, block, type Infer } from '../../core/syntax/schema.ts'
import { capsule, list } from '../../core/syntax/types.ts'
import type { Capsule } from '../../core/syntax/value.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createSlices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import { codecs } from '../support/codecs.ts'
import type { FakeDisk } from '../support/fake-segments.ts'
import { type RecordingLog, recordingLog } from '../support/recording-log.ts'
import { type FakePorts, fakePorts } from './fake-ports.ts'

export interface Sample {
  /** `{__name__="up", job="a"}` */
  readonly series: string
  readonly value: number | 'stale'
  readonly timestamp: number
}

export interface World extends FakePorts {
  readonly graph: Graph
  /** What components tell about their work. */
  readonly reports: Reports
  readonly log: RecordingLog
  load(text: string): Promise<LoadResult>
  /** Loads what must be wrong: `line:column: message` of every problem, hints after ` | `. */
  problems(text: string): Promise<string[]>
  /** What the test.sink of this label was sent since the last look. */
  received(label?: string): Sample[]
  /** Where the test.source of this label forwards to. */
  forwardTo(label?: string): readonly Receiver[]
  /** The value on a line of the exposition, found by its name and, when given, by what its labels contain. */
  metric(name: string, containing?: string): number | undefined
  exposed(): string
  exported(id: string, name: string): unknown
  stop(): Promise<void>
}

export function createWorld(ownership: Ownership = createAloneOwnership('box'), disk?: FakeDisk): World {
  const fakes = fakePorts(disk)
  const reports = createReports()
  const { ports, clock } = fakes
  const metrics = createRegistry()
  const log = recordingLog()
  const sinks = new Map<string, Sample[]>()
  const sources = new Map<string, readonly Receiver[]>()
  const graph = createGraph({
    definitions: [...COMPONENTS, sinkDefinition(sinks), sourceDefinition(sources)],
    ports,
    timers: createTimers(clock),
    log,
    metrics,
    storagePath: '/data',
    globals: new Map(),
    services: [
      provide(SCRAPE, {
        bodies: createBodies(codecs, 0),
        scheduleSeed: { hi: 0, lo: 0 },
        clusterScheduleSeed: { hi: 0, lo: 1 },
        hashSeed: 1,
        slices: createSlices(clock),
      }),
      provide(OWNERSHIP, ownership),
      provide(REPORTS, reports),
      provide(LIVE, createLive(clock, ports.random)),
      provide(IDENTITY, {
        userAgent: 'skein/test',
        hostname: 'box',
        memoryAddress: 'skein.internal:12345',
        exposeMetrics: () => metrics.expose(),
      }),
    ],
  })

  async function load(text: string): Promise<LoadResult> {
    const loading = graph.load([{ file: 'test.alloy', content: text }])
    await clock.settle()
    await clock.settle()
    const result = await Promise.race([loading, clock.settle().then(() => undefined)])
    if (result !== undefined) return result
    // Removed components may take their time to end; new ones wait for them.
    await clock.advance(5_000)
    return loading
  }

  return {
    ...fakes,
    graph,
    reports,
    log,
    load,
    async problems(text) {
      const result = await load(text)
      if (result.ok) throw new Error('this configuration has no problem')
      return result.diagnostics.map((problem) => {
        const line = formatDiagnostic(problem).replace('test.alloy:', '')
        return problem.hint === undefined ? line : `${line} | ${problem.hint}`
      })
    },
    received: (label = 'default') => sinks.get(label)?.splice(0) ?? [],
    forwardTo: (label = 'default') => sources.get(label) ?? [],
    metric(name, containing = '') {
      const line = metrics
        .expose()
        .split('\n')
        .find((line) => /^[^ {]*/.exec(line)?.[0] === name && line.includes(containing))
      return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1))
    },
    exposed: () => metrics.expose(),
    exported(id, name) {
      const found = graph.component(id)?.exports.find((statement) => statement.name === name)
      return found?.type === 'attr' ? plain(found.value) : undefined
    },
    async stop() {
      const stopping = graph.stop()
      await clock.advance(10_000)
      await stopping
    },
  }
}

/** The same for everybody who looks at exports: what a printable value stands for. */
function plain(printed: { readonly type: string; readonly value: unknown }): unknown {
  if (printed.type === 'array') return (printed.value as (typeof printed)[]).map(plain)
  if (printed.type !== 'object') return printed.value
  const fields = printed.value as { readonly key: string; readonly value: typeof printed }[]
  return Object.fromEntries(fields.map(({ key, value }) => [key, plain(value)]))
}

function sinkDefinition(sinks: Map<string, Sample[]>): AnyComponentDefinition {
  return defineComponent<unknown, { receiver: Capsule }>({
    name: 'test.sink',
    stability: 'generally-available',
    schema: block({}),
    build(context) {
      const samples: Sample[] = []
      sinks.set(context.id.slice('test.sink.'.length), samples)
      context.publish({ receiver: METRICS_RECEIVER.wrap(recordingReceiver(context.id, samples)) })
      return { run: forever, update: () => undefined }
    },
  })
}

function sourceDefinition(sources: Map<string, readonly Receiver[]>): AnyComponentDefinition {
  const schema = block({ forward_to: attr.required(list(capsule(METRICS_RECEIVER))) })
  return defineComponent<Infer<typeof schema>>({
    name: 'test.source',
    stability: 'generally-available',
    schema,
    build(context, args) {
      const show = ({ forward_to }: Infer<typeof schema>): unknown =>
        sources.set(context.id.slice('test.source.'.length), forward_to)
      show(args)
      return { run: forever, update: show }
    },
  })
}

function forever(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
}

/** Remembers labels per slot as the contract allows, so that a source that breaks it gives wrong series. */
export function recordingReceiver(name: string, samples: Sample[]): Receiver {
  return {
    name,
    open(source): Sink {
      const known = new Map<number, { readonly generation: number; readonly labels: Labels | undefined }>()
      let version = -1
      return {
        append(batch) {
          if (version !== source.version) known.clear()
          version = source.version
          for (let i = 0; i < batch.count; i++) {
            const slot = batch.slots[i]
            if (slot === NO_SLOT) continue
            const generation = source.generations[slot]
            let entry = known.get(slot)
            if (entry?.generation !== generation) known.set(slot, (entry = { generation, labels: source.labels(slot) }))
            if (entry.labels === undefined) continue
            const own = batch.timestamps?.[i] ?? Number.NaN
            samples.push({
              series: formatLabels(entry.labels),
              value: batch.stale?.[i] === 1 ? 'stale' : batch.values[i],
              timestamp: Number.isNaN(own) ? batch.timestamp : own,
            })
          }
          return undefined
        },
        close: () => known.clear(),
      }
    },
  }
}

/** A source whose slots 1, 2, 3, … hold the given series; counts how often it is asked for labels. */
export function handMadeSource(...series: Record<string, string>[]): SeriesSource & { asked: number } {
  const labels = series.map((entries) => labelsFrom(Object.entries(entries)))
  const source = {
    name: 'by hand',
    generations: new Uint32Array(series.length + 1),
    version: 0,
    asked: 0,
    labels(slot: number): Labels | undefined {
      source.asked++
      return labels[slot - 1]
    },
    metadata: () => undefined,
  }
  return source
}

/** One sample for each of the slots 1, 2, 3, …. */
export function handMadeBatch(timestamp: number, values: readonly number[], changes: Partial<Batch> = {}): Batch {
  return {
    count: values.length,
    slots: Uint32Array.from(values, (_, i) => i + 1),
    values: Float64Array.from(values),
    stale: undefined,
    timestamp,
    timestamps: undefined,
    starts: undefined,
    histograms: undefined,
    exemplars: undefined,
    layout: values.length,
    repeats: false,
    ...changes,
  }
}
