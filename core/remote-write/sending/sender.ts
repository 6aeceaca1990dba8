/**
 * Sends the blocks of one endpoint. Owns which block goes when, and what becomes of it; never encodes, and keeps no block
 * that the queue doesn't have. As many requests may be under way as senders.ts says, but a block waits while any earlier one
 * that shares an order domain (a source) with it is not delivered, and until all blocks of an earlier run are: so the samples
 * of a series arrive in order, without the shards and resharding of Prometheus. Answers are judged in retry.ts.
 */
import type { Clock, HttpFailure, HttpResponse, Random } from '../../ports.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Timer, Timers } from '../../time/timers.ts'
import type { Block, Protocol } from '../block.ts'
import type { Queue, Queued } from '../queue/queue.ts'
import { add, countLoss, type EndpointStats, points } from '../stats.ts'
import { type AttemptSettings, attempt, describe, describedBriefly } from './attempt.ts'
import type { FirstProtocol } from './first-protocol.ts'
import { settle } from './outcome.ts'
import { createPace } from './pace.ts'
import type { BackoffSettings, RetryState } from './retry.ts'
import { OPEN, retryAfter, step, verdictOn } from './retry.ts'
import type { SendersLimits, SendersState } from './senders.ts'

/**
 * How far behind the oldest block the sender looks for one that may go now: at most so many order domains, which takes
 * about 1 ms, and at most so many times the blocks that may be in flight.
 */
const MAX_ORDERS_LOOKED_AT = 20_000
const LOOK_AHEAD = 4
/** The run of requests that come from beside the queue. */
const BESIDE = -1

export interface SenderSettings extends BackoffSettings, AttemptSettings {
  readonly senders: SendersLimits
  /** What is spoken now: blocks of 2.0 go as 1.0 when that is 1.0. */
  readonly protocol: Protocol
  /** Whether the receiver is asked in 1.0 when it turns out not to know 2.0. */
  readonly fallback: boolean
  readonly retryOnHttp429: boolean
  /** Blocks whose newest sample is older are dropped before an attempt; 0: never. */
  readonly sampleAgeLimit: number
}

/** Requests that don't wait in the queue: one at a time, and each after one with samples. */
export interface Beside {
  /** Samples were just sent: time to plan what is to be sent after them. */
  plan(): void
  /** The request that is to be sent; the same until it is done. */
  peek(): Block | undefined
  done(block: Block): void
}

export interface SenderEvents {
  /** Its body is needed no more, and nobody else has it. */
  delivered(block: Block): void
  /** Seconds that one request took, answered or not. */
  attempted(seconds: number): void
  /** The receiver doesn't know 2.0: from now on the settings say 1.0. */
  fallBack(): void
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
  /** Requests that may be under way, and that there should be by the formula of senders.ts. */
  readonly senders: SendersState
  /** When it waits after a failure: until then. */
  readonly waitingUntil: number | undefined
  /**
   * Sends as much as it can for at most `ms`; when `patient` is false it ends as soon as the receiver fails. Nothing is sent
   * afterwards; what wasn't answered stays in the queue.
   */
  drain(ms: number, patient: boolean): Promise<void>
}

export function createSender(
  queue: Queue,
  beside: Beside,
  firstProtocol: FirstProtocol,
  settings: () => SenderSettings,
  stats: EndpointStats,
  events: SenderEvents,
  deps: SenderDeps,
): Sender {
  const { clock, timers, random, log } = deps
  /** One per request under way: a signal shared by all would gather listeners. */
  const aborts = new Set<AbortController>()
  let retry: RetryState = OPEN
  let waking: Timer | undefined
  let inFlight = 0
  let probing = false
  let awake = false
  let ended = false
  let draining: { finish(): void; readonly patient: boolean } | undefined

  /** The request from beside that is next or under way. */
  let aside: Queued | undefined
  let samplesFirst = true

  const pace = createPace(queue, () => settings().senders, stats, deps, wake)

  function wake(): void {
    if (ended || awake) return
    awake = true
    try {
      dropAged()
      dispatch()
    } finally {
      awake = false
    }
    pace.look()
    if (draining !== undefined && isDrained(draining.patient)) draining.finish()
  }

  function dispatch(): void {
    if (retry.phase === 'waiting') return
    if (retry.phase === 'probing') {
      const probe = probing ? undefined : (sendable(1)[0] ?? besides())
      if (probe !== undefined) void send(probe, true)
      return
    }
    const most = draining === undefined ? pace.senders : settings().senders.max
    if (inFlight >= most) return
    const first = besides()
    if (first !== undefined) void send(first, false)
    for (const queued of sendable(most - inFlight)) void send(queued, false)
  }

  function besides(): Queued | undefined {
    if (samplesFirst && queue.blocks > 0) return undefined
    const block = beside.peek()
    if (block === undefined) aside = undefined
    else if (aside?.block !== block) aside = { block, inFlight: false, attempts: 0, run: BESIDE }
    return aside?.inFlight === false ? aside : undefined
  }

  /** The oldest blocks, at most `count`, that share no order domain with an earlier one nor with each other. */
  function sendable(count: number): Queued[] {
    const found: Queued[] = []
    if (count <= 0) return found
    const taken = new Set<number>()
    const end = Math.min(queue.blocks, LOOK_AHEAD * settings().senders.max)
    const run = queue.peek(0)?.run
    let lookedAt = 0
    for (let i = 0; i < end && found.length < count && lookedAt < MAX_ORDERS_LOOKED_AT; i++) {
      const queued = queue.peek(i) as Queued
      // The order domains of another run mean other sources.
      if (queued.run !== run) break
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
      countLoss(stats, queued.block.counts, 'too_old')
    }
  }

  async function send(queued: Queued, isProbe: boolean): Promise<void> {
    queued.inFlight = true
    inFlight++
    stats.inFlight = inFlight
    if (isProbe) probing = true
    samplesFirst = queued.run === BESIDE
    if (!samplesFirst) beside.plan()
    const { block: original } = queued
    // Not awaited unless it must: what is sent now goes out before this returns.
    const turned = original.protocol !== '1.0' && settings().protocol === '1.0'
    const block = turned ? await firstProtocol.of(original) : original
    const answer = block === undefined || ended ? undefined : await request(block, queued.attempts)
    if (isProbe) probing = false
    queued.inFlight = false
    inFlight--
    stats.inFlight = inFlight
    if (ended) return
    if (answer !== undefined && block !== undefined) judge(queued, block, answer, isProbe)
    // Of all that it held, 1.0 can carry nothing; that is counted where it was found.
    else end(queued)
    wake()
  }

  async function request(block: Block, attempts: number): Promise<HttpResponse | HttpFailure> {
    add(stats.sent, block.counts)
    const started = clock.monotonic()
    const abort = new AbortController()
    aborts.add(abort)
    const answer = await attempt(block, attempts, settings(), clock, abort.signal)
    aborts.delete(abort)
    if (ended) return answer
    const seconds = (clock.monotonic() - started) / 1000
    stats.sendingSeconds += seconds
    events.attempted(seconds)
    return answer
  }

  /** It needs not to be sent any more. */
  function end(queued: Queued): void {
    if (queued.run === BESIDE) beside.done(queued.block)
    else queue.acknowledge(queued)
    stats.settled += points(queued.block.counts)
  }

  function judge(queued: Queued, block: Block, answer: HttpResponse | HttpFailure, isProbe: boolean): void {
    const current = settings()
    // A reload may have chosen 1.0 meanwhile: then a request of 2.0 that isn't understood is turned like those that wait.
    const fallback = current.fallback || current.protocol === '1.0'
    const verdict = verdictOn(answer, { ...current, fallback, protocol: block.protocol })
    const now = clock.monotonic()
    stats.lastFailure = verdict === 'delivered' ? undefined : { at: clock.now(), text: describedBriefly(answer) }
    if (verdict === 'retry') {
      failed(queued, block, answer, isProbe)
      return
    }
    retry = step(retry, { type: 'answered' }, now, random)
    if (verdict === 'other_protocol') {
      events.fallBack()
      return
    }
    end(queued)
    settle(block, verdict, answer, stats, log)
    // Of a body that was sent twice, the first attempt may still be on its way out.
    const once = queued.attempts === 0 && block === queued.block && queued.run !== BESIDE
    if (verdict === 'delivered' && once) events.delivered(block)
  }

  function failed(queued: Queued, block: Block, answer: HttpResponse | HttpFailure, isProbe: boolean): void {
    queued.attempts++
    add(stats.retried, block.counts)
    const now = clock.monotonic()
    const asked = answer.ok ? retryAfter(answer.header('retry-after'), clock.now()) : undefined
    const before = retry
    retry = step(retry, { type: 'failed', probe: isProbe, retryAfter: asked, settings: settings() }, now, random)
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

  function isDrained(patient: boolean): boolean {
    if (queue.empty && besides() === undefined && inFlight === 0) return true
    // What is under way may still be answered well; nothing else goes out.
    return !patient && retry.phase === 'waiting' && inFlight === 0
  }

  function drain(ms: number, patient: boolean): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        if (ended) return
        ended = true
        timeout.cancel()
        waking?.cancel()
        pace.stop()
        for (const abort of aborts) abort.abort()
        resolve()
      }
      const timeout = timers.after(ms, finish)
      // What can't be kept is tried at once. All else can wait for the next start, as the receiver may have asked for.
      waking?.cancel()
      if (patient && retry.phase === 'waiting') retry = step(retry, { type: 'due' }, clock.monotonic(), random)
      draining = { finish, patient }
      wake()
    })
  }

  return {
    wake,
    get senders() {
      return pace.state
    },
    get waitingUntil() {
      return retry.phase === 'waiting' ? retry.until : undefined
    },
    drain,
  }
}

function isDisjoint(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  for (const element of a) if (b.has(element)) return false
  return true
}
