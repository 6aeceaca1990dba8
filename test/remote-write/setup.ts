/** What the tests of this room share: a component on a fake clock, receivers that answer as told, batches by hand. */
import { type Labels, labelsFrom } from '../../core/labels/labels.ts'
import { type CompiledRule, compileRules, type RelabelRuleInput } from '../../core/labels/relabel.ts'
import type { HttpFailure, HttpRequest, HttpResponse, Random, SegmentStore } from '../../core/ports.ts'
import type { Protocol } from '../../core/remote-write/block.ts'
import {
  DEFAULT_METADATA,
  DEFAULT_QUEUE,
  DEFAULT_REMOTE_TIMEOUT,
  DEFAULT_WAL,
  type EndpointConfig,
  type QueueConfig,
  type RemoteWriteConfig,
} from '../../core/remote-write/config.ts'
import { createRemoteWrite, type RemoteWrite } from '../../core/remote-write/remote-write.ts'
import type { Batch, SeriesSource } from '../../core/series/batch.ts'
import type { LogFields, Logger } from '../../core/telemetry/logger.ts'
import { createRegistry, type Registry } from '../../core/telemetry/registry.ts'
import { createTimers } from '../../core/time/timers.ts'
import { readRequest } from '../compliance/wire.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import {
  type DecodedMetadata,
  type DecodedSeries,
  decodeWriteRequest,
  seriesKey,
} from '../support/remote-write-decoder.ts'

export type Answer = HttpResponse | HttpFailure

export function status(status: number, body = '', headers: Record<string, string> = {}): HttpResponse {
  return {
    ok: true,
    status,
    statusText: '',
    header: (name) => headers[name],
    body: new TextEncoder().encode(body),
  }
}

/** As a receiver of 2.0 answers that wrote it all, or so many samples of it. */
export function wrote(request: HttpRequest, samples?: number): HttpResponse {
  const { series } = decode(request)
  const count = samples ?? series.reduce((sum, one) => sum + one.samples.length, 0)
  const [histograms, exemplars] = ['histograms', 'exemplars'].map((kind) =>
    readRequest(bodyOf(request), contentTypeOf(request)).series.reduce(
      (sum, one) => sum + one[kind as 'histograms' | 'exemplars'].length,
      0,
    ),
  )
  return status(204, '', {
    'x-prometheus-remote-write-samples-written': String(count),
    'x-prometheus-remote-write-histograms-written': String(histograms),
    'x-prometheus-remote-write-exemplars-written': String(exemplars),
  })
}

export const REFUSED: HttpFailure = { ok: false, reason: 'refused', message: 'connect ECONNREFUSED 127.0.0.1:9' }

export interface Attempt {
  readonly request: HttpRequest
  /** Decoded from a copy made when the request was sent. */
  readonly series: readonly DecodedSeries[]
  readonly metadata: readonly DecodedMetadata[]
  readonly protocol: Protocol
  readonly sentAt: number
  answer: Answer | undefined
}

export interface FakeReceiver {
  readonly attempts: Attempt[]
  /** Requests that wait for an answer now. */
  inFlight: number
  maxInFlight: number
  readonly send: (request: HttpRequest) => Promise<Answer>
}

/** Answers with what `respond` resolves to; a request that is aborted or past its deadline fails as a client would say. */
export function createFakeReceiver(
  clock: FakeClock,
  respond: (attempt: number, request: HttpRequest) => Answer | Promise<Answer> = () => status(204),
): FakeReceiver {
  const receiver: FakeReceiver = {
    attempts: [],
    inFlight: 0,
    maxInFlight: 0,
    async send(request) {
      const attempt: Attempt = { request, ...decode(request), sentAt: clock.monotonic(), answer: undefined }
      receiver.attempts.push(attempt)
      receiver.maxInFlight = Math.max(receiver.maxInFlight, ++receiver.inFlight)
      const aborted = new Promise<Answer>((resolve) => {
        request.signal?.addEventListener('abort', () => resolve({ ok: false, reason: 'aborted', message: 'aborted' }))
      })
      attempt.answer = await Promise.race([respond(receiver.attempts.length, request), aborted])
      receiver.inFlight--
      return attempt.answer
    },
  }
  return receiver
}

/** Of both versions, as its headers say. */
function decode(request: HttpRequest): Pick<Attempt, 'series' | 'metadata' | 'protocol'> {
  const contentType = contentTypeOf(request)
  if (contentType === 'application/x-protobuf') return { protocol: '1.0', ...decodeWriteRequest(bodyOf(request)) }
  const series = readRequest(bodyOf(request), contentType).series.map(({ labels, samples }) => ({
    labels: new Map(labels),
    samples,
  }))
  return { protocol: '2.0', series, metadata: [] }
}

function bodyOf(request: HttpRequest): Uint8Array {
  return (request.body as Uint8Array).slice()
}

function contentTypeOf({ headers }: HttpRequest): string {
  return headers.find(([name]) => name === 'Content-Type')?.[1] ?? ''
}

/** `key timestamp bits` of every sample that was answered with 2xx, in order. */
export function delivered(receiver: FakeReceiver): string[] {
  return receiver.attempts
    .filter(({ answer }) => answer?.ok === true && answer.status < 300)
    .flatMap(({ series }) => series.flatMap(samplesOf))
}

export function samplesOf({ labels, samples }: DecodedSeries): string[] {
  return samples.map(({ timestamp, bits }) => `${seriesKey(labels)} ${timestamp} ${bits}`)
}

export function endpoint(changes: Partial<EndpointConfig> = {}, queue: Partial<QueueConfig> = {}): EndpointConfig {
  return {
    name: 'one',
    named: false,
    url: 'http://receiver.test/push',
    remoteTimeout: DEFAULT_REMOTE_TIMEOUT,
    headers: [],
    sendExemplars: true,
    sendNativeHistograms: false,
    protobufMessage: 'prometheus.WriteRequest',
    metadata: DEFAULT_METADATA,
    writeRelabel: [],
    http: {},
    ...changes,
    queue: { ...DEFAULT_QUEUE, ...queue },
  }
}

export function settings(...endpoints: EndpointConfig[]): RemoteWriteConfig {
  return { externalLabels: [], endpoints, wal: DEFAULT_WAL }
}

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

export interface Rig {
  readonly clock: FakeClock
  readonly remoteWrite: RemoteWrite
  readonly metrics: Registry
  readonly logs: LogLine[]
  /** The value on a line of the exposition, chosen by everything before it; undefined when there is no such line. */
  metric(series: string): number | undefined
}

export function createRig(
  config: RemoteWriteConfig,
  send: (request: HttpRequest) => Promise<Answer>,
  clock: FakeClock = createFakeClock(),
  store?: SegmentStore,
): Rig {
  const metrics = createRegistry()
  const logs: LogLine[] = []
  const remoteWrite = createRemoteWrite(config, {
    clock,
    timers: createTimers(clock),
    random: seeded(7),
    log: recording(logs, {}),
    metrics,
    name: 'prometheus.remote_write.test',
    userAgent: 'skein/test',
    outbound: () => ({ send, close: () => undefined }),
    directory: store && ((place) => store.open(`/data/${place}`)),
  })
  const metric = (series: string): number | undefined => {
    const line = metrics
      .expose()
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length + 1))
  }
  return { clock, remoteWrite, metrics, logs, metric }
}

export function seeded(seed: number): Random {
  let state = seed
  return {
    next() {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 32
    },
  }
}

function recording(lines: LogLine[], fixed: LogFields): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields: { ...fixed, ...fields } })
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => recording(lines, { ...fixed, ...fields }),
  }
}

/** Throws on rules that are not valid. */
export function rules(...inputs: RelabelRuleInput[]): readonly CompiledRule[] {
  const compiled = compileRules(inputs)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return compiled.rules
}

/** A source whose slots 1, 2, 3, … hold the given series. */
export function sourceOf(...series: Record<string, string>[]): SeriesSource {
  const labels: Labels[] = series.map((entries) => labelsFrom(Object.entries(entries)))
  return {
    name: 'test',
    labels: (slot) => labels[slot - 1],
    metadata: () => undefined,
    generations: new Uint32Array(series.length + 1),
    version: 0,
  }
}

/** One sample for each of the first `values.length` slots. */
export function batchOf(timestamp: number, values: number[], changes: Partial<Batch> = {}): Batch {
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
