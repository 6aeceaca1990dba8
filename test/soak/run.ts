/** One run of the agent in a simulated day: prometheus.remote_write with its sources, from its start to its end or its death. */
import { labelsFrom } from '../../core/labels/labels.ts'
import type { Random } from '../../core/ports.ts'
import {
  DEFAULT_METADATA,
  DEFAULT_QUEUE,
  DEFAULT_REMOTE_TIMEOUT,
  DEFAULT_WAL,
  type RemoteWriteConfig,
  type WalConfig,
} from '../../core/remote-write/config.ts'
import { createRemoteWrite } from '../../core/remote-write/remote-write.ts'
import type { Batch, SeriesSource, Sink } from '../../core/series/batch.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { createTimers } from '../../core/time/timers.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import { type RecordingLog, recordingLog } from '../support/recording-log.ts'
import type { Disk } from './disk.ts'
import type { Ledger } from './ledger.ts'
import type { Receiver } from './moods.ts'

export const SCRAPE_MS = 15_000
export const START: number = Date.UTC(2026, 0, 1)
const METRIC = 'prometheus_remote_storage_'

export interface RunOptions {
  readonly sources: number
  readonly series: number
  readonly wal: Partial<WalConfig>
}

/** One run of the agent. */
export interface Run {
  dead: boolean
  readonly log: RecordingLog
  readonly sinks: Sink[]
  metric(name: string): number
  byReason(name: string): Map<string, number>
  stop(ms: number): Promise<void>
  accepted: number
  /** Known in the end. */
  lost: number
  readonly startedAt: number
  /** What it found on disk; known after a while. */
  inherited: number | undefined
  /** What the run before it said that it leaves on disk; unknown when that was killed. */
  readonly bequeathed: number | undefined
  /** Of the receiver, when it began. */
  readonly acknowledgedBefore: number
}

export function createRun(
  options: RunOptions,
  clock: FakeClock,
  disk: Disk,
  receiver: Receiver,
  random: Random,
  bequeathed: number | undefined,
): Run {
  const metrics = createRegistry()
  const log = recordingLog()
  const isDead = (): boolean => run.dead
  // Nothing of a process that was killed goes on: its timers don't fire, its turns don't come, its requests aren't answered.
  const mine = {
    ...clock,
    wake: (at: number, wakeUp: () => void) => clock.wake(at, () => isDead() || wakeUp()),
    turn: () => clock.turn().then(() => (isDead() ? new Promise<void>(() => undefined) : undefined)),
  }
  const store = disk.mount(isDead)
  const remoteWrite = createRemoteWrite(configOf(options), {
    clock: mine,
    timers: createTimers(mine),
    random,
    log,
    metrics,
    name: 'prometheus.remote_write.day',
    userAgent: 'skein/test',
    outbound: () => ({
      send: (request) =>
        receiver.send(request).then((answer) => (isDead() ? new Promise<never>(() => undefined) : answer)),
      close: () => undefined,
    }),
    directory: (place) => store.open(`/data/${place}`),
  })
  const run: Run = {
    dead: false,
    log,
    sinks: Array.from({ length: options.sources }, (_, source) =>
      remoteWrite.receiver.open(sourceOf(source, options.series)),
    ),
    metric: (name) => [...valuesOf(metrics.expose(), METRIC + name).values()].reduce((sum, one) => sum + one, 0),
    byReason: (name) => valuesOf(metrics.expose(), METRIC + name),
    stop: remoteWrite.stop,
    accepted: 0,
    lost: 0,
    startedAt: clock.now(),
    inherited: undefined,
    bequeathed,
    acknowledgedBefore: receiver.acknowledged,
  }
  return run
}

/** All sources bring their values of this scrape; resolves when they were taken. */
export async function scrapeAll(
  run: Run,
  scrape: number,
  options: RunOptions,
  ledger: Ledger,
  clock: FakeClock,
): Promise<void> {
  const { series } = options
  const values = Float64Array.from({ length: series }, (_, n) => ledger.valueAt(n, scrape))
  const slots = Uint32Array.from({ length: series }, (_, n) => n + 1)
  const batch: Batch = {
    count: series,
    slots,
    values,
    stale: undefined,
    timestamp: START + scrape * SCRAPE_MS,
    timestamps: undefined,
    starts: undefined,
    histograms: undefined,
    exemplars: undefined,
    layout: 1,
    repeats: false,
  }
  let waiting = run.sinks.length
  run.sinks.forEach((sink, source) => {
    // A request may go out before `append` has resolved.
    ledger.accepted(source, scrape)
    run.accepted += series
    void Promise.resolve(sink.append(batch)).then(() => {
      waiting--
    })
  })
  for (let turns = 0; waiting > 0; turns++) {
    if (turns > 1000) throw new Error(`a batch was not taken: ${waiting} sources wait`)
    await clock.settle()
  }
}

function sourceOf(source: number, series: number): SeriesSource {
  const labels = Array.from({ length: series }, (_, n) =>
    labelsFrom([
      ['__name__', 'day_value'],
      ['job', 'day'],
      ['n', String(n)],
      ['source', String(source)],
    ]),
  )
  const metadata = { family: 'day_value', type: 2, help: 'Of a day.', unit: '' }
  return {
    name: `source ${source}`,
    labels: (slot) => labels[slot - 1],
    metadata: () => metadata,
    generations: new Uint32Array(series + 1),
    version: 0,
  }
}

function configOf({ wal, series }: RunOptions): RemoteWriteConfig {
  return {
    externalLabels: [],
    endpoints: [
      {
        name: 'day',
        named: true,
        url: 'http://receiver.test/push',
        remoteTimeout: DEFAULT_REMOTE_TIMEOUT,
        headers: [],
        sendExemplars: true,
        sendNativeHistograms: false,
        protobufMessage: 'auto',
        // Of a few sources each, and several at once: so that they could overtake one another.
        queue: { ...DEFAULT_QUEUE, minShards: 4, maxSamplesPerSend: 4 * series },
        metadata: DEFAULT_METADATA,
        writeRelabel: [],
        http: {},
      },
    ],
    wal: { ...DEFAULT_WAL, ...wal },
  }
}

/** By the label `reason`. */
function valuesOf(exposed: string, name: string): Map<string, number> {
  const values = new Map<string, number>()
  for (const line of exposed.split('\n')) {
    if (!line.startsWith(`${name}{`) && !line.startsWith(`${name} `)) continue
    const reason = /reason="([^"]*)"/.exec(line)?.[1] ?? ''
    values.set(reason, (values.get(reason) ?? 0) + Number(line.slice(line.lastIndexOf(' ') + 1)))
  }
  return values
}
