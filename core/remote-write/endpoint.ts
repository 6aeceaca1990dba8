/**
 * One receiver of samples: templates per source, the open block, the queue and the sender behind it. Owns the order in
 * which loads enter the block, one at a time, each cut into slices that leave the event loop free, and which protocol is
 * spoken. Its settings may change while it runs; only another receiver or tenant makes another endpoint (place.ts).
 */
import type { SegmentDirectory } from '../ports.ts'
import type { Batch, SeriesSource } from '../series/batch.ts'
import type { Timer, Timers } from '../time/timers.ts'
import type { Counts, Protocol } from './block.ts'
import { isNothing, plus } from './counts.ts'
import { createEncoding, type Encoding } from './encoding/encoding.ts'
import { createIdentity } from './encoding/identity.ts'
import { createLine, slice } from './encoding/line.ts'
import { metadataBlock } from './encoding/metadata-block.ts'
import { createOpenBlock, type LoadFacts } from './encoding/open-block.ts'
import { seriesLabels } from './encoding/series-labels.ts'
import { createTemplate, type Template } from './encoding/template.ts'
import { toFirstProtocolInSlices } from './encoding/transcode.ts'
import { createQueue, type DiskState } from './queue/queue.ts'
import { createFamilies } from './sending/families.ts'
import { createFirstProtocol } from './sending/first-protocol.ts'
import { createLossLog } from './sending/loss-log.ts'
import { createSender, type Sender, type SenderDeps } from './sending/sender.ts'
import type { SendersState } from './sending/senders.ts'
import { type EndpointSettings, queueSettings, sendingSettings } from './settings.ts'
import { createSpoken, sameConfig, sameEncoding } from './spoken.ts'
import { countDropped, countLoss, createEndpointStats, type EndpointStats, mentioned, points } from './stats.ts'

/** A request with very long labels ends here, however few its samples: receivers refuse bodies beyond 16 to 100 MiB. */
const MAX_BLOCK_RAW_BYTES: number = 16 * 1024 * 1024
/** Of the time to stop. The rest is for the disk: what can't be sent must be written. */
const SHARE_OF_SENDING = 2 / 3

export interface EndpointDeps extends SenderDeps {
  readonly userAgent: string
  /** Where the queue may be kept; undefined: in memory only. Called again when it rejected; may wait until it may begin. */
  readonly directory: (() => Promise<SegmentDirectory>) | undefined
  /** Seconds that one request took, answered or not. */
  attempted(seconds: number): void
}

/** One source at one endpoint. */
export interface EndpointSink {
  /** The promise resolves when the columns and the template may be used again. */
  append(batch: Batch): Promise<void> | undefined
  close(): void
}

export interface Endpoint {
  readonly stats: EndpointStats
  /** Series that it sends, and all that it ever began to send. */
  readonly series: number
  readonly seriesCreated: number
  readonly senders: SendersState
  /** How long nothing will be sent because of a failure, in ms. */
  readonly wait: number
  readonly protocol: Protocol
  readonly queue: {
    /** The open block included. */
    readonly pending: Counts
    readonly bytes: number
    readonly diskBytes: number
    readonly oldestTimestamp: number | undefined
    readonly disk: DiskState
    readonly corruptions: number
  }
  open(source: SeriesSource, order: number): EndpointSink
  update(settings: EndpointSettings): void
  /**
   * Sends what is there for at most two thirds of `ms`, and writes the rest; resolves by `ms`, whatever receiver and disk do.
   * No batch may come any more.
   */
  stop(ms: number): Promise<void>
}

export function createEndpoint(initial: EndpointSettings, deps: EndpointDeps): Endpoint {
  const { clock, timers, random, log } = deps
  const stats = createEndpointStats()
  const seed = (): number => (random.next() * 2 ** 32) >>> 0
  const seeds = [seed(), seed()] as const
  const identity = createIdentity(() => Math.floor(clock.monotonic() / 60_000))
  let settings = initial
  const spoken = createSpoken(initial.config.protobufMessage)
  const families = createFamilies(
    () => settings.config.metadata,
    (described) => metadataBlock(described, clock.now()),
    { learned: () => stats.metadataUpdates++ },
    clock.monotonic,
  )
  let encoding = encodingOf(initial)
  let sending = sendingSettings(initial, spoken, deps.userAgent)

  const losses = createLossLog('The queue dropped what was never sent.', log, timers)
  const queue = createQueue(
    () => queueSettings(settings.wal),
    deps.directory,
    {
      lost(counts, reason) {
        countLoss(stats, counts, reason)
        losses.lost(counts, reason)
      },
      changed: () => sender.wake(),
    },
    deps,
  )
  const firstProtocol = createFirstProtocol(
    (block) => toFirstProtocolInSlices(block, clock),
    (counts, reason) => {
      countLoss(stats, counts, reason)
      log.warn('The receiver knows remote_write 1.0, which can not carry all.', { ...mentioned(counts), reason })
    },
  )

  let closing: Timer | undefined
  const open = createOpenBlock(
    () => ({ maxSamples: settings.config.queue.maxSamplesPerSend, maxRawBytes: MAX_BLOCK_RAW_BYTES }),
    clock.now,
    {
      parts: () => queue.wantsParts,
      grew: queue.grow,
      opened() {
        closing = timers.after(settings.config.queue.batchSendDeadline, open.close)
      },
      finished(block, rest) {
        closing?.cancel()
        stats.highestQueued = Math.max(stats.highestQueued, block.maxTimestamp)
        stats.queued += points(block.counts)
        queue.append(block, rest)
        sender.wake()
      },
    },
  )
  const line = createLine(open, clock)

  const sender: Sender = createSender(
    queue,
    families,
    firstProtocol,
    () => sending,
    stats,
    { delivered: (block) => open.recycle(block.body), attempted: deps.attempted, fallBack },
    deps,
  )

  function encodingOf({ config, externalLabels }: EndpointSettings): Encoding {
    const { protocol } = spoken
    const { send } = config.metadata
    return createEncoding({
      protocol,
      labels: seriesLabels(externalLabels, config.writeRelabel, (label) =>
        log.warn('Internal labels are not sent; rename them if they matter.', { label }),
      ),
      exemplars: config.sendExemplars,
      histograms: config.sendNativeHistograms,
      metadata: send,
      ...(send && protocol === '1.0' ? { family: families.learn } : {}),
      seed: seed(),
    })
  }

  function fallBack(): void {
    if (!spoken.fallBack()) return
    log.warn('The receiver does not know remote_write 2.0; it is sent 1.0 from now on. Nothing is lost by that.')
    encoding = encodingOf(settings)
    sending = sendingSettings(settings, spoken, deps.userAgent)
  }

  /** A source with many new series: their encoding is cut into slices too. */
  async function acceptLater(template: Template, batch: Batch): Promise<void> {
    do await clock.turn()
    while (!prepare(template, batch))
    await accept(template, batch)
  }

  function prepare(template: Template, batch: Batch): boolean {
    return template.prepare(batch, encoding, slice(clock))
  }

  /** Accepting and entering the line happen in one go: so the order accepted is the order sent. */
  function accept(template: Template, batch: Batch): Promise<void> | undefined {
    const taken = template.take(batch, encoding)
    countDropped(stats, taken)
    if (taken.accepted === 0) return undefined
    const { minTimestamp, maxTimestamp } = taken
    const facts: LoadFacts = { orders: template.orders, minTimestamp, maxTimestamp }
    const patched = line.enter(taken.patched, facts)
    const exact = line.enter(taken.exact, facts)
    return exact ?? patched
  }

  /** Appends under way: what they bring is still to be sent when the endpoint stops. */
  const appending = new Set<Promise<void>>()

  function awaitAtStop(append: Promise<void>): void {
    const ended = (): boolean => appending.delete(append)
    appending.add(append)
    append.then(ended, ended)
  }

  return {
    stats,
    get series() {
      return identity.owned
    },
    get seriesCreated() {
      return identity.created
    },
    get senders() {
      return sender.senders
    },
    get wait() {
      return Math.max(0, (sender.waitingUntil ?? 0) - clock.monotonic())
    },
    get protocol() {
      return spoken.protocol
    },
    get queue() {
      const { bytes, diskBytes, oldestTimestamp, disk, corruptions } = queue
      return { pending: plus(queue.pending, open.counts), bytes, diskBytes, oldestTimestamp, disk, corruptions }
    },
    open(source, order) {
      const template = createTemplate(source, identity, order, seeds)
      let pending: Promise<void> | undefined
      return {
        append(batch) {
          pending = prepare(template, batch) ? accept(template, batch) : acceptLater(template, batch)
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
      const before = settings
      const protocol = spoken.protocol
      if (next.outbound !== before.outbound) before.outbound.close()
      settings = next
      if (!sameConfig(before.config, next.config)) spoken.reset(next.config.protobufMessage)
      if (spoken.protocol === '2.0') families.forget()
      if (protocol !== spoken.protocol || !sameEncoding(before, next)) encoding = encodingOf(next)
      sending = sendingSettings(next, spoken, deps.userAgent)
      sender.wake()
    },
    async stop(ms) {
      const end = clock.monotonic() + ms
      const sendUntil = clock.monotonic() + ms * SHARE_OF_SENDING
      const left = (until: number): number => Math.max(0, until - clock.monotonic())
      await atMost(Promise.allSettled(appending), left(sendUntil), timers)
      closing?.cancel()
      open.close()
      // What isn't kept is worth every try.
      const kept = settings.wal.persistence !== 'off' && queue.disk === 'working'
      await sender.drain(left(sendUntil), !kept)
      const rest = await queue.close(left(end))
      losses.end()
      countLoss(stats, rest.lost, 'shutdown')
      if (!isNothing(rest.kept))
        log.info('What is not sent yet waits on disk for the next start.', mentioned(rest.kept))
      if (!isNothing(rest.lost))
        log.error('Stopped before everything was sent; the rest is lost.', mentioned(rest.lost))
      settings.outbound.close()
    },
  }
}

/** Waits, but not for ever. */
async function atMost(work: Promise<unknown>, ms: number, timers: Timers): Promise<void> {
  const late = new AbortController()
  await Promise.race([work, timers.sleep(ms, late.signal)])
  late.abort()
}
