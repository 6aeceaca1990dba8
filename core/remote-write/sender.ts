/**
 * Sends the blocks of one endpoint. Owns which block goes when, and what becomes of it; never encodes, and keeps no block
 * that the queue doesn't have. As many requests as `maxShards` may be under way at once, but a block waits while any
 * earlier one that shares an order domain (a source) with it is not delivered: so the samples of a series arrive in order,
 * without the shards and resharding of Prometheus. Answers are judged in retry.ts.
 */
import { messageOf } from '../errors.ts'
import { MAX_ERROR_BODY_BYTES } from '../limits.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { Clock, HeaderField, HttpFailure, HttpRequest, HttpResponse, Random } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Timer, Timers } from '../time/timers.ts'
import type { Block } from './block.ts'
import type { Queue, Queued } from './queue.ts'
import type { BackoffSettings, RetryState } from './retry.ts'
import { OPEN, retryAfter, step, verdictOn } from './retry.ts'
import type { EndpointStats, LossReason } from './stats.ts'

/**
 * An answer is read up to here although only its first KiB is logged: one that is cut off by the cap has no status, so it
 * could be neither confirmed nor dropped.
 */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/**
 * How far behind the oldest block the sender looks for one that may go now: at most so many order domains, which takes
 * about 1 ms, and at most so many times the blocks that may be in flight.
 */
const MAX_ORDERS_LOOKED_AT = 20_000
const LOOK_AHEAD = 4

export interface SenderSettings extends BackoffSettings {
  readonly url: URL
  /** Sent with every request, the protocol's own included. */
  readonly headers: readonly HeaderField[]
  readonly outbound: Outbound
  readonly remoteTimeout: number
  readonly maxInFlight: number
  readonly retryOnHttp429: boolean
  /** Blocks whose newest sample is older are dropped before an attempt; 0: never. */
  readonly sampleAgeLimit: number
}

export interface SenderDeps {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly log: Logger
}

export interface Sender {
  /** Sends what may be sent now: to be called when a block was queued or the settings changed. */
  wake(): void
  /** Requests that could be under way if there were no limit and no backoff, as far as it looks ahead. */
  wanted(): number
  /** Resolves when the queue is empty, or after `ms` with everything unsent counted as failed. Nothing is sent afterwards. */
  drain(ms: number): Promise<void>
}

export function createSender(
  queue: Queue,
  settings: () => SenderSettings,
  stats: EndpointStats,
  events: { delivered(block: Block): void; attempted(seconds: number): void },
  deps: SenderDeps,
): Sender {
  const { clock, timers, random, log } = deps
  /** One per request under way: a signal shared by all would gather listeners. */
  const aborts = new Set<AbortController>()
  let retry: RetryState = OPEN
  let waking: Timer | undefined
  let inFlight = 0
  let probe: Queued | undefined
  let ended = false
  let drained: (() => void) | undefined

  function wake(): void {
    if (ended) return
    dropAged()
    if (retry.phase === 'open') for (const queued of sendable(settings().maxInFlight - inFlight)) void send(queued)
    else if (retry.phase === 'probing' && probe === undefined) {
      probe = sendable(1)[0]
      if (probe !== undefined) void send(probe)
    }
    if (drained !== undefined && queue.blocks === 0) drained()
  }

  /** The oldest blocks, at most `count`, that share no order domain with an earlier one nor with each other. */
  function sendable(count: number): Queued[] {
    const found: Queued[] = []
    const taken = new Set<number>()
    const end = Math.min(queue.blocks, LOOK_AHEAD * settings().maxInFlight)
    let lookedAt = 0
    for (let i = 0; i < end && found.length < count && lookedAt < MAX_ORDERS_LOOKED_AT; i++) {
      const queued = queue.peek(i) as Queued
      const { orders } = queued.block
      if (!queued.inFlight && isDisjoint(orders, taken)) found.push(queued)
      for (const order of orders) taken.add(order)
      lookedAt += orders.size
    }
    return found
  }

  function dropAged(): void {
    queue.trim()
    const { sampleAgeLimit } = settings()
    if (sampleAgeLimit <= 0) return
    // A block is compressed once and has one span of time: it goes as a whole, when even its newest sample is too old.
    const oldest = clock.now() - sampleAgeLimit
    for (let i = 0; ; ) {
      const queued = queue.peek(i)
      if (queued === undefined) return
      if (queued.inFlight) {
        i++
        continue
      }
      if (queued.block.maxTimestamp >= oldest) return
      queue.acknowledge(queued)
      lose(queued.block, 'too_old')
    }
  }

  async function send(queued: Queued): Promise<void> {
    const { url, headers, outbound, remoteTimeout } = settings()
    const { block, attempts } = queued
    queued.inFlight = true
    inFlight++
    stats.inFlight = inFlight
    stats.samplesSent += block.samples
    const started = clock.monotonic()
    const abort = new AbortController()
    aborts.add(abort)
    const request: HttpRequest = {
      method: 'POST',
      url,
      headers: attempts === 0 ? headers : [...headers, ['Retry-Attempt', String(attempts)]],
      body: block.body,
      deadline: started + remoteTimeout,
      maxBodyBytes: MAX_ANSWER_BYTES,
      signal: abort.signal,
    }
    const answer = await outbound.send(request).catch(unexpected)
    aborts.delete(abort)
    const isProbe = probe === queued
    if (isProbe) probe = undefined
    queued.inFlight = false
    inFlight--
    stats.inFlight = inFlight
    if (ended) return
    events.attempted((clock.monotonic() - started) / 1000)
    settle(queued, answer, isProbe)
    wake()
  }

  function settle(queued: Queued, answer: HttpResponse | HttpFailure, isProbe: boolean): void {
    const { block } = queued
    const current = settings()
    const verdict = verdictOn(answer, current.retryOnHttp429)
    const now = clock.monotonic()
    if (verdict !== 'retry') {
      queue.acknowledge(queued)
      retry = step(retry, { type: 'answered' }, now, random)
      if (verdict === 'delivered') {
        stats.bytesSent += block.body.length
        stats.highestSent = Math.max(stats.highestSent, block.maxTimestamp)
        // Of a body that was sent twice, the first attempt may still be on its way out.
        if (queued.attempts === 0) events.delivered(block)
      } else {
        lose(block, 'rejected')
        log.error('The receiver refused samples; they are dropped.', { samples: block.samples, ...describe(answer) })
      }
      return
    }
    queued.attempts++
    stats.samplesRetried += block.samples
    const asked = answer.ok ? retryAfter(answer.header('retry-after'), clock.now()) : undefined
    const before = retry
    retry = step(retry, { type: 'failed', probe: isProbe, retryAfter: asked, settings: current }, now, random)
    if (retry === before || retry.phase !== 'waiting') return
    const wait = Math.round(retry.until - now)
    log.warn('Sending failed; trying again.', { wait_ms: wait, attempt: queued.attempts, ...describe(answer) })
    waking?.cancel()
    waking = timers.at(retry.until, due)
  }

  function due(): void {
    waking = undefined
    retry = step(retry, { type: 'due' }, clock.monotonic(), random)
    wake()
  }

  function lose(block: Block, reason: LossReason): void {
    stats.lost[reason] += block.samples
    if (reason === 'rejected' || reason === 'shutdown') stats.samplesFailed += block.samples
  }

  function drain(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        if (ended) return
        ended = true
        timer.cancel()
        waking?.cancel()
        const { samples, blocks } = queue
        for (let queued = queue.peek(0); queued !== undefined; queued = queue.peek(0)) {
          queue.acknowledge(queued)
          lose(queued.block, 'shutdown')
        }
        if (samples > 0) log.error('Stopped before everything was sent.', { samples, requests: blocks })
        for (const abort of aborts) abort.abort()
        resolve()
      }
      const timer = timers.after(ms, finish)
      drained = finish
      // Not the time to be patient: the probe goes now.
      waking?.cancel()
      due()
    })
  }

  return { wake, wanted: () => inFlight + sendable(Number.POSITIVE_INFINITY).length, drain }
}

function isDisjoint(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  for (const element of a) if (b.has(element)) return false
  return true
}

/** A bug on the way out must not cost samples, nor go unseen: it is tried again, and logged like any other failure. */
function unexpected(thrown: unknown): HttpFailure {
  return { ok: false, reason: 'protocol', message: messageOf(thrown) }
}

function describe(answer: HttpResponse | HttpFailure): Record<string, string | number> {
  if (!answer.ok) return { reason: answer.reason, error: answer.message }
  const body = new TextDecoder().decode(answer.body.subarray(0, MAX_ERROR_BODY_BYTES))
  return { status: answer.status, answer: body }
}
