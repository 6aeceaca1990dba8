/**
 * Silent stalls are impossible: each way in which samples are lost or late is provoked here, and must move a metric that
 * docs/operations.md names, with its reason.
 */
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { CUSTOM_SCHEMA, type Histogram, NO_BUCKETS, RESET_UNKNOWN } from '../../core/histograms/histogram.ts'
import type { HttpRequest, SegmentDirectory, SegmentStore } from '../../core/ports.ts'
import type { EndpointConfig, QueueConfig, WalConfig } from '../../core/remote-write/config.ts'
import type { Batch } from '../../core/series/batch.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createFakeDisk } from '../support/fake-segments.ts'
import {
  type Answer,
  batchOf,
  createFakeReceiver,
  createRig,
  endpoint,
  REFUSED,
  rules,
  seeded,
  settings,
  sourceOf,
  status,
  wrote,
} from './setup.ts'

const T0 = 1_700_000_000_000
const SECOND = 'io.prometheus.write.v2.Request'
const NEVER = new Promise<never>(() => undefined)

interface Scene {
  readonly config?: Partial<EndpointConfig>
  readonly queue?: Partial<QueueConfig>
  readonly wal?: Partial<WalConfig>
  readonly respond?: (request: HttpRequest, attempt: number) => Answer | Promise<Answer>
  readonly disk?: (store: SegmentStore) => SegmentStore
  /** A batch comes every second; what is different about it. */
  readonly batch?: (second: number) => Partial<Batch>
  readonly batches?: number
  /** Random characters in the labels, so that the bytes are many. */
  readonly padding?: number
  /** There was an agent before this one, which was stopped while the receiver was down. */
  readonly second?: boolean
  /** How long nothing more comes before one looks, in ms. */
  readonly wait?: number
}

interface Row {
  /** What happens. */
  readonly what: string
  readonly scene: Scene
  /** The whole name, or what follows `prometheus_remote_storage_`. */
  readonly metric: string
  /** Part of its labels. */
  readonly label?: string
  /** Whether the value tells so; must not be true when all is well. */
  readonly tells?: (value: number) => boolean
}

const grows = (value: number): boolean => value > 0
const down = (): Answer => status(503)
const hangs = (): Promise<Answer> => NEVER
const second = (request: HttpRequest): boolean => request.headers.some(([, value]) => value.includes(SECOND))

const ROWS: readonly Row[] = [
  {
    what: 'the disk is at its bound',
    scene: { respond: down, wal: { maxDiskSize: 50_000 }, padding: 10_000, batches: 30 },
    metric: 'samples_lost_total',
    label: 'queue_full',
  },
  {
    what: 'memory is at its bound',
    scene: {
      respond: down,
      wal: { persistence: 'off' },
      queue: { maxSamplesPerSend: 1 },
      padding: 1_000_000,
      batches: 150,
    },
    metric: 'samples_lost_total',
    label: 'queue_full',
  },
  {
    what: 'it waited for longer than max_keepalive_time',
    scene: { respond: down, wal: { maxKeepaliveTime: 20_000 }, batches: 40 },
    metric: 'samples_lost_total',
    label: 'too_old_in_queue',
  },
  {
    what: 'what is on disk is damaged while it waits',
    scene: { second: true, disk: (store) => damaged(store, 1), padding: 5000 },
    metric: 'samples_lost_total',
    label: 'corrupt',
  },
  {
    what: 'what is on disk is damaged',
    scene: { second: true, disk: damaged, padding: 5000 },
    metric: 'prometheus_remote_write_wal_corruptions_total',
  },
  {
    what: 'it is older than sample_age_limit',
    scene: { respond: down, queue: { sampleAgeLimit: 8000 }, batches: 30 },
    metric: 'samples_lost_total',
    label: 'too_old',
  },
  { what: 'it is refused', scene: { respond: () => status(400) }, metric: 'samples_lost_total', label: 'rejected' },
  { what: 'it is refused', scene: { respond: () => status(413) }, metric: 'samples_failed_total' },
  {
    what: 'less is written than was sent',
    scene: { config: { protobufMessage: SECOND }, respond: (request) => wrote(request, 1) },
    metric: 'samples_lost_total',
    label: 'not_written',
  },
  {
    what: 'the receiver of 2.0 knows only 1.0',
    scene: { config: { protobufMessage: SECOND } },
    metric: 'samples_lost_total',
    label: 'not_understood',
  },
  {
    what: '1.0 has no words for it',
    scene: {
      config: { protobufMessage: 'auto', sendNativeHistograms: true },
      respond: (request) => status(second(request) ? 415 : 204),
      batch: () => ({ histograms: new Map([[1, histogram(CUSTOM_SCHEMA)]]) }),
    },
    metric: 'histograms_lost_total',
    label: 'nhcb_in_rw1_not_supported',
  },
  {
    what: 'an exemplar is refused',
    scene: {
      respond: () => status(400),
      batch: (at) => ({ exemplars: [{ slot: 1, labels: ['trace_id', 'a'], value: 1, timestamp: T0 + at * 1000 }] }),
    },
    metric: 'exemplars_lost_total',
    label: 'rejected',
  },
  {
    what: 'rules drop it',
    scene: { config: { writeRelabel: rules({ action: 'drop', sourceLabels: ['__name__'], regex: 'up' }) } },
    metric: 'samples_dropped_total',
    label: 'dropped_series',
  },
  {
    what: 'it comes twice',
    scene: { batch: () => ({ timestamp: T0 }) },
    metric: 'samples_dropped_total',
    label: 'duplicate_timestamp',
  },
  {
    what: 'it comes too late',
    scene: { batch: (at) => ({ timestamp: T0 - at }) },
    metric: 'samples_dropped_total',
    label: 'out_of_order',
  },
  {
    what: 'native histograms are not to be sent',
    scene: { batch: () => ({ histograms: new Map([[1, histogram(0)]]) }) },
    metric: 'histograms_dropped_total',
    label: 'not_sent',
  },
  {
    what: '1.0 has no custom buckets',
    scene: {
      config: { sendNativeHistograms: true },
      batch: () => ({ histograms: new Map([[1, histogram(CUSTOM_SCHEMA)]]) }),
    },
    metric: 'histograms_dropped_total',
    label: 'nhcb_in_rw1_not_supported',
  },
  {
    what: 'metadata are refused',
    scene: { respond: (_request, attempt) => status(attempt === 2 ? 400 : 204) },
    metric: 'metadata_failed_total',
  },
  ...[
    { what: 'the receiver fails', respond: down },
    { what: 'nobody is there', respond: () => REFUSED },
    { what: 'the receiver wants to be left alone', respond: () => status(429, '', { 'retry-after': '3600' }) },
    {
      what: 'the receiver fails after a while',
      respond: (_: HttpRequest, attempt: number) => status(attempt === 1 ? 204 : 500),
    },
  ].flatMap(({ what, respond }): Row[] => [
    { what, scene: { respond }, metric: 'retry_wait_seconds' },
    { what, scene: { respond }, metric: 'samples_retried_total' },
    { what, scene: { respond }, metric: 'samples_pending', tells: (value) => value >= 10 },
    { what, scene: { respond }, metric: 'oldest_unsent_timestamp_seconds', tells: late },
  ]),
  ...['samples_pending', 'oldest_unsent_timestamp_seconds', 'requests_in_flight'].map((metric) => ({
    what: 'the receiver hangs',
    scene: { respond: hangs, wait: 20_000 },
    metric,
    ...(metric.startsWith('oldest') ? { tells: late } : {}),
  })),
  {
    what: 'the receiver is too slow for one source, whose requests can only go one after the other',
    scene: { respond: hangs, queue: { maxSamplesPerSend: 1, minShards: 10 }, wait: 20_000 },
    metric: 'oldest_unsent_timestamp_seconds',
    tells: late,
  },
  {
    what: 'the receiver turns out not to know 2.0',
    scene: { config: { protobufMessage: 'auto' }, respond: (request) => status(second(request) ? 415 : 204) },
    metric: 'protocol_info',
    label: '1.0',
  },
  {
    what: 'the receiver knows neither version',
    scene: { config: { protobufMessage: 'auto' }, respond: () => status(415) },
    metric: 'samples_failed_total',
  },
  {
    what: 'an earlier run left much',
    scene: { second: true, respond: down },
    metric: 'samples_pending',
    tells: (value) => value >= 20,
  },
  {
    what: 'an earlier run left much',
    scene: { second: true, respond: down, padding: 5000 },
    metric: 'queue_disk_bytes',
    tells: (value) => value > 50_000,
  },
  ...[
    { what: 'the disk is full', disk: full },
    { what: 'the disk can only be read', disk: readOnly },
    { what: 'the disk can not be opened', disk: noDisk },
    { what: 'the disk hangs', disk: hanging },
    { what: 'the disk hangs when it is opened', disk: hangingAtOnce },
  ].map(({ what, disk }): Row => ({ what, scene: { disk, wait: 20_000 }, metric: 'queue_disk_failing' })),
  {
    what: 'the disk fails and so does the receiver',
    scene: { disk: full, respond: down, padding: 5000 },
    metric: 'queue_bytes',
    tells: (value) => value > 50_000,
  },
]

/** Behind the clock for longer than anything waits when all is well: its scrapes, its requests. */
function late(value: number): boolean {
  return value > 0 && value < T0 / 1000 + 5
}

function histogram(schema: number): Histogram {
  const positive = { spans: [{ offset: 0, length: 1 }], counts: Float64Array.of(1) }
  const customValues = Float64Array.from(schema === CUSTOM_SCHEMA ? [1] : [])
  const facts = { float: false, schema, count: 1, sum: 1, zeroThreshold: 0, zeroCount: 0, reset: RESET_UNKNOWN }
  return { ...facts, positive, negative: NO_BUCKETS, customValues }
}

function changed(
  store: SegmentStore,
  change: (directory: SegmentDirectory) => Partial<SegmentDirectory>,
): SegmentStore {
  return {
    ...store,
    async open(path) {
      const directory = await store.open(path)
      return { ...directory, ...change(directory) }
    },
  }
}

/** At one place, for who reads it after it was read so often. */
function damaged(store: SegmentStore, intact = 0): SegmentStore {
  let reads = 0
  return changed(store, (directory) => ({
    async read(name, offset, length) {
      const bytes = await directory.read(name, offset, length)
      const at = 3000 - offset
      if (at >= 0 && at < bytes.length && ++reads > intact) bytes[at] ^= 0xff
      return bytes
    },
  }))
}

function full(store: SegmentStore): SegmentStore {
  const fail = (): Promise<never> => Promise.reject(new Error("ENOSPC: no space left on device, write '/data/x'"))
  return changed(store, (directory) => ({
    create: async (name) => ({ ...(await directory.create(name)), append: fail, sync: fail }),
  }))
}

function readOnly(store: SegmentStore): SegmentStore {
  return changed(store, () => ({
    create: () => Promise.reject(new Error("EROFS: read-only file system, open '/data/x'")),
    remove: () => Promise.reject(new Error("EROFS: read-only file system, unlink '/data/x'")),
  }))
}

function noDisk(store: SegmentStore): SegmentStore {
  return { ...store, open: () => Promise.reject(new Error("EACCES: permission denied, mkdir '/data'")) }
}

function hanging(store: SegmentStore): SegmentStore {
  return changed(store, (directory) => ({
    create: async (name) => ({ ...(await directory.create(name)), append: () => NEVER, sync: () => NEVER }),
  }))
}

function hangingAtOnce(store: SegmentStore): SegmentStore {
  return { ...store, open: () => NEVER }
}

/** The exposition at the end of a scene. */
async function play(scene: Scene): Promise<string> {
  const clock = createFakeClock({ now: T0 })
  const { config = {}, queue = {}, wal = {}, respond = () => status(204), batches = 10, padding = 0 } = scene
  const store = createFakeDisk(new Map(), clock.now)
  const all = { ...settings(endpoint(config, { batchSendDeadline: 1000, ...queue })) }

  const start = (send: (request: HttpRequest) => Promise<Answer>, store: SegmentStore) => {
    const rig = createRig({ ...all, wal: { ...all.wal, ...wal } }, send, clock, store)
    const random = randomText(padding)
    const source = sourceOf({ __name__: 'up', random }, { __name__: 'down', random })
    const metadata = (slot: number) => ({ family: slot === 1 ? 'up' : 'down', type: 2, help: 'Help.', unit: '' })
    return { rig, sink: rig.remoteWrite.receiver.open({ ...source, metadata }) }
  }

  if (scene.second === true) {
    const { rig, sink } = start(createFakeReceiver(clock, down).send, store)
    for (let i = 0; i < 10; i++) {
      await sink.append(batchOf(clock.now(), [i, i]))
      await clock.advance(1000)
    }
    const stopping = rig.remoteWrite.stop()
    await clock.advance(5000)
    await stopping
  }
  const receiver = createFakeReceiver(clock, (attempt, request) => respond(request, attempt))
  const { rig, sink } = start(receiver.send, scene.disk === undefined ? store : scene.disk(store))
  for (let i = 0; i < batches; i++) {
    await sink.append(batchOf(clock.now(), [i, i], scene.batch?.(i)))
    await clock.advance(1000)
  }
  await clock.advance(scene.wait ?? 1500)
  return rig.metrics.expose()
}

function randomText(length: number): string {
  const { next } = seeded(1)
  return Array.from({ length }, () => String.fromCharCode(33 + Math.floor(next() * 90))).join('')
}

function shown(exposed: string, { metric, label }: Row): number {
  const name = metric.startsWith('prometheus_') ? metric : `prometheus_remote_storage_${metric}`
  const line = exposed
    .split('\n')
    .find((line) => /^[^{ ]*/.exec(line)?.[0] === name && line.includes(label === undefined ? '' : `"${label}"`))
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1))
}

describe('a metric tells when', () => {
  let documented = ''
  let well = ''
  beforeAll(async () => {
    documented = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    // In 2.0, which says the most, and is the version in use when all is well.
    const config = { protobufMessage: SECOND } as const
    well = await play({ config, respond: (request) => wrote(request) })
  })

  it.each(ROWS.map((row) => [row.what, row] as const))('%s', async (_what, row) => {
    const { scene, metric, label, tells = grows } = row
    const exposed = await play(scene)
    expect(tells(shown(exposed, row))).toBe(true)
    expect(tells(shown(well, row))).toBe(false)
    expect(documented).toContain(`\`${metric.replace(/^(histograms|exemplars)_/, 'samples_')}\``)
    if (metric.endsWith('lost_total') || metric.endsWith('dropped_total')) expect(documented).toContain(`\`${label}\``)
  })
})
