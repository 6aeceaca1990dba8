/**
 * One receiver of samples: templates per source, the open block, the queue and the sender behind it. Owns the order in
 * which loads enter the block, one at a time, each cut into slices that leave the event loop free. Its settings may change
 * while it runs; only another URL makes another endpoint.
 */

import { type Labels, sameLabels } from '../labels/labels.ts'
import type { CompiledRule } from '../labels/relabel.ts'
import { MAX_QUEUE_BYTES, MAX_SLICE_MS } from '../limits.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { HeaderField } from '../ports.ts'
import type { Batch, SeriesSource } from '../series/batch.ts'
import type { Timer } from '../time/timers.ts'
import { createOpenBlock, type LoadFacts } from './block.ts'
import type { EndpointConfig, WalConfig } from './config.ts'
import { createIdentity } from './identity.ts'
import { createQueue } from './queue.ts'
import { createSender, type SenderDeps, type SenderSettings } from './sender.ts'
import { seriesLabels } from './series-labels.ts'
import { createEndpointStats, type EndpointStats } from './stats.ts'
import { createTemplate, type Encoding, type Load, type Template } from './template.ts'

/** A request with very long labels ends here, however few its samples: receivers refuse bodies beyond 16 to 100 MiB. */
const MAX_BLOCK_RAW_BYTES: number = 16 * 1024 * 1024

export interface EndpointDeps extends SenderDeps {
  readonly userAgent: string
  /** Seconds that one request took, answered or not. */
  attempted(seconds: number): void
}

export interface EndpointSettings {
  readonly config: EndpointConfig
  readonly externalLabels: Labels
  readonly wal: WalConfig
  readonly outbound: Outbound
}

/** One source at one endpoint. */
export interface EndpointSink {
  /** The promise resolves when the columns and the template may be used again. */
  append(batch: Batch): Promise<void> | undefined
  close(): void
}

export interface Endpoint {
  readonly stats: EndpointStats
  /** Series that it sends. */
  readonly series: number
  /** Requests that could be under way. */
  readonly wanted: number
  readonly queue: { readonly samples: number; readonly bytes: number; readonly oldestTimestamp: number | undefined }
  open(source: SeriesSource, order: number): EndpointSink
  update(settings: EndpointSettings): void
  /** Sends what is there for at most `flushMs`, then gives up. No batch may come any more. */
  stop(flushMs: number): Promise<void>
}

export function createEndpoint(initial: EndpointSettings, deps: EndpointDeps): Endpoint {
  const { clock, timers, random, log } = deps
  const stats = createEndpointStats()
  const seeds = [(random.next() * 2 ** 32) >>> 0, (random.next() * 2 ** 32) >>> 0] as const
  const identity = createIdentity(() => Math.floor(clock.monotonic() / 60_000))
  let settings = initial
  let encoding = encodingOf(initial)
  let sending = sendingOf(initial)

  const queue = createQueue(
    () => ({
      maxBytes: MAX_QUEUE_BYTES,
      minSamples: settings.config.queue.capacity * settings.config.queue.maxShards,
      maxAge: settings.wal.maxKeepaliveTime,
    }),
    clock.monotonic,
    (block, reason) => {
      stats.lost[reason] += block.samples
      log.warn('The queue dropped samples that were never sent.', { samples: block.samples, reason })
    },
  )

  let closing: Timer | undefined
  const open = createOpenBlock(
    () => ({ maxSamples: settings.config.queue.maxSamplesPerSend, maxRawBytes: MAX_BLOCK_RAW_BYTES }),
    clock.monotonic,
    () => {
      closing = timers.after(settings.config.queue.batchSendDeadline, open.close)
    },
    (block) => {
      closing?.cancel()
      stats.highestQueued = Math.max(stats.highestQueued, block.maxTimestamp)
      queue.append(block)
      sender.wake()
    },
  )

  const sender = createSender(
    queue,
    () => sending,
    stats,
    { delivered: (block) => open.recycle(block.body), attempted: deps.attempted },
    deps,
  )

  function encodingOf({ config, externalLabels }: EndpointSettings): Encoding {
    return {
      labels: seriesLabels(externalLabels, config.writeRelabel, (label) =>
        log.warn('Internal labels are not sent; rename them if they matter.', { label }),
      ),
    }
  }

  function sendingOf({ config, outbound }: EndpointSettings): SenderSettings {
    const { queue: limits } = config
    return {
      url: new URL(config.url),
      headers: [...protocolHeaders(deps.userAgent), ...config.headers],
      outbound,
      remoteTimeout: config.remoteTimeout,
      maxInFlight: limits.maxShards,
      retryOnHttp429: limits.retryOnHttp429,
      minBackoff: limits.minBackoff,
      maxBackoff: limits.maxBackoff,
      sampleAgeLimit: limits.sampleAgeLimit,
    }
  }

  /** Says when a slice of work has taken long enough. */
  function slice(): () => boolean {
    const until = clock.monotonic() + MAX_SLICE_MS
    return () => clock.monotonic() >= until
  }

  /** A source with many new series: their encoding is cut into slices too. */
  async function acceptLater(template: Template, batch: Batch): Promise<void> {
    do await clock.turn()
    while (!template.prepare(batch, encoding, slice()))
    await accept(template, batch)
  }

  /** Accepting and entering the line happen in one go: so the order accepted is the order sent. */
  function accept(template: Template, batch: Batch): Promise<void> | undefined {
    const taken = template.take(batch, encoding)
    stats.dropped.dropped_series += taken.dropped
    stats.dropped.duplicate_timestamp += taken.duplicates
    stats.dropped.out_of_order += taken.outOfOrder
    if (taken.accepted === 0) return undefined
    const { minTimestamp, maxTimestamp } = taken
    const facts: LoadFacts = { orders: template.orders, minTimestamp, maxTimestamp }
    const patched = enter(taken.patched, facts)
    const exact = enter(taken.exact, facts)
    return exact ?? patched
  }

  // Loads enter the block one after the other; the last one in line, while there is one.
  let line: Promise<void> | undefined

  function enter(load: Load, facts: LoadFacts): Promise<void> | undefined {
    if (load.runCount === 0) return undefined
    if (line === undefined) {
      open.begin(load, facts)
      if (work()) return undefined
      return queueUp(finishWork())
    }
    return queueUp(
      line.then(() => {
        open.begin(load, facts)
        return finishWork()
      }),
    )
  }

  /** Appends under way: what they bring is still to be sent when the endpoint stops. */
  const appending = new Set<Promise<void>>()

  function awaitAtStop(append: Promise<void>): void {
    const ended = (): boolean => appending.delete(append)
    appending.add(append)
    append.then(ended, ended)
  }

  function queueUp(turn: Promise<void>): Promise<void> {
    line = turn
    const leave = (): void => {
      if (line === turn) line = undefined
    }
    return turn.then(leave, (thrown) => {
      leave()
      throw thrown
    })
  }

  /** One slice; true when the load is in. */
  function work(): boolean {
    const over = slice()
    while (open.step()) if (over()) return false
    return true
  }

  async function finishWork(): Promise<void> {
    do await clock.turn()
    while (!work())
  }

  return {
    stats,
    get series() {
      return identity.owned
    },
    get wanted() {
      return sender.wanted()
    },
    get queue() {
      return {
        samples: queue.samples + open.samples,
        bytes: queue.bytes,
        oldestTimestamp: queue.peek(0)?.block.minTimestamp,
      }
    },
    open(source, order) {
      const template = createTemplate(source, identity, order, seeds)
      let pending: Promise<void> | undefined
      return {
        append(batch) {
          const ready = template.prepare(batch, encoding, slice())
          pending = ready ? accept(template, batch) : acceptLater(template, batch)
          if (pending !== undefined) awaitAtStop(pending)
          return pending
        },
        close() {
          // A loop that is stopped in the middle of an append doesn't take back what it gave.
          if (pending === undefined) template.close()
          else void pending.then(template.close, template.close)
        },
      }
    },
    update(next) {
      const rulesChanged =
        !sameLabels(next.externalLabels, settings.externalLabels) ||
        !sameRules(next.config.writeRelabel, settings.config.writeRelabel)
      if (next.outbound !== settings.outbound) settings.outbound.close()
      settings = next
      sending = sendingOf(next)
      if (rulesChanged) encoding = encodingOf(next)
      sender.wake()
    },
    async stop(flushMs) {
      await Promise.allSettled(appending)
      closing?.cancel()
      open.close()
      await sender.drain(flushMs)
      settings.outbound.close()
    },
  }
}

function sameRules(a: readonly CompiledRule[], b: readonly CompiledRule[]): boolean {
  return JSON.stringify(a.map(({ rule }) => rule)) === JSON.stringify(b.map(({ rule }) => rule))
}

function protocolHeaders(userAgent: string): HeaderField[] {
  return [
    ['Content-Encoding', 'snappy'],
    ['Content-Type', 'application/x-protobuf'],
    ['X-Prometheus-Remote-Write-Version', '0.1.0'],
    ['User-Agent', userAgent],
  ]
}
